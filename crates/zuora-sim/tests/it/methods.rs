//! Contacts and payment methods: scrubbed, transferred, verified, the cards of 2022.

use crate::support::*;
use zuora_wire::Json;

async fn two_accounts(api: &Api<'_>) {
    for name in ["one", "two"] {
        let account = format!(
            r#"{{"name":"{name}","currency":"EUR","billToContact":{{"firstName":"Ana","lastName":"Lind","country":"Germany"}}}}"#
        );
        api.good("POST", "/v1/accounts", &account).await;
    }
}

#[tokio::test]
async fn contacts_are_transferred_and_scrubbed() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    two_accounts(&api).await;
    let sent = r#"{"accountNumber":"A00000001","firstName":"Jo","lastName":"Day","country":"Norway","workEmail":"jo@example.com","address1":"Road 1","zipCode":"0150"}"#;
    let made = api.good("POST", "/v1/contacts", sent).await;
    let path = format!("/v1/contacts/{}", text(&made, &["id"]));
    let there = r#"{"destinationAccountKey":"A00000002"}"#;
    api.good("PUT", &format!("{path}/transfer"), there).await;
    let seen = api.good("GET", &path, "").await;
    assert_eq!(text(&seen, &["accountNumber"]), "A00000002");
    assert_eq!(text(&seen, &["workEmail"]), "jo@example.com");
    let nowhere = r#"{"destinationAccountKey":"A9"}"#;
    let reply = api.call("PUT", &format!("{path}/transfer"), nowhere).await;
    assert_eq!(reply.status(), 404);
    let query = "/object-query/contacts?filter[]=firstName.EQ:Ana";
    let used = api.good("GET", query, "").await;
    let used = format!("/v1/contacts/{}", text(&used, &["data", "0", "id"]));
    let reply = api.call("PUT", &format!("{used}/transfer"), there).await;
    assert_eq!(reply.status(), 400);

    api.good("PUT", &format!("{path}/scrub"), "").await;
    let seen = api.good("GET", &path, "").await;
    assert_eq!(text(&seen, &["firstName"]), "Scrubbed");
    assert_eq!(text(&seen, &["country"]), "Norway");
    for gone in ["workEmail", "address1", "zipCode"] {
        assert_eq!(text(&seen, &[gone]), "", "{gone}");
    }
    assert!(!sim.snapshot().contains("jo@example.com"));
    assert_eq!(
        api.call("PUT", "/v1/contacts/none/scrub", "")
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn payment_methods_are_verified_and_scrubbed() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    two_accounts(&api).await;
    let default = "/v1/accounts/A00000001/payment-methods/default";
    assert_eq!(api.call("GET", default, "").await.status(), 400);
    let card = r#"{"type":"CreditCard","accountKey":"A00000001","cardType":"Visa","cardNumber":"4111111111111111","expirationMonth":12,"expirationYear":2030,"securityCode":"737","cardHolderInfo":{"cardHolderName":"Ana Lind","city":"Bremen"},"makeDefault":true}"#;
    let made = api.good("POST", "/v1/payment-methods", card).await;
    let id = text(&made, &["id"]).to_owned();
    let seen = api.good("GET", default, "").await;
    assert_eq!(text(&seen, &["id"]), id);
    assert_eq!(text(&seen, &["cardNumber"]), "************1111");
    assert_eq!(seen.get("isDefault"), Some(&Json::from(true)));
    let all = "/v1/accounts/A00000001/payment-methods";
    let all = api.good("GET", all, "").await;
    let members: Vec<&str> = all
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, _)| name)
        .collect();
    assert!(!members.contains(&"creditcard"), "{all}");
    let own = all
        .get("returnedPaymentMethodType")
        .and_then(Json::as_array);
    let own: Vec<&str> = own.unwrap().iter().map(|own| text(own, &["id"])).collect();
    assert!(own.contains(&id.as_str()), "{all}");
    assert_eq!(text(&all, &["defaultPaymentMethodId"]), id);
    let path = format!("/v1/payment-methods/{id}");
    let good = api.good("PUT", &format!("{path}/verify"), "{}").await;
    assert_eq!(text(&good, &["paymentMethodId"]), id);

    // The number at a bank is no account's, and no more than its end is kept.
    let bank = r#"{"type":"Bacs","accountKey":"A00000001","accountNumber":"55779911","bankCode":"200000","accountHolderInfo":{"accountHolderName":"Ana Lind"},"mandateInfo":{"mandateStatus":"Active"}}"#;
    let made = api.good("POST", "/v1/payment-methods", bank).await;
    let seen = api
        .good(
            "GET",
            &format!("/v1/payment-methods/{}", text(&made, &["id"])),
            "",
        )
        .await;
    assert_eq!(text(&seen, &["accountNumber"]), "****9911");
    let wrong = bank.replace("A00000001", "A9");
    assert_eq!(
        api.call("POST", "/v1/payment-methods", &wrong)
            .await
            .status(),
        404
    );
    for secret in ["4111111111111111", "737", "55779911"] {
        assert!(
            !sim.snapshot().contains(&format!("\"{secret}\"")),
            "{secret}"
        );
    }

    api.good("PUT", &format!("{path}/scrub"), "").await;
    let seen = api.good("GET", &path, "").await;
    assert_eq!(text(&seen, &["status"]), "Scrubbed");
    assert_eq!(text(&seen, &["cardNumber"]), "");
    let reply = api.call("PUT", &format!("{path}/verify"), "{}").await;
    let rule = json(&reply);
    assert!(
        text(&rule, &["reasons", "0", "message"]).contains("Scrubbed"),
        "{rule}"
    );
}

#[tokio::test]
async fn cards_of_2022_are_the_same_payment_methods() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    two_accounts(&api).await;
    let card = r#"{"accountKey":"A00000001","creditCardType":"Visa","creditCardNumber":"4111111111111111","expirationMonth":12,"expirationYear":2030,"defaultPaymentMethod":true,"cardHolderInfo":{"cardHolderName":"Ana Lind","zipCode":"28195"}}"#;
    let path = "/v1/payment-methods/credit-cards";
    let made = api.good("POST", path, card).await;
    let id = text(&made, &["paymentMethodId"]).to_owned();
    let list = format!("{path}/accounts/A00000001");
    let cards = api.good("GET", &list, "").await;
    let card = cards.at(&["creditCards", "0"]).unwrap();
    assert_eq!(text(card, &["id"]), id);
    assert_eq!(text(card, &["cardNumber"]), "************1111");
    assert_eq!(text(card, &["cardType"]), "Visa");
    assert_eq!(card.get("defaultPaymentMethod"), Some(&Json::from(true)));
    assert_eq!(text(card, &["cardHolderInfo", "zipCode"]), "28195");
    let change = r#"{"expirationYear":2031,"city":"Bremen","cardHolderName":"A. Lind"}"#;
    api.good("PUT", &format!("{path}/{id}"), change).await;
    let cards = api.good("GET", &list, "").await;
    let card = cards.at(&["creditCards", "0"]).unwrap();
    assert_eq!(card.get("expirationYear"), Some(&Json::from(2031)));
    assert_eq!(text(card, &["cardHolderInfo", "cardHolderName"]), "A. Lind");
    let seen = api
        .good("GET", &format!("/v1/payment-methods/{id}"), "")
        .await;
    assert_eq!(text(&seen, &["creditCardType"]), "Visa");
    let other = api
        .good("GET", &format!("{path}/accounts/A00000002"), "")
        .await;
    assert_eq!(other.get("creditCards"), Some(&Json::Array(Vec::new())));
}
