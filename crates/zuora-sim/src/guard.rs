//! Who may call `/_sim/`: this machine only, and of the pages in its browsers only the simulator's own.
//!
//! A page of any site can make a browser send requests to loopback, and through a name that its owner
//! points there (DNS rebinding) even read the answers. So the request must come from this machine, name
//! it, and, when a page sent it, come from the simulator's own origin. The API of the tenant asks for
//! none of this: as with the real one, the bearer token is what protects it.

use crate::{
    admin,
    message::{Door, Reply, Request},
    seam,
    state::Shared,
};
use http::{StatusCode, uri::Authority};
use std::net::{IpAddr, SocketAddr};

/// The refusal of a request that may not use this part; it names the rule.
pub(crate) fn refusal(shared: &Shared, request: &Request) -> Option<Reply> {
    let rule = broken_rule(shared, request)?;
    Some(admin::refusal(StatusCode::FORBIDDEN, "", rule))
}

fn broken_rule(shared: &Shared, request: &Request) -> Option<&'static str> {
    let bound = shared.authority.as_deref();
    let bound = bound.and_then(|bound| bound.parse::<SocketAddr>().ok());
    let own = bound.map(|bound| bound.ip());
    let source = request.source.to_canonical();
    if !source.is_loopback() && Some(source) != own {
        return Some("/_sim/ answers only on loopback");
    }
    let authority = request.authority().unwrap_or_default();
    let is_seam = request.door == Door::Seam && seam::is_in_process(authority);
    if !is_seam && !names_this_machine(authority, own) {
        return Some(
            "the Host header must name a loopback address, localhost or the address that the \
             simulator listens on",
        );
    }
    if request.headers.contains_key("origin") {
        let origin = request.header("origin").unwrap_or_default();
        let scheme = match is_seam {
            true => seam::BASE_URL,
            false => shared.base_url.as_str(),
        };
        let scheme = scheme.split_once("://").map_or("", |(scheme, _)| scheme);
        if !origin.eq_ignore_ascii_case(&format!("{scheme}://{authority}")) {
            return Some(
                "the Origin header must be the simulator's own: pages of others are refused",
            );
        }
    }
    // What a browser says also where it sends no Origin, as with an image or a link. "same-site" is
    // another port of this machine: another program.
    if request.headers.contains_key("sec-fetch-site")
        && !matches!(
            request.header("sec-fetch-site"),
            Some("same-origin" | "none")
        )
    {
        return Some(
            "the Sec-Fetch-Site header must be same-origin or none: pages of others are refused",
        );
    }
    None
}

fn names_this_machine(authority: &str, own: Option<IpAddr>) -> bool {
    // A user before the host has no place in this header: what stands there could be taken for the host.
    let parsed = authority.parse::<Authority>().ok();
    let Some(authority) = parsed.filter(|authority| !authority.as_str().contains('@')) else {
        return false;
    };
    let host = authority.host();
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback() || Some(address) == own)
}
