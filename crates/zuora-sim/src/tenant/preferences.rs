//! Who is billed for a subscription and how: contacts, templates, terms of payment, said by order actions.

use super::{
    contacts,
    kind::Kind,
    record::{flag, some_text, text},
    store::Transaction,
};
use crate::problem::Problem;
use zuora_wire::{Json, Object};

/// A member that names a contact, the member with a new one in its place, and the flag that clears it.
const CONTACTS: [(&str, &str, &str); 3] = [
    (
        "billToContactId",
        "billToContact",
        "clearingExistingBillToContact",
    ),
    (
        "soldToContactId",
        "soldToContact",
        "clearingExistingSoldToContact",
    ),
    (
        "shipToContactId",
        "shipToContact",
        "clearingExistingShipToContact",
    ),
];

const OTHERS: [(&str, &str); 5] = [
    ("invoiceTemplateId", "clearingExistingInvoiceTemplate"),
    ("paymentTerm", "clearingExistingPaymentTerm"),
    ("sequenceSetId", "clearingExistingSequenceSet"),
    ("invoiceGroupNumber", "clearingExistingInvoiceGroupNumber"),
    (
        "communicationProfileId",
        "clearingExistingCommunicationProfile",
    ),
];

/// Sets what an action says about it on a version of a subscription.
pub(super) fn set(tx: &mut Transaction<'_>, version: &str, sent: &Object) -> Result<(), Problem> {
    let owner = text(tx.find(Kind::Subscription, version)?, "accountId").to_owned();
    let mut values = Vec::new();
    for (member, new, clear) in CONTACTS {
        let contact = match (
            some_text(sent, member),
            sent.get(new).and_then(Json::as_object),
        ) {
            (Some(key), _) => Some(tx.id_of(Kind::Contact, key)?),
            (None, Some(new)) => Some(contacts::add(tx, &owner, new)?),
            (None, None) => None,
        };
        values.push((member, clear, contact));
    }
    for (member, clear) in OTHERS {
        values.push((member, clear, some_text(sent, member).map(str::to_owned)));
    }
    if values
        .iter()
        .all(|(_, clear, value)| value.is_none() && !flag(sent, clear))
    {
        return Ok(());
    }
    tx.change(Kind::Subscription, version, |row| {
        for (member, clear, value) in values {
            if flag(sent, clear) {
                row.remove(member);
            }
            if let Some(value) = value {
                row.insert(member, value);
            }
        }
    })
}
