//! One operation in full.

use super::{noun, tree};
use std::fmt::Write as _;
use zuora_catalog::{Auth, Operation, Position};

pub(super) fn operation(operation: Operation, depth: usize) -> String {
    let mut text = String::new();
    head(&mut text, operation);
    parameters(&mut text, operation);
    if let Some(body) = operation.body() {
        let required = if body.is_required { ", required" } else { "" };
        let _ = writeln!(text, "\nBody, {}{required}", body.content_type);
        match body.ty {
            Some(ty) => tree::of(&mut text, ty, depth),
            None => text += "  the parameters of the form and its files\n",
        }
    }
    for reply in operation.replies() {
        let _ = writeln!(text, "\nReply {}", reply.status);
        match reply.ty {
            Some(ty) => tree::of(&mut text, ty, depth),
            None => text += "  no JSON that is known\n",
        }
    }
    let errors: Vec<_> = operation.errors().collect();
    if !errors.is_empty() {
        text += "\nErrors\n";
    }
    for error in errors {
        let ty = error.ty.map_or("no JSON that is known", |ty| ty.as_str());
        let _ = writeln!(text, "  {}  {ty}", error.status);
    }
    text
}

fn head(text: &mut String, operation: Operation) {
    let (method, path) = (operation.method(), operation.path());
    let _ = writeln!(text, "{}: {method} {path}", operation.id());
    let mut line = |words: &str| *text += &format!("  {words}\n");
    line(&format!("{} {}", noun(operation.group()), operation.verb()));
    if let Some(server) = operation.server() {
        line(&format!("on {server}"));
    }
    match operation.auth() {
        Auth::Bearer => {}
        Auth::Basic => line("with name and password instead of a token"),
        Auth::None => line("without a token"),
    }
    if operation.only_reads() {
        line("changes nothing");
    }
    if let Some(pages) = operation.pages() {
        let items = pages.items.map(|items| format!(", items in {items}"));
        line(&format!(
            "a list: {}{}",
            pages.style,
            items.unwrap_or_default()
        ));
    }
    let accept: Vec<_> = operation.accept().collect();
    if accept != ["application/json"] {
        line(&format!("answers with {}", accept.join(", ")));
    }
    if operation.tells_concurrency() {
        line("replies tell the limit of concurrent calls");
    }
    if operation.only_2022() {
        line("known from 2022 only: it may be gone");
    }
    if operation.is_partial() {
        line("not described in full");
    }
    for was in operation.was() {
        line(&format!("was {}: {} {}", was.id, was.method, was.path));
    }
    let common: Vec<_> = operation.common().map(|common| common.name()).collect();
    if !common.is_empty() {
        line(&format!("takes {}", common.join(", ")));
    }
}

fn parameters(text: &mut String, operation: Operation) {
    let params: Vec<_> = operation.params().collect();
    if !params.is_empty() {
        *text += "\nParameters\n";
    }
    for param in params {
        let place = match param.position {
            Position::File => "form",
            other => other.word(),
        };
        let _ = writeln!(text, "  {place:6}  {}", tree::line(param.field));
    }
}
