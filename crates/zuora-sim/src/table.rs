//! The operations that are not in the catalogue: the token endpoint, and the simulator's own.

use crate::{
    ConcurrencyClass as Class, admin, admin_clients, admin_data, admin_seen, admin_settings, oauth,
    page,
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
    /// An operation of the API that takes no body.
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
            body: BodyRule::None,
            auth: Auth::Bearer,
        });
        self
    }

    /// What a signed URL leads to: no part of the API, so that no token is looked at and nothing is counted.
    const fn signed(mut self) -> Self {
        self.api = Some(Api {
            family: Family::CodeMessage,
            class: None,
            body: BodyRule::None,
            auth: Auth::None,
        });
        self
    }
}

const fn get(operation: &'static str, template: &'static str, handler: Handler) -> Route {
    own(operation, "GET", template, handler)
}

const fn post(operation: &'static str, template: &'static str, handler: Handler) -> Route {
    own(operation, "POST", template, handler)
}

/// The operations of the API that are not answered as the catalogue describes them, or not in it.
#[rustfmt::skip]
const API: &[Route] = &[
    post("createToken", oauth::PATH, oauth::create_token),
    // Replies of `uploadUsageFile` name the path; the id is a guess.
    get("getUsageImportStatus", "/v1/usage/{id}/status", tenant::import_status).of(Family::Rest),
    // Not in the API reference at hand: guesses.
    get("describeObjects", "/v1/describe", tenant::objects).of(Family::Rest),
    get("describeObjects", "/v1/describe/", tenant::objects).of(Family::Rest),
    // Documented, and not in the API reference at hand; the ids are guesses.
    get("getLastBatchQueryJob", "/v1/batch-query/jobs/partner/{partner}/project/{project}",
        tenant::last_job).of(Family::CodeMessage),
    // Where it is with Zuora stands in the reply, on a host of its own; here it is a guess.
    get("getDataQueryFile", "/query/files/{file-id}", tenant::download).signed(),
    get("quickstartListAccounts", "/v2/accounts", quickstart::accounts).of(Family::Quickstart),
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
    get("simListClients", "/_sim/clients", admin_clients::list),
    post("simAddClient", "/_sim/clients", admin_clients::add),
    own("simRemoveClient", "DELETE", "/_sim/clients/{id}", admin_clients::remove),
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
    post("simRestore", admin_data::RESTORE, admin_data::restore),
    get("simListTables", "/_sim/tables", admin_data::tables),
    get("simGetTable", "/_sim/tables/{name}", admin_seen::table),
    get("simListEvents", "/_sim/events", admin_data::events),
    get("simGetOpenApi", "/_sim/openapi.json", admin_data::openapi),
    get("simListUploads", "/_sim/uploads", admin_settings::uploads),
];

/// What there is beside the catalogue.
pub(crate) fn beside_the_catalogue() -> impl Iterator<Item = &'static Route> {
    API.iter().chain(ADMIN)
}

/// Whether the API has this operation.
pub(crate) fn is_operation(id: &str) -> bool {
    API.iter().any(|route| route.operation == id) || zuora_catalog::operation(id).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_below_sim_stands_in_the_docs() {
        let docs = include_str!("../../../docs/simulator.md");
        // Beside the others the page is also there without a slash.
        for route in ADMIN.iter().filter(|route| route.template != "/_sim") {
            let path = match route.template.trim_start_matches("/_sim/") {
                "" => "/",
                path => path,
            };
            let begin = format!("| `{} {path}", route.method);
            let ends = ['`', ' ', '?'];
            let mut lines = docs.lines().filter_map(|line| line.strip_prefix(&begin));
            let stands = lines.any(|rest| rest.starts_with(ends));
            assert!(stands, "{} {}", route.method, route.template);
        }
    }
}
