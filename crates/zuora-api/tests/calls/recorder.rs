//! A transport that keeps what it is given to send, and answers what it was told to.

use bytes::Bytes;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};
use zuora_catalog::{Auth, Operation};
use zuora_core::{Client, ClientBuilder, Credentials};
use zuora_sim::VirtualClock;
use zuora_wire::{BoxFuture, Transport, TransportError};

#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    state: Arc<Mutex<State>>,
    clock: VirtualClock,
}

#[derive(Debug, Default)]
struct State {
    sent: Vec<http::Request<Bytes>>,
    /// The last one is given for ever.
    replies: VecDeque<http::Response<Bytes>>,
}

impl Default for Recorder {
    fn default() -> Self {
        let start = UNIX_EPOCH + Duration::from_secs(1_795_392_000);
        Self {
            state: Arc::default(),
            clock: VirtualClock::frozen_at(start),
        }
    }
}

impl Recorder {
    /// What the next calls are answered.
    pub(crate) fn answer(&self, status: u16, content_type: &str, body: impl Into<Bytes>) {
        self.state.lock().unwrap().replies.clear();
        self.then_answer(status, content_type, body);
    }

    /// What the calls after those are answered.
    pub(crate) fn then_answer(&self, status: u16, content_type: &str, body: impl Into<Bytes>) {
        let reply = http::Response::builder()
            .status(status)
            .header("content-type", content_type)
            .body(body.into());
        let mut state = self.state.lock().unwrap();
        state.replies.push_back(reply.unwrap());
    }

    /// What was sent since the last time, the requests for tokens left out.
    pub(crate) fn take(&self) -> Vec<http::Request<Bytes>> {
        std::mem::take(&mut self.state.lock().unwrap().sent)
    }

    /// A client whose calls end up here.
    pub(crate) fn client(&self, environment: &str) -> Client {
        let id = "0c5a9d1e-7b8f-4a6b-9c2d-3e4f5a6b7c8d";
        let credentials = Credentials::parse(id, "MARKED-s3cret").unwrap();
        self.builder(environment)
            .credentials(credentials)
            .build()
            .unwrap()
    }

    /// The client that an operation asks for, by its server and by how that knows its callers.
    pub(crate) fn client_for(&self, operation: Operation) -> Client {
        let environment = operation.server().unwrap_or("https://rest.zuora.com");
        match operation.auth() {
            Auth::Basic => {
                let builder = self.builder(environment);
                builder.basic_auth("user", "MARKED").build().unwrap()
            }
            _ => self.client(environment),
        }
    }

    /// Runs a future, the clock moving on whenever everything waits.
    pub(crate) async fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.clock.drive(future).await
    }

    fn builder(&self, environment: &str) -> ClientBuilder {
        Client::builder()
            .environment(environment)
            .clock(Arc::new(self.clock.clone()))
            .transport(Arc::new(self.clone()))
    }
}

impl Transport for Recorder {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        let mut state = self.state.lock().unwrap();
        let reply = match request.uri().path() {
            "/oauth/token" | "/oauth2/token" => http::Response::new(Bytes::from_static(
                br#"{"access_token":"recorded","token_type":"bearer","expires_in":3598}"#,
            )),
            _ => {
                state.sent.push(request);
                match state.replies.len() {
                    0 | 1 => state.replies.front().cloned().expect("an answer was set"),
                    _ => state.replies.pop_front().expect("more than one"),
                }
            }
        };
        Box::pin(async move { Ok(reply) })
    }
}
