//! The key of a partitioned table, and the bounds of its partitions held against it.

use super::access::has_default_class;
use super::constraint::{is_system_column, used_columns};
use super::session::Outcome;
use super::{Refusal, Relation, ResolvedName, Session, infer, mentions};
use crate::sql::ast::{Expr, Ident, IndexKey, PartitionBy, TypeName};

impl Session {
    /// Refuses a key that no table is partitioned by (`transformPartitionSpec`, `ComputePartitionAttrs`).
    pub(super) fn may_partition(&self, table: &ResolvedName) -> Outcome {
        let relation = self.known(table)?;
        let Some(by) = &relation.partition_by else {
            return Ok(());
        };
        if by.strategy == "LIST" && by.keys.len() > 1 {
            let message = "cannot use \"list\" partition strategy with more than one column";
            return Err(Refusal::new("42P17", message));
        }
        for element in &by.keys {
            if let IndexKey::Expr(expr) = &element.key {
                used_columns(relation, expr)?;
            }
        }
        if !relation.columns_known {
            return Ok(());
        }
        by.keys.iter().try_for_each(|element| match &element.key {
            IndexKey::Column(column) => {
                let class_is_named = element.operator_class.is_some();
                self.may_be_key(relation, by, column, class_is_named)
            }
            IndexKey::Expr(expr) => {
                let constant = matches!(expr.expr, Expr::Number(_) | Expr::String(_));
                let generated = |column: &Ident| is_generated(relation, column);
                if mentions::columns(expr).iter().any(generated) {
                    return Err(generated_key());
                }
                match constant {
                    true => {
                        let message = "cannot use constant expression as partition key";
                        Err(Refusal::new("42P17", message))
                    }
                    false => Ok(()),
                }
            }
        })
    }

    fn may_be_key(
        &self,
        relation: &Relation,
        by: &PartitionBy,
        column: &Ident,
        class_is_named: bool,
    ) -> Outcome {
        let Some(found) = relation.column(column) else {
            let (sqlstate, message) = match is_system_column(column) {
                true => (
                    "42P17",
                    format!("cannot use system column \"{column}\" in partition key"),
                ),
                false => (
                    "42703",
                    format!("column \"{column}\" named in partition key does not exist"),
                ),
            };
            return Err(Refusal::new(sqlstate, message));
        };
        if found.generated.is_some() {
            return Err(generated_key());
        }
        let method = match by.strategy.as_str() {
            "HASH" => "hash",
            "LIST" | "RANGE" => "btree",
            _ => return Ok(()),
        };
        let base = self.catalogue.base_type(&found.ty);
        if class_is_named || has_default_class(&self.catalogue, method, &base) {
            return Ok(());
        }
        let shown = self
            .catalogue
            .shown_type(&found.ty)
            .clone()
            .without_modifiers();
        let message = format!(
            "data type {shown} has no default operator class for access method \"{method}\""
        );
        Err(Refusal::new("42704", message))
    }

    /// Refuses a bound of another kind than the parent's key, or values that are none of it
    /// (`transformPartitionBound`).
    pub(super) fn fits_key(&self, parent: &Relation, bound: &str) -> Outcome {
        let Some(by) = &parent.partition_by else {
            return Ok(());
        };
        let refuse = |message: String| Err(Refusal::new("42P16", message));
        let strategy = by.strategy.as_str();
        let written = Written::read(bound);
        match (&written, strategy) {
            (Written::Default, "HASH") => {
                refuse("a hash-partitioned table may not have a default partition".to_owned())
            }
            (Written::Default | Written::Other, _) => Ok(()),
            (Written::Hash(modulus, remainder), "HASH") => match (*modulus, *remainder) {
                (0, _) => refuse(
                    "modulus for hash partition must be an integer value greater than zero"
                        .to_owned(),
                ),
                (modulus, remainder) if remainder >= modulus => {
                    refuse("remainder for hash partition must be less than modulus".to_owned())
                }
                _ => Ok(()),
            },
            (Written::List(values), "LIST") => self.are_values(parent, by, values),
            (Written::Range(from, to), "RANGE") => {
                for (word, values) in [("FROM", from), ("TO", to)] {
                    if values.len() != by.keys.len() {
                        return refuse(format!(
                            "{word} must specify exactly one value per partitioning column"
                        ));
                    }
                }
                let mut values = from.iter().chain(to);
                if values.any(|value| matches!(value, Expr::Null)) {
                    let message = "cannot specify NULL in range bound";
                    return Err(Refusal::new("42P17", message));
                }
                self.are_values(parent, by, from)?;
                self.are_values(parent, by, to)
            }
            (_, "HASH" | "LIST" | "RANGE") => refuse(format!(
                "invalid bound specification for a {} partition",
                strategy.to_ascii_lowercase()
            )),
            _ => Ok(()),
        }
    }

