//! The default transport: `reqwest`, with everything of its own policy switched off.

mod streams;

use crate::Error;
use bytes::Bytes;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    error::Error as StdError,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::runtime::{Handle, Id};
use url::Url;
use zeroize::Zeroizing;
use zuora_wire::{Body, BoxFuture, Joined, Transport, TransportError, TransportErrorKind};

/// What a connection needs beyond the address.
#[derive(Clone, Default)]
pub(crate) struct TransportSettings {
    pub(crate) connect_timeout: Duration,
    pub(crate) proxy: Option<String>,
    /// Also take proxies from the environment's variables.
    pub(crate) proxy_from_environment: bool,
    /// PEM texts.
    pub(crate) extra_roots: Vec<Vec<u8>>,
    /// PEM texts of the certificate chain and its key.
    pub(crate) client_certificate: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
    /// False for a plain-HTTP base: then no root certificates are loaded, which costs milliseconds.
    pub(crate) tls: bool,
    /// The largest body of a reply that is held in memory.
    pub(crate) max_reply: usize,
}

impl fmt::Debug for TransportSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportSettings")
            .field("connect_timeout", &self.connect_timeout)
            .field("extra_roots", &self.extra_roots.len())
            .finish_non_exhaustive()
    }
}

/// One connection pool a runtime, and another for bodies that are not to be decoded. Connections are
/// tasks of the runtime that opened them: lent to another runtime they would stop when the first one
/// does.
pub(crate) struct HttpTransport {
    settings: TransportSettings,
    tls: ClientConfig,
    pools: Mutex<Vec<(PoolKey, reqwest::Client)>>,
}

/// The runtime, and whether bodies are given as they are sent.
type PoolKey = (Id, bool);

/// Runtimes whose pools are kept; a program that makes many short runtimes loses those not used lately.
const MAX_POOLS: usize = 16;

/// How much is kept of a body that is too large: enough for what a failed reply says.
const KEPT_OF_TOO_LARGE: usize = 256 * 1024;

impl HttpTransport {
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for certificates, keys and proxies that
    /// cannot be read; [`ErrorKind::Tls`](crate::ErrorKind::Tls) when TLS cannot be set up.
    pub(crate) fn new(settings: TransportSettings) -> Result<Self, Error> {
        let transport = Self {
            tls: tls_config(&settings)?,
            settings,
            pools: Mutex::default(),
        };
        // Shows a wrong setting now and not at the first call.
        transport.build_pool(false)?;
        Ok(transport)
    }

    fn build_pool(&self, as_sent: bool) -> Result<reqwest::Client, Error> {
        let mut builder = reqwest::Client::builder()
            .gzip(!as_sent)
            .tls_backend_preconfigured(self.tls.clone())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.settings.connect_timeout)
            // Shorter than the idle limit of common load balancers, so that we close first.
            .pool_idle_timeout(Duration::from_secs(50))
            .tcp_keepalive(Duration::from_secs(60))
            .tcp_nodelay(true)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .http2_keep_alive_timeout(Duration::from_secs(20));
        if !self.settings.proxy_from_environment {
            builder = builder.no_proxy();
        }
        if let Some(proxy) = &self.settings.proxy {
            let proxy = reqwest::Proxy::all(proxy).map_err(|_| {
                // The address may hold a password, and so may the library's message.
                Error::invalid(
                    "the proxy is refused: expected a URL such as http://proxy.example.com:3128",
                )
            })?;
            builder = builder.proxy(proxy);
        }
        builder.build().map_err(|error| {
            Error::invalid("the connection settings are refused").with_source(error.without_url())
        })
    }

    /// The pool of the runtime that this is called in.
    fn pool(&self, as_sent: bool) -> Result<reqwest::Client, TransportError> {
        let runtime = Handle::try_current().map_err(|error| {
            TransportError::new(TransportErrorKind::Connect, Some(error.into()))
        })?;
        let key = (runtime.id(), as_sent);
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = pools.iter().position(|(other, _)| *other == key) {
            let pool = pools[at].1.clone();
            // What was used last stands last.
            let last = pools.len() - 1;
            if at != last {
                pools.swap(at, last);
            }
            return Ok(pool);
        }
        let pool = self.build_pool(as_sent).map_err(|error| {
            TransportError::new(TransportErrorKind::Connect, Some(error.into()))
        })?;
        if pools.len() == MAX_POOLS {
            pools.remove(0);
        }
        pools.push((key, pool.clone()));
        Ok(pool)
    }
}

