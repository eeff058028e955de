//! Which server: Zuora's data centres by name, any other by URL, and the one place where a path
//! becomes an address.

use crate::{Error, oauth::TOKEN_PATH};
use percent_encoding::percent_decode_str;
use std::{borrow::Cow, fmt, net::IpAddr, str::FromStr};
use url::{Host, Position, Url};

/// One Zuora data centre's REST base address, or any other: a gateway, a proxy, the simulator.
///
/// ```
/// use zuora_core::Environment;
///
/// let sandbox: Environment = "us1-sandbox".parse()?;
/// assert_eq!(sandbox.base_url(), "https://rest.sandbox.na.zuora.com");
/// let gateway: Environment = "https://gateway.example.com/zuora".parse()?;
/// assert_eq!(gateway.base_url(), "https://gateway.example.com/zuora");
/// # Ok::<(), zuora_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Environment {
    /// Without query and fragment; its path has no slash at the end.
    base: Url,
}

/// Name and REST base of each data centre (documented; `pt1` comes from older documentation and is
/// not offered to new tenants).
const NAMED: [(&str, &str); 11] = [
    ("us1", "https://rest.na.zuora.com"),
    ("us1-sandbox", "https://rest.sandbox.na.zuora.com"),
    ("us2", "https://rest.zuora.com"),
    ("us2-sandbox", "https://rest.apisandbox.zuora.com"),
    ("us-test", "https://rest.test.zuora.com"),
    ("eu", "https://rest.eu.zuora.com"),
    ("eu-sandbox", "https://rest.sandbox.eu.zuora.com"),
    ("eu-test", "https://rest.test.eu.zuora.com"),
    ("ap", "https://rest.ap.zuora.com"),
    ("ap-test", "https://rest.test.ap.zuora.com"),
    ("pt1", "https://rest.pt1.zuora.com"),
];

impl Environment {
    /// The names of the data centres, with their addresses.
    pub fn named() -> impl Iterator<Item = (&'static str, &'static str)> {
        NAMED.into_iter()
    }

    /// Any base address. A path in it is kept in front of every path that is called, the token's too.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) unless it is an `http` or `https` URL with
    /// a host and without user name, password, query and fragment.
    pub fn url(base: &str) -> Result<Self, Error> {
        let wrong = |rule: &str| {
            // The text may hold a password: only what stands behind an `@` is shown.
            let shown = base.rsplit('@').next().unwrap_or_default();
            Error::invalid(format!(
                "the base URL {:?} is refused: {rule}",
                crate::text::shorten(shown, 200)
            ))
        };
        let mut url = Url::parse(base.trim()).map_err(|error| {
            wrong(&format!(
                "{error}; expected something like https://rest.zuora.com"
            ))
        })?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(wrong("it must begin with https:// (or http://)"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it must not hold a user name or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it must not hold `?` or `#`"));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(wrong("it names no host"));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self { base: url })
    }

    /// The base address, without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The name of the data centre with this address.
    pub fn name(&self) -> Option<&'static str> {
        NAMED
            .into_iter()
            .find(|(_, base)| *base == self.base_url())
            .map(|(name, _)| name)
    }

    /// Scheme, host and port: where tokens of this environment may go, and nowhere else.
    pub(crate) fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    pub(crate) fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// Where this environment gives tokens.
    pub(crate) fn token_path(&self) -> &'static str {
        match self.host() {
            // SCIM's own server (documented); that it takes the same form is a guess.
            "one.zuora.com" => "/oauth2/token",
            _ => TOKEN_PATH,
        }
    }

    pub(crate) fn is_plain_http(&self) -> bool {
        self.base.scheme() == "http"
    }

    /// Whether the host is this very machine: `localhost`, 127.0.0.0/8 or `::1`.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.base.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
            None => false,
        }
    }

    /// The address of `path` on this server: the base's prefix, the path, its query.
    ///
    /// # Errors
    /// [`ErrorKind::Invalid`](crate::ErrorKind::Invalid) for a path that does not begin with one
    /// slash, or could lead anywhere else than below the base: another host, `..` in any spelling,
    /// a backslash, a control character, a fragment.
    pub(crate) fn resolve(&self, path: &str) -> Result<Url, Error> {
        let wrong = |rule: &str| {
            Err(Error::invalid(format!(
                "the path {:?} is refused: {rule}",
                crate::text::shorten(path, 200)
            )))
        };
        if !path.starts_with('/') {
            return wrong(
                "it must begin with `/`, such as /v1/accounts/A00000001; the host comes from the environment",
            );
        }
        if path.starts_with("//") {
            return wrong("two slashes in front would name another host");
        }
        if path.contains(|c: char| c.is_control()) {
            return wrong("it holds a control character");
        }
        if path.contains('#') {
            return wrong("`#` must be written %23");
        }
        let (only_path, query) = match path.split_once('?') {
            Some((only_path, query)) => (only_path, Some(query)),
            None => (path, None),
        };
        // Nearly every path is made of these alone, and cannot be read in two ways.
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_');
        if !only_path.bytes().all(is_plain) {
            let Some(decoded) = decode_fully(only_path) else {
                return wrong("it is percent-encoded again and again");
            };
            if decoded.contains('\\') {
                return wrong("it holds a backslash");
            }
            if decoded.contains(|c: char| c.is_control()) {
                return wrong("it holds a control character");
            }
            if segments(&decoded).any(|segment| segment == ".." || segment == ".") {
                return wrong("`.` and `..` may not stand in it, in whatever spelling");
            }
        }
        let mut url = self.base.clone();
        let prefix = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{prefix}{only_path}"));
        url.set_query(query);
        if url[..Position::BeforePath] != self.base[..Position::BeforePath] {
            return wrong("it leads to another server");
        }
        Ok(url)
    }
}

