//! What operations with types need of a call: a path with parameters, a body and a reply that are models,
//! the server that answers. Generated builders are a thin layer over this.

use super::{RequestBuilder, parse_header};
use crate::{
    Client, Environment, Error, Method, OrgId, PageStyle, Pages, Response, client, headers,
    pipeline,
};
use bytes::Bytes;
use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zuora_wire::{BoxFuture, Slot, to_string, write_document};

/// Everything but what RFC 3986 leaves as it is in a segment of a path.
const IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

impl Client {
    /// A call of an operation by method and path, with the values of the `{...}` in the path in their
    /// order; they are percent-encoded here.
    ///
    /// An empty value would be the path of another operation, and so would `.` and `..`: they are
    /// refused when the call is sent.
    pub fn operation(&self, method: Method, path: &str, values: &[&str]) -> RequestBuilder {
        let mut filled = String::with_capacity(path.len() + 32);
        let mut error = None;
        let mut values = values.iter();
        for (index, part) in path.split(['{', '}']).enumerate() {
            if index % 2 == 0 {
                filled.push_str(part);
                continue;
            }
            let value = values.next().copied().unwrap_or_default();
            if matches!(value, "" | "." | "..") {
                error.get_or_insert_with(|| {
                    Error::invalid(format!(
                        "{part} is refused: it stands in the path and cannot be {value:?}"
                    ))
                });
            }
            filled.extend(utf8_percent_encode(value, IN_SEGMENT));
        }
        let mut call = RequestBuilder::new(self.clone(), method, filled);
        call.error = error;
        call
    }
}

impl RequestBuilder {
    /// Sends this model, or anything else that the codec writes, as JSON.
    pub fn json_of<T: Slot>(self, body: &T) -> Self {
        self.body(to_string(body), "application/json")
    }

    /// Sends these models as a JSON array.
    pub fn json_of_all<T: Slot>(self, items: &[T]) -> Self {
        let items: Vec<_> = items.iter().map(|item| write_document(item)).collect();
        self.body(format!("[{}]", items.join(",")), "application/json")
    }

    /// Sets `Zuora-Version`, the date of the API's behaviour (`2025-08-12`), for this call.
    pub fn zuora_version(mut self, version: &str) -> Self {
        let outcome = client::version_header(version);
        if let Some(value) = self.keep(outcome) {
            self.request.headers.insert(headers::VERSION, value);
        }
        self
    }

    /// Sends `Zuora-Org-Ids`: the organizations that this call is about.
    pub fn org_ids(mut self, ids: impl IntoIterator<Item = OrgId>) -> Self {
        let ids: Vec<_> = ids.into_iter().collect();
        let ids: Vec<_> = ids.iter().map(OrgId::as_str).collect();
        let outcome = parse_header(headers::ORG_IDS.as_str(), &ids.join(","));
        if let Some((name, value)) = self.keep(outcome) {
            self.request.headers.insert(name, value);
        }
        self
    }

    /// Sets a header whose value is shown nowhere, such as a service's own token.
    pub fn secret_header(mut self, name: &str, value: &str) -> Self {
        let before = self.error.is_some();
        self = self.header(name, value);
        if let Some(value) = self.request.headers.get_mut(name) {
            HeaderValue::set_sensitive(value, true);
        } else if !before && self.error.is_none() {
            self.error = Some(Error::invalid(format!("the header {name} is refused")));
        }
        self
    }

    /// The operation is served by this server and no other: with a client of another environment the
    /// call is refused before anything is sent.
    pub fn served_by(mut self, server: &str) -> Self {
        let right = server
            .parse::<Environment>()
            .is_ok_and(|server| server == *self.client.environment());
        if !right && self.error.is_none() {
            self.error = Some(
                Error::refused(format!(
                    "this operation is served by {server}, and this client calls {}",
                    self.client.environment()
                ))
                .with_hint(
                    "build a client of its own for that server: nothing of one server's token belongs to another",
                ),
            );
        }
        self
    }

    /// Sends the request and reads the reply into `T`: a model, or anything else that the codec reads.
    /// An empty body counts as `null`.
    ///
    /// # Errors
    /// What the [kinds](crate::ErrorKind) say; a reply that does not fit `T` is an error of kind
    /// [`Decode`](crate::ErrorKind::Decode), which names the place and keeps the body.
    pub fn send_as<T: Slot + Send + 'static>(
        self,
    ) -> BoxFuture<'static, Result<Response<T>, Error>> {
        Box::pin(async move {
            let what = pipeline::name(&self.request).to_string();
            let client = self.client.clone();
            let reply: Response<Bytes> = self.send().await?;
            pipeline::decode(&client, reply, &what)
        })
    }

    /// As [`send_as`](Self::send_as), and gives the data alone.
    ///
    /// # Errors
    /// As [`send_as`](Self::send_as).
    pub fn data_as<T: Slot + Send + 'static>(self) -> BoxFuture<'static, Result<T, Error>> {
        Box::pin(async move { Ok(self.send_as().await?.into_data()) })
    }

    /// Sends the request to an operation whose reply says nothing but that it succeeded.
    ///
    /// # Errors
    /// What the [kinds](crate::ErrorKind) say.
    pub fn send_for_nothing(self) -> BoxFuture<'static, Result<Response<()>, Error>> {
        Box::pin(async move { self.send().await?.try_map(|_, _| Ok(())) })
    }

    /// As [`send_for_nothing`](Self::send_for_nothing), without the reply.
    ///
    /// # Errors
    /// As [`send_for_nothing`](Self::send_for_nothing).
    pub fn succeed(self) -> BoxFuture<'static, Result<(), Error>> {
        Box::pin(async move { self.send().await.map(drop) })
    }

    /// As [`send`](Self::send), boxed.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_for_bytes(self) -> BoxFuture<'static, Result<Response<Bytes>, Error>> {
        Box::pin(self.send())
    }

    /// Reads the list that this call begins, its items as `T`.
    pub fn pages_of<T: Slot>(self, style: PageStyle) -> Pages<T> {
        self.json_reply().pages(style).typed()
    }
}
