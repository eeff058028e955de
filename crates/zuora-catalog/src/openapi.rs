//! The whole catalogue as an OpenAPI 3.1 document.
//!
//! Where the two differ: an operation's older spellings and the styles of lists have no place there.
//! Every `number` has the format `decimal`, since a float would round amounts. A union is an `anyOf`,
//! also where a text tells the variant: a value may fit others beside, which `oneOf` would refuse.
//! Null may stand in what object query gives where that is asked for (documented), and for every member of
//! what `/v1` REST takes and gives that is not required (documented for many of them; for all is a guess).

use crate::{
    Auth, Common, Facts, Field, Kind, Limit, Operation, Param, Place, Position, Reply, Schema,
    Shape, Type, Union, groups, operations, route::placeholders, schemas,
};
use std::collections::{BTreeMap, BTreeSet};
use zuora_wire::{Json, Number, Object};

/// The data centres.
const SERVERS: [&str; 10] = [
    "https://rest.zuora.com",
    "https://rest.apisandbox.zuora.com",
    "https://rest.na.zuora.com",
    "https://rest.sandbox.na.zuora.com",
    "https://rest.test.zuora.com",
    "https://rest.eu.zuora.com",
    "https://rest.sandbox.eu.zuora.com",
    "https://rest.test.eu.zuora.com",
    "https://rest.ap.zuora.com",
    "https://rest.test.ap.zuora.com",
];

/// The document, as JSON text for people to read.
pub fn openapi() -> String {
    let info = object([
        ("title", "Zuora REST API".into()),
        ("version", env!("CARGO_PKG_VERSION").into()),
    ]);
    let tags = groups().map(|group| object([("name", group.name().into())]));
    let document = object([
        ("openapi", "3.1.0".into()),
        ("info", info),
        (
            "servers",
            SERVERS.into_iter().map(server).collect::<Vec<_>>().into(),
        ),
        ("security", security("token")),
        ("tags", tags.collect::<Vec<_>>().into()),
        ("paths", paths()),
        ("components", components()),
    ]);
    let mut text = document.to_pretty_string();
    text.push('\n');
    text
}

fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::object(members)
}

fn server(url: &'static str) -> Json {
    object([("url", url.into())])
}

/// The one scheme that is needed.
fn security(scheme: &str) -> Json {
    vec![object([(scheme, Json::Array(Vec::new()))])].into()
}

