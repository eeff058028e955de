//! The writes that were really executed, as against those that were only asked for.

use crate::{dispatch::Call, message::Request};
use http::Method;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, time::SystemTime};

/// The header in which a caller may mark a write.
const MARKER_HEADER: &str = "zuora-sim-marker";

/// One write that was executed: it changed the tenant, whatever its caller was told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Execution {
    /// The operation's id.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// The path as it was sent.
    pub path: String,
    /// The idempotency key, also with a method that takes none.
    pub idempotency_key: Option<String>,
    /// The caller's mark: the header `Zuora-Sim-Marker`.
    pub marker: Option<String>,
    /// SHA-256 of the body, in hexadecimal.
    pub body_sha256: String,
    /// The request id of the request that executed it.
    pub request_id: String,
    /// The wall clock when it was executed.
    pub at: SystemTime,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger(Vec<Execution>);

impl Ledger {
    pub(crate) fn list(&self) -> &[Execution] {
        &self.0
    }

    /// How often each marked write was executed, by operation and mark.
    pub(crate) fn by_marker(&self) -> BTreeMap<(&'static str, &str), u64> {
        let mut counts = BTreeMap::new();
        for execution in &self.0 {
            if let Some(marker) = &execution.marker {
                *counts
                    .entry((execution.operation, marker.as_str()))
                    .or_default() += 1;
            }
        }
        counts
    }
}

/// Notes that a call's write is executed. Handlers say so, at the point where it is.
pub(crate) fn note(call: &Call<'_>) {
    let request = call.request;
    let text = |value: &str| value.to_owned();
    let execution = Execution {
        operation: call.operation,
        method: request.method.clone(),
        path: request.uri.path().to_owned(),
        idempotency_key: request.header("idempotency-key").map(text),
        marker: request.header(MARKER_HEADER).map(text),
        body_sha256: hex(&digest(request)),
        request_id: call.request_id.to_owned(),
        at: call.shared.clock.wall(),
    };
    call.shared.state().ledger.0.push(execution);
}

/// SHA-256 of a request's body.
pub(crate) fn digest(request: &Request) -> [u8; 32] {
    match &request.upload {
        Some(upload) => upload.digest,
        None => Sha256::digest(&request.body).into(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
