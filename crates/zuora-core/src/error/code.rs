//! Zuora's codes: eight digits of the REST API, and the words of CRUD and Actions. Both sets are open.

use std::fmt;

/// The last two digits of an eight-digit code: what kind of failure it is (documented).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// 10: no permission.
    NoPermission,
    /// 11: authentication failed.
    AuthenticationFailed,
    /// 20: a value is of the wrong format, or not allowed.
    InvalidValue,
    /// 21: the request holds a field that is not known.
    UnknownField,
    /// 22: a required field is missing.
    MissingField,
    /// 23: a required parameter of path or query is missing.
    MissingParameter,
    /// 27: a query parameter is wrong.
    InvalidQuery,
    /// 30: a rule of business forbids it.
    BusinessRule,
    /// 40: the object or the endpoint does not exist.
    NotFound,
    /// 45: the request is not supported.
    Unsupported,
    /// 50: somebody else holds a lock on the object.
    Locked,
    /// 60: an internal error.
    Internal,
    /// 61: a temporary error.
    Temporary,
    /// 70: a limit is exceeded.
    LimitExceeded,
    /// 90: the request is not JSON.
    MalformedJson,
    /// 99: a third party, such as a payment gateway, failed.
    Integration,
    /// One that was not known when this was written.
    Other(u8),
}

impl Category {
    pub(crate) fn of_number(number: u8) -> Self {
        match number {
            10 => Self::NoPermission,
            11 => Self::AuthenticationFailed,
            20 => Self::InvalidValue,
            21 => Self::UnknownField,
            22 => Self::MissingField,
            23 => Self::MissingParameter,
            27 => Self::InvalidQuery,
            30 => Self::BusinessRule,
            40 => Self::NotFound,
            45 => Self::Unsupported,
            50 => Self::Locked,
            60 => Self::Internal,
            61 => Self::Temporary,
            70 => Self::LimitExceeded,
            90 => Self::MalformedJson,
            99 => Self::Integration,
            other => Self::Other(other),
        }
    }

    /// The number, as it stands at the end of a code.
    pub fn number(self) -> u8 {
        match self {
            Self::NoPermission => 10,
            Self::AuthenticationFailed => 11,
            Self::InvalidValue => 20,
            Self::UnknownField => 21,
            Self::MissingField => 22,
            Self::MissingParameter => 23,
            Self::InvalidQuery => 27,
            Self::BusinessRule => 30,
            Self::NotFound => 40,
            Self::Unsupported => 45,
            Self::Locked => 50,
            Self::Internal => 60,
            Self::Temporary => 61,
            Self::LimitExceeded => 70,
            Self::MalformedJson => 90,
            Self::Integration => 99,
            Self::Other(number) => number,
        }
    }

    /// The HTTP status that carries this category from `Zuora-Version` 2024-05-20 on; before, it comes
    /// inside a 200 (documented). `None` for a category that is not known.
    pub fn status(self) -> Option<http::StatusCode> {
        use http::StatusCode as S;
        Some(match self {
            Self::NoPermission => S::FORBIDDEN,
            Self::AuthenticationFailed => S::UNAUTHORIZED,
            Self::InvalidValue
            | Self::UnknownField
            | Self::MissingField
            | Self::MissingParameter
            | Self::InvalidQuery
            | Self::BusinessRule
            | Self::MalformedJson => S::BAD_REQUEST,
            Self::NotFound => S::NOT_FOUND,
            Self::Unsupported => S::METHOD_NOT_ALLOWED,
            Self::Locked => S::CONFLICT,
            Self::Internal | Self::Temporary | Self::Integration => S::INTERNAL_SERVER_ERROR,
            Self::LimitExceeded => S::TOO_MANY_REQUESTS,
            Self::Other(_) => return None,
        })
    }
}

/// A code of CRUD, Actions and ZOQL (documented, and an open set). More than these pass as
/// [`WsdlCode::Other`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WsdlCode {
    /// `CANNOT_DELETE`
    CannotDelete,
    /// `DUPLICATE_VALUE`
    DuplicateValue,
    /// `INVALID_FIELD`
    InvalidField,
    /// `INVALID_ID`
    InvalidId,
    /// `INVALID_SESSION`
    InvalidSession,
    /// `INVALID_TYPE`
    InvalidType,
    /// `INVALID_VALUE`
    InvalidValue,
    /// `LOCK_COMPETITION`: to be tried again.
    LockCompetition,
    /// `MALFORMED_QUERY`
    MalformedQuery,
    /// `MAX_RECORDS_EXCEEDED`
    MaxRecordsExceeded,
    /// `MISSING_REQUIRED_VALUE`
    MissingRequiredValue,
    /// `NO_PERMISSION` (observed)
    NoPermission,
    /// `REQUEST_EXCEEDED_LIMIT`: to be tried again.
    RequestExceededLimit,
    /// `REQUEST_EXCEEDED_RATE`: to be tried again.
    RequestExceededRate,
    /// `SERVER_UNAVAILABLE`: to be tried again.
    ServerUnavailable,
    /// `TEMPORARY_ERROR`: to be tried again.
    TemporaryError,
    /// `TRANSACTION_FAILED`
    TransactionFailed,
    /// `TRANSACTION_TERMINATED`
    TransactionTerminated,
    /// `TRANSACTION_TIMEOUT`: to be tried again.
    TransactionTimeout,
    /// `UNKNOWN_ERROR`
    UnknownError,
    /// Any other, as it came.
    Other(String),
}

