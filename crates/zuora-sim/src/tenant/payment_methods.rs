//! Payment methods, as `/v1` REST has them: kept without a number that pays.

use super::{
    accounts::{named, view_of},
    card,
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    record::{copy_plain, flag, some_text, text},
    store::Transaction,
    view,
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createPaymentMethod", create),
    ("getPaymentMethod", get),
    ("updatePaymentMethod", update),
    ("deletePaymentMethod", delete),
    ("scrubPaymentMethod", scrub),
    ("verifyPaymentMethod", verify),
    ("getAccountPaymentMethods", of_account),
    ("getAccountDefaultPaymentMethod", default_of),
    ("getPaymentMethodsCreditCard", cards_of),
    ("postPaymentMethodsCreditCard", create_card),
    ("putPaymentMethodsCreditCard", update_card),
];

/// Members that no reply shows, and those that keep their masks; codes are not kept at all.
const SECRETS: [(&str, &str); 9] = [
    ("cardNumber", "creditCardMaskNumber"),
    ("creditCardNumber", "creditCardMaskNumber"),
    ("securityCode", ""),
    ("creditCardSecurityCode", ""),
    ("bankAccountNumber", "achAccountNumberMask"),
    ("achAccountNumber", "achAccountNumberMask"),
    ("accountNumber", "bankTransferAccountNumberMask"),
    ("bankTransferAccountNumber", "bankTransferAccountNumberMask"),
    ("IBAN", "iBAN"),
];

/// Members that scrubbing takes away, beside those of the holder.
const SENSITIVE: [&str; 12] = [
    "achAccountName",
    "achAccountNumberMask",
    "achAbaCode",
    "bankIdentificationNumber",
    "bankTransferAccountName",
    "bankTransferAccountNumberMask",
    "creditCardMaskNumber",
    "firstName",
    "iBAN",
    "lastName",
    "tokenId",
    "secondTokenId",
];

const EXPIRY: [(&str, &str); 2] = [
    ("expirationMonth", "creditCardExpirationMonth"),
    ("expirationYear", "creditCardExpirationYear"),
];

/// What a request says of a card's holder, and the members that it becomes.
const HOLDER: [(&str, &str); 9] = [
    ("cardHolderName", "creditCardHolderName"),
    ("addressLine1", "creditCardAddress1"),
    ("addressLine2", "creditCardAddress2"),
    ("city", "creditCardCity"),
    ("country", "creditCardCountry"),
    ("state", "creditCardState"),
    ("zipCode", "creditCardPostalCode"),
    ("email", "email"),
    ("phone", "phone"),
];

/// The holder of a card, under the names of records.
fn set_holder(row: &mut Object, sent: &Object) {
    let holder = sent
        .get("cardHolderInfo")
        .or_else(|| sent.get("accountHolderInfo"));
    if let Some(holder) = holder.and_then(Json::as_object) {
        for (name, own) in HOLDER {
            if let Some(value) = holder.get(name) {
                row.insert(own, value.clone());
            }
        }
    }
}

/// The holder of a card, under the names of requests.
fn holder_of(row: &Object) -> Object {
    let mut holder = Object::new();
    for (name, own) in HOLDER {
        if let Some(value) = row.get(own) {
            holder.insert(name, value.clone());
        }
    }
    holder
}

fn set_default(tx: &mut Transaction<'_>, account: &str, method: &str) -> Result<(), Problem> {
    tx.change(Kind::Account, account, |row| {
        row.insert("defaultPaymentMethodId", method);
    })
}

/// The member with the mask of a number that pays, empty for a code.
fn mask_of(name: &str) -> Option<&'static str> {
    let mut secrets = SECRETS.iter();
    let secret = secrets.find(|(secret, _)| secret.eq_ignore_ascii_case(name));
    secret.map(|(_, mask)| *mask)
}

/// Whether a member is kept as a mask, or not at all.
pub(super) fn is_secret(name: &str) -> bool {
    mask_of(name).is_some()
}

/// What is kept of a payment method: never a number that pays.
pub(super) fn masked(row: &mut Object) {
    // In whatever case they were sent: what is stored is shown.
    let named = row
        .iter()
        .filter_map(|(name, _)| Some((name.to_owned(), mask_of(name)?)));
    let named: Vec<(String, &str)> = named.collect();
    for (name, mask) in named {
        let secret = row.remove(&name).filter(|secret| !secret.is_null());
        if let Some(secret) = secret.filter(|_| !mask.is_empty()) {
            let secret = match &secret {
                Json::String(secret) => secret.clone(),
                other => other.to_string(),
            };
            let count = secret.chars().count();
            // A short one has no last four that say little.
            let hidden = if count > 4 { count - 4 } else { count };
            let last: String = secret.chars().skip(hidden).collect();
            row.insert(mask, format!("{}{last}", "*".repeat(hidden)));
        }
    }
}

