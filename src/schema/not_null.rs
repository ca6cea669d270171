//! NOT NULL: a mark of the column, and from PostgreSQL 18 on a constraint of the table too.

use super::constraint::missing_column;
use super::session::Outcome;
use super::{Constraint, ConstraintKind, Refusal, Relation, ResolvedName, Session, naming};
use crate::sql::ast::{
    AlterTable, ConstraintAttributes, Ident, LikeClause, TableAction, TableConstraint,
    TableConstraintKind,
};

/// Who wants a column to be NOT NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// The statement says so: a constraint that was only inherited becomes the table's own too.
    Stated,
    /// A primary key needs it: an inherited constraint is enough.
    Needed,
}

impl Relation {
    /// The NOT NULL constraint of a column, from PostgreSQL 18 on.
    pub(super) fn not_null(&self, column: &Ident) -> Option<&Constraint> {
        let mut all = self.constraints.iter();
        all.find(|own| own.kind == ConstraintKind::NotNull && own.columns.contains(column))
    }

    fn not_null_mut(&mut self, column: &Ident) -> Option<&mut Constraint> {
        let is_it =
            |own: &Constraint| own.kind == ConstraintKind::NotNull && own.columns.contains(column);
        let mut all = self.constraints.iter_mut();
        all.find(|own| is_it(own)).map(|own| &mut **own)
    }
}

impl Session {
    /// `ADD NOT NULL column`, from PostgreSQL 18.
    pub(super) fn add_not_null(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        constraint: &TableConstraint,
        only: bool,
    ) -> Outcome {
        let (name, attributes) = (constraint.name.as_ref(), &constraint.attributes);
        let no_inherit = attributes.no_inherit == Some(true);
        let relation = self.known(table)?;
        if no_inherit && relation.partition_by.is_some() {
            let message = "not-null constraints on partitioned tables cannot be NO INHERIT";
            return Err(Refusal::new("0A000", message));
        }
        if let Some(own) = relation.not_null(column) {
            let other_name = name.is_some_and(|name| own.name != *name);
            let weaker = !own.validated && !attributes.not_valid;
            if other_name || own.no_inherit != no_inherit || weaker {
                let message = format!(
                    "cannot create not-null constraint on column \"{column}\" of table \"{}\"",
                    table.name
                );
                return Err(Refusal::new("55000", message));
            }
        }
        let is_new = relation.not_null(column).is_none();
        if no_inherit {
            self.set_own_not_null(table, column, name)?;
        } else {
            if only && is_new && self.catalogue.children(table).next().is_some() {
                let message = "constraint must be added to child tables too";
                return Err(Refusal::new("42P16", message));
            }
            self.set_not_null(table, column, name, Wish::Stated)?;
        }
        if is_new {
            self.weaken_not_null(table, column, attributes);
        }
        Ok(())
    }

    /// `SET NOT NULL`, here and in all children.
    pub(super) fn set_not_null(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        name: Option<&Ident>,
        wish: Wish,
    ) -> Outcome {
        let existing = self.known(table)?.not_null(column).cloned();
        if let Some(existing) = existing.filter(|_| self.version >= 18) {
            if existing.no_inherit && wish == Wish::Stated {
                let message = format!(
                    "cannot change NO INHERIT status of NOT NULL constraint \"{}\" on relation \"{}\"",
                    existing.name, table.name
                );
                return Err(Refusal::new("0A000", message));
            }
            if wish == Wish::Needed {
                serves_key(&existing, column)?;
            }
            self.catalogue.edit(table, |relation| {
                if let Some(own) = relation.not_null_mut(column) {
                    own.local |= wish == Wish::Stated;
                }
            });
            if !existing.validated {
                self.each_inheriting(table, &mut |relation| {
                    if let Some(own) = relation.not_null_mut(column) {
                        own.validated = true;
                    }
                });
            }
            return Ok(());
        }
        self.set_own_not_null(table, column, name)?;
        let handed_down = self.known(table)?.not_null(column);
        let handed_down = handed_down.map(|constraint| constraint.name.clone());
        for child in self.child_names(table) {
            let own = self.known(&child)?.not_null(column);
            if own.is_some_and(|own| own.no_inherit) {
                let own = own.map_or_else(|| column.clone(), |own| own.name.clone());
                let message = format!(
                    "cannot change NO INHERIT status of NOT NULL constraint \"{own}\" on relation \"{}\"",
                    child.name
                );
                return Err(Refusal::new("0A000", message));
            }
            let had = own.is_some();
            self.set_not_null(&child, column, handed_down.as_ref(), Wish::Needed)?;
            self.catalogue.edit(&child, |child| {
                if let Some(constraint) = child.not_null_mut(column) {
                    constraint.inherited = true;
                    constraint.local &= had;
                }
            });
        }
        Ok(())
    }

