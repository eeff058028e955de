//! Tokens: held, shared, refreshed, limited. A token request is made here and nowhere else, but for
//! the one that a caller asks for by name ([`OAuthApi`](crate::OAuthApi)).

mod fetched;
mod flight;
mod held;
mod key;
mod limiter;
mod observer;
mod refresh;
mod registry;
mod source;
mod store;
mod windows;

pub use held::{TokenInfo, TokenOrigin};
pub use key::TokenKey;
pub use observer::{TokenCounters, TokenObserver, TokenRequestOutcome};
pub use store::{
    FileStore, MemoryStore, Rejection, Reservation, StoreError, StoreLock, StoredEntry,
    StoredToken, TokenStore,
};

pub(crate) use held::Bearer;
pub(crate) use limiter::{LONGEST_COOLING, TokenLimiter, WINDOW};
pub(crate) use registry::{shared_limiter, shared_source};
pub(crate) use source::{Invalidation, TokenContext, TokenSource};
pub(crate) use windows::Moment;
