//! A call by method and path.

mod typed;

use crate::{
    Client, EntityId, Error, Method, PageStyle, Pages, Priority, Response, TrackId,
    body::{Multipart, RequestBody, Source},
    client::parse_header,
    headers,
    operation::{self, Safety},
    pipeline,
};
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, HeaderValue, header};
use std::{fmt, future::IntoFuture, io, marker::PhantomData, path::PathBuf, time::Duration};
use tokio::io::AsyncRead;
use zuora_wire::{BoxFuture, Json};

/// A request as plain data.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Below the base, with its own query if it came with one.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: RequestBody,
    /// Whether the body is compressed, where the call says so itself.
    pub(crate) gzip: Option<bool>,
    pub(crate) timeout: Option<Duration>,
    /// The caller's word on whether twice is as good as once.
    pub(crate) idempotent: Option<bool>,
    pub(crate) priority: Priority,
}

impl Request {
    pub(crate) fn safety(&self) -> Safety {
        match self.idempotent {
            Some(true) => Safety::Reads,
            Some(false) => Safety::Keyless,
            None => operation::safety(&self.method, &self.path),
        }
    }
}

/// A call that is being put together; see [`Client::request`]. `.await` gives the data,
/// [`send`](RequestBuilder::send) gives the whole reply.
#[must_use = "a request does nothing until it is awaited"]
pub struct RequestBuilder<T = Bytes> {
    client: Client,
    request: Request,
    /// The first setting that was wrong.
    error: Option<Error>,
    reply: PhantomData<fn() -> T>,
}

/// Headers that are the client's own business.
pub(crate) const NOT_BY_HAND: [(header::HeaderName, &str); 7] = [
    (
        header::AUTHORIZATION,
        "the client sets it from its own token; use another client for other credentials",
    ),
    (
        header::PROXY_AUTHORIZATION,
        "give the proxy's URL its user and password",
    ),
    (header::HOST, "the host comes from the environment"),
    (header::CONTENT_LENGTH, "it follows from the body"),
    (header::TRANSFER_ENCODING, "it follows from the body"),
    (header::CONNECTION, "connections are the client's business"),
    (header::COOKIE, "sessions are not used beside tokens"),
];

impl RequestBuilder {
    pub(crate) fn new(client: Client, method: Method, path: String) -> Self {
        Self {
            client,
            request: Request {
                method,
                path,
                query: Vec::new(),
                headers: HeaderMap::new(),
                body: Bytes::new().into(),
                gzip: None,
                timeout: None,
                idempotent: None,
                priority: Priority::default(),
            },
            error: None,
            reply: PhantomData,
        }
    }

    /// Reads the reply as JSON, its numbers exact.
    pub fn json_reply(self) -> RequestBuilder<Json> {
        RequestBuilder {
            client: self.client,
            request: self.request,
            error: self.error,
            reply: PhantomData,
        }
    }
}

impl<T> RequestBuilder<T> {
    fn keep<V>(&mut self, outcome: Result<V, Error>) -> Option<V> {
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }

