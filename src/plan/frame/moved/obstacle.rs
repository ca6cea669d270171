//! What stands in the way of keeping two tables the same, row by row.

use super::{Form, Moved};
use crate::effects::expr;
use crate::schema::{Catalogue, Column, Constraint, ConstraintKind, Relation, RelationKind};
use crate::sql::ast::{Expr, Ident, IndexKey, Persistence, Volatility};

impl Moved {
    /// Why the two tables cannot be kept the same while releases write either of them, with what to do.
    pub(in crate::plan) fn obstacle(&self, catalogue: &Catalogue) -> Option<(String, String)> {
        self.table_obstacle(catalogue)
            .or_else(|| self.key_obstacle(catalogue))
            .or_else(|| self.column_obstacle(catalogue))
            .or_else(|| self.row_obstacle())
            .or_else(|| self.constraint_obstacle())
    }

    fn table_obstacle(&self, catalogue: &Catalogue) -> Option<(String, String)> {
        [&self.source, &self.target].into_iter().find_map(|table| {
            let tree = table.partition_of.is_some()
                || !table.inherits.is_empty()
                || catalogue.relations().any(|other| other.inherits.contains(&table.name));
            let why = if table.kind != RelationKind::Table {
                format!("is a {}", table.kind.as_str())
            } else if tree {
                "is part of an inheritance tree".to_owned()
            } else if table.persistence == Persistence::Temporary {
                "is temporary".to_owned()
            } else if !table.rules.is_empty() {
                "has rules".to_owned()
            } else {
                return None;
            };
            let help = "move the columns in the application, which writes both places, with a migration for each phase";
            Some((format!("{} {why}", table.name), help.to_owned()))
        })
    }

    fn key_obstacle(&self, catalogue: &Catalogue) -> Option<(String, String)> {
        let shown = |keys: Vec<&Ident>| {
            let names: Vec<&str> = keys.into_iter().map(Ident::as_str).collect();
            names.join(", ")
        };
        let sides = [
            (
                &self.source,
                self.keys.iter().map(|(key, _)| key).collect::<Vec<_>>(),
            ),
            (&self.target, self.keys.iter().map(|(_, key)| key).collect()),
        ];
        for (table, keys) in sides {
            if !is_key(table, &keys) {
                let keys = shown(keys);
                let said = if keys.is_empty() {
                    "nothing".to_owned()
                } else {
                    format!("({keys})")
                };
                return Some((
                    format!("rows of {} are told apart by {said} here, which is no primary key and no unique key without NULLs: one row must belong to one row", table.name),
                    "copy the columns of such a key and those that move, nothing else, or give both tables one first".to_owned(),
                ));
            }
        }
        self.keys.iter().find_map(|(from, to)| {
            let (from, to) = (self.source.column(from)?, self.target.column(to)?);
            let built_in = |column: &Column| {
                column.ty.schema.is_none()
                    && catalogue.type_def(&column.ty.qualified_name()).is_none()
            };
            let own = to.generated.is_some() || to.identity == Some(true);
            let why = if from.ty.name != to.ty.name || from.ty.array != to.ty.array {
                format!("is {} in one table and {} in the other", from.ty, to.ty)
            } else if !built_in(from) {
                "is of a type that is not PostgreSQL's own".to_owned()
            } else if own || from.generated.is_some() {
                "is given its value by PostgreSQL itself".to_owned()
            } else {
                return None;
            };
            Some((
                format!("the key {}.{} {why}", self.target.name.name, to.name),
                "give both tables a key of one type that a statement may write".to_owned(),
            ))
        })
    }

    fn column_obstacle(&self, catalogue: &Catalogue) -> Option<(String, String)> {
        self.columns.iter().find_map(|(from, to)| {
            let shown = format!("{}.{}", self.source.name.name, from.name);
            if from.ty != to.ty {
                return Some((
                    format!("{shown} is {} and would arrive as {}", from.ty, to.ty),
                    "move it as it is, and change its type in a migration of its own".to_owned(),
                ));
            }
            let sides = [(&self.source, from), (&self.target, to)];
            sides.into_iter().find_map(|(table, column)| {
                let shown = format!("{}.{}", table.name.name, column.name);
                let given = column.identity.is_some() || column.generated.is_some();
                let passing = column.default.as_ref().is_some_and(|default| {
                    let mut fixed = true;
                    expr::visit(&default.expr, &mut |part| match part {
                        Expr::Call(call) => {
                            fixed &= catalogue.routine(&call.name).is_none()
                                && call.name.schema.is_none();
                        }
                        Expr::Unparsed(_) => fixed = false,
                        _ => {}
                    });
                    !fixed || expr::volatility(catalogue, &default.expr) == Volatility::Volatile
                });
                if given || passing {
                    return Some((
                        format!("{shown} has a value that nobody writes: it could not be told from one that somebody wrote"),
                        "drop its default in a migration before this one, or give it a constant one".to_owned(),
                    ));
                }
                None
            })
        })
    }

