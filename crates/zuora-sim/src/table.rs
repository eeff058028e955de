//! The table of operations: ids, methods, paths and facts as in the API reference.

use crate::{
    ConcurrencyClass as Class, admin, admin_data, admin_seen, admin_settings,
    api::{accounts, batch_query, lists, object_query, orders, payments, usage, workflows, zoql},
    files, oauth, page,
    problem::Family,
    route::{Api, BodyRule, Handler, Route},
    tenant::{self, quickstart},
};
use zuora_catalog::Auth;

const fn own(
    operation: &'static str,
    method: &'static str,
    template: &'static str,
    handler: Handler,
) -> Route {
    Route {
        operation,
        method,
        template,
        handler,
        api: None,
        described: None,
    }
}

impl Route {
    const fn of(mut self, family: Family) -> Self {
        self.api = Some(Api {
            family,
            class: match family {
                Family::Rest | Family::Crud | Family::Action | Family::CodeMessage => {
                    Some(Class::Default)
                }
                // "Quickstart reads too" (documented).
                Family::Quickstart => Some(Class::ObjectQuery),
                _ => None,
            },
            offers_key: false,
            body: BodyRule::None,
            auth: Auth::Bearer,
        });
        self
    }

    const fn change(mut self, class: Option<Class>, key: bool, body: Option<BodyRule>) -> Self {
        if let Some(mut api) = self.api {
            if class.is_some() {
                api.class = class;
            }
            if key {
                api.offers_key = true;
            }
            if let Some(body) = body {
                api.body = body;
            }
            self.api = Some(api);
        }
        self
    }

    const fn class(self, class: Class) -> Self {
        self.change(Some(class), false, None)
    }

    const fn key(self) -> Self {
        self.change(None, true, None)
    }

    const fn json(self) -> Self {
        self.change(None, false, Some(BodyRule::Json))
    }

    const fn upload(self) -> Self {
        self.change(None, false, Some(BodyRule::Upload))
    }
}

const fn get(operation: &'static str, template: &'static str, handler: Handler) -> Route {
    own(operation, "GET", template, handler)
}

const fn post(operation: &'static str, template: &'static str, handler: Handler) -> Route {
    own(operation, "POST", template, handler)
}

const fn put(operation: &'static str, template: &'static str, handler: Handler) -> Route {
    own(operation, "PUT", template, handler)
}

/// The operations of the API.
#[rustfmt::skip]
const OPERATIONS: &[Route] = &[
    post("createToken", oauth::PATH, oauth::create_token),
    get("getAccount", "/v1/accounts/{account-key}", accounts::get_account).of(Family::Rest),
    put("updateAccount", "/v1/accounts/{account-key}", accounts::update_account)
        .of(Family::Rest).json(),
    post("createOrder", "/v1/orders", orders::create)
        .of(Family::Rest).class(Class::HighVolume).key().json(),
    get("getOrders", "/v1/orders", lists::get_orders).of(Family::Rest),
    get("getOrder", "/v1/orders/{orderNumber}", orders::get).of(Family::Rest),
    own("deleteOrder", "DELETE", "/v1/orders/{orderNumber}", orders::delete).of(Family::Rest),
    post("createPayment", "/v1/payments", payments::create).of(Family::Rest).key().json(),
    get("getRetrieveAllPayments", "/v1/payments", lists::get_payments).of(Family::Rest),
    post("objectPostPayment", "/v1/object/payment", payments::create_object)
        .of(Family::Crud).json(),
    put("postInvoice", "/v1/invoices/{invoiceKey}/post", payments::post_invoice)
        .of(Family::Rest).json(),
    get("getTransactionInvoice", "/v1/transactions/invoices/accounts/{account-key}",
        lists::get_transaction_invoices).of(Family::Rest),
    post("actionPostQuery", "/v1/action/query", zoql::query).of(Family::Action).key().json(),
    post("actionPostQueryMore", "/v1/action/queryMore", zoql::query_more)
        .of(Family::Action).key().json(),
    post("createBatchQuery", "/v1/batch-query/", batch_query::create)
        .of(Family::CodeMessage).key().json(),
    post("createBatchQuery", "/v1/batch-query", batch_query::create)
        .of(Family::CodeMessage).key().json(),
    get("getFiles", "/v1/files/{file-id}", files::get).of(Family::Rest),
    post("uploadUsageFile", "/v1/usage", usage::upload).of(Family::Rest).key().upload(),
    // Not in the API reference: replies of `uploadUsageFile` name the path; the id is a guess.
    get("getUsageImportStatus", "/v1/usage/{id}/status", tenant::import_status).of(Family::Rest),
    get("queryAccounts", "/object-query/accounts", object_query::accounts)
        .of(Family::Reasons).class(Class::ObjectQuery),
    get("getWorkflows", "/workflows", lists::get_workflows).of(Family::Workflow),
    own("patchUpdateWorkflow", "PATCH", "/workflows/{workflow_id}", workflows::update)
        .of(Family::Workflow).key().json(),
    get("queryNotificationDefinitions", "/notifications/notification-definitions",
        lists::get_notification_definitions).of(Family::Reasons),
    get("getAuditTrailEntriesForMeter", "/meters/{meterId}/auditTrail/entries",
        lists::get_meter_audit).of(Family::Mediation),
    // Not in the API reference at hand: guesses.
    get("describeObjects", "/v1/describe", tenant::objects).of(Family::Rest),
    get("describeObjects", "/v1/describe/", tenant::objects).of(Family::Rest),
    // Documented, and not in the API reference at hand.
    get("getFile", "/v1/file/{file-id}", files::get).of(Family::Rest),
    get("getFile", "/v1/batch-query/file/{file-id}", files::get).of(Family::Rest),
    get("getLastBatchQueryJob", "/v1/batch-query/jobs/partner/{partner}/project/{project}",
        tenant::last_job).of(Family::CodeMessage),
    get("quickstartListAccounts", "/v2/accounts", quickstart::accounts)
        .of(Family::Quickstart),
];

