//! What a request of object query asks for. All names are taken in any case (documented) and settled to those
//! that records and replies have.

use super::{
    door::Ask,
    fields_of::{self, Named, ValueType},
    filter::{Condition, Test},
    kind::Kind,
    relation,
    sort::Sort,
    store::Store,
};
use crate::{check, problem::Problem};
use zuora_wire::Object;

/// `pageSize` (documented: 1 to 99, default 10; the schema says at most 50).
const PAGE_SIZE: (usize, usize) = (10, 99);
/// How deep relations can be asked for (documented).
const DEEPEST: usize = 3;

/// What is to be seen of records and their relations.
pub(super) struct Wanted {
    /// Relations, dotted.
    pub(super) expand: Vec<String>,
    /// Members of the object, under no name, and of relations by their paths; none means all.
    fields: Vec<(String, Vec<String>)>,
    pub(super) nulls: bool,
    pub(super) size: usize,
}

impl Wanted {
    /// As it was sent.
    pub(super) fn of(ask: &Ask<'_>) -> Result<Self, Problem> {
        let query = ask.call.request.uri.query().unwrap_or_default();
        let (mut expand, mut fields) = (Vec::new(), Vec::new());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let items = value.split(',').map(str::trim);
            let items = items.filter(|item| !item.is_empty()).map(str::to_owned);
            if name == "expand[]" {
                expand.extend(items);
            } else if let Some(object) = name.strip_suffix("fields[]") {
                fields.push((object.trim_end_matches('.').to_owned(), items.collect()));
            }
        }
        // The second name is that of custom objects (documented).
        let size = ask.query("pageSize").or_else(|| ask.query("page_size"));
        let size = match size {
            None => PAGE_SIZE.0,
            Some(text) => text
                .parse()
                .ok()
                .filter(|size| (1..=PAGE_SIZE.1).contains(size))
                .ok_or_else(|| Problem::bad_query("pageSize"))?,
        };
        Ok(Self {
            expand,
            fields,
            nulls: ask.query("includeNullFields").as_deref() == Some("true"),
            size,
        })
    }

    /// With the names of this kind of objects. What is not known of them is refused.
    pub(super) fn settled(self, store: &Store, kind: Kind) -> Result<Self, Problem> {
        let mut expand = Vec::new();
        // The objects that members can be asked of.
        let mut objects = vec![(String::new(), Some(kind))];
        for sent in &self.expand {
            let way = follow(kind, sent).ok_or_else(|| Problem::bad_part("expand", sent))?;
            expand.extend(way.last().map(|(path, _)| path.clone()));
            objects.extend(way);
        }
        let mut fields = Vec::new();
        for (object, names) in self.fields {
            let bad = |name: &str| Problem::bad_part("fields", name);
            let means = |path: &str| match path {
                // The object itself has a name as well (documented).
                "" => object.is_empty() || object.eq_ignore_ascii_case(kind.facts().name),
                path => {
                    let last = path.rsplit('.').next().unwrap_or_default();
                    object.eq_ignore_ascii_case(path) || object.eq_ignore_ascii_case(last)
                }
            };
            let meant: Vec<_> = objects.iter().filter(|(path, _)| means(path)).collect();
            // Members of what is not expanded are not looked at: a guess.
            if meant.is_empty() && follow(kind, &object).is_none() {
                return Err(bad(&object));
            }
            for (path, kind) in meant {
                let is_unknown =
                    |name: &&String| kind.is_some_and(|kind| field(store, kind, name).is_none());
                if let Some(name) = names.iter().find(is_unknown) {
                    return Err(bad(name));
                }
                fields.push((path.clone(), names.clone()));
            }
        }
        Ok(Self {
            expand,
            fields,
            ..self
        })
    }

    /// The members that are asked for of the object itself, as they were sent.
    pub(super) fn own_fields(&self) -> impl Iterator<Item = &str> {
        let own = self.fields.iter().filter(|(path, _)| path.is_empty());
        own.flat_map(|(_, names)| names).map(String::as_str)
    }

    /// The members that are asked for of what is called this are those of the object itself.
    pub(super) fn with_own_name(mut self, name: &str) -> Result<Self, Problem> {
        for (object, _) in &mut self.fields {
            if object.eq_ignore_ascii_case(name) {
                object.clear();
            }
            if !object.is_empty() {
                return Err(Problem::bad_part("fields", object));
            }
        }
        Ok(self)
    }

    /// Whether a member of what is at a path is to be seen, by the name that it is shown under.
    pub(super) fn has(&self, path: &str, shown: &str) -> bool {
        let mut asked = self.fields.iter().filter(|(own, _)| own == path).peekable();
        let is_it = |name: &String| name.eq_ignore_ascii_case(shown);
        asked.peek().is_none() || asked.any(|(_, names)| names.iter().any(is_it))
    }
}

