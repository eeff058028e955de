//! The bodies in which Zuora reports errors: one function a family, each with the shape's mark.

use http::StatusCode;
use zuora_wire::{Json, Object};

/// The `/v1` REST family with `success:false` (documented; the API reference's CommonResponse).
pub(crate) fn rest_reasons(
    request_id: &str,
    process_id: &str,
    code: impl Into<Json>,
    message: &str,
) -> Json {
    Json::object([
        ("success", false.into()),
        ("processId", process_id.into()),
        ("reasons", vec![reason(code, message)].into()),
        ("requestId", Json::from(request_id)),
    ])
}

/// The family of object query, notifications and others: reasons without `success` (documented).
pub(crate) fn reasons(request_id: &str, code: impl Into<Json>, message: &str) -> Json {
    Json::object([
        ("reasons", Json::from(vec![reason(code, message)])),
        ("requestId", request_id.into()),
    ])
}

/// The CRUD family under `/v1/object` (documented).
pub(crate) fn crud_errors(code: impl Into<Json>, message: &str) -> Json {
    Json::object([
        ("Success", Json::from(false)),
        ("Errors", vec![crud_error(code, message)].into()),
    ])
}

pub(crate) fn crud_error(code: impl Into<Json>, message: &str) -> Json {
    Json::object([("Code", code.into()), ("Message", message.into())])
}

/// The commitments' list (documented).
pub(crate) fn commitments(request_id: &str, timestamp: &str, errors: Vec<Json>) -> Json {
    Json::object([
        ("requestId", Json::from(request_id)),
        ("timestamp", timestamp.into()),
        ("errors", errors.into()),
    ])
}

/// One of them; what it is about is left out where it is about no parameter.
pub(crate) fn commitment(code: &str, message: &str, parameter: &str) -> Json {
    let mut error = Object::new();
    error.insert("code", code);
    error.insert("message", message);
    if !parameter.is_empty() {
        error.insert("parameter", parameter);
    }
    error.into()
}

/// The settings' list (documented).
pub(crate) fn settings(code: &str, status: StatusCode, message: &str) -> Json {
    let members = [
        ("code", code),
        ("status", status.as_str()),
        ("title", message),
    ];
    Json::object([("errors", vec![Json::object(members)])])
}

/// One of the errors of a workflow, where they are described as more than texts (documented).
pub(crate) fn workflow(status: StatusCode, message: &str) -> Json {
    Json::object([
        ("code", Json::from("invalid")),
        ("status", status.as_u16().into()),
        ("title", message.into()),
    ])
}

/// Zuora Revenue (documented). The third member, `Result`, is left out: in the descriptions of failures it
/// is sometimes a text and sometimes an object.
pub(crate) fn revenue(status: StatusCode, message: &str) -> Json {
    Json::object([
        ("Status", Json::from(status.as_str())),
        ("Message", message.into()),
    ])
}

/// The rate limit's body (documented); the window is `minute`, `hour` or `day`.
pub(crate) fn rate_limit_of(window: &str, seconds: u64) -> Json {
    let message =
        format!("API Rate limit exceeded for the {window}, retry after {seconds} seconds");
    Json::object([("reasons", vec![reason(70, &message)])])
}

/// The rate limit's body for the minute.
pub(crate) fn rate_limit(seconds: u64) -> Json {
    rate_limit_of("minute", seconds)
}

/// Only a message (documented for CRUD and Actions).
pub(crate) fn message(message: &str) -> Json {
    Json::object([("message", message)])
}

/// Code and message (documented for data query and custom objects).
pub(crate) fn code_message(code: impl Into<Json>, message: &str) -> Json {
    Json::object([("code", code.into()), ("message", message.into())])
}

/// What `query` and `queryMore` answer (documented; the API reference's FaultResponse).
pub(crate) fn fault(code: impl Into<Json>, message: &str) -> Json {
    Json::object([("FaultCode", code.into()), ("FaultMessage", message.into())])
}

/// The meters' envelope (documented).
pub(crate) fn mediation(code: impl Into<Json>, message: &str) -> Json {
    Json::object([
        ("success", Json::from(false)),
        ("data", Json::Null),
        ("error", code_message(code, message)),
        ("previousPage", Json::Null),
        ("nextPage", Json::Null),
    ])
}

/// Quickstart's snake case (documented).
pub(crate) fn quickstart(kind: &str, code: impl Into<Json>, message: &str) -> Json {
    Json::object([
        ("type", Json::from(kind)),
        ("code", code.into()),
        ("message", message.into()),
        ("parameter", Json::Null),
    ])
}

/// The shape of the token endpoint's errors (observed; `timestamp` is left out, as some replies do).
pub(crate) fn spring(status: StatusCode, message: &str, path: &str) -> Json {
    Json::object([
        ("status", Json::from(status.as_u16())),
        ("error", status.canonical_reason().unwrap_or("Error").into()),
        ("message", message.into()),
        ("path", path.into()),
    ])
}

/// What a gateway in front of Zuora answers when nothing behind it does (observed).
pub(crate) fn gateway_page(status: StatusCode) -> String {
    let title = status.canonical_reason().unwrap_or("Error");
    let code = status.as_u16();
    format!(
        "<html>\r\n<head><title>{code} {title}</title></head>\r\n<body>\r\n\
         <center><h1>{code} {title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
}

pub(crate) fn reason(code: impl Into<Json>, message: &str) -> Json {
    Json::object([("code", code.into()), ("message", message.into())])
}