    /// The NOT NULL constraint that a new table's column has from 18 on: its own, that of a parent, or
    /// that of the table it is like, which keeps its name.
    pub(super) fn set_new_not_null(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        is_own: bool,
        likes: &[(&LikeClause, Relation)],
    ) -> Outcome {
        if self.version < 18 {
            return Ok(());
        }
        let of = |relation: &Relation| relation.not_null(column).cloned();
        let relation = self.known(table)?;
        let inherited = relation
            .parents()
            .filter_map(|parent| self.catalogue.get(parent))
            .filter_map(of)
            .find(|own| !own.no_inherit);
        let liked = likes.iter().find_map(|(like, source)| {
            let mut liked = of(source)?;
            liked.comment = liked.comment.filter(|_| like.includes("COMMENTS"));
            Some(liked)
        });
        match (inherited, liked) {
            (Some(parents), _) => {
                let mut constraint = parents.handed_down();
                constraint.local = is_own;
                if is_own || self.catalogue.has_constraint(table, &constraint.name) {
                    constraint.name = naming::constraint_name(
                        &self.catalogue,
                        table,
                        Some(column.as_str()),
                        "not_null",
                    );
                }
                self.catalogue
                    .edit(table, |relation| relation.constraints.push(constraint));
                Ok(())
            }
            (None, Some(liked)) => {
                self.set_not_null(table, column, Some(&liked.name), Wish::Needed)?;
                self.catalogue.edit(table, |relation| {
                    if let Some(own) = relation.not_null_mut(column) {
                        own.no_inherit = liked.no_inherit;
                        own.comment = liked.comment;
                    }
                });
                Ok(())
            }
            (None, None) => self.set_not_null(table, column, None, Wish::Needed),
        }
    }

    /// `SET NOT NULL` as ALTER TABLE says it, perhaps with ONLY (`ATExecSetNotNull`).
    pub(super) fn state_not_null(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        only: bool,
    ) -> Outcome {
        let children = self.child_names(table);
        if !only || children.is_empty() {
            return self.set_not_null(table, column, None, Wish::Stated);
        }
        let relation = self.known(table)?;
        if relation.column(column).is_none() {
            return missing_column(relation, column);
        }
        let all_have_it = children.iter().all(|child| {
            let child = self
                .catalogue
                .get(child)
                .and_then(|child| child.column(column));
            child.is_some_and(|column| column.not_null)
        });
        if relation.partition_by.is_some() && !(self.version < 18 && all_have_it) {
            if self.version >= 18 && relation.not_null(column).is_some() {
                return Ok(());
            }
            let message = "constraint must be added to child tables too";
            return Err(Refusal::new("42P16", message));
        }
        let is_new = relation.not_null(column).is_none();
        self.set_own_not_null(table, column, None)?;
        self.catalogue.edit(table, |relation| {
            if let Some(own) = relation.not_null_mut(column) {
                own.no_inherit |= is_new;
                own.local = true;
            }
        });
        Ok(())
    }