    fn row_obstacle(&self) -> Option<(String, String)> {
        let (source, target) = (&self.source.name.name, &self.target.name.name);
        match &self.form {
            Form::Out(filter) => {
                let held = |column: &Ident| filter.as_ref().is_some_and(|one| one.implies(column));
                let mut lacking = self.columns.iter();
                lacking
                    .find(|(from, to)| to.not_null && !from.not_null && !held(&from.name))
                    .map(|(from, to)| {
                        (
                            format!(
                                "{source}.{} may be NULL and {target}.{} may not",
                                from.name, to.name
                            ),
                            format!(
                                "copy the rows that have it, with WHERE {} IS NOT NULL",
                                from.name.to_sql()
                            ),
                        )
                    })
            }
            Form::In | Form::Merge => {
                let mut lacking = self.columns.iter();
                let lacking = lacking.find(|(from, to)| to.not_null && !from.not_null);
                if let Some((from, to)) = lacking {
                    return Some((
                        format!("{source}.{} may be NULL and {target}.{} may not", from.name, to.name),
                        "add it without NOT NULL, and require it with SET NOT NULL behind the UPDATE".to_owned(),
                    ));
                }
                if !matches!(self.form, Form::Merge) {
                    return None;
                }
                let given = |column: &Column| {
                    let key = self.keys.iter().any(|(key, _)| *key == column.name);
                    key || self
                        .columns
                        .iter()
                        .any(|(from, _)| from.name == column.name)
                };
                let mut others = self.source.columns.iter();
                others
                    .find(|column| {
                        column.not_null
                            && column.default.is_none()
                            && column.identity.is_none()
                            && column.generated.is_none()
                            && !given(column)
                    })
                    .map(|column| (
                        format!("release N needs rows in {source} for those that release N+1 writes, and {source}.{} is required there and does not move", column.name),
                        format!("move it too, or let it be NULL or have a default in a migration before this one: ALTER TABLE {source} ALTER COLUMN {} DROP NOT NULL", column.name.to_sql()),
                    ))
            }
        }
    }

    /// What the target refuses and the source does not would fail release N.
    fn constraint_obstacle(&self) -> Option<(String, String)> {
        let help = || "add it in a migration of its own, when release N is gone".to_owned();
        let moves = |column: &Ident| self.columns.iter().any(|(_, to)| to.name == *column);
        for constraint in &self.target.constraints {
            let of_moved = constraint.columns.iter().any(moves);
            let plain = constraint.kind == ConstraintKind::NotNull;
            if of_moved
                && !plain
                && !self
                    .source
                    .constraints
                    .iter()
                    .any(|own| self.is_like(own, constraint))
            {
                return Some((
                    format!(
                        "release N may write what the constraint {} of {} refuses",
                        constraint.name, self.target.name.name
                    ),
                    help(),
                ));
            }
        }
        let index = self.target.indexes.iter().find(|index| {
            index.unique
                && index.constraint.is_none()
                && index.elements.iter().any(|element| match &element.key {
                    IndexKey::Column(column) => moves(column),
                    IndexKey::Expr(_) => true,
                })
        });
        index.map(|index| {
            (
                format!(
                    "release N may write what the unique index {} of {} refuses",
                    index.name, self.target.name.name
                ),
                help(),
            )
        })
    }

    /// Whether a constraint of the source says what one of the target does.
    fn is_like(&self, source: &Constraint, target: &Constraint) -> bool {
        let moved = |name: &Ident| {
            let own = self.columns.iter().find(|(from, _)| from.name == *name);
            own.map(|(_, to)| &to.name)
        };
        let columns: Option<Vec<&Ident>> = source.columns.iter().map(moved).collect();
        let same = columns.is_some_and(|columns| columns.into_iter().eq(&target.columns));
        let unnamed = source.columns == target.columns;
        same && match (&source.kind, &target.kind) {
            (ConstraintKind::Check(own), ConstraintKind::Check(other)) => {
                unnamed && own.text == other.text
            }
            (
                ConstraintKind::ForeignKey {
                    table, references, ..
                },
                ConstraintKind::ForeignKey {
                    table: other,
                    references: others,
                    ..
                },
            ) => table == other && references == others,
            (ConstraintKind::Unique, ConstraintKind::Unique) => true,
            _ => false,
        }
    }

    /// The constraints of the source that the target does not have: release N+1 writes through them.
    pub(in crate::plan) fn left_behind(&self) -> Vec<&Constraint> {
        let moves = |column: &Ident| self.columns.iter().any(|(from, _)| from.name == *column);
        let all = self
            .source
            .constraints
            .iter()
            .filter(|one| one.kind != ConstraintKind::NotNull && one.columns.iter().any(moves));
        all.filter(|own| {
            !self
                .target
                .constraints
                .iter()
                .any(|one| self.is_like(own, one))
        })
        .collect()
    }
}

impl super::Filter {
    /// Whether every row it lets through has a value in the column.
    fn implies(&self, column: &Ident) -> bool {
        match self {
            Self::Has(own) => own == column,
            Self::And(left, right) => left.implies(column) || right.implies(column),
            Self::Or(left, right) => left.implies(column) && right.implies(column),
        }
    }
}

/// Whether the columns are a key of the table: one row for each of their values, none without.
fn is_key(table: &Relation, keys: &[&Ident]) -> bool {
    let same = |columns: &[&Ident]| {
        columns.len() == keys.len() && columns.iter().all(|column| keys.contains(column))
    };
    let declared = table.constraints.iter().any(|one| {
        matches!(
            one.kind,
            ConstraintKind::PrimaryKey | ConstraintKind::Unique
        ) && !one.deferrable
            && same(&one.columns.iter().collect::<Vec<_>>())
    });
    let indexed = || {
        table.indexes.iter().any(|index| {
            let columns: Option<Vec<&Ident>> = index
                .elements
                .iter()
                .map(|element| match &element.key {
                    IndexKey::Column(column) => Some(column),
                    IndexKey::Expr(_) => None,
                })
                .collect();
            index.unique
                && index.valid
                && index.predicate.is_none()
                && index.constraint.is_none()
                && columns.is_some_and(|columns| same(&columns))
        })
    };
    let required = |key: &&Ident| table.column(key).is_some_and(|column| column.not_null);
    !keys.is_empty() && keys.iter().all(required) && (declared || indexed())
}
