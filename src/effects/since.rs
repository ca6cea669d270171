//! Forms that not every version of PostgreSQL knows (manual 18, appendix E: release notes).

use super::expr::visit;
use super::work::Work;
use crate::sql::ast::*;

/// Refuses what this version does not know yet, or knows no more.
pub(super) fn refuse(work: &mut Work<'_>, change: &Change) {
    match change {
        Change::CreateTable(create) => of_table(work, create),
        Change::AlterTable(alter) => {
            for action in &alter.actions {
                of_action(work, &action.action);
            }
        }
        Change::CreateIndex(create) => {
            if create.nulls_not_distinct {
                since(work, 15, "NULLS NOT DISTINCT");
            }
            let keys = create
                .elements
                .iter()
                .filter_map(|element| match &element.key {
                    IndexKey::Expr(expr) => Some(expr),
                    IndexKey::Column(_) => None,
                });
            for expr in keys.chain(&create.predicate) {
                of_expression(work, &expr.expr);
            }
        }
        Change::CreateView(create) => {
            let invoker = create
                .options
                .iter()
                .any(|option| option.name == "security_invoker");
            if invoker && work.version() < 15 {
                work.refuse("22023", "unrecognized parameter \"security_invoker\"");
            }
        }
        Change::Publication(publication) => {
            let narrowed = |one: &Published| one.columns.is_some() || one.filter.is_some();
            if publication.tables.iter().any(narrowed) {
                since(work, 15, "a publication of some columns or rows");
            }
            if !publication.schemas.is_empty() {
                since(work, 15, "TABLES IN SCHEMA");
            }
        }
        Change::Privileges(privileges) => {
            const KNOWN: &[&str] = &[
                "ALL",
                "ALTER",
                "CONNECT",
                "CREATE",
                "DELETE",
                "EXECUTE",
                "GRANT",
                "INSERT",
                "MAINTAIN",
                "REFERENCES",
                "SELECT",
                "SET",
                "TEMP",
                "TEMPORARY",
                "TRIGGER",
                "TRUNCATE",
                "UPDATE",
                "USAGE",
            ];
            let word = |one: &Privilege| one.name.split(' ').next().unwrap_or_default().to_owned();
            let unknown = privileges
                .privileges
                .iter()
                .find(|one| !KNOWN.contains(&word(one).as_str()));
            if let (Some(unknown), Some(_)) = (unknown, privileges.object) {
                work.refuse_syntax(&format!(
                    "unrecognized privilege type \"{}\"",
                    unknown.name.to_ascii_lowercase()
                ));
            }
            if privileges
                .privileges
                .iter()
                .any(|one| one.name == "MAINTAIN")
            {
                since(work, 17, "MAINTAIN");
            }
        }
        Change::Set(setting) => of_setting(work, &setting.name),
        Change::Cluster {
            table: Some(table), ..
        } => {
            let partitioned = work
                .relation(table)
                .is_some_and(|table| table.partition_by.is_some());
            if partitioned && work.version() < 15 {
                work.refuse("0A000", "cannot cluster a partitioned table");
            }
        }
        Change::Dml(Dml {
            query: Ok(query), ..
        }) => of_query(work, query),
        _ => {}
    }
}

/// The settings of a session that not every version has, with the first and the last one that does (`pg_settings` of
/// PostgreSQL 14 to 18, measured).
const SETTINGS: &[(&str, u16, u16)] = &[
    ("createrole_self_grant", 16, 18),
    ("debug_parallel_query", 16, 18),
    ("enable_distinct_reordering", 18, 18),
    ("enable_group_by_reordering", 17, 18),
    ("enable_presorted_aggregate", 16, 18),
    ("enable_self_join_elimination", 18, 18),
    ("event_triggers", 17, 18),
    ("file_copy_method", 18, 18),
    ("force_parallel_mode", 14, 15),
    ("icu_validation_level", 16, 18),
    ("io_combine_limit", 17, 18),
    ("log_lock_failures", 18, 18),
    ("recursive_worktable_factor", 15, 18),
    ("scram_iterations", 16, 18),
    ("stats_fetch_consistency", 15, 18),
    ("track_cost_delay_timing", 18, 18),
    ("transaction_timeout", 17, 18),
    ("vacuum_buffer_usage_limit", 16, 18),
];

fn of_setting(work: &mut Work<'_>, name: &str) {
    let known = SETTINGS.iter().find(|(own, _, _)| *own == name);
    if let Some((_, first, last)) = known
        && !(*first..=*last).contains(&work.version())
    {
        let message = format!("unrecognized configuration parameter \"{name}\"");
        work.refuse("42704", message);
    }
}

/// A form that versions before `major` do not know.
fn since(work: &mut Work<'_>, major: u16, words: &str) {
    if work.version() < major {
        work.refuse_syntax(&format!(
            "syntax error: {words} is known from PostgreSQL {major} on"
        ));
    }
}

