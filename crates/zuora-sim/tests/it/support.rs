//! Small helpers: forms, requests through the seam, and HTTP over a bare socket.

use bytes::Bytes;
use http::{Request, Response};
use std::{
    io,
    time::{Duration, SystemTime},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use zuora_catalog::Direction;
use zuora_sim::{Simulator, SimulatorBuilder, VirtualClock};
use zuora_wire::{Json, Object, TransportError};

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const START: SystemTime = SystemTime::UNIX_EPOCH;

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A builder with a frozen clock and a seed.
pub(crate) fn frozen() -> SimulatorBuilder {
    Simulator::builder()
        .clock(VirtualClock::frozen_at(START))
        .seed(1)
}

pub(crate) fn form(id: &str, secret: &str) -> String {
    form_of(&[
        ("client_id", id),
        ("client_secret", secret),
        ("grant_type", "client_credentials"),
    ])
}

pub(crate) fn form_of(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

pub(crate) fn token_request(sim: &Simulator, form: String) -> Request<Bytes> {
    Request::post(format!("{}/oauth/token", sim.base_url()))
        .header("content-type", FORM)
        .body(form.into())
        .unwrap()
}

pub(crate) fn good_request(sim: &Simulator) -> Request<Bytes> {
    token_request(sim, form(sim.client_id(), sim.client_secret()))
}

pub(crate) fn account_request(sim: &Simulator, token: &str) -> Request<Bytes> {
    Request::get(format!("{}/v1/accounts/A00000001", sim.base_url()))
        .header("authorization", format!("Bearer {token}"))
        .body(Bytes::new())
        .unwrap()
}

pub(crate) fn with(mut request: Request<Bytes>, name: &'static str, value: &str) -> Request<Bytes> {
    request.headers_mut().append(name, value.parse().unwrap());
    request
}

pub(crate) async fn send(
    sim: &Simulator,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, TransportError> {
    sim.transport().send(request).await
}

pub(crate) fn json(response: &Response<Bytes>) -> Json {
    Json::parse(response.body()).unwrap()
}

/// The code of the first reason.
pub(crate) fn code(reply: &Response<Bytes>) -> Option<u64> {
    match json(reply).at(&["reasons", "0", "code"])? {
        Json::String(text) => text.parse().ok(),
        other => other.as_number()?.as_u64(),
    }
}

pub(crate) fn text<'a>(json: &'a Json, path: &[&str]) -> &'a str {
    json.at(path).and_then(Json::as_str).unwrap_or_default()
}

pub(crate) fn header<'a>(response: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// A token through the seam.
pub(crate) async fn token(sim: &Simulator) -> String {
    let reply = send(sim, good_request(sim)).await.unwrap();
    assert_eq!(reply.status(), 200, "{reply:?}");
    text(&json(&reply), &["access_token"]).to_owned()
}

/// Status of `getAccount` with this token.
pub(crate) async fn account_status(sim: &Simulator, token: &str) -> u16 {
    let reply = send(sim, account_request(sim, token)).await.unwrap();
    reply.status().as_u16()
}

/// `host:port` of a started simulator.
pub(crate) fn authority(sim: &Simulator) -> &str {
    sim.base_url().split_once("://").unwrap().1
}

/// Sends bytes over a bare socket and reads until the end; what arrived, and how it ended.
pub(crate) async fn exchange(sim: &Simulator, request: &[u8]) -> (Vec<u8>, io::Result<()>) {
    let mut stream = TcpStream::connect(authority(sim)).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut reply = Vec::new();
    let ended = stream.read_to_end(&mut reply).await.map(drop);
    (reply, ended)
}

/// One HTTP/1.1 request on a connection of its own: status and the text of the whole reply.
pub(crate) async fn http(
    sim: &Simulator,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, String) {
    let mut request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "host") {
        request += &format!("host: {}\r\n", authority(sim));
    }
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n{body}", body.len());
    let (reply, ended) = exchange(sim, request.as_bytes()).await;
    ended.unwrap();
    let reply = String::from_utf8(reply).unwrap();
    let status = reply.split(' ').nth(1).unwrap().parse().unwrap();
    (status, reply)
}

pub(crate) fn body_of(reply: &str) -> &str {
    reply.split_once("\r\n\r\n").unwrap().1
}

