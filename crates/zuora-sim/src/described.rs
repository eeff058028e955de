//! The operations of the catalogue: what it says of each, as the pipeline wants to know it.

use crate::{
    ConcurrencyClass as Class, answer,
    problem::Family,
    route::{Api, BodyRule, Route},
    table,
};
use std::sync::LazyLock;
use zuora_catalog::{Auth, Operation};

/// Calls of the class for high volumes (documented).
const HIGH_VOLUME: [&str; 13] = [
    "createAccount",
    "createOrder",
    "previewOrder",
    "createSubscription",
    "previewSubscription",
    "previewExistingSubscription",
    "updateSubscription",
    "cancelSubscription",
    "renewSubscription",
    "createRsaSignature",
    "decryptRsaSignature",
    "createHostedPage",
    "getHostedPages",
];

/// Other paths of operations: documented, and not in the API reference at hand.
const OTHER_PATHS: [(&str, &str); 2] = [
    ("getFiles", "/v1/file/{file-id}"),
    ("getFiles", "/v1/batch-query/file/{file-id}"),
];

/// Every route of a simulator.
pub(crate) fn all() -> impl Iterator<Item = &'static Route> {
    static ROUTES: LazyLock<Vec<Route>> =
        LazyLock::new(|| zuora_catalog::operations().flat_map(routes).collect());
    // The catalogue first: what it has is answered its way.
    ROUTES.iter().chain(table::beside_the_catalogue())
}

/// An operation's routes: its path, its other paths, and those that it had before. A slash at the end is one more way
/// to write it.
fn routes(operation: Operation) -> Vec<Route> {
    if operation.id() == "createToken" {
        return Vec::new();
    }
    let older = operation.was().map(|was| (was.method, was.path));
    let others = OTHER_PATHS.iter().filter(|(id, _)| *id == operation.id());
    let others = others.map(|(_, path)| (operation.method(), *path));
    let mut paths: Vec<_> = std::iter::once((operation.method(), operation.path()))
        .chain(older)
        .chain(others)
        .collect();
    let bare: Vec<_> = paths
        .iter()
        .filter_map(|(method, path)| Some((*method, path.strip_suffix('/')?)))
        .collect();
    paths.extend(bare);
    let route = |(method, template)| Route {
        operation: operation.id(),
        method,
        template,
        handler: answer::to,
        api: Some(facts(operation)),
        described: Some(operation),
    };
    paths.into_iter().map(route).collect()
}

fn facts(operation: Operation) -> Api {
    let path = operation.path();
    let body = match operation.body() {
        None => BodyRule::None,
        Some(body) if body.content_type.starts_with("multipart/") => BodyRule::Upload,
        Some(_) => BodyRule::Described,
    };
    Api {
        family: family(path),
        class: class(operation.id(), path),
        body,
        auth: operation.auth(),
    }
}

/// Which family of errors a path belongs to. Those of `/v1`, `/object-query`, `/workflows`, `/meters`,
/// `/commitments`, `/settings`, `/system-health` and `/integration` are documented, that of `/commerce`
/// was observed; the others are guesses.
pub(crate) fn family(path: &str) -> Family {
    let is_below = |prefix: &str| path.starts_with(prefix);
    match path {
        _ if is_below("/v1/object/") => Family::Crud,
        _ if is_below("/v1/action/") => Family::Action,
        _ if is_below("/v1/batch-query") => Family::CodeMessage,
        _ if is_below("/v1/") => Family::Rest,
        _ if is_below("/object-query/") || is_below("/notifications/") || is_below("/events/") => {
            Family::Reasons
        }
        _ if is_below("/workflows") => Family::Workflow,
        _ if is_below("/meters") || is_below("/usage") => Family::Mediation,
        _ if is_below("/commitments") => Family::Commitments,
        _ if is_below("/settings") => Family::Settings,
        _ if is_below("/system-health") => Family::Health,
        _ if is_below("/integration/") => Family::Revenue,
        _ if is_below("/commerce/") => Family::Commerce,
        _ => Family::CodeMessage,
    }
}

/// The class that a call is counted in (documented for `/v1` and `/object-query`; that other services
/// are not counted is a guess).
fn class(id: &str, path: &str) -> Option<Class> {
    if HIGH_VOLUME.contains(&id) {
        Some(Class::HighVolume)
    } else if path.starts_with("/object-query/") {
        Some(Class::ObjectQuery)
    } else {
        path.starts_with("/v1/").then_some(Class::Default)
    }
}

/// Whether calls of this operation bring a bearer token.
pub(crate) fn needs_bearer(auth: Auth) -> bool {
    matches!(auth, Auth::Bearer)
}
