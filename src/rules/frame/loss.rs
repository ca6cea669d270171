//! What a statement takes away beside what it names: tables, columns, views.

use super::{Subject, short};
use crate::schema::{RelationKind, ResolvedName};
use crate::sql::ast::Ident;

/// What was there before a statement and is not after it; what the migrations under judgement made does not count.
#[derive(Debug, Default)]
pub(in crate::rules) struct Loss {
    /// Tables, with their rows.
    pub(in crate::rules) tables: Vec<ResolvedName>,
    /// Columns that hold values, of tables that stay.
    pub(in crate::rules) columns: Vec<(ResolvedName, Ident)>,
    /// Views, materialized ones too.
    pub(in crate::rules) views: Vec<ResolvedName>,
    /// Constraints of tables that stay, as `table.constraint`.
    pub(in crate::rules) constraints: Vec<String>,
}

impl Loss {
    /// Linear in the size of the schema: for statements that say CASCADE.
    pub(in crate::rules) fn of(subject: &Subject<'_>) -> Self {
        let mut loss = Self::default();
        let (before, after) = (subject.before(), subject.after());
        for relation in before.relations() {
            let name = &relation.name;
            let now = after.get(name);
            if now == Some(relation) || subject.is_new(name) {
                continue;
            }
            let Some(now) = now else {
                match relation.kind {
                    RelationKind::Table
                    | RelationKind::PartitionedTable
                    | RelationKind::ForeignTable => loss.tables.push(name.clone()),
                    RelationKind::View | RelationKind::MaterializedView => {
                        loss.views.push(name.clone());
                    }
                    RelationKind::Sequence => {}
                }
                continue;
            };
            let is_table = matches!(
                relation.kind,
                RelationKind::Table | RelationKind::PartitionedTable
            );
            let gone = relation.columns.iter().filter(|column| {
                is_table
                    && now.column(&column.name).is_none()
                    && column.generated.is_none()
                    && !subject.is_new_column(name, &column.name)
            });
            loss.columns
                .extend(gone.map(|column| (name.clone(), column.name.clone())));
            let constraints = relation.constraints.iter().filter(|constraint| {
                now.constraint(&constraint.name).is_none()
                    && constraint
                        .columns
                        .iter()
                        .all(|name| now.column(name).is_some())
            });
            loss.constraints.extend(
                constraints.map(|constraint| format!("{}.{}", short(name), constraint.name)),
            );
        }
        loss
    }

    /// Whether rows or values go.
    pub(in crate::rules) fn has_data(&self) -> bool {
        !self.tables.is_empty() || !self.columns.is_empty()
    }

    /// All of it in words; empty when it is nothing.
    pub(in crate::rules) fn words(&self) -> String {
        let tables = self
            .tables
            .iter()
            .map(|name| format!("table {}", short(name)));
        let columns = self
            .columns
            .iter()
            .map(|(table, column)| format!("column {}.{column}", short(table)));
        let views = self
            .views
            .iter()
            .map(|name| format!("view {}", short(name)));
        let constraints = self
            .constraints
            .iter()
            .map(|name| format!("constraint {name}"));
        let all: Vec<String> = tables
            .chain(columns)
            .chain(views)
            .chain(constraints)
            .collect();
        all.join(", ")
    }
}
