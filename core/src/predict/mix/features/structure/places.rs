//! Places: the nesting of tags, brackets and quotes, and the slots in it.
//!
//! A stack of levels, each opened by a tag or a bracket, with a name (of the tag; of the identifier or key before the bracket), the key last
//! seen in it, and a count of elements. Nothing is an error: closers look for their opener a few levels down, the stack's lowest
//! level falls off when it is full.
//!
//! A *slot* begins wherever something of its own kind begins - a tag, an attribute's value, a tag's content, the value of a key, an element, a
//! line outside of all nesting - and is known by a hash of where it stands.

use super::{is_name, pair, step};
use crate::error::{Result, try_filled};
use crate::predict::mix::hash::combine;

/// Values of [`Places::kind`].
pub(super) const KINDS: usize = 32;
/// Levels of the stack, the ground included.
const DEPTH: usize = 32;
/// How far down a closer looks for its opener.
const REACH: usize = 12;
/// Elements are told apart up to this number.
const ELEMENTS: u32 = 31;

#[derive(Clone, Copy, Debug, Default)]
struct Level {
    /// The opening byte; 0 on the ground.
    kind: u8,
    name: u64,
    key: u64,
    elements: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Content,
    /// In the name of a tag.
    Name,
    /// Behind the name of a tag.
    Tag,
    /// In the name of a closing tag.
    Closing,
    /// In a declaration or an instruction.
    Declaration,
}

/// What begins with a slot; part of its hash.
#[derive(Clone, Copy, Debug)]
enum Sort {
    Inside = 0,
    Tag = 1,
    Closed = 2,
    Element = 3,
    Line = 4,
    Attribute = 5,
    Value = 6,
    Content = 7,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Places {
    stack: Vec<Level>,
    depth: usize,
    mode: Mode,
    /// The quote that ends the string, 0 outside of strings.
    quote: u8,
    is_escaped: bool,
    /// Hashes of the tag's name, the attribute's, the string so far and the last one, the identifier so far and the last one.
    name: u64,
    attribute: u64,
    string: u64,
    last_string: u64,
    identifier: u64,
    last_identifier: u64,
    /// The last byte, and the last above the space.
    last: u8,
    last_visible: u8,
}

impl Places {
    /// On the ground.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn new() -> Result<Self> {
        Ok(Places {
            stack: try_filled(DEPTH, Level::default())?,
            depth: 0,
            mode: Mode::Content,
            quote: 0,
            is_escaped: false,
            name: 0,
            attribute: 0,
            string: 0,
            last_string: 0,
            identifier: 0,
            last_identifier: 0,
            last: 0,
            last_visible: 0,
        })
    }

    /// Takes in a byte; the new slot, if one begins behind it.
    #[inline(always)]
    pub fn push(&mut self, byte: u8) -> Option<u64> {
        if is_name(byte) {
            self.identifier = step(self.identifier, byte);
        } else if self.identifier != 0 {
            (self.last_identifier, self.identifier) = (self.identifier, 0);
        }
        let begun = match self.mode {
            Mode::Content if self.quote != 0 => {
                self.push_string(byte);
                None
            }
            // What may mean something outside of strings.
            Mode::Content if is_name(byte) || byte == b' ' => None,
            Mode::Content => self.push_content(byte),
            Mode::Name => self.push_name(byte),
            Mode::Tag => self.push_tag(byte),
            Mode::Closing => self.push_closing(byte),
            Mode::Declaration => (byte == b'>').then(|| self.content()),
        };
        self.last = byte;
        if byte > b' ' {
            self.last_visible = byte;
        }
        begun.map(|sort| self.slot(sort))
    }

    /// The quote that ends the string here; 0 outside of strings.
    #[inline(always)]
    pub fn quote(&self) -> u8 {
        self.quote
    }

    /// What kind of place the next byte stands in: bits 0-2 mode and level, 3 string, 4 whether the last byte was part of a name.
    #[inline(always)]
    pub fn kind(&self) -> usize {
        let place = match (self.mode, self.stack[self.depth % DEPTH].kind) {
            (Mode::Content, b'{') => 1,
            (Mode::Content, b'[') => 2,
            (Mode::Content, b'(') => 3,
            (Mode::Content, b'<') => 4,
            (Mode::Content, _) => 0,
            (Mode::Name, _) => 5,
            (Mode::Tag, _) => 6,
            (Mode::Closing | Mode::Declaration, _) => 7,
        };
        place | usize::from(self.quote != 0) << 3 | usize::from(is_name(self.last)) << 4
    }

    #[inline(always)]
    fn top(&mut self) -> &mut Level {
        &mut self.stack[self.depth % DEPTH]
    }

    fn open(&mut self, kind: u8, name: u64) {
        if self.depth == DEPTH - 1 {
            self.stack.copy_within(1.., 0);
        } else {
            self.depth += 1;
        }
        *self.top() = Level { kind, name, key: 0, elements: 0 };
    }

