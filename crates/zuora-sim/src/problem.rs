//! Refusals in the shape of the operation that refuses.

use crate::{dispatch::Call, errors, message::Reply, version};
use http::StatusCode;
use jiff::Timestamp;
use zuora_catalog::{Kind, Shape, Type};
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
    /// `/commitments`.
    Commitments,
    /// `/settings`.
    Settings,
    /// `/system-health`.
    Health,
    /// `/integration`: Zuora Revenue.
    Revenue,
    /// `/commerce`.
    Commerce,
}

/// One thing that is wrong with a request.
pub(crate) struct Wrong {
    /// The eight-digit code.
    pub(crate) code: u32,
    pub(crate) message: String,
    /// The parameter or the member of the body that it is about; empty where it is about none.
    pub(crate) parameter: String,
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
    /// What it is about, where that is known.
    parameter: String,
    /// What else is wrong.
    also: Vec<Wrong>,
    /// What is wrong with each record, as custom objects tell it.
    details: Vec<Json>,
}

impl Problem {
    pub(crate) fn new(code: u32, word: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            word,
            status: None,
            message: message.into(),
            parameter: String::new(),
            also: Vec::new(),
            details: Vec::new(),
        }
    }

    /// Everything that is wrong, each with its code; the first one decides the status.
    pub(crate) fn all(wrong: Vec<Wrong>) -> Option<Self> {
        let mut wrong = wrong.into_iter();
        let first = wrong.next()?;
        let mut problem = Self::new(first.code, word(first.code), first.message);
        problem.parameter = first.parameter;
        problem.also = wrong.collect();
        Some(problem)
    }

    /// Answers with this status in every version.
    pub(crate) fn always(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) fn with_details(mut self, details: Vec<Json>) -> Self {
        self.details = details;
        self
    }

    /// Code and message, and what is wrong with each record.
    pub(crate) fn code_message(&self) -> Json {
        let mut body = errors::code_message(self.code, &self.text());
        if let Json::Object(object) = &mut body
            && !self.details.is_empty()
        {
            object.insert("details", self.details.clone());
        }
        body
    }

    pub(crate) fn not_found(key: &str) -> Self {
        let message = format!("Cannot find entity by key: '{key}'.");
        Self::new(50_000_040, "INVALID_ID", message)
    }

    pub(crate) fn bad_value(message: impl Into<String>) -> Self {
        Self::new(50_000_020, "INVALID_VALUE", message)
    }

    /// A business rule.
    pub(crate) fn rule(message: impl Into<String>) -> Self {
        Self::new(50_000_030, "INVALID_VALUE", message)
    }

    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(50_000_022, "MISSING_REQUIRED_VALUE", message)
    }

    /// A query parameter of object query (the code is documented).
    pub(crate) fn bad_query(name: impl std::fmt::Display) -> Self {
        Self::new(
            50_000_027,
            "INVALID_VALUE",
            format!("Invalid query parameter: {name}"),
        )
    }

    /// What stands in one of the parameters of object query (that of `filter[]` is observed).
    pub(crate) fn bad_part(parameter: &str, what: impl std::fmt::Display) -> Self {
        Self::new(
            50_000_027,
            "INVALID_VALUE",
            format!("Invalid {parameter} parameter: {what}"),
        )
    }

    /// With the word that Actions use.
    pub(crate) fn worded(word: &'static str, message: impl Into<String>) -> Self {
        Self::new(50_000_020, word, message)
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.code % 100 == 40
    }

    /// As one of the outcomes of an Action.
    pub(crate) fn into_crud(self) -> Json {
        errors::crud_errors(self.word, &self.message)
    }

    /// As the reasons of one of several outcomes, whose codes are text.
    pub(crate) fn into_reasons(self) -> Json {
        let reason = |code: u32, message: &str| errors::reason(code.to_string(), message);
        let also = self.also.iter();
        let also = also.map(|wrong| reason(wrong.code, &wrong.message));
        let first = reason(self.code, &self.message);
        Json::Array(std::iter::once(first).chain(also).collect())
    }

    /// A missing or wrong content type. The category of the code is documented, the rest a guess.
    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        let problem = Self::new(50_000_045, "INVALID_VALUE", message);
        problem.always(StatusCode::UNSUPPORTED_MEDIA_TYPE)
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(50_000_090, "INVALID_VALUE", message)
    }

    /// All that is wrong, in one text.
    pub(crate) fn text(&self) -> String {
        let mut text = self.message.clone();
        for wrong in &self.also {
            text.push_str("; ");
            text.push_str(&wrong.message);
        }
        text
    }

    /// The body with everything that is wrong in its list.
    fn with_all(&self, mut body: Json, list: &str, entry: impl Fn(u32, &str) -> Json) -> Json {
        if let Json::Object(object) = &mut body
            && let Some(Json::Array(entries)) = object.get_mut(list)
        {
            let also = self.also.iter();
            entries.extend(also.map(|wrong| entry(wrong.code, &wrong.message)));
        }
        body
    }

    /// The list of the commitments. The word for a value that is wrong is documented; that the others are
    /// those of CRUD in small letters is a guess.
    fn of_commitments(&self, call: &Call<'_>) -> Json {
        let error = |code: u32, word: &str, message: &str, parameter: &str| {
            let word = match code % 100 {
                20..=27 => "invalid_format_or_value".to_owned(),
                _ => word.to_lowercase(),
            };
            errors::commitment(&word, message, parameter)
        };
        let mut all = vec![error(self.code, self.word, &self.message, &self.parameter)];
        all.extend(self.also.iter().map(|wrong| {
            let Wrong {
                code,
                message,
                parameter,
            } = wrong;
            error(*code, word(*code), message, parameter)
        }));
        let now = Timestamp::try_from(call.shared.clock.wall()).unwrap_or_default();
        errors::commitments(call.request_id, &now.to_string(), all)
    }

    /// The reply in this family's shape.
    pub(crate) fn reply(self, call: &Call<'_>, family: Family) -> Reply {
        let Self { code, message, .. } = &self;
        let whole = self.text();
        let real = self.status.unwrap_or_else(|| version::status_of(*code));
        match family {
            Family::Rest => {
                let has_own = self.status.is_some()
                    || matches!(real.as_u16(), 401 | 429)
                    || version::is_from(call, version::REAL_STATUS_SINCE);
                let status = if has_own { real } else { StatusCode::OK };
                let body = errors::rest_reasons(
                    call.request_id,
                    call.process_id,
                    coded(call, status, *code),
                    message,
                );
                let reason =
                    |code, message: &str| errors::reason(coded(call, status, code), message);
                let body = self.with_all(body, "reasons", reason);
                Reply::json(status, &body)
            }
            Family::Crud => {
                let in_200 = call.shared.state().settings.crud_errors_in_200;
                let status = match self.status {
                    Some(status) => status,
                    None if in_200 => StatusCode::OK,
                    None => StatusCode::BAD_REQUEST,
                };
                let body = errors::crud_errors(self.word, message);
                let all = |code, message: &str| errors::crud_error(word(code), message);
                Reply::json(status, &self.with_all(body, "Errors", all))
            }
            Family::Action => {
                let status = self.status.unwrap_or(StatusCode::BAD_REQUEST);
                Reply::json(status, &errors::fault(self.word, &whole))
            }
            Family::Reasons if is_of_old_query(call, *code) => {
                let (request, process) = (call.request_id, call.process_id);
                let code = match code % 100 {
                    // There was no category of its own for these.
                    27 => code - 7,
                    _ => *code,
                };
                Reply::ok(&errors::rest_reasons(request, process, code, &whole))
            }
            Family::Reasons => {
                let body = errors::reasons(call.request_id, *code, message);
                Reply::json(real, &self.with_all(body, "reasons", errors::reason))
            }
            Family::CodeMessage => Reply::json(real, &self.code_message()),
            Family::Workflow => {
                let schema = described(call, real).and_then(Type::schema);
                let errors = schema.and_then(|schema| member(schema, "errors"));
                let error = match errors.map(Type::kind) {
                    Some(Kind::Array(item)) if item.schema().is_some() => {
                        errors::workflow(real, &whole)
                    }
                    _ => Json::from(whole.as_str()),
                };
                Reply::json(real, &Json::object([("errors", vec![error])]))
            }
            Family::Mediation => Reply::json(real, &errors::mediation(code.to_string(), &whole)),
            Family::Quickstart => {
                let kind = real.canonical_reason().unwrap_or("request failed");
                let kind = kind.to_lowercase().replace(' ', "_");
                Reply::json(real, &errors::quickstart(&kind, self.word, &whole))
            }
            Family::Commitments => {
                let body = self.of_commitments(call);
                // Some of its operations answer a list of these.
                match described(call, real).map(Type::kind) {
                    Some(Kind::Array(_)) => Reply::json(real, &vec![body].into()),
                    _ => Reply::json(real, &body),
                }
            }
            Family::Settings => Reply::json(real, &errors::settings(self.word, real, &whole)),
            Family::Health => {
                let path = call.request.uri.path();
                Reply::json(real, &errors::spring(real, &whole, path))
            }
            Family::Revenue => Reply::json(real, &errors::revenue(real, &whole)),
            Family::Commerce => {
                let error = errors::code_message(*code, &whole);
                Reply::json(real, &Json::object([("error", error)]))
            }
        }
    }
}