const WSDL: [(&str, WsdlCode); 20] = [
    ("CANNOT_DELETE", WsdlCode::CannotDelete),
    ("DUPLICATE_VALUE", WsdlCode::DuplicateValue),
    ("INVALID_FIELD", WsdlCode::InvalidField),
    ("INVALID_ID", WsdlCode::InvalidId),
    ("INVALID_SESSION", WsdlCode::InvalidSession),
    ("INVALID_TYPE", WsdlCode::InvalidType),
    ("INVALID_VALUE", WsdlCode::InvalidValue),
    ("LOCK_COMPETITION", WsdlCode::LockCompetition),
    ("MALFORMED_QUERY", WsdlCode::MalformedQuery),
    ("MAX_RECORDS_EXCEEDED", WsdlCode::MaxRecordsExceeded),
    ("MISSING_REQUIRED_VALUE", WsdlCode::MissingRequiredValue),
    ("NO_PERMISSION", WsdlCode::NoPermission),
    ("REQUEST_EXCEEDED_LIMIT", WsdlCode::RequestExceededLimit),
    ("REQUEST_EXCEEDED_RATE", WsdlCode::RequestExceededRate),
    ("SERVER_UNAVAILABLE", WsdlCode::ServerUnavailable),
    ("TEMPORARY_ERROR", WsdlCode::TemporaryError),
    ("TRANSACTION_FAILED", WsdlCode::TransactionFailed),
    ("TRANSACTION_TERMINATED", WsdlCode::TransactionTerminated),
    ("TRANSACTION_TIMEOUT", WsdlCode::TransactionTimeout),
    ("UNKNOWN_ERROR", WsdlCode::UnknownError),
];

impl WsdlCode {
    /// Reads a code, with or without the namespace that faults put in front (`fns:`).
    fn of(text: &str) -> Option<Self> {
        let name = text.rsplit(':').next().unwrap_or(text);
        let is_one = !name.is_empty()
            && name.bytes().any(|b| b.is_ascii_uppercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        is_one.then(|| {
            WSDL.iter()
                .find(|(known, _)| *known == name)
                .map_or_else(|| Self::Other(name.to_owned()), |(_, code)| code.clone())
        })
    }

    /// The code as it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(text) => text,
            known => WSDL
                .iter()
                .find(|(_, code)| code == known)
                .map_or("", |(text, _)| text),
        }
    }
}

impl fmt::Display for WsdlCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One entry of a reply's list of reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reason {
    /// Zuora's code, as its text: `53100320`, `INVALID_VALUE`.
    pub code: Option<String>,
    /// What Zuora says about it.
    pub message: Option<String>,
    /// The field or parameter that it is about, where the reply names one: `periods[0].startDate`.
    pub field: Option<String>,
}

impl Reason {
    /// The six digits in front of the category: which object and field it is about, `531003` for a
    /// subscription's `termType`. 500000 stands for one that is not known.
    pub fn resource(&self) -> Option<u32> {
        let digits = self.digits()?;
        matches!(digits.as_bytes()[0], b'5' | b'6')
            .then(|| digits[..6].parse().ok())
            .flatten()
    }

    /// The kind of failure, from an eight-digit code (documented), from the bare `70` of a rate limit
    /// (documented), or from the codes of authentication and Mediation that have a meaning of their
    /// own.
    pub fn category(&self) -> Option<Category> {
        if self.code.as_deref() == Some("70") {
            return Some(Category::LimitExceeded);
        }
        let digits = self.digits()?;
        match digits {
            // Mediation counts its codes through (documented).
            "70002005" => Some(Category::LimitExceeded),
            "70002006" => Some(Category::AuthenticationFailed),
            _ => match digits.as_bytes()[0] {
                b'5' | b'6' => Some(Category::of_number(digits[6..].parse().ok()?)),
                // A leading 9 is authentication or something unexpected (documented).
                b'9' if digits.ends_with("11") => Some(Category::AuthenticationFailed),
                _ => None,
            },
        }
    }

    /// The word of CRUD, Actions and ZOQL.
    pub fn wsdl_code(&self) -> Option<WsdlCode> {
        WsdlCode::of(self.code.as_deref()?)
    }

    fn digits(&self) -> Option<&str> {
        self.code
            .as_deref()
            .filter(|code| code.len() == 8 && code.bytes().all(|b| b.is_ascii_digit()))
    }
}
