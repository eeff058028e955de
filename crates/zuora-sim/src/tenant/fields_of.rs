//! What the reference says of the fields of an object: by CRUD, and by object query, which knows more of them.

use super::{
    kind::Kind,
    record::{to_camel, to_pascal},
    relation,
    store::Store,
};
use std::collections::BTreeSet;
use zuora_catalog::{Field, Fields, Kind as TypeKind, Limit, Shape};

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

fn members(schema: &str) -> Option<Fields> {
    match zuora_catalog::schema(schema)?.shape() {
        Shape::Object(fields) => Some(fields),
        _ => None,
    }
}

/// An object's name as the reference writes it, if it knows the object.
pub(super) fn known(object: &str) -> Option<String> {
    let kept = Kind::asked_for(object).map(|kind| kind.facts().name.to_owned());
    let is_known = |name: &&str| {
        let schemas = [format!("ProxyGet{name}"), format!("Expanded{name}")];
        schemas.iter().any(|schema| members(schema).is_some())
    };
    kept.or_else(|| Some(object).filter(is_known).map(str::to_owned))
}

/// The fields of an object in the order of their names, with the custom fields that its records have.
pub(super) fn all(store: &Store, object: &str) -> Vec<Described> {
    let crud = members(&format!("ProxyGet{object}"));
    let query = members(&format!("Expanded{object}"));
    let create = members(&format!("ProxyCreate{object}"));
    let modify = members(&format!("ProxyModify{object}"));
    let find = |fields: Option<Fields>, name: &str| fields.and_then(|fields| fields.get(name));
    let mut names = BTreeSet::new();
    let is_plain = |field: &Field| {
        !matches!(
            field.ty().kind(),
            TypeKind::Array(_) | TypeKind::Map(_) | TypeKind::Object
        ) && field
            .ty()
            .schema()
            .is_none_or(|schema| matches!(schema.shape(), Shape::Enum(_)))
    };
    for fields in [crud, query].into_iter().flatten() {
        let fields = fields.iter().filter(is_plain);
        names.extend(fields.map(|field| to_pascal(field.name())));
    }
    if let Some(kind) = Kind::asked_for(object) {
        for row in store.all(kind) {
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
            in_crud: in_crud.is_some() || is_custom,
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
    let find = |schema: String, name: &str| members(&schema)?.get(name);
    find(format!("Expanded{object}"), member)
        .or_else(|| find(format!("ProxyGet{object}"), &to_pascal(member)))
}

/// What CRUD says that a field can be; empty where it says nothing.
pub(super) fn options(object: &str, member: &str) -> Vec<&'static str> {
    let crud = members(&format!("ProxyGet{object}"));
    let field = crud.and_then(|fields| fields.get(&to_pascal(member)));
    field.map_or_else(Vec::new, |field| field.facts().one_of().collect())
}

/// Whether object query has a field of this name. Where it does not have the object, nobody can tell.
pub(super) fn has_query_name(object: &str, member: &str) -> bool {
    members(&format!("Expanded{object}")).is_none_or(|fields| fields.get(member).is_some())
}

/// The name of a field in object query, by one in any case of its letters.
pub(super) fn query_name(object: &str, name: &str) -> Option<String> {
    let fields = members(&format!("Expanded{object}"))?;
    let mut names = fields.iter().map(|field| field.name());
    let own = names.find(|own| own.eq_ignore_ascii_case(name));
    own.map(str::to_owned)
}

/// Whether an object has a field, by the name that records have for it.
pub(super) fn knows(object: &str, member: &str) -> bool {
    let schemas = [format!("ProxyGet{object}"), format!("Expanded{object}")];
    let mut known = schemas
        .iter()
        .filter_map(|schema| members(schema))
        .peekable();
    zuora_catalog::is_custom(member)
        || known.peek().is_none()
        || known
            .any(|fields| fields.get(member).is_some() || fields.get(&to_pascal(member)).is_some())
}

impl Described {
    pub(super) fn is_custom(&self) -> bool {
        zuora_catalog::is_custom(&self.name)
    }

    /// The word for its type (documented). Where the reference only says that it is a text, names that end in
    /// `Date` tell of dates: a guess.
    pub(super) fn ty(&self) -> &'static str {
        let kind = self.field.map(|field| field.ty().kind());
        match kind {
            Some(TypeKind::Boolean) => "boolean",
            Some(TypeKind::Integer) => "integer",
            Some(TypeKind::Number) => "decimal",
            Some(TypeKind::Date) => "date",
            Some(TypeKind::DateTime) => "datetime",
            _ if self.options().is_some() => "picklist",
            _ if matches!(self.name.as_str(), "CreatedDate" | "UpdatedDate")
                || self.name.ends_with("DateTime") =>
            {
                "datetime"
            }
            _ if self.name.ends_with("Date") && !self.is_custom() => "date",
            _ => "text",
        }
    }

    /// The values that it can have, if they are known.
    pub(super) fn options(&self) -> Option<Vec<&'static str>> {
        let field = self.field?;
        let options: Vec<_> = match field.ty().schema().map(|schema| schema.shape()) {
            Some(Shape::Enum(values)) => values.iter().collect(),
            _ => field.facts().one_of().collect(),
        };
        Some(options).filter(|options| !options.is_empty())
    }

    /// The longest text that it can have.
    pub(super) fn longest(&self) -> Option<&'static str> {
        self.field?.facts().limit(Limit::MaxLength)
    }

    /// Whether an export has it: ids of what can be joined are asked for there (observed).
    pub(super) fn is_exported(&self, object: &str) -> bool {
        let Some(kind) = Kind::asked_for(object) else {
            return true;
        };
        let own = to_camel(&self.name);
        relation::ones(kind).all(|(member, _)| member != own)
    }
}