/// Whether this is a wrong parameter of object query before the version that answers 400, or anything else that is
/// refused before the version of real statuses (documented). That it was 200 is observed, the shape a guess.
fn is_of_old_query(call: &Call<'_>, code: u32) -> bool {
    let since = match code % 100 {
        20 | 27 => version::OBJECT_QUERY_STATUS_SINCE,
        11 | 70 => return false,
        _ => version::REAL_STATUS_SINCE,
    };
    call.request.uri.path().starts_with("/object-query/") && !version::is_from(call, since)
}

/// The code as a number or as text: it is documented as both. Where the reference describes the operation's
/// failures, it is what stands there.
fn coded(call: &Call<'_>, status: StatusCode, code: u32) -> Json {
    let schema = described(call, status).and_then(Type::schema);
    let reasons = schema.and_then(|schema| member(schema, "reasons")?.schema());
    match reasons.and_then(|schema| member(schema, "code")) {
        Some(ty) if ty.kind() == Kind::String => code.to_string().into(),
        _ => code.into(),
    }
}

/// What the reference says of the operation's answers with this status, or else of its refusals.
fn described(call: &Call<'_>, status: StatusCode) -> Option<Type> {
    let operation = call.described?;
    let reply = operation.reply(status.as_u16());
    reply.or(operation.reply(400))?.ty
}

