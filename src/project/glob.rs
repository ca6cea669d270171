//! Patterns of paths: `*` within a part, `**` across parts, `?` for one character.

/// A pattern of paths with `/` between their parts.
#[derive(Debug, Clone)]
pub(super) struct Glob(Vec<String>);

impl Glob {
    /// Reads a pattern; one that ends in `/` means all that lies below.
    pub(super) fn new(pattern: &str) -> Self {
        let pattern = pattern.trim_start_matches("./");
        let mut parts: Vec<String> = pattern.split('/').map(str::to_owned).collect();
        if let Some(last) = parts.last_mut().filter(|last| last.is_empty()) {
            "**".clone_into(last);
        }
        Self(parts)
    }

    /// Whether a path is meant.
    pub(super) fn matches(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        parts_match(&self.0, &parts)
    }
}

fn parts_match(pattern: &[String], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "**" => (0..=path.len())
            .any(|skip| path.get(skip..).is_some_and(|tail| parts_match(rest, tail))),
        (Some((first, rest)), Some((part, tail))) => {
            part_matches(first.as_bytes(), part.as_bytes()) && parts_match(rest, tail)
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn part_matches(pattern: &[u8], part: &[u8]) -> bool {
    match (pattern.split_first(), part.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=part.len()).any(|skip| {
            part.get(skip..)
                .is_some_and(|tail| part_matches(rest, tail))
        }),
        (Some((b'?', rest)), Some((_, tail))) => part_matches(rest, tail),
        (Some((one, rest)), Some((other, tail))) => one == other && part_matches(rest, tail),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn patterns_mean_paths() {
        for (pattern, path, meant) in [
            ("migrations/*.sql", "migrations/V1__a.sql", true),
            ("migrations/*.sql", "migrations/old/V1__a.sql", false),
            ("**/old/**", "migrations/old/V1__a.sql", true),
            ("migrations/", "migrations/old/V1__a.sql", true),
            ("./migrations/V?__*.sql", "migrations/V1__a.sql", true),
            ("V1*", "migrations/V1__a.sql", false),
            ("**", "anything", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(path), meant, "{pattern} {path}");
        }
    }
}
