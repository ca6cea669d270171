//! Constraints and indexes as `pg_get_constraintdef` and `pg_get_indexdef` spell them; expressions stay as written.

use super::{Constraint, ConstraintKind, Index, Relation, RelationKind, ResolvedName};
use crate::sql::ast::{Expr, Ident, IndexElement, IndexKey, SqlExpr};

impl Relation {
    /// A constraint of this relation as it would follow `ADD CONSTRAINT name`.
    pub fn constraint_definition(&self, constraint: &Constraint) -> String {
        let mut text = match &constraint.kind {
            ConstraintKind::Check(expr) => format!("CHECK ({})", in_parentheses(expr)),
            ConstraintKind::NotNull => format!("NOT NULL {}", list(&constraint.columns)),
            ConstraintKind::PrimaryKey => format!("PRIMARY KEY ({})", list(&constraint.columns)),
            ConstraintKind::Unique => {
                let index = self.index(&constraint.name);
                let nulls = index.is_some_and(|index| index.nulls_not_distinct);
                let nulls = if nulls { " NULLS NOT DISTINCT" } else { "" };
                format!("UNIQUE{nulls} ({})", list(&constraint.columns))
            }
            ConstraintKind::Exclude => self.exclusion(constraint),
            ConstraintKind::ForeignKey {
                table,
                references,
                written,
            } => {
                let mut text = format!(
                    "FOREIGN KEY ({}) REFERENCES {}({})",
                    list(&constraint.columns),
                    shown(table),
                    list(references)
                );
                if let Some(kind) = written.match_type.as_deref().filter(|m| *m != "SIMPLE") {
                    text += &format!(" MATCH {kind}");
                }
                let actions = [
                    ("UPDATE", &written.on_update),
                    ("DELETE", &written.on_delete),
                ];
                for (event, action) in actions {
                    if let Some(action) = action.as_deref().filter(|a| *a != "NO ACTION") {
                        text += &format!(" ON {event} {action}");
                    }
                }
                text
            }
            ConstraintKind::Trigger => "TRIGGER".to_owned(),
        };
        if let Some(index) = self.index(&constraint.name)
            && constraint.has_index()
            && !index.include.is_empty()
        {
            text += &format!(" INCLUDE ({})", list(&index.include));
        }
        for (holds, words) in [
            (constraint.no_inherit, " NO INHERIT"),
            (constraint.deferrable, " DEFERRABLE"),
            (constraint.initially_deferred, " INITIALLY DEFERRED"),
            (!constraint.enforced, " NOT ENFORCED"),
            (constraint.enforced && !constraint.validated, " NOT VALID"),
        ] {
            if holds {
                text += words;
            }
        }
        text
    }

    /// An index of this relation as the statement that makes it.
    pub fn index_definition(&self, index: &Index) -> String {
        let unique = if index.unique { "UNIQUE " } else { "" };
        let only = if self.kind == RelationKind::PartitionedTable {
            "ONLY "
        } else {
            ""
        };
        let keys: Vec<String> = index.elements.iter().map(element).collect();
        let mut text = format!(
            "CREATE {unique}INDEX {} ON {only}{} USING {} ({})",
            index.name.to_sql(),
            self.name.to_sql(),
            index.method.to_sql(),
            keys.join(", ")
        );
        if !index.include.is_empty() {
            text += &format!(" INCLUDE ({})", list(&index.include));
        }
        if index.nulls_not_distinct {
            text += " NULLS NOT DISTINCT";
        }
        let options = index.options.iter().map(|option| match &option.value {
            Some(value) => format!("{}='{}'", option.name, value.trim_matches('\'')),
            None => format!("{}='true'", option.name),
        });
        let options: Vec<String> = options.collect();
        if !options.is_empty() {
            text += &format!(" WITH ({})", options.join(", "));
        }
        if let Some(predicate) = &index.predicate {
            text += &format!(" WHERE {}", in_parentheses(predicate));
        }
        text
    }

    fn exclusion(&self, constraint: &Constraint) -> String {
        let Some(index) = self.index(&constraint.name) else {
            return "EXCLUDE".to_owned();
        };
        let keys = index.elements.iter().zip(&index.operators);
        let keys: Vec<String> = keys
            .map(|(key, operator)| format!("{} WITH {operator}", element(key)))
            .collect();
        let mut text = format!(
            "EXCLUDE USING {} ({})",
            index.method.to_sql(),
            keys.join(", ")
        );
        if let Some(predicate) = &index.predicate {
            text += &format!(" WHERE ({})", in_parentheses(predicate));
        }
        text
    }
}

/// A name as a session whose search path is `public` must write it.
pub(super) fn shown(name: &ResolvedName) -> String {
    if name.schema == "public" {
        name.name.to_sql().into_owned()
    } else {
        name.to_sql()
    }
}

fn element(element: &IndexElement) -> String {
    let mut text = match &element.key {
        IndexKey::Column(column) => column.to_sql().into_owned(),
        IndexKey::Expr(expr) if matches!(expr.expr, Expr::Call(_)) => expr.text.clone(),
        IndexKey::Expr(expr) => in_parentheses(expr),
    };
    if let Some(collation) = &element.collation {
        text += &format!(" COLLATE {}", collation.to_sql());
    }
    if let Some(class) = &element.operator_class {
        text += &format!(" {}", class.to_sql());
    }
    if element.descending {
        text += " DESC";
    }
    match (element.descending, element.nulls_first) {
        (true, Some(false)) => text += " NULLS LAST",
        (false, Some(true)) => text += " NULLS FIRST",
        (true, Some(true) | None) | (false, Some(false) | None) => {}
    }
    text
}

/// PostgreSQL puts parentheses around operators, not around calls and columns.
fn in_parentheses(expr: &SqlExpr) -> String {
    match expr.expr {
        Expr::Call(_) | Expr::Column(_) | Expr::Boolean(_) => expr.text.clone(),
        _ if is_wrapped(&expr.text) => expr.text.clone(),
        _ => format!("({})", expr.text),
    }
}

/// Whether one pair of parentheses holds the whole text.
fn is_wrapped(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 && at + 1 < text.len() {
                    return false;
                }
            }
            (None, _) if depth == 0 => return false,
            (None, _) => {}
        }
    }
    text.starts_with('(')
}

fn list(columns: &[Ident]) -> String {
    let names: Vec<_> = columns.iter().map(Ident::to_sql).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::is_wrapped;

    #[test]
    fn one_pair_of_parentheses() {
        for (text, expected) in [
            ("(a)", true),
            ("(a) + (b)", false),
            ("a", false),
            ("(')')", true),
        ] {
            assert_eq!(is_wrapped(text), expected, "{text}");
        }
    }
}
