//! Reads `api/*.toml`. Every fault names file and line.

use super::{
    Api, Auth, Body, Common, Facts, Fault, Field, Group, In, Job, Operation, Param, Place, Schema,
    Shape, Type, Union,
};
use std::{fs, path::Path, path::PathBuf, rc::Rc};
use toml_edit::{Document, Item, TableLike, Value};

/// Reads all files of the folder, and checks that every name that is used exists.
pub(crate) fn read(folder: &Path) -> Result<Api, Fault> {
    let list = fs::read_dir(folder)
        .map_err(|error| Fault(format!("{}: cannot be read: {error}", folder.display())))?;
    let mut files: Vec<PathBuf> = list
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .filter(|path| path.file_name().is_some_and(|name| name != "names.toml"))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(Fault(format!("{}: holds no .toml file", folder.display())));
    }
    let mut api = Api::default();
    for path in files {
        File::open(path)?.read(&mut api)?;
    }
    check(&api)?;
    Ok(api)
}

/// Every type that is named is there, and every job's poll.
fn check(api: &Api) -> Result<(), Fault> {
    let known = |ty: &Type, place: &Place| match ty.named() {
        Some(name) if !api.schemas.contains_key(name) => Err(Fault::at(
            place,
            format!("the type {name} is unknown: no object, enum or union has this name"),
        )),
        _ => Ok(()),
    };
    for operation in api.operations.values() {
        let place = &operation.place;
        for param in &operation.params {
            known(&param.field.ty, &param.field.place)?;
        }
        let body = operation.body.iter().filter_map(|body| body.ty.as_ref());
        let replies = operation.replies.iter().chain(&operation.errors);
        for ty in body.chain(replies.filter_map(|(_, ty)| ty.as_ref())) {
            known(ty, place)?;
        }
        if let Some(job) = &operation.job {
            super::job::check(api, operation, job)?;
        }
        for name in operation
            .path
            .split('{')
            .skip(1)
            .filter_map(|part| part.split('}').next())
        {
            let told = operation
                .params
                .iter()
                .any(|param| param.position == In::Path && param.field.name == name);
            if !told {
                return Err(Fault::at(
                    place,
                    format!("the path has {{{name}}}, but path.{name} is missing"),
                ));
            }
        }
    }
    for schema in api.schemas.values() {
        match &schema.shape {
            Shape::Object(fields) => {
                for field in fields {
                    known(&field.ty, &field.place)?;
                }
            }
            Shape::Enum(_) => {}
            Shape::Union(union) => {
                for ty in &union.variants {
                    known(ty, &schema.place)?;
                }
                for (_, name) in &union.values {
                    known(&Type::Named(name.clone()), &schema.place)?;
                }
            }
        }
    }
    Ok(())
}

struct File {
    path: Rc<PathBuf>,
    text: String,
    /// The file's name without its ending.
    stem: String,
}

impl File {
    fn open(path: PathBuf) -> Result<Self, Fault> {
        let text = fs::read_to_string(&path)
            .map_err(|error| Fault(format!("{}: cannot be read: {error}", path.display())))?;
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(Self {
            path: Rc::new(path),
            text,
            stem,
        })
    }

    fn place(&self, span: Option<std::ops::Range<usize>>) -> Place {
        let offset = span.map_or(0, |span| span.start).min(self.text.len());
        Place {
            file: self.path.clone(),
            line: self.text.as_bytes()[..offset]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
                + 1,
        }
    }

    fn read(&self, api: &mut Api) -> Result<(), Fault> {
        let document = Document::parse(self.text.as_str()).map_err(|error| {
            Fault::at(
                &self.place(error.span()),
                error.message().lines().next().unwrap_or_default(),
            )
        })?;
        for (key, item) in document.as_table().iter() {
            let place = self.place(key_span(document.as_table(), key).or(item.span()));
            match key {
                "group" => {
                    let name = self.text_of(item)?;
                    api.groups.insert(self.stem.clone(), Group { name });
                }
                "operation" | "object" | "enum" | "union" => {
                    let table = self.table(item)?;
                    for (name, item) in table.iter() {
                        let place = self.place(item.span());
                        let table = self.table(item)?;
                        if key == "operation" {
                            let operation = self.operation(name, place, table)?;
                            self.add_operation(api, operation)?;
                        } else {
                            let shape = match key {
                                "object" => Shape::Object(self.fields(table)?),
                                "enum" => Shape::Enum(self.members(table, &place)?),
                                _ => Shape::Union(self.union(table, &place)?),
                            };
                            self.add_schema(api, name, place, shape)?;
                        }
                    }
                }
                other => {
                    return Err(Fault::at(
                        &place,
                        format!("`{other}` is unknown: group, operation, object, enum or union"),
                    ));
                }
            }
        }
        Ok(())
    }

