//! Whatever is asked of billing, replies are as the reference describes them and amounts add up: requests
//! that the schemas allow, with ids of records that are there, mostly of the wrong kind.

use crate::support::*;
use zuora_catalog::{
    Direction, Operation, Position,
    sample::{Members, Sample},
};
use zuora_sim::Simulator;
use zuora_wire::{Decimal, Json};

const TENANTS: u64 = 4;
const STEPS: usize = 400;
const GROUPS: [&str; 10] = [
    "Invoices",
    "CreditMemos",
    "DebitMemos",
    "Payments",
    "Refunds",
    "PaymentGatewayReconciliation",
    "TaxationItems",
    "BillingDocuments",
    "InvoicePayments",
    "Operations",
];

/// The records of a kind.
fn rows(records: &Json, kind: &str) -> Vec<Json> {
    let rows = records.get(kind).and_then(Json::as_array);
    rows.unwrap_or_default().to_vec()
}

fn records(sim: &Simulator) -> Json {
    let saved = Json::parse(sim.snapshot()).unwrap();
    saved.get("records").unwrap().clone()
}

fn ids(rows: &[Json]) -> Vec<String> {
    let ids = rows.iter().map(|row| text(row, &["id"]).to_owned());
    ids.collect()
}

/// Puts ids of records where ids belong, and small numbers where numbers do, now and then.
fn made_real(json: &mut Json, random: &mut fastrand::Rng, all: &[String]) {
    match json {
        Json::Object(members) => {
            for (name, value) in members.iter_mut() {
                let is_id = name == "id" || name.ends_with("Id") || name.ends_with("Key");
                match value {
                    Json::String(id) if is_id => all[random.usize(..all.len())].clone_into(id),
                    other => made_real(other, random, all),
                }
            }
        }
        Json::Array(items) => {
            for item in items {
                made_real(item, random, all);
            }
        }
        Json::Number(_) if random.bool() => *json = random.u32(1..30).into(),
        _ => {}
    }
}

/// What a parameter of a path asks for.
fn kind_of(param: &str) -> &'static str {
    let param = param.to_lowercase();
    let kinds = [
        ("creditmemoitem", "CreditMemoItem"),
        ("debitmemoitem", "DebitMemoItem"),
        ("creditmemo", "CreditMemo"),
        ("debitmemo", "DebitMemo"),
        ("invoice", "Invoice"),
        ("payment", "Payment"),
        ("refund", "Refund"),
        ("job", "AsyncJob"),
    ];
    let found = kinds.into_iter().find(|(begin, _)| param.contains(begin));
    found.map_or("", |(_, kind)| kind)
}

/// Path and body of a request.
fn request(operation: Operation, random: &mut fastrand::Rng, records: &Json) -> (String, String) {
    let members = match random.bool() {
        true => Members::Required,
        false => Members::All,
    };
    let sample = Sample::new(random.u64(..)).members(members);
    let sample = sample.direction(Direction::Request);
    let kinds = records.as_object().unwrap().iter();
    let all: Vec<String> = kinds
        .flat_map(|(_, rows)| ids(rows.as_array().unwrap()))
        .collect();
    let mut path = operation.path().to_owned();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for param in operation.params() {
        let name = param.field.name();
        match param.position {
            Position::Path => {
                let own = ids(&rows(records, kind_of(name)));
                let from = if own.is_empty() { &all } else { &own };
                let id = &from[random.usize(..from.len())];
                path = path.replace(&format!("{{{name}}}"), id);
            }
            Position::Query if param.field.is_required() || random.u8(..4) == 0 => {
                let value = sample.of_field(param.field);
                let value = value.as_str().map_or(value.to_string(), str::to_owned);
                query.append_pair(name, &value);
            }
            _ => {}
        }
    }
    let json = operation
        .body()
        .filter(|body| body.content_type.contains("json"));
    let body = json.and_then(|body| body.ty).map(|ty| {
        let mut json = sample.of_type(ty);
        made_real(&mut json, random, &all);
        json.to_string()
    });
    let query = query.finish();
    if !query.is_empty() {
        path += &format!("?{query}");
    }
    (path, body.unwrap_or_default())
}

/// An account with some of everything.
async fn furnish(api: &Api<'_>) {
    let account = r#"{"name":"n","currency":"EUR","billToContact":{"firstName":"A","lastName":"B"},
        "paymentMethod":{"type":"CreditCard","cardNumber":"4111111111111111","cardType":"Visa"}}"#;
    let made = api.good("POST", "/v1/accounts", account).await;
    let account = text(&made, &["accountId"]);
    for (status, posts) in [("Draft", false), ("Posted", true), ("Posted", true)] {
        let tax = r#"{"name":"VAT","taxAmount":20,"taxCode":"v","taxDate":"2026-01-01","taxMode":"TaxExclusive","taxRate":0.2,"taxRateType":"Percentage"}"#;
        let invoice = format!(
            r#"{{"accountId":"{account}","invoiceDate":"2026-01-01","status":"{status}","invoiceItems":[{{"amount":100,"serviceStartDate":"2026-01-01","taxItems":[{tax}]}}]}}"#
        );
        api.good("POST", "/v1/invoices", &invoice).await;
        let payment = format!(
            r#"{{"accountId":"{account}","amount":50,"currency":"EUR","type":"External"}}"#
        );
        api.good("POST", "/v1/payments", &payment).await;
        let charges = format!(
            r#"{{"accountId":"{account}","autoPost":{posts},"charges":[{{"chargeId":"c","productRatePlanChargeId":"p","amount":30}}]}}"#
        );
        api.good("POST", "/v1/credit-memos", &charges).await;
        api.good("POST", "/v1/debit-memos", &charges).await;
    }
}

