//! SQL text for what the catalogue holds: indexes, foreign keys, column types.

use crate::schema::{Column, Constraint, ConstraintKind, Index, ResolvedName};
use crate::sql::ast::{
    Expr, Ident, IndexElement, IndexKey, QualifiedName, References, SequenceOption, SqlExpr,
    StorageOption,
};

/// Names between commas.
pub(in crate::plan) fn list<'a>(names: impl IntoIterator<Item = &'a Ident>) -> String {
    let names: Vec<_> = names.into_iter().map(Ident::to_sql).collect();
    names.join(", ")
}

/// A column's type with its collation, as ADD COLUMN takes it.
pub(in crate::plan) fn column_type(column: &Column) -> String {
    match &column.collation {
        Some(collation) => format!("{} COLLATE {}", column.ty, collation.to_sql()),
        None => column.ty.to_string(),
    }
}

/// `CREATE INDEX CONCURRENTLY` of an index like this one under another name.
pub(in crate::plan) fn create_index(index: &Index, name: &Ident, table: &ResolvedName) -> String {
    index_like(index, "CONCURRENTLY ", name, "", table)
}

/// `CREATE INDEX .. ON ONLY` of an index of a partitioned table: the partitions keep theirs.
pub(in crate::plan) fn create_index_only(index: &Index, table: &ResolvedName) -> String {
    index_like(index, "", &index.name, "ONLY ", table)
}

fn index_like(
    index: &Index,
    concurrently: &str,
    name: &Ident,
    only: &str,
    table: &ResolvedName,
) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let mut sql = format!(
        "CREATE {unique}INDEX {concurrently}{} ON {only}{}",
        name.to_sql(),
        table.to_sql()
    );
    if index.method != "btree" {
        sql += &format!(" USING {}", index.method.to_sql());
    }
    let elements: Vec<_> = index.elements.iter().map(element).collect();
    sql += &format!(" ({})", elements.join(", "));
    if !index.include.is_empty() {
        sql += &format!(" INCLUDE ({})", list(&index.include));
    }
    if index.nulls_not_distinct {
        sql += " NULLS NOT DISTINCT";
    }
    if !index.options.is_empty() {
        sql += &format!(" WITH {}", options(&index.options));
    }
    if let Some(predicate) = &index.predicate {
        sql += &format!(" WHERE {}", predicate.text);
    }
    sql
}

fn element(element: &IndexElement) -> String {
    let mut sql = match &element.key {
        IndexKey::Column(column) => column.to_sql().into_owned(),
        IndexKey::Expr(expr) => in_parentheses(expr),
    };
    let name = |name: &QualifiedName| name.to_sql();
    if let Some(collation) = &element.collation {
        sql += &format!(" COLLATE {}", name(collation));
    }
    if let Some(class) = &element.operator_class {
        sql += &format!(" {}", name(class));
    }
    if element.descending {
        sql += " DESC";
    }
    match element.nulls_first {
        Some(true) => sql += " NULLS FIRST",
        Some(false) => sql += " NULLS LAST",
        None => {}
    }
    sql
}

/// An expression as a key of an index: a call may stand bare, anything else needs parentheses
/// (manual 18, CREATE INDEX).
fn in_parentheses(expr: &SqlExpr) -> String {
    match &expr.expr {
        Expr::Call(_) if expr.text.ends_with(')') && !expr.text.starts_with('(') => {
            expr.text.clone()
        }
        _ => format!("({})", expr.text),
    }
}

/// `FOREIGN KEY (..) REFERENCES ..` of a constraint; none of any other kind.
pub(in crate::plan) fn foreign_key(constraint: &Constraint) -> Option<String> {
    let ConstraintKind::ForeignKey {
        table,
        references,
        written,
    } = &constraint.kind
    else {
        return None;
    };
    let References {
        match_type,
        on_delete,
        on_update,
        ..
    } = written;
    let mut sql = format!(
        "FOREIGN KEY ({}) REFERENCES {} ({})",
        list(&constraint.columns),
        table.to_sql(),
        list(references)
    );
    for (words, value) in [
        ("MATCH", match_type),
        ("ON DELETE", on_delete),
        ("ON UPDATE", on_update),
    ] {
        if let Some(value) = value {
            sql += &format!(" {words} {value}");
        }
    }
    if constraint.deferrable {
        sql += " DEFERRABLE";
    }
    if constraint.initially_deferred {
        sql += " INITIALLY DEFERRED";
    }
    Some(sql)
}

/// `(a = 1, b)` of storage parameters.
pub(in crate::plan) fn options(options: &[StorageOption]) -> String {
    let options: Vec<_> = options
        .iter()
        .map(|option| match &option.value {
            Some(value) => format!("{} = {value}", option.name),
            None => option.name.clone(),
        })
        .collect();
    format!("({})", options.join(", "))
}

/// The options of an identity column's sequence, each after a space; its type is the column's.
pub(in crate::plan) fn sequence_options(options: &[SequenceOption]) -> String {
    let mut sql = String::new();
    for option in options {
        if let SequenceOption::Other(words, value) = option {
            sql.push(' ');
            sql += words;
            if let Some(value) = value {
                sql.push(' ');
                sql += value;
            }
        }
    }
    sql
}
