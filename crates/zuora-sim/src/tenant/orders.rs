//! Orders and subscriptions.

use super::door::Handler;

pub(super) const HANDLERS: &[(&str, Handler)] = &[];
