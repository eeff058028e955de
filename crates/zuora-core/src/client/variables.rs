//! Settings from the environment's variables: read when they are asked for, used where no call has set
//! anything, checked with everything else.

use super::{ClientBuilder, builder::version_header};
use crate::{ClientId, ClientSecret, Credentials, EntityId, Error, OrgId};
use zeroize::Zeroizing;

#[derive(Default)]
pub(super) struct Variables {
    base_url: Option<String>,
    client_id: Option<String>,
    client_secret: Option<Zeroizing<String>>,
    entity_ids: Option<String>,
    org_ids: Option<String>,
    version: Option<String>,
}

impl Variables {
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a variable that is not text.
    pub(super) fn read() -> Result<Self, Error> {
        let read = |name: &str| match std::env::var(name) {
            // Empty counts as not there.
            Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(Error::invalid(format!("{name} is not UTF-8")))
            }
        };
        Ok(Self {
            base_url: read("ZUORA_BASE_URL")?,
            client_id: read("ZUORA_CLIENT_ID")?,
            client_secret: read("ZUORA_CLIENT_SECRET")?.map(Zeroizing::new),
            entity_ids: read("ZUORA_ENTITY_IDS")?,
            org_ids: read("ZUORA_ORG_IDS")?,
            version: read("ZUORA_VERSION")?,
        })
    }
}

impl ClientBuilder {
    /// Fills what no call has set.
    pub(super) fn take_variables(&mut self) {
        let Some(variables) = self.variables.take() else {
            return;
        };
        if self.environment.is_none()
            && let Some(base) = variables.base_url
        {
            let outcome = base
                .parse()
                .map_err(|error| named("ZUORA_BASE_URL", &error));
            self.environment = self.keep(outcome);
        }
        let any_length = self.any_length;
        if self.credentials.is_none() {
            let outcome = match (variables.client_id, variables.client_secret) {
                (Some(id), Some(secret)) => {
                    parse_credentials(id.trim(), secret.trim(), any_length).map(Some)
                }
                (None, None) => Ok(None),
                (Some(_), None) => Err(Error::invalid(
                    "ZUORA_CLIENT_ID is set, but ZUORA_CLIENT_SECRET is not",
                )),
                (None, Some(_)) => Err(Error::invalid(
                    "ZUORA_CLIENT_SECRET is set, but ZUORA_CLIENT_ID is not",
                )),
            };
            self.credentials = self.keep(outcome).flatten();
        }
        if self.entity_ids.is_none()
            && let Some(ids) = variables.entity_ids
        {
            let parse = |id: &str| match any_length {
                true => EntityId::of_any_length(id),
                false => EntityId::new(id),
            };
            let outcome = split(&ids).map(parse).collect::<Result<_, _>>();
            self.entity_ids = self.keep(outcome.map_err(|error| named("ZUORA_ENTITY_IDS", &error)));
        }
        if self.org_ids.is_none()
            && let Some(ids) = variables.org_ids
        {
            let outcome = split(&ids).map(OrgId::new).collect::<Result<_, _>>();
            self.org_ids = self.keep(outcome.map_err(|error| named("ZUORA_ORG_IDS", &error)));
        }
        if self.version.is_none()
            && let Some(version) = variables.version
        {
            let outcome = version_header(version.trim());
            self.version = self.keep(outcome.map_err(|error| named("ZUORA_VERSION", &error)));
        }
    }
}

fn split(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|id| !id.is_empty())
}

fn named(variable: &str, error: &Error) -> Error {
    Error::invalid(format!("{variable}: {error}"))
}

fn parse_credentials(id: &str, secret: &str, any_length: bool) -> Result<Credentials, Error> {
    let (id, secret) = if any_length {
        (
            ClientId::of_any_length(id),
            ClientSecret::of_any_length(secret),
        )
    } else {
        (ClientId::new(id), ClientSecret::new(secret))
    };
    Ok(Credentials::new(
        id.map_err(|error| named("ZUORA_CLIENT_ID", &error))?,
        secret.map_err(|error| named("ZUORA_CLIENT_SECRET", &error))?,
    ))
}