impl Environment {
    /// What a reply names as the next page of `current`, as a path below this base: of a URL only
    /// path and query are taken, so that nothing a reply says can lead to another host.
    ///
    /// Zuora names its own host there, also to callers who come through a gateway. A URL or path
    /// that has the base's own prefix already loses it here, since every path gets it anyway.
    ///
    /// # Errors
    /// Why it is not followed, as a sentence without the query, which may be a customer's data.
    pub(crate) fn reroot(&self, next: &str, current: &str) -> Result<String, String> {
        let current = current.split('?').next().unwrap_or_default();
        let next = next.trim();
        if next.contains(|c: char| c.is_control()) {
            return Err("it holds a control character".to_owned());
        }
        if next.contains('#') {
            return Err("it holds `#`, which could hide a part of the query".to_owned());
        }
        let (before, query) = match next.split_once('?') {
            Some((before, query)) => (before, Some(query)),
            None => (next, None),
        };
        // URL parsers take a backslash for a slash, and so for the end of the host.
        if before.contains('\\') {
            return Err("it holds a backslash".to_owned());
        }
        let (own_host, path) = if before.is_empty() {
            (true, current)
        } else if before.starts_with('/') && !before.starts_with("//") {
            (true, before)
        } else {
            self.host_and_path(before)?
        };
        let prefix = self.base.path().trim_end_matches('/');
        // A path that is the current one as it stands has no prefix, whatever it begins with.
        let path = match path.strip_prefix(prefix) {
            Some(rest) if own_host && path != current && rest.starts_with('/') => rest,
            _ => path,
        };
        self.resolve(path).map_err(|error| error.to_string())?;
        Ok(match query {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        })
    }

    /// Whether an absolute URL without query is on the base's own host, and its path as it stands.
    fn host_and_path<'a>(&self, url: &'a str) -> Result<(bool, &'a str), String> {
        let Some((scheme, rest)) = url.split_once("//") else {
            return Err("it is neither a URL nor a path that begins with `/`".to_owned());
        };
        if !["https:", "http:", ""].contains(&scheme.to_ascii_lowercase().as_str()) {
            return Err("it is not an http or https URL".to_owned());
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let parsed = Url::parse(&format!("https://{authority}/"))
            .map_err(|error| format!("it is not a URL: {error}"))?;
        let host = parsed.host_str().unwrap_or_default();
        let own = host == self.host();
        if !own && !host.ends_with(".zuora.com") {
            return Err(format!(
                "it leads to the host {:?}, which is neither that of the base URL nor one of Zuora's",
                crate::text::shorten(host, 200)
            ));
        }
        Ok((own, path))
    }
}

/// What a server could see in a path: servers and gateways differ in how often they decode. `None` when
/// it never comes to an end.
fn decode_fully(path: &str) -> Option<Cow<'_, str>> {
    let mut text = Cow::Borrowed(path);
    for _ in 0..8 {
        if !text.contains('%') {
            return Some(text);
        }
        let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == text {
            return Some(text);
        }
        text = Cow::Owned(decoded);
    }
    None
}

/// The segments of a decoded path as a server may compare them: some drop what follows a `;`, some
/// trim.
fn segments(decoded: &str) -> impl Iterator<Item = &str> {
    decoded
        .split('/')
        .map(|segment| segment.split(';').next().unwrap_or_default().trim())
}

/// Whether a server could take these for the same path.
pub(crate) fn could_be_same_path(one: &str, other: &str) -> bool {
    let normal = |path: &str| {
        let decoded = decode_fully(path).unwrap_or_default();
        segments(&decoded)
            .filter(|segment| !segment.is_empty())
            .map(str::to_ascii_lowercase)
            .collect::<Vec<_>>()
    };
    normal(one) == normal(other)
}

/// The data centre that the API description names as its default, US Cloud 2 production:
/// `https://rest.zuora.com`.
impl Default for Environment {
    fn default() -> Self {
        Self {
            base: Url::parse("https://rest.zuora.com").expect("a constant that parses"),
        }
    }
}

/// A data centre's name such as `eu-sandbox`, or a base URL.
impl FromStr for Environment {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if let Some((_, base)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Self::url(base);
        }
        if text.contains("://") {
            return Self::url(text);
        }
        let names: Vec<_> = NAMED.iter().map(|(name, _)| *name).collect();
        Err(Error::invalid(format!(
            "the environment {:?} is unknown; known are {}, and any URL",
            crate::text::shorten(text, 80),
            names.join(" ")
        )))
    }
}

impl TryFrom<&str> for Environment {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

impl TryFrom<String> for Environment {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base_url())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Environment({})", self.base_url())
    }
}