/// Adds a payment method, of an account if one is named; gives its id.
pub(super) fn add(
    tx: &mut Transaction<'_>,
    account: &str,
    sent: &Object,
) -> Result<String, Problem> {
    card::check(sent)?;
    let names = [("cardType", "creditCardType"), EXPIRY[0], EXPIRY[1]];
    let mut method = Object::new();
    copy_plain(sent, &mut method, &names);
    set_holder(&mut method, sent);
    for name in [
        "makeDefault",
        "defaultPaymentMethod",
        "accountKey",
        "skipValidation",
    ] {
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

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    // A method without an account is allowed (documented). `accountNumber` is that at the bank.
    let account = match some_text(ask.body, "accountKey") {
        Some(key) => tx.id_of(Kind::Account, key)?,
        None => String::new(),
    };
    let id = add(tx, &account, ask.body)?;
    if flag(ask.body, "makeDefault") && !account.is_empty() {
        set_default(tx, &account, &id)?;
    }
    Ok(done([("id", id.into())]))
}

/// A payment method under the names of replies.
pub(super) fn shown(row: &Object) -> Object {
    let mut seen = row.clone();
    let names = [
        ("creditCardMaskNumber", "cardNumber"),
        ("creditCardType", "cardType"),
        ("creditCardExpirationMonth", "expirationMonth"),
        ("creditCardExpirationYear", "expirationYear"),
        ("paymentMethodStatus", "status"),
        ("bankTransferAccountNumberMask", "accountNumber"),
        ("achAccountNumberMask", "bankAccountMaskNumber"),
        ("iBAN", "IBAN"),
        ("accountId", "accountKey"),
    ];
    for (own, rest) in names {
        if let Some(value) = row.get(own) {
            seen.insert(rest, value.clone());
        }
    }
    seen
}

fn get(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    Ok(Answer::Seen(shown(
        tx.find(Kind::PaymentMethod, ask.key())?,
    )))
}

fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let id = tx.id_of(Kind::PaymentMethod, ask.key())?;
    tx.change(Kind::PaymentMethod, &id, |row| {
        copy_plain(ask.body, row, &EXPIRY);
        set_holder(row, ask.body);
        masked(row);
    })?;
    Ok(done([("id", id.into())]))
}

fn delete(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
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

fn of_account(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let account = tx.find(Kind::Account, ask.key())?;
    let (id, default) = (text(account, "id"), text(account, "defaultPaymentMethodId"));
    let mut reply = Object::new();
    if !default.is_empty() {
        reply.insert("defaultPaymentMethodId", default);
    }
    let all: Vec<Json> = tx
        .store()
        .children(Kind::PaymentMethod, "accountId", id)
        .map(|method| view::named("GetPaymentMethodForAccountResponse", &shown(method)))
        .collect();
    reply.insert("returnedPaymentMethodType", all);
    Ok(Answer::Seen(reply))
}

fn default_of(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let account = tx.find(Kind::Account, ask.key())?;
    // What is answered where there is none is a guess.
    let id = some_text(account, "defaultPaymentMethodId")
        .ok_or_else(|| Problem::rule("The account has no default payment method."))?;
    let method = tx.find(Kind::PaymentMethod, id)?;
    if text(method, "accountId") != text(account, "id") {
        return Err(Problem::rule(
            "The default payment method of the account belongs to another account.",
        ));
    }
    let mut seen = shown(method);
    seen.insert("isDefault", true);
    Ok(Answer::Seen(seen))
}

/// What is sensitive goes for good (documented); which members these are is a guess.
fn scrub(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    tx.change(Kind::PaymentMethod, ask.key(), |row| {
        for (_, own) in HOLDER {
            row.remove(own);
        }
        for name in SENSITIVE {
            row.remove(name);
        }
        row.insert("paymentMethodStatus", "Scrubbed");
        row.insert("active", false);
    })?;
    Ok(done([]))
}

/// A gateway would be asked; here an active method is a good one (a guess).
fn verify(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::PaymentMethod, ask.key())?;
    let status = text(row, "paymentMethodStatus");
    if !matches!(status, "Active" | "") {
        return Err(Problem::rule(format!(
            "The payment method has the status {status} and cannot be verified."
        )));
    }
    Ok(done([("paymentMethodId", text(row, "id").into())]))
}

/// The credit cards of an account, as the operations of 2022 have them.
fn cards_of(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let account = tx.find(Kind::Account, ask.key())?;
    let default = text(account, "defaultPaymentMethodId");
    let rows = tx
        .store()
        .children(Kind::PaymentMethod, "accountId", text(account, "id"));
    let cards = rows.filter(|row| text(row, "type") == "CreditCard");
    Ok(ask.page("creditCards", cards, |row| {
        let mut seen = shown(row);
        seen.insert("defaultPaymentMethod", text(row, "id") == default);
        seen.insert("cardHolderInfo", holder_of(row));
        view_of(ask, "creditCards", &seen)
    }))
}

fn create_card(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let account = named(tx, ask.body)?;
    let id = add(tx, &account, ask.body)?;
    if flag(ask.body, "defaultPaymentMethod") {
        set_default(tx, &account, &id)?;
    }
    Ok(done([("paymentMethodId", id.into())]))
}

fn update_card(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let row = tx.find(Kind::PaymentMethod, ask.key())?;
    let (id, account) = (
        text(row, "id").to_owned(),
        text(row, "accountId").to_owned(),
    );
    tx.change(Kind::PaymentMethod, &id, |row| {
        for (name, own) in HOLDER.into_iter().chain(EXPIRY) {
            if let Some(value) = ask.body.get(name) {
                row.insert(own, value.clone());
            }
        }
    })?;
    if flag(ask.body, "defaultPaymentMethod") && !account.is_empty() {
        set_default(tx, &account, &id)?;
    }
    Ok(done([("paymentMethodId", id.into())]))
}
