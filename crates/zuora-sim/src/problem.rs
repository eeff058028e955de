//! Refusals in the shape of the operation that refuses.

use crate::{dispatch::Call, errors, message::Reply, version};
use http::StatusCode;
use zuora_wire::Json;

/// Which family of error bodies an operation uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// `/v1` REST.
    Rest,
    /// `/v1/object`.
    Crud,
    /// `/v1/action`.
    Action,
    /// Object query and notifications.
    Reasons,
    /// AQuA: code and message.
    CodeMessage,
    /// `/workflows`.
    Workflow,
    /// `/meters`.
    Mediation,
    /// `/v2`.
    Quickstart,
}

/// What is wrong with a call.
pub(crate) struct Problem {
    /// The eight-digit code.
    code: u32,
    /// The word that CRUD and Actions use.
    word: &'static str,
    /// A status that no version changes.
    status: Option<StatusCode>,
    message: String,
}

impl Problem {
    pub(crate) fn new(code: u32, word: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            word,
            status: None,
            message: message.into(),
        }
    }

    /// Answers with this status in every version.
    pub(crate) fn always(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) fn not_found(key: &str) -> Self {
        let message = format!("Cannot find entity by key: '{key}'.");
        Self::new(50_000_040, "INVALID_ID", message)
    }

    pub(crate) fn bad_value(message: impl Into<String>) -> Self {
        Self::new(50_000_020, "INVALID_VALUE", message)
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(50_000_090, "INVALID_VALUE", message)
    }

    /// The reply in this family's shape.
    pub(crate) fn reply(self, call: &Call<'_>, family: Family) -> Reply {
        let Self { code, message, .. } = &self;
        let real = self.status.unwrap_or_else(|| version::status_of(*code));
        match family {
            Family::Rest => {
                let body = errors::rest_reasons(call.request_id, call.process_id, *code, message);
                let has_own = self.status.is_some()
                    || matches!(real.as_u16(), 401 | 429)
                    || version::is_from(call, version::REAL_STATUS_SINCE);
                let status = if has_own { real } else { StatusCode::OK };
                Reply::json(status, &body)
            }
            Family::Crud => {
                let in_200 = call.shared.state().settings.crud_errors_in_200;
                let status = match self.status {
                    Some(status) => status,
                    None if in_200 => StatusCode::OK,
                    None => StatusCode::BAD_REQUEST,
                };
                Reply::json(status, &errors::crud_errors(self.word, message))
            }
            Family::Action => {
                let status = self.status.unwrap_or(StatusCode::BAD_REQUEST);
                Reply::json(status, &errors::fault(self.word, message))
            }
            Family::Reasons => Reply::json(real, &errors::reasons(call.request_id, *code, message)),
            Family::CodeMessage => Reply::json(real, &errors::code_message(*code, message)),
            Family::Workflow => {
                let errors = vec![Json::from(message.as_str())];
                Reply::json(real, &Json::object([("errors", errors)]))
            }
            Family::Mediation => Reply::json(real, &errors::mediation(code.to_string(), message)),
            Family::Quickstart => {
                let kind = real.canonical_reason().unwrap_or("request failed");
                let kind = kind.to_lowercase().replace(' ', "_");
                Reply::json(real, &errors::quickstart(&kind, self.word, message))
            }
        }
    }
}

/// The refusal of a call without a live token, in each family's shape.
pub(crate) fn unauthorized(call: &Call<'_>, family: Family, code: u32, message: &str) -> Reply {
    let status = StatusCode::UNAUTHORIZED;
    match family {
        Family::Rest => {
            let body = errors::rest_reasons(call.request_id, call.process_id, code, message);
            Reply::json(status, &body)
        }
        // Documented, with the header.
        Family::Crud | Family::Action => Reply::json(status, &errors::message(message)).with(
            "www-authenticate",
            "Basic realm=Zuora API, ZSession realm=Zuora API, Bearer realm=Zuora API",
        ),
        Family::Reasons => Reply::json(status, &errors::reasons(call.request_id, code, message)),
        Family::CodeMessage | Family::Workflow => Reply::json(status, &errors::message(message)),
        Family::Mediation => Reply::json(status, &errors::mediation("70002006", message)),
        Family::Quickstart => {
            let body = errors::quickstart("unauthorized", "unauthorized", message);
            Reply::json(status, &body)
        }
    }
}
