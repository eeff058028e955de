//! A token as a refresh brings it, from Zuora or from a store.

use super::{
    StoredToken, TokenInfo, TokenOrigin,
    windows::{ASSUMED_LIFETIME, LONGEST_LIFETIME, Moment, Windows},
};
use crate::TokenResponse;
use std::time::Duration;

/// A token as a refresh brings it.
pub(super) struct Fetched {
    pub(super) info: TokenInfo,
    pub(super) windows: Windows,
    reissued: bool,
}

impl Fetched {
    pub(super) fn from_reply(
        asked_at: Moment,
        now: Moment,
        response: crate::Response<TokenResponse>,
        ahead: bool,
        reissued: bool,
    ) -> Self {
        let lifetime = response
            .data()
            .expires_in()
            .unwrap_or(ASSUMED_LIFETIME)
            .min(LONGEST_LIFETIME);
        let taken = now
            .mono
            .saturating_duration_since(asked_at.mono)
            .max(now.wall.duration_since(asked_at.wall).unwrap_or_default());
        let remaining = lifetime.saturating_sub(taken);
        let windows = Windows::new(now, lifetime, remaining, ahead);
        Self {
            windows: if reissued {
                windows.until_expiry()
            } else {
                windows
            },
            reissued,
            info: TokenInfo {
                origin: TokenOrigin::Network,
                obtained_at: asked_at.wall,
                expires_at: windows.expiry.wall,
                request_id: response.request_id().map(str::to_owned),
                track_id: response.track_id().map(str::to_owned),
                rate_limit: response.rate_limit(),
                response: response.into_data(),
            },
        }
    }

    /// `None` for a token that is over, or whose times cannot be true: made in the future, when the
    /// clock was set back since.
    pub(super) fn from_stored(token: &StoredToken, now: Moment, ahead: bool) -> Option<Self> {
        const SKEW: Duration = Duration::from_secs(5);
        let remaining = token.expires_at.duration_since(now.wall).ok()?;
        let lifetime = token.expires_at.duration_since(token.obtained_at).ok()?;
        let from_future = token
            .obtained_at
            .duration_since(now.wall)
            .is_ok_and(|ahead| ahead > SKEW);
        if remaining.is_zero() || lifetime > LONGEST_LIFETIME || from_future {
            return None;
        }
        let remaining = remaining.min(lifetime);
        let windows = Windows::new(now, lifetime, remaining, ahead);
        Some(Self {
            windows: if token.reissued {
                windows.until_expiry()
            } else {
                windows
            },
            reissued: token.reissued,
            info: TokenInfo {
                origin: TokenOrigin::Store,
                obtained_at: token.obtained_at,
                expires_at: token.expires_at,
                request_id: None,
                track_id: None,
                rate_limit: None,
                response: TokenResponse::restore(
                    token.access_token.clone(),
                    lifetime,
                    token.jti.clone(),
                    token.scope.as_deref(),
                    token.token_type.clone(),
                ),
            },
        })
    }

    /// `None` for a token that is not worth storing.
    pub(super) fn to_stored(&self) -> Option<StoredToken> {
        let response = &self.info.response;
        (self.info.expires_at > self.info.obtained_at).then(|| StoredToken {
            access_token: response.access_token().clone(),
            token_type: response.token_type().map(str::to_owned),
            scope: response.scope().map(|scope| scope.as_str().to_owned()),
            jti: response.jti().map(str::to_owned),
            obtained_at: self.info.obtained_at,
            expires_at: self.info.expires_at,
            reissued: self.reissued,
        })
    }
}
