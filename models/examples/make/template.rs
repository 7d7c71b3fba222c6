//! Templates: text with placeholders `<x>`, choices `(a|b)` and, in JSON, repetitions `[* ... *]`.

use super::words::Words;

/// Fills `template`.
pub fn fill(template: &str, words: &mut Words) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['<', '(', '[']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = placeholder(rest, words, &mut out)
            .or_else(|| choice(rest, words, &mut out))
            .or_else(|| repetition(rest, words, &mut out))
            .unwrap_or_else(|| {
                out.push_str(&rest[..1]);
                &rest[1..]
            });
    }
    out + rest
}

fn placeholder<'a>(rest: &'a str, words: &mut Words, out: &mut String) -> Option<&'a str> {
    let (name, behind) = rest.strip_prefix('<')?.split_once('>')?;
    if name.is_empty()
        || !name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        || name.starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    out.push_str(&words.fill(name));
    Some(behind)
}

fn choice<'a>(rest: &'a str, words: &mut Words, out: &mut String) -> Option<&'a str> {
    let (choices, behind) = balanced(rest.strip_prefix('(')?)?;
    let choices = alternatives(choices);
    if choices.len() < 2 {
        return None;
    }
    let chosen = choices[words.below(choices.len() as u64) as usize];
    out.push_str(&fill(chosen, words));
    Some(behind)
}

fn repetition<'a>(rest: &'a str, words: &mut Words, out: &mut String) -> Option<&'a str> {
    let (item, behind) = rest.strip_prefix("[*")?.split_once("*]")?;
    for number in 0..1 + words.below(4) {
        if number > 0 {
            out.push(',');
        }
        out.push_str(&fill(item, words));
    }
    Some(behind)
}

/// What stands before the bracket that closes, and behind it.
fn balanced(text: &str) -> Option<(&str, &str)> {
    let mut depth = 1;
    for (at, byte) in text.bytes().enumerate() {
        depth += i32::from(byte == b'(') - i32::from(byte == b')');
        if depth == 0 {
            return Some((&text[..at], &text[at + 1..]));
        }
    }
    None
}

fn alternatives(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, byte) in text.bytes().enumerate() {
        depth += i32::from(byte == b'(') - i32::from(byte == b')');
        if byte == b'|' && depth == 0 {
            found.push(&text[start..at]);
            start = at + 1;
        }
    }
    found.push(&text[start..]);
    found
}

/// Lays compact JSON out: with spaces behind separators, or in lines with so many spaces a level and so many levels around it.
pub fn spaced(json: &str, words: &mut Words) -> String {
    let (indent, levels) = match words.below(8) {
        0..3 => return json.to_owned(),
        3 => (None, 0),
        4 => (Some(4), 0),
        5 => (Some(2), 0),
        _ => (Some(2), 1),
    };
    let (mut out, mut level, mut quoted, mut escaped) = (String::new(), levels, false, false);
    let line = |out: &mut String, level: usize| {
        if let Some(indent) = indent {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent * level));
        }
    };
    let mut last = ' ';
    for c in json.chars() {
        let was_quoted = quoted;
        if quoted {
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else {
            quoted = c == '"';
        }
        if was_quoted || quoted {
            if !was_quoted && matches!(last, '{' | '[') {
                line(&mut out, level);
            }
            out.push(c);
            last = if was_quoted && !quoted { 'x' } else { 'q' };
            continue;
        }
        match c {
            '}' | ']' => {
                level -= 1;
                if !matches!(last, '{' | '[') {
                    line(&mut out, level);
                }
                out.push(c);
            }
            ',' => {
                out.push(c);
                if indent.is_none() {
                    out.push(' ');
                }
                line(&mut out, level);
            }
            ':' => out.push_str(": "),
            _ => {
                if matches!(last, '{' | '[') {
                    line(&mut out, level);
                }
                out.push(c);
                level += usize::from(matches!(c, '{' | '['));
            }
        }
        last = c;
    }
    out
}
