//! What headers tell the governor, and what it tells.

use super::set::*;
use zuora_core::{Governor, Limits};
use zuora_sim::{ConcurrencyClass as TenantClass, Limits as TenantLimits};

#[tokio::test(start_paused = true)]
async fn limits_tell_what_is_known() {
    let set = set(TenantLimits::api_sandbox(), Governor::new());
    let fresh = set.client.limits();
    assert_eq!(fresh.heard, None);
    assert!(fresh.windows.is_empty());
    let numbers = |limits: &Limits| {
        let of = |class: &zuora_core::ClassLimits| (class.limit, class.in_use, class.queued);
        limits.classes.iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&fresh), [(40, 0, 0), (200, 0, 0), (80, 0, 0)]);
    set.limit(TenantClass::Default, 55);
    set.get().await.unwrap();
    set.pass(SECOND * 7).await;
    let known = set.client.limits();
    assert_eq!(known.heard, Some(SECOND * 7));
    assert_eq!(known.classes[0].limit, 55);
    assert_eq!(known.classes[0].remaining, Some(54));
    let windows: Vec<_> = known
        .windows
        .iter()
        .map(|window| {
            (
                window.length.as_secs(),
                window.limit,
                window.remaining,
                window.told,
            )
        })
        .collect();
    assert_eq!(
        windows,
        [
            (60, 2_500, 2_499, true),
            (3_600, 5_000, 4_999, false),
            (86_400, 10_000, 9_999, false)
        ]
    );
    assert!(known.windows[0].reset <= SECOND * 54);
    // Clones share it.
    assert_eq!(set.client.clone().limits(), known);
}

#[tokio::test(start_paused = true)]
async fn headers_that_make_no_sense_change_nothing() {
    let values = [
        "",
        ",",
        ";;;",
        "abc",
        "-1",
        "1e9",
        "18446744073709551615",
        "18446744073709551615, 18446744073709551615;w=60, 18446744073709551614;w=3600",
        "99999999999999999999999",
        "0",
        "0, 0;w=60",
        "10;w=0, 10;w=-1",
        "10;w=99999999999999999999",
        "10, 10;w",
        "10, 10;w=\"60",
        "\u{fc}",
        "10;w=60;w=60;w=60, 5;q=\"a,b\";w=7, , 8; W = 9",
    ];
    let names = [
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "concurrency-limit-type",
        "concurrency-limit-limit",
        "concurrency-limit-remaining",
        "retry-after",
    ];
    let set = set(no_windows(), Governor::new());
    let mut random = fastrand::Rng::with_seed(3);
    let script = (0..300).map(|_| {
        let headers: Vec<_> = names
            .iter()
            .filter_map(|name| {
                let value = random.choice(values)?;
                // Retry-After of 10^23 seconds is a long wait, which is not the point here.
                let value = if *name == "retry-after" { "-7" } else { value };
                Some((*name, value))
            })
            .collect();
        says("{}", &headers)
    });
    set.rig.sim.inject_script(script).unwrap();
    for _ in 0..300 {
        set.get().await.ok();
        set.pass(SECOND).await;
    }
    assert_eq!(set.asked().len(), 300);
    // Whatever was made of it, a good reply sets it right.
    set.rig.sim.clear_faults();
    set.rig.sim.set_limits(TenantLimits::api_sandbox());
    set.pass(SECOND * 70).await;
    set.get().await.unwrap();
    let limits = set.client.limits();
    assert_eq!(limits.windows.len(), 3);
    assert_eq!(limits.windows[0].remaining, 2_499);
    assert_eq!(limits.classes[0].limit, 40);
}
