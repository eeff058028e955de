//! Identifiers in the forms that Zuora uses, from a seeded generator.

/// Makes tokens and ids; the same seed gives the same sequence.
#[derive(Clone, Debug)]
pub(crate) struct Ids(fastrand::Rng);

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// 32 lower-case hexadecimal digits: access tokens, `jti`, object ids.
    pub(crate) fn hex32(&mut self) -> String {
        format!("{:032x}", self.0.u128(..))
    }

    /// A UUID with hyphens: request ids.
    pub(crate) fn uuid(&mut self) -> String {
        let hex = self.hex32();
        // Version 4 and its variant, as a UUID reader expects of a random one.
        let variant = ["8", "9", "a", "b"][self.0.usize(..4)];
        format!(
            "{}-{}-4{}-{variant}{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[13..16],
            &hex[17..20],
            &hex[20..]
        )
    }

    /// 16 upper-case hexadecimal digits: `processId`.
    pub(crate) fn process_id(&mut self) -> String {
        format!("{:016X}", self.0.u64(..))
    }
}

/// Whether the text has the UUID form: 36 characters, hexadecimal digits and four hyphens.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
