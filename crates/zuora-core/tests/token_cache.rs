//! The token cache against the simulator, in virtual time.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::*;
use http::Method;
use std::{sync::Arc, time::Duration};
use zuora_core::{ErrorKind, TokenCounters, TokenOrigin, TokenRequestOutcome};
use zuora_sim::{ExpiresIn, Fault, FaultBody, TokenReuse};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn one_thousand_cold_tasks_make_one_token_request() {
    let rig = Rig::new();
    let client = rig.client();
    let tasks: Vec<_> = (0..1000)
        .map(|_| tokio::spawn(client.request(Method::GET, ACCOUNT).into_future()))
        .collect();
    rig.run(async {
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    })
    .await;
    assert_eq!(rig.token_requests(), 1);
    assert_eq!(
        rig.sim.requests().to("getAccount").with_status(200).count(),
        1000
    );
}

#[tokio::test(start_paused = true)]
async fn a_day_at_one_call_a_second_needs_few_tokens_and_no_call_waits() {
    let rig = Rig::new();
    let counters = Arc::new(TokenCounters::default());
    let client = rig
        .builder()
        .token_observer(counters.clone())
        .build()
        .unwrap();
    for second in 0..86_400 {
        // What every call asks first; each minute a whole call shows that Zuora takes the token.
        if second % 60 == 0 {
            rig.get(&client).await.unwrap();
        } else {
            client.token().await.unwrap();
        }
        // Lets the refresh beside go on.
        tokio::task::yield_now().await;
        rig.clock.advance(Duration::from_secs(1));
    }
    assert!(rig.token_requests() <= 28, "{}", rig.token_requests());
    assert!(rig.token_requests() >= 24);
    assert_eq!(counters.waits(), 1, "only the first call may wait");
    assert_eq!(
        rig.sim.requests().to("getAccount").with_status(401).count(),
        0
    );
    assert_eq!(
        counters.requests(TokenRequestOutcome::Success),
        rig.token_requests()
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_gives_the_same_token_is_asked_twice_a_life() {
    let rig = Rig::with(|sim| sim.token_reuse(TokenReuse::Same));
    let client = rig.client();
    let lives = 5;
    for second in 0..lives * 3598 {
        if second % 10 == 0 {
            rig.get(&client).await.unwrap();
        } else {
            rig.run(client.token()).await.unwrap();
        }
        tokio::task::yield_now().await;
        rig.clock.advance(Duration::from_secs(1));
    }
    assert!(
        rig.token_requests() <= 2 * lives + 1,
        "{}",
        rig.token_requests()
    );
    assert_eq!(
        rig.sim.requests().to("getAccount").with_status(401).count(),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_failing_endpoint_takes_no_valid_token_away() {
    let rig = Rig::new();
    let client = rig.client();
    rig.get(&client).await.unwrap();
    rig.sim
        .inject(Fault::on("createToken").status(500))
        .unwrap();
    // Through the early window up to the last second of the token's life.
    rig.clock.advance(Duration::from_secs(3598 - 420));
    for _ in 0..419 {
        rig.get(&client).await.unwrap();
        tokio::task::yield_now().await;
        rig.clock.advance(Duration::from_secs(1));
    }
    let storm = rig.token_requests() - 1;
    assert!((2..=60).contains(&storm), "{storm} tries in the storm");

    rig.clock.advance(Duration::from_secs(2));
    let error = rig.get(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert_eq!(error.status().unwrap(), 500);
    assert!(error.is_retryable());

    rig.sim.clear_faults();
    rig.get(&client).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn outside_the_window_failures_are_spaced_out() {
    let rig = Rig::new();
    let client = rig.client();
    rig.sim
        .inject(Fault::on("createToken").status(500))
        .unwrap();
    let begun = zuora_core::Clock::now(&rig.clock);
    for _ in 0..20 {
        let error = rig.get(&client).await.unwrap_err();
        assert_clean(&rig.sim, &all_of(&error));
    }
    let spent = zuora_core::Clock::now(&rig.clock) - begun;
    assert_eq!(rig.token_requests(), 20);
    assert!(
        spent >= Duration::from_secs(19),
        "a second apart: {spent:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn two_hundred_parallel_401s_make_one_refresh() {
    let rig = Rig::new();
    let client = rig.client();
    rig.get(&client).await.unwrap();
    rig.sim.revoke_all_tokens();
    // All are on their way before the first is answered.
    rig.sim
        .inject(
            Fault::on("getAccount")
                .delay(Duration::from_millis(100))
                .times(200),
        )
        .unwrap();
    let tasks: Vec<_> = (0..200)
        .map(|_| tokio::spawn(client.request(Method::GET, ACCOUNT).into_future()))
        .collect();
    rig.run(async {
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    })
    .await;
    assert_eq!(rig.token_requests(), 2);
    assert_eq!(
        rig.sim.requests().to("getAccount").with_status(401).count(),
        200
    );
}

#[tokio::test(start_paused = true)]
async fn a_401_is_replayed_once_and_costs_a_token_once_a_minute() {
    let rig = Rig::new();
    let client = rig.client();
    rig.get(&client).await.unwrap();
    rig.sim.inject(Fault::on("getAccount").status(401)).unwrap();

    let error = rig.get(&client).await.unwrap_err();
    assert!(error.is_auth());
    let (first, second) = (
        error.first_request_id().unwrap(),
        error.request_id().unwrap(),
    );
    assert_ne!(first, second);
    assert!(error.to_string().contains(first), "{error}");
    assert_eq!(rig.token_requests(), 2);
    assert_eq!(rig.sim.requests().to("getAccount").count(), 3);

    for _ in 0..50 {
        let error = rig.get(&client).await.unwrap_err();
        assert!(
            error.hint().unwrap().contains("less than a minute"),
            "{:?}",
            error.hint()
        );
    }
    assert_eq!(rig.token_requests(), 2);
    rig.clock.advance(Duration::from_secs(61));
    rig.get(&client).await.unwrap_err();
    assert_eq!(rig.token_requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_401_for_the_same_token_again_is_the_end() {
    let rig = Rig::with(|sim| sim.token_reuse(TokenReuse::Same));
    let client = rig.client();
    rig.get(&client).await.unwrap();
    rig.sim.inject(Fault::on("getAccount").status(401)).unwrap();
    let error = rig.get(&client).await.unwrap_err();
    assert!(error.hint().unwrap().contains("the very token again"));
    assert_eq!(
        rig.sim.requests().to("getAccount").count(),
        2,
        "not replayed with the same token"
    );
    for _ in 0..10 {
        rig.get(&client).await.unwrap_err();
    }
    assert_eq!(rig.token_requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_with_a_forbidden_entity_cost_no_token() {
    let rig = Rig::new();
    let client = rig.client();
    rig.get(&client).await.unwrap();
    for _ in 0..1000 {
        let call = client
            .request(Method::GET, ACCOUNT)
            .entity_id("ffffffff-ffff-ffff-ffff-ffffffffffff");
        let error = rig.run(call.into_future()).await.unwrap_err();
        assert!(error.is_auth());
        assert_eq!(error.code(), Some("90000020"));
        assert!(error.hint().unwrap().contains("entity"));
    }
    assert_eq!(rig.token_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_remembered() {
    let rig = Rig::new();
    rig.sim.set_secret(CLIENT_ID, "another");
    let client = rig.client();
    let error = rig.get(&client).await.unwrap_err();
    assert!(error.is_auth());
    assert_eq!(error.status().unwrap(), 401);
    for _ in 0..100 {
        let error = rig.get(&client).await.unwrap_err();
        assert!(error.is_auth());
        assert!(error.to_string().contains("not asked again"), "{error}");
    }
    assert_eq!(rig.token_requests(), 1);
    // 30 s, then 60, 120, 240, 300, 300 ...: an hour of failing calls costs few requests.
    for _ in 0..3600 {
        rig.clock.advance(Duration::from_secs(1));
        rig.get(&client).await.unwrap_err();
    }
    assert!(rig.token_requests() <= 16, "{}", rig.token_requests());

    // Corrected at the server, and told so.
    rig.sim.set_secret(CLIENT_ID, SECRET);
    client.invalidate();
    rig.get(&client).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_rotated_secret_works_beside_the_old_one() {
    let rig = Rig::new();
    let old = rig.client();
    rig.get(&old).await.unwrap();
    rig.sim.add_secret(CLIENT_ID, "MARKED-the-new-one");
    let new = rig
        .builder()
        .credentials(zuora_core::Credentials::parse(CLIENT_ID, "MARKED-the-new-one").unwrap())
        .build()
        .unwrap();
    rig.get(&new).await.unwrap();
    rig.sim.set_secret(CLIENT_ID, "MARKED-the-new-one");
    // The old client's token is good until it ends; then its secret is refused.
    rig.get(&old).await.unwrap();
    rig.clock.advance(HOUR);
    assert!(rig.get(&old).await.unwrap_err().is_auth());
    rig.get(&new).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_deactivated_user_is_said_so() {
    let rig = Rig::new();
    rig.sim.deactivate_client(CLIENT_ID);
    let error = rig.get(&rig.client()).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 403);
    assert!(error.is_auth());
    assert!(error.hint().unwrap().contains("active"));
}

#[tokio::test(start_paused = true)]
async fn odd_lifetimes_neither_spin_nor_live_for_ever() {
    use zuora_core::Json;
    for (wire, most) in [
        (ExpiresIn::seconds(0), 10),
        (ExpiresIn::wire(Json::parse("-1").unwrap()), 10),
        (ExpiresIn::wire(Json::parse("1e9").unwrap()), 1),
        (ExpiresIn::wire("3598"), 1),
        (ExpiresIn::wire(Json::parse("3598.75").unwrap()), 1),
        (ExpiresIn::missing(), 1),
        (ExpiresIn::wire("NaN"), 1),
        (ExpiresIn::wire(Json::Null), 1),
    ] {
        // What lives shorter than it says is another matter: see the replay after a 401.
        let rig = Rig::with(|sim| sim.token_lifetime(wire.clone().living(HOUR)));
        let client = rig.client();
        let begun = zuora_core::Clock::now(&rig.clock);
        for _ in 0..10 {
            rig.get(&client).await.unwrap();
        }
        let spent = zuora_core::Clock::now(&rig.clock) - begun;
        assert!(
            rig.token_requests() <= most,
            "{wire:?}: {}",
            rig.token_requests()
        );
        assert!(
            rig.token_requests() <= 1 + spent.as_secs(),
            "{wire:?}: a second between two requests"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_token_is_used_for_its_life() {
    let rig = Rig::with(|sim| sim.token_lifetime(2));
    let client = rig.client();
    for _ in 0..600 {
        rig.get(&client).await.unwrap();
        tokio::task::yield_now().await;
        rig.clock.advance(Duration::from_millis(100));
    }
    // 60 s of calls: a little more often than every 2 s, since the early window lies inside.
    assert!(rig.token_requests() <= 42, "{}", rig.token_requests());
}

#[tokio::test(start_paused = true)]
async fn clock_jumps_and_suspend_cost_at_most_one_request() {
    // Forward by two hours: the wall clock says the token is over.
    let rig = Rig::new();
    let client = rig.client();
    rig.get(&client).await.unwrap();
    rig.clock.set_wall(rig.clock.wall() + 2 * HOUR);
    rig.get(&client).await.unwrap();
    rig.get(&client).await.unwrap();
    assert_eq!(rig.token_requests(), 2);

    // Back by two hours: the token goes on, and ends by the other clock.
    rig.clock.set_wall(rig.clock.wall() - 2 * HOUR);
    rig.get(&client).await.unwrap();
    assert_eq!(rig.token_requests(), 2);
    rig.clock.advance(HOUR);
    rig.get(&client).await.unwrap();
    assert_eq!(rig.token_requests(), 3);

    // Suspended for an hour: the monotonic clock stood still.
    rig.clock.suspend_for(HOUR);
    rig.get(&client).await.unwrap();
    assert_eq!(rig.token_requests(), 4);
    assert_eq!(
        rig.sim.requests().to("getAccount").with_status(401).count(),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_429_is_obeyed_by_all_and_waited_for_when_short() {
    let rig = Rig::new();
    let client = rig.client();
    rig.sim
        .inject(
            Fault::on("createToken")
                .status(429)
                .retry_after("7")
                .times(1),
        )
        .unwrap();
    let begun = zuora_core::Clock::now(&rig.clock);
    rig.get(&client).await.unwrap();
    assert!(zuora_core::Clock::now(&rig.clock) - begun >= Duration::from_secs(7));
    assert_eq!(rig.token_requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_long_429_comes_back_at_once() {
    for (text, told) in [
        ("3600", Some(3600)),
        ("1000000000000", Some(1_000_000_000_000)),
        ("31", Some(31)),
    ] {
        let rig = Rig::new();
        let client = rig.client();
        rig.sim
            .inject(
                Fault::on("createToken")
                    .status(429)
                    .retry_after(text)
                    .header("X-RateLimit-Limit-minute", "100")
                    .header("X-RateLimit-Remaining-minute", "0"),
            )
            .unwrap();
        let begun = zuora_core::Clock::now(&rig.clock);
        let error = rig.get(&client).await.unwrap_err();
        assert!(error.is_rate_limited());
        assert_eq!(error.retry_after(), told.map(Duration::from_secs));
        let limit = error.rate_limit().unwrap();
        assert_eq!(limit.limit, Some(100));
        assert_eq!(zuora_core::Clock::now(&rig.clock), begun, "no wait");
        // As long as the wait is a long one, the next caller is told without asking Zuora.
        let next = if text == "31" { 0 } else { 10 };
        for _ in 0..next {
            let error = rig.get(&client).await.unwrap_err();
            assert!(error.retry_after().is_some(), "{error}");
        }
        assert_eq!(rig.token_requests(), 1, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_without_a_time_is_tried_again_a_few_times() {
    let rig = Rig::new();
    let client = rig.client();
    rig.sim
        .inject(Fault::on("createToken").status(429))
        .unwrap();
    let error = rig.get(&client).await.unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after(), None);
    assert_eq!(rig.token_requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_cancels_nothing() {
    let rig = Rig::new();
    let client = rig.client();
    rig.sim
        .inject(
            Fault::on("createToken")
                .delay(Duration::from_secs(5))
                .times(1),
        )
        .unwrap();
    let caller = tokio::spawn(client.request(Method::GET, ACCOUNT).into_future());
    tokio::time::sleep(Duration::from_millis(1)).await;
    caller.abort();
    let _ = caller.await;
    rig.get(&client).await.unwrap();
    assert_eq!(rig.token_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_program_can_finish_a_refresh_before_it_ends() {
    let rig = Rig::new();
    let client = rig.client();
    rig.sim
        .inject(Fault::on("createToken").delay(Duration::from_secs(5)))
        .unwrap();
    let caller = tokio::spawn(client.request(Method::GET, ACCOUNT).into_future());
    tokio::time::sleep(Duration::from_millis(1)).await;
    caller.abort();
    rig.run(client.finish_refresh(Duration::from_secs(10)))
        .await;
    assert_eq!(rig.sim.tokens_minted(CLIENT_ID), 1);
    assert!(client.fresh_authorization().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_waiting_caller_keeps_its_own_deadline() {
    let rig = Rig::new();
    let client = rig.client();
    rig.sim
        .inject(Fault::on("createToken").delay(Duration::from_secs(20)))
        .unwrap();
    let call = client
        .request(Method::GET, ACCOUNT)
        .timeout(Duration::from_secs(3));
    let begun = zuora_core::Clock::now(&rig.clock);
    let error = rig.run(call.into_future()).await.unwrap_err();
    assert!(error.is_timeout());
    assert!(!error.is_outcome_unknown(), "nothing was sent");
    assert_eq!(
        zuora_core::Clock::now(&rig.clock) - begun,
        Duration::from_secs(3)
    );
    // The flight went on beside.
    rig.get(&client).await.unwrap();
    assert_eq!(rig.token_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn html_and_broken_replies_are_errors_and_no_refusals() {
    let rig = Rig::new();
    let client = rig.client();
    for (fault, kind) in [
        (
            Fault::on("createToken").status(502).body(FaultBody::Html),
            ErrorKind::Server,
        ),
        (Fault::on("createToken").garbage(), ErrorKind::Decode),
        (Fault::on("createToken").truncate(), ErrorKind::Transport),
        (
            Fault::on("createToken").reset_before(),
            ErrorKind::Transport,
        ),
        (Fault::on("createToken").reset_after(), ErrorKind::Transport),
        (
            Fault::on("createToken").redirect("https://evil.example/"),
            ErrorKind::Redirect,
        ),
    ] {
        rig.sim.inject(fault.clone().times(1)).unwrap();
        let before = rig.token_requests();
        let error = rig.get(&client).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault:?}: {error}");
        assert_eq!(rig.token_requests(), before + 1, "{fault:?}");
        assert_clean(&rig.sim, &all_of(&error));
        // Not remembered as a refusal: the next call asks again and succeeds.
        rig.get(&client).await.unwrap();
        client.invalidate();
    }
}

#[tokio::test(start_paused = true)]
async fn warm_up_and_token_tell_what_is_known() {
    let rig = Rig::new();
    let client = rig.client();
    rig.run(client.warm_up()).await.unwrap();
    let token = rig.run(client.token()).await.unwrap();
    assert_eq!(token.origin(), TokenOrigin::Network);
    assert_eq!(
        token.expires_at(),
        rig.clock.wall() + Duration::from_secs(3598)
    );
    assert_eq!(token.rate_limit().unwrap().remaining, Some(99));
    assert!(token.request_id().is_some());
    assert!(!token.scope().unwrap().needs_entity_header());
    assert_eq!(rig.token_requests(), 1);
    assert_clean(&rig.sim, &format!("{token:?} {client:?}"));
}

#[tokio::test(start_paused = true)]
async fn clients_of_another_base_url_never_share_a_token() {
    let rig = Rig::new();
    let other = Rig::with(|sim| sim.seed(8));
    let store = Arc::new(zuora_core::MemoryStore::with_clock(Arc::new(
        rig.clock.clone(),
    )));
    let one = rig.builder().token_store(store.clone()).build().unwrap();
    // The same id and secret under another address, behind the same store.
    let two = other
        .builder()
        .environment("https://elsewhere.invalid")
        .token_store(store)
        .build()
        .unwrap();
    rig.get(&one).await.unwrap();
    let error = other.get(&two).await.unwrap_err();
    assert_eq!(
        error.kind(),
        ErrorKind::Transport,
        "no token came from the store: {error}"
    );
    assert_eq!(other.sim.requests().to("getAccount").count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_known_429_is_told_at_once_and_costs_nothing() {
    let rig = Rig::new();
    let client = rig.client();
    rig.sim
        .inject(
            Fault::on("createToken")
                .status(429)
                .retry_after("3600")
                .times(1),
        )
        .unwrap();
    rig.get(&client).await.unwrap_err();
    let begun = zuora_core::Clock::now(&rig.clock);
    for _ in 0..10 {
        let error = rig.get(&client).await.unwrap_err();
        assert!(error.is_rate_limited());
    }
    assert_eq!(zuora_core::Clock::now(&rig.clock), begun);
    assert_eq!(rig.token_requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_a_caller_cannot_afford_is_told_at_once() {
    // The client's own limit.
    let rig = Rig::new();
    let client = rig.builder().token_requests_per_minute(1).build().unwrap();
    let used = zuora_core::OAuthApi::new(&client).create_token(CLIENT_ID, SECRET);
    rig.run(used.into_future()).await.unwrap();
    let hasty = || {
        client
            .request(Method::GET, ACCOUNT)
            .timeout(Duration::from_secs(5))
    };
    let begun = zuora_core::Clock::now(&rig.clock);
    // The one that starts the refresh, and one that joins it.
    for _ in 0..2 {
        let error = rig.run(hasty().into_future()).await.unwrap_err();
        assert!(error.is_rate_limited(), "{error}");
        assert!(error.retry_after().unwrap() > Duration::from_secs(50));
    }
    assert_eq!(zuora_core::Clock::now(&rig.clock), begun);

    // A 429 that asks for longer than the call may take.
    let rig = Rig::new();
    let client = rig.client();
    rig.sim
        .inject(
            Fault::on("createToken")
                .status(429)
                .retry_after("20")
                .times(1),
        )
        .unwrap();
    let call = client
        .request(Method::GET, ACCOUNT)
        .timeout(Duration::from_secs(5));
    let error = rig.run(call.into_future()).await.unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    // For one with more time the flight went on.
    rig.get(&client).await.unwrap();
    assert_eq!(rig.token_requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn no_time_at_all_sends_nothing() {
    let rig = Rig::new();
    let client = rig.client();
    let call = client.request(Method::GET, ACCOUNT).timeout(Duration::ZERO);
    assert!(rig.run(call.into_future()).await.unwrap_err().is_timeout());
    rig.run(client.finish_refresh(Duration::from_secs(5))).await;
    assert_eq!(rig.token_requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn life_is_counted_from_before_the_request() {
    let rig = Rig::new();
    let client = rig.client();
    rig.sim
        .inject(Fault::on("createToken").slow_body(Duration::from_secs(20)))
        .unwrap();
    let begun = rig.clock.wall();
    let token = rig.run(client.token()).await.unwrap();
    assert_eq!(rig.clock.wall(), begun + Duration::from_secs(20));
    assert_eq!(token.expires_at(), begun + Duration::from_secs(3598));
    rig.clock.advance(Duration::from_secs(3579));
    rig.get(&client).await.unwrap();
    assert_eq!(
        rig.sim.requests().to("getAccount").with_status(401).count(),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_refresh_from_before_a_401_does_not_bring_the_same_token_back() {
    let rig = Rig::with(|sim| sim.token_reuse(TokenReuse::Same));
    let client = rig.client();
    rig.get(&client).await.unwrap();
    // In the early window a slow refresh is on its way, and will bring the same token.
    rig.clock.advance(Duration::from_secs(3598 - 200));
    rig.sim
        .inject(
            Fault::on("createToken")
                .slow_body(Duration::from_secs(10))
                .times(1),
        )
        .unwrap();
    client.token().await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(rig.token_requests(), 2);
    // Meanwhile the token is revoked: the call needs another one, which the next request brings.
    rig.sim.revoke_all_tokens();
    rig.get(&client).await.unwrap();
    assert_eq!(rig.token_requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_gateways_401_is_no_refusal_of_the_credentials() {
    let rig = Rig::new();
    let client = rig.client();
    rig.sim
        .inject(
            Fault::on("createToken")
                .status(401)
                .body(FaultBody::Html)
                .times(1),
        )
        .unwrap();
    assert!(rig.get(&client).await.unwrap_err().is_auth());
    rig.get(&client).await.unwrap();
}

#[derive(Debug)]
struct Panics;

impl zuora_core::TokenObserver for Panics {
    fn request(&self, _: TokenRequestOutcome, _: Duration) {
        panic!("an observer's own fault");
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_refresh_is_an_error_and_no_second_request() {
    let rig = Rig::new();
    let client = rig
        .builder()
        .token_observer(Arc::new(Panics))
        .build()
        .unwrap();
    let error = rig.get(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Runtime);
    assert!(error.to_string().contains("panicked"));
    assert_eq!(rig.token_requests(), 1);
}

#[derive(Debug, Default)]
struct Asks(std::sync::OnceLock<zuora_core::Client>);

impl zuora_core::TokenObserver for Asks {
    fn hit(&self) {
        if let Some(client) = self.0.get() {
            client.invalidate();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_observer_may_use_the_client() {
    let rig = Rig::new();
    let observer = Arc::new(Asks::default());
    let client = rig
        .builder()
        .token_observer(observer.clone())
        .build()
        .unwrap();
    observer.0.set(client.clone()).unwrap();
    rig.get(&client).await.unwrap();
    rig.run(client.token()).await.unwrap();
    rig.get(&client).await.unwrap();
    assert_eq!(rig.token_requests(), 2);
}
