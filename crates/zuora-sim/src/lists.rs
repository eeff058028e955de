//! Lists of made-up items, as many as a test wants, else as many as a sample of the reply has, for any operation
//! of the catalogue that lists: paged in the operation's own style, each item a sample of its schema.

use crate::{
    check, described,
    dispatch::Call,
    made_up::{self, BASIS},
    made_up_times,
    message::Reply,
    paging,
    problem::Problem,
};
use std::hash::{DefaultHasher, Hash, Hasher};
use zuora_catalog::{Kind, Limit, Operation, Pages, Position, Shape, Type, sample::Sample};
use zuora_wire::{Json, Object};

/// How many items a page has where the catalogue does not say: the usual number of `/v1` (documented there).
const PAGE_SIZE_GUESS: u64 = 20;
/// And at most.
const LARGEST_PAGE_GUESS: u64 = 100;
/// How deep the items are filled.
const DEPTH: usize = 1;

/// Whether the operation has a list that can be made up. The records of a query are the tenant's.
pub(crate) fn can_be_made_up(operation: Operation) -> bool {
    operation
        .pages()
        .is_some_and(|pages| pages.items.is_some() && pages.style != "query_more")
}

/// The list of an operation that was given a number of items, in the place of the tenant's records.
pub(crate) fn asked_for(call: &Call<'_>, operation: Operation) -> Option<Reply> {
    let total = {
        let lists = &call.shared.state().settings.lists;
        lists.items_of.get(operation.id()).copied()
    };
    made(call, operation, Some(total?))
}

/// The list of an operation without records.
pub(crate) fn without_state(call: &Call<'_>, operation: Operation) -> Option<Reply> {
    let total = call.shared.state().settings.lists.items;
    made(call, operation, total)
}

fn made(call: &Call<'_>, operation: Operation, total: Option<u64>) -> Option<Reply> {
    let pages = operation.pages().filter(|_| can_be_made_up(operation))?;
    let ty = operation.replies().next()?.ty?;
    let reply = match page(call, operation, pages, ty, total) {
        Ok(page) => Reply::ok(&page),
        Err(problem) => problem.reply(call, described::family(operation.path())),
    };
    Some(reply.with(BASIS, made_up::basis(operation)))
}

/// One page of so many items, or of those of the sample: what else the reply has is a sample.
fn page(
    call: &Call<'_>,
    operation: Operation,
    pages: Pages,
    ty: Type,
    wanted: Option<u64>,
) -> Result<Json, Problem> {
    let mut page = match made_up::body(call, operation, ty) {
        Json::Object(page) => page,
        _ => Object::new(),
    };
    let list = pages.items.unwrap_or_default();
    let sampled = page.get(list).and_then(Json::as_array);
    let sampled = sampled.unwrap_or_default().to_vec();
    let of = item_type(ty, list);
    let item = |place| match wanted {
        Some(_) => Some(item(call, operation, of, place)),
        None => sampled.get(usize::try_from(place).ok()?).cloned(),
    };
    let total = wanted.unwrap_or(sampled.len() as u64);

    let size = size(call, operation, pages.style)?;
    let begin = Begin::of(call, operation, pages.style, size)?;
    let from = begin.from.min(total);
    let end = from.saturating_add(size).min(total);
    let mut items: Vec<Json> = (from..end).filter_map(item).collect();
    let next = (end < total).then_some(end);
    let next = paging::spoiled(call, &mut items, from, next);

    page.insert(list, items);
    for (name, value) in page.iter_mut() {
        let told = match name {
            "page" => begin.number,
            "pageSize" | "page_size" => size,
            "total" | "totalCount" | "count" => total,
            _ => continue,
        };
        if let Json::Number(_) = value {
            *value = told.into();
        }
    }
    match pages.style {
        "page_length" => {
            let mut block = Object::new();
            block.insert("page", begin.number);
            block.insert("page_length", size);
            if let Some(next) = next {
                let link = paging::link(call, &[("page", next / size + 1)]);
                block.insert("next_page", link);
            }
            page.insert("pagination", block);
        }
        "counted" => {}
        style => {
            let (name, value) = match style {
                "own_cursor" => ("cursor", next.map(paging::to_cursor)),
                "cursor" => ("nextPage", next.map(paging::to_cursor)),
                "next" => {
                    let first = first_place(operation);
                    let at = |next| [("start", next + first), ("limit", size)];
                    ("next", next.map(|next| paging::link(call, &at(next))))
                }
                _ => {
                    let at = |next| [("pageSize", size), ("page", next / size + 1)];
                    ("nextPage", next.map(|next| paging::link(call, &at(next))))
                }
            };
            page.remove(name);
            if let Some(value) = value {
                page.insert(name, value);
            }
        }
    }
    Ok(page.into())
}

