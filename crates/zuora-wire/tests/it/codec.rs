//! Models through the codec: what is read is written again, and what does not fit says where.

use crate::checks::{self, models::*};
use zuora_wire::{
    Date, Decimal, Extra, Json, Map, Model, OpenEnum, Patch, Slot, fields, from_slice, to_string,
};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// Reads and writes again; the JSON must be equal, numbers byte for byte.
fn round_trip<T: Slot + PartialEq + std::fmt::Debug>(text: &str) -> T {
    let value: T = from_slice(text.as_bytes()).unwrap();
    let written = to_string(&value);
    assert_eq!(Json::parse(&written), Json::parse(text));
    assert_eq!(from_slice::<T>(written.as_bytes()).unwrap(), value);
    value
}

fn error<T: Slot>(text: &str) -> String {
    from_slice::<T>(text.as_bytes()).err().unwrap().to_string()
}

#[test]
fn a_response_comes_back_as_it_was() {
    let invoice: Invoice = round_trip(
        r#"{"id":"a","amount":100.00,"invoiceDate":"2024-02-29","updatedOn":"2019-09-10 19:32:21 UTC",
            "status":"Posted","autoPay":false,"version":-3,
            "items":[{"amount":12345678901234.123456789},{"amount":1E-9},{"amount":0E-9},
                     {"amount":123456789012345678901234567890123456789}],
            "region__c":"EMEA","rate__c":1.10,"Id__NS":null,"nested":{"b":[1.0,{}],"a":-0}}"#,
    );
    assert_eq!(invoice.amount, Some(decimal("100")));
    assert_eq!(invoice.status, Some(InvoiceStatus::Posted));
    assert_eq!(invoice.extra.text("region__c"), Some("EMEA"));
    assert_eq!(invoice.extra.decimal("rate__c"), Some(decimal("1.1")));
    let custom: Vec<&str> = invoice
        .extra
        .custom_fields()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(custom, ["region__c", "rate__c"]);
    assert_eq!(invoice.extra.len(), 4);
}

