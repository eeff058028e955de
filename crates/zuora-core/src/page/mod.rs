//! Lists: page by page, item by item, up to a limit, and on from where another process stopped.
//!
//! `style` is the data by which one [`Pages`] reads all of Zuora's kinds of lists; `ask` makes the
//! request for a page, `read` finds items and next position in its body, `position` is the place in
//! the list, `seen` keeps a run from going in circles, `items` is the stream. Sending is the
//! pipeline's.

mod ask;
#[cfg(feature = "blocking")]
mod blocking;
mod items;
mod position;
mod read;
mod seen;
mod style;

#[cfg(feature = "blocking")]
pub use blocking::BlockingItems;
pub use items::Items;
pub use style::PageStyle;

use crate::{
    Client, Error, Response, pipeline, reply::ReplyFacts, request::Request, scrub::Scrubber,
};
use bytes::Bytes;
use position::Place;
use read::{Flaw, Found, ReadItem, Wanted};
use seen::Seen;
use std::fmt;
use zuora_wire::{BoxFuture, Json, Slot};

/// How many pages in a row may be without items while each names another. A guess: filters can
/// leave a page empty, but a list that goes on and on without an item is taken for broken.
const MAX_EMPTY: u32 = 100;

/// A list, read page by page. From [`RequestBuilder::pages`](crate::RequestBuilder::pages).
///
/// ```no_run
/// # async fn run(client: zuora_core::Client) -> Result<(), zuora_core::Error> {
/// use zuora_core::{Method, PageStyle};
///
/// let mut invoices = client
///     .request(Method::GET, "/v1/invoices")
///     .query("pageSize", "40")
///     .json_reply()
///     .pages(PageStyle::next_url("invoices"));
/// while let Some(page) = invoices.next_page().await? {
///     println!("{} invoices, request {:?}", page.items().len(), page.response().request_id());
///     save(invoices.position()); // another process can go on from here
/// }
/// # Ok(())
/// # }
/// # fn save(_: Option<String>) {}
/// ```
///
/// # Where it goes
/// Each page is asked for on the client's own base address, whatever host a reply names: of a URL
/// only path and query are used, and a host that is neither the base's nor Zuora's
/// (`*.zuora.com`) is an error of kind [`Refused`](crate::ErrorKind::Refused).
///
/// # When it ends
/// With the page that names no next one, or with an error: when a page names one that this run has
/// read before (of the last 10,000 at once, of older ones after a while), when 100 pages in a row
/// are empty, when fewer items came than the list tells, or when a page is not what its style says. Such an error names the place in the body,
/// `nextPage` for instance, and keeps the body. The items of a page that is good but for what it
/// says about the next one are given before the error.
///
/// # After an error
/// Nothing is lost and nothing doubled: [`position`](Self::position) tells the first page that was
/// not given completely, and calling [`next_page`](Self::next_page) again asks for just that page.
/// Dropping a `next_page` that has not ended changes nothing either.
#[must_use = "pages are read by `next_page` or `items`"]
pub struct Pages<T = Json> {
    client: Client,
    call: Request,
    style: PageStyle,
    read: ReadItem<T>,
    /// `None` after the last page.
    place: Option<Place>,
    /// What is left of the limit.
    left: Option<u64>,
    empty: u32,
    seen: Seen,
    /// The items of the counted page before.
    before: Option<u64>,
    /// What is wrong with where the page given last leads to.
    pending: Option<Error>,
    /// What was wrong with the call or a setting.
    broken: Option<Error>,
}

type Sent = BoxFuture<'static, Result<Response<Bytes>, Error>>;

/// One page: its items and the reply that brought them.
pub struct Page<T = Json> {
    reply: Response<Vec<T>>,
    last: bool,
}

impl Pages<Json> {
    pub(crate) fn new(
        client: Client,
        call: Request,
        error: Option<Error>,
        style: PageStyle,
    ) -> Self {
        let first = ask::page_number(&call, &style, None);
        Self {
            place: Some(Place::start((!style.counted || first == 1).then_some(0))),
            client,
            call,
            style,
            read: read::item,
            left: None,
            empty: 0,
            seen: Seen::new(),
            before: None,
            pending: None,
            broken: error,
        }
    }
}

