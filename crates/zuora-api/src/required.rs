//! What is required cannot be forgotten: programs that do, and what they should have been. Compiled by the
//! documentation's tests only.

/// A value that stands in the path:
///
/// ```no_run
/// # fn with(client: zuora_core::Client) {
/// zuora_api::accounts::AccountsApi::new(&client).get_account("A1");
/// # }
/// ```
/// ```compile_fail
/// # fn with(client: zuora_core::Client) {
/// zuora_api::accounts::AccountsApi::new(&client).get_account();
/// # }
/// ```
pub struct Path;

/// A body:
///
/// ```no_run
/// # fn with(client: zuora_core::Client, body: zuora_api::models::orders::CreateOrderRequest) {
/// zuora_api::orders::OrdersApi::new(&client).create_order(&body);
/// # }
/// ```
/// ```compile_fail
/// # fn with(client: zuora_core::Client, body: zuora_api::models::orders::CreateOrderRequest) {
/// zuora_api::orders::OrdersApi::new(&client).create_order();
/// # }
/// ```
///
/// The body of another operation:
///
/// ```compile_fail
/// # fn with(client: zuora_core::Client, body: zuora_api::models::orders::CreateOrderRequest) {
/// zuora_api::orders::OrdersApi::new(&client).preview_order(&body);
/// # }
/// ```
pub struct Body;

/// A member of a body:
///
/// ```
/// use zuora_api::models::{payments::CreatePaymentRequest, shared::PaymentType};
/// let payment = CreatePaymentRequest::new(10, "USD", PaymentType::External);
/// ```
/// ```compile_fail
/// use zuora_api::models::{payments::CreatePaymentRequest, shared::PaymentType};
/// let payment = CreatePaymentRequest::new(10, PaymentType::External);
/// ```
/// ```compile_fail
/// use zuora_api::models::{payments::CreatePaymentRequest, shared::PaymentType};
/// let payment = CreatePaymentRequest::default();
/// ```
///
/// A float is no amount:
///
/// ```compile_fail
/// use zuora_api::models::{payments::CreatePaymentRequest, shared::PaymentType};
/// let payment = CreatePaymentRequest::new(10.5, "USD", PaymentType::External);
/// ```
pub struct Member;

/// Where nothing is required there is a `Default`, also within a body that has required members:
///
/// ```
/// use zuora_api::models::{orders::CreateOrderCreateSubscription, shared::InitialTerm};
/// let nothing = (CreateOrderCreateSubscription::default(), InitialTerm::default());
/// ```
/// ```compile_fail
/// use zuora_api::models::orders::CreateOrderAction;
/// let nothing = CreateOrderAction::default();
/// ```
///
/// Members may be added to any type, so none is made by listing them:
///
/// ```compile_fail
/// use zuora_api::models::shared::InitialTerm;
/// let term = InitialTerm { ..InitialTerm::default() };
/// ```
pub struct Nothing;

/// A call that nobody awaits is noticed:
///
/// ```no_run
/// #![deny(unused_must_use)]
/// # fn with(client: zuora_core::Client) {
/// let _ = zuora_api::accounts::AccountsApi::new(&client).get_account("A1");
/// # }
/// ```
/// ```compile_fail
/// #![deny(unused_must_use)]
/// # fn with(client: zuora_core::Client) {
/// zuora_api::accounts::AccountsApi::new(&client).get_account("A1");
/// # }
/// ```
pub struct Await;
