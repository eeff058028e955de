//! The classes of calls: which call is of which, and that each is by itself.

use super::set::*;
use std::time::Duration;
use zuora_core::{ConcurrencyClass, Governor, Priority};
use zuora_sim::{ConcurrencyClass as TenantClass, Fault};

#[tokio::test(start_paused = true)]
async fn classes_do_not_hold_each_other_up() {
    let set = steady(SECOND * 50, no_windows(), Governor::new());
    let tasks = set.many(500, Priority::Interactive);
    // Nothing is heard for a long time; more leave all the same.
    set.pass(SECOND * 45).await;
    assert_eq!(set.in_use(ConcurrencyClass::Default), (40, 460));
    set.service(SECOND);
    let query = call(&set.client, 2);
    let begun = set.elapsed();
    set.rig
        .run(async { tokio::try_join!(set.order().into_future(), query.into_future()) })
        .await
        .unwrap();
    assert!(set.elapsed() - begun <= SECOND * 2);
    assert_eq!(set.rig.sim.peak(TenantClass::HighVolume), 1);
    assert_eq!(set.rig.sim.peak(TenantClass::ObjectQuery), 1);
    tasks.iter().for_each(Task::abort);
}

#[tokio::test(start_paused = true)]
async fn a_reply_corrects_the_class_of_its_path() {
    let set = steady(SECOND * 100, no_windows(), Governor::new());
    // Another class than the one that the client's table has for it.
    set.inject(
        Fault::on("getAccount")
            .header("concurrency-limit-type", TenantClass::HighVolume.name())
            .header("concurrency-limit-limit", "200")
            .header("concurrency-limit-remaining", "199"),
    );
    let call = || set.start("surprise", Priority::Interactive, SECOND * 300);
    let first = call();
    set.pass(SECOND).await;
    assert_eq!(set.in_use(ConcurrencyClass::Default).0, 1);
    set.all(vec![first]).await;
    let second = call();
    set.pass(SECOND).await;
    assert_eq!(set.in_use(ConcurrencyClass::Default).0, 0);
    assert_eq!(set.in_use(ConcurrencyClass::HighVolume).0, 1);
    set.all(vec![second]).await;
}

#[tokio::test(start_paused = true)]
async fn the_table_of_classes_follows_the_documentation() {
    use ConcurrencyClass::{Default, HighVolume, ObjectQuery};
    let rows = [
        ("POST", "/v1/accounts", HighVolume),
        ("GET", "/v1/accounts/A1", Default),
        ("POST", "/v1/orders", HighVolume),
        ("POST", "/v1/orders/preview", HighVolume),
        ("GET", "/v1/orders/O-1", Default),
        ("PUT", "/v1/orders/O-1/cancel", Default),
        ("POST", "/v1/subscriptions", HighVolume),
        ("POST", "/v1/subscriptions/preview", HighVolume),
        ("POST", "/v1/subscriptions/A-S1/preview", HighVolume),
        ("PUT", "/v1/subscriptions/A-S1", HighVolume),
        ("PUT", "/v1/subscriptions/A-S1/cancel?x=/", HighVolume),
        ("PUT", "/v1/subscriptions/A-S1/renew", HighVolume),
        ("PUT", "/v1/subscriptions/A-S1/suspend", Default),
        ("GET", "/v1/subscriptions/A-S1", Default),
        ("POST", "/v1/rsa-signatures", HighVolume),
        ("POST", "/v1/rsa-signatures/decrypt", HighVolume),
        ("POST", "/v1/hostedpages", HighVolume),
        ("GET", "/object-query/invoices", ObjectQuery),
        ("GET", "/object-query/invoices/1", ObjectQuery),
        ("GET", "/v2/customers", ObjectQuery),
        ("POST", "/v2/customers", Default),
        ("GET", "/", Default),
        ("GET", "/v1/a/b/c/d/e/f/g", Default),
    ];
    let mut told = 0;
    for (method, path, class) in rows {
        let set = set(no_windows(), Governor::new());
        set.rig.run(set.client.warm_up()).await.unwrap();
        // So that the call is under way for a while, whatever is answered.
        set.inject(Fault::on("*").delay(SECOND));
        let call = set.client.request(method.parse().unwrap(), path);
        let task = tokio::spawn(call.into_future());
        set.pass(Duration::from_millis(20)).await;
        let classes = set.client.limits().classes;
        let used: Vec<_> = classes.iter().filter(|class| class.in_use == 1).collect();
        assert_eq!(used.len(), 1, "{method} {path}");
        assert_eq!(used[0].class, class, "{method} {path}");
        set.all(vec![task]).await;
        let reply = set.rig.sim.journal().pop().unwrap().reply_headers;
        // The tenant counts it there, too.
        if let Some(name) = reply.get("concurrency-limit-type") {
            assert_eq!(name, class.name(), "{method} {path}");
            told += 1;
        }
    }
    assert_eq!(told, 19);
}