    /// Adds a query parameter; it is percent-encoded here. A name may come several times.
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.query.push((name.into(), value.into()));
        self
    }

    /// Sets a header; it wins over the client's. `Authorization` is refused, like all that is the
    /// client's own business.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let outcome = parse_header(name, value).and_then(|(name, value)| {
            match NOT_BY_HAND.iter().find(|(forbidden, _)| *forbidden == name) {
                Some((_, why)) => Err(Error::refused(format!(
                    "the header {name} cannot be set for a call: {why}"
                ))),
                None => Ok((name, value)),
            }
        });
        if let Some((name, value)) = self.keep(outcome) {
            self.request.headers.insert(name, value);
        }
        self
    }

    /// Sends this JSON.
    pub fn json(self, body: &Json) -> Self {
        self.body(body.to_string(), "application/json")
    }

    /// Sends these bytes under this content type.
    pub fn body(self, body: impl Into<Bytes>, content_type: &str) -> Self {
        self.any_body(body.into().into(), content_type)
    }

    /// Sends this file under this content type. It is opened for every try; once it was changed it is
    /// not sent again.
    pub fn body_file(self, path: impl Into<PathBuf>, content_type: &str) -> Self {
        self.any_body(RequestBody::Sources(vec![Source::file(path)]), content_type)
    }

    /// Sends what this stream gives, under this content type. `length` is its size in bytes; without
    /// one the body is sent in chunks, which not every server takes. A stream of another length than
    /// stated is an error.
    ///
    /// It is sent once: whatever fails after that, the call is not tried again.
    pub fn body_stream(
        self,
        stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
        length: impl Into<Option<u64>>,
        content_type: &str,
    ) -> Self {
        let source = Source::stream(stream, length.into());
        self.any_body(RequestBody::Sources(vec![source]), content_type)
    }

    /// As [`body_stream`](Self::body_stream), from a reader.
    pub fn body_reader(
        self,
        reader: impl AsyncRead + Send + 'static,
        length: impl Into<Option<u64>>,
        content_type: &str,
    ) -> Self {
        let source = Source::reader(reader, length.into());
        self.any_body(RequestBody::Sources(vec![source]), content_type)
    }

    /// Sends these fields and files as `multipart/form-data`. Tried again like any other body, unless
    /// one of them is a stream.
    pub fn multipart(mut self, form: Multipart) -> Self {
        let outcome = form.into_body();
        match self.keep(outcome) {
            Some((body, content_type)) => self.any_body(body, &content_type),
            None => self,
        }
    }

    /// Whether the body is sent with `Content-Encoding: gzip`, instead of what the
    /// [client](crate::ClientBuilder::gzip_requests) says. Bodies below 1 KiB never are, nor is one
    /// whose `Content-Encoding` is set.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.request.gzip = Some(gzip);
        self
    }

    fn any_body(mut self, body: RequestBody, content_type: &str) -> Self {
        self.request.body = body;
        let outcome = HeaderValue::from_str(content_type).map_err(|_| {
            Error::invalid(
                "the content type is refused: it holds a character that no header may hold",
            )
        });
        if let Some(value) = self.keep(outcome) {
            self.request.headers.insert(header::CONTENT_TYPE, value);
        }
        self
    }

    /// Sends `Zuora-Track-Id`; Zuora echoes it.
    pub fn track_id<I>(mut self, id: I) -> Self
    where
        I: TryInto<TrackId>,
        Error: From<I::Error>,
    {
        let outcome = id.try_into().map_err(Error::from);
        if let Some(id) = self.keep(outcome) {
            self = self.header(headers::TRACK_ID.as_str(), id.as_str());
        }
        self
    }

    /// Sends `Zuora-Entity-Ids`: the entity that this call is about.
    pub fn entity_id<I>(mut self, id: I) -> Self
    where
        I: TryInto<EntityId>,
        Error: From<I::Error>,
    {
        let outcome = id.try_into().map_err(Error::from);
        if let Some(id) = self.keep(outcome) {
            self = self.header(headers::ENTITY_IDS.as_str(), id.as_str());
        }
        self
    }

    /// Sends this `Idempotency-Key` (1 to 255 visible US-ASCII characters) instead of one made for the
    /// call, and the same with every try. Zuora keeps the first outcome for a key, failures too, for 24
    /// hours. POST and PATCH only.
    ///
    /// Without it, operations that offer a key get one by themselves.
    pub fn idempotency_key(self, key: &str) -> Self {
        self.header(headers::IDEMPOTENCY_KEY.as_str(), key)
    }

    /// Says that sending this call twice is as good as sending it once, so that it may be repeated after
    /// any failure; or that it is not. Without it the API description decides, and what it does not know
    /// is not repeated once it may have been carried out.
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.request.idempotent = Some(idempotent);
        self
    }

    /// How long this call may take in all, instead of the client's total time-out.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.request.timeout = Some(timeout);
        self
    }

    /// Who goes first when calls must wait for the tenant's limits. Default
    /// [`Priority::Interactive`].
    pub fn priority(mut self, priority: Priority) -> Self {
        self.request.priority = priority;
        self
    }

    async fn reply(self) -> Result<Response<Bytes>, Error> {
        let (client, request) = self.into_request()?;
        crate::client::check_runtime()?;
        pipeline::run(&client, request).await
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn request(&self) -> &Request {
        &self.request
    }

    /// What is to be sent, if all settings were right.
    pub(crate) fn into_request(self) -> Result<(Client, Request), Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut request = self.request;
        if request.method == Method::PUT && request.body.is_empty() {
            // Zuora answers 415 to a PUT without a body (observed).
            request.body = Bytes::from_static(b"{}").into();
            request
                .headers
                .entry(header::CONTENT_TYPE)
                .or_insert(HeaderValue::from_static("application/json"));
        }
        Ok((self.client, request))
    }
}

impl RequestBuilder<Bytes> {
    /// Sends the request and gives the whole reply.
    ///
    /// # Errors
    /// What the [kinds](crate::ErrorKind) say; a 2xx whose body says `"success": false` is an error.
    pub async fn send(self) -> Result<Response<Bytes>, Error> {
        self.reply().await
    }
}

impl RequestBuilder<Json> {
    /// Sends the request and gives the whole reply.
    ///
    /// # Errors
    /// What the [kinds](crate::ErrorKind) say; a 2xx whose body says `"success": false` is an error,
    /// and so is a reply that is not JSON. An empty body counts as `null`.
    pub async fn send(self) -> Result<Response<Json>, Error> {
        let what = pipeline::name(&self.request).to_string();
        let client = self.client.clone();
        pipeline::decode(&client, self.reply().await?, &what)
    }
}

impl RequestBuilder<Json> {
    /// Reads the list that this call begins, page by page or item by item; see [`Pages`].
    ///
    /// Every page is a call of its own, with all that was set here, its time-out too.
    pub fn pages(self, style: PageStyle) -> Pages<Json> {
        Pages::new(self.client, self.request, self.error, style)
    }
}

impl IntoFuture for RequestBuilder<Bytes> {
    type Output = Result<Bytes, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { Ok(self.send().await?.into_data()) })
    }
}

impl IntoFuture for RequestBuilder<Json> {
    type Output = Result<Json, Error>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { Ok(self.send().await?.into_data()) })
    }
}

/// Method and path; the query and the body may be a customer's data.
impl<T> fmt::Debug for RequestBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("request", &pipeline::name(&self.request).to_string())
            .finish_non_exhaustive()
    }
}
