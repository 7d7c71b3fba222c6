//! Frames written by hand, right or wrong.
#![allow(dead_code)]

pub const HEADER: u8 = 0x81;
pub const MODEL: u8 = 0x82;
pub const GROUP: u8 = 0x83;
pub const BLOCK: u8 = 0x84;
pub const SEAL: u8 = 0x86;
pub const INDEX: u8 = 0x07;
pub const FLUSH: u8 = 0x08;
pub const FOOTER: u8 = 0x89;

pub fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// The bytes of several parts, one after the other.
pub fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A full frame under construction.
#[derive(Clone, Default)]
pub struct Craft {
    pub bytes: Vec<u8>,
}

impl Craft {
    /// Magic and a header without checksums and content length.
    pub fn new(window_log: u8, group_bound: u64) -> Craft {
        Craft::with_header(&join(&[&[0, window_log], &varint(group_bound)]))
    }

    pub fn with_header(body: &[u8]) -> Craft {
        let mut craft = Craft { bytes: vec![0xF6, b'V', b'A', b'T', 0] };
        craft.record(HEADER, body);
        craft
    }

    pub fn record(&mut self, kind: u8, body: &[u8]) -> &mut Self {
        self.bytes.push(kind);
        self.bytes.extend(varint(body.len() as u64));
        self.bytes.extend_from_slice(body);
        self
    }

    /// A stored group; `flags` beyond those that the lengths call for.
    pub fn group(&mut self, flags: u64, out_len: u64, literal_len: u64) -> &mut Self {
        self.group_of(0, flags, out_len, literal_len)
    }

    pub fn group_of(&mut self, codec: u8, flags: u64, out_len: u64, literal_len: u64) -> &mut Self {
        let copies = if out_len == literal_len { 0 } else { 4 };
        let mut body = varint(flags | copies);
        body.extend([codec, 0, 0, 0]);
        body.extend(varint(out_len));
        if copies != 0 {
            body.extend(varint(literal_len));
        }
        self.record(GROUP, &body)
    }

    /// A block of segments `(length, distance)`; distance 0 is coded.
    pub fn block(&mut self, segments: &[(u64, u64)], payload: &[u8]) -> &mut Self {
        let mut body = varint(segments.len() as u64 * 2);
        for &(len, distance) in segments {
            body.extend(varint(len * 2 + u64::from(distance != 0)));
            if distance != 0 {
                body.extend(varint(distance));
            }
        }
        body.extend_from_slice(payload);
        self.record(BLOCK, &body)
    }

    pub fn footer(&mut self, content_length: u64) -> Vec<u8> {
        let mut body = join(&[&varint(content_length), &varint(self.bytes.len() as u64), &[0]]);
        body.push(body.len() as u8 + 5);
        body.extend(b"v\xF6");
        self.record(FOOTER, &body);
        self.bytes.clone()
    }
}