    /// What a primary key does to its columns; with ONLY the children must have it already.
    pub(super) fn need_not_null(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        only: bool,
    ) -> Outcome {
        if only && self.version < 18 {
            return self.state_not_null(table, column, true);
        }
        let children = self.child_names(table).into_iter().filter(|_| only);
        for child in children {
            let own = self.known(&child)?;
            if own.not_null(column).is_none_or(|own| own.no_inherit) {
                let message = format!(
                    "column \"{column}\" of table \"{}\" is not marked NOT NULL",
                    child.name
                );
                return Err(Refusal::new("42P16", message));
            }
        }
        self.set_not_null(table, column, None, Wish::Needed)
    }

    /// From 18 on a primary key that is added makes its columns NOT NULL before the other commands of its statement
    /// run, so that one which was so is not when `DROP NOT NULL` stands beside it (`ATPrepAddPrimaryKey`).
    pub(super) fn no_key_needs(
        &self,
        before: &Relation,
        alter: &AlterTable,
        column: &Ident,
    ) -> Outcome {
        let was = before.column(column).is_some_and(|own| own.not_null);
        let mut added = alter.actions.iter().filter_map(|one| match &one.action {
            TableAction::AddConstraint(constraint) => Some(&constraint.kind),
            _ => None,
        });
        let needs = |kind: &TableConstraintKind| matches!(kind, TableConstraintKind::PrimaryKey { columns, .. } if columns.contains(column));
        if self.version >= 18 && was && added.any(needs) {
            let message = format!("primary key column \"{column}\" is not marked NOT NULL");
            return Err(Refusal::new("42P16", message));
        }
        Ok(())
    }

    /// From 18 on NOT NULL constraints are made anew too, in those that inherit under the parent's name: there one of their
    /// own with another name is one too many, and one that was only inherited is called so now (measured on 18.4).
    pub(super) fn rebuild_not_null(
        &mut self,
        heirs: &[ResolvedName],
        columns: &[Ident],
    ) -> Outcome {
        for heir in heirs {
            for column in columns {
                self.rebuild_one_not_null(heir, column, heirs)?;
            }
        }
        Ok(())
    }

    fn rebuild_one_not_null(
        &mut self,
        heir: &ResolvedName,
        column: &Ident,
        heirs: &[ResolvedName],
    ) -> Outcome {
        let Some(own) = self.known(heir)?.not_null(column) else {
            return Ok(());
        };
        let parents = self.parents_of(heir);
        let mut handed_down = parents
            .filter(|parent| heirs.contains(&parent.name))
            .filter_map(|parent| parent.not_null(column));
        let other = handed_down.find(|other| other.name != own.name && !other.no_inherit);
        let Some(name) = other.map(|other| other.name.clone()) else {
            return Ok(());
        };
        if own.local {
            let message = format!(
                "cannot create not-null constraint \"{}\" on column \"{column}\" of table \"{}\"",
                own.name, heir.name
            );
            return Err(Refusal::new("55000", message));
        }
        drop(handed_down);
        self.catalogue.edit(heir, |relation| {
            if let Some(own) = relation.not_null_mut(column) {
                own.name = name;
            }
        });
        Ok(())
    }

    fn set_own_not_null(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        name: Option<&Ident>,
    ) -> Outcome {
        let relation = self.known(table)?;
        if relation.column(column).is_none() {
            return missing_column(relation, column);
        }
        let constraint = (self.version >= 18 && relation.not_null(column).is_none()).then(|| {
            let chosen = name.cloned().unwrap_or_else(|| {
                let middle = Some(column.as_str());
                naming::constraint_name(&self.catalogue, table, middle, "not_null")
            });
            Constraint::new(chosen, ConstraintKind::NotNull, vec![column.clone()])
        });
        self.catalogue.edit(table, |relation| {
            if let Some(found) = relation.column_mut(column) {
                found.not_null = true;
            }
            relation.constraints.extend(constraint);
        });
        Ok(())
    }

