//! What PostgreSQL refuses because a clause does not go with what it is said of.

use super::types::base_type;
use super::work::Work;
use super::{expr, partition, privilege, trigger};
use crate::schema::{
    ConstraintKind, EnumOrOther, Index, Refusal, Relation, RelationKind, is_system_column,
};
use crate::sql::ast::*;

/// Refuses a statement for what it is said of.
pub(super) fn refuse(work: &mut Work<'_>, change: &Change) {
    match change {
        Change::AlterTable(alter) => match work.before.index(&alter.name) {
            Some((table, index)) => of_index(work, alter, table, index),
            None => {
                if let Some(table) = work.before.relation(&alter.name) {
                    of_table(work, alter, table);
                }
            }
        },
        Change::CreateTable(create) => {
            for constraint in &create.constraints {
                of_constraint(work, constraint, None);
            }
            let plain = create.partition_by.is_none() && create.server.is_none();
            if plain
                && create
                    .access_method
                    .as_ref()
                    .is_none_or(|method| *method == "heap")
            {
                of_options(work, &create.options);
            }
        }
        Change::CreateIndex(create) => {
            let system = |one: &IndexElement| matches!(&one.key, IndexKey::Column(column) if is_system_column(column));
            if create.elements.iter().any(system) {
                let message = "index creation on system columns is not supported";
                work.refuse("0A000", message);
            }
            let table = work.before.relation(&create.table);
            for element in &create.elements {
                if let IndexKey::Column(name) = &element.key
                    && let Some(column) = table.and_then(|table| table.column(name))
                {
                    of_collation(work, &column.ty, element.collation.as_ref());
                }
            }
        }
        Change::CreateTrigger(trigger) => trigger::refuse(work, trigger),
        Change::Privileges(privileges) => privilege::refuse(work, privileges),
        Change::DefaultPrivileges(privileges) => privilege::refuse_default(work, privileges),
        Change::Copy {
            table: Some(table),
            columns,
            from,
            query: None,
        } => of_copy(work, table, columns, *from),
        Change::Reindex {
            target,
            name,
            concurrently,
        } => {
            if target == "SYSTEM" && *concurrently {
                let message = "cannot reindex system catalogs concurrently";
                work.refuse("0A000", message);
            }
            let view = name.as_ref().and_then(|name| work.before.relation(name));
            if let Some(view) = view.filter(|one| target == "TABLE" && !is_stored(one.kind)) {
                let message = format!("\"{}\" is not a table or materialized view", view.name.name);
                work.refuse("42809", message);
            }
        }
        // Asked before anything else (`ExecVacuum`).
        Change::Vacuum {
            analyze: false,
            columns: true,
            ..
        } => {
            let message = "ANALYZE option must be specified when a column list is provided";
            work.effects.fails = Some(Refusal::new("0A000", message));
        }
        Change::Dml(dml) if dml.verb != DmlVerb::Select => {
            let target = dml.target.as_ref();
            let target = target.and_then(|name| work.before.relation(name));
            if let Some(view) = target.filter(|one| one.kind == RelationKind::MaterializedView) {
                let message = format!("cannot change materialized view \"{}\"", view.name.name);
                work.refuse("42809", message);
            }
        }
        Change::AlterObject(alter) if alter.object == ObjectKind::Rule => {
            let renames = matches!(alter.action, ObjectAction::RenameTo(_));
            if renames && alter.name.name.name == "_RETURN" {
                work.refuse("42P17", "renaming an ON SELECT rule is not allowed");
            }
        }
        Change::Set(setting) if setting.name == "constraints" => {
            let words = setting.values.first().map_or("", String::as_str);
            of_constraints_set(work, words);
        }
        _ => {}
    }
}

fn is_stored(kind: RelationKind) -> bool {
    matches!(
        kind,
        RelationKind::Table | RelationKind::PartitionedTable | RelationKind::MaterializedView
    )
}