/// The page that a request asks for: its place in the list, and its number.
struct Begin {
    from: u64,
    number: u64,
}

impl Begin {
    fn of(call: &Call<'_>, operation: Operation, style: &str, size: u64) -> Result<Self, Problem> {
        let at = |from: u64| Self {
            from,
            number: from / size + 1,
        };
        Ok(match style {
            "cursor" | "own_cursor" => at(paging::cursor(call)?),
            "next" => {
                let first = first_place(operation);
                at(paging::number(call, "start", first)?.saturating_sub(first))
            }
            style => {
                let number = match style {
                    "url" => paging::classic_page(call)?,
                    _ => paging::page_number(call)?,
                };
                let from = (number - 1).saturating_mul(size);
                Self { from, number }
            }
        })
    }
}

/// What the first item of a list has as its `start`.
fn first_place(operation: Operation) -> u64 {
    Facts::of(operation, "start").default.unwrap_or(0)
}

/// How many items a page has. More than the most is cut, as classic lists do (documented); that all do is
/// a guess.
fn size(call: &Call<'_>, operation: Operation, style: &str) -> Result<u64, Problem> {
    let name = match style {
        "page_length" => "page_length",
        "next" => "limit",
        _ => "pageSize",
    };
    let facts = Facts::of(operation, name);
    let size = paging::number(call, name, facts.default.unwrap_or(PAGE_SIZE_GUESS))?;
    Ok(size.clamp(1, facts.max.unwrap_or(LARGEST_PAGE_GUESS).max(1)))
}

/// What the catalogue knows of a query parameter.
#[derive(Default)]
struct Facts {
    default: Option<u64>,
    max: Option<u64>,
}

impl Facts {
    fn of(operation: Operation, name: &str) -> Self {
        let mut params = operation.params();
        let param =
            params.find(|param| param.position == Position::Query && param.field.name() == name);
        let Some(param) = param else {
            return Self::default();
        };
        let facts = param.field.facts();
        let number = |text: &str| text.parse().ok();
        Self {
            default: facts.default().and_then(number),
            max: facts.limit(Limit::Max).and_then(number),
        }
    }
}

/// The type of a list's items, where the reply's schema has the list.
fn item_type(ty: Type, list: &str) -> Option<Type> {
    let Shape::Object(fields) = ty.schema()?.shape() else {
        return None;
    };
    match fields.get(list)?.ty().kind() {
        Kind::Array(items) => Some(items),
        _ => None,
    }
}

/// The item at a place of the list: always the same for the same seed, and like no other.
fn item(call: &Call<'_>, operation: Operation, ty: Option<Type>, place: u64) -> Json {
    let mut seed = DefaultHasher::new();
    (call.shared.seed, operation.id(), place).hash(&mut seed);
    let Some(ty) = ty else {
        return Json::object([("id", format!("2c92c0f9{:024x}", place + 1))]);
    };
    let mut item = Sample::new(seed.finish()).depth(DEPTH).of_type(ty);
    made_up_times::settle(call, &mut item);
    let plain = item.clone();
    match item.get("id") {
        Some(Json::String(_)) => set_id(&mut item, format!("2c92c0f9{:024x}", place + 1).into()),
        Some(Json::Number(_)) => set_id(&mut item, (place + 1).into()),
        _ => {}
    }
    // Where an id has another form.
    if check::is_reply(ty, &item) {
        item
    } else {
        plain
    }
}

fn set_id(item: &mut Json, id: Json) {
    if let Json::Object(object) = item {
        object.insert("id", id);
    }
}
