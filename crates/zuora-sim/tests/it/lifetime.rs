//! How long tokens live, what is said about it, and how many may be asked for.

use crate::support::*;
use proptest::prelude::*;
use std::net::IpAddr;
use zuora_sim::{ExpiresIn, TokenReuse};
use zuora_wire::{Json, Number};

#[tokio::test]
async fn the_limit_holds_for_each_address_and_ends_with_its_window() {
    let sim = frozen().token_requests_per_minute(3).build().unwrap();
    let other: IpAddr = "192.0.2.7".parse().unwrap();
    // Failed calls count.
    let failed = send(&sim, token_request(&sim, form("x", "y")))
        .await
        .unwrap();
    assert_eq!(failed.status(), 400);
    sim.clock().advance(seconds(20));
    token(&sim).await;
    token(&sim).await;
    let refused = send(&sim, good_request(&sim)).await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(header(&refused, "x-ratelimit-limit-minute"), Some("3"));
    assert_eq!(header(&refused, "x-ratelimit-remaining-minute"), Some("0"));
    assert_eq!(header(&refused, "retry-after"), None);
    assert_eq!(header(&refused, "zuora-request-id").unwrap().len(), 36);
    let elsewhere = sim
        .transport_from(other)
        .send(good_request(&sim))
        .await
        .unwrap();
    assert_eq!(elsewhere.status(), 200);

    sim.set_token_retry_after(true);
    let refused = send(&sim, good_request(&sim)).await.unwrap();
    assert_eq!(header(&refused, "retry-after"), Some("40"));
    sim.clock().advance(seconds(39));
    assert_eq!(send(&sim, good_request(&sim)).await.unwrap().status(), 429);
    // A wall clock that somebody sets opens no window; time does.
    sim.clock().set_wall(START + seconds(100_000));
    assert_eq!(send(&sim, good_request(&sim)).await.unwrap().status(), 429);
    sim.clock().advance(seconds(1));
    token(&sim).await;
    assert_eq!(send(&sim, good_request(&sim)).await.unwrap().status(), 429);
}

#[tokio::test]
async fn tokens_expire_with_true_time_and_can_be_revoked() {
    let sim = frozen().token_lifetime(100).build().unwrap();
    let first = token(&sim).await;
    sim.clock().advance(seconds(99));
    assert_eq!(account_status(&sim, &first).await, 200);
    let second = token(&sim).await;
    sim.clock().advance(seconds(1));
    assert_eq!(account_status(&sim, &first).await, 401);
    assert_eq!(account_status(&sim, &second).await, 200);
    // Setting a wall clock expires nothing, sleeping through it does.
    sim.clock().set_wall(START + seconds(1_000_000));
    assert_eq!(account_status(&sim, &second).await, 200);
    sim.clock().suspend_for(seconds(99));
    assert_eq!(account_status(&sim, &second).await, 401);

    let third = token(&sim).await;
    assert_eq!(sim.revoke_all_tokens(), 3);
    assert_eq!(account_status(&sim, &third).await, 401);
    assert_eq!(sim.minted_tokens(), [first, second, third]);
    assert_eq!(sim.tokens_minted(sim.client_id()), 3);
}

#[tokio::test]
async fn reuse_gives_the_live_token_counted_down() {
    let sim = frozen().token_reuse(TokenReuse::Same).build().unwrap();
    let ask = async || json(&send(&sim, good_request(&sim)).await.unwrap());
    let first = ask().await;
    sim.clock().advance(seconds(1000));
    let again = ask().await;
    assert_eq!(
        text(&first, &["access_token"]),
        text(&again, &["access_token"])
    );
    assert_eq!(again.get("expires_in"), Some(&Json::from(2598)));
    assert_eq!(sim.tokens_minted(sim.client_id()), 1);

    sim.clock().advance(seconds(2598));
    let next = ask().await;
    assert_ne!(
        text(&first, &["access_token"]),
        text(&next, &["access_token"])
    );
    assert_eq!(next.get("expires_in"), Some(&Json::from(3598)));
    sim.revoke_all_tokens();
    let after = ask().await;
    assert_ne!(
        text(&next, &["access_token"]),
        text(&after, &["access_token"])
    );
    sim.set_token_reuse(TokenReuse::New);
    assert_ne!(
        text(&after, &["access_token"]),
        text(&ask().await, &["access_token"])
    );
}

#[tokio::test]
async fn expires_in_can_be_anything() {
    let sim = frozen().build().unwrap();
    let number = |text: &str| Json::Number(Number::new(text).unwrap());
    let values = [
        (Json::from("3598"), true),
        (number("3598.5"), true),
        (number("1e9"), true),
        (number("1e300"), true),
        (number("0"), false),
        (number("-1"), false),
        (Json::from("NaN"), true),
        (Json::Null, true),
        (Json::Array(Vec::new()), true),
    ];
    for (value, lives) in values {
        sim.set_token_lifetime(ExpiresIn::wire(value.clone()));
        let reply = json(&send(&sim, good_request(&sim)).await.unwrap());
        assert_eq!(reply.get("expires_in"), Some(&value));
        let status = account_status(&sim, text(&reply, &["access_token"])).await;
        assert_eq!(status, if lives { 200 } else { 401 }, "{value}");
    }
    sim.set_token_lifetime(ExpiresIn::missing().living(seconds(5)));
    let reply = json(&send(&sim, good_request(&sim)).await.unwrap());
    assert_eq!(reply.get("expires_in"), None);
    sim.clock().advance(seconds(5));
    assert_eq!(
        account_status(&sim, text(&reply, &["access_token"])).await,
        401
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    /// In no 60 seconds are more requests let in than the limit, and whoever waits gets in.
    #[test]
    fn the_window_slides(limit in 1_u32..6, pauses in prop::collection::vec(0_u64..40, 1..60)) {
        let sim = frozen().token_requests_per_minute(limit).build().unwrap();
        let mut now = 0;
        let mut entered: Vec<u64> = Vec::new();
        for pause in pauses {
            sim.clock().advance(seconds(pause));
            now += pause;
            let mut reply = sim.transport().send(good_request(&sim));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            let std::task::Poll::Ready(Ok(reply)) = reply.as_mut().poll(&mut context) else {
                return Err(TestCaseError::fail("no reply"));
            };
            let recent = entered.iter().filter(|at| **at + 60 > now).count();
            let allowed = recent < limit as usize;
            prop_assert_eq!(reply.status().as_u16(), if allowed { 200 } else { 429 });
            if allowed {
                entered.push(now);
            }
        }
    }
}
