//! From the description to Rust types: which schemas become types, what each is used for, which groups
//! reach it, where pointers are needed.

use crate::api::{Api, Field, Schema, Shape, Type};
use heck::{ToSnakeCase, ToUpperCamelCase};
use std::collections::{BTreeMap, BTreeSet};

/// What a type is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Role {
    pub(crate) request: bool,
    pub(crate) reply: bool,
}

/// A type reached by more groups than this is always there.
pub(crate) const MOST_GROUPS: usize = 8;

/// The members that say whether a call succeeded, and its ids. A reply that gets as far as a model has
/// succeeded, so they are no fields.
const ENVELOPE: [&str; 4] = ["success", "reasons", "processId", "requestId"];

/// The description as types: enums of fields have names, what is lifted out is gone.
pub(crate) fn typed(api: &Api) -> Api {
    let mut typed = api.clone();
    name_enums(&mut typed);
    lists_only(&mut typed);
    lift_integrations(&mut typed);
    lift_envelopes(&mut typed);
    amounts_in_texts(&mut typed);
    typed
}

/// Amounts that replies have as texts are decimals like all others: the codec reads both. What is sent
/// stays the text that the description asks for.
fn amounts_in_texts(api: &mut Api) {
    let reach = reach(api);
    for schema in api.schemas.values_mut() {
        let is_sent = reach
            .get(&schema.name)
            .is_none_or(|facts| facts.role.request);
        if let Shape::Object(fields) = &mut schema.shape
            && !is_sent
        {
            for field in fields {
                if field.ty == Type::String && field.facts.format.as_deref() == Some("decimal") {
                    field.ty = Type::Number;
                }
            }
        }
    }
}

/// The enum of a field is a type of its own: `Account.status`.
fn name_enums(api: &mut Api) {
    let mut enums = Vec::new();
    for schema in api.schemas.values_mut() {
        let Shape::Object(fields) = &mut schema.shape else {
            continue;
        };
        for field in fields {
            let items = field.facts.items.as_ref();
            let (values, ty) = match &mut field.ty {
                ty @ Type::String => (&field.facts.one_of, ty),
                Type::Array(inner) if **inner == Type::String => match items {
                    Some(items) => (&items.one_of, &mut **inner),
                    None => continue,
                },
                _ => continue,
            };
            if values.is_empty() {
                continue;
            }
            let name = format!("{}.{}", schema.name, field.name);
            *ty = Type::Named(name.clone());
            enums.push(Schema {
                name,
                place: field.place.clone(),
                home: schema.home.clone(),
                shape: Shape::Enum(values.clone()),
            });
        }
    }
    for schema in enums {
        api.schemas.insert(schema.name.clone(), schema);
    }
}

/// Where one or several are taken, a list of one says the same.
fn lists_only(api: &mut Api) {
    let mut lists = BTreeMap::new();
    for (name, schema) in &api.schemas {
        if let Shape::Union(union) = &schema.shape
            && let [one, list @ Type::Array(inner)] = &union.variants[..]
            && **inner == *one
        {
            lists.insert(name.clone(), list.clone());
        }
    }
    for operation in api.operations.values_mut() {
        if let Some(body) = &mut operation.body
            && let Some(Type::Named(name)) = &body.ty
            && let Some(list) = lists.get(name)
        {
            body.ty = Some(list.clone());
        }
    }
    api.schemas.retain(|name, _| !lists.contains_key(name));
}

/// Fields of integrations (`IntegrationId__NS`, `QuoteNumber__QT`) repeat in a hundred types; as custom
/// fields do, they stand in `extra`.
fn lift_integrations(api: &mut Api) {
    for schema in api.schemas.values_mut() {
        if let Shape::Object(fields) = &mut schema.shape {
            fields.retain(|field| !field.name.ends_with("__NS") && !field.name.ends_with("__QT"));
        }
    }
}

