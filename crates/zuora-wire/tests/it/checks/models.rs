//! Models as the generator writes them, one of each sort.

use zuora_wire::{
    Date, DateTime, Decimal, DecodeError, Extra, Json, Map, Model, Patch, Reader, Slot, Writer,
    open_enum,
};

open_enum! {
    /// The state of an invoice.
    pub enum InvoiceStatus {
        Draft = "Draft",
        Posted = "Posted",
        Canceled = "Canceled",
    }
}

/// Only in responses: every field may be missing.
#[derive(Clone)]
#[non_exhaustive]
pub struct Invoice {
    pub id: Option<String>,
    pub amount: Option<Decimal>,
    pub invoice_date: Option<Date>,
    pub updated_on: Option<DateTime>,
    pub status: Option<InvoiceStatus>,
    pub auto_pay: Option<bool>,
    pub version: Option<i64>,
    pub items: Option<Vec<Invoice>>,
    pub extra: Extra,
}

zuora_wire::fields! {
    default Invoice {
        0 id = "id",
        1 amount = "amount",
        2 invoice_date = "invoiceDate",
        3 updated_on = "updatedOn",
        4 status = "status",
        5 auto_pay = "autoPay",
        6 version = "version",
        7 items = "items",
    } extra
}

/// Only in requests: what is required cannot be forgotten.
#[derive(Clone)]
pub struct PaymentRequest {
    pub account_id: String,
    pub amount: Decimal,
    pub effective_date: Date,
    pub invoice: Invoice,
    pub tags: Vec<String>,
    pub comment: Option<String>,
}

impl PaymentRequest {
    pub fn new(
        account_id: impl Into<String>,
        amount: impl Into<Decimal>,
        effective_date: Date,
        invoice: Invoice,
        tags: Vec<String>,
    ) -> Self {
        Self {
            account_id: account_id.into(),
            amount: amount.into(),
            effective_date,
            invoice,
            tags,
            comment: None,
        }
    }
}

zuora_wire::fields! {
    PaymentRequest {
        0 account_id = "accountId",
        1 amount = "amount",
        2 effective_date = "effectiveDate",
        3 invoice = "invoice",
        4 tags = "tags",
        5 comment = "comment",
    }
}

/// Both ways: absent, null and a value differ.
#[derive(Clone)]
pub struct Contact {
    pub first_name: Patch<String>,
    pub credit_limit: Patch<Decimal>,
    pub since: Patch<Date>,
    pub phones: Patch<Vec<String>>,
    pub extra: Extra,
}

zuora_wire::fields! {
    default Contact {
        0 first_name = "firstName",
        1 credit_limit = "creditLimit",
        2 since = "since",
        3 phones = "phones",
    } extra
}

#[derive(Clone)]
pub struct Card {
    pub kind: Option<String>,
    pub number: Option<String>,
    pub limit: Option<Decimal>,
    pub extra: Extra,
}

zuora_wire::fields! {
    default Card {
        0 kind = "type",
        1 number = "number",
        2 limit = "limit",
    } extra
}

#[derive(Clone)]
pub struct Bank {
    pub kind: Option<String>,
    pub iban: Option<String>,
    pub extra: Extra,
}

zuora_wire::fields! {
    default Bank {
        0 kind = "type",
        1 iban = "IBAN",
    } extra
}

/// One of several: told apart by a member, and kept as JSON when none fits.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum PaymentMethod {
    Card(Box<Card>),
    Bank(Box<Bank>),
    Other(Json),
}

impl Slot for PaymentMethod {
    fn blank() -> Self {
        Self::Other(Json::Null)
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        match reader.tag("type")?.as_deref() {
            Some("CreditCard") => {
                let mut card = Box::<Card>::empty();
                if reader.attempt(&mut card)? {
                    *self = Self::Card(card);
                    return Ok(());
                }
            }
            Some("BankTransfer") => {
                let mut bank = Box::<Bank>::empty();
                if reader.attempt(&mut bank)? {
                    *self = Self::Bank(bank);
                    return Ok(());
                }
            }
            _ => {}
        }
        *self = Self::Other(reader.json()?);
        Ok(())
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Card(card) => card.write(writer),
            Self::Bank(bank) => bank.write(writer),
            Self::Other(json) => json.write(writer),
        }
    }
}

/// Contains itself, and one of everything else.
#[derive(Clone)]
pub struct Account {
    pub name: Option<String>,
    pub parent: Option<Box<Account>>,
    pub children: Option<Vec<Account>>,
    pub invoices: Option<Vec<Invoice>>,
    pub contact: Patch<Contact>,
    pub method: Option<PaymentMethod>,
    pub balances: Option<Map<Decimal>>,
    pub matrix: Option<Vec<Vec<Decimal>>>,
    pub payment: Option<Box<PaymentRequest>>,
    pub metadata: Option<Json>,
    pub extra: Extra,
}

zuora_wire::fields! {
    default Account {
        0 name = "name",
        1 parent = "parent",
        2 children = "children",
        3 invoices = "invoices",
        4 contact = "contact",
        5 method = "method",
        6 balances = "balances",
        7 matrix = "matrix",
        8 payment = "payment",
        9 metadata = "metadata",
    } extra
}
