//! The files' contents: JSON with a format number, times in milliseconds since 1970.

use super::super::{Rejection, Reservation, StoredEntry, StoredToken};
use crate::{AccessToken, auth::WINDOW};
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;
use zuora_wire::Json;

/// Files of another format are left alone.
const FORMAT: u64 = 1;

pub(super) fn encode(entry: &StoredEntry, digest: &str) -> Zeroizing<String> {
    let token = entry.token.as_ref().map(|token| {
        Json::object([
            (
                "access_token",
                Json::from(token.access_token.expose_secret()),
            ),
            ("token_type", token.token_type.clone().into()),
            ("scope", token.scope.clone().into()),
            ("jti", token.jti.clone().into()),
            ("obtained_at", millis(token.obtained_at).into()),
            ("expires_at", millis(token.expires_at).into()),
            ("reissued", token.reissued.into()),
        ])
    });
    let rejection = entry.rejection.as_ref().map(|rejection| {
        Json::object([
            ("until", Json::from(millis(rejection.until))),
            ("times", rejection.times.into()),
            ("message", rejection.message.as_str().into()),
        ])
    });
    let json = Json::object([
        ("format", Json::from(FORMAT)),
        ("key", digest.into()),
        ("token", token.into()),
        ("rejection", rejection.into()),
        ("replaced_at", entry.replaced_at.map(millis).into()),
    ]);
    Zeroizing::new(json.to_string())
}

/// # Errors
/// What is wrong, without any of the text.
pub(super) fn decode(bytes: &[u8], digest: &str) -> Result<StoredEntry, &'static str> {
    let json = Json::parse(bytes).map_err(|_| "it is not JSON")?;
    check_format(&json)?;
    if json.get("key").and_then(Json::as_str) != Some(digest) {
        return Err("it belongs to another key");
    }
    let part = |name| json.get(name).filter(|part| !part.is_null());
    let text = |json: &Json, name: &str| json.get(name)?.as_str().map(str::to_owned);

    let token = part("token").map(|token| {
        Some(StoredToken {
            access_token: AccessToken::new(text(token, "access_token")?).ok()?,
            token_type: text(token, "token_type"),
            scope: text(token, "scope"),
            jti: text(token, "jti"),
            obtained_at: time(token.get("obtained_at")?)?,
            expires_at: time(token.get("expires_at")?)?,
            reissued: token.get("reissued")?.as_bool()?,
        })
    });
    let rejection = part("rejection").map(|rejection| {
        Some(Rejection {
            until: time(rejection.get("until")?)?,
            // No count of ours is larger: see how long a refusal is remembered.
            times: u32::try_from(rejection.get("times")?.as_number()?.as_u64()?.min(1000)).ok()?,
            message: text(rejection, "message")?,
        })
    });
    if token.as_ref().is_some_and(Option::is_none)
        || rejection.as_ref().is_some_and(Option::is_none)
    {
        return Err("a field is missing or of the wrong type");
    }
    Ok(StoredEntry {
        token: token.flatten(),
        rejection: rejection.flatten(),
        replaced_at: part("replaced_at").and_then(time),
    })
}

fn check_format(json: &Json) -> Result<(), &'static str> {
    let format = json
        .get("format")
        .and_then(|format| format.as_number()?.as_u64());
    if format == Some(FORMAT) {
        Ok(())
    } else {
        Err("it is of another format")
    }
}

fn millis(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
}

fn time(json: &Json) -> Option<SystemTime> {
    let millis = json.as_number()?.as_u64()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

/// When token requests left for an origin, from all processes that share the folder.
#[derive(Debug, Default)]
pub(super) struct Window {
    sent: Vec<SystemTime>,
    cooling_until: Option<SystemTime>,
}

impl Window {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let json = Json::parse(bytes).map_err(|_| "it is not JSON")?;
        check_format(&json)?;
        Ok(Self {
            sent: json
                .get("sent")
                .and_then(Json::as_array)
                .ok_or("a field is missing or of the wrong type")?
                .iter()
                .filter_map(time)
                .collect(),
            cooling_until: json.get("cooling_until").and_then(time),
        })
    }

    pub(super) fn encode(&self) -> String {
        let sent: Vec<_> = self.sent.iter().map(|sent| millis(*sent)).collect();
        Json::object([
            ("format", Json::from(FORMAT)),
            ("sent", sent.into()),
            ("cooling_until", self.cooling_until.map(millis).into()),
        ])
        .to_string()
    }

    /// Drops what no longer counts. What lies ahead was written before the clock was set back: it counts
    /// as sent now, so that it neither lets a second full window through nor locks everybody out for as
    /// long as the clock was wrong.
    pub(super) fn forget_before(&mut self, now: SystemTime) {
        for sent in &mut self.sent {
            *sent = (*sent).min(now);
        }
        self.sent
            .retain(|sent| now.duration_since(*sent).is_ok_and(|age| age <= WINDOW));
        self.sent.sort();
        self.cooling_until = self.cooling_until.filter(|until| {
            until
                .duration_since(now)
                .is_ok_and(|left| left <= WINDOW * 60)
        });
    }

    pub(super) fn reserve(&mut self, now: SystemTime, limit: u32) -> Reservation {
        let ahead = |then: SystemTime| then.duration_since(now).ok().filter(|left| !left.is_zero());
        if let Some(left) = self.cooling_until.and_then(ahead) {
            return Reservation::Cooling(left);
        }
        // So many must grow old before there is room for one more. The files count in milliseconds.
        let over = self.sent.len().checked_sub(limit.max(1) as usize);
        match over.map(|over| ahead(self.sent[over] + WINDOW).unwrap_or_default()) {
            Some(left) => Reservation::Full(left + Duration::from_millis(2)),
            None => {
                self.sent.push(now);
                Reservation::Granted
            }
        }
    }

    pub(super) fn cool(&mut self, now: SystemTime, wait: Duration) {
        self.cooling_until = self.cooling_until.max(Some(now + wait));
    }
}