impl<T> Pages<T> {
    /// Gives at most so many items in all; no page is asked for beyond them.
    pub fn limit(mut self, items: u64) -> Self {
        self.left = Some(items);
        self
    }

    /// Goes on from where [`position`](Self::position) stood, in this process or another. The call
    /// and its style must be the same; the limit counts anew.
    ///
    /// What is wrong with the position is told when the first page is asked for.
    pub fn from_position(mut self, position: &str) -> Self {
        let place = Place::from_text(position, &position::call(&self.call)).and_then(|place| {
            let number = place.at.as_deref().map(str::parse::<u64>);
            if self.style.counted && number.is_some_and(|number| number.is_err()) {
                return Err(Error::invalid(
                    "the saved position is refused: `next` is not the number of a page",
                ));
            }
            Ok(place)
        });
        match place {
            Ok(place) => {
                self.place = Some(place);
                self.seen = Seen::new();
                (self.empty, self.before, self.pending) = (0, None, None);
            }
            Err(error) => {
                self.broken.get_or_insert(error);
            }
        }
        self
    }

    /// Reads each item into this type: a model, or anything else that the codec reads. An item that
    /// does not fit is an error that names it and the place in it.
    pub fn typed<U: Slot>(self) -> Pages<U> {
        Pages {
            client: self.client,
            call: self.call,
            style: self.style,
            read: read::item,
            place: self.place,
            left: self.left,
            empty: self.empty,
            seen: self.seen,
            before: self.before,
            pending: self.pending,
            broken: self.broken,
        }
    }

    /// Where the reading stands, as a text to save: one line of JSON that can be read, and that
    /// [`from_position`](Self::from_position) takes. `None` when the list was read to its end.
    ///
    /// It names the first page that was not given completely and how many items of it were given
    /// (a limit may end inside a page). A server that changes the list in between moves items from
    /// page to page as it does for any reader; cursors and locators may also expire. The text holds
    /// the call's path and what Zuora named as the next page, which may repeat query parameters.
    pub fn position(&self) -> Option<String> {
        Some(self.place.as_ref()?.to_text(&position::call(&self.call)))
    }

    /// The next page; `None` after the last one, or when the limit is reached. A page may be empty.
    ///
    /// # Errors
    /// As any call, and what [`Pages`] says about ends and refusals. Called again after an error, it
    /// asks for the same page again.
    pub async fn next_page(&mut self) -> Result<Option<Page<T>>, Error> {
        match self.ask()? {
            Some(sent) => {
                let reply = sent.await?;
                self.take(reply).map(Some)
            }
            None => Ok(None),
        }
    }

    /// The items one by one, as a stream. It holds one page at most.
    pub fn items(self) -> Items<T> {
        Items::new(self)
    }

