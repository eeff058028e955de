//! From a call to its handler: the operations that have state, each in one transaction.

use super::{
    account_summary, accounts, actions, amend, amendments, aqua, billing, catalog, commerce,
    commerce_charges, contacts, crud, custom, data_query, describe, exports, imports, kind::Kind,
    moment::Moment, nulls, object_query, order_actions, order_item_schedule, order_items,
    order_jobs, order_preview, orders, payment_methods, plain_object, preview, rate_plan,
    store::Transaction, subscribe, subscription_metrics, subscriptions, usage, view, zoql,
};
use crate::{
    described,
    dispatch::Call,
    ledger,
    made_up::BASIS,
    message::{JSON_TYPE, Reply},
    paging,
    problem::{Family, Problem},
    state::State,
    version::Version,
};
use http::StatusCode;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;
use zuora_catalog::Operation;
use zuora_wire::{Json, Object};

/// `pageSize` of classic lists (documented: mostly 20; larger than 40 is cut to 40).
const PAGE_SIZE: (u64, u64) = (20, 40);

/// What a handler answers.
pub(crate) enum Answer {
    /// As it is.
    Json(Json),
    /// The same, and another at another time, though nothing changes.
    Passing(Json),
    /// What the reply's schema has a place for, `success` among it.
    Seen(Object),
    /// A page of a classic list: the member, the items, and where the next page begins.
    Page(&'static str, Vec<Json>, Option<u64>),
    /// A text as it is, with its status and media type.
    Document(StatusCode, &'static str, String),
    /// What the day decides as well as the data: it is not remembered.
    OnlyToday(Box<Answer>),
    /// The tenant has no data for this; a sample will do.
    Nothing,
}

impl Answer {
    pub(crate) fn only_today(self, is_so: bool) -> Self {
        match is_so {
            true => Self::OnlyToday(Box::new(self)),
            false => self,
        }
    }
}

pub(crate) type Handler = fn(&mut Transaction<'_>, &Ask<'_>) -> Result<Answer, Problem>;

/// What a handler is asked.
pub(crate) struct Ask<'a> {
    pub(crate) call: &'a Call<'a>,
    pub(crate) operation: Operation,
    pub(crate) body: &'a Object,
    pub(crate) version: Version,
    /// The items of a page: how many to pass over, and how many to give.
    pub(crate) from: u64,
    pub(crate) size: u64,
}

impl Ask<'_> {
    /// The first parameter of the path.
    pub(crate) fn key(&self) -> &str {
        self.arg(0)
    }

    pub(crate) fn arg(&self, place: usize) -> &str {
        self.call.args.get(place).map_or("", String::as_str)
    }

    pub(crate) fn query(&self, name: &str) -> Option<String> {
        paging::parameter(self.call, name).map(|value| value.into_owned())
    }

    /// A page of these, each shown by `show`.
    pub(crate) fn page<'r>(
        &self,
        list: &'static str,
        mut rows: impl Iterator<Item = &'r Object>,
        show: impl Fn(&Object) -> Json,
    ) -> Answer {
        let (from, size) = (to_usize(self.from), to_usize(self.size));
        let mut items = Vec::new();
        for row in rows.by_ref().skip(from).take(size) {
            items.push(show(row));
        }
        let next = rows.next().map(|_| self.from.saturating_add(self.size));
        let next = paging::spoiled(self.call, &mut items, self.from, next);
        Answer::Page(list, items, next)
    }
}

/// A place beyond what memory can hold is beyond the end of every list.
pub(super) fn to_usize(place: u64) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// The handlers, by operation. CRUD and object query are told by their paths.
fn handler(operation: Operation) -> Option<Handler> {
    if let Some(handler) = by_name(operation.id()) {
        return Some(handler);
    }
    let mut segments = operation.path().trim_start_matches('/').split('/');
    match (segments.next()?, segments.next()?, segments.next()) {
        ("v1", "object", Some(kind)) => match Kind::by_segment(kind) {
            Some(_) => crud::handler(operation.method()),
            None => plain_object::handler(operation.method()),
        },
        ("object-query", plural, _) => {
            Kind::by_plural(plural)?;
            Some(object_query::answer)
        }
        _ => None,
    }
}

