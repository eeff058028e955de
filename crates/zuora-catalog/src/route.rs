//! From a method and a path to the operation.
//!
//! The paths form a tree of segments, built when the first question comes. A segment that is spelled
//! out wins over a placeholder; where that leads nowhere, the placeholder is tried.

use crate::{OPERATIONS, Operation, text::Block};
use percent_encoding::percent_decode_str;
use std::{borrow::Cow, fmt, sync::OnceLock};

/// No path has more placeholders.
const MOST: usize = 6;

/// An operation, and the values of its path's placeholders in a request.
#[derive(Clone, Copy)]
pub struct Route<'a> {
    operation: Operation,
    /// As they came, encoded.
    values: [&'a str; MOST],
    by_older_spelling: bool,
}

/// The operation of this method and path, also by an older path.
///
/// The path begins where the base URL ends; a query, a fragment and one slash at its end do not matter.
/// Segments are compared decoded.
pub fn route<'a>(method: &str, path: &'a str) -> Option<Route<'a>> {
    let mut search = Search {
        tree: Tree::get(),
        method,
        values: [""; MOST],
    };
    let end = search.walk(0, segments(path)?, 0)?;
    Some(Route {
        operation: Operation(end.block),
        values: search.values,
        by_older_spelling: end.is_older,
    })
}

/// The operation that a whole URL is for, or a path below any base: leading segments are left out until
/// the rest is a path of the API.
///
/// For people and logs. A server knows its own base and asks [`route`].
pub fn find<'a>(method: &str, url: &'a str) -> Option<Route<'a>> {
    let mut path = match url.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/')?..],
        None => url,
    };
    loop {
        if let Some(route) = route(method, path) {
            return Some(route);
        }
        let path_end = path.find(['?', '#']).unwrap_or(path.len());
        let next = path.get(1..path_end)?.find('/')? + 1;
        path = &path[next..];
    }
}

/// The methods that this path has, such as `["GET", "PUT"]`; none when it is no path of the API.
pub fn methods(path: &str) -> Vec<&'static str> {
    let known = ["DELETE", "GET", "PATCH", "POST", "PUT"];
    known
        .into_iter()
        .filter(|method| route(method, path).is_some())
        .collect()
}

impl<'a> Route<'a> {
    /// The operation.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// Whether the request has a path that the operation had before.
    pub fn is_by_older_spelling(&self) -> bool {
        self.by_older_spelling
    }

    /// The values of the placeholders, decoded, by the names of the operation's path. What is no UTF-8
    /// becomes the replacement character.
    pub fn params(&self) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> {
        placeholders(self.operation.path())
            .zip(self.values)
            .map(|(name, value)| (name, decoded(value)))
    }

    /// The value of one of them.
    pub fn param(&self, name: &str) -> Option<Cow<'a, str>> {
        self.params()
            .find_map(|(other, value)| (other == name).then_some(value))
    }
}

impl fmt::Debug for Route<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("operation", &self.operation)
            .field("params", &self.params().collect::<Vec<_>>())
            .finish()
    }
}

/// The path's segments, still joined; `None` for what does not begin with a slash.
fn segments(path: &str) -> Option<&str> {
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let path = path[..end].strip_prefix('/')?;
    Some(path.strip_suffix('/').unwrap_or(path))
}

/// The names in braces.
pub(crate) fn placeholders(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn decoded(segment: &str) -> Cow<'_, str> {
    percent_decode_str(segment).decode_utf8_lossy()
}

/// The paths of all operations, segment by segment.
struct Tree(Vec<Node>);

#[derive(Default)]
struct Node {
    /// What is spelled out, sorted, and the node it leads to.
    literals: Vec<(&'static str, u32)>,
    placeholder: Option<u32>,
    ends: Vec<End>,
}

/// An operation whose path ends at a node.
struct End {
    method: &'static str,
    block: Block,
    is_older: bool,
}

impl Tree {
    fn get() -> &'static Self {
        static TREE: OnceLock<Tree> = OnceLock::new();
        TREE.get_or_init(Self::build)
    }

    fn build() -> Self {
        let mut tree = Self(vec![Node::default()]);
        for block in Block::all(OPERATIONS) {
            let operation = Operation(block);
            tree.add(operation.path(), operation.method(), block, false);
            for was in operation.was() {
                tree.add(was.path, was.method, block, true);
            }
        }
        tree
    }

    fn add(&mut self, path: &'static str, method: &'static str, block: Block, is_older: bool) {
        let mut at = 0;
        for segment in segments(path).unwrap_or_default().split('/') {
            at = self.child(at, segment);
        }
        self.0[at].ends.push(End {
            method,
            block,
            is_older,
        });
    }

    fn child(&mut self, at: usize, segment: &'static str) -> usize {
        let new = self.0.len() as u32;
        let node = &mut self.0[at];
        let child = if segment.starts_with('{') {
            *node.placeholder.get_or_insert(new)
        } else {
            match node.literals.binary_search_by_key(&segment, |pair| pair.0) {
                Ok(place) => node.literals[place].1,
                Err(place) => {
                    node.literals.insert(place, (segment, new));
                    new
                }
            }
        };
        if child == new {
            self.0.push(Node::default());
        }
        child as usize
    }
}

/// One look-up.
struct Search<'a, 'm> {
    tree: &'static Tree,
    method: &'m str,
    values: [&'a str; MOST],
}

impl<'a> Search<'a, '_> {
    /// Goes on at a node with what is left of the path, `filled` placeholders behind it.
    fn walk(&mut self, node: u32, path: &'a str, filled: usize) -> Option<&'static End> {
        let node = &self.tree.0[node as usize];
        let (segment, rest) = match path.split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (path, None),
        };
        let name = match segment.contains('%') {
            true => decoded(segment),
            false => Cow::Borrowed(segment),
        };
        let spelled_out = node
            .literals
            .binary_search_by(|(literal, _)| (*literal).cmp(&name))
            .ok()
            .and_then(|place| self.go_on(node.literals[place].1, rest, filled));
        if spelled_out.is_some() || segment.is_empty() {
            return spelled_out;
        }
        *self.values.get_mut(filled)? = segment;
        self.go_on(node.placeholder?, rest, filled + 1)
    }

    fn go_on(&mut self, node: u32, rest: Option<&'a str>, filled: usize) -> Option<&'static End> {
        match rest {
            Some(rest) => self.walk(node, rest, filled),
            None => {
                let ends = &self.tree.0[node as usize].ends;
                ends.iter().find(|end| end.method == self.method)
            }
        }
    }
}
