//! All operations and schemas of the Zuora REST API as compact static data.
//!
//! The catalogue is two texts inside the program, one block an operation and one block a schema, sorted.
//! A look-up bisects the text and hands out a view of the block, and a view reads its lines when asked:
//! nothing is done at start-up, and nothing is parsed that nobody wants.
//!
//! ```
//! let operation = zuora_catalog::operation("getAccount").unwrap();
//! assert_eq!((operation.method(), operation.path()), ("GET", "/v1/accounts/{account-key}"));
//!
//! let route = zuora_catalog::route("GET", "/v1/accounts/A%2F1?fields=name").unwrap();
//! assert_eq!(route.operation().id(), "getAccount");
//! assert_eq!(route.param("account-key").unwrap(), "A/1");
//!
//! let zuora_catalog::Shape::Object(fields) = zuora_catalog::schema("AccountMetrics").unwrap().shape()
//! else { panic!() };
//! assert!(fields.iter().any(|field| field.name() == "balance"));
//! ```
//!
//! What is here says what the API's description says, which is not always what the server does: limits
//! and enums are known to be wrong or incomplete in places.

mod common;
mod field;
mod group;
mod openapi;
mod operation;
mod pattern;
mod route;
pub mod sample;
mod schema;
mod text;
mod types;
mod validate;

pub use common::{Common, Place};
pub use field::{Facts, Field, Fields, Limit};
pub use group::Group;
pub use openapi::openapi;
pub use operation::{Auth, Body, Operation, Pages, Param, Position, Reply, Was};
pub use route::{Route, find, methods, route};
pub use schema::{Schema, Shape, Union, Values, Variant};
pub use types::{Kind, Type};
pub use validate::{Direction, Report, Violation, ViolationKind, is_custom};

use text::Block;

static OPERATIONS: &str = include_str!("operations.txt");
static SCHEMAS: &str = include_str!("schemas.txt");

/// The operation with this id of the API reference, such as `getAccount`; also by an older id.
pub fn operation(id: &str) -> Option<Operation> {
    Block::find(OPERATIONS, id)
        .map(Operation)
        .or_else(|| operations().find(|operation| operation.was().any(|was| was.id == id)))
}

/// All operations, by id.
pub fn operations() -> impl Iterator<Item = Operation> {
    Block::all(OPERATIONS).map(Operation)
}

/// The schema of this name.
pub fn schema(name: &str) -> Option<Schema> {
    Block::find(SCHEMAS, name).map(Schema)
}

/// All schemas, by name.
pub fn schemas() -> impl Iterator<Item = Schema> {
    Block::all(SCHEMAS).map(Schema)
}

/// The group of this name, in either spelling: `credit_memos` or `CreditMemos`.
pub fn group(name: &str) -> Option<Group> {
    operations()
        .map(|operation| operation.group())
        .find(|group| group.module() == name || group.name() == name)
}

/// All groups, by the name of their module.
pub fn groups() -> impl Iterator<Item = Group> {
    let groups: std::collections::BTreeSet<_> =
        operations().map(|operation| operation.group()).collect();
    groups.into_iter()
}
