//! The hand-written core of the `zuora` client: environments, credentials, tokens, requests, errors.
//!
//! Users depend on the crate `zuora`, which re-exports what they need. Inside, a reader finds by
//! name: [`Client`] and its builder, [`Environment`], [`Credentials`], [`TrackId`], the token types
//! ([`AccessToken`], [`TokenResponse`], [`Scope`]), `auth` (the token cache, its stores and its
//! limiter), `oauth` ([`OAuthApi`]), `request` and `pipeline` (how a call flows), [`Response`], `body`
//! (what a request sends), `download` (replies that are files),
//! `page` ([`Pages`], lists page by page), `governor` ([`Governor`], [`Limits`]), [`Error`], `clock`,
//! `transport` and `blocking`.

mod auth;
#[cfg(feature = "blocking")]
mod blocking;
mod body;
mod client;
mod clock;
mod credentials;
mod download;
mod environment;
mod error;
mod governor;
mod headers;
mod job;
mod oauth;
mod operation;
mod page;
mod pipeline;
mod query_text;
mod rate_limit;
mod reply;
mod request;
mod response;
mod scrub;
mod text;
mod token;
mod track_id;
mod transport;
mod wire_log;

pub use auth::{
    FileStore, MemoryStore, Rejection, Reservation, StoreError, StoreLock, StoredEntry,
    StoredToken, TokenCounters, TokenInfo, TokenKey, TokenObserver, TokenOrigin,
    TokenRequestOutcome, TokenStore,
};
#[cfg(feature = "blocking")]
#[doc(hidden)]
pub use blocking::block_on;
pub use body::{FilePart, Multipart};
pub use client::{Client, ClientBuilder, Timeouts};
pub use clock::SystemClock;
pub use credentials::{ClientId, ClientSecret, Credentials, EntityId, OrgId};
pub use download::{Download, DownloadStream};
pub use environment::Environment;
pub use error::{Category, Error, ErrorKind, JobFailure, Reason, WsdlCode};
pub use governor::{ClassLimits, ConcurrencyClass, Governor, Limits, Priority, WindowLimits};
pub use job::Job;
pub use oauth::{CreateToken, OAuthApi};
#[cfg(feature = "blocking")]
pub use page::BlockingItems;
pub use page::{Items, Page, PageStyle, Pages};
pub use query_text::{Filter, zoql_text};
pub use rate_limit::RateLimit;
pub use request::RequestBuilder;
pub use response::Response;
pub use token::{AccessToken, Scope, TokenResponse};
pub use track_id::TrackId;

pub use zuora_wire::{
    Body, BodyStream, Clock, Json, Transport, TransportError, TransportErrorKind,
};

/// The standard types for requests, as they stand in this crate's interface.
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