    /// Refuses constants that are no values of the key (`transformPartitionBoundValue`). Of a list all are of its
    /// one column.
    fn are_values(&self, parent: &Relation, by: &PartitionBy, values: &[Expr]) -> Outcome {
        for (at, value) in values.iter().enumerate() {
            let at = if by.strategy == "LIST" { 0 } else { at };
            let Some(IndexKey::Column(key)) = by.keys.get(at).map(|element| &element.key) else {
                continue;
            };
            let Some(column) = parent.column(key) else {
                continue;
            };
            match value {
                Expr::String(text) => self.catalogue.reads(text, &column.ty)?,
                Expr::Number(digits) => self.takes_number(key, &column.ty, digits)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn takes_number(&self, key: &Ident, ty: &TypeName, digits: &str) -> Outcome {
        let from = infer::number(digits);
        if self.catalogue.has_assignment_cast(&from, ty) != Some(false) {
            return Ok(());
        }
        let shown = self.catalogue.shown_type(ty).without_modifiers();
        let message =
            format!("specified value cannot be cast to type {shown} for column \"{key}\"");
        Err(Refusal::new("42804", message))
    }
}

fn is_generated(relation: &Relation, column: &Ident) -> bool {
    relation
        .column(column)
        .is_some_and(|own| own.generated.is_some())
}

fn generated_key() -> Refusal {
    Refusal::new("42P17", "cannot use generated column in partition key")
}

/// Refuses a modulus that does not go into the next larger one of the partitions that are there, or into which the
/// next smaller one does not go (`check_new_partition_bound`).
pub(super) fn goes_into(modulus: u32, others: &[u32]) -> Outcome {
    let below = others.iter().filter(|other| **other <= modulus).max();
    let above = others.iter().filter(|other| **other > modulus).min();
    let divides = |small: u32, large: u32| small > 0 && large.is_multiple_of(small);
    if below.is_none_or(|below| divides(*below, modulus))
        && above.is_none_or(|above| divides(modulus, *above))
    {
        return Ok(());
    }
    let message = "every hash partition modulus must be a factor of the next larger modulus";
    Err(Refusal::new("42P17", message))
}

/// A bound as it is written, whatever the key is.
#[derive(Debug, PartialEq, Eq)]
enum Written {
    Default,
    List(Vec<Expr>),
    Range(Vec<Expr>, Vec<Expr>),
    /// Modulus and remainder.
    Hash(u32, u32),
    /// What we cannot read.
    Other,
}

impl Written {
    fn read(bound: &str) -> Self {
        if bound.trim().eq_ignore_ascii_case("default") {
            return Self::Default;
        }
        let words = bound.split('(').next().unwrap_or_default();
        let words = words.to_ascii_uppercase();
        let words: Vec<&str> = words.split_whitespace().collect();
        let lists = lists(bound);
        match (words.as_slice(), lists.as_slice()) {
            (["FOR", "VALUES", "IN"], [values]) => read_list(values).map(Self::List),
            (["FOR", "VALUES", "FROM"], [from, to]) => {
                let from = read_list(from);
                from.and_then(|from| Some(Self::Range(from, read_list(to)?)))
            }
            (["FOR", "VALUES", "WITH"], [_]) => match super::bound::Bound::read(bound) {
                super::bound::Bound::Hash(modulus, remainder) => {
                    Some(Self::Hash(modulus, remainder))
                }
                _ => None,
            },
            _ => None,
        }
        .unwrap_or(Self::Other)
    }
}

/// What stands in each pair of outermost parentheses.
fn lists(text: &str) -> Vec<&str> {
    let (mut found, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_usize, None);
    for (at, c) in text.char_indices() {
        match (quoted, c) {
            (Some(end), c) if c == end => quoted = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quoted = Some(c),
            (None, '(') => {
                depth += 1;
                if depth == 1 {
                    start = at + 1;
                }
            }
            (None, ')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.extend(text.get(start..at));
                }
            }
            (None, _) => {}
        }
    }
    found
}

fn read_list(list: &str) -> Option<Vec<Expr>> {
    match crate::sql::parse_expr(&format!("ROW({list})")) {
        Expr::Row(values) => Some(values),
        Expr::Call(call) if call.name.name == "row" => Some(call.args),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read() {
        let text = |text: &str| Expr::String(text.to_owned());
        let check = |bound: &str, wanted: Written| assert_eq!(Written::read(bound), wanted);
        check("default", Written::Default);
        check(
            "FOR VALUES IN ('a', 'b)')",
            Written::List(vec![text("a"), text("b)")]),
        );
        check(
            "for values from ('a') to ('b')",
            Written::Range(vec![text("a")], vec![text("b")]),
        );
        check(
            "FOR VALUES WITH (MODULUS 4, REMAINDER 1)",
            Written::Hash(4, 1),
        );
    }
}
