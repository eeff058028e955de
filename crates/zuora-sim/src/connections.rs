//! How the socket door treats connections that are kept alive.

use std::time::Duration;

/// When connections are closed without notice, so that a client meets the race in which its next
/// request goes out on a connection that is just being closed. By default none is.
///
/// Counts are of one connection. HTTP/2 connections are told before they are closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionRules {
    pub(crate) close_after: Option<u64>,
    pub(crate) close_on_reuse: Option<u64>,
    pub(crate) idle: Option<Duration>,
}

impl ConnectionRules {
    /// Closes a connection right after this many replies; no header announces it.
    #[must_use]
    pub fn close_after(mut self, replies: u64) -> Self {
        self.close_after = Some(replies);
        self
    }

    /// Closes a connection when, after this many replies, the next request arrives on it: that request
    /// is neither executed nor answered nor counted. What a lost race looks like to a client, each
    /// time.
    #[must_use]
    pub fn close_on_reuse(mut self, replies: u64) -> Self {
        self.close_on_reuse = Some(replies);
        self
    }

    /// Closes a connection on which nothing was asked for this long, by the simulator's clock.
    #[must_use]
    pub fn idle_timeout(mut self, idle: Duration) -> Self {
        self.idle = Some(idle);
        self
    }
}