/// The handler of an operation, or of the work of a job.
pub(super) fn by_name(name: &str) -> Option<Handler> {
    static BY_ID: LazyLock<HashMap<&'static str, Handler>> = LazyLock::new(|| {
        let all = [
            accounts::HANDLERS,
            account_summary::HANDLERS,
            contacts::HANDLERS,
            payment_methods::HANDLERS,
            catalog::HANDLERS,
            commerce::HANDLERS,
            commerce_charges::HANDLERS,
            orders::HANDLERS,
            order_actions::HANDLERS,
            order_items::HANDLERS,
            order_item_schedule::HANDLERS,
            order_jobs::HANDLERS,
            order_preview::HANDLERS,
            preview::HANDLERS,
            subscriptions::HANDLERS,
            subscription_metrics::HANDLERS,
            rate_plan::HANDLERS,
            amendments::HANDLERS,
            usage::HANDLERS,
            imports::HANDLERS,
            actions::HANDLERS,
            subscribe::HANDLERS,
            amend::HANDLERS,
            zoql::HANDLERS,
            custom::HANDLERS,
            describe::HANDLERS,
            exports::HANDLERS,
            aqua::HANDLERS,
            data_query::HANDLERS,
        ];
        let all = all.into_iter().chain(billing::HANDLERS.iter().copied());
        all.flatten().copied().collect()
    });
    BY_ID.get(name).copied()
}

/// The answer to a read that was asked before, if nothing has changed since.
pub(crate) fn remembered(call: &Call<'_>) -> Option<Reply> {
    let question = question(call)?;
    let body = call.shared.state().store.reply(&question)?;
    Some(Reply::new(StatusCode::OK, JSON_TYPE, body).with(BASIS, "state"))
}

fn remember(call: &Call<'_>, reply: &Reply) {
    let body = reply
        .body
        .at_hand()
        .filter(|_| reply.status == StatusCode::OK);
    if let (Some(question), Some(body)) = (question(call), body) {
        let mut state = call.shared.state();
        state.store.keep_reply(&question, body.clone());
    }
}

/// What the answer to a read depends on beside the data: its version, its path and its query, and nothing else.
fn question(call: &Call<'_>) -> Option<String> {
    if !is_get(call) || call.page_fault.is_some() || call.stale.is_some() {
        return None;
    }
    let target = call.request.uri.path_and_query()?;
    Some(format!("{} {target}", Version::of(call).name()))
}

