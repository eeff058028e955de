//! Contacts of accounts, as `/v1` REST has them.

use super::{
    accounts::named,
    door::{Answer, Ask, Handler, done},
    kind::Kind,
    record::{copy, copy_plain, text},
    store::Transaction,
    view,
};
use crate::problem::Problem;
use zuora_wire::Object;

pub(super) const HANDLERS: &[(&str, Handler)] = &[
    ("createContact", create),
    ("getContact", |tx, ask| seen(tx, ask.key())),
    ("updateContact", update),
    ("deleteContact", delete),
    ("scrubContact", scrub),
    ("transferContact", transfer),
];

/// Members that tell about a person.
const PERSONAL: [&str; 15] = [
    "address1",
    "address2",
    "city",
    "county",
    "description",
    "fax",
    "homePhone",
    "mobilePhone",
    "nickName",
    "otherPhone",
    "personalEmail",
    "postalCode",
    "taxRegion",
    "workEmail",
    "workPhone",
];

/// Adds a contact of an account; gives its id.
pub(super) fn add(
    tx: &mut Transaction<'_>,
    account: &str,
    sent: &Object,
) -> Result<String, Problem> {
    let mut contact = Object::new();
    copy_plain(sent, &mut contact, Kind::Contact.facts().rest);
    contact.remove("accountNumber");
    contact.insert("accountId", account);
    tx.create(Kind::Contact, contact)
}

fn create(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let account = named(tx, ask.body)?;
    let id = add(tx, &account, ask.body)?;
    seen(tx, &id)
}

fn seen(tx: &Transaction<'_>, id: &str) -> Result<Answer, Problem> {
    let row = tx.find(Kind::Contact, id)?;
    let mut seen = view::rest(Kind::Contact, row);
    if let Some(account) = tx.get(Kind::Account, text(row, "accountId")) {
        copy(account, &mut seen, &["accountNumber"]);
    }
    Ok(Answer::Seen(seen))
}

fn update(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    tx.change(Kind::Contact, ask.key(), |row| {
        copy_plain(ask.body, row, Kind::Contact.facts().rest);
    })?;
    seen(tx, ask.key())
}

fn delete(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    remove(tx, ask.key())?;
    Ok(done([]))
}

/// Removes a contact that its account does not use.
pub(super) fn remove(tx: &mut Transaction<'_>, key: &str) -> Result<(), Problem> {
    if is_used(tx, tx.find(Kind::Contact, key)?) {
        return Err(Problem::rule(
            "It cannot be deleted: it is the contact of its account.",
        ));
    }
    tx.remove(Kind::Contact, key)
}

/// Whether its account sends its bills or goods to a contact.
fn is_used(tx: &Transaction<'_>, contact: &Object) -> bool {
    let account = tx.get(Kind::Account, text(contact, "accountId"));
    account.is_some_and(|account| {
        ["billToId", "soldToId", "shipToId"]
            .iter()
            .any(|member| text(account, member) == text(contact, "id"))
    })
}

/// Personal data go for good (documented); which members these are, and what stands in the place of the
/// names, are guesses.
fn scrub(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    tx.change(Kind::Contact, ask.key(), |row| {
        for name in PERSONAL {
            row.remove(name);
        }
        for name in ["firstName", "lastName"] {
            row.insert(name, "Scrubbed");
        }
    })?;
    Ok(done([]))
}

/// Another account's from now on; that this is refused for a contact that is in use is a guess.
fn transfer(tx: &mut Transaction<'_>, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let account = tx.id_of(Kind::Account, text(ask.body, "destinationAccountKey"))?;
    if is_used(tx, tx.find(Kind::Contact, ask.key())?) {
        return Err(Problem::rule(
            "It cannot be transferred: it is the contact of its account.",
        ));
    }
    tx.change(Kind::Contact, ask.key(), |row| {
        row.insert("accountId", account);
    })?;
    Ok(done([]))
}
