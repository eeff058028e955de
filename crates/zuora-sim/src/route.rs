//! What an operation is, and the look-up of a request among them.
//!
//! A tree over path segments, so that hundreds of operations cost no more than a handful: a request
//! walks as many nodes as its path has segments. Literal segments win over parameters.

use crate::{ConcurrencyClass, described, dispatch::Call, message::Reply, problem::Family};
use percent_encoding::percent_decode_str;
use std::{collections::HashMap, sync::LazyLock};
use zuora_catalog::{Auth, Operation};

/// Answers one request.
pub(crate) type Handler = fn(&Call<'_>) -> Reply;

/// One operation: its id in the API reference, its method and path, and what answers it.
pub(crate) struct Route {
    pub(crate) operation: &'static str,
    pub(crate) method: &'static str,
    /// Literal segments and `{parameters}`.
    pub(crate) template: &'static str,
    pub(crate) handler: Handler,
    /// What the pipeline does before the handler; none for the token endpoint and `/_sim/`.
    pub(crate) api: Option<Api>,
    /// The operation in the catalogue, where requests are held against it.
    pub(crate) described: Option<Operation>,
}

/// What all operations of the API have in common, and where they differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Api {
    pub(crate) family: Family,
    /// The class that its calls are counted in; without one neither the rate limit nor the concurrency
    /// limit counts them (a guess for all outside `/v1` and `/object-query`).
    pub(crate) class: Option<ConcurrencyClass>,
    pub(crate) body: BodyRule,
    /// Only a bearer token is looked at.
    pub(crate) auth: Auth,
}

/// What an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyRule {
    /// Nothing; what is sent is ignored.
    None,
    /// Multipart, read as it comes.
    Upload,
    /// What the catalogue says: any JSON, needed or not.
    Described,
}

impl Route {
    pub(crate) fn is_upload(&self) -> bool {
        self.api.is_some_and(|api| api.body == BodyRule::Upload)
    }
}

/// What is known about a request.
pub(crate) enum Found {
    /// The operation, and the path's parameters in their order, percent-decoded.
    Operation(&'static Route, Vec<String>),
    /// The path is known, the method is not: the methods that are.
    WrongMethod(Vec<&'static str>),
    /// A parameter that is not percent-encoded UTF-8.
    BadEncoding,
    /// Nothing here has this path.
    Unknown,
}

/// Looks a request up.
pub(crate) fn find(method: &str, path: &str) -> Found {
    static TREE: LazyLock<Node> = LazyLock::new(|| Node::of(described::all()));
    let Some(path) = path.strip_prefix('/') else {
        return Found::Unknown;
    };
    // Literals are compared as sent: `/oauth/%74oken` and `/v1/./accounts` are unknown here, loudly,
    // where a lenient server might guess.
    let segments: Vec<&str> = path.split('/').collect();
    let mut args = Vec::new();
    let Some(node) = TREE.walk(&segments, &mut args) else {
        return Found::Unknown;
    };
    let Some(route) = node.routes.iter().find(|route| route.method == method) else {
        return Found::WrongMethod(node.routes.iter().map(|route| route.method).collect());
    };
    let decoded: Option<Vec<String>> = args.into_iter().map(decode).collect();
    decoded.map_or(Found::BadEncoding, |args| Found::Operation(route, args))
}

fn decode(segment: &str) -> Option<String> {
    let bytes = segment.as_bytes();
    let well_formed = bytes.iter().enumerate().all(|(at, byte)| {
        *byte != b'%'
            || bytes
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    let decoded = percent_decode_str(segment).decode_utf8().ok()?;
    well_formed.then(|| decoded.into_owned())
}

#[derive(Default)]
struct Node {
    literals: HashMap<&'static str, Node>,
    parameter: Option<Box<Node>>,
    routes: Vec<&'static Route>,
}

impl Node {
    fn of(routes: impl Iterator<Item = &'static Route>) -> Self {
        let mut root = Self::default();
        routes.for_each(|route| root.add(route));
        root
    }

    fn add(&mut self, route: &'static Route) {
        let mut node = self;
        for segment in route.template.trim_start_matches('/').split('/') {
            node = if segment.starts_with('{') {
                node.parameter.get_or_insert_default()
            } else {
                node.literals.entry(segment).or_default()
            };
        }
        node.routes.push(route);
    }

    /// The node of a path that ends in a route. A literal branch that leads nowhere is given up for
    /// the parameter's; the depth is that of the longest template.
    fn walk<'n, 'p>(&'n self, segments: &[&'p str], args: &mut Vec<&'p str>) -> Option<&'n Node> {
        let Some((segment, rest)) = segments.split_first() else {
            return (!self.routes.is_empty()).then_some(self);
        };
        if let Some(found) = self
            .literals
            .get(*segment)
            .and_then(|node| node.walk(rest, args))
        {
            return Some(found);
        }
        let node = self.parameter.as_deref()?;
        // An empty segment or a dot segment is never a key.
        if matches!(*segment, "" | "." | "..") {
            return None;
        }
        args.push(segment);
        let found = node.walk(rest, args);
        if found.is_none() {
            args.pop();
        }
        found
    }
}
