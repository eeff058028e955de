//! Servers that take a user name and an API token instead of a bearer token.
#![allow(clippy::unwrap_used, reason = "a test that fails may panic")]

use bytes::Bytes;
use std::sync::{Arc, Mutex};
use zuora_core::{Client, ErrorKind, Method, Transport, TransportError};
use zuora_wire::BoxFuture;

/// Answers everything, and keeps what was asked.
#[derive(Debug, Default)]
struct Recorder {
    status: u16,
    asked: Mutex<Vec<http::Request<Bytes>>>,
}

impl Transport for Recorder {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        self.asked.lock().unwrap().push(request);
        let mut reply = http::Response::new(Bytes::from_static(b"{\"echo\":\"dXNlcjpNQVJLRUQ=\"}"));
        *reply.status_mut() = self.status.try_into().unwrap();
        Box::pin(async { Ok(reply) })
    }
}

fn client(status: u16) -> (Client, Arc<Recorder>) {
    let recorder = Arc::new(Recorder {
        status,
        ..Recorder::default()
    });
    let client = Client::builder()
        .environment("https://payment-retry.apps.zuora.com")
        .basic_auth("user", "MARKED")
        .transport(Arc::clone(&recorder) as Arc<dyn Transport>)
        .build()
        .unwrap();
    (client, recorder)
}

#[tokio::test]
async fn the_pair_is_sent_and_no_token_asked_for() {
    let (client, recorder) = client(200);
    client
        .request(Method::GET, "/api/v1/payments/get_setting")
        .await
        .unwrap();
    let asked = recorder.asked.lock().unwrap();
    let [request] = &asked[..] else {
        panic!("{} requests", asked.len())
    };
    let authorization = &request.headers()[http::header::AUTHORIZATION];
    assert_eq!(authorization, "Basic dXNlcjpNQVJLRUQ=");
    assert!(authorization.is_sensitive());
    assert!(!format!("{client:?}").contains("MARKED"));
}

#[tokio::test]
async fn a_401_is_the_end_and_shows_no_secret() {
    let (client, recorder) = client(401);
    let error = client
        .request(Method::GET, "/api/v1/payments/get_setting")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Auth, "{error}");
    assert_eq!(recorder.asked.lock().unwrap().len(), 1);
    assert!(!format!("{error:?}").contains("dXNlcjp"), "{error:?}");
}

#[test]
fn wrong_settings_are_named() {
    for (user, token) in [("", "x"), ("a:b", "x"), ("a", "")] {
        let error = Client::builder()
            .basic_auth(user, token)
            .build()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}
