//! SQL text for what the catalogue holds: indexes, foreign keys, column types.

use std::collections::BTreeMap;

use crate::schema::{
    Column, ColumnSettings, Constraint, ConstraintKind, Grants, Index, Named, ResolvedName,
};
use crate::sql::ast::{
    Expr, Ident, IndexElement, IndexKey, QualifiedName, References, SequenceOption, SqlExpr,
    StorageOption,
};
use crate::sql::string_constant;

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

/// The statements that set on a column what is set beside a column's shape.
pub(in crate::plan) fn column_settings(
    table: &ResolvedName,
    column: &Ident,
    settings: &ColumnSettings,
) -> Vec<String> {
    let (table_sql, sql) = (table.to_sql(), column.to_sql());
    let clauses = settings.clauses();
    let mut all = Vec::new();
    if !clauses.is_empty() {
        let actions = clauses
            .iter()
            .map(|clause| format!("ALTER COLUMN {sql} {clause}"));
        let actions: Vec<String> = actions.collect();
        all.push(format!("ALTER TABLE {table_sql} {}", actions.join(", ")));
    }
    if let Some(comment) = &settings.comment {
        let comment = string_constant(comment);
        all.push(format!("COMMENT ON COLUMN {table_sql}.{sql} IS {comment}"));
    }
    all.extend(grants(table, Some(column), &settings.grants));
    all
}

/// The comment on a constraint, where it has one.
pub(in crate::plan) fn constraint_comment(
    table: &ResolvedName,
    constraint: &Constraint,
) -> Option<String> {
    let comment = string_constant(constraint.comment.as_ref()?);
    let (name, table) = (constraint.name.to_sql(), table.to_sql());
    Some(format!(
        "COMMENT ON CONSTRAINT {name} ON {table} IS {comment}"
    ))
}

/// The comment on an index of a table, where it has one.
pub(in crate::plan) fn index_comment(table: &ResolvedName, index: &Index) -> Option<String> {
    let comment = string_constant(index.comment.as_ref()?);
    let name = ResolvedName::new(table.schema.clone(), index.name.clone());
    Some(format!("COMMENT ON INDEX {} IS {comment}", name.to_sql()))
}

/// `CREATE STATISTICS` of extended statistics of a table.
pub(in crate::plan) fn create_statistics(
    name: &QualifiedName,
    statistics: &Named,
    table: &ResolvedName,
) -> String {
    let kinds = statistics.kinds.as_ref();
    let kinds = kinds.map_or_else(String::new, |kinds| format!(" ({kinds})"));
    let keys = statistics.of.iter().flat_map(|(_, keys)| keys);
    let keys: Vec<_> = keys
        .map(|key| match key {
            IndexKey::Column(column) => column.to_sql().into_owned(),
            IndexKey::Expr(expr) => expr.text.clone(),
        })
        .collect();
    format!(
        "CREATE STATISTICS {}{kinds} ON {} FROM {}",
        name.to_sql(),
        keys.join(", "),
        table.to_sql()
    )
}

/// The GRANTs on a relation, or on one column of it.
pub(in crate::plan) fn grants(
    relation: &ResolvedName,
    column: Option<&Ident>,
    grants: &Grants,
) -> Vec<String> {
    let mut by_role: BTreeMap<(&str, bool), Vec<String>> = BTreeMap::new();
    for (role, privilege, passes) in grants.iter() {
        let of = column.map(|column| format!(" ({})", column.to_sql()));
        let privilege = format!("{privilege}{}", of.unwrap_or_default());
        by_role.entry((role, passes)).or_default().push(privilege);
    }
    let all = by_role.into_iter().map(|((role, passes), privileges)| {
        let option = if passes { " WITH GRANT OPTION" } else { "" };
        format!(
            "GRANT {} ON {} TO {role}{option}",
            privileges.join(", "),
            relation.to_sql()
        )
    });
    all.collect()
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
