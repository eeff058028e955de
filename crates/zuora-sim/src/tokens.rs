//! The tokens that are alive, and a list of those that were minted.

use crate::{client::SimClient, ids::Ids, lifetime::ExpiresIn};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::Duration,
};
use zuora_wire::Json;

/// Whether `jti` is the access token itself. A captured reply shows them equal, the documents'
/// samples show them different: a guess.
const JTI_IS_TOKEN_GUESS: bool = false;

/// How many tokens live at once, and how many of those that were minted are remembered: enough for any
/// test, and a bound for whoever asks without end. Beyond it the oldest ends.
const MOST: usize = 100_000;

/// A token that was handed out. Times are the server's true time.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) jti: String,
    pub(crate) client_id: String,
    pub(crate) entities: Vec<String>,
    minted_at: Duration,
    expires_at: Duration,
    expires_in: ExpiresIn,
}

impl Token {
    pub(crate) fn is_live(&self, now: Duration) -> bool {
        now < self.expires_at
    }

    /// How long it still lives, and how long all in all.
    pub(crate) fn left(&self, now: Duration) -> Duration {
        self.expires_at.saturating_sub(now)
    }

    pub(crate) fn life(&self) -> Duration {
        self.expires_at.saturating_sub(self.minted_at)
    }

    /// The `expires_in` to send now.
    pub(crate) fn expires_in(&self, now: Duration) -> Option<Json> {
        self.expires_in
            .on_the_wire(now.saturating_sub(self.minted_at))
    }
}

#[derive(Default)]
pub(crate) struct Tokens {
    live: HashMap<String, Token>,
    /// The newest token of a client and its entities, for `TokenReuse::Same`.
    newest: HashMap<(String, Vec<String>), String>,
    /// The latest, in order.
    minted: VecDeque<String>,
    minted_count: u64,
    minted_by: BTreeMap<String, u64>,
    /// Expired tokens are swept out when this many are held.
    sweep_at: usize,
}

impl Tokens {
    pub(crate) fn mint(
        &mut self,
        client: &SimClient,
        entities: Vec<String>,
        expires_in: ExpiresIn,
        now: Duration,
        ids: &mut Ids,
    ) -> Token {
        let text = ids.hex32();
        let jti = if JTI_IS_TOKEN_GUESS {
            text.clone()
        } else {
            ids.hex32()
        };
        let token = Token {
            text: text.clone(),
            jti,
            client_id: client.id.clone(),
            entities: entities.clone(),
            minted_at: now,
            expires_at: now.saturating_add(expires_in.lives()),
            expires_in,
        };
        if self.live.len() >= self.sweep_at.max(1024) {
            self.live.retain(|_, token| token.is_live(now));
            self.sweep_at = self.live.len() * 2;
        }
        self.newest
            .insert((client.id.clone(), entities), text.clone());
        self.live.insert(text.clone(), token.clone());
        if self.minted.len() == MOST
            && let Some(oldest) = self.minted.pop_front()
        {
            self.live.remove(&oldest);
        }
        self.minted.push_back(text);
        self.minted_count += 1;
        *self.minted_by.entry(client.id.clone()).or_default() += 1;
        token
    }

    /// The live token with this text.
    pub(crate) fn find(&self, text: &str, now: Duration) -> Option<&Token> {
        self.live.get(text).filter(|token| token.is_live(now))
    }

    /// The newest token of this client for these entities, if it is alive.
    pub(crate) fn newest(
        &self,
        client_id: &str,
        entities: &[String],
        now: Duration,
    ) -> Option<&Token> {
        let text = self
            .newest
            .get(&(client_id.to_owned(), entities.to_vec()))?;
        self.find(text, now)
    }

    /// Ends the token with this text.
    pub(crate) fn end(&mut self, text: &str) {
        self.live.remove(text);
    }

    /// Ends the tokens of a client.
    pub(crate) fn end_of(&mut self, client_id: &str) {
        self.newest.retain(|(id, _), _| id != client_id);
        self.live.retain(|_, token| token.client_id != client_id);
    }

    pub(crate) fn revoke_all(&mut self) -> usize {
        self.newest.clear();
        std::mem::take(&mut self.live).len()
    }

    pub(crate) fn live_count(&self, now: Duration) -> usize {
        self.live
            .values()
            .filter(|token| token.is_live(now))
            .count()
    }

    /// The live ones, in no order.
    pub(crate) fn live(&self, now: Duration) -> impl Iterator<Item = &Token> {
        self.live.values().filter(move |token| token.is_live(now))
    }

    /// The latest that were minted, in order.
    pub(crate) fn minted(&self) -> impl Iterator<Item = &str> {
        self.minted.iter().map(String::as_str)
    }

    /// How many were minted.
    pub(crate) fn minted_count(&self) -> u64 {
        self.minted_count
    }

    pub(crate) fn minted_by(&self) -> &BTreeMap<String, u64> {
        &self.minted_by
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_tokens_are_counted_and_the_latest_live() {
        let (mut tokens, mut ids) = (Tokens::default(), Ids::new(1));
        let client = SimClient::new("id", "secret");
        let now = Duration::ZERO;
        let mut mint = || {
            let lifetime = ExpiresIn::from(3598);
            tokens.mint(&client, Vec::new(), lifetime, now, &mut ids)
        };
        let first = mint();
        for _ in 0..999_998 {
            mint();
        }
        let last = mint();
        assert_eq!(
            (tokens.minted_count(), tokens.live.len()),
            (1_000_000, MOST)
        );
        assert_eq!(tokens.minted().count(), MOST);
        assert!(tokens.find(&first.text, now).is_none());
        assert!(tokens.find(&last.text, now).is_some());
    }
}
