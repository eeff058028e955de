//! Accounts with their contacts and payment methods, as `/v1` REST has them.

use super::{
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    money,
    record::{amount, copy, copy_plain, flag, some_text, text},
    store::Transaction,
    view,
};
use crate::problem::Problem;
use zuora_wire::{Decimal, Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createAccount", create),
    ("getAccount", get),
    ("getAccountSummary", summary),
    ("updateAccount", update),
    ("deleteAccount", delete),
    ("getAccountPaymentMethods", payment_methods_of),
    ("createContact", create_contact),
    ("getContact", get_contact),
    ("updateContact", update_contact),
    ("deleteContact", delete_contact),
    ("createPaymentMethod", create_payment_method),
    ("getPaymentMethod", get_payment_method),
    ("updatePaymentMethod", update_payment_method),
    ("deletePaymentMethod", delete_payment_method),
];

/// Members of a payment method that no reply shows (card numbers are masked, codes are not kept).
const SECRETS: [&str; 7] = [
    "cardNumber",
    "creditCardNumber",
    "securityCode",
    "creditCardSecurityCode",
    "bankAccountNumber",
    "achAccountNumber",
    "bankTransferAccountNumber",
];

/// Members of a request that are orders to the server and no data.
const ORDERS: [&str; 12] = [
    "applyCredit",
    "applyCreditBalance",
    "collect",
    "invoice",
    "invoiceCollect",
    "runBilling",
    "targetDate",
    "invoiceTargetDate",
    "documentDate",
    "billToContactId",
    "shipToSameAsBillTo",
    "soldToSameAsBillTo",
];

/// The id of the account that a request names.
pub(super) fn named(tx: &Transaction<'_>, body: &Object) -> Result<String, Problem> {
    let names = ["accountId", "accountNumber", "accountKey"];
    let key = names.iter().find_map(|name| some_text(body, name));
    match key {
        Some(key) => tx.id_of(Kind::Account, key),
        None => Err(Problem::missing("accountId or accountNumber is missing")),
    }
}

/// An account with what every account has.
pub(super) fn new_account(row: &mut Object) {
    money::nothing(row);
    let defaults: [(&str, Json); 8] = [
        ("status", "Active".into()),
        ("batch", "Batch1".into()),
        ("billCycleDay", 1.into()),
        ("autoPay", false.into()),
        ("paymentTerm", "Due Upon Receipt".into()),
        ("invoiceDeliveryPrefsEmail", false.into()),
        ("invoiceDeliveryPrefsPrint", false.into()),
        ("mrr", Decimal::ZERO.into()),
    ];
    for (name, value) in defaults {
        if row.get(name).is_none_or(Json::is_null) {
            row.insert(name, value);
        }
    }
}

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = add(tx, ask.body)?;
    let row = tx.find(Kind::Account, &id)?;
    let mut reply = Object::new();
    reply.insert("accountId", id.as_str());
    copy(row, &mut reply, &["accountNumber"]);
    for (own, told) in [
        ("billToId", "billToContactId"),
        ("soldToId", "soldToContactId"),
        ("shipToId", "shipToContactId"),
        ("defaultPaymentMethodId", "paymentMethodId"),
    ] {
        if let Some(value) = some_text(row, own) {
            reply.insert(told, value);
        }
    }
    Ok(Answer::Seen(reply))
}

