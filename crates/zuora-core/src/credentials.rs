//! Who calls: an OAuth client's id and secret, and the entities and orgs it asks for.

use crate::Error;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroize;

/// The id of an OAuth client: 36 characters in UUID form (documented).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientId(String);

/// The secret of an OAuth client: 1 to 42 characters (documented). Never printed; zeroed on drop.
#[derive(Clone)]
pub struct ClientSecret(SecretString);

/// An entity's id: 36 characters in UUID form, with hyphens (documented).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityId(String);

/// An organization's id, as it stands in `Zuora-Org-Ids`: letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrgId(String);

/// What every id must be, whatever its length: it goes into headers and form fields.
fn check_characters(what: &str, text: &str) -> Result<(), Error> {
    if text.is_empty() {
        return Err(Error::invalid(format!("the {what} is empty")));
    }
    if text.chars().any(|c| !('!'..='~').contains(&c)) {
        return Err(Error::invalid(format!(
            "the {what} is refused: it may hold printable US-ASCII characters only, no space and no line break"
        )));
    }
    Ok(())
}

fn is_uuid_form(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn check_uuid_form(what: &str, text: &str) -> Result<(), Error> {
    check_characters(what, text)?;
    if is_uuid_form(text) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "the {what} is refused: it must be 36 characters in UUID form (8-4-4-4-12 hexadecimal digits), this one has {}",
        text.chars().count()
    ))
    .with_hint("if your tenant's ids differ, switch the length rules off"))
}

impl ClientId {
    /// Checks the documented form.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) naming the rule.
    pub fn new(id: impl Into<String>) -> Result<Self, Error> {
        let id = id.into();
        check_uuid_form("client id", &id)?;
        Ok(Self(id))
    }

    /// For tenants whose ids differ from the documentation: any printable text.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when it is empty or not printable US-ASCII.
    pub fn of_any_length(id: impl Into<String>) -> Result<Self, Error> {
        let id = id.into();
        check_characters("client id", &id)?;
        Ok(Self(id))
    }

    /// The id as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ClientSecret {
    /// The longest secret that the documentation knows, in characters.
    pub const MAX_LENGTH: usize = 42;

    /// Checks the documented length.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) naming the rule, never the secret.
    pub fn new(secret: impl Into<String>) -> Result<Self, Error> {
        let secret = Self::of_any_length(secret)?;
        let length = secret.expose().chars().count();
        if length > Self::MAX_LENGTH {
            return Err(Error::invalid(format!(
                "the client secret is refused: it may be at most {} characters long, this one has {length}",
                Self::MAX_LENGTH
            ))
            .with_hint("look for a stray line break or quote; if your tenant's secrets differ, switch the length rules off"));
        }
        Ok(secret)
    }

    /// For tenants whose secrets are longer than the documentation says.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) when it is empty or holds a control
    /// character, such as the line break at a file's end.
    pub fn of_any_length(secret: impl Into<String>) -> Result<Self, Error> {
        let secret = Self(secret_string(secret.into()));
        if secret.expose().is_empty() {
            return Err(Error::invalid("the client secret is empty"));
        }
        if secret.expose().chars().any(char::is_control) {
            return Err(Error::invalid(
                "the client secret is refused: it holds a control character, such as a line break",
            ));
        }
        Ok(secret)
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Stands for the secret in keys and file names: it cannot be turned back.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(self.expose().as_bytes()).into()
    }
}

/// Moves `text` behind [`SecretString`] and leaves no copy of it in the memory it had.
pub(crate) fn secret_string(mut text: String) -> SecretString {
    let secret = SecretString::from(text.as_str());
    text.zeroize();
    secret
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(hidden)")
    }
}

impl EntityId {
    /// Checks the documented form.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) naming the rule.
    pub fn new(id: impl Into<String>) -> Result<Self, Error> {
        let id = id.into();
        check_uuid_form("entity id", &id)?;
        Ok(Self(id))
    }

    /// For tenants whose ids differ from the documentation: any printable text without a comma.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) naming the rule.
    pub fn of_any_length(id: impl Into<String>) -> Result<Self, Error> {
        let id = id.into();
        check_characters("entity id", &id)?;
        check_no_comma("entity id", &id)?;
        Ok(Self(id))
    }

    /// The id as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl OrgId {
    /// Checks that the id can stand in a comma-separated header.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) naming the rule.
    pub fn new(id: impl Into<String>) -> Result<Self, Error> {
        let id = id.into();
        check_characters("org id", &id)?;
        check_no_comma("org id", &id)?;
        if id.len() > 64 {
            return Err(Error::invalid(
                "the org id is refused: it may be at most 64 characters long",
            ));
        }
        Ok(Self(id))
    }

    /// The id as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_no_comma(what: &str, text: &str) -> Result<(), Error> {
    if text.contains(',') {
        return Err(Error::invalid(format!(
            "the {what} is refused: give several ids one by one, not joined by commas"
        )));
    }
    Ok(())
}

macro_rules! text_forms {
    ($($name:ident),*) => {$(
        impl TryFrom<&str> for $name {
            type Error = Error;

            fn try_from(text: &str) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }
    )*};
}
text_forms!(ClientId, ClientSecret, EntityId, OrgId);

/// Id and secret of one OAuth client. They belong to one environment.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub(crate) client_id: ClientId,
    pub(crate) client_secret: ClientSecret,
}

impl Credentials {
    /// Takes an id and a secret that were checked.
    pub fn new(client_id: ClientId, client_secret: ClientSecret) -> Self {
        Self {
            client_id,
            client_secret,
        }
    }

    /// Checks an id and a secret.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) naming the rule that one of them breaks.
    pub fn parse(
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
    ) -> Result<Self, Error> {
        Ok(Self::new(
            ClientId::new(client_id)?,
            ClientSecret::new(client_secret)?,
        ))
    }

    /// The id.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }
}