/// A whole tenant with a frozen clock, a seed, and errors with statuses of their own.
pub(crate) fn tenant() -> Simulator {
    let clock = VirtualClock::frozen_at(START + seconds(1_767_225_600));
    let builder = Simulator::tenant().clock(clock).seed(1);
    builder.tenant_version("2025-08-12").build().unwrap()
}

/// So many accounts, `Account 1` the first, and as many orders, payments and invoices of that one: a document
/// to begin from.
pub(crate) fn many(count: u64) -> String {
    let kinds = [
        ("Account", "name", "Account ", ""),
        ("Order", "orderNumber", "O-", "a1"),
        ("Payment", "paymentNumber", "P-", "a1"),
        ("Invoice", "invoiceNumber", "INV", "a1"),
    ];
    let records = kinds.map(|(kind, member, begin, owner)| {
        let row = |place| {
            let id = format!("{}{place}", kind.to_lowercase().get(..1).unwrap());
            let mut row = Object::new();
            row.insert("id", id);
            row.insert(member, format!("{begin}{place}"));
            if !owner.is_empty() {
                row.insert("accountId", owner);
            }
            Json::from(row)
        };
        (kind, (1..=count).map(row).collect::<Vec<Json>>())
    });
    Json::object([("records", Json::object(records))]).to_string()
}

/// Calls of the API with one live token.
pub(crate) struct Api<'a> {
    sim: &'a Simulator,
    authorization: String,
}

impl<'a> Api<'a> {
    pub(crate) async fn new(sim: &'a Simulator) -> Self {
        Self {
            sim,
            authorization: format!("Bearer {}", token(sim).await),
        }
    }

    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &str,
    ) -> Request<Bytes> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.sim.base_url()))
            .header("authorization", &self.authorization);
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        request.body(body.to_owned().into()).unwrap()
    }

    pub(crate) async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, TransportError> {
        send(self.sim, request).await
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: &str) -> Response<Bytes> {
        self.send(self.request(method, path, None, body))
            .await
            .unwrap()
    }

    /// The JSON of a call that must go well, as the reference describes it.
    pub(crate) async fn good(&self, method: &str, path: &str, body: &str) -> Json {
        let reply = self.call(method, path, body).await;
        let json = json(&reply);
        assert!(reply.status().is_success(), "{method} {path}: {json}");
        assert_ne!(json.get("success"), Some(&Json::from(false)), "{json}");
        assert_eq!(header(&reply, "zuora-sim-basis"), Some("state"), "{path}");
        // Some paths are known from replies only.
        let operation = zuora_catalog::find(method, path).map(|route| route.operation());
        let reply = operation.and_then(|operation| operation.reply(200));
        if let Some(ty) = reply.and_then(|reply| reply.ty) {
            let report = ty.check(&json, Direction::Reply);
            assert!(report.is_valid(), "{method} {path}: {report}: {json}");
        }
        json
    }

    /// A call below `/_sim/` that must go well.
    pub(crate) async fn good_admin(&self, method: &str, path: &str, body: &str) {
        let reply = self.call(method, path, body).await;
        assert!(reply.status().is_success(), "{method} {path}: {reply:?}");
    }

    pub(crate) async fn keyed(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: &str,
    ) -> Response<Bytes> {
        self.send(self.request(method, path, Some(key), body))
            .await
            .unwrap()
    }
}

/// A value as JSON writes it; empty where there is none.
pub(crate) fn number(json: &Json, path: &[&str]) -> String {
    json.at(path).map_or_else(String::new, Json::to_string)
}

/// How many items a list has.
pub(crate) fn length(json: &Json, path: &[&str]) -> usize {
    let list = json.at(path).and_then(Json::as_array);
    list.map_or(0, <[Json]>::len)
}

/// How many records of a kind there are.
pub(crate) fn count_of(sim: &Simulator, kind: &str) -> usize {
    let snapshot = Json::parse(sim.snapshot().as_bytes()).unwrap();
    length(&snapshot, &["records", kind])
}

/// A call that must be refused with this status and a reason that names this.
pub(crate) async fn refused(
    api: &Api<'_>,
    method: &str,
    path: &str,
    body: &str,
    status: u16,
    rule: &str,
) {
    let reply = api.call(method, path, body).await;
    assert_eq!(reply.status(), status, "{method} {path}: {reply:?}");
    let json = json(&reply);
    let told = text(&json, &["reasons", "0", "message"]);
    assert!(told.contains(rule), "{told}");
}
