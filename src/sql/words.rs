//! The words of a text that is searched for names without being read.

/// What can be an unquoted name or a part of a quoted one, as written: letters, digits, underscores and dollar signs
/// (manual 18, section 4.1.1).
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    let between = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
    text.split(between).filter(|word| !word.is_empty())
}

/// Whether a text holds a name, in letters of any case, as a word or inside of one: quick, so that texts that do not
/// need not be read.
pub(crate) fn holds(text: &str, name: &str) -> bool {
    let (text, name) = (text.as_bytes(), name.as_bytes());
    let Some((first, rest)) = name.split_first() else {
        return true;
    };
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let mut places = text
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == lower || **byte == upper);
    places.any(|(at, _)| {
        let own = text.get(at + 1..at + name.len());
        own.is_some_and(|own| own.eq_ignore_ascii_case(rest))
    })
}
