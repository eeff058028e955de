//! `zuora api`: any request with the token, and the reply's body as it came.

use crate::{
    args::Api,
    connect::Session,
    output,
    report::{Code, Failure},
    secret, text,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use std::{
    fmt::Write,
    fs,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};
use zuora_core::{Error, ErrorKind, FilePart, Json, Multipart, Response};

/// A request that was read from the command line and found to be right.
pub(crate) struct Call {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Body>,
    output: Option<PathBuf>,
    include: bool,
}

/// What is sent; bytes and a file with their content type.
enum Body {
    Bytes(Bytes, String),
    File(PathBuf, String),
    Form(Multipart),
}

impl Call {
    /// Reads what is given, before anybody is asked for a secret and before anything is sent.
    pub(crate) fn read(args: Api, secret_file: Option<&Path>) -> Result<Self, Failure> {
        let query = args.query.iter().map(|text| query(text));
        let query = query.collect::<Result<_, _>>()?;
        let mut headers: Vec<(String, String)> = Vec::new();
        for text in &args.header {
            let (name, value) = header_of(text)?;
            if headers
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(&name))
            {
                return Err(Failure::usage(format!("--header: {name} is given twice"))
                    .hint("join the values with commas, where the header may hold several"));
            }
            headers.push((name, value));
        }
        let at = headers
            .iter()
            .position(|(name, _)| name.eq_ignore_ascii_case(header::CONTENT_TYPE.as_str()));
        let body = match (args.body, args.body_file, &args.form[..]) {
            (None, None, []) => None,
            (None, None, fields) => {
                if at.is_some() {
                    return Err(
                        Failure::usage("--form: it brings a Content-Type of its own")
                            .hint("leave the header out"),
                    );
                }
                Some(Body::Form(form(fields)?))
            }
            (None, Some(path), _) => {
                let content_type = at.map(|at| headers.remove(at).1);
                let content_type =
                    content_type.unwrap_or_else(|| "application/octet-stream".to_owned());
                Some(Body::File(path, content_type))
            }
            (Some(given), _, _) => {
                let content_type = at.map(|at| headers.remove(at).1);
                let content_type = content_type.unwrap_or_else(|| "application/json".to_owned());
                let body = body(&given, secret_file)?;
                if is_json(&content_type) {
                    Json::parse(&body).map_err(|error| {
                        Failure::usage("--body is not JSON").caused_by(&error).hint(
                            "name its type with --header 'Content-Type: ...', or a file with @",
                        )
                    })?;
                }
                Some(Body::Bytes(body, content_type))
            }
        };
        Ok(Self {
            method: args.method,
            path: args.path,
            query,
            headers,
            body,
            output: args.output,
            include: args.include,
        })
    }

    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let name = self.name();
        let mut request = session.client.request(self.method, self.path);
        for (name, value) in self.query {
            request = request.query(name, value);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(timeout) = session.timeout {
            request = request.timeout(timeout);
        }
        request = match self.body {
            None => request,
            Some(Body::Bytes(body, content_type)) => request.body(body, &content_type),
            Some(Body::File(path, content_type)) => request.body_file(path, &content_type),
            Some(Body::Form(form)) => request.multipart(form),
        };
        if let Some(path) = self.output {
            let reply = request.download().to_file(path).await.map_err(failure)?;
            return match self.include {
                true => {
                    output::data(head(reply.version(), reply.status(), reply.headers()).as_bytes())
                }
                false => Ok(()),
            };
        }
        let reply = request.send().await.map_err(failure)?;
        check(session, &reply, &name)?;
        print(&reply, self.include)
    }

    /// As the client's errors name it.
    fn name(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        format!("{} {path}", self.method)
    }
}

/// The client's hint for its own refusals names what to call in a program.
fn failure(error: Error) -> Failure {
    let is_token_path = error.kind() == ErrorKind::Refused && error.hint().is_some();
    let is_too_large = error.kind() == ErrorKind::ReplyTooLarge;
    let failure = Failure::from(error);
    if is_too_large {
        return failure.hint("the server has acted; --output FILE takes replies of any size");
    }
    match is_token_path {
        true => failure
            .hint("`zuora token` prints the token, `zuora token --no-cache` asks for a new one"),
        false => failure,
    }
}

fn query(text: &str) -> Result<(String, String), Failure> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(
            Failure::usage(format!("--query {text:?} is not understood"))
                .hint("expected NAME=VALUE, such as --query pageSize=5"),
        ),
    }
}

