//! The bodies that a fault can answer with, and the ones that are usual for a status.

use crate::{
    ErrorShape, concurrency,
    error_shape::Filling,
    errors,
    message::{JSON_TYPE, Reply},
    oauth,
};
use bytes::Bytes;
use http::StatusCode;
use zuora_wire::Json;

const HTML_TYPE: &str = "text/html";
const TEXT_TYPE: &str = "text/plain;charset=UTF-8";

/// The body of a fault's reply. Codes are any JSON: Zuora sends numbers in some places and strings in
/// others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultBody {
    /// `{success:false, processId, reasons:[{code, message}], requestId}`: `/v1` REST.
    RestReasons {
        /// The eight-digit code.
        code: Json,
        /// The message.
        message: String,
    },
    /// `{Success:false, Errors:[{Code, Message}]}`: CRUD.
    CrudErrors {
        /// The code, such as `INVALID_VALUE`.
        code: Json,
        /// The message.
        message: String,
    },
    /// `{message}`: CRUD and Actions.
    Message(String),
    /// `{reasons:[{code, message}], requestId}`: object query and others.
    Reasons {
        /// The eight-digit code.
        code: Json,
        /// The message.
        message: String,
    },
    /// The body of the rate limit, which names the seconds to wait.
    RateLimit {
        /// Seconds until the window ends.
        seconds: u64,
    },
    /// `{code, message}`: data query and custom objects.
    CodeMessage {
        /// The code.
        code: Json,
        /// The message.
        message: String,
    },
    /// `{status, error, message, path}`: the token endpoint.
    Spring {
        /// The message.
        message: String,
    },
    /// The page of a gateway in front of Zuora, for the reply's status.
    Html,
    /// Plain text.
    Text(String),
    /// Any of the shapes in which errors come, filled with a code and a message.
    Shaped {
        /// The shape.
        shape: ErrorShape,
        /// The code.
        code: Json,
        /// The message.
        message: String,
    },
    /// The body of a rate limit's window, `minute`, `hour` or `day`.
    RateLimitWindow {
        /// The window.
        window: String,
        /// Seconds until it ends.
        seconds: u64,
    },
    /// The body of the concurrency limit, code 50000070.
    Concurrency,
    /// Nothing.
    Empty,
    /// Any bytes.
    Raw {
        /// The bytes.
        bytes: Bytes,
        /// The content type.
        content_type: String,
    },
}

impl FaultBody {
    /// [`FaultBody::RestReasons`].
    pub fn rest_reasons(code: impl Into<Json>, message: impl Into<String>) -> Self {
        Self::RestReasons {
            code: code.into(),
            message: message.into(),
        }
    }

    /// [`FaultBody::Shaped`].
    pub fn shaped(shape: ErrorShape, code: impl Into<Json>, message: impl Into<String>) -> Self {
        Self::Shaped {
            shape,
            code: code.into(),
            message: message.into(),
        }
    }

    /// [`FaultBody::Raw`].
    pub fn raw(bytes: impl Into<Bytes>, content_type: impl Into<String>) -> Self {
        Self::Raw {
            bytes: bytes.into(),
            content_type: content_type.into(),
        }
    }

    /// The body that is usual for a status on a path: the token endpoint's own shape there, elsewhere
    /// that of `/v1` REST, a gateway's page for what gateways answer. Which is usual is in part a guess.
    pub(crate) fn usual(status: StatusCode, path: &str) -> Self {
        let title = status.canonical_reason().unwrap_or("Simulated fault");
        match status.as_u16() {
            200..=399 => Self::Empty,
            502..=504 => Self::Html,
            429 => Self::RateLimit { seconds: 60 },
            _ if path == oauth::PATH => Self::Spring {
                message: title.to_owned(),
            },
            other => {
                let (code, message) = match other {
                    401 => (90000011, "Authentication error"),
                    403 => (50000010, "You do not have permission to do this"),
                    404 => (50000040, "Cannot find entity by key"),
                    409 => (50000050, "The object is locked by another request"),
                    500.. => (50000060, "An internal error has occurred"),
                    _ => (50000030, title),
                };
                Self::rest_reasons(code, message)
            }
        }
    }

    pub(crate) fn reply(
        &self,
        status: StatusCode,
        path: &str,
        request_id: &str,
        process_id: &str,
    ) -> Reply {
        let json = match self {
            Self::RestReasons { code, message } => {
                errors::rest_reasons(request_id, process_id, code.clone(), message)
            }
            Self::CrudErrors { code, message } => errors::crud_errors(code.clone(), message),
            Self::Message(message) => errors::message(message),
            Self::Reasons { code, message } => errors::reasons(request_id, code.clone(), message),
            Self::RateLimit { seconds } => errors::rate_limit(*seconds),
            Self::CodeMessage { code, message } => errors::code_message(code.clone(), message),
            Self::Spring { message } => errors::spring(status, message, path),
            Self::Shaped {
                shape,
                code,
                message,
            } => {
                return shape.reply(&Filling {
                    status,
                    path,
                    request_id,
                    process_id,
                    code,
                    message,
                });
            }
            Self::RateLimitWindow { window, seconds } => errors::rate_limit_of(window, *seconds),
            Self::Concurrency => errors::rest_reasons(
                request_id,
                process_id,
                concurrency::CODE,
                concurrency::MESSAGE,
            ),
            Self::Html => return Reply::new(status, HTML_TYPE, errors::gateway_page(status)),
            Self::Text(text) => return Reply::new(status, TEXT_TYPE, text.clone()),
            Self::Empty => return Reply::empty(status),
            Self::Raw {
                bytes,
                content_type,
            } => return Reply::new(status, content_type, bytes.clone()),
        };
        Reply::new(status, JSON_TYPE, json.to_string())
    }
}
