//! The kinds of objects: what each is called at each door, how it is numbered, and what it belongs to.
//!
//! Records have the member names of object query, which is the only door with a name for everything.

use crate::ids::Ids;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Account,
    Contact,
    PaymentMethod,
    Product,
    ProductRatePlan,
    ProductRatePlanCharge,
    ProductRatePlanChargeTier,
    Order,
    OrderAction,
    OrderLineItem,
    Amendment,
    Subscription,
    RatePlan,
    RatePlanCharge,
    RatePlanChargeTier,
    Usage,
    Import,
    Invoice,
    InvoiceItem,
    CreditMemo,
    CreditMemoItem,
    DebitMemo,
    DebitMemoItem,
    Payment,
    PaymentApplication,
    CreditMemoApplication,
    Refund,
    RefundApplication,
    RefundApplicationItem,
    TaxationItem,
    CreditTaxationItem,
    DebitTaxationItem,
    PaymentPart,
    PaymentPartItem,
    CreditMemoPart,
    CreditMemoPartItem,
    AsyncJob,
    CustomObjectDefinition,
    CustomObjectRecord,
    CustomObjectJob,
    PlainObject,
    Export,
    BatchQuery,
    DataQuery,
    File,
}

use Kind as K;

/// What is known of a kind.
pub(crate) struct Facts {
    pub(crate) kind: Kind,
    /// As CRUD, Actions and ZOQL call it.
    pub(crate) name: &'static str,
    /// In the path of object query.
    pub(crate) plural: &'static str,
    /// The member with its number, what numbers begin with, and how many digits follow.
    pub(crate) number: Option<(&'static str, &'static str, usize)>,
    /// Members that hold the id of another object. Records are found by them without a search.
    pub(crate) parents: &'static [(&'static str, Kind)],
    /// Names of `/v1` REST for members.
    pub(crate) rest: &'static [(&'static str, &'static str)],
    /// Whether ids are UUIDs with hyphens (documented for custom objects), and not 32 digits.
    pub(crate) has_uuid: bool,
}

const fn facts(kind: Kind, name: &'static str, plural: &'static str) -> Facts {
    Facts {
        kind,
        name,
        plural,
        number: None,
        parents: &[],
        rest: &[],
        has_uuid: false,
    }
}

impl Facts {
    const fn number(mut self, member: &'static str, prefix: &'static str) -> Self {
        self.number = Some((member, prefix, 8));
        self
    }

    const fn of(mut self, parents: &'static [(&'static str, Kind)]) -> Self {
        self.parents = parents;
        self
    }

    const fn rest(mut self, names: &'static [(&'static str, &'static str)]) -> Self {
        self.rest = names;
        self
    }

    const fn uuid(mut self) -> Self {
        self.has_uuid = true;
        self
    }

    pub(crate) fn new_id(&self, ids: &mut Ids) -> String {
        if self.has_uuid {
            ids.uuid()
        } else {
            ids.hex32()
        }
    }
}

/// The names of tax in REST, of all kinds of documents.
const TAX: &[(&str, &str)] = &[
    ("taxName", "name"),
    ("taxExemptAmount", "exemptAmount"),
    ("applicableTaxUnRounded", "taxAmountUnrounded"),
    ("country", "countryCode"),
    ("sourceTaxItemId", "taxationItemId"),
];