    /// `NOT NULL column NOT VALID` and `NO INHERIT`, from PostgreSQL 18.
    fn weaken_not_null(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        attributes: &ConstraintAttributes,
    ) {
        let no_inherit = attributes.no_inherit == Some(true);
        let mut weaken = |relation: &mut Relation| {
            if let Some(constraint) = relation.not_null_mut(column) {
                constraint.validated = !attributes.not_valid;
                constraint.no_inherit = no_inherit;
            }
        };
        if no_inherit {
            self.catalogue.edit(table, weaken);
        } else if attributes.not_valid {
            self.each_inheriting(table, &mut weaken);
        }
    }

    /// `DROP NOT NULL` (`ATExecDropNotNull`).
    pub(super) fn drop_not_null(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        only: bool,
    ) -> Outcome {
        let relation = self.known(table)?;
        let Some(found) = relation.column(column) else {
            return missing_column(relation, column);
        };
        let partitions = relation.partition_by.is_some() && !self.child_names(table).is_empty();
        if only && partitions && self.version < 18 {
            let message =
                "cannot remove constraint from only the partitioned table when partitions exist";
            return Err(Refusal::new("42P16", message));
        }
        if !found.not_null && self.version >= 18 {
            return Ok(());
        }
        if found.identity.is_some() {
            let message = format!(
                "column \"{column}\" of relation \"{}\" is an identity column",
                table.name
            );
            return Err(Refusal::new("42601", message));
        }
        if let Some((parent, _)) = &relation.partition_of
            && self
                .catalogue
                .get(parent)
                .and_then(|parent| parent.column(column))
                .is_some_and(|column| column.not_null)
        {
            let message = format!("column \"{column}\" is marked NOT NULL in parent table");
            return Err(Refusal::new("42P16", message));
        }
        self.let_be_null(table, column, only)
    }

    /// Takes NOT NULL from a column and from those children that have it from here only; up to 17 from
    /// all children.
    pub(super) fn let_be_null(
        &mut self,
        table: &ResolvedName,
        column: &Ident,
        only: bool,
    ) -> Outcome {
        let relation = self.known(table)?;
        if let Some(own) = relation.not_null(column).filter(|own| own.inherited) {
            let message = format!(
                "cannot drop inherited constraint \"{}\" of relation \"{}\"",
                own.name, table.name
            );
            return Err(Refusal::new("42P16", message));
        }
        if relation
            .primary_key()
            .is_some_and(|key| key.contains(column))
        {
            let message = format!("column \"{column}\" is in a primary key");
            return Err(Refusal::new("42P16", message));
        }
        if let ("INDEX", Some(index)) = (
            relation.replica_identity.0.as_str(),
            &relation.replica_identity.1,
        ) && let Some(index) = relation.index(index)
            && super::constraint::key_columns(&index.elements).contains(column)
        {
            let message = format!("column \"{column}\" is in index used as replica identity");
            return Err(Refusal::new("42P16", message));
        }
        self.catalogue.edit(table, |relation| {
            relation.constraints.retain(|constraint| {
                constraint.kind != ConstraintKind::NotNull || !constraint.columns.contains(column)
            });
            if let Some(column) = relation.column_mut(column) {
                column.not_null = false;
            }
        });
        for child in self.child_names(table) {
            if self.version < 18 {
                if !only {
                    self.let_be_null(&child, column, false)?;
                }
                continue;
            }
            let elsewhere = self.parent_has_not_null(&child, column);
            self.catalogue.edit(&child, |child| {
                if let Some(own) = child.not_null_mut(column) {
                    own.inherited = elsewhere;
                    own.local |= only;
                }
            });
            let stays = |own: &Constraint| own.local || own.inherited;
            if !self.known(&child)?.not_null(column).is_none_or(stays) {
                self.let_be_null(&child, column, false)?;
            }
        }
        Ok(())
    }

    /// Whether some parent of a table hands down a NOT NULL constraint for that column.
    pub(super) fn parent_has_not_null(&self, child: &ResolvedName, column: &Ident) -> bool {
        self.parents_of(child).any(|parent| {
            let own = parent.not_null(column);
            own.is_some_and(|own| !own.no_inherit)
        })
    }
}

