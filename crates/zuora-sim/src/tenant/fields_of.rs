//! What the reference says of the fields of an object: by CRUD, and by object query, which knows more of them.

use super::{
    instant, proxy,
    record::{to_camel, to_pascal},
    relation,
    source::Source,
    store::Store,
};
use jiff::{civil::Date, tz::TimeZone};
use std::collections::BTreeSet;
use zuora_catalog::{Field, Fields, Kind as TypeKind, Limit, Schema, Shape};
use zuora_wire::Decimal;

/// One field of an object.
pub(super) struct Described {
    /// In Pascal case, but for custom fields.
    pub(super) name: String,
    /// Where the reference has it; custom fields are known only from records.
    field: Option<Field>,
    /// Whether CRUD and SOAP have it.
    pub(super) in_crud: bool,
    pub(super) can_create: bool,
    pub(super) can_update: bool,
    pub(super) is_required: bool,
}

/// A field that somebody named.
pub(super) struct Named {
    /// As records have it; a custom one as it was named.
    pub(super) member: String,
    pub(super) ty: ValueType,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueType {
    Boolean,
    Integer,
    Decimal,
    Date,
    DateTime,
    Picklist,
    Text,
}

fn members(schema: Schema) -> Option<Fields> {
    match schema.shape() {
        Shape::Object(fields) => Some(fields),
        _ => None,
    }
}

fn of_crud(object: &str) -> Option<Fields> {
    members(proxy::reply_of(object)?)
}

fn of_query(object: &str) -> Option<Fields> {
    // The one object that the reference has in the plural.
    let plural = if object == "Order" { "s" } else { "" };
    members(zuora_catalog::schema(&format!("Expanded{object}{plural}"))?)
}

/// Whether a field has no members of its own.
fn is_plain(field: &Field) -> bool {
    let ty = field.ty();
    let has_members = matches!(
        ty.kind(),
        TypeKind::Array(_) | TypeKind::Map(_) | TypeKind::Object
    );
    let mut schema = ty.schema().into_iter();
    !has_members && schema.all(|schema| matches!(schema.shape(), Shape::Enum(_)))
}

/// The fields that object query has for an object, without relations.
pub(super) fn queried(object: &str) -> impl Iterator<Item = &'static str> {
    let fields = of_query(object).into_iter().flat_map(Fields::iter);
    fields.filter(is_plain).map(Field::name)
}

/// The members of an object that are numbers, as records have them.
pub(super) fn numbers(object: &str) -> BTreeSet<String> {
    let fields = [of_query(object), of_crud(object)].into_iter().flatten();
    fields
        .flat_map(Fields::iter)
        .filter(|field| {
            let ty = field.ty().kind();
            is_plain(field) && matches!(ty, TypeKind::Number | TypeKind::Integer)
        })
        .map(|field| to_camel(field.name()))
        .collect()
}

/// The relation that object query has for an object under this name in any case: its name, and the object that
/// it leads to.
pub(super) fn related(object: &str, name: &str) -> Option<(&'static str, &'static str)> {
    let mut fields = of_query(object)?.iter();
    let field = fields.find(|field| !is_plain(field) && field.name().eq_ignore_ascii_case(name))?;
    let ty = match field.ty().kind() {
        TypeKind::Array(items) => items,
        _ => field.ty(),
    };
    Some((field.name(), ty.as_str().strip_prefix("Expanded")?))
}

/// The field of an object with this name in any case. Every custom field may be there, and every field of an
/// object that the reference does not describe.
pub(super) fn find(object: &str, name: &str) -> Option<Named> {
    let text = |member: String| {
        let ty = ValueType::Text;
        Some(Named { member, ty })
    };
    let (crud, query) = (of_crud(object), of_query(object));
    if zuora_catalog::is_custom(name) || (crud.is_none() && query.is_none()) {
        return text(to_camel(name));
    }
    let named = |fields: Option<Fields>| {
        let mut fields = fields?.iter().filter(is_plain);
        fields.find(|field| field.name().eq_ignore_ascii_case(name))
    };
    let (crud, query) = (named(crud), named(query));
    let member = to_camel(query.or(crud)?.name());
    let ty = type_of(&member, crud.or(query));
    Some(Named { member, ty })
}

/// Where the reference only says that it is a text, names that end in `Date` tell of dates: a guess.
fn type_of(name: &str, field: Option<Field>) -> ValueType {
    let is_custom = zuora_catalog::is_custom(name);
    match field.map(|field| field.ty().kind()) {
        Some(TypeKind::Boolean) => ValueType::Boolean,
        Some(TypeKind::Integer) => ValueType::Integer,
        Some(TypeKind::Number) => ValueType::Decimal,
        Some(TypeKind::Date) => ValueType::Date,
        Some(TypeKind::DateTime) => ValueType::DateTime,
        _ if field.is_some_and(|field| options(field).is_some()) => ValueType::Picklist,
        _ if matches!(to_camel(name).as_str(), "createdDate" | "updatedDate")
            || name.ends_with("DateTime") =>
        {
            ValueType::DateTime
        }
        _ if name.ends_with("Date") && !is_custom => ValueType::Date,
        _ => ValueType::Text,
    }
}