/// The simulator's own operations.
#[rustfmt::skip]
const ADMIN: &[Route] = &[
    get("simGetPage", "/_sim/", page::page),
    get("simGetPageWithSlash", "/_sim", page::with_slash),
    get("simGetState", "/_sim/state", admin::state),
    get("simGetCounters", "/_sim/counters", admin::counters),
    get("simListRequests", "/_sim/requests", admin_seen::requests),
    get("simGetRequest", "/_sim/requests/{number}", admin_seen::request),
    get("simGetCoverage", "/_sim/coverage", admin_seen::coverage),
    get("simListTokens", "/_sim/tokens", admin_seen::tokens),
    get("simGetLimits", "/_sim/limits", admin_seen::limits),
    get("simGetClock", "/_sim/clock", admin::clock),
    post("simSetClock", "/_sim/clock/set", admin::set_clock),
    post("simAdvanceClock", "/_sim/clock/advance", admin::advance_clock),
    post("simSuspendClock", "/_sim/clock/suspend", admin::suspend_clock),
    post("simFreezeClock", "/_sim/clock/freeze", admin::freeze_clock),
    post("simResumeClock", "/_sim/clock/resume", admin::resume_clock),
    post("simRevokeTokens", "/_sim/revoke-tokens", admin::revoke_tokens),
    get("simListFaults", "/_sim/faults", admin::list_faults),
    post("simAddFault", "/_sim/faults", admin::add_fault),
    own("simClearFaults", "DELETE", "/_sim/faults", admin::clear_faults),
    own("simRemoveFault", "DELETE", "/_sim/faults/{number}", admin::remove_fault),
    post("simSetTokenReuse", "/_sim/token-reuse", admin::set_token_reuse),
    post("simSetTokenLifetime", "/_sim/token-lifetime", admin::set_token_lifetime),
    post("simReset", "/_sim/reset", admin::reset),
    post("simSetLimits", "/_sim/limits", admin_settings::set_limits),
    post("simSetIdempotency", "/_sim/idempotency", admin_settings::set_idempotency),
    post("simSetConnections", "/_sim/connections", admin_settings::set_connections),
    post("simSetServiceTime", "/_sim/service-time", admin_settings::set_service_time),
    post("simSetBehaviour", "/_sim/behaviour", admin_settings::set_behaviour),
    post("simSetList", "/_sim/lists", admin_settings::set_list),
    post("simAddFile", "/_sim/files", admin_settings::add_file),
    get("simListExecutions", "/_sim/executions", admin_settings::executions),
    post("simPlayScenario", "/_sim/scenario", admin_data::scenario),
    get("simGetSnapshot", "/_sim/snapshot", admin_data::snapshot),
    post("simRestore", "/_sim/restore", admin_data::restore),
    get("simListTables", "/_sim/tables", admin_data::tables),
    get("simGetTable", "/_sim/tables/{name}", admin_seen::table),
    get("simListEvents", "/_sim/events", admin_data::events),
    get("simGetOpenApi", "/_sim/openapi.json", admin_data::openapi),
    get("simListUploads", "/_sim/uploads", admin_settings::uploads),
];

/// The routes of a simulator with stand-ins.
pub(crate) fn stand_ins() -> impl Iterator<Item = &'static Route> {
    OPERATIONS.iter().chain(ADMIN)
}

/// What a whole tenant has beside the catalogue.
pub(crate) fn beside_the_catalogue() -> impl Iterator<Item = &'static Route> {
    let extra = [
        "createToken",
        "describeObjects",
        "getFile",
        "getLastBatchQueryJob",
        "getUsageImportStatus",
        "quickstartListAccounts",
    ];
    let extra = OPERATIONS
        .iter()
        .filter(move |route| extra.contains(&route.operation));
    extra.chain(ADMIN)
}

/// Whether the API has this operation.
pub(crate) fn is_operation(id: &str) -> bool {
    OPERATIONS.iter().any(|route| route.operation == id) || zuora_catalog::operation(id).is_some()
}
