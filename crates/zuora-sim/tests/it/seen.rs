//! What is asked of the journal: questions, assertions, coverage, and what `/_sim/` shows of it.

use crate::support::*;
use std::sync::{Arc, Mutex};
use zuora_sim::{Fault, Simulator};
use zuora_wire::Json;

async fn shown(sim: &Simulator, path: &str) -> Json {
    let (status, reply) = http(sim, "GET", &format!("/_sim/{path}"), &[], "").await;
    assert_eq!(status, 200, "{path}: {reply}");
    Json::parse(body_of(&reply)).unwrap()
}

fn numbers(list: &Json) -> Vec<u64> {
    let requests = list.get("requests").and_then(Json::as_array).unwrap();
    let number = |request: &Json| request.get("number")?.as_number()?.as_u64();
    requests.iter().map(|one| number(one).unwrap()).collect()
}

#[tokio::test]
async fn requests_are_counted_by_what_they_are() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    api.call("GET", "/v1/accounts/A00000001", "").await;
    api.call("PUT", "/v1/accounts/A00000001", "{}").await;
    account_status(&sim, "x").await;
    api.call("GET", "/v1/nothing?x=1", "").await;

    let count = |narrow: fn(zuora_sim::Requests<'_>) -> zuora_sim::Requests<'_>| {
        narrow(sim.requests()).count()
    };
    assert_eq!(count(|all| all), 5);
    assert_eq!(count(|all| all.to("getAccount")), 2);
    assert_eq!(count(|all| all.to("getAccount").with_status(401)), 1);
    assert_eq!(count(|all| all.path("/v1/accounts/*")), 3);
    assert_eq!(count(|all| all.path("/v1/accounts/*").method("put")), 1);
    assert_eq!(count(|all| all.path("/v1/accounts")), 0);
    assert_eq!(count(|all| all.unmatched()), 1);
    let last = sim.requests().to("getAccount").last().unwrap();
    assert_eq!((last.status, last.number), (Some(401), 3));
    assert_eq!(sim.requests().method("GET").all().len(), 3);
    sim.requests().to("createToken").assert_count(1);
    sim.requests().to("createOrder").assert_none();
}

#[tokio::test]
async fn assertions_say_what_came_instead() {
    let sim = frozen().build().unwrap();
    sim.assert_no_unmatched();
    account_status(&sim, "x").await;
    Api::new(&sim)
        .await
        .call("GET", "/v1/nothing?secret=1", "")
        .await;
    let message = |check: &(dyn Fn() + std::panic::RefUnwindSafe)| {
        let panic = std::panic::catch_unwind(check).unwrap_err();
        panic.downcast::<String>().unwrap()
    };
    let sim = std::panic::AssertUnwindSafe(&sim);
    let unmatched = message(&|| sim.assert_no_unmatched());
    assert!(
        unmatched.contains("GET /v1/nothing 501 (unmatched)"),
        "{unmatched}"
    );
    assert!(!unmatched.contains("secret=1") && !unmatched.contains("A00000001"));
    let wrong = message(&|| sim.requests().to("getAccount").assert_count(2));
    assert!(wrong.contains("there were 1"), "{wrong}");
    assert!(wrong.contains("GET /v1/accounts/A00000001 401 (getAccount)"));
}

#[tokio::test]
async fn coverage_knows_every_operation() {
    let sim = frozen().start().await.unwrap();
    let held = token(&sim).await;
    account_status(&sim, &held).await;
    account_status(&sim, &held).await;
    send(
        &sim,
        Api::new(&sim).await.request("GET", "/nowhere", None, ""),
    )
    .await
    .unwrap();
    let coverage = sim.coverage();
    assert_eq!(coverage.operations(), zuora_catalog::operations().count());
    let hit: Vec<_> = coverage.hit().collect();
    assert_eq!(hit, [("createToken", 2), ("getAccount", 2)]);
    assert!(coverage.has("getAccount") && !coverage.has("updateAccount"));
    assert_eq!(coverage.missed().count(), coverage.operations() - 2);

    let shown = shown(&sim, "coverage").await;
    assert_eq!(shown.get("hit"), Some(&Json::from(2)));
    let accounts = shown.at(&["groups", "Accounts"]).unwrap();
    assert_eq!(accounts.at(&["hit", "getAccount"]), Some(&Json::from(2)));
    assert!(
        accounts
            .get("missed")
            .unwrap()
            .to_string()
            .contains("updateAccount")
    );
}

