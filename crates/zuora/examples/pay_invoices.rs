//! Finds an account, lists its unpaid invoices and pays them: exact amounts, and one payment whatever
//! happens on the way.
//!
//! `cargo run -p zuora --example pay_invoices`

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use zuora::{
    Client, Credentials, Date, Decimal, Error,
    api::{
        accounts::AccountsApi, actions::ActionsApi, invoices::InvoicesApi, payments::PaymentsApi,
    },
    models::{
        accounts::CreateAccountRequest,
        actions::ProxyActionqueryRequest,
        invoices::{CreateInvoiceItem, CreateInvoiceRequest, ProxyGetInvoice},
        payments::{ApplyPaymentInvoiceApplication, CreatePaymentRequest},
        shared::{BillingDocumentStatus, CreateAccountContact, PaymentResponse, PaymentType},
    },
    zoql_text,
};
use zuora_sim::{Fault, Simulator, VirtualClock};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// All posted invoices of an account on which something is owed, however many pages they fill.
async fn unpaid_invoices(client: &Client, account_id: &str) -> Result<Vec<ProxyGetInvoice>, Error> {
    let query = ProxyActionqueryRequest::new(format!(
        "select Id, InvoiceNumber, DueDate, Balance from Invoice \
         where AccountId = {} and Status = 'Posted' and Balance > 0",
        zoql_text(account_id)?
    ));
    let mut pages = ActionsApi::new(client)
        .action_post_query(&query)
        .pages()
        .typed::<ProxyGetInvoice>();
    let mut invoices = Vec::new();
    while let Some(page) = pages.next_page().await? {
        invoices.extend(page.into_items());
    }
    Ok(invoices)
}

/// One payment that settles these invoices in full, under a number of our own.
fn payment_of(
    account_number: &str,
    currency: &str,
    number: &str,
    invoices: &[ProxyGetInvoice],
) -> Result<CreatePaymentRequest> {
    let mut parts = Vec::new();
    for invoice in invoices {
        let id = invoice.id.as_deref().ok_or("an invoice without an id")?;
        let balance = invoice
            .balance
            .clone()
            .ok_or("an invoice without a balance")?;
        parts.push(ApplyPaymentInvoiceApplication::new(balance).invoice_id(id));
    }
    let total = Decimal::checked_sum(parts.iter().map(|part| &part.amount))
        .ok_or("the sum has more than 38 digits")?;
    Ok(
        CreatePaymentRequest::new(total, currency, PaymentType::External)
            .account_number(account_number)
            .number(number)
            .payment_method_type("WireTransfer")
            .invoices(parts),
    )
}

/// Pays once. The client itself repeats what failed, always with the same key, for which the server
/// acts once in 24 hours. When no try brought proof, the payment's number tells what became of it.
async fn pay(
    client: &Client,
    number: &str,
    body: &CreatePaymentRequest,
) -> Result<PaymentResponse> {
    let payments = PaymentsApi::new(client);
    let error = match payments.create_payment(body).idempotency_key(number).await {
        Err(error) if error.is_outcome_unknown() => error,
        settled => return Ok(settled?),
    };
    println!("outcome unknown after {} tries: {error}", error.attempts());
    match payments.get_payment(number).await {
        Ok(payment) => Ok(payment),
        // Not there yet is not the same as refused: nobody may pay under another number now.
        Err(missing) if missing.is_not_found() => {
            Err(format!("{number} may still come; run this again with the same number").into())
        }
        Err(other) => Err(other.into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let clock = VirtualClock::frozen_at(start);
    let simulator = Simulator::builder().clock(clock.clone()).build()?;
    let client = Client::builder()
        .environment(simulator.base_url())
        .credentials(Credentials::parse(
            simulator.client_id(),
            simulator.client_secret(),
        )?)
        .clock(Arc::new(clock.clone()))
        .transport(simulator.transport())
        .build()?;
    let account_number = set_up(&client).await?;

    let account = AccountsApi::new(&client)
        .get_account(&account_number)
        .await?;
    let info = account.basic_info.ok_or("an account without its basics")?;
    let id = info.id.ok_or("an account without an id")?;
    let billing = account.billing_and_payment.unwrap_or_default();
    let currency = billing.currency.ok_or("an account without a currency")?;
    println!(
        "account {account_number}: {}",
        info.name.unwrap_or_default()
    );

    let invoices = unpaid_invoices(&client, &id).await?;
    for invoice in &invoices {
        let number = invoice.invoice_number.as_deref().unwrap_or("(no number)");
        let balance = invoice.balance.clone().unwrap_or_default();
        println!("unpaid: {number}, {balance} {currency}");
    }
    if invoices.is_empty() {
        println!("nothing to pay");
        return Ok(());
    }

    // The worst case: the payment is made, and no reply to any of the five tries arrives.
    simulator.inject(Fault::on("createPayment").reset_after().times(5))?;

    // From the books of whoever pays, and written down there before anything is sent.
    let number = "PAY-2026-000042";
    let body = payment_of(&account_number, &currency, number, &invoices)?;
    // The client waits between its tries; `drive` lets that time pass at once.
    let payment = clock.drive(pay(&client, number, &body)).await?;
    println!(
        "payment {}: {} of {} {currency} applied, {:?}",
        payment.number.unwrap_or_default(),
        payment.applied_amount.unwrap_or_default(),
        payment.amount.unwrap_or_default(),
        payment.status,
    );
    println!(
        "still unpaid: {}",
        unpaid_invoices(&client, &id).await?.len()
    );

    let made = simulator.executions();
    let made = made.iter().filter(|done| done.operation == "createPayment");
    assert_eq!(made.count(), 1, "paid once");
    Ok(())
}

/// What a real tenant has already: an account with two posted invoices.
async fn set_up(client: &Client) -> Result<String> {
    let contact = CreateAccountContact::new("Ada", "Byron").country("Germany");
    let account = CreateAccountRequest::new(contact, "EUR", "Byron Analytics").bill_cycle_day(1);
    let account = AccountsApi::new(client).create_account(&account).await?;
    let number = account
        .account_number
        .ok_or("an account without a number")?;

    let day: Date = "2026-11-01".parse()?;
    for amount in ["19.90", "1250.00"] {
        let item = CreateInvoiceItem::new(amount.parse::<Decimal>()?, day).charge_name("Licences");
        let invoice = CreateInvoiceRequest::new(day, vec![item])
            .account_number(number.as_str())
            .status(BillingDocumentStatus::Posted);
        InvoicesApi::new(client)
            .create_standalone_invoice(&invoice)
            .await?;
    }
    Ok(number)
}