fn member(schema: zuora_catalog::Schema, name: &str) -> Option<Type> {
    match schema.shape() {
        Shape::Object(fields) => Some(fields.get(name)?.ty()),
        _ => None,
    }
}

/// The word for a code's category, as CRUD and Actions use it.
fn word(code: u32) -> &'static str {
    match code % 100 {
        21 => "INVALID_FIELD",
        22 | 23 => "MISSING_REQUIRED_VALUE",
        _ => "INVALID_VALUE",
    }
}

/// The refusal of a call without a live token, in each family's shape.
pub(crate) fn unauthorized(call: &Call<'_>, family: Family, code: u32, message: &str) -> Reply {
    let status = StatusCode::UNAUTHORIZED;
    match family {
        Family::Rest => {
            let code = coded(call, status, code);
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
        Family::Revenue => Reply::json(status, &errors::revenue(status, message)),
        Family::Health => {
            let path = call.request.uri.path();
            Reply::json(status, &errors::spring(status, message, path))
        }
        // Guesses.
        Family::Commitments | Family::Settings | Family::Commerce => {
            Reply::json(status, &errors::message(message))
        }
        Family::Mediation => Reply::json(status, &errors::mediation("70002006", message)),
        Family::Quickstart => {
            let body = errors::quickstart("unauthorized", "unauthorized", message);
            Reply::json(status, &body)
        }
    }
}