#[tokio::test]
async fn requests_are_listed_with_reasons() {
    let sim = frozen().start().await.unwrap();
    let held = token(&sim).await;
    sim.inject(Fault::on("getAccount").status(503).times(1))
        .unwrap();
    assert_eq!(account_status(&sim, &held).await, 503);
    assert_eq!(account_status(&sim, "x").await, 401);
    send(
        &sim,
        Api::new(&sim).await.request("GET", "/nowhere", None, ""),
    )
    .await
    .unwrap();

    let list = shown(&sim, "requests").await;
    assert_eq!(numbers(&list), [0, 1, 2, 3, 4]);
    assert_eq!(
        text(&list, &["requests", "0", "reason"]),
        "a token was handed out"
    );
    let reason = text(&list, &["requests", "1", "reason"]);
    assert_eq!(reason, "a fault: {\"status\":503}");
    let reason = text(&list, &["requests", "2", "reason"]);
    assert!(reason.starts_with("the token was refused: "), "{reason}");
    let reason = text(&list, &["requests", "4", "reason"]);
    assert_eq!(reason, "no operation has this path");
    assert_eq!(list.at(&["requests", "0", "request"]), None);

    for (query, found) in [
        ("operation=getAccount", &[1, 2][..]),
        ("operation=getAccount&status=401", &[2]),
        ("path=/oauth/*&method=POST", &[0, 3]),
        ("limit=2", &[3, 4]),
        ("from=4", &[4]),
        ("operation=unmatched", &[4]),
    ] {
        let list = shown(&sim, &format!("requests?{query}")).await;
        assert_eq!(numbers(&list), found, "{query}");
    }
    for wrong in [
        "what=1",
        "status=70000",
        "limit=x",
        "from=-1",
        "operation=getAcount",
        "method=GETT",
        "bodies=maybe",
    ] {
        let path = format!("/_sim/requests?{wrong}");
        let (status, reply) = http(&sim, "GET", &path, &[], "").await;
        assert_eq!(status, 400, "{wrong}");
        assert!(reply.contains(wrong.split_once('=').unwrap().0));
    }
    for number in ["5", "x", "-1", "99999999999999999999"] {
        let path = format!("/_sim/requests/{number}");
        assert_eq!(http(&sim, "GET", &path, &[], "").await.0, 404, "{number}");
    }
}

#[test]
#[should_panic(expected = "\"getAcount\" is no operation")]
fn who_asks_for_an_operation_that_there_is_not_is_told() {
    let sim = frozen().build().unwrap();
    sim.requests().to("getAcount").assert_none();
}

#[tokio::test]
async fn nothing_that_is_shown_opens_a_door() {
    let sim = frozen().start().await.unwrap();
    let held = token(&sim).await;
    let secret = sim.client_secret().to_owned();
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let api = Api::new(&sim).await;
    // In headers, in the path, in the query, in JSON by name and by value, in text, in a broken form.
    let path = format!("/v1/accounts/{held}?x={held}&apiToken=crumb&client_secret={encoded}");
    let body = format!(
        r#"{{"notes":"my {secret}","creditCardNumber":"4111","list":[{{"password":"open"}},"{held}"]}}"#
    );
    api.call("PUT", &path, &body).await;
    api.call("PUT", "/v1/accounts/A1", &format!("{{ {secret} {held}"))
        .await;
    api.call("PUT", "/v1/accounts/A2", "{\"password\": \"open\"")
        .await;
    let request = with(account_request(&sim, &held), "cookie", "crumb");
    send(&sim, with(request, "x-note", &format!("see {held}.")))
        .await
        .unwrap();

    let mut printed = shown(&sim, "requests?bodies=true").await.to_string();
    for number in 0..6 {
        printed += &shown(&sim, &format!("requests/{number}")).await.to_string();
    }
    printed += &shown(&sim, "tokens").await.to_string();
    for hidden in [&held, &secret, &encoded, "4111", "open", "crumb"] {
        assert!(!printed.contains(hidden), "{hidden} in {printed}");
    }
    assert!(printed.contains("my [hidden]") && printed.contains("see [hidden]."));
    assert!(printed.contains("client_id=5a754f52"));
}

