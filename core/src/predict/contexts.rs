//! Contexts: what each expert looks at, as data.
//!
//! A context is some of the last eight bytes (a mask over them, so that order-n and sparse contexts are one thing) and at
//! most one *feature* that is computed once a byte: a hash of the word so far, a column, the byte above. Experts differ only in
//! their context, so an ensemble is a list of them.
//!
//! Cost: about ten operations a byte for each context, and twenty for the features of a [`Kind`].

/// What a context can look at beyond the last bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Feature {
    /// Nothing.
    None = 0,
    /// [`Kind::Text`]: letters and digits since the last other byte, case folded.
    Word = 1,
    /// [`Kind::Text`]: that, and the word before.
    WordPair = 2,
    /// [`Kind::Text`]: the column in the line, and the byte above it. [`Kind::Table`]: the column in the record.
    Column = 3,
    /// [`Kind::Table`]: the column and the byte above.
    Above = 4,
    /// [`Kind::Table`]: the column and the two bytes above.
    AboveTwo = 5,
    /// [`Kind::Table`]: the bytes above and above that, without the column.
    Vertical = 6,
}

const FEATURES: usize = 8;

/// Which features an ensemble uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// None.
    Bytes,
    /// Words and lines.
    Text,
    /// Records of a fixed length.
    Table,
}

/// What one expert looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// Which of the last eight bytes, the latest lowest.
    pub bytes: u64,
    /// What else.
    pub feature: Feature,
}

/// The last `n <= 7` bytes.
pub const fn order(n: u32) -> Context {
    sparse((1 << (8 * n)) - 1)
}

/// The last bytes under `mask`, the latest lowest.
pub const fn sparse(mask: u64) -> Context {
    Context { bytes: mask, feature: Feature::None }
}

/// The last bytes under `mask`, and a feature.
pub const fn with(mask: u64, feature: Feature) -> Context {
    Context { bytes: mask, feature }
}

/// The last bytes and the features, kept up to date byte by byte.
#[derive(Clone, Debug)]
pub struct History {
    kind: Kind,
    stride: usize,
    /// The last eight bytes, the latest lowest.
    last: u64,
    features: [u64; FEATURES],
    word: u64,
    word_before: u64,
    column: usize,
    line: usize,
    line_before: usize,
}

impl History {
    /// An empty history; `stride` is the length of a record, of use to [`Kind::Table`] alone.
    pub fn new(kind: Kind, stride: usize) -> Self {
        let kind = if kind == Kind::Table && stride == 0 { Kind::Bytes } else { kind };
        History {
            kind,
            stride,
            last: 0,
            features: [0; FEATURES],
            word: 0,
            word_before: 0,
            column: 0,
            line: 0,
            line_before: 0,
        }
    }

    /// The last eight bytes, the latest lowest.
    #[inline(always)]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Takes in `byte`, which `window` (a power of two long) already holds before `position`.
    #[inline(always)]
    pub fn push(&mut self, byte: u8, position: usize, window: &[u8]) {
        self.last = self.last << 8 | u64::from(byte);
        match self.kind {
            Kind::Bytes => {}
            Kind::Text => self.push_text(byte, position, window),
            Kind::Table => self.push_table(position, window),
        }
    }

    #[inline(always)]
    fn push_text(&mut self, byte: u8, position: usize, window: &[u8]) {
        if byte.is_ascii_alphanumeric() || byte >= 128 {
            let letter = u64::from(byte.to_ascii_lowercase());
            self.word = (self.word + letter + 1).wrapping_mul(0x2F0B_4C47_9E37_79B1);
        } else if self.word != 0 {
            self.word_before = self.word;
            self.word = 0;
        }
        if byte == b'\n' {
            self.line_before = self.line;
            self.line = position;
        }
        let column = position - self.line;
        let above = window[(self.line_before + column) & (window.len() - 1)];
        self.features[Feature::Word as usize] = self.word;
        self.features[Feature::WordPair as usize] = self.word ^ self.word_before.rotate_left(24);
        self.features[Feature::Column as usize] = u64::from(above) << 8 | column.min(255) as u64;
    }

    #[inline(always)]
    fn push_table(&mut self, position: usize, window: &[u8]) {
        let mask = window.len() - 1;
        self.column = if self.column + 1 >= self.stride { 0 } else { self.column + 1 };
        let above = u64::from(window[position.wrapping_sub(self.stride) & mask]);
        let above_two = above << 8 | u64::from(window[position.wrapping_sub(2 * self.stride) & mask]);
        let column = (self.column as u64) << 32;
        self.features[Feature::Column as usize] = column;
        self.features[Feature::Above as usize] = column | above;
        self.features[Feature::AboveTwo as usize] = column | above_two;
        self.features[Feature::Vertical as usize] = above_two;
    }

    /// A hash of what `context` looks at; `expert` keeps experts apart that see the same.
    #[inline(always)]
    pub fn hash(&self, context: Context, expert: usize) -> u32 {
        self.hash_of(self.last, context, expert)
    }

    /// What [`History::hash`] would be after `byte`, if the features stayed the same: to fetch what may be needed.
    #[inline(always)]
    pub fn hash_after(&self, byte: u8, context: Context, expert: usize) -> u32 {
        self.hash_of(self.last << 8 | u64::from(byte), context, expert)
    }

    #[inline(always)]
    fn hash_of(&self, last: u64, context: Context, expert: usize) -> u32 {
        let feature = self.features[context.feature as usize % FEATURES].wrapping_mul(0xD6E8_FEB8_6659_FD93);
        let salt = (expert as u64 + 1).wrapping_mul(0xA076_1D64_78BD_642F);
        let mixed = ((last & context.bytes) ^ feature).wrapping_add(salt).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32) as u32
    }
}
