//! Pages of a list: what a request asks for, how the next page is named, and what faults make of it. What is not
//! paged is cut.

use crate::{PageFault, dispatch::Call, problem::Problem};
use std::borrow::Cow;
use zuora_wire::Json;

/// What places are hidden behind in cursors.
const CURSOR_MASK: u64 = 0x5a17_c0de_0000_9e37;

/// So many rows an array has in an answer of `/v1` that is not paged (documented).
const MOST_UNPAGED: usize = 300;

/// Cuts the arrays of an answer that is not paged, at every depth.
pub(crate) fn cut_unpaged(json: &mut Json) {
    match json {
        Json::Array(items) => {
            items.truncate(MOST_UNPAGED);
            items.iter_mut().for_each(cut_unpaged);
        }
        Json::Object(members) => members.iter_mut().for_each(|(_, value)| cut_unpaged(value)),
        _ => {}
    }
}

/// What the call's fault makes of a page that begins at this place: gives where the next one begins. The default
/// place is that of the first page.
pub(crate) fn spoiled<T, P: Default>(
    call: &Call<'_>,
    items: &mut Vec<T>,
    from: P,
    next: Option<P>,
) -> Option<P> {
    match call.page_fault {
        None | Some(PageFault::OtherHost(_)) => next,
        Some(PageFault::Loop) => Some(P::default()),
        Some(PageFault::Repeat) => Some(from),
        Some(PageFault::EmptySelf) => {
            items.clear();
            Some(from)
        }
        Some(PageFault::Short) => {
            items.truncate(items.len().div_ceil(2));
            next
        }
    }
}

/// A link to this request again with other values of some query parameters; all others stay as they were
/// sent.
pub(crate) fn link(call: &Call<'_>, set: &[(&str, u64)]) -> String {
    let base = match call.page_fault {
        Some(PageFault::OtherHost(base)) => Some(base.clone()),
        _ => call.shared.state().settings.lists.link_base.clone(),
    };
    let base = base.unwrap_or_else(|| call.shared.base_url.clone());
    let uri = &call.request.uri;
    let is_set = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default();
        set.iter().any(|(other, _)| *other == name)
    };
    let kept = uri.query().unwrap_or_default().split('&');
    let kept = kept.filter(|pair| !pair.is_empty() && !is_set(pair));
    let new = set.iter().map(|(name, value)| format!("{name}={value}"));
    let query: Vec<String> = kept.map(str::to_owned).chain(new).collect();
    let base = base.trim_end_matches('/');
    format!("{base}{}?{}", uri.path(), query.join("&"))
}

/// Hides a place in a text, so that nobody reads a number out of it.
pub(crate) fn to_cursor(place: u64) -> String {
    format!("c{:016x}", place ^ CURSOR_MASK)
}

/// The place that `cursor` names; the first one without it.
pub(crate) fn cursor(call: &Call<'_>) -> Result<u64, Problem> {
    let Some(text) = parameter(call, "cursor") else {
        return Ok(0);
    };
    let place = text
        .strip_prefix('c')
        .filter(|digits| digits.len() == 16)
        .and_then(|digits| u64::from_str_radix(digits, 16).ok());
    place
        .map(|place| place ^ CURSOR_MASK)
        .ok_or_else(|| Problem::bad_value("The cursor is not one that was given out"))
}

/// The value of a query parameter, percent-decoded.
pub(crate) fn parameter<'a>(call: &Call<'a>, name: &str) -> Option<Cow<'a, str>> {
    let query = call.request.uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}

/// A query parameter that is a whole number.
pub(crate) fn number(call: &Call<'_>, name: &str, default: u64) -> Result<u64, Problem> {
    match parameter(call, name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| {
            Problem::bad_value(format!("The query parameter {name} must be a whole number"))
        }),
    }
}

/// The page of a classic list: `page` has a meaning only together with `pageSize` (documented). That it is
/// the first page otherwise is a guess.
pub(crate) fn classic_page(call: &Call<'_>) -> Result<u64, Problem> {
    let page = page_number(call)?;
    Ok(parameter(call, "pageSize").map_or(1, |_| page))
}

/// A number of a page, from 1 on.
pub(crate) fn page_number(call: &Call<'_>) -> Result<u64, Problem> {
    let page = number(call, "page", 1).ok().filter(|page| *page > 0);
    page.ok_or_else(|| {
        Problem::bad_value("The query parameter page must be a whole number from 1 on")
    })
}