/// Adds an account with its contacts and payment method; gives its id.
pub(super) fn add(tx: &mut Transaction<'_>, body: &Object) -> Result<String, Problem> {
    let mut account = Object::new();
    copy_plain(body, &mut account, Kind::Account.facts().rest);
    for name in ORDERS {
        account.remove(name);
    }
    new_account(&mut account);
    let id = tx.create(Kind::Account, account)?;
    let contacts = [
        ("billToContact", "billToId", ""),
        ("soldToContact", "soldToId", "soldToSameAsBillTo"),
        ("shipToContact", "shipToId", "shipToSameAsBillTo"),
    ];
    let mut bill_to = None;
    for (name, member, same) in contacts {
        let own = body.get(name).and_then(Json::as_object);
        let contact = match own {
            Some(contact) => Some(add_contact(tx, &id, contact)?),
            // Without one of its own it is that of the bill (documented for sold-to).
            None if member == "soldToId" || flag(body, same) => bill_to.clone(),
            None => None,
        };
        if let Some(contact) = contact {
            bill_to.get_or_insert_with(|| contact.clone());
            tx.change(Kind::Account, &id, |row| {
                row.insert(member, contact);
            })?;
        }
    }
    let method = body
        .get("paymentMethod")
        .or_else(|| body.get("creditCard"))
        .and_then(Json::as_object);
    if let Some(method) = method {
        let method = add_payment_method(tx, &id, method)?;
        tx.change(Kind::Account, &id, |row| {
            row.insert("defaultPaymentMethodId", method);
        })?;
    }
    Ok(id)
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Account, ask.key())?;
    let account = view::rest(Kind::Account, row);
    let contact = |member: &str| match tx.get(Kind::Contact, text(row, member)) {
        Some(contact) => view::named("Contact", &view::rest(Kind::Contact, contact)),
        None => Json::Null,
    };
    let mut reply = Object::new();
    reply.insert("basicInfo", view::named("AccountBasicInfo", &account));
    reply.insert(
        "billingAndPayment",
        view::named("AccountBillingAndPayment", &without_custom(&account)),
    );
    reply.insert("metrics", metrics(&account));
    reply.insert("billToContact", contact("billToId"));
    reply.insert("soldToContact", contact("soldToId"));
    reply.insert("shipToContact", contact("shipToId"));
    reply.insert("success", true);
    Ok(Answer::Json(reply.into()))
}

fn without_custom(row: &Object) -> Object {
    let own = row
        .iter()
        .filter(|(name, _)| !zuora_catalog::is_custom(name));
    own.map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}

fn metrics(account: &Object) -> Json {
    let mut metrics = without_custom(account);
    for (own, told) in [
        ("unappliedBalance", "unappliedPaymentAmount"),
        ("mrr", "contractedMrr"),
    ] {
        metrics.insert(told, amount(account, own));
    }
    view::named("AccountMetrics", &metrics)
}

fn summary(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Account, ask.key())?;
    let account = view::rest(Kind::Account, row);
    let id = text(row, "id");
    let of = |kind: Kind, schema: &str| {
        let rows = tx.store().children(kind, "accountId", id);
        let seen = rows.map(|row| view::named(schema, &view::rest(kind, row)));
        Json::Array(seen.collect())
    };
    let mut reply = Object::new();
    reply.insert(
        "basicInfo",
        view::named("AccountSummaryBasicInfo", &account),
    );
    reply.insert("invoices", of(Kind::Invoice, "AccountSummaryInvoice"));
    reply.insert("payments", of(Kind::Payment, "AccountSummaryPayment"));
    reply.insert(
        "subscriptions",
        of(Kind::Subscription, "AccountSummarySubscription"),
    );
    reply.insert("success", true);
    Ok(Answer::Json(reply.into()))
}

fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Account, ask.key())?;
    tx.change(Kind::Account, &id, |row| {
        copy_plain(ask.body, row, Kind::Account.facts().rest);
    })?;
    for (name, member) in [
        ("billToContact", "billToId"),
        ("soldToContact", "soldToId"),
        ("shipToContact", "shipToId"),
    ] {
        let Some(change) = ask.body.get(name).and_then(Json::as_object) else {
            continue;
        };
        let contact = text(tx.find(Kind::Account, &id)?, member).to_owned();
        if contact.is_empty() {
            let contact = add_contact(tx, &id, change)?;
            tx.change(Kind::Account, &id, |row| {
                row.insert(member, contact);
            })?;
        } else {
            tx.change(Kind::Contact, &contact, |row| {
                copy_plain(change, row, Kind::Contact.facts().rest);
            })?;
        }
    }
    Ok(done([]))
}

fn delete(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::Account, ask.key())?;
    remove(tx, Kind::Account, &id)?;
    Ok(done([("id", id.into())]))
}

