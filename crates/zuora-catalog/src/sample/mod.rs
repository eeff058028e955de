//! Made-up values for the schemas: stable, plausible, within all limits.
//!
//! A value depends on the seed and on where it stands, and on nothing else: a member that is added to a
//! schema changes none of the others. What is made here is valid by [`Schema::check`].

mod draw;
mod scalar;

use crate::{Direction, Facts, Field, Fields, Kind, Limit, Schema, Shape, Type, Union};
use draw::Draw;
use zuora_wire::{Json, Object};

/// Makes values.
///
/// ```
/// use zuora_catalog::{Direction, sample::{Members, Sample}, schema};
/// let account = schema("AccountDetailResponse").unwrap();
/// let value = Sample::new(7).of(account);
/// assert_eq!(value, Sample::new(7).of(account));
/// assert!(account.check(&value, Direction::Reply).is_spotless());
/// assert!(Sample::new(7).members(Members::None).of(account).as_object().unwrap().is_empty());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    seed: u64,
    members: Members,
    direction: Direction,
    depth: usize,
}

/// Which members objects get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Members {
    /// All; below [`Sample::depth`], only those that are required or have no members of their own.
    All,
    /// Those that are required.
    Required,
    /// None.
    None,
    /// All, and each is null.
    Null,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Spot {
    draw: Draw,
    /// How many objects are around it.
    depth: usize,
}

impl Sample {
    /// A maker of replies with all members, two objects deep.
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            members: Members::All,
            direction: Direction::Reply,
            depth: 2,
        }
    }

    /// Which members objects get.
    #[must_use]
    pub const fn members(mut self, members: Members) -> Self {
        self.members = members;
        self
    }

    /// Requests have no read-only members.
    #[must_use]
    pub const fn direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// How many objects deep optional members that have members of their own are filled.
    #[must_use]
    pub const fn depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// A value of this schema.
    pub fn of(self, schema: Schema) -> Json {
        self.of_type(Type::of(schema))
    }

    /// A value of this type.
    pub fn of_type(self, ty: Type) -> Json {
        self.value("value", ty, None, self.top(ty.as_str()))
    }

    /// A value of this member or parameter, within its facts.
    pub fn of_field(self, field: Field) -> Json {
        let spot = self.top(field.name());
        self.value(field.name(), field.ty(), Some(field.facts()), spot)
    }

    fn top(self, name: &str) -> Spot {
        let draw = Draw::new(self.seed).below(name);
        Spot { draw, depth: 0 }
    }

    fn value(self, name: &str, ty: Type, facts: Option<Facts>, spot: Spot) -> Json {
        match ty.kind() {
            Kind::String => scalar::text(name, facts, spot.draw),
            Kind::Date => scalar::date(spot.draw).into(),
            Kind::DateTime => scalar::date_time(spot.draw).into(),
            Kind::Binary => "binary".into(),
            Kind::Integer => scalar::integer(facts, spot.draw),
            Kind::Number => scalar::amount(facts, spot.draw),
            Kind::Boolean => spot.draw.below("truth").chance().into(),
            Kind::Object | Kind::Any => Json::object([("name", scalar::word(spot.draw))]),
            Kind::Named(name) => {
                crate::schema(name).map_or(Json::Null, |schema| self.schema(schema, spot))
            }
            Kind::Array(items) => {
                let inner = facts.map(Facts::items);
                let item = |index| self.value(name, items, inner, spot.item(index));
                Json::Array((0..self.count(facts, spot)).map(item).collect())
            }
            Kind::Map(values) => {
                let entry = |index| {
                    let key = format!("key{}", index + 1);
                    let value = self.value(&key, values, None, spot.item(index));
                    (key, value)
                };
                Json::Object((0..self.count(None, spot)).map(entry).collect())
            }
        }
    }

    /// One or two, where the limits allow it and the depth is not reached.
    fn count(self, facts: Option<Facts>, spot: Spot) -> usize {
        let limit = |limit| facts?.limit(limit)?.parse::<usize>().ok();
        let least = limit(Limit::MinItems).unwrap_or(0);
        let most = limit(Limit::MaxItems).unwrap_or(usize::MAX);
        let wanted = match self.is_deep(spot) {
            true => 0,
            false => 1 + spot.draw.below("count").up_to(2),
        };
        wanted.max(least).min(most)
    }

    fn is_deep(self, spot: Spot) -> bool {
        spot.depth >= self.depth
    }

    fn schema(self, schema: Schema, spot: Spot) -> Json {
        match schema.shape() {
            Shape::Object(fields) => self.object(fields, spot).into(),
            Shape::Enum(values) => spot.draw.one_of(values.iter()).into(),
            Shape::Union(union) => self.union(union, spot),
        }
    }

    fn object(self, fields: Fields, spot: Spot) -> Object {
        let members = fields
            .iter()
            .filter(|field| self.has(*field, spot))
            .map(|field| {
                let name = field.name();
                let value = match self.members {
                    Members::Null => Json::Null,
                    _ => self.value(name, field.ty(), Some(field.facts()), spot.member(name)),
                };
                (name.to_owned(), value)
            });
        members.collect()
    }

    /// Whether an object at this spot gets the member.
    fn has(self, field: Field, spot: Spot) -> bool {
        if field.is_read_only() && self.direction == Direction::Request {
            return false;
        }
        match self.members {
            Members::None => false,
            Members::Null => true,
            Members::Required => field.is_required(),
            Members::All => field.is_required() || !self.is_deep(spot) || !has_members(field.ty()),
        }
    }

    fn union(self, union: Union, spot: Spot) -> Json {
        let variants: Vec<_> = union.variants().collect();
        // The first variant of a union that holds itself is the one that ends.
        let chosen = match self.is_deep(spot) {
            true => 0,
            false => spot.draw.below("variant").up_to(variants.len()),
        };
        let Some(variant) = variants.get(chosen) else {
            return Json::Null;
        };
        let mut value = self.value("value", variant.ty, None, spot);
        let tagged = matches!(self.members, Members::All | Members::Required);
        if let (Some(tag), Some(text), Json::Object(object), true) =
            (union.tag(), variant.values().next(), &mut value, tagged)
        {
            object.insert(tag, text);
        }
        value
    }
}

impl Spot {
    fn member(self, name: &str) -> Self {
        Self {
            draw: self.draw.below(name),
            depth: self.depth + 1,
        }
    }

    fn item(self, index: usize) -> Self {
        Self {
            draw: self.draw.below(&index.to_string()),
            depth: self.depth,
        }
    }
}

/// Whether values of the type have members or items.
fn has_members(ty: Type) -> bool {
    match ty.kind() {
        Kind::Named(_) => ty
            .schema()
            .is_some_and(|schema| !matches!(schema.shape(), Shape::Enum(_))),
        Kind::Array(_) | Kind::Map(_) => true,
        _ => false,
    }
}
