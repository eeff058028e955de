//! What the builders of all operations have in common.

/// Gives a builder, a struct around a `RequestBuilder` (and a `Multipart`, if it sends a form), what all
/// builders have: the headers and settings of a call, and the ways to send it.
///
/// All of it is `#[inline]`: what no program calls is compiled for none.
///
/// - `operation!(Name => Reply)`: the reply is read into `Reply`.
/// - `=> ()`: a reply that says nothing but that the call succeeded.
/// - `=> file`: bytes, or a download.
macro_rules! operation {
    ($name:ident => ()) => {
        operation!(@common $name);
        operation!(@send $name, (), send_for_nothing, succeed);
    };
    ($name:ident => file) => {
        operation!(@common $name);
        operation!(@send $name, bytes::Bytes, send_for_bytes, into_future);

        impl $name {
            /// Reads the reply as it comes, into a file or anything that is written to.
            #[inline]
            pub fn download(self) -> zuora_core::Download {
                self.ready().download()
            }
        }
    };
    ($name:ident => $reply:ty) => {
        operation!(@common $name);
        operation!(@send $name, $reply, send_as, data_as);
    };
    // The core's futures are boxed there, so that the compiler makes none for each operation.
    (@send $name:ident, $reply:ty, $send:ident, $data:ident) => {
        impl $name {
            /// Sends the call and gives the whole reply.
            ///
            /// # Errors
            /// What the [kinds](zuora_core::ErrorKind) say.
            #[inline]
            pub fn send(self) -> crate::Sending<zuora_core::Response<$reply>> {
                self.ready().$send()
            }

            /// As [`send`](Self::send), for code that does not await.
            ///
            /// # Errors
            /// As [`send`](Self::send).
            #[inline]
            #[cfg(feature = "blocking")]
            pub fn send_blocking(self) -> Result<zuora_core::Response<$reply>, zuora_core::Error> {
                zuora_core::block_on(self.ready().$send())
            }

            /// As `.await`, for code that does not await.
            ///
            /// # Errors
            /// As [`send`](Self::send).
            #[inline]
            #[cfg(feature = "blocking")]
            pub fn call(self) -> Result<$reply, zuora_core::Error> {
                zuora_core::block_on(self.ready().$data())
            }
        }

        impl std::future::IntoFuture for $name {
            type Output = Result<$reply, zuora_core::Error>;
            type IntoFuture = crate::Sending<$reply>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                self.ready().$data()
            }
        }
    };
    (@common $name:ident) => {
        impl $name {
            /// Adds a query parameter that has no setter here.
            #[inline]
            pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.call = self.call.query(name, value);
                self
            }

            /// Sets a header that has no setter here.
            #[inline]
            pub fn header(mut self, name: &str, value: &str) -> Self {
                self.call = self.call.header(name, value);
                self
            }

            /// Sets `Zuora-Version`, the date of the API's behaviour, for this call.
            #[inline]
            pub fn zuora_version(mut self, version: &str) -> Self {
                self.call = self.call.zuora_version(version);
                self
            }

            /// Sends `Zuora-Entity-Ids`: the entity that this call is about.
            #[inline]
            pub fn entity_id(mut self, id: zuora_core::EntityId) -> Self {
                self.call = self.call.entity_id(id);
                self
            }

            /// Sends `Zuora-Org-Ids`: the organizations that this call is about.
            #[inline]
            pub fn org_ids(mut self, ids: impl IntoIterator<Item = zuora_core::OrgId>) -> Self {
                self.call = self.call.org_ids(ids);
                self
            }

            /// Sends `Zuora-Track-Id`; Zuora echoes it.
            #[inline]
            pub fn track_id(mut self, id: zuora_core::TrackId) -> Self {
                self.call = self.call.track_id(id);
                self
            }

            /// Sends this `Idempotency-Key` with every try; POST and PATCH only. Without it, operations
            /// that offer a key get one by themselves.
            #[inline]
            pub fn idempotency_key(mut self, key: &str) -> Self {
                self.call = self.call.idempotency_key(key);
                self
            }

            /// Says whether sending this call twice is as good as sending it once.
            #[inline]
            pub fn idempotent(mut self, idempotent: bool) -> Self {
                self.call = self.call.idempotent(idempotent);
                self
            }

            /// How long this call may take in all.
            #[inline]
            pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
                self.call = self.call.timeout(timeout);
                self
            }

            /// Who goes first when calls must wait for the tenant's limits.
            #[inline]
            pub fn priority(mut self, priority: zuora_core::Priority) -> Self {
                self.call = self.call.priority(priority);
                self
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.call, f)
            }
        }
    };
}
