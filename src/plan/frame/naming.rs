//! The names a plan gives: of its files, and of the objects it needs while both shapes live.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use crate::sql::ast::{Ident, MAX_IDENT_BYTES};

/// The longest name we give: a trigger's has three bytes more, see `fill::trigger_name`.
const LONGEST: usize = MAX_IDENT_BYTES - 3;

/// A name for an object of ours: `concertina_<parts>_<role>`, the same for the same parts, in 60 bytes.
///
/// Where it does not fit, or `taken` says that somebody has it, the end is a hash of the whole.
pub(in crate::plan) fn own(parts: &[&Ident], role: &str, taken: impl Fn(&Ident) -> bool) -> Ident {
    let mut whole = String::from("concertina");
    for part in parts.iter().map(|part| part.as_str()).chain([role]) {
        whole.push('_');
        whole.push_str(part);
    }
    if whole.len() <= LONGEST {
        let name = Ident::new(whole.as_str());
        if !taken(&name) {
            return name;
        }
    }
    let mut hasher = SipHasher13::new();
    for part in parts {
        hasher.write(part.as_str().as_bytes());
        hasher.write_u8(0);
    }
    hasher.write(role.as_bytes());
    // Half of the hash: eight hexadecimal digits and the separator.
    let digits = format!("_{:08x}", hasher.finish() & 0xffff_ffff);
    let room = LONGEST - digits.len();
    let cut = (0..=room.min(whole.len()))
        .rev()
        .find(|at| whole.is_char_boundary(*at));
    whole.truncate(cut.unwrap_or(0));
    Ident::new(whole + &digits)
}

/// Names as words of a file name: lower-case letters, digits and single underscores.
pub(in crate::plan) fn slug(parts: &[&str]) -> String {
    let mut slug = String::new();
    for part in parts {
        for c in part.chars().chain(['_']) {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('_') {
                slug.push('_');
            }
        }
    }
    slug.truncate(60);
    let slug = slug.trim_end_matches('_');
    if slug.is_empty() { "plan" } else { slug }.to_owned()
}

/// The words for something of a table: `users_name`, and `users_pkey` of `users_pkey`.
pub(in crate::plan) fn slug_of(table: &Ident, part: &Ident) -> String {
    let (whole, own) = (slug(&[table.as_str()]), slug(&[part.as_str()]));
    if own.starts_with(&(whole + "_")) {
        own
    } else {
        slug(&[table.as_str(), part.as_str()])
    }
}

/// A column as a field of NEW or OLD in PL/pgSQL, whose reserved words are more than SQL's
/// (src/pl/plpgsql/src/pl_reserved_kwlist.h, PostgreSQL 18).
pub(in crate::plan) fn field(record: &str, column: &Ident) -> String {
    const RESERVED: &[&str] = &[
        "begin", "by", "declare", "execute", "foreach", "if", "loop", "strict", "while",
    ];
    if RESERVED.contains(&column.as_str()) {
        format!("{record}.\"{column}\"")
    } else {
        format!("{record}.{}", column.to_sql())
    }
}

/// A PL/pgSQL body as a dollar-quoted constant, with a tag the body does not contain.
pub(in crate::plan) fn quoted_body(body: &str) -> String {
    let mut tag = String::from("$concertina$");
    let mut round = 0;
    while body.contains(&tag) {
        round += 1;
        tag = format!("$concertina{round}$");
    }
    format!("{tag}\n{body}\n{tag}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_names_fit_and_are_repeatable() {
        let free = |_: &Ident| false;
        let (users, column) = (Ident::new("users"), Ident::new("full_name"));
        let short = own(&[&users, &column], "sync", free);
        assert_eq!(short, "concertina_users_full_name_sync");
        let long = Ident::new("ä".repeat(31));
        let cut = own(&[&users, &long], "sync", free);
        assert!(cut.as_str().len() <= LONGEST, "{cut}");
        assert_eq!(cut, own(&[&users, &long], "sync", free));
        let other = own(&[&users, &Ident::new("ä".repeat(30))], "sync", free);
        assert_ne!(cut, other);
        assert_ne!(own(&[&users, &column], "sync", |_| true), short);
    }

    #[test]
    fn file_words_are_plain() {
        assert_eq!(slug(&["Weird \"Tab/le\"", "é x"]), "weird_tab_le_x");
        assert_eq!(slug(&["é"]), "plan");
    }

    #[test]
    fn a_body_cannot_end_its_quotes() {
        assert_eq!(
            quoted_body("a $concertina$ b"),
            "$concertina1$\na $concertina$ b\n$concertina1$"
        );
    }
}
