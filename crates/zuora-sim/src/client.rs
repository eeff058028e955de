//! The OAuth clients that the simulated tenant knows.

use std::fmt;

/// The id of the client that a simulator has when the builder names none.
pub(crate) const DEFAULT_CLIENT_ID: &str = "5a754f52-0c11-4e57-9d00-51b0a7e0c0de";
/// Its secret, with the characters that must be percent-encoded in a form.
pub(crate) const DEFAULT_CLIENT_SECRET: &str = "simulated+secret/with=every&hard char%2B==";
const DEFAULT_ENTITY: &str = "11e643f4-a3ee-8bad-b061-0025904c0001";
const DEFAULT_TENANT: u64 = 19;
const DEFAULT_USER: &str = "2c92c0f95a7e11c0de0000000000a001";

/// An OAuth client of the simulated tenant: who may ask for tokens, and what its tokens are good for.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SimClient {
    /// The client id; UUID form at Zuora, any text here.
    pub id: String,
    /// The secrets that are accepted, more than one during a rotation.
    pub secrets: Vec<String>,
    /// The entities its tokens are good for, as UUIDs with hyphens.
    pub entities: Vec<String>,
    /// The organizations that it may work in; none in a tenant without Multi-Org.
    pub orgs: Vec<String>,
    /// The tenant's number.
    pub tenant: u64,
    /// The API user behind the client, 32 hexadecimal digits.
    pub user: String,
    /// Whether its user is active; a client whose user is not gets 403.
    pub active: bool,
}

impl SimClient {
    /// An active client with one secret, one entity and a tenant and user of the simulator's choice.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            secrets: vec![secret.into()],
            entities: vec![DEFAULT_ENTITY.to_owned()],
            orgs: Vec::new(),
            tenant: DEFAULT_TENANT,
            user: DEFAULT_USER.to_owned(),
            active: true,
        }
    }

    /// Replaces the entities.
    #[must_use]
    pub fn entities<E: Into<String>>(mut self, entities: impl IntoIterator<Item = E>) -> Self {
        self.entities = entities.into_iter().map(Into::into).collect();
        self
    }

    /// Replaces the organizations.
    #[must_use]
    pub fn orgs<O: Into<String>>(mut self, orgs: impl IntoIterator<Item = O>) -> Self {
        self.orgs = orgs.into_iter().map(Into::into).collect();
        self
    }

    /// Accepts one more secret.
    #[must_use]
    pub fn also_secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Sets the tenant's number.
    #[must_use]
    pub fn tenant(mut self, tenant: u64) -> Self {
        self.tenant = tenant;
        self
    }

    /// Sets the API user.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = user.into();
        self
    }

    /// Sets whether the client's user is active.
    #[must_use]
    pub fn active(mut self, active: bool) -> Self {
        self.active = active;
        self
    }
}

impl Default for SimClient {
    /// The client that every simulator starts with unless the builder names others.
    fn default() -> Self {
        Self::new(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
    }
}

/// Hides the secrets.
impl fmt::Debug for SimClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimClient")
            .field("id", &self.id)
            .field("secrets", &format_args!("[{} hidden]", self.secrets.len()))
            .field("entities", &self.entities)
            .field("orgs", &self.orgs)
            .field("tenant", &self.tenant)
            .field("user", &self.user)
            .field("active", &self.active)
            .finish()
    }
}
