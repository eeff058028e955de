//! A made-up list as CSV, for one who asks for it where the reference offers it.

use crate::{dispatch::Call, tenant::csv};
use zuora_catalog::Operation;
use zuora_wire::{Json, Object};

/// The media type of CSV that the operation offers, where the first one which the request accepts and the
/// operation offers is it.
pub(crate) fn wanted(call: &Call<'_>, operation: Operation) -> Option<&'static str> {
    let accepted = call.request.header("accept")?.split(',');
    let accepted = accepted.map(|media| media.split(';').next().unwrap_or_default().trim());
    let offered = accepted.filter_map(|wanted| {
        operation
            .accept()
            .find(|media| media.eq_ignore_ascii_case(wanted))
    });
    offered.take(1).find(|media| media.ends_with("/csv"))
}

/// The first list of a reply: a line with the names of its items' members, and one for each item. That the
/// columns are the members, and what has members of its own is JSON in its cell, is a guess.
pub(crate) fn of(reply: &Json) -> String {
    let lists = reply.as_object().into_iter().flat_map(Object::iter);
    let list = lists.filter_map(|(_, value)| value.as_array()).next();
    let items: Vec<&Object> = list
        .into_iter()
        .flatten()
        .filter_map(Json::as_object)
        .collect();
    let names = || items.first().into_iter().flat_map(|item| item.iter());
    let names = || names().map(|(name, _)| name.to_owned());
    let lines = items
        .iter()
        .map(|item| csv::line(names().map(|name| cell(item.get(&name)))));
    csv::line(names()) + &lines.collect::<String>()
}

fn cell(value: Option<&Json>) -> String {
    match value {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}