/// The relations on a way, each as its path and what it leads to, if that is kept here.
fn follow(kind: Kind, sent: &str) -> Option<Vec<(String, Option<Kind>)>> {
    let mut way: Vec<(String, Option<Kind>)> = Vec::new();
    for name in sent.split('.') {
        let at = way.last().map_or(Some(kind), |(_, kind)| *kind);
        let (name, relation) = relation::named(at?, name)?;
        let path = match way.last() {
            Some((path, _)) => format!("{path}.{name}"),
            None => name,
        };
        way.push((path, relation.kind()));
    }
    (way.len() <= DEEPEST).then_some(way)
}

/// The field that a name means: one of the reference, or else one that records have.
fn field(store: &Store, kind: Kind, name: &str) -> Option<Named> {
    let kept = || {
        let parents = kind.facts().parents.iter().map(|(member, _)| *member);
        let members = store.all(kind).flat_map(Object::iter);
        let plain =
            members.filter(|(_, value)| value.as_object().is_none() && value.as_array().is_none());
        let mut all = parents.chain(plain.map(|(member, _)| member));
        let member = all
            .find(|member| member.eq_ignore_ascii_case(name))?
            .to_owned();
        let ty = ValueType::Text;
        Some(Named { member, ty })
    };
    fields_of::find(kind.facts().name, name).or_else(kept)
}

/// The conditions of a request on a kind of objects.
pub(super) fn conditions(
    ask: &Ask<'_>,
    store: &Store,
    kind: Kind,
) -> Result<Vec<Condition>, Problem> {
    let conditions = check::queried(ask.call, "filter[]").map(|text| {
        let condition = condition(&text)?;
        let bad = |what: &str| Problem::bad_part("filter", what);
        let found = field(store, kind, &condition.member);
        let Named { member, ty } = found.ok_or_else(|| bad(&condition.member))?;
        match condition.misfit(ty) {
            Some(text) => Err(bad(&format!("{member}: {text:?} is no {}", ty.word()))),
            None => Ok(Condition {
                member,
                ..condition
            }),
        }
    });
    conditions.collect()
}

/// What a request wants a kind of objects to be sorted by.
pub(super) fn sort_of(ask: &Ask<'_>, store: &Store, kind: Kind) -> Result<Option<Sort>, Problem> {
    let Some((name, is_down)) = sort(ask)? else {
        return Ok(None);
    };
    let field = field(store, kind, &name).ok_or_else(|| Problem::bad_part("sort", name))?;
    Ok(Some(Sort::by(field.member, is_down)))
}

/// `field.ASC` or `field.DESC`, and no second one (documented).
pub(super) fn sort(ask: &Ask<'_>) -> Result<Option<(String, bool)>, Problem> {
    let mut all = check::queried(ask.call, "sort[]");
    let Some(text) = all.next() else {
        return Ok(None);
    };
    let bad = |rule: &str| Problem::bad_part("sort", format!("{text}{rule}"));
    if all.next().is_some() {
        return Err(bad(": only one field can be sorted by"));
    }
    let direction = text.rsplit_once('.').and_then(|(name, direction)| {
        let is = |word: &str| direction.eq_ignore_ascii_case(word);
        (is("ASC") || is("DESC")).then(|| (name.to_owned(), is("DESC")))
    });
    let sort = direction.ok_or_else(|| bad(": neither .ASC nor .DESC is at its end"))?;
    Ok(Some(sort))
}

/// `field.OP:value` (documented), the field as it was sent.
pub(super) fn condition(text: &str) -> Result<Condition, Problem> {
    let bad = || {
        let left = text.split(':').next().unwrap_or_default();
        Problem::bad_part("filter", left)
    };
    let (left, value) = text.split_once(':').ok_or_else(bad)?;
    let (member, operator) = left.rsplit_once('.').ok_or_else(bad)?;
    let owned = || match value {
        // The empty text (documented).
        "\u{2}\u{3}" => String::new(),
        value => value.to_owned(),
    };
    let test = match (operator.to_ascii_uppercase().as_str(), value) {
        ("EQ", "null") => Test::Null,
        ("NE", "null") => Test::NotNull,
        ("EQ", _) => Test::Equal(owned()),
        ("NE", _) => Test::NotEqual(owned()),
        ("LT", _) => Test::Less(owned()),
        ("LE", _) => Test::LessOrEqual(owned()),
        ("GT", _) => Test::Greater(owned()),
        ("GE", _) => Test::GreaterOrEqual(owned()),
        ("SW", _) => Test::Begins(owned()),
        ("IN", _) => {
            let list = value
                .strip_prefix('[')
                .and_then(|list| list.strip_suffix(']'));
            let items = list.ok_or_else(bad)?.split(',');
            Test::OneOf(items.map(|item| item.trim().to_owned()).collect())
        }
        _ => return Err(bad()),
    };
    Ok(Condition {
        member: member.to_owned(),
        test,
    })
}
