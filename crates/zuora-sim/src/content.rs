//! The body of a reply: bytes at hand, or bytes that are made when they are sent.

use bytes::{BufMut, Bytes, BytesMut};

/// The largest piece that is made at a time.
const PIECE: u64 = 64 * 1024;

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Whole(Bytes),
    /// Bytes `from..from + length` of the endless sequence that belongs to `seed`.
    Made {
        seed: u64,
        from: u64,
        length: u64,
    },
}

impl Content {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Made { length, .. } => *length,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes `from..to`, within what is there.
    pub(crate) fn slice(&self, from: u64, to: u64) -> Self {
        let to = to.min(self.len());
        let from = from.min(to);
        match self {
            Self::Whole(bytes) => Self::Whole(bytes.slice(index(from)..index(to))),
            Self::Made {
                seed, from: begin, ..
            } => Self::Made {
                seed: *seed,
                from: begin + from,
                length: to - from,
            },
        }
    }

    /// Takes the next piece off; `None` at the end.
    pub(crate) fn next_piece(&mut self) -> Option<Bytes> {
        if self.is_empty() {
            return None;
        }
        match self {
            Self::Whole(bytes) => Some(std::mem::take(bytes)),
            Self::Made { seed, from, length } => {
                let piece = made(*seed, *from, PIECE.min(*length));
                *from += piece.len() as u64;
                *length -= piece.len() as u64;
                Some(piece)
            }
        }
    }

    /// All of it, in memory.
    pub(crate) fn into_bytes(mut self) -> Bytes {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Made { .. } => {
                let mut all = BytesMut::new();
                while let Some(piece) = self.next_piece() {
                    all.extend_from_slice(&piece);
                }
                all.freeze()
            }
        }
    }

    /// The bytes, where they are at hand.
    pub(crate) fn at_hand(&self) -> Option<&Bytes> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::Made { .. } => None,
        }
    }
}

impl<B: Into<Bytes>> From<B> for Content {
    fn from(bytes: B) -> Self {
        Self::Whole(bytes.into())
    }
}

/// A part of the endless sequence of a seed: eight bytes at a time from the splitmix64 function of
/// their position, so that any range can be made without what lies before it.
pub(crate) fn made(seed: u64, from: u64, length: u64) -> Bytes {
    let mut bytes = BytesMut::with_capacity(index(length) + 16);
    let first = from / 8;
    let last = (from + length).div_ceil(8);
    for block in first..last {
        let mut z = seed.wrapping_add(block.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.put_u64_le(z ^ (z >> 31));
    }
    let skip = index(from % 8);
    let end = skip + index(length);
    bytes.freeze().slice(skip..end)
}

/// Lengths here are those of memory; one that is not cannot be reached.
fn index(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