    /// The request for the next page, on its way once it is polled. Nothing changes before its reply
    /// is [taken](Self::take).
    fn ask(&mut self) -> Result<Option<Sent>, Error> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        if self.left == Some(0) {
            return Ok(None);
        }
        if let Some(error) = self.pending.take() {
            return Err(error);
        }
        let Some(place) = &self.place else {
            return Ok(None);
        };
        let request = ask::request(&self.call, &self.style, place.at.as_deref())?;
        let client = self.client.clone();
        Ok(Some(Box::pin(async move {
            crate::client::check_runtime()?;
            pipeline::run(&client, request).await
        })))
    }

    /// Makes a page of the reply and moves on behind it. After an error nothing has moved.
    fn take(&mut self, reply: Response<Bytes>) -> Result<Page<T>, Error> {
        let Some(place) = self.place.clone() else {
            return Err(Error::invalid("the list was read to its end"));
        };
        let at = place.at.as_deref();
        let wanted = Wanted {
            number: ask::page_number(&self.call, &self.style, at),
            read: place.read,
            skip: place.skip,
            room: self.left.unwrap_or(u64::MAX),
        };
        let Found {
            items: given,
            whole,
            print,
            next,
        } = read::page(&self.style, reply.body(), &wanted, self.read)
            .and_then(|found| self.plausible(&place, found))
            .map_err(|flaw| self.error(flaw, &reply))?;
        self.seen
            .insert(ask::fingerprint(&self.call, &self.style, at));
        let next = next.and_then(|next| self.check(at, next, whole));

        let count = given.len() as u64;
        let cut = place.skip + count < whole;
        let left = self.left.map(|left| left.saturating_sub(count));
        let behind = match next {
            _ if cut => Some(place.skipping(count)),
            Ok(None) => None,
            Ok(Some(next)) => Some(place.behind(next, whole)),
            // There is nothing to give before this error.
            Err(flaw) if count == 0 && left != Some(0) => return Err(self.error(flaw, &reply)),
            Err(flaw) => {
                self.pending = (left != Some(0)).then(|| self.error(flaw, &reply));
                Some(place.skipping(count))
            }
        };
        if !cut && self.pending.is_none() {
            self.before = print;
            self.empty = if whole == 0 { self.empty + 1 } else { 0 };
        }
        self.left = left;
        self.place = behind;
        let last = self.place.is_none() || self.left == Some(0);
        Ok(Page {
            reply: reply.try_map(|_, _| Ok::<_, Error>(given))?,
            last,
        })
    }

    /// What a page names as the next one: as a position, if it leads on.
    fn check(
        &self,
        at: Option<&str>,
        next: Option<String>,
        items: u64,
    ) -> Result<Option<String>, Flaw> {
        let Some(next) = next else {
            return Ok(None);
        };
        let place = self.style.next.as_deref().unwrap_or("page");
        let environment = self.client.environment();
        let current = at.unwrap_or(&self.call.path);
        let next = ask::position(environment, &self.style, current, next)?;
        if self
            .seen
            .contains(ask::fingerprint(&self.call, &self.style, Some(&next)))
        {
            return Err(Flaw::new(
                place,
                "it leads back to a page that was read before",
            ));
        }
        if items == 0 && self.empty + 1 >= MAX_EMPTY {
            let why = format!("it leads on, but {MAX_EMPTY} pages in a row had no items");
            return Err(Flaw::new(place, why));
        }
        Ok(Some(next))
    }

    /// Nothing that was there before is missing now, and nothing comes again.
    fn plausible(&self, place: &Place, found: Found<T>) -> Result<Found<T>, Flaw> {
        let list = &*self.style.items;
        if place.skip > found.whole {
            let why = format!(
                "the page has {} items, and {} were given of it before: the list has changed",
                found.whole, place.skip
            );
            return Err(Flaw::new(list, why));
        }
        if found.print.is_some() && found.print == self.before && found.whole > 0 {
            let why = "the page has the same items as the one before it";
            return Err(Flaw::new(list, why));
        }
        Ok(found)
    }

    fn error(&self, flaw: Flaw, reply: &Response<Bytes>) -> Error {
        let colon = if flaw.path.is_empty() { "" } else { ": " };
        let message = format!(
            "{}: page {}: {}{colon}{}",
            pipeline::name(&self.call),
            self.place.as_ref().map_or(0, |place| place.page),
            flaw.path,
            flaw.why
        );
        let token = self.client.fresh_authorization();
        let token = token.as_ref().and_then(|token| token.to_str().ok());
        let scrubber = Scrubber::new(token.and_then(|token| token.strip_prefix("Bearer ")));
        let mut facts = http::Response::new(reply.body().clone());
        *facts.status_mut() = reply.status();
        facts.headers_mut().clone_from(reply.headers());
        Error::new(flaw.kind, scrubber.text(&message))
            .with_reply(ReplyFacts::of(&facts, &scrubber))
            .with_hint("look at the page's body; what was read until here is good, and the position stands before what is not")
    }
}

impl<T> Page<T> {
    /// The items, in the order in which they came.
    pub fn items(&self) -> &[T] {
        self.reply.data()
    }

    /// The items, taken out.
    pub fn into_items(self) -> Vec<T> {
        self.reply.into_data()
    }

    /// The reply: status, headers, ids, and the body with all that stands beside the items.
    pub fn response(&self) -> &Response<Vec<T>> {
        &self.reply
    }

    /// No page comes after this one: it is the list's last, or the limit is reached.
    pub fn is_last(&self) -> bool {
        self.last
    }
}

/// The call and how far it is; no query and no item, which may be a customer's data.
impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("call", &pipeline::name(&self.call).to_string())
            .field("style", &self.style)
            .field("page", &self.place.as_ref().map(|place| place.page))
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Page<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("reply", &self.reply)
            .field("items", &self.items().len())
            .field("last", &self.last)
            .finish()
    }
}
