//! Values as SQL constants: everything the runner sends goes through the simple protocol, which has no parameters.

use crate::sql::string_constant;

/// A text as a constant.
pub(super) fn text(value: &str) -> String {
    // PostgreSQL has no text with a zero byte in it.
    string_constant(&value.replace('\0', ""))
}

/// A text as a constant, or NULL.
pub(super) fn optional(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), text)
}

/// A value as a `jsonb` constant.
pub(super) fn json<T: serde::Serialize>(value: &T) -> String {
    // Our own types have string keys and no failing serialiser.
    let document = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    format!("{}::jsonb", text(&document))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn constants_cannot_be_left() {
        assert_eq!(text("o'clock"), "'o''clock'");
        assert_eq!(text(r"\' or 1=1 --"), r"E'\\'' or 1=1 --'");
        assert_eq!(text("a\0b"), "'ab'");
    }
}