/// The prefixes of accounts, subscriptions, orders and invoices are documented; the others were observed
/// or are guesses.
static ALL: &[Facts] = &[
    facts(K::Account, "Account", "accounts")
        .number("accountNumber", "A")
        .of(&[("parentId", K::Account)])
        .rest(&[
            ("salesRep", "salesRepName"),
            ("billToContactId", "billToId"),
            ("soldToContactId", "soldToId"),
        ]),
    facts(K::Contact, "Contact", "contacts")
        .of(&[("accountId", K::Account)])
        .rest(&[
            ("nickname", "nickName"),
            ("zipCode", "postalCode"),
            ("contactDescription", "description"),
        ]),
    facts(K::PaymentMethod, "PaymentMethod", "payment-methods").of(&[("accountId", K::Account)]),
    facts(K::Product, "Product", "products")
        .number("sKU", "SKU-")
        .rest(&[("sku", "sKU")]),
    facts(K::ProductRatePlan, "ProductRatePlan", "product-rate-plans")
        .number("productRatePlanNumber", "PRP-")
        .of(&[("productId", K::Product)]),
    facts(
        K::ProductRatePlanCharge,
        "ProductRatePlanCharge",
        "product-rate-plan-charges",
    )
    .number("productRatePlanChargeNumber", "C-")
    .of(&[("productRatePlanId", K::ProductRatePlan)])
    .rest(&[
        ("uom", "uOM"),
        ("model", "chargeModel"),
        ("type", "chargeType"),
    ]),
    facts(
        K::ProductRatePlanChargeTier,
        "ProductRatePlanChargeTier",
        "product-rate-plan-charge-tiers",
    )
    .of(&[("productRatePlanChargeId", K::ProductRatePlanCharge)]),
    facts(K::Order, "Order", "orders")
        .number("orderNumber", "O-")
        .of(&[("accountId", K::Account)]),
    facts(K::OrderAction, "OrderAction", "order-actions")
        .of(&[("orderId", K::Order), ("subscriptionId", K::Subscription)]),
    facts(K::OrderLineItem, "OrderLineItem", "order-line-items")
        .of(&[("orderId", K::Order), ("ownerAccountId", K::Account)])
        .rest(&[("UOM", "uOM")]),
    facts(K::Amendment, "Amendment", "amendments")
        .number("code", "A-AM")
        .of(&[
            ("subscriptionId", K::Subscription),
            ("newSubscriptionId", K::Subscription),
        ]),
    facts(K::Subscription, "Subscription", "subscriptions")
        .number("name", "A-S")
        .of(&[
            ("accountId", K::Account),
            ("invoiceOwnerId", K::Account),
            ("originalId", K::Subscription),
            ("orderId", K::Order),
        ])
        .rest(&[
            ("subscriptionNumber", "name"),
            ("customerAcceptanceDate", "contractAcceptanceDate"),
        ]),
    facts(K::RatePlan, "RatePlan", "rate-plans")
        .number("subscriptionRatePlanNumber", "SRP-")
        .of(&[
            ("subscriptionId", K::Subscription),
            ("productRatePlanId", K::ProductRatePlan),
        ])
        .rest(&[("ratePlanName", "name")]),
    facts(K::RatePlanCharge, "RatePlanCharge", "rate-plan-charges")
        .number("chargeNumber", "C-")
        .of(&[
            ("ratePlanId", K::RatePlan),
            ("subscriptionId", K::Subscription),
            ("productRatePlanChargeId", K::ProductRatePlanCharge),
        ])
        .rest(&[
            ("number", "chargeNumber"),
            ("type", "chargeType"),
            ("model", "chargeModel"),
            ("uom", "uOM"),
        ]),
    facts(
        K::RatePlanChargeTier,
        "RatePlanChargeTier",
        "rate-plan-charge-tiers",
    )
    .of(&[("ratePlanChargeId", K::RatePlanCharge)]),
    facts(K::Usage, "Usage", "usages")
        .of(&[
            ("accountId", K::Account),
            ("subscriptionId", K::Subscription),
        ])
        .rest(&[("unitOfMeasure", "uOM"), ("status", "rbeStatus")]),
    facts(K::Import, "Import", "imports"),
    facts(K::Invoice, "Invoice", "invoices")
        .number("invoiceNumber", "INV")
        .of(&[("accountId", K::Account)])
        .rest(&[
            ("number", "invoiceNumber"),
            ("comment", "comments"),
            ("postedOn", "postedDate"),
            ("invoiceTargetDate", "targetDate"),
        ]),
    facts(K::InvoiceItem, "InvoiceItem", "invoice-items")
        .of(&[
            ("invoiceId", K::Invoice),
            ("subscriptionId", K::Subscription),
            ("ratePlanChargeId", K::RatePlanCharge),
        ])
        .rest(&[
            ("amount", "chargeAmount"),
            ("uom", "uOM"),
            ("unitOfMeasure", "uOM"),
            ("sku", "sKU"),
            ("chargeId", "ratePlanChargeId"),
        ]),
    facts(K::CreditMemo, "CreditMemo", "credit-memos")
        .number("memoNumber", "CM")
        .of(&[("accountId", K::Account), ("invoiceId", K::Invoice)])
        .rest(&[
            ("number", "memoNumber"),
            ("amount", "totalAmount"),
            ("unappliedAmount", "balance"),
            ("creditMemoDate", "memoDate"),
            ("comment", "comments"),
            ("referredInvoiceId", "invoiceId"),
            ("autoApplyToInvoiceUponPosting", "autoApplyUponPosting"),
        ]),
    facts(K::CreditMemoItem, "CreditMemoItem", "credit-memo-items")
        .of(&[
            ("creditMemoId", K::CreditMemo),
            ("invoiceItemId", K::InvoiceItem),
        ])
        .rest(&[
            ("skuName", "chargeName"),
            ("appliedAmount", "appliedToOthersAmount"),
        ]),
    facts(K::DebitMemo, "DebitMemo", "debit-memos")
        .number("memoNumber", "DM")
        .of(&[("accountId", K::Account), ("invoiceId", K::Invoice)])
        .rest(&[
            ("number", "memoNumber"),
            ("amount", "totalAmount"),
            ("debitMemoDate", "memoDate"),
            ("comment", "comments"),
            ("referredInvoiceId", "invoiceId"),
            ("referredCreditMemoId", "creditMemoId"),
        ]),
    facts(K::DebitMemoItem, "DebitMemoItem", "debit-memo-items")
        .of(&[("debitMemoId", K::DebitMemo)])
        .rest(&[
            ("skuName", "chargeName"),
            ("beAppliedAmount", "beAppliedByOthersAmount"),
        ]),
    facts(K::Payment, "Payment", "payments")
        .number("paymentNumber", "P-")
        .of(&[("accountId", K::Account)])
        .rest(&[
            ("number", "paymentNumber"),
            ("creditBalanceAmount", "appliedCreditBalanceAmount"),
            ("standalone", "isStandalone"),
        ]),
    facts(
        K::PaymentApplication,
        "PaymentApplication",
        "payment-applications",
    )
    .of(&[
        ("paymentId", K::Payment),
        ("invoiceId", K::Invoice),
        ("debitMemoId", K::DebitMemo),
    ]),
    facts(
        K::CreditMemoApplication,
        "CreditMemoApplication",
        "credit-memo-applications",
    )
    .of(&[
        ("creditMemoId", K::CreditMemo),
        ("invoiceId", K::Invoice),
        ("debitMemoId", K::DebitMemo),
    ]),
    facts(K::Refund, "Refund", "refunds")
        .number("refundNumber", "R-")
        .of(&[("accountId", K::Account), ("paymentId", K::Payment)])
        .rest(&[("number", "refundNumber"), ("referenceId", "referenceID")]),
    facts(
        K::RefundApplication,
        "RefundApplication",
        "refund-applications",
    )
    .of(&[
        ("refundId", K::Refund),
        ("paymentId", K::Payment),
        ("creditMemoId", K::CreditMemo),
    ])
    .rest(&[("amount", "applyAmount")]),
    facts(
        K::RefundApplicationItem,
        "RefundApplicationItem",
        "refund-application-items",
    )
    .of(&[("refundApplicationId", K::RefundApplication)])
    .rest(&[("creditTaxItemId", "creditTaxationItemId")]),
    facts(K::TaxationItem, "TaxationItem", "taxation-items")
        .of(&[("invoiceItemId", K::InvoiceItem)])
        .rest(TAX),
    facts(
        K::CreditTaxationItem,
        "CreditTaxationItem",
        "credit-taxation-items",
    )
    .of(&[
        ("creditMemoItemId", K::CreditMemoItem),
        ("taxationItemId", K::TaxationItem),
    ])
    .rest(TAX),
    facts(
        K::DebitTaxationItem,
        "DebitTaxationItem",
        "debit-taxation-items",
    )
    .of(&[("debitMemoItemId", K::DebitMemoItem)])
    .rest(TAX),
    facts(K::PaymentPart, "PaymentPart", "payment-parts").of(&[
        ("paymentId", K::Payment),
        ("invoiceId", K::Invoice),
        ("debitMemoId", K::DebitMemo),
    ]),
    facts(K::PaymentPartItem, "PaymentPartItem", "payment-part-items")
        .of(&[("paymentPartId", K::PaymentPart)]),
    facts(K::CreditMemoPart, "CreditMemoPart", "credit-memo-parts").of(&[
        ("creditMemoId", K::CreditMemo),
        ("invoiceId", K::Invoice),
        ("debitMemoId", K::DebitMemo),
    ]),
    facts(
        K::CreditMemoPartItem,
        "CreditMemoPartItem",
        "credit-memo-part-items",
    )
    .of(&[("creditMemoPartId", K::CreditMemoPart)]),
    // The simulator's own: no door shows it.
    facts(K::AsyncJob, "AsyncJob", ""),
    // Custom objects have doors of their own. A record names its definition, which users make: all records of
    // all custom objects are of one kind, and those of one object are found as what belongs to it.
    facts(K::CustomObjectDefinition, "CustomObjectDefinition", "")
        .number("object", "CustomObject")
        .uuid(),
    facts(K::CustomObjectRecord, "CustomObjectRecord", "")
        .of(&[("definitionId", K::CustomObjectDefinition)])
        .uuid(),
    facts(K::CustomObjectJob, "CustomObjectJob", "").uuid(),
    // What only CRUD knows, under the name of the object that it is one of.
    facts(K::PlainObject, "PlainObject", "")
        .of(&[("accountId", K::Account), ("invoiceId", K::Invoice)]),
    facts(K::Export, "Export", ""),
    facts(K::BatchQuery, "BatchQuery", ""),
    facts(K::DataQuery, "DataQuery", "").uuid(),
    // What exports give, under `/v1/files`.
    facts(K::File, "File", ""),
];

impl Kind {
    pub(crate) fn all() -> impl Iterator<Item = &'static Facts> {
        ALL.iter()
    }

    pub(crate) fn facts(self) -> &'static Facts {
        &ALL[self as usize]
    }

    /// By its name in snapshots.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        let found = ALL
            .iter()
            .find(|facts| facts.name.eq_ignore_ascii_case(name));
        found.map(|facts| facts.kind)
    }

    /// By the name of CRUD, Actions and ZOQL, if these know it.
    pub(crate) fn asked_for(name: &str) -> Option<Self> {
        Self::by_name(name).filter(|kind| !kind.facts().plural.is_empty())
    }

    /// By the path of object query.
    pub(crate) fn by_plural(plural: &str) -> Option<Self> {
        let found = ALL.iter().find(|facts| facts.plural == plural);
        found.map(|facts| facts.kind)
    }

    /// By the path of CRUD, such as `payment-method`.
    pub(crate) fn by_segment(segment: &str) -> Option<Self> {
        Self::asked_for(&segment.replace('-', ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_stand_in_the_order_of_their_kinds() {
        for (place, facts) in Kind::all().enumerate() {
            assert_eq!(facts.kind as usize, place, "{}", facts.name);
        }
    }
}
