//! What is known of an operation by its method and path: whether it only reads, and whether the server
//! keeps an `Idempotency-Key` for it.

use http::Method;
use std::sync::LazyLock;

/// How harmful it is to send a request twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Safety {
    /// It changes nothing, or the caller said that twice is as good as once.
    Reads,
    /// A DELETE: the second one finds nothing.
    Deletes,
    /// A PUT: Zuora's are actions (post, reverse, cancel) and take no key.
    Puts,
    /// A POST or PATCH whose first outcome the server keeps under a key.
    Keyed,
    /// Any other write: a key sent there protects nothing.
    Keyless,
}

struct Write {
    method: Method,
    /// `None` stands for a parameter.
    segments: Vec<Option<&'static str>>,
    key: bool,
    reads: bool,
}

static WRITES: LazyLock<Vec<Write>> = LazyLock::new(|| {
    include_str!("writes.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (method, path) = (words.next()?, words.next()?);
            let facts: Vec<_> = words.collect();
            Some(Write {
                method: method.parse().ok()?,
                segments: path
                    .split('/')
                    .map(|segment| (segment != "{}").then_some(segment))
                    .collect(),
                key: facts.contains(&"key"),
                reads: facts.contains(&"reads"),
            })
        })
        .collect()
});

/// The safety of a request, by the API description; `path` may carry a query.
pub(crate) fn safety(method: &Method, path: &str) -> Safety {
    match *method {
        Method::GET | Method::HEAD | Method::OPTIONS => Safety::Reads,
        Method::DELETE => Safety::Deletes,
        Method::PUT => Safety::Puts,
        _ => match find(method, path) {
            Some(write) if write.reads => Safety::Reads,
            Some(write) if write.key => Safety::Keyed,
            _ => Safety::Keyless,
        },
    }
}

/// The operation with this method and path; of several that fit, the one that is spelt out furthest.
fn find(method: &Method, path: &str) -> Option<&'static Write> {
    let path = path.split('?').next().unwrap_or_default();
    let path = path.strip_suffix('/').unwrap_or(path);
    let segments: Vec<_> = path.split('/').collect();
    let fits = |write: &&Write| {
        write.method == *method
            && write.segments.len() == segments.len()
            && write
                .segments
                .iter()
                .zip(&segments)
                .all(|(known, given)| known.map_or(!given.is_empty(), |known| known == *given))
    };
    WRITES
        .iter()
        .filter(fits)
        .max_by_key(|write| write.segments.iter().flatten().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_known_by_method_and_path() {
        for (method, path, expected) in [
            ("GET", "/v1/accounts/A1", Safety::Reads),
            ("POST", "/v1/orders", Safety::Keyed),
            ("POST", "/v1/orders?returnIds=true", Safety::Keyed),
            ("POST", "/v1/orders/preview", Safety::Reads),
            ("POST", "/v1/object/payment", Safety::Keyless),
            ("POST", "/v1/action/query", Safety::Reads),
            ("POST", "/v1/batch-query/", Safety::Keyed),
            ("POST", "/commerce/products/8a8", Safety::Reads),
            ("POST", "/v1/no-such-thing", Safety::Keyless),
            ("PUT", "/v1/accounts/A1", Safety::Puts),
            ("PATCH", "/v1/no-such-thing", Safety::Keyless),
            ("DELETE", "/v1/orders/O-1", Safety::Deletes),
            ("MERGE", "/v1/orders", Safety::Keyless),
        ] {
            let method: Method = method.parse().unwrap();
            assert_eq!(safety(&method, path), expected, "{method} {path}");
        }
    }
}