fn of_table(work: &mut Work<'_>, create: &CreateTable) {
    for column in &create.columns {
        if column.storage.is_some() {
            since(work, 16, "STORAGE in CREATE TABLE");
        }
        of_column(work, column);
    }
    for constraint in &create.constraints {
        of_constraint(work, constraint);
    }
    let unlogged = create.persistence == Persistence::Unlogged;
    if unlogged && create.partition_by.is_some() && work.version() >= 18 {
        work.refuse("0A000", "partitioned tables cannot be unlogged");
    }
}

fn of_action(work: &mut Work<'_>, action: &TableAction) {
    match action {
        TableAction::AddColumn { column, .. } => of_column(work, column),
        TableAction::AddConstraint(constraint) => of_constraint(work, constraint),
        TableAction::SetExpression { .. } => since(work, 17, "SET EXPRESSION"),
        TableAction::SetStorage { storage, .. } if storage == "DEFAULT" => {
            since(work, 16, "SET STORAGE DEFAULT");
        }
        TableAction::SetAccessMethod(None) => since(work, 17, "SET ACCESS METHOD DEFAULT"),
        TableAction::SetAccessMethod(Some(_)) => since(work, 15, "SET ACCESS METHOD"),
        TableAction::SetDefault { expr, .. } => of_expression(work, &expr.expr),
        _ => {}
    }
}

fn of_column(work: &mut Work<'_>, column: &ColumnDef) {
    for one in &column.constraints {
        match &one.kind {
            ColumnConstraintKind::Unique {
                nulls_not_distinct: true,
                ..
            } => since(work, 15, "NULLS NOT DISTINCT"),
            ColumnConstraintKind::Check(expr) | ColumnConstraintKind::Generated { expr, .. } => {
                of_expression(work, &expr.expr);
            }
            ColumnConstraintKind::Default(expr) => of_expression(work, &expr.expr),
            ColumnConstraintKind::References(references) => of_references(work, references),
            _ => {}
        }
        if one.attributes.enforced.is_some() {
            since(work, 18, "ENFORCED");
        }
    }
}

fn of_constraint(work: &mut Work<'_>, constraint: &TableConstraint) {
    match &constraint.kind {
        TableConstraintKind::NotNull(_) => since(work, 18, "NOT NULL as a constraint of the table"),
        TableConstraintKind::Unique {
            nulls_not_distinct: true,
            ..
        } => since(work, 15, "NULLS NOT DISTINCT"),
        TableConstraintKind::Unique {
            without_overlaps: true,
            ..
        }
        | TableConstraintKind::PrimaryKey {
            without_overlaps: true,
            ..
        } => since(work, 18, "WITHOUT OVERLAPS"),
        TableConstraintKind::Check(expr) => of_expression(work, &expr.expr),
        TableConstraintKind::ForeignKey { references, .. } => of_references(work, references),
        _ => {}
    }
    if constraint.attributes.enforced.is_some() {
        since(work, 18, "ENFORCED");
    }
}

fn of_references(work: &mut Work<'_>, references: &References) {
    let action = references.on_delete.as_deref().unwrap_or_default();
    if action.contains('(') {
        since(work, 15, "ON DELETE with columns");
    }
}

/// Forms of expressions: `IS JSON` and the constructors of SQL/JSON came with 16, its queries with 17.
fn of_expression(work: &mut Work<'_>, expr: &Expr) {
    let mut needed = 0;
    visit(expr, &mut |part| {
        let Expr::Call(call) = part else { return };
        let major = match call.name.name.as_str() {
            "is_json" | "json_arrayagg" | "json_objectagg" => 16,
            "json_exists" | "json_query" | "json_value" | "json_scalar" | "json_serialize" => 17,
            _ => 0,
        };
        needed = needed.max(major);
    });
    if needed > 0 {
        since(work, needed, "this form of SQL/JSON");
    }
}

fn of_query(work: &mut Work<'_>, query: &Query) {
    let returning = match &query.body {
        QueryBody::Merge(merge) => {
            since(work, 15, "MERGE");
            if !merge.returning.is_empty() {
                since(work, 17, "RETURNING of MERGE");
            }
            &merge.returning
        }
        QueryBody::Insert(insert) => &insert.returning,
        QueryBody::Update(update) => &update.returning,
        QueryBody::Delete(delete) => &delete.returning,
        _ => return,
    };
    let mut versioned = false;
    for item in returning {
        if let SelectItem::Expr { expr, .. } = item {
            visit(expr, &mut |part| {
                let qualified = matches!(part, Expr::Column(path) if path.len() == 2
                    && path.first().is_some_and(|first| *first == "old" || *first == "new"));
                versioned |= qualified;
            });
        }
    }
    if versioned && work.version() < 18 {
        work.refuse(
            "42P01",
            "missing FROM-clause entry: OLD and NEW in RETURNING are known from PostgreSQL 18 on",
        );
    }
}
