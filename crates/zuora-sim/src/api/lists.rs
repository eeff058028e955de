//! Lists, one operation for each style of paging. Their items are made up from their place; what
//! requests create does not show in them.

use crate::{
    api::accounts,
    dispatch::Call,
    message::Reply,
    paging::{self, Page, cursor, to_cursor},
    problem::{Family, Problem},
};
use zuora_wire::{Json, Object};

/// `pageSize` of classic lists (documented: mostly 20; larger than 40 is cut to 40).
const PAGE_SIZE: (u64, u64) = (20, 40);
/// `page_length` of workflows: guesses.
const PAGE_LENGTH_GUESS: (u64, u64) = (20, 50);
/// `limit` of notifications: guesses.
const LIMIT_GUESS: (u64, u64) = (20, 100);
/// `pageSize` of meters: guesses.
const METER_PAGE_GUESS: (u64, u64) = (20, 100);

/// `GET /v1/orders`.
pub(crate) fn get_orders(call: &Call<'_>) -> Reply {
    classic(call, "orders", |place| {
        let number = format!("O-S{:07}", place + 1);
        row(
            place,
            [
                ("orderNumber", number.into()),
                ("status", "Completed".into()),
            ],
        )
    })
}

/// `GET /v1/payments`.
pub(crate) fn get_payments(call: &Call<'_>) -> Reply {
    classic(call, "payments", |place| {
        let number = format!("P-S{:07}", place + 1);
        row(
            place,
            [("number", number.into()), ("amount", paging::amount(place))],
        )
    })
}

/// `GET /v1/transactions/invoices/accounts/{account-key}`.
pub(crate) fn get_transaction_invoices(call: &Call<'_>) -> Reply {
    if let Err(problem) = accounts::known(call) {
        return problem.reply(call, Family::Rest);
    }
    classic(call, "invoices", |place| {
        let number = format!("INV{:08}", place + 1);
        row(
            place,
            [
                ("invoiceNumber", number.into()),
                ("amount", paging::amount(place)),
            ],
        )
    })
}

/// Pages named by an absolute URL that keeps the other parameters (documented).
fn classic(call: &Call<'_>, list: &str, row: impl Fn(u64) -> Json) -> Reply {
    let pages = || {
        let size = paging::number(call, "pageSize", PAGE_SIZE.0)?.clamp(1, PAGE_SIZE.1);
        let from = (paging::page_number(call)? - 1).saturating_mul(size);
        Ok((paging::cut(call, from, size), size))
    };
    answer(call, Family::Rest, pages, |page, size| {
        let mut reply = Object::new();
        reply.insert(list, page.rows(row));
        if let Some(next) = page.next {
            reply.insert("nextPage", paging::link(call, &[("page", next / size + 1)]));
        }
        reply.insert("success", true);
        reply
    })
}

/// `GET /workflows`: `page` and `page_length`. That `next_page` is a URL is a guess.
pub(crate) fn get_workflows(call: &Call<'_>) -> Reply {
    let pages = || {
        let size = paging::number(call, "page_length", PAGE_LENGTH_GUESS.0)?;
        let size = size.clamp(1, PAGE_LENGTH_GUESS.1);
        let from = (paging::page_number(call)? - 1).saturating_mul(size);
        Ok((paging::cut(call, from, size), size))
    };
    answer(call, Family::Workflow, pages, |page, size| {
        let mut pagination = Object::new();
        pagination.insert("page", page.items.start / size + 1);
        pagination.insert("page_length", size);
        if let Some(next) = page.next {
            pagination.insert(
                "next_page",
                paging::link(call, &[("page", next / size + 1)]),
            );
        }
        let mut reply = Object::new();
        reply.insert(
            "data",
            page.rows(|place| {
                Json::object([
                    ("id", Json::from(place + 1)),
                    ("name", format!("Workflow {}", place + 1).into()),
                ])
            }),
        );
        reply.insert("pagination", pagination);
        reply
    })
}

/// `GET /notifications/notification-definitions`: `start` and `limit`. That `next` is an absolute URL is
/// a guess.
pub(crate) fn get_notification_definitions(call: &Call<'_>) -> Reply {
    let pages = || {
        let size = paging::number(call, "limit", LIMIT_GUESS.0)?.clamp(1, LIMIT_GUESS.1);
        Ok((
            paging::cut(call, paging::number(call, "start", 0)?, size),
            size,
        ))
    };
    answer(call, Family::Reasons, pages, |page, size| {
        let mut reply = Object::new();
        reply.insert(
            "data",
            page.rows(|place| {
                row(
                    place,
                    [("name", format!("Notification {}", place + 1).into())],
                )
            }),
        );
        if let Some(next) = page.next {
            reply.insert(
                "next",
                paging::link(call, &[("start", next), ("limit", size)]),
            );
        }
        reply
    })
}

/// `GET /meters/{meterId}/auditTrail/entries`: `previousPage` and `nextPage` in the body, sent back as
/// `cursor`.
pub(crate) fn get_meter_audit(call: &Call<'_>) -> Reply {
    let pages = || {
        let size = paging::number(call, "pageSize", METER_PAGE_GUESS.0)?;
        let size = size.clamp(1, METER_PAGE_GUESS.1);
        Ok((paging::cut(call, cursor(call)?, size), size))
    };
    answer(call, Family::Mediation, pages, |page, _| {
        let mut reply = Object::new();
        reply.insert("success", true);
        reply.insert(
            "data",
            page.rows(|place| row(place, [("eventId", place.into())])),
        );
        reply.insert("previousPage", page.previous.map(to_cursor));
        reply.insert("nextPage", page.next.map(to_cursor));
        reply
    })
}

fn answer(
    call: &Call<'_>,
    family: Family,
    pages: impl FnOnce() -> Result<(Page, u64), Problem>,
    reply: impl FnOnce(&Page, u64) -> Object,
) -> Reply {
    match pages() {
        Ok((page, size)) => Reply::ok(&Json::Object(reply(&page, size))),
        Err(problem) => problem.reply(call, family),
    }
}

fn row<const N: usize>(place: u64, members: [(&str, Json); N]) -> Json {
    let id = ("id", Json::from(paging::id(place)));
    Json::object([id].into_iter().chain(members))
}