#[test]
fn nulls_and_missing_members_never_fail() {
    assert_eq!(from_slice::<Invoice>(b"{}").unwrap(), Invoice::default());
    assert_eq!(from_slice::<Invoice>(b"null").unwrap(), Invoice::default());
    let names = [
        "name", "parent", "children", "invoices", "method", "balances", "matrix", "payment",
    ];
    let nulls = names.map(|name| format!("{name:?}:null")).join(",");
    let account: Account = from_slice(format!("{{{nulls}}}").as_bytes()).unwrap();
    assert_eq!(account, Account::default());
    let required = r#"{"accountId":null,"amount":null,"effectiveDate":null,"invoice":null,"tags":null,
        "comment":null}"#;
    let request: PaymentRequest = from_slice(required.as_bytes()).unwrap();
    assert_eq!(request, PaymentRequest::empty());
    let items: Account = from_slice(br#"{"invoices":[null],"children":[null,{}]}"#).unwrap();
    assert_eq!(to_string(&items), r#"{"children":[{},{}],"invoices":[{}]}"#);
    assert_eq!(from_slice::<Vec<i64>>(b"[null,1]").unwrap(), [0, 1]);
    assert_eq!(
        from_slice::<Vec<Option<bool>>>(b"[null,true]").unwrap(),
        [None, Some(true)]
    );
}

#[test]
fn a_request_sends_what_is_required_and_what_was_set() {
    let mut request = PaymentRequest::new(
        "A1",
        decimal("10.50"),
        Date::new(2024, 2, 29).unwrap(),
        Invoice::default(),
        Vec::new(),
    );
    let text =
        r#"{"accountId":"A1","amount":10.50,"effectiveDate":"2024-02-29","invoice":{},"tags":[]}"#;
    assert_eq!(to_string(&request), text);
    request.comment = Some("a \"b\"\n\u{1}é😀".to_owned());
    request.invoice.extra.set("po__c", 7);
    let text = r#"{"accountId":"A1","amount":10.50,"effectiveDate":"2024-02-29","invoice":{"po__c":7},"tags":[],"comment":"a \"b\"\n\u0001é😀"}"#;
    assert_eq!(to_string(&request), text);
    round_trip::<PaymentRequest>(text);
    // A model without a place for unknown members leaves them out.
    let read: PaymentRequest = from_slice(br#"{"unknown":[{"a":1}],"accountId":"A2"}"#).unwrap();
    assert_eq!(read.account_id, "A2");
}

#[test]
fn read_change_write_back_sends_only_what_was_there_or_set() {
    let text = r#"{"firstName":"Ada","creditLimit":null,"vip__c":true}"#;
    let mut contact: Contact = round_trip(text);
    assert!(contact.credit_limit.is_null());
    assert!(contact.since.is_absent());
    contact.first_name.set_null();
    contact.credit_limit.set(1000);
    contact.phones = vec!["1".to_owned()].into();
    contact.extra.set("vip__c", Json::Null);
    let changed = r#"{"firstName":null,"creditLimit":1000,"phones":["1"],"vip__c":null}"#;
    assert_eq!(to_string(&contact), changed);
    assert_eq!(to_string(&Contact::default()), "{}");
    contact = Contact::default();
    contact.since = Patch::or_null(None);
    contact.extra.set("vip__c", false);
    assert_eq!(to_string(&contact), r#"{"since":null,"vip__c":false}"#);
}

#[test]
fn types_may_contain_themselves() {
    let account: Account = round_trip(
        r#"{"name":"c","parent":{"name":"b","parent":{"name":"a"}},"children":[{"name":"d","children":[]}]}"#,
    );
    let grandparent = account.parent.unwrap().parent.unwrap();
    assert_eq!(grandparent.name.as_deref(), Some("a"));
    let deep = |depth: usize| format!("{}{{}}{}", r#"{"parent":"#.repeat(depth), "}".repeat(depth));
    round_trip::<Account>(&deep(127));
    assert!(error::<Account>(&deep(128)).contains("nested more than 128 deep"));
    assert!(error::<Account>(&deep(100_000)).contains("nested more than 128 deep"));
    let skipped = format!(r#"{{"unknown":{}}}"#, deep(100_000));
    assert!(error::<PaymentRequest>(&skipped).contains("nested more than 128 deep"));
}

#[test]
fn one_of_several_falls_back_to_json() {
    let method = |text: &str| {
        let account: Account = round_trip(&format!(r#"{{"method":{text}}}"#));
        account.method.unwrap()
    };
    let card = method(r#"{"number":"4111","limit":1E+3,"type":"CreditCard","x":[1]}"#);
    assert!(matches!(&card, PaymentMethod::Card(card) if card.number.as_deref() == Some("4111")));
    let bank = method(r#"{"type":"BankTransfer","IBAN":"DE"}"#);
    assert!(matches!(&bank, PaymentMethod::Bank(bank) if bank.iban.as_deref() == Some("DE")));
    for text in [
        r#"{"type":"PayPal","limit":1.10}"#,
        r#"{"limit":"1"}"#,
        r#"{"type":7}"#,
        // The right tag and the wrong shape.
        r#"{"type":"CreditCard","number":{"a":"1.0"}}"#,
        r#""CreditCard""#,
        "[1.00]",
        "0E-9",
    ] {
        let other = Json::parse(text).unwrap();
        assert_eq!(method(text), PaymentMethod::Other(other));
    }
    let broken = r#"{"method":{"type":"CreditCard","number":x}}"#;
    assert!(error::<Account>(broken).starts_with("method.number: expected a value, found 'x'"));
}

#[test]
fn unknown_members_are_kept_once_and_in_linear_time() {
    let text = r#"{"b__c":1,"id":"x","a__c":[2.50],"b__c":{"c":null}}"#;
    let invoice: Invoice = from_slice(text.as_bytes()).unwrap();
    assert_eq!(
        to_string(&invoice),
        r#"{"id":"x","b__c":{"c":null},"a__c":[2.50]}"#
    );
    let members: Vec<String> = (0..100_000).map(|n| format!(r#""f{n}__c":{n}"#)).collect();
    let text = format!("{{{}}}", members.join(","));
    let invoice: Invoice = from_slice(text.as_bytes()).unwrap();
    assert_eq!(invoice.extra.len(), 100_000);
    assert_eq!(to_string(&invoice), text);
    let many = format!("[{}0.10]", "0.10,".repeat(99_999));
    assert_eq!(
        to_string(&from_slice::<Vec<Decimal>>(many.as_bytes()).unwrap()),
        many
    );
}

#[test]
fn the_last_of_repeated_members_wins() {
    let text = r#"{"name":"a","parent":{"name":"b"},"parent":{"children":[]},"name":"c",
        "payment":{"invoice":{"id":"1"},"invoice":{"version":2}},"invoices":[{}],"invoices":[]}"#;
    let account: Account = from_slice(text.as_bytes()).unwrap();
    assert_eq!(account.name.as_deref(), Some("c"));
    assert_eq!(account.parent.as_ref().unwrap().name, None);
    assert_eq!(account.payment.as_ref().unwrap().invoice.id, None);
    assert_eq!(account.invoices, Some(Vec::new()));
    let account: Account = from_slice(br#"{"name":"a","name":null}"#).unwrap();
    assert_eq!(account.name, None);
}

#[test]
fn amounts_are_read_from_numbers_and_from_strings() {
    let text = br#"{"balances":{"EUR":"10.50","USD":10.50,"GBP":"1E-9"}}"#;
    let account: Account = from_slice(text).unwrap();
    let written = r#"{"balances":{"EUR":10.50,"USD":10.50,"GBP":1E-9}}"#;
    assert_eq!(to_string(&account), written);
    let balances = account.balances.unwrap();
    assert_eq!(
        balances.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        ["EUR", "USD", "GBP"]
    );
    assert_eq!(from_slice::<i64>(b"5.0").unwrap(), 5);
    assert_eq!(from_slice::<i64>(b"\"1E+3\"").unwrap(), 1000);
    assert_eq!(
        error::<i64>("5.5"),
        "expected an integer of 64 bits, found 5.5"
    );
    assert_eq!(
        error::<i64>("9223372036854775808"),
        "expected an integer of 64 bits, found 9223372036854775808"
    );
}

#[test]
fn wrong_types_say_where_and_what() {
    for (text, message) in [
        (
            r#"{"invoices":[{},{},{},{"amount":"abc"}]}"#,
            r#"invoices[3].amount: expected a number, found "abc""#,
        ),
        (
            r#"{"invoices":{}}"#,
            "invoices: expected an array, found an object",
        ),
        (
            r#"{"invoices":[7]}"#,
            "invoices[0]: expected an object, found 7",
        ),
        (r#"{"name":1.50}"#, "name: expected a string, found 1.50"),
        (r#"{"name":[]}"#, "name: expected a string, found an array"),
        (
            r#"{"parent":"x"}"#,
            r#"parent: expected an object, found "x""#,
        ),
        (
            r#"{"invoices":[{"autoPay":"true"}]}"#,
            r#"invoices[0].autoPay: expected a boolean, found "true""#,
        ),
        (
            r#"{"invoices":[{"status":false}]}"#,
            "invoices[0].status: expected a string, found false",
        ),
        (
            r#"{"matrix":[[1],[2,{}]]}"#,
            "matrix[1][1]: expected a number, found an object",
        ),
        (
            r#"{"balances":{"EUR":""}}"#,
            r#"balances.EUR: expected a number, found """#,
        ),
        (r#"[]"#, "expected an object, found an array"),
        (
            r#"{"name":}"#,
            "name: expected a value, found '}' at byte 8",
        ),
        (
            r#"{"name":"a"} {}"#,
            "text goes on after the value at byte 13",
        ),
        ("", "expected a value, but the text ends at byte 0"),
    ] {
        assert_eq!(error::<Account>(text), message);
    }
    let long = format!(r#"{{"balances":{{"EUR":"{}"}}}}"#, "x".repeat(10_000_000));
    let message = error::<Account>(&long);
    assert!(message.len() < 120, "{message}");
}

#[test]
fn enums_keep_what_they_do_not_know() {
    let invoices: Vec<Invoice> = round_trip(
        r#"[{"status":"posted"},{"status":"In Review"},{"status":""},{"status":"Draft"}]"#,
    );
    let known: Vec<bool> = invoices
        .iter()
        .map(|invoice| invoice.status.as_ref().unwrap().is_known())
        .collect();
    assert_eq!(known, [false, false, false, true]);
    assert_eq!(
        invoices[1].status.as_ref().unwrap().to_string(),
        "In Review"
    );
    assert_eq!(InvoiceStatus::KNOWN, ["Draft", "Posted", "Canceled"]);
    assert_eq!("Posted".parse(), Ok(InvoiceStatus::Posted));
    assert_eq!(InvoiceStatus::from("X"), InvoiceStatus::from("X"));
    assert_eq!(format!("{:?}", InvoiceStatus::from("X")), r#""X""#);
}

#[test]
fn custom_fields_are_typed() {
    let mut extra = Extra::new();
    assert!(extra.is_empty());
    assert_eq!(extra.set("due__c", "2024-02-29"), None);
    extra.write("rates__c", &vec![decimal("1.10")]).unwrap();
    extra.set("flag__c", true);
    assert_eq!(extra.read("due__c"), Ok(Date::new(2024, 2, 29).ok()));
    assert_eq!(extra.read::<Date>("none__c"), Ok(None));
    assert_eq!(extra.bool("flag__c"), Some(true));
    let error = extra.read::<i64>("rates__c").unwrap_err();
    assert_eq!(
        error.to_string(),
        "rates__c: expected an integer of 64 bits, found an array"
    );
    assert_eq!(extra.get("rates__c").unwrap().to_string(), "[1.10]");
    assert_eq!(extra.remove("due__c"), Some(Json::from("2024-02-29")));
    assert_eq!(extra.set("flag__c", false), Some(Json::from(true)));
    assert_eq!(extra.len(), 2);
    let same: Extra = [
        ("flag__c", Json::from(false)),
        ("rates__c", Json::parse("[1.10]").unwrap()),
    ]
    .into_iter()
    .collect();
    assert_eq!(extra, same);
}

#[test]
fn readers_can_look_ahead() {
    let mut reader = zuora_wire::Reader::new(br#" {"a":null,"b":[1],"t":"x","t":"y"} 5"#).unwrap();
    assert_eq!(reader.tag("t").unwrap().as_deref(), Some("y"));
    assert_eq!(reader.tag("b").unwrap(), None);
    assert_eq!((reader.has("a"), reader.has("b")), (Ok(false), Ok(true)));
    assert_eq!(
        reader.raw().unwrap(),
        r#"{"a":null,"b":[1],"t":"x","t":"y"}"#
    );
    assert_eq!((reader.has("a"), reader.tag("a")), (Ok(false), Ok(None)));
    assert!(reader.end().is_err());
    assert_eq!(reader.json().unwrap(), Json::from(5));
    assert!(reader.end().is_ok());
}

#[test]
fn a_model_can_be_walked() {
    let map: Map<Decimal> = [("a".to_owned(), decimal("1"))].into_iter().collect();
    let account = Account {
        balances: Some(map),
        ..Account::default()
    };
    let shape = account.shape();
    assert_eq!((shape.name, shape.fields.len()), ("Account", 10));
    let present: Vec<_> = shape
        .fields
        .iter()
        .enumerate()
        .filter(|(index, _)| !account.get(*index).unwrap().is_absent())
        .map(|(_, name)| *name)
        .collect();
    assert_eq!(present, ["balances"]);
    assert!(account.get(shape.fields.len()).is_none());
    assert_eq!(format!("{account:?}"), r#"Account { balances: {"a":1} }"#);
    checks::codec::check(to_string(&account).as_bytes());
}

#[test]
fn who_reads_wrongly_gets_errors() {
    use zuora_wire::Reader;
    let start = Reader::new(b"[[1,2],3]").unwrap();
    // Nothing read, too much read, another reader put in the place of the one that was given.
    assert!(start.clone().array(&mut |_| Ok(())).is_err());
    assert!(
        start
            .clone()
            .array(&mut |r| r.skip().and_then(|()| r.skip()))
            .is_err()
    );
    let end = Reader::new(b"]").unwrap();
    let mut reader = start.clone();
    reader
        .array(&mut |r| {
            *r = end.clone();
            Ok(())
        })
        .unwrap();
    assert!(start.clone().object(&mut |_, r| r.skip()).is_err());
}

#[test]
fn models_are_equal_when_their_numbers_have_the_same_value() {
    #[derive(Clone)]
    struct Item {
        amount: Option<Decimal>,
        extra: Extra,
    }
    fields! { Item { 0 amount = "amount" } extra }

    let read = |text: &str| from_slice::<Item>(text.as_bytes()).unwrap();
    let one = read(r#"{"amount":1.0,"Limit__c":[1E1]}"#);
    assert_eq!(one, read(r#"{"Limit__c":[10],"amount":1.00}"#));
    assert_ne!(one, read(r#"{"Limit__c":[10],"amount":1.01}"#));
    assert_ne!(one, read(r#"{"Limit__c":[10,1],"amount":1.0}"#));
    assert_ne!(one, read(r#"{"Limit__c":["10"],"amount":1.0}"#));
    assert_ne!(one, read(r#"{"amount":1.0}"#));
}

#[test]
fn a_secret_is_hidden_however_deep_it_is() {
    #[derive(Clone)]
    struct Card {
        number: Patch<String>,
        extra: Extra,
    }
    fields! { default Card { 0 number = "cardNumber" } extra secret "cardNumber" }

    #[derive(Clone)]
    struct Account {
        card: Patch<Card>,
        cards: Patch<Vec<Card>>,
        by_name: Patch<Map<Card>>,
        extra: Extra,
    }
    fields! { default Account { 0 card = "card", 1 cards = "cards", 2 by_name = "byName" } extra }

    let text = r#"{"card":{"cardNumber":"4111"},"cards":[{"cardNumber":"4111"}],"byName":{"a":{"cardNumber":"4111"}}}"#;
    let account: Account = from_slice(text.as_bytes()).unwrap();
    let shown = format!("{account:?}");
    assert_eq!(shown.matches("***").count(), 3, "{shown}");
    assert!(!shown.contains("4111"), "{shown}");
    // What is sent is not hidden.
    assert_eq!(to_string(&account), text);
}

#[test]
fn a_secret_that_does_not_fit_is_not_quoted() {
    #[derive(Clone)]
    struct Card {
        limit: Option<Decimal>,
        number: Option<String>,
        extra: Extra,
    }
    zuora_wire::fields! {
        Card { 0 limit = "limit", 1 number = "cardNumber" } extra secret "cardNumber"
    }

    let error = |text: &str| from_slice::<Card>(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(
        error(r#"{"cardNumber":4111111111111111}"#),
        "cardNumber: expected a string, found something else, which is not shown"
    );
    assert_eq!(
        error(r#"{"limit":"abc"}"#),
        r#"limit: expected a number, found "abc""#
    );
}