/// Removes a record that nothing depends on; an account takes its contacts and payment methods along, a
/// charge its tiers.
pub(super) fn remove(tx: &mut Transaction<'_>, kind: Kind, id: &str) -> Result<(), Problem> {
    let mut along = Vec::new();
    for facts in Kind::all() {
        for (member, parent) in facts.parents {
            if *parent != kind {
                continue;
            }
            for child in tx.store().children(facts.kind, member, id) {
                if !matches!(
                    facts.kind,
                    Kind::Contact | Kind::PaymentMethod | Kind::ProductRatePlanChargeTier
                ) {
                    let (name, child) = (facts.name, text(child, "id"));
                    return Err(Problem::rule(format!(
                        "It cannot be deleted: the {name} {child} belongs to it."
                    )));
                }
                along.push((facts.kind, text(child, "id").to_owned()));
            }
        }
    }
    for (kind, id) in along {
        tx.remove(kind, &id)?;
    }
    tx.remove(kind, id)
}

fn add_contact(tx: &mut Transaction<'_>, account: &str, sent: &Object) -> Result<String, Problem> {
    let mut contact = Object::new();
    copy_plain(sent, &mut contact, Kind::Contact.facts().rest);
    contact.remove("accountNumber");
    contact.insert("accountId", account);
    tx.create(Kind::Contact, contact)
}

fn create_contact(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let account = named(tx, ask.body)?;
    let id = add_contact(tx, &account, ask.body)?;
    contact(tx, &id)
}

fn contact(tx: &Transaction<'_>, id: &str) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Contact, id)?;
    let mut seen = view::rest(Kind::Contact, row);
    if let Some(account) = tx.get(Kind::Account, text(row, "accountId")) {
        copy(account, &mut seen, &["accountNumber"]);
    }
    Ok(Answer::Seen(seen))
}

fn get_contact(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    contact(tx, ask.key())
}

fn update_contact(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    tx.change(Kind::Contact, ask.key(), |row| {
        copy_plain(ask.body, row, Kind::Contact.facts().rest);
    })?;
    contact(tx, ask.key())
}

fn delete_contact(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Contact, ask.key())?;
    let id = text(row, "id");
    let account = tx.get(Kind::Account, text(row, "accountId"));
    let is_used = account.is_some_and(|account| {
        ["billToId", "soldToId", "shipToId"]
            .iter()
            .any(|member| text(account, member) == id)
    });
    if is_used {
        return Err(Problem::rule(
            "It cannot be deleted: it is the contact of its account.",
        ));
    }
    tx.remove(Kind::Contact, ask.key())?;
    Ok(done([]))
}

/// What is kept of a payment method: never a number that pays.
pub(super) fn masked(row: &mut Object) {
    for name in SECRETS {
        if let Some(secret) = row.remove(name) {
            let digits: String = secret.as_str().unwrap_or_default().into();
            let count = digits.chars().count();
            let last: String = digits.chars().skip(count.saturating_sub(4)).collect();
            let mask = format!("{}{last}", "*".repeat(count.saturating_sub(4)));
            let member = match name {
                "cardNumber" | "creditCardNumber" => "creditCardMaskNumber",
                "bankAccountNumber" | "achAccountNumber" => "achAccountNumberMask",
                "bankTransferAccountNumber" => "bankTransferAccountNumberMask",
                _ => continue,
            };
            row.insert(member, mask);
        }
    }
}

fn add_payment_method(
    tx: &mut Transaction<'_>,
    account: &str,
    sent: &Object,
) -> Result<String, Problem> {
    let names = [
        ("cardType", "creditCardType"),
        ("expirationMonth", "creditCardExpirationMonth"),
        ("expirationYear", "creditCardExpirationYear"),
    ];
    let mut method = Object::new();
    copy_plain(sent, &mut method, &names);
    let holder = sent.get("cardHolderInfo");
    if let Some(name) = holder.and_then(|holder| holder.get("cardHolderName")) {
        method.insert("creditCardHolderName", name.clone());
    }
    for name in ["makeDefault", "accountKey", "skipValidation"] {
        method.remove(name);
    }
    masked(&mut method);
    if method.get("type").is_none() {
        method.insert("type", "CreditCard");
    }
    if !account.is_empty() {
        method.insert("accountId", account);
    }
    method.insert("paymentMethodStatus", "Active");
    method.insert("active", true);
    tx.create(Kind::PaymentMethod, method)
}