fn options(field: Field) -> Option<Vec<&'static str>> {
    let options: Vec<_> = match field.ty().schema().map(|schema| schema.shape()) {
        Some(Shape::Enum(values)) => values.iter().collect(),
        _ => field.facts().one_of().collect(),
    };
    Some(options).filter(|options| !options.is_empty())
}

impl ValueType {
    /// The word for it (documented).
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Picklist => "picklist",
            Self::Text => "text",
        }
    }

    /// Whether a field of this type can be compared with a text. Days and date-times are compared with each
    /// other, numbers of all kinds too: guesses.
    pub(super) fn allows(self, text: &str) -> bool {
        match self {
            Self::Boolean => ["true", "false"]
                .iter()
                .any(|word| word.eq_ignore_ascii_case(text)),
            Self::Integer | Self::Decimal => text.parse::<Decimal>().is_ok(),
            Self::Date | Self::DateTime => {
                text.parse::<Date>().is_ok() || instant::to_utc(text, &TimeZone::UTC).is_some()
            }
            Self::Picklist | Self::Text => true,
        }
    }
}

/// Whether CRUD has an object of this name.
pub(super) fn is_of_crud(object: &str) -> bool {
    of_crud(object).is_some()
}

/// An object's name as the reference writes it, if it knows the object.
pub(super) fn known(object: &str) -> Option<String> {
    let source = Source::named(object).map(|source| source.name().to_owned());
    source.or_else(|| of_query(object).map(|_| object.to_owned()))
}

/// The fields of an object in the order of their names, with the custom fields that its records have.
pub(super) fn all(store: &Store, object: &str) -> Vec<Described> {
    let (crud, query) = (of_crud(object), of_query(object));
    let body = |method: &str| members(proxy::body_of(object, method)?.schema()?);
    let (create, modify) = (body("POST"), body("PUT"));
    let find = |fields: Option<Fields>, name: &str| fields.and_then(|fields| fields.get(name));
    let mut names = BTreeSet::new();
    for fields in [crud, query].into_iter().flatten() {
        let fields = fields.iter().filter(is_plain);
        names.extend(fields.map(|field| to_pascal(field.name())));
    }
    if let Some(source) = Source::named(object) {
        let rows = store.all(source.kind());
        for row in rows.filter_map(|row| source.seen(store, row)) {
            let custom = row.iter().map(|(name, _)| name);
            let custom = custom.filter(|name| zuora_catalog::is_custom(name));
            for name in custom {
                if !names.contains(name) {
                    names.insert(name.to_owned());
                }
            }
        }
    }
    let described = names.into_iter().map(|name| {
        let in_crud = find(crud, &name);
        let created = find(create, &name);
        let is_custom = zuora_catalog::is_custom(&name);
        Described {
            field: in_crud.or_else(|| find(query, &to_camel(&name))),
            in_crud: in_crud.is_some() || is_custom && crud.is_some(),
            can_create: created.is_some() || is_custom,
            can_update: find(modify, &name).is_some() || is_custom,
            is_required: name == "Id" || created.is_some_and(Field::is_required),
            name,
        }
    });
    described.collect()
}

/// A field of an object by the name that records have for it, as object query knows it, or else CRUD.
pub(super) fn field(object: &str, member: &str) -> Option<Field> {
    let find = |fields: Option<Fields>, name: &str| fields?.get(name);
    find(of_query(object), member).or_else(|| find(of_crud(object), &to_pascal(member)))
}

/// What CRUD says that a field can be; empty where it says nothing.
pub(super) fn options_of(object: &str, member: &str) -> Vec<&'static str> {
    let field = of_crud(object).and_then(|fields| fields.get(&to_pascal(member)));
    field.map_or_else(Vec::new, |field| field.facts().one_of().collect())
}

/// Whether object query has a field of this name. Where it does not have the object, nobody can tell.
pub(super) fn has_query_name(object: &str, member: &str) -> bool {
    of_query(object).is_none_or(|fields| fields.get(member).is_some())
}

/// The name of a field in object query, by one in any case of its letters.
pub(super) fn query_name(object: &str, name: &str) -> Option<String> {
    let fields = of_query(object)?;
    let mut names = fields.iter().map(|field| field.name());
    let own = names.find(|own| own.eq_ignore_ascii_case(name));
    own.map(str::to_owned)
}

impl Described {
    pub(super) fn is_custom(&self) -> bool {
        zuora_catalog::is_custom(&self.name)
    }

    pub(super) fn ty(&self) -> ValueType {
        type_of(&self.name, self.field)
    }

    /// The values that it can have, if they are known.
    pub(super) fn options(&self) -> Option<Vec<&'static str>> {
        self.field.and_then(options)
    }

    /// The longest text that it can have.
    pub(super) fn longest(&self) -> Option<&'static str> {
        self.field?.facts().limit(Limit::MaxLength)
    }

    /// Whether an export has it: ids of what can be joined are asked for there (observed).
    pub(super) fn is_exported(&self, object: &str) -> bool {
        let Some(source) = Source::named(object) else {
            return true;
        };
        let own = to_camel(&self.name);
        relation::joined(source.kind()).all(|(member, _)| member != own)
    }
}