fn of_table(work: &mut Work<'_>, alter: &AlterTable, table: &Relation) {
    let name = &table.name.name;
    for action in alter.actions.iter().map(|action| &action.action) {
        match action {
            TableAction::Rule { name: rule, .. }
                if table.columns_known && !table.rules.contains(rule) =>
            {
                let message = format!("rule \"{rule}\" for relation \"{name}\" does not exist");
                if !work.before.is_incomplete() {
                    work.refuse("42704", message);
                }
            }
            TableAction::ValidateConstraint(constraint) if alter.only => {
                let waits = table.constraint(constraint).is_some_and(|one| {
                    is_inheritable(&one.kind) && !one.no_inherit && !one.validated
                });
                if waits && !work.children(table).is_empty() {
                    let message = "constraint must be validated on child tables too";
                    work.refuse("42P16", message);
                }
            }
            TableAction::RenameConstraint { from, .. } if alter.only => {
                let inherited = table
                    .constraint(from)
                    .is_some_and(|one| is_inheritable(&one.kind) && !one.no_inherit);
                if inherited && !work.children(table).is_empty() {
                    let message = format!(
                        "inherited constraint \"{from}\" must be renamed in child tables too"
                    );
                    work.refuse("42P16", message);
                }
            }
            TableAction::AddConstraint(constraint) => {
                of_constraint(work, constraint, Some(table));
            }
            TableAction::AlterType {
                ty,
                collation,
                using,
                ..
            } => {
                let mut inside = Vec::new();
                if let Some(using) = using {
                    expr::subqueries(&using.expr, &mut inside);
                }
                if !inside.is_empty() {
                    work.refuse("0A000", "cannot use subquery in transform expression");
                }
                of_collation(work, ty, collation.as_ref());
            }
            TableAction::SetOptions {
                options,
                reset: false,
            } if table.kind == RelationKind::Table => of_options(work, options),
            TableAction::SetColumnOptions {
                options,
                reset: false,
                ..
            } => {
                let known = |name: &str| matches!(name, "n_distinct" | "n_distinct_inherited");
                refuse_unknown(work, options, known);
            }
            TableAction::OfType(ty) => of_type(work, table, ty),
            TableAction::AddColumn { column, .. } => {
                of_new_column(work, column);
                if let Some(ty) = &column.ty {
                    of_collation(work, ty, column.collation.as_ref());
                }
            }
            _ => {}
        }
    }
}

/// Types without an order of their own for each language (`pg_type.typcollation`).
const NOT_COLLATABLE: &[&str] = &[
    "bit",
    "bool",
    "bytea",
    "cidr",
    "date",
    "float4",
    "float8",
    "inet",
    "int2",
    "int4",
    "int8",
    "interval",
    "json",
    "jsonb",
    "money",
    "numeric",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "uuid",
    "varbit",
];

fn of_collation(work: &mut Work<'_>, ty: &TypeName, collation: Option<&QualifiedName>) {
    let (base, _) = base_type(work.before, ty);
    if collation.is_some() && NOT_COLLATABLE.contains(&base.name.as_str()) {
        let message = format!("collations are not supported by type {ty}");
        work.refuse("42804", message);
    }
}

/// The storage parameters of a table (manual 18, CREATE TABLE, "Storage Parameters"); those that begin with
/// `autovacuum_` are not told apart.
fn of_options(work: &mut Work<'_>, options: &[StorageOption]) {
    let known = |name: &str| {
        let name = name.strip_prefix("toast.").unwrap_or(name);
        name.starts_with("autovacuum_")
            || matches!(
                name,
                "fillfactor"
                    | "toast_tuple_target"
                    | "parallel_workers"
                    | "vacuum_index_cleanup"
                    | "vacuum_truncate"
                    | "vacuum_max_eager_freeze_failure_rate"
                    | "log_autovacuum_min_duration"
                    | "log_autovacuum_vacuum_min_duration"
                    | "log_autovacuum_analyze_min_duration"
                    | "user_catalog_table"
                    | "oids"
            )
    };
    refuse_unknown(work, options, known);
    for option in options.iter().filter(|option| option.name == "fillfactor") {
        let value = option.value.as_deref().unwrap_or_default();
        let number = value.parse::<i32>();
        if number.is_ok_and(|number| !(10..=100).contains(&number)) {
            let message = format!("value {value} out of bounds for option \"fillfactor\"");
            work.refuse("22023", message);
        }
    }
}

fn refuse_unknown(work: &mut Work<'_>, options: &[StorageOption], known: impl Fn(&str) -> bool) {
    let mut names = options.iter().map(|option| option.name.as_str());
    if let Some(name) = names.find(|name| !known(name)) {
        work.refuse("22023", format!("unrecognized parameter \"{name}\""));
    }
}