/// Name and value. The text is not shown when it is wrong: it may be a key.
fn header_of(text: &str) -> Result<(String, String), Failure> {
    let wrong = |rule: &str| {
        Failure::usage(format!("--header: {rule}"))
            .hint("expected NAME: VALUE, such as --header 'Zuora-Version: 2025-08-12'")
    };
    let (name, value) = text
        .split_once(':')
        .ok_or_else(|| wrong("it has no colon"))?;
    let (name, value) = (name.trim(), value.trim());
    if HeaderName::try_from(name).is_err() {
        return Err(wrong("the name may hold letters, digits and hyphens only"));
    }
    if HeaderValue::try_from(value).is_err() {
        return Err(wrong(
            "the value holds a line break or another character that no header may hold",
        ));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// Fields as curl takes them: a text, or a file behind an `@`.
fn form(fields: &[String]) -> Result<Multipart, Failure> {
    let mut form = Multipart::new();
    for field in fields {
        form = match field.split_once('=') {
            Some((name, value)) if !name.is_empty() => match value.strip_prefix('@') {
                Some(path) => form.file(name, FilePart::path(path)),
                None => form.text(name, value),
            },
            _ => {
                return Err(
                    Failure::usage(format!("--form {field:?} is not understood"))
                        .hint("expected NAME=TEXT or NAME=@FILE, such as --form file=@usage.csv"),
                );
            }
        };
    }
    Ok(form)
}

fn body(given: &str, secret_file: Option<&Path>) -> Result<Bytes, Failure> {
    if given == "-" {
        if secret_file.is_some_and(secret::is_stdin) {
            return Err(Failure::usage(
                "--body and --secret-file cannot both be read from stdin",
            ));
        }
        let mut body = Vec::new();
        return match io::stdin().lock().read_to_end(&mut body) {
            Ok(_) => Ok(body.into()),
            Err(error) => Err(Failure::usage("--body: stdin cannot be read").caused_by(&error)),
        };
    }
    match given.strip_prefix('@') {
        Some(path) => match fs::read(path) {
            Ok(body) => Ok(body.into()),
            Err(error) => Err(
                Failure::usage(format!("--body: the file {path} cannot be read")).caused_by(&error),
            ),
        },
        None => Ok(given.to_owned().into()),
    }
}

/// A reply that calls itself JSON and is not has come from something that is not Zuora, or was
/// spoilt on the way: a script must not take it for an answer.
fn check(session: &Session, reply: &Response<Bytes>, name: &str) -> Result<(), Failure> {
    let body = reply.body();
    if !is_json(content_type(reply.headers())) || body.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let Err(error) = Json::parse(body) else {
        return Ok(());
    };
    let id = reply.request_id().map(|id| format!(" (request id {id})"));
    Err(Failure::new(
        Code::Server,
        format!(
            "{name}: {}, but the body is not JSON{}",
            reply.status(),
            id.unwrap_or_default()
        ),
    )
    .caused_by(&error)
    .hint("the server has acted; look at the reply with --verbose before sending the call again")
    .body(masked(session, body)))
}

/// The beginning of a body that may repeat the token: it is masked before it is cut.
fn masked(session: &Session, body: &Bytes) -> Bytes {
    let header = session.client.fresh_authorization();
    let token = header
        .as_ref()
        .and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
    let body = match token {
        Some(token) => String::from_utf8_lossy(body).replace(token, "***").into(),
        None => body.clone(),
    };
    body.slice(..body.len().min(Error::MAX_BODY))
}

fn print(reply: &Response<Bytes>, include: bool) -> Result<(), Failure> {
    let mut out = Vec::new();
    if include {
        out.extend_from_slice(head(reply.version(), reply.status(), reply.headers()).as_bytes());
    }
    let body = reply.body();
    let is_text = is_text(content_type(reply.headers()));
    if io::stdout().is_terminal() {
        // Nobody's reply may move the cursor, clear the screen or type commands.
        match std::str::from_utf8(body) {
            Ok(body) => out.extend_from_slice(text::lines(body).as_bytes()),
            Err(_) => tracing::warn!(
                "{} bytes that are no text are not shown; send stdout to a file",
                body.len()
            ),
        }
    } else {
        out.extend_from_slice(body);
    }
    if is_text && !body.is_empty() && !body.ends_with(b"\n") {
        out.push(b'\n');
    }
    output::data(&out)
}

/// Status line, headers and an empty line. Cookies and the like open doors.
fn head(version: Version, status: StatusCode, headers: &HeaderMap) -> String {
    const HIDDEN: [&str; 4] = ["cookie", "authorization", "secret", "token"];
    let mut head = format!("{version:?} {status}\n");
    for (name, value) in headers {
        let hidden = HIDDEN.iter().any(|word| name.as_str().contains(word));
        let value = match hidden {
            true => "[hidden]".to_owned(),
            false => text::one_line(&String::from_utf8_lossy(value.as_bytes())),
        };
        let _ = writeln!(head, "{name}: {value}");
    }
    head.push('\n');
    head
}

fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The media type, without its parameters.
fn media_type(content_type: &str) -> String {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().to_ascii_lowercase()
}

fn is_json(content_type: &str) -> bool {
    let media_type = media_type(content_type);
    media_type == "application/json" || media_type.ends_with("+json")
}

fn is_text(content_type: &str) -> bool {
    let media_type = media_type(content_type);
    is_json(&media_type)
        || media_type.starts_with("text/")
        || media_type == "application/xml"
        || media_type.ends_with("+xml")
}