/// `success`, `reasons`, `processId` and `requestId` of types that are replies and nothing else. A reply
/// that has nothing else has no type.
fn lift_envelopes(api: &mut Api) {
    let inner: BTreeSet<String> = api
        .schemas
        .values()
        .flat_map(Schema::names)
        .map(str::to_owned)
        .collect();
    let requests: BTreeSet<&str> = api
        .operations
        .values()
        .filter_map(|operation| operation.body.as_ref()?.ty.as_ref()?.named())
        .collect();
    let mut empty = BTreeSet::new();
    let replies: BTreeSet<String> = api
        .operations
        .values()
        .flat_map(|operation| &operation.replies)
        .filter_map(|(_, ty)| match ty {
            Some(Type::Named(name)) => Some(name.clone()),
            _ => None,
        })
        .filter(|name| !inner.contains(name) && !requests.contains(name.as_str()))
        .collect();
    for name in replies {
        if let Some(Schema {
            shape: Shape::Object(fields),
            ..
        }) = api.schemas.get_mut(&name)
        {
            fields.retain(|field| !ENVELOPE.contains(&field.name.as_str()));
            if fields.is_empty() {
                empty.insert(name);
            }
        }
    }
    for operation in api.operations.values_mut() {
        for (_, ty) in &mut operation.replies {
            if matches!(ty, Some(Type::Named(name)) if empty.contains(name)) {
                *ty = None;
            }
        }
    }
}

/// Everything known of one type, whose name may stand for several schemas of the same shape.
#[derive(Debug)]
pub(crate) struct TypeFacts {
    pub(crate) role: Role,
    /// The groups whose operations reach it.
    pub(crate) groups: BTreeSet<String>,
    /// Operations that it is the body or the reply of.
    pub(crate) bodies: BTreeSet<String>,
    pub(crate) replies: BTreeSet<String>,
    /// Types that it is a part of.
    pub(crate) parts: BTreeSet<String>,
}

/// The facts of all schemas that an operation reaches by its parameters, its body or a good reply.
pub(crate) fn reach(api: &Api) -> BTreeMap<String, TypeFacts> {
    let mut facts: BTreeMap<String, TypeFacts> = BTreeMap::new();
    for operation in api.operations.values() {
        let params = operation
            .params
            .iter()
            .filter_map(|param| param.field.ty.named());
        let body = operation
            .body
            .iter()
            .filter_map(|body| body.ty.as_ref()?.named());
        for name in body.clone() {
            let facts = walk(api, &mut facts, name, &operation.group, true);
            facts.bodies.insert(operation.id.clone());
        }
        for name in params {
            walk(api, &mut facts, name, &operation.group, true);
        }
        for name in operation
            .replies
            .iter()
            .filter_map(|(_, ty)| ty.as_ref()?.named())
        {
            let facts = walk(api, &mut facts, name, &operation.group, false);
            facts.replies.insert(operation.id.clone());
        }
    }
    for schema in api.schemas.values() {
        if facts.contains_key(&schema.name) {
            for name in schema.names() {
                if let Some(facts) = facts.get_mut(name) {
                    facts.parts.insert(schema.name.clone());
                }
            }
        }
    }
    facts
}

fn walk<'f>(
    api: &Api,
    facts: &'f mut BTreeMap<String, TypeFacts>,
    name: &str,
    group: &str,
    request: bool,
) -> &'f mut TypeFacts {
    let mut waiting = vec![name.to_owned()];
    while let Some(next) = waiting.pop() {
        let known = facts.entry(next.clone()).or_insert_with(|| TypeFacts {
            role: Role::default(),
            groups: BTreeSet::new(),
            bodies: BTreeSet::new(),
            replies: BTreeSet::new(),
            parts: BTreeSet::new(),
        });
        let role = match request {
            true => &mut known.role.request,
            false => &mut known.role.reply,
        };
        let news = !std::mem::replace(role, true) | known.groups.insert(group.to_owned());
        if news && let Some(schema) = api.schemas.get(&next) {
            waiting.extend(schema.names().iter().map(|name| (*name).to_owned()));
        }
    }
    facts.entry(name.to_owned()).or_insert_with(|| TypeFacts {
        role: Role::default(),
        groups: BTreeSet::new(),
        bodies: BTreeSet::new(),
        replies: BTreeSet::new(),
        parts: BTreeSet::new(),
    })
}