/// A typed table has the columns of its type (`ATExecAddOf`).
fn of_type(work: &mut Work<'_>, table: &Relation, ty: &QualifiedName) {
    let found = work.before.type_def(ty);
    let Some(EnumOrOther::Composite(attributes)) = found.map(|found| &found.kind) else {
        return;
    };
    let mut lacking = attributes
        .iter()
        .filter(|(name, _)| table.column(name).is_none());
    if let Some((name, _)) = lacking.next().filter(|_| table.columns_known) {
        work.refuse("42804", format!("table is missing column \"{name}\""));
    }
}

fn is_inheritable(kind: &ConstraintKind) -> bool {
    matches!(kind, ConstraintKind::Check(_) | ConstraintKind::NotNull)
}

/// `ALTER INDEX`, whose columns go by their numbers.
fn of_index(work: &mut Work<'_>, alter: &AlterTable, table: &Relation, index: &Index) {
    let name = &index.name;
    for action in alter.actions.iter().map(|action| &action.action) {
        match action {
            TableAction::SetOptions { .. } if table.kind == RelationKind::PartitionedTable => {
                let message = match work.version() {
                    14 => format!("\"{name}\" is not a table, view, materialized view, or index"),
                    _ => format!("ALTER action SET cannot be performed on relation \"{name}\""),
                };
                work.refuse("42809", message);
            }
            TableAction::SetStatistics { column, .. } => {
                let Some(number) = number(column) else {
                    continue;
                };
                let element = number.checked_sub(1).and_then(|at| index.elements.get(at));
                match element.map(|element| &element.key) {
                    Some(IndexKey::Expr(_)) => {}
                    Some(IndexKey::Column(column)) => {
                        let message = format!(
                            "cannot alter statistics on non-expression column \"{column}\" of index \"{name}\""
                        );
                        work.refuse("0A000", message);
                    }
                    None if number <= index.elements.len() + index.include.len() => {
                        let message = format!(
                            "cannot alter statistics on included column of index \"{name}\""
                        );
                        work.refuse("0A000", message);
                    }
                    None => {
                        let message =
                            format!("column number {number} of relation \"{name}\" does not exist");
                        work.refuse("42703", message);
                    }
                }
            }
            TableAction::AttachPartition { partition, .. } => {
                if let Some((_, part)) = work.before.index(partition)
                    && partition::is_unlike(part, index)
                {
                    let message = format!(
                        "cannot attach index \"{}\" as a partition of index \"{name}\"",
                        part.name
                    );
                    work.refuse("42P17", message);
                }
            }
            _ => {}
        }
    }
}

fn number(column: &Ident) -> Option<usize> {
    column.as_str().parse().ok()
}

fn of_constraint(work: &mut Work<'_>, constraint: &TableConstraint, table: Option<&Relation>) {
    let attributes = constraint.attributes;
    if attributes.enforced == Some(false) {
        always_enforced(work, &constraint.kind);
    }
    match &constraint.kind {
        TableConstraintKind::ForeignKey { references, .. }
            if references.match_type.as_deref() == Some("PARTIAL") =>
        {
            work.refuse("0A000", "MATCH PARTIAL not yet implemented");
        }
        TableConstraintKind::Check(check) => {
            let waits =
                attributes.deferrable == Some(true) || attributes.initially_deferred == Some(true);
            if waits {
                let message = "CHECK constraints cannot be marked DEFERRABLE";
                work.refuse("0A000", message);
            }
            let Expr::Column(path) = &check.expr else {
                return;
            };
            let column = path.last().and_then(|name| table?.column(name));
            let ty = column.map(|column| base_type(work.before, &column.ty).0);
            if let Some(ty) = ty.filter(|ty| ty.array || ty.name != "bool") {
                let message = format!("argument of CHECK must be type boolean, not type {ty}");
                work.refuse("42804", message);
            }
        }
        TableConstraintKind::ForeignKey {
            columns,
            references,
            ..
        } => {
            set_on_delete(work, columns, references);
        }
        _ => {}
    }
}

