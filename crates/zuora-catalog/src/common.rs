//! The parameters that many operations share.

/// A header, or query parameter, of many operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Common {
    /// `Zuora-Entity-Ids`: the entity that the call is for.
    Entity,
    /// `Zuora-Org-Ids`: the organizations that the call is for.
    Org,
    /// `Zuora-Track-Id`: the caller's own id of the call.
    Track,
    /// `Zuora-Version`: the version of the REST API.
    Version,
    /// `X-Zuora-WSDL-Version`: the version of the SOAP API that Actions and CRUD are made of.
    Wsdl,
    /// `Content-Encoding`: the body may be compressed with gzip.
    Gzip,
    /// The query parameter `rejectUnknownFields`.
    Reject,
    /// `Idempotency-Key`: a repeated call is not carried out twice.
    Key,
}

/// Where a [`Common`] goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// A header.
    Header,
    /// The query.
    Query,
}

impl Common {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Entity,
        Self::Org,
        Self::Track,
        Self::Version,
        Self::Wsdl,
        Self::Gzip,
        Self::Reject,
        Self::Key,
    ];

    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|common| common.word() == word)
    }

    /// As the catalogue writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Entity => "entity",
            Self::Org => "org",
            Self::Track => "track",
            Self::Version => "version",
            Self::Wsdl => "wsdl",
            Self::Gzip => "gzip",
            Self::Reject => "reject",
            Self::Key => "key",
        }
    }

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entity => "Zuora-Entity-Ids",
            Self::Org => "Zuora-Org-Ids",
            Self::Track => "Zuora-Track-Id",
            Self::Version => "Zuora-Version",
            Self::Wsdl => "X-Zuora-WSDL-Version",
            Self::Gzip => "Content-Encoding",
            Self::Reject => "rejectUnknownFields",
            Self::Key => "Idempotency-Key",
        }
    }

    /// Where it goes.
    pub const fn place(self) -> Place {
        match self {
            Self::Reject => Place::Query,
            _ => Place::Header,
        }
    }

    /// The most characters that it may have.
    pub const fn max_length(self) -> Option<u32> {
        match self {
            Self::Track => Some(64),
            Self::Key => Some(255),
            _ => None,
        }
    }
}
