//! What hangs on twins: checks, foreign keys and indexes, made beside the old ones and named after them at the end.

use super::super::draft::{Block, Stage};
use super::super::obstacle::uses;
use super::super::work::Work;
use super::super::{naming, spell};
use super::{Finish, Twin, Twins, block, new_block};
use crate::schema::{Constraint, ConstraintKind, Index, Relation, RelationKind, ResolvedName};
use crate::sql::ast::Ident;

impl Twins {
    /// The second columns that stay.
    fn besides<'a>(&'a self, table: &'a ResolvedName) -> impl Iterator<Item = &'a Ident> + Clone {
        let stay = self.of(table).filter(|twin| !twin.alias);
        stay.map(|twin| &twin.beside)
    }

    pub(super) fn checks(
        &self,
        work: &mut Work<'_>,
        old: &Relation,
        shadow: &Relation,
        finish: &mut Finish,
    ) {
        let table = shadow.name.to_sql();
        for constraint in &shadow.constraints {
            let ConstraintKind::Check(check) = &constraint.kind else {
                continue;
            };
            let on = self
                .of(&shadow.name)
                .find(|twin| !twin.alias && constraint.columns.contains(&twin.beside));
            let Some(twin) = on else {
                continue;
            };
            let own = copy(&shadow.name, &constraint.name).to_sql().into_owned();
            let add = format!(
                "ALTER TABLE {table} ADD CONSTRAINT {own} CHECK ({}){} NOT VALID",
                check.text,
                if constraint.no_inherit {
                    " NO INHERIT"
                } else {
                    ""
                }
            );
            let before = old.constraint(&constraint.name).is_some();
            let (declare, prove) = stages(before && !self.may_lack(&shadow.name));
            let shown = format!("{}.{}", shadow.name.name, twin.to);
            block(
                work,
                twin,
                declare,
                format!(
                    "The check {} for {shown}: the rows that are there are not read yet.",
                    constraint.name
                ),
                vec![add],
            );
            if constraint.validated {
                block(
                    work,
                    twin,
                    prove,
                    "Reads the rows that are there; writes go on meanwhile.",
                    vec![format!("ALTER TABLE {table} VALIDATE CONSTRAINT {own}")],
                );
            }
            finish.last.push(format!(
                "ALTER TABLE {table} RENAME CONSTRAINT {own} TO {}",
                constraint.name.to_sql()
            ));
            let comment = spell::constraint_comment(&shadow.name, constraint);
            finish.last.extend(comment);
        }
    }

    /// Whether some twin of the table has values only when release N is gone.
    fn may_lack(&self, table: &ResolvedName) -> bool {
        self.of(table)
            .any(|twin| matches!(twin.sync, super::Sync::Follows { total: false, .. }))
    }

    pub(super) fn indexes(
        &self,
        work: &mut Work<'_>,
        old: &Relation,
        shadow: &Relation,
        finish: &mut Finish,
    ) {
        let table = &shadow.name;
        for index in &shadow.indexes {
            let Some(twin) = self.of(table).find(|twin| uses(index, &twin.beside)) else {
                continue;
            };
            let own = copy(table, &index.name);
            let mut index = index.clone();
            let constraint = index.constraint.clone();
            let constraint = constraint.and_then(|name| shadow.constraint(&name));
            // Of a column that goes again the first one's constraint does it, when it is to be looked at.
            index.unique &= !(twin.alias && constraint.is_some_and(|one| one.deferrable));
            let index = &index;
            let tightens = index.unique && old.index(&index.name).is_none_or(|old| !old.unique);
            let stage = if tightens || index.unique && self.may_lack(table) {
                Stage::TightenIndex
            } else {
                Stage::IndexFilled
            };
            let shown = format!("{}.{}", table.name, twin.to);
            if shadow.kind == RelationKind::PartitionedTable {
                self.partitioned_index(work, twin, shadow, index);
            } else {
                block(
                    work,
                    twin,
                    stage,
                    format!("The index {} for {shown}.", index.name),
                    vec![spell::create_index(index, &own, table)],
                );
            }
            if index.unique {
                work.draft.note(format!("while both columns of {shown} have a unique index, INSERT .. ON CONFLICT ({}) can meet the other one's 23505 when two sessions insert the same key at once: retry it", twin.from));
            }
            if twin.alias {
                // It goes with the column.
                continue;
            }
            finish.last.push(match constraint {
                Some(constraint) => format!(
                    "ALTER TABLE {} ADD CONSTRAINT {} {} USING INDEX {}",
                    table.to_sql(),
                    constraint.name.to_sql(),
                    if constraint.kind == ConstraintKind::PrimaryKey {
                        "PRIMARY KEY"
                    } else {
                        "UNIQUE"
                    },
                    own.to_sql()
                ),
                None => format!(
                    "ALTER INDEX {} RENAME TO {}",
                    ResolvedName::new(table.schema.clone(), own).to_sql(),
                    index.name.to_sql()
                ),
            });
            let comment = constraint.and_then(|own| spell::constraint_comment(table, own));
            finish.last.extend(comment);
            finish.last.extend(spell::index_comment(table, index));
            if old.clustered_on.as_ref() == Some(&index.name) {
                finish.last.push(format!(
                    "ALTER TABLE {} CLUSTER ON {}",
                    table.to_sql(),
                    index.name.to_sql()
                ));
            }
        }
    }

