//! The words of a text that is searched for names without being read.

/// What can be an unquoted name or a part of a quoted one, as written: letters, digits, underscores and dollar signs
/// (manual 18, section 4.1.1).
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    let between = |c: char| !(c.is_alphanumeric() || c == '_' || c == '$');
    text.split(between).filter(|word| !word.is_empty())
}