#[tokio::test]
async fn numbers_that_pay_are_shown_nowhere() {
    let lines = Arc::new(Mutex::new(String::new()));
    let log = lines.clone();
    let sim = frozen().on_request(move |line| {
        log.lock().unwrap().push_str(&format!("{line:?}\n"));
    });
    let sim = sim.start().await.unwrap();
    let (held, secret) = (token(&sim).await, sim.client_secret().to_owned());
    let api = Api::new(&sim).await;
    let escaped: String = held.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let (card, iban, bank) = ("4111111111111111", "DE89370400440532013000", "123456789012");
    for path in [
        &held,
        &escaped,
        &encoded,
        card,
        "4111-1111-1111-1111",
        "%34111%20111111111111",
    ] {
        api.call("GET", &format!("/v1/accounts/{path}"), "").await;
        api.call(
            "GET",
            &format!("/v1/nothing/{path}?x={path}&%74oken=crumb"),
            "",
        )
        .await;
    }
    for body in [
        format!(r#"{{"type":"ACH","accountNumber":"{bank}","accountKey":"A00000001"}}"#),
        format!(r#"{{"AccountNumber":{bank}}}"#),
        format!(r#"{{"type":"SEPA","Iban":"{iban}","CARDNUMBER":"{card}"}}"#),
        r#"{"Cvv__c":"848484","cvc__c":"848484","token__NS":"848484","Iban__c":"848484"}"#
            .to_owned(),
        format!(r#"{{"notes":"pay with 4111 1111 1111 1111, or {card}."}}"#),
    ] {
        api.call("POST", "/v1/payment-methods", &body).await;
    }
    // In any case of the letters, through Actions and CRUD.
    let method = format!(
        r#"{{"Type":"CreditCard","AccountId":"A00000001","cardnumber":"{card}","CREDITCARDNUMBER":{card},"SecurityCODE":"737737","iban":"{iban}","achaccountnumber":"{bank}"}}"#
    );
    let created = format!(r#"{{"type":"PaymentMethod","objects":[{method}]}}"#);
    api.call("POST", "/v1/action/create", &created).await;
    api.call("POST", "/v1/object/payment-method", &method).await;

    let mut printed = shown(&sim, "requests?bodies=true").await.to_string();
    printed += &shown(&sim, "executions").await.to_string();
    printed += &sim.snapshot();
    printed += &lines.lock().unwrap();
    for hidden in [
        &*held,
        &escaped,
        &secret,
        &encoded,
        card,
        iban,
        bank,
        "737737",
        "848484",
        "crumb",
        "4111-1111",
        "4111 1111",
        "%34111",
    ] {
        assert!(!printed.contains(hidden), "{hidden} in {printed}");
    }
    // What is no such number is shown as it is.
    assert!(printed.contains(r#""accountNumber":"A00000001""#));
    assert!(
        printed.contains("************1111") && printed.contains("pay with [hidden], or [hidden].")
    );
}

#[tokio::test]
async fn tokens_and_limits_are_shown() {
    let sim = frozen().start().await.unwrap();
    let held = token(&sim).await;
    account_status(&sim, &held).await;
    sim.clock().advance(seconds(8));
    let tokens = shown(&sim, "tokens").await;
    assert_eq!(text(&tokens, &["tokens", "0", "endsWith"]), &held[28..]);
    assert_eq!(
        tokens.at(&["tokens", "0", "leftSeconds"]),
        Some(&Json::from(3590))
    );
    let limits = shown(&sim, "limits").await;
    let minute = limits.at(&["rate", "0"]).unwrap().to_string();
    assert_eq!(
        minute,
        r#"{"window":"minute","limit":50000,"used":1,"resetSeconds":52}"#
    );
    let class = limits.at(&["concurrency", "0"]).unwrap().to_string();
    assert_eq!(
        class,
        r#"{"class":"Default","limit":40,"running":0,"peak":1}"#
    );
    let source = limits.at(&["tokenRequests", "0"]).unwrap().to_string();
    assert_eq!(source, r#"{"source":"127.0.0.1","limit":100,"used":1}"#);
}

#[tokio::test]
async fn one_fault_is_removed() {
    let sim = frozen().start().await.unwrap();
    for status in [500, 502] {
        sim.inject(Fault::on("getAccount").status(status)).unwrap();
    }
    let list = shown(&sim, "faults").await;
    assert_eq!(list.at(&["faults", "1", "number"]), Some(&Json::from(2)));
    assert_eq!(http(&sim, "DELETE", "/_sim/faults/1", &[], "").await.0, 200);
    assert_eq!(http(&sim, "DELETE", "/_sim/faults/1", &[], "").await.0, 404);
    assert_eq!(account_status(&sim, "x").await, 502);
}

#[tokio::test]
async fn the_journal_holds_64_mib_of_bodies() {
    let sim = frozen().build().unwrap();
    let api = Api::new(&sim).await;
    let body = format!("{{\"notes\":\"{}\"}}", "x".repeat(4_000_000));
    for _ in 0..20 {
        api.call("PUT", "/v1/accounts/A1", &body).await;
    }
    let journal = sim.journal();
    let held: usize = journal
        .iter()
        .map(|one| one.body.len() + one.reply_body.len())
        .sum();
    assert!(held <= 64 << 20 && held > 60 << 20, "{held}");
    assert!(journal[0].body.is_empty() && journal[20].body.len() == body.len());
    assert_eq!(journal.len(), 21);
}

#[tokio::test]
async fn records_are_shown_without_their_secrets() {
    let sim = Simulator::builder().seed(1).start().await.unwrap();
    let held = token(&sim).await;
    let account = format!(
        r#"{{"name":"kept {held}","currency":"USD","billCycleDay":1,
        "billToContact":{{"firstName":"A","lastName":"B","country":"United States"}}}}"#
    );
    let api = Api::new(&sim).await;
    let reply = api.call("POST", "/v1/accounts", &account).await;
    assert_eq!(
        json(&reply).get("success"),
        Some(&Json::from(true)),
        "{reply:?}"
    );
    let accounts = shown(&sim, "tables/Account").await;
    assert_eq!(accounts.get("count"), Some(&Json::from(1)));
    assert_eq!(text(&accounts, &["rows", "0", "name"]), "kept [hidden]");
    let (status, reply) = http(&sim, "GET", "/_sim/tables/nothing", &[], "").await;
    assert_eq!(status, 404);
    assert!(reply.contains("/_sim/tables"));
}
