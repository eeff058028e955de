//! Requests made of samples and pointed at records that are there: whatever they do, the reply is what its
//! schema says, and the records hold together.

use crate::{
    subscriptions::{create, order, prepared},
    support::*,
};
use zuora_catalog::{
    Direction, Operation, Position,
    sample::{Members, Sample},
};
use zuora_wire::Json;

/// The groups whose operations are tried.
const GROUPS: [&str; 14] = [
    "Orders",
    "OrderActions",
    "OrderLineItems",
    "Subscriptions",
    "Amendments",
    "Operations",
    "Products",
    "ProductRatePlans",
    "ProductRatePlanCharges",
    "ProductRatePlanChargeTiers",
    "Commerce",
    "Accounts",
    "Contacts",
    "PaymentMethods",
];

/// What is there, by words of the names under which requests name it: the longer words first.
struct Known(Vec<(&'static str, String)>);

impl Known {
    async fn of(api: &Api<'_>) -> Self {
        let mut known = Vec::new();
        for (word, plural) in [
            ("productrateplancharge", "product-rate-plan-charges"),
            ("productrateplan", "product-rate-plans"),
            ("product", "products"),
            ("rateplan", "rate-plans"),
            ("paymentmethod", "payment-methods"),
            ("amendment", "amendments"),
            ("item", "order-line-items"),
            ("contact", "contacts"),
        ] {
            let found = api
                .good("GET", &format!("/object-query/{plural}"), "")
                .await;
            known.push((word, text(&found, &["data", "0", "id"]).to_owned()));
        }
        for (word, key) in [
            ("subscription", "A-S00000001"),
            ("order", "O-00000001"),
            ("account", "A00000001"),
            ("charge", "C-00000001"),
        ] {
            known.push((word, key.to_owned()));
        }
        Self(known)
    }

    fn named(&self, name: &str) -> Option<&str> {
        let name = name.to_lowercase().replace(['-', '_'], "");
        let is_key = ["id", "key", "number"]
            .iter()
            .any(|end| name.ends_with(end));
        let mut known = self.0.iter();
        let (_, key) = known.find(|(word, _)| is_key && name.contains(word))?;
        Some(key)
    }

    /// The body with the keys of what is there in the place of those that were made up.
    fn point(&self, json: &mut Json) {
        match json {
            Json::Array(items) => items.iter_mut().for_each(|item| self.point(item)),
            Json::Object(object) => {
                for (name, value) in object.iter_mut() {
                    match (self.named(name), &mut *value) {
                        (Some(key), Json::String(text)) => *text = key.to_owned(),
                        _ => self.point(value),
                    }
                }
            }
            _ => {}
        }
    }
}

fn operations() -> impl Iterator<Item = Operation> {
    zuora_catalog::operations().filter(|operation| {
        let is_form = operation
            .body()
            .is_some_and(|body| body.content_type.starts_with("multipart/"));
        GROUPS.contains(&operation.group().name()) && !is_form
    })
}

fn text_of(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[tokio::test]
async fn what_fits_the_records_is_answered_as_its_schema_says() {
    let sim = tenant();
    let api = Api::new(&sim).await;
    let [basic, seats] = prepared(&api).await;
    let made = format!(
        r#"{{"existingAccountNumber":"A00000001","orderDate":"2026-01-01","orderLineItems":[{{"itemName":"Boots","quantity":3,"amountPerUnit":19.99}}],"subscriptions":[{{"orderActions":[{}]}}]}}"#,
        create(&basic)
    );
    api.good("POST", "/v1/orders", &made).await;
    let add = format!(r#"{{"type":"AddProduct","addProduct":{{"productRatePlanId":"{seats}"}}}}"#);
    order(&api, "A-S00000001", &add).await;
    let card = r#"{"accountKey":"A00000001","creditCardType":"Visa","creditCardNumber":"4111111111111111","expirationMonth":12,"expirationYear":2030}"#;
    api.good("POST", "/v1/payment-methods/credit-cards", card)
        .await;
    let known = Known::of(&api).await;
    let whole = sim.snapshot();
    let (mut wrong, mut good) = (Vec::new(), 0_u32);
    for operation in operations() {
        for (seed, members) in (0..6).zip([Members::Required, Members::All].into_iter().cycle()) {
            let sample = Sample::new(seed)
                .members(members)
                .direction(Direction::Request);
            let mut path = operation.path().to_owned();
            for param in operation
                .params()
                .filter(|param| param.position == Position::Path)
            {
                let name = param.field.name();
                // A path says what its parameters only call key or id.
                let before = path
                    .split(&format!("/{{{name}}}"))
                    .next()
                    .unwrap_or_default();
                let noun = before.rsplit('/').next().unwrap_or_default();
                let key = known
                    .named(name)
                    .or_else(|| known.named(&format!("{noun}-key")));
                let key = key.map_or_else(|| text_of(&sample.of_field(param.field)), str::to_owned);
                path = path.replace(&format!("{{{name}}}"), &key);
            }
            let body = operation.body().and_then(|body| body.ty).map(|ty| {
                let mut json = sample.of_type(ty);
                known.point(&mut json);
                json
            });
            let body = body.map_or_else(String::new, |body| body.to_string());
            let reply = api.call(operation.method(), &path, &body).await;
            let status = reply.status().as_u16();
            let told = format!("{} {path} {body}: {status}", operation.method());
            if status >= 500 {
                wrong.push(told);
                continue;
            }
            if let Some(ty) = operation.reply(status).and_then(|known| known.ty) {
                let json = json(&reply);
                let report = ty.check(&json, Direction::Reply);
                if !report.is_valid() {
                    wrong.push(format!("{told}: {report}: {json}"));
                }
            }
            good += u32::from(reply.status().is_success());
            // Nothing that is left names what is not there.
            let after = sim.snapshot();
            if after == whole {
                continue;
            }
            if !reply.status().is_success() {
                wrong.push(format!("{told}: it was refused, and changed something"));
            }
            if let Err(error) = sim.restore(&after) {
                wrong.push(format!("{told}: {error}"));
            }
            sim.restore(&whole).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(good > 100, "only {good} went well");
}