/// Only CHECK and foreign keys need not be enforced (`processCASbits` of the grammar).
fn always_enforced(work: &mut Work<'_>, kind: &TableConstraintKind) {
    let word = match kind {
        TableConstraintKind::NotNull(_) => "NOT NULL",
        TableConstraintKind::Unique { .. } => "UNIQUE",
        TableConstraintKind::PrimaryKey { .. } => "PRIMARY KEY",
        TableConstraintKind::Exclude { .. } => "EXCLUDE",
        _ => return,
    };
    let message = format!("{word} constraints cannot be marked NOT ENFORCED");
    work.refuse("0A000", message);
}

/// `ON DELETE SET NULL (a)` is of columns of the key (`validateFkOnDeleteSetColumns`).
fn set_on_delete(work: &mut Work<'_>, columns: &[Ident], references: &References) {
    let action = references.on_delete.as_deref().unwrap_or_default();
    let listed = action
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    for written in listed.into_iter().flat_map(|all| all.split(',')) {
        let written = written.trim();
        let column = match written.strip_prefix('"') {
            Some(quoted) => Ident::new(quoted.trim_end_matches('"')),
            None => Ident::folded(written),
        };
        if !columns.contains(&column) {
            let message = format!(
                "column \"{column}\" referenced in ON DELETE SET action must be part of foreign key"
            );
            work.refuse("42P10", message);
        }
    }
}

/// What can be copied, and of which columns (`DoCopyTo`, `CopyFrom`, `CopyGetAttnums`).
fn of_copy(work: &mut Work<'_>, table: &QualifiedName, columns: &[Ident], from: bool) {
    let Some(table) = work.before.relation(table).filter(|one| one.columns_known) else {
        return;
    };
    let name = &table.name.name;
    let what = match table.kind {
        RelationKind::View if from && !table.triggers.is_empty() => None,
        RelationKind::View => Some("view"),
        RelationKind::MaterializedView if from || work.version() < 18 => Some("materialized view"),
        RelationKind::Sequence => Some("sequence"),
        RelationKind::PartitionedTable if !from => Some("partitioned table"),
        _ => None,
    };
    let missing = columns.iter().find(|column| table.column(column).is_none());
    match (what, missing) {
        (Some(what), None) => {
            let way = if from { "to" } else { "from" };
            work.refuse("42809", format!("cannot copy {way} {what} \"{name}\""));
        }
        (Some(what), Some(_)) if !from => {
            work.refuse("42809", format!("cannot copy from {what} \"{name}\""));
        }
        (_, Some(column)) if table.kind != RelationKind::Sequence => {
            let message = format!("column \"{column}\" of relation \"{name}\" does not exist");
            work.refuse("42703", message);
        }
        _ => {}
    }
}

/// A virtual column has no domain (`CheckAttributeType` of 18).
fn of_new_column(work: &mut Work<'_>, column: &ColumnDef) {
    let computed = column.constraints.iter().any(|one| {
        matches!(
            one.kind,
            ColumnConstraintKind::Generated { stored: false, .. }
        )
    });
    let domain = column
        .ty
        .as_ref()
        .is_some_and(|ty| base_type(work.before, ty).0 != *ty);
    if computed && domain {
        let message = format!(
            "virtual generated column \"{}\" cannot have a domain type",
            column.name
        );
        work.refuse("0A000", message);
    }
}

/// `SET CONSTRAINTS a, b DEFERRED`: each has to be there, and able to wait. Whether a trigger is, is not kept.
fn of_constraints_set(work: &mut Work<'_>, words: &str) {
    let (names, _) = words
        .trim()
        .rsplit_once(char::is_whitespace)
        .unwrap_or(("all", ""));
    if names.trim().eq_ignore_ascii_case("all") || work.before.is_incomplete() {
        return;
    }
    for name in names.split(',').map(str::trim) {
        let written = name.rsplit_once('.').map_or(name, |(_, name)| name);
        let wanted = match written.strip_prefix('"') {
            Some(quoted) => Ident::new(quoted.trim_end_matches('"')),
            None => Ident::folded(written),
        };
        let before = work.before;
        let mut found = before
            .relations()
            .flat_map(|table| table.constraints.iter().filter(|one| one.name == wanted))
            .peekable();
        if found.peek().is_none() {
            work.refuse("42704", format!("constraint \"{wanted}\" does not exist"));
        } else if !found.any(|one| one.deferrable || one.kind == ConstraintKind::Trigger) {
            work.refuse(
                "42809",
                format!("constraint \"{wanted}\" is not deferrable"),
            );
        }
    }
}
