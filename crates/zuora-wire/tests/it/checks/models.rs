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
#[derive(Clone, Debug, Default, PartialEq)]
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

impl Model for Invoice {
    fn empty() -> Self {
        Self::default()
    }

    fn slot(&mut self, name: &str) -> Option<&mut dyn Slot> {
        Some(match name {
            "id" => &mut self.id,
            "amount" => &mut self.amount,
            "invoiceDate" => &mut self.invoice_date,
            "updatedOn" => &mut self.updated_on,
            "status" => &mut self.status,
            "autoPay" => &mut self.auto_pay,
            "version" => &mut self.version,
            "items" => &mut self.items,
            _ => self.extra.slot(name),
        })
    }

    fn each(&self, visit: &mut dyn FnMut(&str, &dyn Slot)) {
        visit("id", &self.id);
        visit("amount", &self.amount);
        visit("invoiceDate", &self.invoice_date);
        visit("updatedOn", &self.updated_on);
        visit("status", &self.status);
        visit("autoPay", &self.auto_pay);
        visit("version", &self.version);
        visit("items", &self.items);
        self.extra.each(visit);
    }
}

/// Only in requests: what is required cannot be forgotten.
#[derive(Clone, Debug, PartialEq)]
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

impl Model for PaymentRequest {
    fn empty() -> Self {
        Self::new("", 0, Slot::blank(), Slot::blank(), Slot::blank())
    }

    fn slot(&mut self, name: &str) -> Option<&mut dyn Slot> {
        Some(match name {
            "accountId" => &mut self.account_id,
            "amount" => &mut self.amount,
            "effectiveDate" => &mut self.effective_date,
            "invoice" => &mut self.invoice,
            "tags" => &mut self.tags,
            "comment" => &mut self.comment,
            _ => return None,
        })
    }

    fn each(&self, visit: &mut dyn FnMut(&str, &dyn Slot)) {
        visit("accountId", &self.account_id);
        visit("amount", &self.amount);
        visit("effectiveDate", &self.effective_date);
        visit("invoice", &self.invoice);
        visit("tags", &self.tags);
        visit("comment", &self.comment);
    }
}

/// Both ways: absent, null and a value differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contact {
    pub first_name: Patch<String>,
    pub credit_limit: Patch<Decimal>,
    pub since: Patch<Date>,
    pub phones: Patch<Vec<String>>,
    pub extra: Extra,
}

impl Model for Contact {
    fn empty() -> Self {
        Self::default()
    }

    fn slot(&mut self, name: &str) -> Option<&mut dyn Slot> {
        Some(match name {
            "firstName" => &mut self.first_name,
            "creditLimit" => &mut self.credit_limit,
            "since" => &mut self.since,
            "phones" => &mut self.phones,
            _ => self.extra.slot(name),
        })
    }

    fn each(&self, visit: &mut dyn FnMut(&str, &dyn Slot)) {
        visit("firstName", &self.first_name);
        visit("creditLimit", &self.credit_limit);
        visit("since", &self.since);
        visit("phones", &self.phones);
        self.extra.each(visit);
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    pub kind: Option<String>,
    pub number: Option<String>,
    pub limit: Option<Decimal>,
    pub extra: Extra,
}

impl Model for Card {
    fn empty() -> Self {
        Self::default()
    }

    fn slot(&mut self, name: &str) -> Option<&mut dyn Slot> {
        Some(match name {
            "type" => &mut self.kind,
            "number" => &mut self.number,
            "limit" => &mut self.limit,
            _ => self.extra.slot(name),
        })
    }

    fn each(&self, visit: &mut dyn FnMut(&str, &dyn Slot)) {
        visit("type", &self.kind);
        visit("number", &self.number);
        visit("limit", &self.limit);
        self.extra.each(visit);
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bank {
    pub kind: Option<String>,
    pub iban: Option<String>,
    pub extra: Extra,
}

impl Model for Bank {
    fn empty() -> Self {
        Self::default()
    }

    fn slot(&mut self, name: &str) -> Option<&mut dyn Slot> {
        Some(match name {
            "type" => &mut self.kind,
            "IBAN" => &mut self.iban,
            _ => self.extra.slot(name),
        })
    }

    fn each(&self, visit: &mut dyn FnMut(&str, &dyn Slot)) {
        visit("type", &self.kind);
        visit("IBAN", &self.iban);
        self.extra.each(visit);
    }
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
#[derive(Clone, Debug, Default, PartialEq)]
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

impl Model for Account {
    fn empty() -> Self {
        Self::default()
    }

    fn slot(&mut self, name: &str) -> Option<&mut dyn Slot> {
        Some(match name {
            "name" => &mut self.name,
            "parent" => &mut self.parent,
            "children" => &mut self.children,
            "invoices" => &mut self.invoices,
            "contact" => &mut self.contact,
            "method" => &mut self.method,
            "balances" => &mut self.balances,
            "matrix" => &mut self.matrix,
            "payment" => &mut self.payment,
            "metadata" => &mut self.metadata,
            _ => self.extra.slot(name),
        })
    }

    fn each(&self, visit: &mut dyn FnMut(&str, &dyn Slot)) {
        visit("name", &self.name);
        visit("parent", &self.parent);
        visit("children", &self.children);
        visit("invoices", &self.invoices);
        visit("contact", &self.contact);
        visit("method", &self.method);
        visit("balances", &self.balances);
        visit("matrix", &self.matrix);
        visit("payment", &self.payment);
        visit("metadata", &self.metadata);
        self.extra.each(visit);
    }
}