fn create_payment_method(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    // A method without an account is allowed (documented).
    let account = match named(tx, ask.body) {
        Err(problem) if problem.is_not_found() => return Err(problem),
        account => account.unwrap_or_default(),
    };
    let id = add_payment_method(tx, &account, ask.body)?;
    if flag(ask.body, "makeDefault") && !account.is_empty() {
        tx.change(Kind::Account, &account, |row| {
            row.insert("defaultPaymentMethodId", id.as_str());
        })?;
    }
    Ok(done([("id", id.into())]))
}

fn shown_method(row: &Object) -> Object {
    let mut seen = row.clone();
    let names = [
        ("creditCardMaskNumber", "cardNumber"),
        ("creditCardType", "cardType"),
        ("creditCardExpirationMonth", "expirationMonth"),
        ("creditCardExpirationYear", "expirationYear"),
        ("paymentMethodStatus", "status"),
        ("accountId", "accountKey"),
    ];
    for (own, rest) in names {
        if let Some(value) = row.get(own) {
            seen.insert(rest, value.clone());
        }
    }
    seen
}

fn get_payment_method(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    Ok(Answer::Seen(shown_method(
        tx.find(Kind::PaymentMethod, ask.key())?,
    )))
}

fn update_payment_method(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::PaymentMethod, ask.key())?;
    tx.change(Kind::PaymentMethod, &id, |row| {
        copy_plain(
            ask.body,
            row,
            &[
                ("expirationMonth", "creditCardExpirationMonth"),
                ("expirationYear", "creditCardExpirationYear"),
            ],
        );
        masked(row);
    })?;
    Ok(done([("id", id.into())]))
}

fn delete_payment_method(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::PaymentMethod, ask.key())?;
    let id = text(row, "id");
    let account = tx.get(Kind::Account, text(row, "accountId"));
    if account.is_some_and(|account| text(account, "defaultPaymentMethodId") == id) {
        return Err(Problem::rule(
            "It cannot be deleted: it is the default payment method of its account.",
        ));
    }
    tx.remove(Kind::PaymentMethod, ask.key())?;
    Ok(done([]))
}

fn payment_methods_of(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let account = tx.find(Kind::Account, ask.key())?;
    let (id, default) = (text(account, "id"), text(account, "defaultPaymentMethodId"));
    let mut reply = Object::new();
    reply.insert("defaultPaymentMethodId", default);
    let all: Vec<Object> = tx
        .store()
        .children(Kind::PaymentMethod, "accountId", id)
        .map(shown_method)
        .collect();
    // A list for each type, in the reply's own names.
    for (list, ty) in [
        ("creditcard", "CreditCard"),
        ("ach", "ACH"),
        ("banktransfer", "BankTransfer"),
        ("paypal", "PayPal"),
    ] {
        let own = all
            .iter()
            .filter(|method| text(method, "type").starts_with(ty));
        let seen: Vec<Json> = own.map(|method| view_of(ask, list, method)).collect();
        if !seen.is_empty() {
            reply.insert(list, seen);
        }
    }
    reply.insert("success", true);
    Ok(Answer::Json(reply.into()))
}

/// An item of a list of the reply, through the schema of its items.
pub(super) fn view_of(ask: &Ask<'_>, member: &str, row: &Object) -> Json {
    let reply = ask.operation.replies().next().and_then(|reply| reply.ty);
    let items = reply.and_then(|ty| ty.schema()).and_then(|schema| {
        let zuora_catalog::Shape::Object(fields) = schema.shape() else {
            return None;
        };
        fields.get(member)?.ty().schema()
    });
    match items {
        Some(schema) => view::through(schema, row).into(),
        None => row.clone().into(),
    }
}
