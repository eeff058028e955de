//! Files on hosts that are not Zuora's: no token, no headers of Zuora's, no redirect, no address shown.

use crate::{
    Client, Error, ErrorKind, Response,
    clock::{later, within},
    error::read_body,
    pipeline::{self, Rest, backoff},
    scrub::Scrubber,
    transport::{HttpTransport, TransportSettings},
    wire_log,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use url::{Host, Url};
use zuora_wire::{Body, Transport};

/// Shorter values of a query are words, and no secrets.
const SHORTEST_SECRET: usize = 8;

/// The address of a file. Whoever has it has the file, so it is never shown.
#[derive(Clone)]
pub(super) struct External(Url);

impl External {
    pub(super) fn new(url: &str) -> Result<Self, Error> {
        let wrong = |rule: &str| Error::refused(format!("the file's address is refused: {rule}"));
        let mut url = Url::parse(url.trim()).map_err(|error| wrong(&error.to_string()))?;
        match url.scheme() {
            "https" => {}
            "http" if is_here(&url) => {}
            _ => return Err(wrong("it must begin with https://")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it must not hold a user name or a password"));
        }
        url.set_fragment(None);
        Ok(Self(url))
    }

    pub(super) fn name(&self) -> String {
        format!("GET a file from {}", self.0.host_str().unwrap_or_default())
    }

    /// Asks for the file until a good reply begins, as often as the client tries a call.
    pub(super) async fn ask(
        &self,
        client: &Client,
        headers: &HeaderMap,
        timeout: Option<Duration>,
    ) -> Result<(Response<Bytes>, Option<Rest>), Error> {
        let deadline = client.deadline(timeout);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let (error, may_pass) = match self.ask_once(client, headers, deadline).await {
                Ok((reply, rest)) => {
                    client.retry_budget().earn();
                    return Ok((reply.after_attempts(attempts, Vec::new()), rest));
                }
                Err(failed) => failed,
            };
            let wait = error.retry_after().unwrap_or_else(|| backoff(attempts - 1));
            let fits = later(client.clock().now(), wait) < deadline;
            if !may_pass || attempts >= client.tries() || !fits || !client.retry_budget().spend() {
                return Err(error.after_attempts(attempts, Vec::new()));
            }
            tracing::debug!(%error, ?wait, "to be tried again");
            client.clock().sleep(wait).await;
        }
    }

    /// With an error comes whether it may pass.
    async fn ask_once(
        &self,
        client: &Client,
        headers: &HeaderMap,
        deadline: Instant,
    ) -> Result<(Response<Bytes>, Option<Rest>), (Error, bool)> {
        let for_good = |error| (error, false);
        let mut request = http::Request::new(Body::empty());
        *request.uri_mut() = pipeline::uri(&self.0).map_err(for_good)?;
        *request.headers_mut() = headers.clone();
        request
            .headers_mut()
            .insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        request.headers_mut().insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        if let Some(agent) = client.headers().get(header::USER_AGENT) {
            request
                .headers_mut()
                .insert(header::USER_AGENT, agent.clone());
        }
        let scrubber = self.scrubber();
        let transport = client.external_transport().map_err(for_good)?;
        let clock = client.clock();
        let left = deadline.saturating_duration_since(clock.now());
        let limit = client.timeouts().attempt.min(left);
        let exchange = async {
            let reply = transport.exchange(request).await?;
            pipeline::read_reply(reply, true, client.max_reply()).await
        };
        let answer = match within(clock, limit, exchange).await {
            None => return Err((Error::timeout(&self.name(), limit, false), true)),
            Some(Err(error)) => {
                let error = Error::from_transport(&self.name(), error, true, &scrubber);
                let may_pass = error.kind() == ErrorKind::Transport;
                // The cause may name the address.
                return Err((error, may_pass));
            }
            Some(Ok(answer)) => answer,
        };
        wire_log::reply(&answer.reply, || self.scrubber());
        if !answer.reply.status().is_success() {
            return Err(self.refused(&answer.reply, &scrubber));
        }
        let (head, start) = answer.reply.into_parts();
        Ok((Response::new(start.clone(), head, start), answer.rest))
    }

    fn refused(&self, reply: &http::Response<Bytes>, scrubber: &Scrubber) -> (Error, bool) {
        let status = reply.status();
        let (kind, hint) = match status {
            StatusCode::NOT_FOUND => (
                ErrorKind::NotFound,
                "the file is gone: make the query again",
            ),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => (
                ErrorKind::Api,
                "such addresses hold for a while only: ask for the result again and take its new address",
            ),
            StatusCode::TOO_MANY_REQUESTS => (ErrorKind::RateLimited, "try again later"),
            _ if status.is_redirection() => (ErrorKind::Redirect, "redirects are never followed"),
            _ if status.is_server_error() => (ErrorKind::Server, "try again later"),
            _ => (ErrorKind::Api, "ask for the result again"),
        };
        let may_pass = matches!(kind, ErrorKind::RateLimited | ErrorKind::Server);
        let found = read_body(reply.body(), scrubber);
        let error = Error::from_reply(kind, &self.name(), reply, found, scrubber);
        (error.with_hint(hint), may_pass)
    }

    /// The parts of the address that open the file, which hosts like to repeat in their refusals.
    fn scrubber(&self) -> Scrubber {
        let values: Vec<_> = self.0.query_pairs().map(|(_, value)| value).collect();
        let secrets = values.iter().map(|value| &**value);
        Scrubber::new(secrets.filter(|value| value.len() >= SHORTEST_SECRET))
    }
}

/// Whether the host is this very machine.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

/// What reaches other hosts: the client's own transport where it was given one, else one with the same
/// settings, made when it is first needed. The client's certificate is not for others.
pub(crate) struct ExternalTransport {
    settings: TransportSettings,
    transport: OnceLock<Arc<dyn Transport>>,
}

impl ExternalTransport {
    pub(crate) fn given(transport: Arc<dyn Transport>) -> Self {
        Self {
            settings: TransportSettings::default(),
            transport: OnceLock::from(transport),
        }
    }

    /// The settings are those for the client's environment, which may need neither TLS nor a proxy.
    pub(crate) fn with(settings: TransportSettings) -> Self {
        Self {
            settings: TransportSettings {
                client_certificate: None,
                proxy_from_environment: true,
                tls: true,
                ..settings
            },
            transport: OnceLock::new(),
        }
    }

    pub(crate) fn get(&self) -> Result<Arc<dyn Transport>, Error> {
        if let Some(transport) = self.transport.get() {
            return Ok(Arc::clone(transport));
        }
        let made = Arc::new(HttpTransport::new(self.settings.clone())?);
        Ok(Arc::clone(self.transport.get_or_init(|| made)))
    }
}
