//! A list item by item: one page in memory, the next asked for when it is used up.

use super::{
    Pages, Sent,
    position::{self, Place},
};
use crate::{Error, Response};
use bytes::Bytes;
use futures_core::Stream;
use std::{
    fmt,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    vec,
};

/// The items of a list, one by one; a [`Stream`]. From [`Pages::items`].
///
/// It ends after the last item, at the limit, or after the first error.
/// [`position`](Self::position) and [`into_pages`](Self::into_pages) go on from there.
#[must_use = "items are read by `next`, or as a stream"]
pub struct Items<T> {
    pages: Pages<T>,
    /// What is left of the page that was read last.
    ready: vec::IntoIter<T>,
    /// Where that page began, and how many items it had to give.
    page: Option<(Place, u64)>,
    sent: Option<Sent>,
    failure: Option<Error>,
    ended: bool,
}

/// What is to be done for one more item.
pub(super) enum Step<T> {
    Give(Option<Result<T, Error>>),
    Send(Sent),
}

impl<T> Items<T> {
    pub(super) fn new(pages: Pages<T>) -> Self {
        Self {
            pages,
            ready: Vec::new().into_iter(),
            page: None,
            sent: None,
            failure: None,
            ended: false,
        }
    }

    /// The next item; `None` after the last one, at the limit, and after an error.
    ///
    /// # Errors
    /// As [`Pages::next_page`].
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// As [`Pages::position`], to the item: what was not taken out of here yet comes again from
    /// there, and what was taken does not.
    pub fn position(&self) -> Option<String> {
        Some(self.place()?.to_text(&position::call(&self.pages.call)))
    }

    /// Back to pages, after an error for instance. The first one has the items that were not taken
    /// out of here; they are asked for again.
    pub fn into_pages(mut self) -> Pages<T> {
        self.pages.place = self.place();
        let unread = self.ready.len() as u64;
        if unread > 0 {
            // The page is read once more, and must not be taken for a repeated one.
            self.pages.left = self.pages.left.map(|left| left.saturating_add(unread));
            self.pages.before = None;
            self.pages.pending = None;
        }
        self.pages
    }

    fn place(&self) -> Option<Place> {
        let unread = self.ready.len() as u64;
        match &self.page {
            Some((page, whole)) if unread > 0 => Some(page.clone().skipping(whole - unread)),
            _ => self.pages.place.clone(),
        }
    }

    pub(super) fn step(&mut self) -> Step<T> {
        if let Some(item) = self.ready.next() {
            return Step::Give(Some(Ok(item)));
        }
        if self.ended {
            return Step::Give(None);
        }
        let asked = match self.failure.take() {
            Some(error) => Err(error),
            None => self.pages.ask(),
        };
        match asked {
            Ok(Some(sent)) => Step::Send(sent),
            Ok(None) => {
                self.ended = true;
                Step::Give(None)
            }
            Err(error) => {
                self.ended = true;
                Step::Give(Some(Err(error)))
            }
        }
    }

    pub(super) fn arrived(&mut self, reply: Result<Response<Bytes>, Error>) {
        let place = self.pages.place.clone();
        match reply.and_then(|reply| self.pages.take(reply)) {
            Ok(page) => {
                let items = page.into_items();
                self.page = place.map(|place| (place, items.len() as u64));
                self.ready = items.into_iter();
            }
            Err(error) => self.failure = Some(error),
        }
    }
}

/// Nothing here is ever pinned in place.
impl<T> Unpin for Items<T> {}

impl<T> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(sent) = &mut self.sent {
                let reply = ready!(sent.as_mut().poll(cx));
                self.sent = None;
                self.arrived(reply);
            }
            match self.step() {
                Step::Give(item) => return Poll::Ready(item),
                Step::Send(sent) => self.sent = Some(sent),
            }
        }
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("pages", &self.pages)
            .field("ready", &self.ready.len())
            .finish_non_exhaustive()
    }
}
