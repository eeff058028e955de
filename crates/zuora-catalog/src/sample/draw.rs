//! Numbers that look random and follow from a seed and a place.

/// A draw for one place. The same in every version and on every machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw(u64);

impl Draw {
    pub(super) const fn new(seed: u64) -> Self {
        Self(mixed(seed))
    }

    /// That of the place of this name below.
    pub(super) fn below(self, name: &str) -> Self {
        // FNV-1a, and then the last step of SplitMix64.
        let hash = name
            .bytes()
            .fold(self.0 ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Self(mixed(hash))
    }

    /// All 64 bits.
    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    /// Less than `end`; 0 for 0.
    pub(super) fn up_to(self, end: usize) -> usize {
        (self.0 >> 16) as usize % end.max(1)
    }

    pub(super) fn chance(self) -> bool {
        self.up_to(2) == 0
    }

    /// One of these; empty for none.
    pub(super) fn one_of<'t>(self, texts: impl Iterator<Item = &'t str>) -> &'t str {
        let texts: Vec<_> = texts.collect();
        texts
            .get(self.up_to(texts.len()))
            .copied()
            .unwrap_or_default()
    }
}

const fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
