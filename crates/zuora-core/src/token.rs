//! The bearer token and the reply that brings it.

use crate::{EntityId, credentials::secret_string};
use bytes::Bytes;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use std::{fmt, time::Duration};
use zeroize::Zeroizing;
use zuora_wire::Json;

/// A bearer token. Never printed by `Debug`; zeroed on drop.
#[derive(Clone)]
pub struct AccessToken(SecretString);

impl AccessToken {
    /// Longest token that is taken, in bytes. The known ones have 32; the limit only keeps a broken
    /// reply from becoming a header.
    const MAX_LENGTH: usize = 8192;

    pub(crate) fn new(token: String) -> Result<Self, &'static str> {
        let token = Self(secret_string(token));
        let text = token.expose_secret();
        if text.is_empty() {
            Err("the token is empty")
        } else if text.len() > Self::MAX_LENGTH {
            Err("the token is too long")
        } else if !text.bytes().all(|b| (b'!'..=b'~').contains(&b)) {
            Err("the token holds characters that no header may hold")
        } else {
            Ok(token)
        }
    }

    /// The token itself. Keep it out of logs, command lines and error messages.
    pub fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }

    /// `Bearer …` as a header value of its own memory, which is zeroed when its last clone goes.
    pub(crate) fn to_header(&self) -> HeaderValue {
        /// Aligned so that the reference counts of two such values never share a cache line: each
        /// thread clones a value of its own, and they do not slow each other down.
        #[repr(align(128))]
        struct Owner(Zeroizing<Vec<u8>>);

        impl AsRef<[u8]> for Owner {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        let text = self.expose_secret().as_bytes();
        let mut bytes = Zeroizing::new(Vec::with_capacity(7 + text.len()));
        bytes.extend_from_slice(b"Bearer ");
        bytes.extend_from_slice(text);
        // `new` has let only visible ASCII in, which every header value may hold.
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(Owner(bytes)))
            .unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
        value.set_sensitive(true);
        value
    }

    pub(crate) fn same_as(&self, other: &AccessToken) -> bool {
        self.expose_secret() == other.expose_secret()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(hidden)")
    }
}

/// The reply of `createToken`. Every field but the token may be missing.
#[derive(Clone)]
pub struct TokenResponse {
    access_token: AccessToken,
    expires_in: Option<Duration>,
    /// In one capture equal to the token (observed): treated as a secret.
    jti: Option<SecretString>,
    scope: Option<Scope>,
    token_type: Option<String>,
}

impl TokenResponse {
    /// The token to send as `Authorization: Bearer …` until it expires.
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// How long the token is valid, counted from when Zuora made the reply. `None` when the reply
    /// does not say, or says something that is no number; what is negative counts as zero.
    pub fn expires_in(&self) -> Option<Duration> {
        self.expires_in
    }

    /// The token's unique id. It may equal the token: keep it out of logs as well.
    pub fn jti(&self) -> Option<&str> {
        Some(self.jti.as_ref()?.expose_secret())
    }

    /// What the token is good for.
    pub fn scope(&self) -> Option<&Scope> {
        self.scope.as_ref()
    }

    /// `bearer`.
    pub fn token_type(&self) -> Option<&str> {
        self.token_type.as_deref()
    }

    /// Reads the reply's body.
    ///
    /// # Errors
    /// What is wrong with it, without any of its text.
    pub(crate) fn decode(body: &[u8]) -> Result<Self, String> {
        // The parser's message could quote the text, which may hold a token.
        let json = Json::parse(body).map_err(|_| "it is not JSON".to_owned())?;
        let Json::Object(mut members) = json else {
            return Err(format!("it is {} instead of an object", json.kind()));
        };
        let access_token = match members.remove("access_token") {
            Some(Json::String(token)) => AccessToken::new(token)?,
            Some(other) => return Err(format!("its access_token is {}", other.kind())),
            None => return Err("it has no access_token".to_owned()),
        };
        let mut text = |name: &str| match members.remove(name) {
            Some(Json::String(text)) => Some(text),
            _ => None,
        };
        let jti = text("jti").map(secret_string);
        let scope = text("scope").map(|scope| Scope::parse(&scope));
        let token_type = text("token_type");
        Ok(Self {
            access_token,
            expires_in: members.get("expires_in").and_then(read_seconds),
            jti,
            scope,
            token_type,
        })
    }

    /// A reply as it is remembered by a token store.
    pub(crate) fn restore(
        access_token: AccessToken,
        expires_in: Duration,
        jti: Option<String>,
        scope: Option<&str>,
        token_type: Option<String>,
    ) -> Self {
        Self {
            access_token,
            expires_in: Some(expires_in),
            jti: jti.map(secret_string),
            scope: scope.map(Scope::parse),
            token_type,
        }
    }
}

/// Seconds from an integer, a decimal, an exponent form, or any of these as a string.
fn read_seconds(value: &Json) -> Option<Duration> {
    let text = match value {
        Json::Number(number) => number.as_str(),
        Json::String(text) => text.trim(),
        _ => return None,
    };
    let seconds: f64 = zuora_wire::Number::new(text).ok()?.to_f64_lossy();
    // Seconds are no money: a float is exact enough, and saturates where it must.
    Some(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("access_token", &self.access_token)
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .field("token_type", &self.token_type)
            .finish_non_exhaustive()
    }
}

/// What a token is good for, read from the reply's `scope` (its decoding is observed, not
/// documented).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    text: String,
    tenant: Option<String>,
    user: Option<String>,
    entities: Vec<EntityId>,
    others: Vec<String>,
}

impl Scope {
    pub(crate) fn parse(text: &str) -> Self {
        let mut scope = Self {
            text: text.to_owned(),
            tenant: None,
            user: None,
            entities: Vec::new(),
            others: Vec::new(),
        };
        for part in text.split_ascii_whitespace() {
            let is_entity = part
                .strip_prefix("entity.")
                .and_then(|id| EntityId::of_any_length(id).ok());
            if let Some(id) = is_entity {
                scope.entities.push(id);
            } else if let Some(tenant) = part.strip_prefix("tenant.") {
                scope.tenant = Some(tenant.to_owned());
            } else if let Some(user) = part.strip_prefix("user.") {
                scope.user = Some(user.to_owned());
            } else {
                scope.others.push(part.to_owned());
            }
        }
        scope
    }

    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The tenant's number.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The id of the API user that the OAuth client belongs to.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The entities that the token is good for.
    pub fn entities(&self) -> &[EntityId] {
        &self.entities
    }

    /// All other parts, such as `platform.write`.
    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// Whether the token is good for more than one entity, so that calls must name theirs in
    /// `Zuora-Entity-Ids`.
    pub fn needs_entity_header(&self) -> bool {
        self.entities.len() > 1
    }
}