/// The schemas that contain themselves by value somewhere, so that their fields need a pointer.
pub(crate) fn cyclic(api: &Api) -> BTreeSet<String> {
    fn reaches(api: &Api, from: &str, goal: &str, seen: &mut BTreeSet<String>) -> bool {
        let Some(Schema {
            shape: Shape::Object(fields),
            ..
        }) = api.schemas.get(from)
        else {
            return false;
        };
        fields.iter().any(|field| match &field.ty {
            Type::Named(name) => {
                name == goal || (seen.insert(name.clone()) && reaches(api, name, goal, seen))
            }
            _ => false,
        })
    }
    api.schemas
        .keys()
        .filter(|name| reaches(api, name, name, &mut BTreeSet::new()))
        .cloned()
        .collect()
}

/// The names that a schema could have in Rust, the best one first: what only tells how the description
/// was flattened (`AllOf`, `Inner`, `200Response`) is left out where the name is free without it.
pub(crate) fn rust_names(schema: &str) -> [String; 2] {
    let plain = match schema.split_once('.') {
        Some((owner, field)) => {
            format!(
                "{}{}",
                owner.to_upper_camel_case(),
                field.to_upper_camel_case()
            )
        }
        None => schema.to_upper_camel_case(),
    };
    let words: Vec<String> = plain
        .to_snake_case()
        .split('_')
        .map(str::to_owned)
        .collect();
    let mut short = String::new();
    let mut words = words.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        match (word, words.peek()) {
            ("all", Some(&"of")) => {
                words.next();
            }
            ("inner", _) => short.push_str("Item"),
            (word, _) => short.push_str(&word.to_upper_camel_case()),
        }
    }
    [short.replace("200Response", "Response"), plain]
}

/// What two schemas must have in common to be one type, with the names that their parts have in Rust.
pub(crate) fn signature(schema: &Schema, role: Role, rust: &dyn Fn(&str) -> String) -> String {
    let own = rust(&schema.name);
    let part = |ty: &Type| {
        let mut ty = ty.clone();
        if let Some(name) = ty.named() {
            let name = rust(name);
            ty.rename(if name == own { "Self" } else { &name });
        }
        ty.to_string()
    };
    let mut text = format!("{} {role:?} ", schema.home);
    match &schema.shape {
        Shape::Object(fields) => {
            for field in fields {
                let required = role.request && field.required;
                text += &format!("{} {} {required};", field.name, part(&field.ty));
            }
        }
        Shape::Enum(values) => text += &format!("enum {values:?}"),
        Shape::Union(union) => {
            for ty in &union.variants {
                let values: Vec<_> = union
                    .values
                    .iter()
                    .filter(|(_, name)| ty.named() == Some(name))
                    .collect();
                text += &format!("{} {:?};", part(ty), values.len());
            }
            text += &format!("union {:?}", union.tag);
        }
    }
    text
}

/// Whether the value of this field is nothing to print: what pays, what signs, what logs in.
pub(crate) fn is_secret(field: &Field) -> bool {
    let name: String = field
        .name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    let textual = matches!(
        field.ty,
        Type::String | Type::Object | Type::Any | Type::Map(_)
    );
    let says_so = [
        "password",
        "passwd",
        "secret",
        "cardnumber",
        "bankaccountnumber",
        "achaccountnumber",
        "accountnumbermask",
        "securitycode",
        "cvv",
        "cvc",
        "iban",
        "privatekey",
        "accesskey",
        "apikey",
        "apitoken",
        "accesstoken",
        "refreshtoken",
        "tokenid",
        "secondtokenid",
        "signature",
        "credential",
    ]
    .iter()
    .any(|part| name.contains(part));
    textual && (says_so || name == "token" || name == "identitynumber")
}

/// The groups for a type's `cfg`, or none if it is always there.
pub(crate) fn gates(groups: &BTreeSet<String>) -> Option<&BTreeSet<String>> {
    (groups.len() <= MOST_GROUPS).then_some(groups)
}