    fn add_operation(&self, api: &mut Api, operation: Operation) -> Result<(), Fault> {
        if !api.groups.contains_key(&self.stem) {
            return Err(Fault::at(
                &operation.place,
                "the file has operations and must begin with `group = \"...\"`",
            ));
        }
        if let Some(first) = api.operations.get(&operation.id) {
            return Err(Fault::at(
                &operation.place,
                format!(
                    "the operation {} is at {} already",
                    operation.id, first.place
                ),
            ));
        }
        if let Some(first) = api
            .operations
            .values()
            .find(|other| same_call(other, &operation))
        {
            return Err(Fault::at(
                &operation.place,
                format!(
                    "{} {} is at {} already, as {}",
                    operation.method, operation.path, first.place, first.id
                ),
            ));
        }
        api.operations.insert(operation.id.clone(), operation);
        Ok(())
    }

    fn add_schema(
        &self,
        api: &mut Api,
        name: &str,
        place: Place,
        shape: Shape,
    ) -> Result<(), Fault> {
        if let Some(first) = api.schemas.get(name) {
            return Err(Fault::at(
                &place,
                format!("the type {name} is at {} already", first.place),
            ));
        }
        api.schemas.insert(
            name.to_owned(),
            Schema {
                name: name.to_owned(),
                place,
                home: self.stem.clone(),
                shape,
            },
        );
        Ok(())
    }

