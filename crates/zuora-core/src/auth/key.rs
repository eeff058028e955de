//! What a token belongs to.

use crate::{Credentials, EntityId, Environment, OrgId};
use sha2::{Digest, Sha256};
use std::fmt;

/// The key of a token: token URL, client id, fingerprint of the secret, entity ids, org ids. Two
/// clients share a token only where all five agree.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenKey {
    token_url: String,
    origin: String,
    client_id: String,
    secret_fingerprint: [u8; 32],
    entity_ids: Vec<EntityId>,
    org_ids: Vec<OrgId>,
}

impl TokenKey {
    pub(crate) fn new(
        environment: &Environment,
        credentials: &Credentials,
        entity_ids: &[EntityId],
        org_ids: &[OrgId],
    ) -> Self {
        let (mut entity_ids, mut org_ids) = (entity_ids.to_vec(), org_ids.to_vec());
        // The order in which they were given makes no other token.
        entity_ids.sort();
        entity_ids.dedup();
        org_ids.sort();
        org_ids.dedup();
        Self {
            token_url: format!("{}{}", environment.base_url(), environment.token_path()),
            origin: environment.origin(),
            client_id: credentials.client_id.as_str().to_owned(),
            secret_fingerprint: credentials.client_secret.fingerprint(),
            entity_ids,
            org_ids,
        }
    }

    /// The address that the token comes from.
    pub fn token_url(&self) -> &str {
        &self.token_url
    }

    /// Scheme, host and port of that address. Token requests are limited for each of these.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The OAuth client's id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// 64 hexadecimal digits that stand for the whole key, as a name in a shared store.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        // Each part with its length in front, so that no two keys give the same bytes.
        let mut add = |part: &[u8]| {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        };
        add(self.token_url.as_bytes());
        add(self.client_id.as_bytes());
        add(&self.secret_fingerprint);
        add(&(self.entity_ids.len() as u64).to_be_bytes());
        for id in &self.entity_ids {
            add(id.as_str().as_bytes());
        }
        for id in &self.org_ids {
            add(id.as_str().as_bytes());
        }
        hex(&hash.finalize())
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Without the fingerprint.
impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey")
            .field("token_url", &self.token_url)
            .field("client_id", &self.client_id)
            .field("entity_ids", &self.entity_ids)
            .field("org_ids", &self.org_ids)
            .finish_non_exhaustive()
    }
}