    /// Extended statistics go with the first column; ANALYZE fills the new ones.
    pub(super) fn statistics(
        &self,
        work: &mut Work<'_>,
        table: &ResolvedName,
        finish: &mut Finish,
    ) {
        let gone = |columns: &[Ident]| {
            let mut twins = self.of(table).filter(|twin| !twin.alias);
            twins.any(|twin| columns.contains(&twin.to))
        };
        for (name, own) in self.end.extended_statistics(table) {
            let columns = own.columns();
            if gone(&columns) {
                finish.last.push(spell::create_statistics(name, own, table));
                work.draft.note(format!("the statistics {name} are made anew in the contract phase: ANALYZE {table} after it, and say COMMENT ON STATISTICS and ALTER STATISTICS again"));
            }
        }
    }

    /// One for each partition, built while writes go on, and one of the whole that joins them without a look at the rows.
    fn partitioned_index(
        &self,
        work: &mut Work<'_>,
        twin: &Twin,
        shadow: &Relation,
        index: &Index,
    ) {
        let own = copy(&shadow.name, &index.name);
        let whole = ResolvedName::new(shadow.name.schema.clone(), own.clone());
        let mut joining = vec![spell::create_index_only(
            &Index {
                name: own,
                ..index.clone()
            },
            &shadow.name,
        )];
        for partition in self.shadow.children(&shadow.name) {
            let part = copy(&partition.name, &index.name);
            let mut build = new_block(
                twin,
                Stage::IndexFilled,
                format!(
                    "The index {} for the partition {}.",
                    index.name, partition.name
                ),
                vec![spell::create_index(index, &part, &partition.name)],
            );
            build.table = Some(partition.name.clone());
            work.draft.block(build);
            let part = ResolvedName::new(partition.name.schema.clone(), part);
            joining.push(format!(
                "ALTER INDEX {} ATTACH PARTITION {}",
                whole.to_sql(),
                part.to_sql()
            ));
        }
        block(
            work,
            twin,
            Stage::Declare,
            "The index of the whole: the partitions have theirs, no row is read.",
            joining,
        );
    }

    /// Foreign keys from and to twins, of whatever table: both tables are locked, so each has a file.
    pub(super) fn foreign_keys(&self, work: &mut Work<'_>, tables: &[ResolvedName]) {
        for relation in self.shadow.relations() {
            for constraint in &relation.constraints {
                let ConstraintKind::ForeignKey {
                    table: parent,
                    references,
                    ..
                } = &constraint.kind
                else {
                    continue;
                };
                let mut besides = self.besides(&relation.name);
                let from = besides.any(|beside| constraint.columns.contains(beside));
                let to = tables.contains(parent)
                    && self
                        .besides(parent)
                        .any(|beside| references.contains(beside));
                if from || to {
                    self.foreign_key(work, relation, constraint);
                }
            }
        }
    }

    fn foreign_key(&self, work: &mut Work<'_>, relation: &Relation, constraint: &Constraint) {
        let Some(definition) = spell::foreign_key(constraint) else {
            return;
        };
        let table = relation.name.to_sql();
        let own = copy(&relation.name, &constraint.name).to_sql().into_owned();
        let kept = constraint.name.to_sql();
        let new = |stage, why: &str, statements| Block {
            stage,
            table: Some(relation.name.clone()),
            subject: naming::slug_of(&relation.name.name, &constraint.name),
            why: why.to_owned(),
            directives: Vec::new(),
            statements,
        };
        let before = self
            .start
            .get(&relation.name)
            .is_some_and(|old| old.constraint(&constraint.name).is_some());
        let late = !before || self.may_lack(&relation.name) || {
            let ConstraintKind::ForeignKey { table, .. } = &constraint.kind else {
                return;
            };
            self.may_lack(table)
        };
        let (declare, prove) = if late {
            (Stage::TightenAlone, Stage::ProveTightened)
        } else {
            (Stage::DeclareAlone, Stage::Prove)
        };
        let name = &constraint.name;
        work.draft.block(new(
            declare,
            &format!(
                "The foreign key {name} for the second column: it locks both tables, briefly."
            ),
            vec![format!(
                "ALTER TABLE {table} ADD CONSTRAINT {own} {definition} NOT VALID"
            )],
        ));
        if constraint.validated {
            work.draft.block(new(
                prove,
                "Reads the rows that are there; writes go on meanwhile.",
                vec![format!("ALTER TABLE {table} VALIDATE CONSTRAINT {own}")],
            ));
        }
        let mut swap = Vec::new();
        let absorbed = (relation.name.clone(), constraint.name.clone());
        if !self.absorbed.contains(&absorbed) || work.is_left(&absorbed) {
            swap.push(format!("ALTER TABLE {table} DROP CONSTRAINT {kept}"));
        }
        swap.push(format!(
            "ALTER TABLE {table} RENAME CONSTRAINT {own} TO {kept}"
        ));
        swap.extend(spell::constraint_comment(&relation.name, constraint));
        work.draft.block(new(
            Stage::Detach,
            &format!("The foreign key of the second column takes the place of {name}."),
            swap,
        ));
    }
}

fn stages(early: bool) -> (Stage, Stage) {
    if early {
        (Stage::Declare, Stage::Prove)
    } else {
        (Stage::TightenFilled, Stage::ProveTightened)
    }
}

/// The name of a copy while the first one has its name.
fn copy(table: &ResolvedName, name: &Ident) -> Ident {
    naming::own(&[&table.name, name], "copy", |_| false)
}
