//! Bounds of partitions against each other: which cannot stand side by side.

use std::cmp::Ordering;

/// A bound, as far as its text can be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Default,
    /// `FROM (a) TO (b)`, one key column: none is MINVALUE or MAXVALUE.
    Range(Option<String>, Option<String>),
    /// `IN (a, b)`.
    List(Vec<String>),
    /// `WITH (MODULUS m, REMAINDER r)`.
    Hash(u32, u32),
    Other,
}

impl Bound {
    pub(super) fn read(text: &str) -> Self {
        let upper = text.to_ascii_uppercase();
        if upper.trim() == "DEFAULT" {
            return Self::Default;
        }
        let lists = text
            .split('(')
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        let lists: Vec<&str> = lists.collect();
        let one = |list: &str| {
            let value = normal(list);
            let open = ["minvalue", "maxvalue"]
                .iter()
                .any(|word| value.eq_ignore_ascii_case(word));
            (!open).then_some(value)
        };
        let single = |list: &&str| !list.contains(',');
        match lists.as_slice() {
            [from, to] if upper.contains("FROM") && single(from) && single(to) => {
                Self::Range(one(from), one(to))
            }
            [values] if upper.contains("MODULUS") => {
                let numbers = values.split(|c: char| !c.is_ascii_digit());
                let numbers: Vec<u32> = numbers.filter_map(|word| word.parse().ok()).collect();
                match numbers.as_slice() {
                    [modulus, remainder] => Self::Hash(*modulus, *remainder),
                    _ => Self::Other,
                }
            }
            [values] if upper.contains(" IN") => {
                Self::List(values.split(',').map(normal).collect())
            }
            _ => Self::Other,
        }
    }

    /// Whether no value lies inside.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Range(Some(from), Some(to)) => {
                matches!(compare(from, to), Some(Ordering::Equal | Ordering::Greater))
            }
            _ => false,
        }
    }

    /// What holds for the one key of a partition's rows, all of it (`get_qual_for_list`,
    /// `get_qual_for_range`); none where it is not a condition on the key.
    pub(super) fn conditions(&self, key: &str, is_integer: bool) -> Option<Vec<String>> {
        let value = |value: &str| match value.parse::<i64>() {
            Ok(number) if is_integer => number.to_string(),
            _ => format!("'{}'", value.replace('\'', "''")),
        };
        let not_null = format!("{key} IS NOT NULL");
        match self {
            Self::List(values) => {
                let is_null = |value: &&String| value.eq_ignore_ascii_case("null");
                let others: Vec<&String> = values.iter().filter(|one| !is_null(one)).collect();
                let one_of = match others.as_slice() {
                    [only] => format!("{key} = {}", value(only)),
                    _ => {
                        let all: Vec<&str> = others.iter().map(|one| one.as_str()).collect();
                        let all = format!("{{{}}}", all.join(","));
                        format!("{key} = ANY ('{}')", all.replace('\'', "''"))
                    }
                };
                Some(
                    match (values.iter().any(|one| is_null(&one)), others.is_empty()) {
                        (true, true) => vec![format!("{key} IS NULL")],
                        (true, false) => vec![format!("({key} IS NULL OR {one_of})")],
                        (false, _) => vec![not_null, one_of],
                    },
                )
            }
            Self::Range(from, to) => {
                let from = from
                    .as_ref()
                    .map(|from| format!("{key} >= {}", value(from)));
                let to = to.as_ref().map(|to| format!("{key} < {}", value(to)));
                Some(std::iter::once(not_null).chain(from).chain(to).collect())
            }
            Self::Default | Self::Hash(..) | Self::Other => None,
        }
    }

    /// The order in which PostgreSQL keeps the partitions of a table (`PartitionDesc`).
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let values = |one: &str, other: &str| compare(one, other).unwrap_or_else(|| one.cmp(other));
        match (self, other) {
            (Self::Hash(modulus, remainder), Self::Hash(other, rest)) => {
                (modulus, remainder).cmp(&(other, rest))
            }
            (Self::Range(from, _), Self::Range(start, _)) => match (from, start) {
                (Some(from), Some(start)) => values(from, start),
                (from, start) => from.is_some().cmp(&start.is_some()),
            },
            (Self::List(own), Self::List(others)) => {
                let least = |all: &[String]| all.iter().min_by(|a, b| values(a, b)).cloned();
                match (least(own), least(others)) {
                    (Some(one), Some(other)) => values(&one, &other),
                    _ => Ordering::Equal,
                }
            }
            (Self::Default, Self::Default) => Ordering::Equal,
            (Self::Default, _) => Ordering::Greater,
            (_, Self::Default) => Ordering::Less,
            _ => Ordering::Equal,
        }
    }

    /// Whether a value surely lies inside both.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let before = |from: &Option<String>, to: &Option<String>| match (from, to) {
            (Some(from), Some(to)) => compare(from, to) == Some(Ordering::Less),
            _ => true,
        };
        match (self, other) {
            (Self::Default, Self::Default) => true,
            (Self::Range(from, to), Self::Range(start, end)) => {
                before(from, end) && before(start, to)
            }
            (Self::List(own), Self::List(others)) => own.iter().any(|value| others.contains(value)),
            (Self::Hash(modulus, remainder), Self::Hash(other, rest)) => {
                let common = modulus.min(other);
                *common > 0 && remainder % common == rest % common
            }
            _ => false,
        }
    }
}

/// A value without its quotes.
fn normal(value: &str) -> String {
    let value = value.trim();
    let inner = value
        .strip_prefix('\'')
        .and_then(|rest| rest.split('\'').next());
    inner.unwrap_or(value).to_owned()
}

/// The order of two constants of one type where their text shows it: numbers, dates of one form, and equal ones.
fn compare(one: &str, other: &str) -> Option<Ordering> {
    if one == other {
        return Some(Ordering::Equal);
    }
    if let (Ok(one), Ok(other)) = (one.parse::<i128>(), other.parse::<i128>()) {
        return Some(one.cmp(&other));
    }
    let dated = |text: &str| {
        let form = text
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c });
        let form: String = form.collect();
        form.starts_with("0000-00-00").then_some(form)
    };
    match (dated(one), dated(other)) {
        (Some(form), Some(same)) if form == same => Some(one.cmp(other)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Bound;

    fn side_by_side(one: &str, other: &str, overlap: bool) {
        assert_eq!(
            Bound::read(one).overlaps(&Bound::read(other)),
            overlap,
            "{one}; {other}"
        );
    }

    #[test]
    fn bounds_overlap_where_a_value_is_in_both() {
        let year =
            |from: u32, to: u32| format!("FOR VALUES FROM ('{from}-01-01') TO ('{to}-01-01')");
        side_by_side(&year(2020, 2022), &year(2022, 2023), false);
        side_by_side(&year(2020, 2022), &year(2021, 2023), true);
        side_by_side(
            &year(2020, 2022),
            "FOR VALUES FROM (MINVALUE) TO ('2021-01-01')",
            true,
        );
        side_by_side(
            "FOR VALUES FROM (9) TO (10)",
            "FOR VALUES FROM (10) TO (100)",
            false,
        );
        side_by_side("FOR VALUES IN ('a', 'b')", "FOR VALUES IN ('b')", true);
        side_by_side(
            "FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
            "FOR VALUES WITH (MODULUS 4, REMAINDER 2)",
            true,
        );
        side_by_side(
            "FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
            "FOR VALUES WITH (MODULUS 4, REMAINDER 1)",
            false,
        );
        side_by_side("DEFAULT", "DEFAULT", true);
        side_by_side("DEFAULT", &year(2020, 2022), false);
    }
}