    /// Closes the nearest level of that kind - of a tag: and that name, 0 for any - if one is near. A closed tag's name is the key
    /// outside: it foretells the next one.
    fn close(&mut self, kind: u8, name: u64) {
        for depth in (1..=self.depth).rev().take(REACH) {
            let level = self.stack[depth];
            if level.kind == kind && (kind != b'<' || name == 0 || level.name == name) {
                self.depth = depth - 1;
                if kind == b'<' {
                    self.top().key = level.name;
                }
                return;
            }
        }
    }

    /// The hash of a slot that begins here.
    fn slot(&self, sort: Sort) -> u64 {
        let (level, outer) = (&self.stack[self.depth % DEPTH], &self.stack[self.depth.saturating_sub(1) % DEPTH]);
        let listed = level.kind == b'(' || level.kind == b'[';
        let element = if listed { level.elements.min(ELEMENTS) } else { 0 };
        let around = if level.kind == b'<' { outer.name } else { outer.key };
        let here = pair(level.name ^ u64::from(level.kind) << 56, level.key);
        combine(here, pair(around, u64::from(element) << 8 | sort as u64))
    }

    #[inline(always)]
    fn push_string(&mut self, byte: u8) {
        if self.is_escaped {
            self.is_escaped = false;
        } else if byte == b'\\' {
            self.is_escaped = true;
        } else if byte == self.quote || byte == b'\n' {
            self.quote = 0;
            self.last_string = self.string;
        }
        self.string = step(self.string, byte);
    }

    fn push_content(&mut self, byte: u8) -> Option<Sort> {
        let (kind, visible, adjacent) = (self.top().kind, self.last_visible, is_name(self.last));
        match byte {
            b'"' | b'\'' if kind != b'<' && !(byte == b'\'' && adjacent) => {
                (self.quote, self.string) = (byte, 0);
                None
            }
            b'<' => {
                (self.mode, self.name) = (Mode::Name, 0);
                Some(Sort::Tag)
            }
            b'{' | b'[' | b'(' => {
                let Level { name, key, .. } = *self.top();
                let named = if adjacent || visible == b'>' {
                    self.last_identifier
                } else if key != 0 {
                    key
                } else {
                    name
                };
                self.open(byte, named);
                Some(Sort::Inside)
            }
            b'}' | b']' | b')' => {
                let opener = match byte {
                    b'}' => b'{',
                    b']' => b'[',
                    _ => b'(',
                };
                self.close(opener, 0);
                Some(Sort::Closed)
            }
            b':' | b'=' if kind != b'<' => {
                let quoted = visible == b'"' || visible == b'\'';
                let key = if quoted { self.last_string } else { self.last_identifier };
                self.top().key = pair(key, 1);
                Some(Sort::Inside)
            }
            b',' | b';' if kind != b'<' => {
                let level = self.top();
                level.elements = level.elements.wrapping_add(1);
                if kind != b'{' {
                    level.key = 0;
                }
                Some(Sort::Element)
            }
            b'\n' if self.depth == 0 => {
                let level = self.top();
                (level.elements, level.key) = (0, 0);
                Some(Sort::Line)
            }
            _ => None,
        }
    }

    fn push_name(&mut self, byte: u8) -> Option<Sort> {
        let is_first = self.name == 0;
        match byte {
            b'/' if is_first => self.mode = Mode::Closing,
            b'!' | b'?' if is_first => self.mode = Mode::Declaration,
            _ if is_name(byte) => self.name = step(self.name, byte),
            b'-' | b':' | b'.' if !is_first => self.name = step(self.name, byte),
            b'/' | b'>' | b' ' | b'\n' | b'\r' | b'\t' if !is_first => {
                self.open(b'<', self.name);
                (self.attribute, self.quote) = (0, 0);
                self.mode = if byte == b'>' { Mode::Content } else { Mode::Tag };
                return Some(Sort::Inside);
            }
            _ => self.mode = Mode::Content,
        }
        None
    }

    fn push_tag(&mut self, byte: u8) -> Option<Sort> {
        if self.quote != 0 {
            if byte != self.quote {
                return None;
            }
            (self.quote, self.attribute) = (0, 0);
            return Some(Sort::Attribute);
        }
        match byte {
            b'"' | b'\'' => {
                self.quote = byte;
                self.top().key = self.attribute;
                return Some(Sort::Value);
            }
            b'>' => {
                if self.last == b'/' {
                    self.close(b'<', 0);
                } else {
                    self.top().key = 0;
                }
                return Some(self.content());
            }
            b'-' | b':' => self.attribute = step(self.attribute, byte),
            _ if is_name(byte) => self.attribute = step(self.attribute, byte),
            b' ' => self.attribute = 0,
            b';' | b'{' => self.mode = Mode::Content,
            _ => {}
        }
        None
    }

    fn push_closing(&mut self, byte: u8) -> Option<Sort> {
        match byte {
            b'>' => {
                self.close(b'<', self.name);
                return Some(self.content());
            }
            b'-' | b':' | b'.' => self.name = step(self.name, byte),
            _ if is_name(byte) => self.name = step(self.name, byte),
            _ => self.mode = Mode::Content,
        }
        None
    }

    /// A tag has ended.
    fn content(&mut self) -> Sort {
        self.mode = Mode::Content;
        Sort::Content
    }
}