    fn operation(&self, id: &str, place: Place, table: &dyn TableLike) -> Result<Operation, Fault> {
        let call = match table.get("call") {
            Some(item) => self.text_of(item)?,
            None => return Err(Fault::at(&place, format!("{id} has no `call`"))),
        };
        let Some((method, path)) = call.split_once(' ') else {
            return Err(Fault::at(&place, "`call` is a method, a space and a path"));
        };
        if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method) || !path.starts_with('/') {
            return Err(Fault::at(
                &place,
                format!("`call` is a method, a space and a path, not {call:?}"),
            ));
        }
        let mut operation = Operation {
            id: id.to_owned(),
            place: place.clone(),
            group: self.stem.clone(),
            method: method.to_owned(),
            path: path.to_owned(),
            was: Vec::new(),
            python: None,
            csharp: None,
            csharp_was: None,
            specification: None,
            only_2022: false,
            server: None,
            auth: Auth::Bearer,
            common: Vec::new(),
            concurrency: false,
            reads: method == "GET",
            pages: None,
            job: None,
            partial: false,
            params: Vec::new(),
            body: None,
            accept: vec!["application/json".to_owned()],
            replies: Vec::new(),
            errors: Vec::new(),
        };
        let mut content_type = None;
        let mut form_required = true;
        for (key, item) in table.iter() {
            let here = self.place(item.span());
            match key {
                "call" => {}
                "was" => operation.was = self.texts(item)?,
                "python" => operation.python = Some(self.text_of(item)?),
                "csharp" => operation.csharp = Some(self.text_of(item)?),
                "csharp_was" => operation.csharp_was = Some(self.text_of(item)?),
                "specification" => operation.specification = Some(self.text_of(item)?),
                "only_2022" => operation.only_2022 = self.flag(item)?,
                "server" => operation.server = Some(self.text_of(item)?),
                "auth" => {
                    operation.auth = match self.text_of(item)?.as_str() {
                        "basic" => Auth::Basic,
                        "none" => Auth::None,
                        other => {
                            return Err(Fault::at(
                                &here,
                                format!("`auth` is basic or none, not {other:?}"),
                            ));
                        }
                    }
                }
                "common" => {
                    for word in self.text_of(item)?.split(' ') {
                        match Common::ALL.iter().find(|(known, _)| *known == word) {
                            Some((_, common)) => operation.common.push(*common),
                            None => {
                                return Err(Fault::at(
                                    &here,
                                    format!("{word:?} is none of the common headers"),
                                ));
                            }
                        }
                    }
                }
                "concurrency" => operation.concurrency = self.flag(item)?,
                "reads" => operation.reads = self.flag(item)?,
                "pages" => operation.pages = Some(self.text_of(item)?),
                "job" => operation.job = Some(self.job(item)?),
                "partial" => operation.partial = self.flag(item)?,
                "body" => {
                    let text = self.text_of(item)?;
                    let (ty, flags) = self.typed(&text, &here)?;
                    operation.body = Some(Body {
                        content_type: "application/json".to_owned(),
                        ty: Some(ty),
                        required: flags.contains(&"required"),
                    });
                }
                "content_type" => content_type = Some(self.text_of(item)?),
                "body_optional" => form_required = !self.flag(item)?,
                "accept" => operation.accept = self.texts(item)?,
                "reply" => operation.replies = self.replies(item)?,
                "errors" => operation.errors = self.replies(item)?,
                other => match In::ALL.iter().find(|(word, _)| *word == other) {
                    Some((_, position)) => {
                        let fields = self.fields(self.table(item)?)?;
                        operation
                            .params
                            .extend(fields.into_iter().map(|field| Param {
                                position: *position,
                                field,
                            }));
                    }
                    None => {
                        return Err(Fault::at(
                            &here,
                            format!("`{other}` is no fact of an operation"),
                        ));
                    }
                },
            }
        }
        match (&mut operation.body, content_type) {
            (Some(body), Some(content_type)) => body.content_type = content_type,
            (None, Some(content_type)) => {
                operation.body = Some(Body {
                    content_type,
                    ty: None,
                    required: form_required,
                });
            }
            _ => {}
        }
        Ok(operation)
    }

    fn job(&self, item: &Item) -> Result<Job, Fault> {
        let place = self.place(item.span());
        let table = self.table(item)?;
        let text = |key: &str| match table.get(key) {
            Some(item) => self.text_of(item),
            None => Err(Fault::at(&place, format!("the job has no `{key}`"))),
        };
        let texts = |key: &str| {
            table
                .get(key)
                .map_or(Ok(Vec::new()), |item| self.texts(item))
        };
        Ok(Job {
            poll: text("poll")?,
            id: text("id")?,
            state: text("state")?,
            done: texts("done")?,
            failed: texts("failed")?,
            place,
        })
    }

    fn replies(&self, item: &Item) -> Result<Vec<(String, Option<Type>)>, Fault> {
        let mut replies = Vec::new();
        for (status, item) in self.table(item)?.iter() {
            let text = self.text_of(item)?;
            let place = self.place(item.span());
            let ty = match text.as_str() {
                "" => None,
                text => Some(self.ty(text, &place)?),
            };
            replies.push((status.to_owned(), ty));
        }
        Ok(replies)
    }

    fn members(&self, table: &dyn TableLike, place: &Place) -> Result<Vec<String>, Fault> {
        match table.get("values") {
            Some(item) => self.texts(item),
            None => Err(Fault::at(place, "an enum has `values`")),
        }
    }

    fn union(&self, table: &dyn TableLike, place: &Place) -> Result<Union, Fault> {
        let Some(variants) = table.get("variants") else {
            return Err(Fault::at(place, "a union has `variants`"));
        };
        let mut union = Union {
            variants: Vec::new(),
            tag: None,
            values: Vec::new(),
        };
        for text in self.texts(variants)? {
            union.variants.push(self.ty(&text, place)?);
        }
        if let Some(tag) = table.get("tag") {
            union.tag = Some(self.text_of(tag)?);
        }
        if let Some(values) = table.get("values") {
            for (text, item) in self.table(values)?.iter() {
                union.values.push((text.to_owned(), self.text_of(item)?));
            }
        }
        Ok(union)
    }

    fn fields(&self, table: &dyn TableLike) -> Result<Vec<Field>, Fault> {
        table
            .iter()
            .map(|(name, item)| self.field(name, item))
            .collect()
    }

    fn field(&self, name: &str, item: &Item) -> Result<Field, Fault> {
        let place = self.place(item.span());
        let mut facts = Facts::default();
        let is = match item.as_table_like() {
            Some(table) => {
                facts = self.facts(table)?;
                match table.get("is") {
                    Some(item) => self.text_of(item)?,
                    None => return Err(Fault::at(&place, format!("{name} has no type: `is`"))),
                }
            }
            None => self.text_of(item)?,
        };
        let (ty, flags) = self.typed(&is, &place)?;
        Ok(Field {
            name: name.to_owned(),
            ty,
            required: flags.contains(&"required"),
            nullable: flags.contains(&"nullable"),
            read_only: flags.contains(&"read only"),
            facts,
            place,
        })
    }

    fn facts(&self, table: &dyn TableLike) -> Result<Facts, Fault> {
        const LIMITS: [&str; 8] = [
            "min",
            "max",
            "above",
            "below",
            "min_length",
            "max_length",
            "min_items",
            "max_items",
        ];
        let mut facts = Facts::default();
        for (key, item) in table.iter() {
            let here = self.place(item.span());
            match key {
                "is" | "note" => {}
                "one_of" => facts.one_of = self.texts(item)?,
                "default" => facts.default = Some(self.scalar(item)?),
                "format" => facts.format = Some(self.text_of(item)?),
                "pattern" => facts.pattern = Some(self.text_of(item)?),
                "joined" => facts.joined = Some(self.text_of(item)?),
                "items" => facts.items = Some(Box::new(self.facts(self.table(item)?)?)),
                other => match LIMITS.iter().find(|limit| **limit == other) {
                    Some(limit) => facts.limits.push((limit, self.scalar(item)?)),
                    None => {
                        return Err(Fault::at(&here, format!("`{other}` is no fact of a field")));
                    }
                },
            }
        }
        Ok(facts)
    }

    /// `Type, required, nullable, read only`.
    fn typed<'t>(&self, text: &'t str, place: &Place) -> Result<(Type, Vec<&'t str>), Fault> {
        let mut words = text.split(", ");
        let ty = self.ty(words.next().unwrap_or_default(), place)?;
        let flags: Vec<_> = words.collect();
        match flags
            .iter()
            .find(|flag| !["required", "nullable", "read only"].contains(flag))
        {
            Some(flag) => Err(Fault::at(
                place,
                format!("{flag:?} is none of: required, nullable, read only"),
            )),
            None => Ok((ty, flags)),
        }
    }

    fn ty(&self, text: &str, place: &Place) -> Result<Type, Fault> {
        let inner = |prefix: &str| text.strip_prefix(prefix)?.strip_suffix('>');
        if let Some(inner) = inner("array<") {
            return Ok(Type::Array(Box::new(self.ty(inner, place)?)));
        }
        if let Some(inner) = inner("map<") {
            return Ok(Type::Map(Box::new(self.ty(inner, place)?)));
        }
        Ok(match text {
            "string" => Type::String,
            "integer" | "int64" => Type::Integer,
            "number" => Type::Number,
            "boolean" => Type::Boolean,
            "date" => Type::Date,
            "date-time" => Type::DateTime,
            "binary" => Type::Binary,
            "object" => Type::Object,
            "any" => Type::Any,
            name if name.starts_with(|c: char| c.is_ascii_uppercase())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') =>
            {
                Type::Named(name.to_owned())
            }
            other => return Err(Fault::at(place, format!("the type {other:?} is unknown"))),
        })
    }

    fn table<'i>(&self, item: &'i Item) -> Result<&'i dyn TableLike, Fault> {
        item.as_table_like()
            .ok_or_else(|| Fault::at(&self.place(item.span()), "a table stands here"))
    }

    fn text_of(&self, item: &Item) -> Result<String, Fault> {
        item.as_str()
            .map(str::to_owned)
            .ok_or_else(|| Fault::at(&self.place(item.span()), "a string stands here"))
    }

    fn flag(&self, item: &Item) -> Result<bool, Fault> {
        item.as_bool()
            .ok_or_else(|| Fault::at(&self.place(item.span()), "true or false stands here"))
    }

    fn texts(&self, item: &Item) -> Result<Vec<String>, Fault> {
        let fault = || Fault::at(&self.place(item.span()), "an array of strings stands here");
        let array = item.as_array().ok_or_else(fault)?;
        array
            .iter()
            .map(|value| value.as_str().map(str::to_owned).ok_or_else(fault))
            .collect()
    }

    /// A number, a string or a flag as its text.
    fn scalar(&self, item: &Item) -> Result<String, Fault> {
        match item.as_value() {
            Some(Value::String(text)) => Ok(text.value().clone()),
            Some(value @ (Value::Integer(_) | Value::Float(_) | Value::Boolean(_))) => {
                Ok(value.to_string().trim().to_owned())
            }
            Some(Value::Array(array)) => Ok(array.to_string().trim().to_owned()),
            _ => Err(Fault::at(
                &self.place(item.span()),
                "a string, a number, true or false stands here",
            )),
        }
    }
}

fn key_span(table: &toml_edit::Table, key: &str) -> Option<std::ops::Range<usize>> {
    table.key(key)?.span()
}

/// Whether a URL could be meant for either of them.
fn same_call(a: &Operation, b: &Operation) -> bool {
    fn shape(path: &str) -> Vec<Option<&str>> {
        path.split('/')
            .map(|segment| (!segment.contains('{')).then_some(segment))
            .collect()
    }
    a.method == b.method && a.server == b.server && shape(&a.path) == shape(&b.path)
}
