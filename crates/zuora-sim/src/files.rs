//! `getFiles`: `GET /v1/files/{file-id}`, whole or in part: files that were added, and those that exports made.

use crate::{
    SimFile,
    dispatch::Call,
    error_shape::FILE_TOO_BIG,
    message::{Reply, XML_TYPE},
    problem::{Family, Problem},
    tenant,
};
use http::StatusCode;

pub(crate) fn get(call: &Call<'_>) -> Reply {
    let id = call.args.first().map_or("", String::as_str);
    let (file, limit) = {
        let state = call.shared.state();
        let given = state.settings.files.get(id).cloned();
        let made = || tenant::find_file(&state.store, id);
        (given.or_else(made), state.settings.file_limit)
    };
    let Some(file) = file else {
        // In every version (documented for files that are gone).
        let problem = Problem::not_found(id).always(StatusCode::NOT_FOUND);
        return problem.reply(call, Family::Rest);
    };
    send(call, &file, limit)
}

/// A file, as much of it as is asked for.
pub(crate) fn send(call: &Call<'_>, file: &SimFile, limit: u64) -> Reply {
    let size = file.size();
    if size > limit {
        // Documented, the figure as well.
        return Reply::new(StatusCode::FORBIDDEN, XML_TYPE, FILE_TOO_BIG);
    }
    let reply = match wanted(call, file) {
        Wanted::All => Reply::new(StatusCode::OK, &file.content_type, file.content.clone()),
        Wanted::Part(from, to) => {
            let part = file.content.slice(from, to);
            Reply::new(StatusCode::PARTIAL_CONTENT, &file.content_type, part)
                .with("content-range", format!("bytes {from}-{}/{size}", to - 1))
        }
        Wanted::Nothing => Reply::empty(StatusCode::RANGE_NOT_SATISFIABLE)
            .with("content-range", format!("bytes */{size}")),
    };
    let reply = if file.ranges {
        reply.with("accept-ranges", "bytes")
    } else {
        reply
    };
    let reply = match &file.etag {
        Some(etag) => reply.with("etag", etag),
        None => reply,
    };
    // A name that a header cannot hold leaves the header out.
    let name = file.name.replace(['"', '\\'], "_");
    reply.with(
        "content-disposition",
        format!("attachment; filename=\"{name}\""),
    )
}

enum Wanted {
    All,
    /// From, and up to but without.
    Part(u64, u64),
    Nothing,
}

/// What `Range` asks for. One range is served; several, other units and what cannot be read get the whole
/// file, as RFC 9110 allows.
fn wanted(call: &Call<'_>, file: &SimFile) -> Wanted {
    let header = |name| call.request.header(name);
    let range = header("range").filter(|_| file.ranges);
    let Some(spec) = range.and_then(|range| range.strip_prefix("bytes=")) else {
        return Wanted::All;
    };
    if call.request.headers.contains_key("if-range") && header("if-range") != file.etag.as_deref() {
        return Wanted::All;
    }
    let size = file.size();
    let Some((from, to)) = spec.split_once('-').filter(|_| !spec.contains(',')) else {
        return Wanted::All;
    };
    let part = match (from.trim(), to.trim()) {
        ("", last) => last
            .parse::<u64>()
            .map(|last| (size.saturating_sub(last), size)),
        (from, "") => from.parse().map(|from| (from, size)),
        (from, to) => match (from.parse::<u64>(), to.parse::<u64>()) {
            (Ok(from), Ok(to)) if from <= to => Ok((from, size.min(to.saturating_add(1)))),
            _ => return Wanted::All,
        },
    };
    match part {
        Err(_) => Wanted::All,
        Ok((from, to)) if from >= to => Wanted::Nothing,
        Ok((from, to)) => Wanted::Part(from, to),
    }
}
