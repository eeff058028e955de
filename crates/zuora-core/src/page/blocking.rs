//! The same for code that does not await: pages, and items as an iterator.

use super::{Items, Page, Pages, items::Step};
use crate::{Error, blocking::wait};
use std::fmt;

/// The items of a list, one by one; an [`Iterator`]. From [`Pages::items_blocking`].
///
/// It ends after the last item, at the limit, or after the first error.
#[must_use = "items are read by iterating"]
pub struct BlockingItems<T>(Items<T>);

impl<T> Pages<T> {
    /// As [`Pages::next_page`], for code that does not await.
    ///
    /// # Errors
    /// As [`Pages::next_page`].
    pub fn next_page_blocking(&mut self) -> Result<Option<Page<T>>, Error> {
        match self.ask()? {
            Some(sent) => {
                let reply = wait(sent)?;
                self.take(reply).map(Some)
            }
            None => Ok(None),
        }
    }

    /// The items one by one, for code that does not await. It holds one page at most.
    pub fn items_blocking(self) -> BlockingItems<T> {
        BlockingItems(Items::new(self))
    }
}

impl<T> BlockingItems<T> {
    /// As [`Items::position`].
    pub fn position(&self) -> Option<String> {
        self.0.position()
    }

    /// As [`Items::into_pages`].
    pub fn into_pages(self) -> Pages<T> {
        self.0.into_pages()
    }
}

impl<T> Iterator for BlockingItems<T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.0.step() {
                Step::Give(item) => return item,
                Step::Send(sent) => self.0.arrived(wait(sent)),
            }
        }
    }
}

impl<T> fmt::Debug for BlockingItems<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
