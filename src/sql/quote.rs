//! What PostgreSQL's quotes say: string constants and quoted identifiers resolved, and a text as such a constant.

use super::token::is_space;

/// The name that a quoted identifier, `"a""b"` or `U&"\0061"`, stands for.
pub(crate) fn unquote_name(written: &str) -> String {
    let (unicode, quoted) = match written.strip_prefix(['U', 'u']) {
        Some(rest) => (true, rest.strip_prefix('&').unwrap_or(rest)),
        None => (false, written),
    };
    let inner = quoted.strip_prefix('"').unwrap_or(quoted);
    let name = inner
        .strip_suffix('"')
        .unwrap_or(inner)
        .replace("\"\"", "\"");
    if unicode {
        unicode_escapes(&name)
    } else {
        name
    }
}

/// A text as a string constant: quotes doubled; with a backslash in it the `E''` form, so that
/// `standard_conforming_strings` makes no difference (manual 18, section 4.1.2).
pub(crate) fn string_constant(value: &str) -> String {
    let quoted = value.replace('\'', "''");
    if quoted.contains('\\') {
        format!("E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}

/// The value of a string constant of any form, continued over lines or not.
pub(crate) fn unquote_string(written: &str) -> String {
    if written.starts_with('$') {
        let tag = written
            .get(1..)
            .and_then(|rest| rest.find('$'))
            .unwrap_or(0)
            + 2;
        let body = written.get(tag..written.len().saturating_sub(tag));
        return body.unwrap_or_default().to_owned();
    }
    let prefix = written.split('\'').next().unwrap_or_default();
    let escapes = prefix.eq_ignore_ascii_case("e");
    let value = joined(written.as_bytes(), prefix.len(), escapes);
    if prefix.eq_ignore_ascii_case("u&") {
        unicode_escapes(&value)
    } else {
        value
    }
}

/// The parts of a string put together, doubled quotes and, where asked, backslashes resolved.
fn joined(bytes: &[u8], start: usize, escapes: bool) -> String {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let mut value = Vec::with_capacity(bytes.len());
    let mut at = start + 1;
    while at < bytes.len() {
        match byte(at) {
            b'\'' if byte(at + 1) == b'\'' => {
                value.push(b'\'');
                at += 2;
            }
            b'\'' => at = next_part(bytes, at + 1),
            b'\\' if escapes => at = escape(bytes, at + 1, &mut value),
            other => {
                value.push(other);
                at += 1;
            }
        }
    }
    String::from_utf8(value).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into())
}

/// Behind the quote that opens the next part, over space and `--` comments.
fn next_part(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if byte == b'\'' {
            break;
        }
        if !is_space(byte) {
            let line = bytes.get(at..).unwrap_or_default();
            at += line
                .iter()
                .take_while(|byte| !matches!(byte, b'\n' | b'\r'))
                .count();
        }
    }
    at
}

/// Resolves the escape whose backslash stands before `at` (manual 18, table 4.1).
fn escape(bytes: &[u8], at: usize, value: &mut Vec<u8>) -> usize {
    let digits = |from: usize, most: usize, radix: u32| {
        let run = bytes.get(from..).unwrap_or_default().iter().take(most);
        let run = run.map_while(|byte| char::from(*byte).to_digit(radix));
        run.fold((0_u32, from), |(sum, at), digit| {
            (sum.wrapping_mul(radix) + digit, at + 1)
        })
    };
    let Some(&byte) = bytes.get(at) else {
        return at;
    };
    let plain = match byte {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'0'..=b'7' => {
            let (code, end) = digits(at, 3, 8);
            value.push(u8::try_from(code & 0xff).unwrap_or(b'?'));
            return end;
        }
        b'x' | b'u' | b'U' => {
            let most = match byte {
                b'x' => 2,
                b'u' => 4,
                _ => 8,
            };
            let (code, end) = digits(at + 1, most, 16);
            if end > at + 1 {
                match (byte, char::from_u32(code)) {
                    (b'x', _) => value.push(u8::try_from(code).unwrap_or(b'?')),
                    (_, Some(letter)) => value.extend(letter.to_string().bytes()),
                    (_, None) => value.extend(char::REPLACEMENT_CHARACTER.to_string().bytes()),
                }
                return end;
            }
            byte
        }
        other => other,
    };
    value.push(plain);
    at + 1
}

/// Resolves `\0061` and `\+000061` (manual 18, section 4.1.2.3); another UESCAPE is left as written.
fn unicode_escapes(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        value.push_str(before);
        let (from, to) = if after.starts_with('+') {
            (1, 7)
        } else {
            (0, 4)
        };
        let code = after
            .get(from..to)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code.and_then(char::from_u32) {
            Some(letter) => {
                value.push(letter);
                rest = after.get(to..).unwrap_or_default();
            }
            None => {
                value.push('\\');
                rest = after.strip_prefix('\\').unwrap_or(after);
            }
        }
    }
    value + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_postgresql_gives() {
        let cases = [
            ("'it''s'", "it's"),
            ("'a' -- it's\n  'b'", "ab"),
            (r"E'a\n\'\\\x41\u00e9\101'", "a\n'\\Aé\u{41}"),
            (r"'a\n'", r"a\n"),
            (r"U&'d\0061t\+000061\\'", r"data\"),
            ("$t$ a $$ $t$", " a $$ "),
            ("$$$$", ""),
            ("N'x'", "x"),
            ("E'\\", ""),
            ("'", ""),
        ];
        for (written, value) in cases {
            assert_eq!(unquote_string(written), value, "{written}");
        }
        assert_eq!(unquote_name(r#""a""b""#), "a\"b");
        assert_eq!(unquote_name(r#"U&"d\0061""#), "da");
    }
}