impl Transport for HttpTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Bytes>, TransportError>> {
        let pool = self.pool(false);
        let most = self.settings.max_reply;
        Box::pin(async move {
            let request =
                outgoing(request).map_err(|error| failed(error, TransportErrorKind::Connect))?;
            let mut reply = pool?
                .execute(request)
                .await
                .map_err(|error| failed(error, TransportErrorKind::Closed))?;

            let mut head = http::Response::new(Bytes::new());
            *head.status_mut() = reply.status();
            *head.version_mut() = reply.version();
            std::mem::swap(head.headers_mut(), reply.headers_mut());

            // Chunk by chunk, so that what did arrive of a broken reply is not lost.
            let mut body = Joined::default();
            loop {
                match reply.chunk().await {
                    Ok(Some(chunk)) if chunk.len() > most - body.len() => {
                        body.push(chunk);
                        let arrived = body.into_bytes();
                        // A copy, so that the error does not keep all the rest with it.
                        let start = &arrived[..arrived.len().min(KEPT_OF_TOO_LARGE)];
                        let partial = head.map(|_| Bytes::copy_from_slice(start));
                        let error = TransportError::new(TransportErrorKind::TooLarge, None);
                        return Err(error.with_partial(partial));
                    }
                    Ok(Some(chunk)) => body.push(chunk),
                    Ok(None) => break,
                    Err(error) => {
                        let kind = TransportErrorKind::Body;
                        let partial = head.map(|_| body.into_bytes());
                        return Err(failed(error, kind).with_partial(partial));
                    }
                }
            }
            Ok(head.map(|_| body.into_bytes()))
        })
    }

    fn exchange(
        &self,
        request: http::Request<Body>,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(streams::exchange(self, request))
    }
}

/// The request as `reqwest` takes it. Its address is a URL, which the pipeline may have left beside the
/// URI.
fn outgoing<B: Into<reqwest::Body>>(
    mut request: http::Request<B>,
) -> reqwest::Result<reqwest::Request> {
    let Some(url) = request.extensions_mut().remove::<Url>() else {
        return reqwest::Request::try_from(request);
    };
    let (head, body) = request.into_parts();
    let mut request = reqwest::Request::new(head.method, url);
    *request.headers_mut() = head.headers;
    *request.body_mut() = Some(body.into());
    Ok(request)
}

/// Sorts `reqwest`'s error; `otherwise` is what it means at this stage when nothing else is known.
fn failed(error: reqwest::Error, otherwise: TransportErrorKind) -> TransportError {
    // Its text holds the URL, whose query may be a customer's data.
    let error = error.without_url();
    let kind = if error.is_connect() {
        if is_tls(&error) {
            TransportErrorKind::Tls
        } else {
            TransportErrorKind::Connect
        }
    } else if error.is_builder() {
        TransportErrorKind::Connect
    } else {
        otherwise
    };
    TransportError::new(kind, Some(error.into()))
}

fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    // An I/O error gives its inner error's source and hides the inner error itself.
    let inner = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref)
        .is_some_and(|inner| is_tls(inner));
    inner || error.source().is_some_and(is_tls)
}

fn tls_config(settings: &TransportSettings) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| {
            Error::new(crate::ErrorKind::Tls, "TLS cannot be set up").with_source(error)
        })?;

    let roots = settings
        .extra_roots
        .iter()
        .map(|pem| certificates(pem, "root certificate"))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten();
    let builder = if settings.tls {
        let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(roots, provider)
            .map_err(|error| {
                Error::new(
                    crate::ErrorKind::Tls,
                    "the root certificates cannot be loaded",
                )
                .with_source(error)
                .with_hint("install the system's root certificates (on Debian the package ca-certificates)")
            })?;
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };

    let mut config = match &settings.client_certificate {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let chain = certificates(chain, "client certificate")?;
            let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
                Error::invalid(
                    "the client certificate's key is refused: expected a private key as PEM",
                )
            })?;
            builder.with_client_auth_cert(chain, key).map_err(|error| {
                Error::invalid("the client certificate is refused").with_source(error)
            })?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Error::invalid(format!("the {what} is refused: {error}")))?;
    if found.is_empty() {
        return Err(Error::invalid(format!(
            "the {what} is refused: expected a certificate as PEM (-----BEGIN CERTIFICATE-----)"
        )));
    }
    Ok(found)
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