/// One constraint for each column, with the name that one of them was given.
pub(super) fn named_once(all: Vec<TableConstraint>) -> Vec<TableConstraint> {
    let mut kept: Vec<TableConstraint> = Vec::new();
    for constraint in all {
        match kept.iter_mut().find(|own| own.kind == constraint.kind) {
            Some(own) => own.name = own.name.take().or(constraint.name),
            None => kept.push(constraint),
        }
    }
    kept
}

/// Refuses NOT NULL constraints of one column that contradict each other.
///
/// `is_own` tells whether a column cannot be NULL by what it says of itself beside a constraint.
pub(super) fn agree(
    all: &[TableConstraint],
    is_own: impl Fn(&Ident, &TableConstraint) -> bool,
) -> Outcome {
    for (at, constraint) in all.iter().enumerate() {
        let rest = all.iter().skip(at + 1);
        for other in rest.filter(|other| other.kind == constraint.kind) {
            if let (Some(one), Some(other)) = (&constraint.name, &other.name)
                && one != other
            {
                let message =
                    format!("conflicting not-null constraint names \"{one}\" and \"{other}\"");
                return Err(Refusal::new("42601", message));
            }
        }
        is_handed_down(std::slice::from_ref(constraint), |column| {
            is_own(column, constraint)
        })?;
    }
    Ok(())
}

/// Refuses a primary key over a column whose constraint does not hold for all rows of all children
/// (`ATPrepAddPrimaryKey`).
pub(super) fn may_be_key(relation: &Relation, constraint: &TableConstraint) -> Outcome {
    if let TableConstraintKind::PrimaryKey { columns, .. } = &constraint.kind {
        for column in columns {
            relation
                .not_null(column)
                .map_or(Ok(()), |own| serves_key(own, column))?;
        }
    }
    Ok(())
}

/// Refuses a primary key over a column that the same statement has let be NULL: that it is NOT NULL was seen before
/// (`index_check_primary_key`, from 18 on).
pub(super) fn stays_not_null(
    before: &Relation,
    now: &Relation,
    constraint: &TableConstraint,
) -> Outcome {
    let TableConstraintKind::PrimaryKey { columns, .. } = &constraint.kind else {
        return Ok(());
    };
    // One that is gone is missed when the key is made.
    let mut lost = columns.iter().filter(|column| {
        let was = before.column(column).is_some_and(|own| own.not_null);
        was && now.column(column).is_some_and(|own| !own.not_null)
    });
    match lost.next() {
        None => Ok(()),
        Some(column) => {
            let message = format!("primary key column \"{column}\" is not marked NOT NULL");
            Err(Refusal::new("42P16", message))
        }
    }
}

fn serves_key(not_null: &Constraint, column: &Ident) -> Outcome {
    if not_null.no_inherit || !not_null.validated {
        let message = format!("cannot create primary key on column \"{column}\"");
        return Err(Refusal::new("55000", message));
    }
    Ok(())
}

/// Refuses `NO INHERIT` for a column that cannot be NULL without it too.
pub(super) fn is_handed_down(
    all: &[TableConstraint],
    is_not_null: impl Fn(&Ident) -> bool,
) -> Outcome {
    let kept_back = |one: &&TableConstraint| one.attributes.no_inherit == Some(true);
    let said_twice = |column: &Ident| {
        let mut others = all.iter().filter(|one| !kept_back(one));
        others.any(
            |one| matches!(&one.kind, TableConstraintKind::NotNull(Some(own)) if own == column),
        )
    };
    for constraint in all.iter().filter(kept_back) {
        if let TableConstraintKind::NotNull(Some(column)) = &constraint.kind
            && (is_not_null(column) || said_twice(column))
        {
            let message = format!(
                "conflicting NO INHERIT declaration for not-null constraint on column \"{column}\""
            );
            return Err(Refusal::new("42601", message));
        }
    }
    Ok(())
}
