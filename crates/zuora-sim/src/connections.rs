//! How the socket door treats connections: which it keeps, and for how long.

use std::time::Duration;

/// When connections are closed without notice, so that a client meets the race in which its next
/// request goes out on a connection that is just being closed. By default none that behaves is.
///
/// Clients that do not behave are bounded in any case: by their number, and by the time in which they
/// send what they began.
///
/// Counts of replies are of one connection. HTTP/2 connections are told before they are closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectionRules {
    pub(crate) close_after: Option<u64>,
    pub(crate) close_on_reuse: Option<u64>,
    pub(crate) idle: Option<Duration>,
    pub(crate) most: Option<usize>,
    pub(crate) client_timeout: Option<Duration>,
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

    /// How many connections are open at once; 4,096 by default. Beyond it the oldest is closed that is
    /// not being served, so that connections which send nothing keep nobody out.
    #[must_use]
    pub fn most(mut self, connections: usize) -> Self {
        self.most = Some(connections);
        self
    }

    /// How long a client may take, in real time, from its connection to its first request, for the head
    /// of each later one, between two pieces of a body, and until it takes some of a reply; 30 s by default. A
    /// whole body may take four times as long.
    #[must_use]
    pub fn client_timeout(mut self, patience: Duration) -> Self {
        self.client_timeout = Some(patience);
        self
    }

    /// Closes a connection on which nothing was asked for this long, by the simulator's clock.
    #[must_use]
    pub fn idle_timeout(mut self, idle: Duration) -> Self {
        self.idle = Some(idle);
        self
    }
}