/// Paths that differ in the names of placeholders only are one path there: the first name is taken.
fn paths() -> Json {
    let mut paths: BTreeMap<String, (&'static str, Vec<Operation>)> = BTreeMap::new();
    for operation in operations() {
        let shape = operation
            .path()
            .split('/')
            .map(|segment| match segment.starts_with('{') {
                true => "{}",
                false => segment,
            });
        let shape = shape.collect::<Vec<_>>().join("/");
        let path = paths.entry(shape).or_insert((operation.path(), Vec::new()));
        path.1.push(operation);
    }
    Json::object(paths.into_values().map(|(path, operations)| {
        let methods = operations
            .into_iter()
            .map(|found| (found.method().to_ascii_lowercase(), operation(found, path)));
        (path, Json::object(methods))
    }))
}

fn operation(operation: Operation, path: &'static str) -> Json {
    let mut members = Object::new();
    members.insert("operationId", operation.id());
    members.insert("tags", vec![operation.group().name()]);
    if let Some(url) = operation.server() {
        members.insert("servers", vec![server(url)]);
    }
    match operation.auth() {
        Auth::Bearer => {}
        Auth::Basic => drop(members.insert("security", security("basic"))),
        Auth::None => drop(members.insert("security", Vec::<Json>::new())),
    }
    let common = operation.common().map(|common| {
        let place = format!("#/components/parameters/{}", common.name());
        object([("$ref", place.into())])
    });
    let own = operation.params().filter_map(|found| {
        // The name that this operation has for a placeholder, and the one that the document has.
        let mut names = placeholders(operation.path()).zip(placeholders(path));
        let renamed = names.find(|(name, _)| *name == found.field.name());
        parameter(found, renamed.map_or(found.field.name(), |(_, name)| name))
    });
    let parameters: Vec<_> = common.chain(own).collect();
    if !parameters.is_empty() {
        members.insert("parameters", parameters);
    }
    if let Some(body) = request_body(operation) {
        members.insert("requestBody", body);
    }
    members.insert("responses", responses(operation));
    members.into()
}

/// `None` for the parts of a form, which stand in the body.
fn parameter(param: Param, name: &str) -> Option<Json> {
    let place = match param.position {
        Position::Path | Position::Query | Position::Header => param.position.word(),
        Position::Form | Position::File => return None,
    };
    let field = param.field;
    let mut members = Object::new();
    members.insert("name", name);
    members.insert("in", place);
    if field.is_required() || param.position == Position::Path {
        members.insert("required", true);
    }
    if param.position == Position::Query && matches!(field.ty().kind(), Kind::Array(_)) {
        members.insert("style", "form");
        members.insert("explode", field.facts().joined().is_none());
    }
    members.insert("schema", field_schema(field, false));
    Some(members.into())
}

fn request_body(operation: Operation) -> Option<Json> {
    let body = operation.body()?;
    let schema = match body.ty {
        Some(ty) => type_schema(ty, None),
        None => {
            let is_part = |param: &Param| matches!(param.position, Position::Form | Position::File);
            let parts = operation.params().filter(is_part);
            fields_schema(parts.map(|param| param.field), false)
        }
    };
    let content = object([(body.content_type, object([("schema", schema)]))]);
    let mut members = Object::new();
    members.insert("content", content);
    if body.is_required {
        members.insert("required", true);
    }
    Some(members.into())
}

fn responses(operation: Operation) -> Json {
    let good = operation.replies().map(|reply| {
        let is_json = |media: &&str| media.contains("json");
        let media: Vec<_> = operation.accept().collect();
        let content = media.iter().filter_map(|media| {
            let schema = match reply.ty {
                Some(ty) if is_json(media) => type_schema(ty, None),
                None if is_json(media) => return None,
                _ => Json::Object(Object::new()),
            };
            Some((*media, object([("schema", schema)])))
        });
        (reply.status, response("Done", content.collect()))
    });
    let bad = operation.errors().map(|Reply { status, ty }| {
        let content = ty.map(|ty| {
            (
                "application/json",
                object([("schema", type_schema(ty, None))]),
            )
        });
        (
            status,
            response("Refused or failed", content.into_iter().collect()),
        )
    });
    Json::object(good.chain(bad))
}

fn response(description: &str, content: Vec<(&str, Json)>) -> Json {
    let mut members = Object::new();
    members.insert("description", description);
    if !content.is_empty() {
        members.insert("content", Json::object(content));
    }
    members.into()
}

fn components() -> Json {
    let parameters = Common::ALL.into_iter().map(|common| {
        let place = match common.place() {
            Place::Header => "header",
            Place::Query => "query",
        };
        let mut schema = Object::new();
        schema.insert(
            "type",
            if common == Common::Reject {
                "boolean"
            } else {
                "string"
            },
        );
        if let Some(length) = common.max_length() {
            schema.insert("maxLength", length);
        }
        let parameter = object([
            ("name", common.name().into()),
            ("in", place.into()),
            ("schema", schema.into()),
        ]);
        (common.name(), parameter)
    });
    let with_nulls = with_nulls();
    let flow = object([
        ("tokenUrl", "/oauth/token".into()),
        ("scopes", Json::Object(Object::new())),
    ]);
    let token = object([
        ("type", "oauth2".into()),
        ("flows", object([("clientCredentials", flow)])),
    ]);
    let basic = object([("type", "http".into()), ("scheme", "basic".into())]);
    object([
        (
            "schemas",
            Json::object(schemas().map(|found| {
                let has_nulls = with_nulls.contains(found.name());
                (found.name(), schema(found, has_nulls))
            })),
        ),
        ("parameters", Json::object(parameters)),
        (
            "securitySchemes",
            object([("token", token), ("basic", basic)]),
        ),
    ])
}

/// The schemas whose members may be null.
fn with_nulls() -> BTreeSet<&'static str> {
    let is_rest = |path: &str| {
        let others = ["/v1/object/", "/v1/action/", "/v1/batch-query"];
        path.starts_with("/v1/") && !others.iter().any(|other| path.starts_with(other))
    };
    let rest = operations().filter(|operation| is_rest(operation.path()));
    let types = rest.flat_map(|operation| {
        let body = operation.body().and_then(|body| body.ty);
        body.into_iter()
            .chain(operation.replies().filter_map(|reply| reply.ty))
    });
    let mut found = BTreeSet::new();
    let mut open: Vec<Schema> = types.filter_map(Type::schema).collect();
    open.extend(schemas().filter(|schema| schema.name().starts_with("Expanded")));
    while let Some(schema) = open.pop() {
        if !found.insert(schema.name()) {
            continue;
        }
        match schema.shape() {
            Shape::Object(fields) => {
                open.extend(fields.iter().filter_map(|field| field.ty().schema()));
            }
            Shape::Union(union) => {
                open.extend(union.variants().filter_map(|variant| variant.ty.schema()));
            }
            Shape::Enum(_) => {}
        }
    }
    found
}

fn schema(schema: Schema, has_nulls: bool) -> Json {
    match schema.shape() {
        Shape::Object(fields) => fields_schema(fields.iter(), has_nulls),
        Shape::Enum(values) => object([
            ("type", "string".into()),
            ("enum", values.iter().collect::<Vec<_>>().into()),
        ]),
        Shape::Union(union) => union_schema(union),
    }
}

