use super::*;
use crate::predict::mix::features::{Features, Kind};
use proptest::prelude::*;

/// What the parser has found behind each byte of `text`, in a window of `1 << log2` bytes.
fn read(text: &[u8], log2: u32) -> Vec<Findings> {
    let mut window = vec![0; 1 << log2];
    let mut features = Features::new(Kind::Structure).unwrap();
    let mut push = |(i, &byte): (usize, &u8)| {
        window[i & ((1 << log2) - 1)] = byte;
        features.push(byte, i + 1, &window, 0);
        features.found.clone()
    };
    text.iter().enumerate().map(&mut push).collect()
}

/// How many bytes of `text` behind `start` guess number `guess` foresaw.
fn foreseen(text: &[u8], start: usize, guess: usize) -> usize {
    let found = read(text, 12);
    (start..text.len()).filter(|&i| found[i - 1].guesses[guess].expected == 256 | u32::from(text[i])).count()
}

#[test]
fn the_line_above_is_walked_through_changing_numbers() {
    let text = b"Jun 14 15:16:01 combo sshd[19939]: failure from 218.188.2.4\nJun 14 15:16:02 combo sshd[7]: failure from 9.9.2.4\n";
    let start = 60;
    assert!(foreseen(text, start, 0) > (text.len() - start) * 8 / 10);
}

#[test]
fn a_slot_foretells_its_text_wherever_it_comes_again() {
    let json =
        br#"{"items":[{"id":1,"state":"open","by":"anna"},{"by":"zoe","state":"open","id":2},{"state":"open"}]}"#;
    let last = json.windows(5).rposition(|w| w == b"open\"").unwrap();
    assert_eq!(foreseen(&json[..last + 5], last - 1, 1), 6);
    let xml =
        br#"<list><item kind="a" size="10"><name>x</name></item><item size="10" kind="a"><name>x</name></item></list>"#;
    let last = xml.windows(3).rposition(|w| w == b"10\"").unwrap();
    assert_eq!(foreseen(&xml[..last + 3], last, 1), 3);
}

#[test]
fn a_slot_is_the_same_only_in_the_same_place() {
    let slot = |text: &[u8]| read(text, 12).last().unwrap().values[SLOT_TEXT];
    assert_eq!(slot(br#"{"a":{"b":"#), slot(br#"[0,{"x":1}]{"a" : {"b":"#));
    assert_ne!(slot(br#"{"a":{"b":"#), slot(br#"{"a":{"c":"#));
    assert_ne!(slot(br#"{"a":{"b":"#), slot(br#"{"d":{"b":"#));
    // What is in a string nests nothing, and a closer without an opener closes nothing.
    assert_eq!(slot(br#"{"a":"}{[","b":"#), slot(br#"{"a":"","b":"#));
    assert_eq!(slot(br#"{"a":0,"b":"#), slot(br#"{"a":0])),"b":"#));
    assert_eq!(slot(b"<a><b>x</b><c>"), slot(b"<a><b>x</b></d></q><c>"));
    assert_ne!(slot(b"<a><b>x</b><c>"), slot(b"<a><b>x<c>"));
}

#[test]
fn fields_are_told_apart_by_what_lines_have_in_common() {
    let found = read(b"a b;c;d\ne;f g;h\ni j k l m;n;", 12);
    assert_eq!(found.last().unwrap().values[ABOVE_NUMBER] & 0xFFFF, 2);
}

#[test]
fn nesting_without_end_is_forgotten_from_below() {
    for opener in [&b"("[..], b"<a>", b"[{", b"<a b=\"", b"\\\"", b"</", b"=", b"<!", b"'\n"] {
        read(&opener.repeat(3000), 12);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_are_read_within_bounds(
        text in prop::collection::vec(
            prop_oneof![prop::sample::select(&b"<>/={}[]()\"'\\,;:|\t\n -!?az09_"[..]), any::<u8>()],
            0..3000,
        ),
        log2 in 3u32..12,
    ) {
        for found in read(&text, log2) {
            prop_assert!(found.marks[PLACE_MARK] < PLACES && found.marks[CLASS_MARK] < 256);
            for guess in &found.guesses[..2] {
                prop_assert!(guess.trust < GUESS_CLASSES && (guess.expected == 0 || guess.expected >> 8 == 1));
            }
        }
    }
}
