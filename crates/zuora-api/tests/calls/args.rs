//! What a generated call takes its arguments from, and what it is sent by: no type of an operation
//! stands in the code that does the work, so that a thousand of them cost the compiler little.

use bytes::Bytes;
use std::{
    collections::BTreeMap,
    pin::Pin,
    task::{Context, Poll},
};
use zuora_core::{Client, Error, FilePart, Multipart};
use zuora_wire::{BoxFuture, Json, Slot, from_slice};

/// The id of an operation, and how it is called.
pub(crate) type Call = (&'static str, fn(&Args) -> Sent);

pub(crate) type Sent = BoxFuture<'static, Result<(), Error>>;

pub(crate) struct Args {
    pub(crate) client: Client,
    pub(crate) params: BTreeMap<&'static str, Json>,
    pub(crate) body: Json,
}

impl Args {
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.params[name].as_str().expect("a text")
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let items = self.params[name].as_array().expect("an array");
        items
            .iter()
            .map(|item| item.as_str().expect("a text"))
            .collect()
    }

    pub(crate) fn value<T: Slot>(&self, name: &str) -> T {
        read(&self.params[name])
    }

    pub(crate) fn file(&self, name: &str) -> FilePart {
        FilePart::bytes(format!("content of {name}"))
            .name(format!("{name}.csv"))
            .content_type("text/csv")
    }

    /// A form of which nothing is known.
    pub(crate) fn form(&self) -> Multipart {
        Multipart::new().text("name", "value")
    }

    pub(crate) fn body<T: Slot>(&self) -> T {
        read(&self.body)
    }

    pub(crate) fn items<T: Slot>(&self) -> Vec<T> {
        match &self.body {
            Json::Array(_) => read(&self.body),
            one => vec![read(one)],
        }
    }

    pub(crate) fn bytes(&self) -> Bytes {
        Bytes::from_static(b"id,name\n1,one\n")
    }

    pub(crate) fn send<C, T>(&self, call: C) -> Sent
    where
        C: IntoFuture<IntoFuture = BoxFuture<'static, Result<T, Error>>>,
        C: IntoFuture<Output = Result<T, Error>>,
        T: 'static,
    {
        Box::pin(Forgetful(call.into_future()))
    }
}

fn read<T: Slot>(json: &Json) -> T {
    from_slice(json.to_compact_string().as_bytes()).expect("a sample that fits")
}

/// Forgets what came back.
struct Forgetful<T>(BoxFuture<'static, Result<T, Error>>);

impl<T> Future for Forgetful<T> {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context).map(|done| done.map(drop))
    }
}