fn union_schema(union: Union) -> Json {
    let variants: Vec<_> = union
        .variants()
        .map(|it| type_schema(it.ty, None))
        .collect();
    let mut members = Object::new();
    members.insert("anyOf", variants);
    if let Some(tag) = union.tag() {
        let mapping = union.variants().flat_map(|variant| {
            let place = reference(variant.ty.as_str());
            variant.values().map(move |value| (value, place.clone()))
        });
        let discriminator = object([
            ("propertyName", tag.into()),
            ("mapping", Json::object(mapping.collect::<Vec<_>>())),
        ]);
        members.insert("discriminator", discriminator);
    }
    members.into()
}

fn fields_schema(fields: impl Iterator<Item = Field>, has_nulls: bool) -> Json {
    let fields: Vec<_> = fields.collect();
    let required: BTreeSet<_> = fields
        .iter()
        .filter(|field| field.is_required())
        .map(|field| field.name())
        .collect();
    let mut members = Object::new();
    members.insert("type", "object");
    if !fields.is_empty() {
        let properties = fields
            .iter()
            .map(|field| (field.name(), field_schema(*field, has_nulls)));
        members.insert("properties", Json::object(properties));
    }
    if !required.is_empty() {
        members.insert("required", required.into_iter().collect::<Vec<_>>());
    }
    members.into()
}

fn field_schema(field: Field, has_nulls: bool) -> Json {
    let mut schema = type_schema(field.ty(), Some(field.facts()));
    if field.is_nullable() || (has_nulls && !field.is_required()) {
        schema = nullable(schema);
    }
    if let (true, Json::Object(members)) = (field.is_read_only(), &mut schema) {
        members.insert("readOnly", true);
    }
    schema
}

fn nullable(schema: Json) -> Json {
    let Json::Object(mut members) = schema else {
        return schema;
    };
    if let Some(Json::Array(values)) = members.get_mut("enum") {
        values.push(Json::Null);
    }
    match members.get("type").cloned() {
        Some(ty) => {
            members.insert("type", vec![ty, "null".into()]);
            members.into()
        }
        None if members.is_empty() => members.into(),
        None => {
            let null = object([("type", "null".into())]);
            object([("anyOf", vec![members.into(), null].into())])
        }
    }
}

fn type_schema(ty: Type, facts: Option<Facts>) -> Json {
    let mut members = Object::new();
    let mut of = |ty: &str, format: Option<&str>| {
        members.insert("type", ty);
        if let Some(format) = format {
            members.insert("format", format);
        }
    };
    match ty.kind() {
        Kind::String => match facts.and_then(Facts::format) {
            Some("dateTime") => of("string", Some("date-time")),
            format => of("string", format),
        },
        Kind::Integer => of("integer", Some("int64")),
        Kind::Number => of("number", Some("decimal")),
        Kind::Boolean => of("boolean", None),
        Kind::Date => of("string", Some("date")),
        Kind::DateTime => of("string", Some("date-time")),
        Kind::Object => of("object", None),
        Kind::Any => {}
        // The media type that stands around it says what it is; in a form it is a file.
        Kind::Binary => {
            of("string", None);
            members.insert("contentMediaType", "application/octet-stream");
        }
        Kind::Named(name) => drop(members.insert("$ref", reference(name))),
        Kind::Array(items) => {
            of("array", None);
            members.insert("items", type_schema(items, facts.map(Facts::items)));
        }
        Kind::Map(values) => {
            of("object", None);
            // The object in a `map<object>` may be any JSON.
            if values.kind() != Kind::Object {
                members.insert("additionalProperties", type_schema(values, None));
            }
        }
    }
    if let Some(facts) = facts {
        add_facts(&mut members, ty, facts);
    }
    members.into()
}

fn reference(schema: &str) -> Json {
    format!("#/components/schemas/{schema}").into()
}

fn add_facts(members: &mut Object, ty: Type, facts: Facts) {
    let typed = |text: &'static str| match ty.kind() {
        Kind::Boolean => (text == "true").into(),
        Kind::Integer | Kind::Number => Number::new(text).map_or(text.into(), Json::Number),
        _ => Json::from(text),
    };
    let one_of: Vec<_> = facts.one_of().map(typed).collect();
    if !one_of.is_empty() {
        members.insert("enum", one_of);
    }
    if let Some(default) = facts.default() {
        members.insert("default", typed(default));
    }
    if let Some(pattern) = facts.pattern() {
        members.insert("pattern", pattern);
    }
    for limit in Limit::ALL {
        let number = facts.limit(limit).and_then(|text| Number::new(text).ok());
        if let Some(number) = number {
            members.insert(keyword(limit), Json::Number(number));
        }
    }
}

fn keyword(limit: Limit) -> &'static str {
    match limit {
        Limit::Min => "minimum",
        Limit::Max => "maximum",
        Limit::Above => "exclusiveMinimum",
        Limit::Below => "exclusiveMaximum",
        Limit::MinLength => "minLength",
        Limit::MaxLength => "maxLength",
        Limit::MinItems => "minItems",
        Limit::MaxItems => "maxItems",
    }
}