fn amount(row: &Json, name: &str) -> Decimal {
    match row.get(name) {
        Some(Json::Number(number)) => Decimal::try_from(number).unwrap(),
        Some(Json::String(text)) => text.parse().unwrap(),
        _ => Decimal::ZERO,
    }
}

fn sum(amounts: impl Iterator<Item = Decimal>) -> Decimal {
    let amounts: Vec<Decimal> = amounts.collect();
    Decimal::checked_sum(&amounts).unwrap()
}

/// A kind of document with its total, its items with the members that name the document and the amount, and
/// its tax with the member that names the item; and what is left of both.
const DOCUMENTS: [[&str; 8]; 3] = [
    [
        "Invoice",
        "amount",
        "InvoiceItem",
        "invoiceId",
        "chargeAmount",
        "TaxationItem",
        "invoiceItemId",
        "balance",
    ],
    [
        "CreditMemo",
        "totalAmount",
        "CreditMemoItem",
        "creditMemoId",
        "amount",
        "CreditTaxationItem",
        "creditMemoItemId",
        "unappliedAmount",
    ],
    [
        "DebitMemo",
        "totalAmount",
        "DebitMemoItem",
        "debitMemoId",
        "amount",
        "DebitTaxationItem",
        "debitMemoItemId",
        "balance",
    ],
];

fn check(records: &Json) {
    let below = |kind: &str, member: &str, parent: &Json| {
        let mut own = rows(records, kind);
        own.retain(|row| text(row, &[member]) == text(parent, &["id"]));
        own
    };
    for [kind, total, item, of_document, own, tax, of_item, left] in DOCUMENTS {
        for document in rows(records, kind) {
            let (mut whole, mut open) = (Vec::new(), Vec::new());
            for item in below(item, of_document, &document) {
                whole.push(amount(&item, own));
                open.push(amount(&item, left));
                for tax in below(tax, of_item, &item) {
                    whole.push(amount(&tax, "taxAmount"));
                    open.push(amount(&tax, left));
                }
            }
            assert_eq!(
                sum(whole.into_iter()),
                amount(&document, total),
                "{document}"
            );
            assert_eq!(
                sum(open.into_iter()),
                amount(&document, "balance"),
                "{document}"
            );
        }
    }
    for account in rows(records, "Account") {
        let open = |kind: &str, status: &str, member: &str| {
            let mut own = below(kind, "accountId", &account);
            own.retain(|row| text(row, &["status"]) == status);
            sum(own.iter().map(|row| amount(row, member)))
        };
        let owed = [
            open("Invoice", "Posted", "balance"),
            open("DebitMemo", "Posted", "balance"),
            -open("CreditMemo", "Posted", "balance"),
            -open("Payment", "Processed", "unappliedAmount"),
        ];
        assert_eq!(
            amount(&account, "balance"),
            sum(owed.into_iter()),
            "{account}"
        );
    }
}

#[tokio::test]
async fn billing_adds_up_whatever_is_asked_of_it() {
    let operations: Vec<Operation> = zuora_catalog::operations()
        .filter(|operation| GROUPS.contains(&operation.group().name()))
        .collect();
    let mut went_well = std::collections::BTreeSet::new();
    for seed in 0..TENANTS {
        let mut random = fastrand::Rng::with_seed(seed);
        let sim = tenant();
        sim.set_limits(zuora_sim::Limits::profile("unlimited").unwrap());
        let api = Api::new(&sim).await;
        furnish(&api).await;
        for _ in 0..STEPS {
            let operation = operations[random.usize(..operations.len())];
            let (path, body) = request(operation, &mut random, &records(&sim));
            let reply = api.call(operation.method(), &path, &body).await;
            let told = format!("{operation:?} {path} {body}: {:?}", reply.body());
            assert!(reply.status().as_u16() < 500, "{told}");
            if header(&reply, "zuora-sim-basis") == Some("state") && reply.status() == 200 {
                went_well.insert(operation.id());
                let described = operation.reply(200).and_then(|reply| reply.ty);
                let report = described.map(|ty| ty.check(&json(&reply), Direction::Reply));
                assert!(
                    report.as_ref().is_none_or(|report| report.is_valid()),
                    "{told}: {report:?}"
                );
            }
            if random.u8(..10) == 0 {
                sim.clock().advance(seconds(2));
            }
        }
        check(&records(&sim));
        // What was saved holds together.
        sim.restore(&sim.snapshot()).unwrap();
    }
    assert!(went_well.len() > 60, "{went_well:#?}");
}