/// The answer of an operation that has state; `None` where it has none.
pub(crate) fn answer(call: &Call<'_>, operation: Operation) -> Option<Reply> {
    let handler = handler(operation)?;
    let family = described::family(operation.path());
    let nobody = Object::new();
    let size = paging::number(call, "pageSize", PAGE_SIZE.0).unwrap_or(PAGE_SIZE.0);
    let size = size.clamp(1, PAGE_SIZE.1);
    let page = match paging::classic_page(call) {
        Ok(page) => page,
        Err(problem) => return Some(problem.reply(call, family).with(BASIS, "state")),
    };
    let sent = call.json.and_then(Json::as_object).unwrap_or(&nobody);
    let body = match family {
        Family::Rest => nulls::taken(sent, operation),
        _ => Cow::Borrowed(sent),
    };
    let ask = Ask {
        call,
        operation,
        body: &body,
        version: Version::of(call),
        from: (page - 1).saturating_mul(size),
        size,
    };
    let outcome = transact(call, handler, &ask);
    let reply = match outcome {
        Ok(Answer::Nothing) => return None,
        Ok(Answer::Document(status, media, text)) => Reply::new(status, media, text),
        Ok(answer) => {
            if !operation.only_reads() {
                ledger::note(call);
            }
            if let Some(upload) = &call.request.upload {
                call.shared.state().uploads.push(upload.without_content());
            }
            // A link to another page depends on a setting as well.
            let is_passing = matches!(
                answer,
                Answer::Page(_, _, Some(_)) | Answer::Passing(_) | Answer::OnlyToday(_)
            );
            let mut json = json_of(&ask, answer);
            let ty = operation.replies().next().and_then(|reply| reply.ty);
            if let Some(ty) = ty.filter(|_| family == Family::Rest && is_get(call)) {
                nulls::print(&mut json, ty);
            }
            if family == Family::Rest && operation.pages().is_none() {
                paging::cut_unpaged(&mut json);
            }
            let reply = Reply::json(good_status(operation), &json);
            if !is_passing {
                remember(call, &reply);
            }
            reply
        }
        Err(problem) if family == Family::Crud && problem.is_not_found() && is_get(call) => {
            // Documented.
            let body = Json::object([
                ("done", Json::from(true)),
                ("records", Json::Array(Vec::new())),
                ("size", 0.into()),
            ]);
            Reply::json(StatusCode::NOT_FOUND, &body)
        }
        Err(problem) => problem.reply(call, family),
    };
    Some(reply.with(BASIS, "state"))
}

/// The status of a call that went well.
fn good_status(operation: Operation) -> StatusCode {
    let good = operation.replies().next();
    let status = good.and_then(|good| good.status.parse().ok());
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    status.unwrap_or_default()
}

fn is_get(call: &Call<'_>) -> bool {
    call.request.method == http::Method::GET
}

fn transact(call: &Call<'_>, handler: Handler, ask: &Ask<'_>) -> Result<Answer, Problem> {
    let mut state = call.shared.state();
    let State {
        store,
        ids,
        settings,
        ..
    } = &mut *state;
    let moment = Moment::now(&call.shared.clock, settings);
    let stale = call.stale.filter(|_| ask.operation.only_reads());
    let later = stale.map(|by| store.rewind(by, call.shared.clock.true_time()));
    let mut tx = Transaction::new(store, ids, &moment);
    let answer = handler(&mut tx, ask).and_then(|answer| {
        if described::family(ask.operation.path()) == Family::Rest {
            nulls::check(&tx, ask.body)?;
        }
        Ok(answer)
    });
    if answer.is_ok() {
        tx.commit();
    } else {
        drop(tx);
    }
    store.redo(later.unwrap_or_default());
    answer
}

/// What is answered, in the form that the operation's path wants.
pub(super) fn json_of(ask: &Ask<'_>, answer: Answer) -> Json {
    let ty = ask.operation.replies().next().and_then(|reply| reply.ty);
    match answer {
        Answer::Json(json) | Answer::Passing(json) => json,
        Answer::Seen(mut row) => {
            row.insert("success", true);
            let seen = ty.and_then(|ty| ty.schema());
            let seen = seen.map_or_else(|| row.clone(), |schema| view::through(schema, &row));
            seen.into()
        }
        Answer::Page(list, rows, next) => {
            let mut reply = Object::new();
            reply.insert(list, rows);
            if let Some(next) = next {
                let at = [("pageSize", ask.size), ("page", next / ask.size + 1)];
                reply.insert("nextPage", paging::link(ask.call, &at));
            }
            reply.insert("success", true);
            reply.into()
        }
        Answer::OnlyToday(answer) => json_of(ask, *answer),
        Answer::Document(..) | Answer::Nothing => Json::Null,
    }
}

/// `{"success": true}` and these members.
pub(crate) fn done<const N: usize>(members: [(&str, Json); N]) -> Answer {
    let success = ("success", Json::from(true));
    Answer::Json(Json::object([success].into_iter().chain(members)))
}
