//! Tables for people: a page a group in `docs/reference/`, and the calls of the C# client in Rust.

use super::{api, models::feature};
use crate::{
    api::{Api, Operation},
    files::Files,
    names::Names,
};
use std::fmt::Write as _;

pub(crate) fn emit(description: &Api, names: &Names, files: &mut Files) {
    files.own("docs/reference");
    let mut index = String::from(
        "# Reference\n\nAll operations, a page a group. Generated from `api/` by `cargo run -p zuora-codegen`.\n\n\
         | group | feature | operations |\n|---|---|---|\n",
    );
    for (file, group) in &description.groups {
        let operations: Vec<_> = description
            .operations
            .values()
            .filter(|operation| operation.group == *file)
            .collect();
        let title = api::title(&group.name);
        let _ = writeln!(
            index,
            "| [{title}]({file}.md) | `{}` | {} |",
            feature(file),
            operations.len()
        );
        let mut page = format!(
            "# {title}\n\nFeature `{}`, module `zuora::api::{file}`. Generated from `api/{file}.toml`.\n\n\
             | operation | call | Rust | command |\n|---|---|---|---|\n",
            feature(file),
        );
        for operation in operations {
            let _ = writeln!(
                page,
                "| [{id}]({}{id}) | `{} {}` | `{}` | `{} {}` |",
                api::REFERENCE,
                operation.method,
                operation.path,
                rust(operation, description, names),
                feature(file),
                names.verb(&operation.id),
                id = operation.id,
            );
        }
        files.add(format!("docs/reference/{file}.md"), page);
    }
    files.add("docs/reference/README.md", index);
}

/// The calls of the C# client, by class and method, each with what it is here.
pub(crate) fn from_csharp(description: &Api, names: &Names) -> String {
    let mut text = String::from("| C# | Rust |\n|---|---|\n");
    for (file, group) in &description.groups {
        let mut rows: Vec<(String, String)> = Vec::new();
        for operation in description
            .operations
            .values()
            .filter(|operation| operation.group == *file)
        {
            let rust = rust(operation, description, names);
            let known = [&operation.csharp, &operation.csharp_was];
            for name in known.into_iter().flatten() {
                rows.push((format!("{}Api.{name}", group.name), rust.clone()));
            }
            if operation.csharp.is_none() && operation.csharp_was.is_none() {
                rows.push((String::new(), rust));
            }
        }
        rows.sort();
        rows.dedup();
        for (csharp, rust) in rows {
            let csharp = match csharp.is_empty() {
                true => "not there".to_owned(),
                false => format!("`{csharp}`"),
            };
            let _ = writeln!(text, "| {csharp} | `{rust}` |");
        }
    }
    text
}

/// `AccountsApi::get_account(account_key)`.
fn rust(operation: &Operation, description: &Api, names: &Names) -> String {
    let mut arguments: Vec<String> = api::required(operation)
        .map(|param| super::models::ident(&param.field.name))
        .collect();
    if api::takes_form(operation) {
        arguments.push("form".to_owned());
    }
    if operation
        .body
        .as_ref()
        .is_some_and(|body| body.required && body.ty.is_some())
    {
        arguments.push("body".to_owned());
    }
    format!(
        "{}::{}({})",
        api::handle(&description.groups[&operation.group].name),
        names.method(&operation.id),
        arguments.join(", "),
    )
}
