//! INHERIT, ATTACH and DETACH of tables and of indexes.

use super::bound::Bound;
use super::canonical::canonical;
use super::inherit::{is_parent, take_identity};
use super::partition_key::goes_into;
use super::session::Outcome;
use super::{
    Constraint, ConstraintKind, Refusal, Relation, RelationKind, ResolvedName, Session, Trigger,
};
use crate::sql::ast::{
    ConstraintAttributes, DetachMode, Ident, IndexKey, Persistence, QualifiedName, SqlExpr,
};

impl Session {
    pub(super) fn inherit(&mut self, table: &ResolvedName, parent: &QualifiedName) -> Outcome {
        let parent = self.reach(parent)?;
        let from = self.known(&parent)?;
        if from.partition_of.is_some() {
            return Err(Refusal::new("42809", "cannot inherit from a partition"));
        }
        is_parent(from)?;
        let child = self.known(table)?;
        if child.inherits.contains(&parent) {
            let message = format!(
                "relation \"{}\" would be inherited from more than once",
                parent.name
            );
            return Err(Refusal::new("42P07", message));
        }
        self.no_circle(table, &parent)?;
        let (child, from) = (self.known(table)?, self.known(&parent)?);
        matches_parent(child, from, self.version)?;
        let common = Common::of(from);
        self.catalogue.edit(table, |child| {
            common.take_over(child, false);
            child.inherits.push(parent);
        });
        Ok(())
    }

    /// Refuses a parent that is the table itself or inherits from it.
    fn no_circle(&self, table: &ResolvedName, parent: &ResolvedName) -> Outcome {
        let mut ancestors = vec![parent.clone()];
        while let Some(name) = ancestors.pop() {
            if name == *table {
                return Err(Refusal::new("42P07", "circular inheritance not allowed"));
            }
            let relation = self.catalogue.get(&name);
            ancestors.extend(relation.into_iter().flat_map(Relation::parents).cloned());
        }
        Ok(())
    }

    pub(super) fn no_inherit(&mut self, table: &ResolvedName, parent: &QualifiedName) -> Outcome {
        let parent = self.reach(parent)?;
        let (child, from) = (self.known(table)?, self.known(&parent)?);
        if child.partition_of.is_some() {
            let message = "cannot change inheritance of a partition";
            return Err(Refusal::new("42809", message));
        }
        if !child.inherits.contains(&parent) {
            let message = format!(
                "relation \"{}\" is not a parent of relation \"{}\"",
                parent.name, table.name
            );
            return Err(Refusal::new("42P01", message));
        }
        let common = Common::of(from);
        self.catalogue
            .edit(table, |child| child.inherits.retain(|own| *own != parent));
        self.let_go(table, &common);
        Ok(())
    }

    pub(super) fn attach_partition(
        &mut self,
        parent: &ResolvedName,
        partition: &QualifiedName,
        bound: &str,
    ) -> Outcome {
        let from = self.known(parent)?;
        if from.partition_by.is_none() && from.columns_known {
            // Up to 17 the bound is what finds no key (`transformPartitionCmd`).
            if self.version < 18 && from.kind == RelationKind::Table {
                let message = format!("table \"{}\" is not partitioned", parent.name);
                return Err(Refusal::new("42P17", message));
            }
            let message = format!(
                "ALTER action ATTACH PARTITION cannot be performed on relation \"{}\"",
                parent.name
            );
            return Err(Refusal::new("42809", message));
        }
        self.fits_key(from, bound)?;
        let partition = self.reach(partition)?;
        if self.known(&partition)?.partition_of.is_some() {
            let message = format!("\"{}\" is already a partition", partition.name);
            return Err(Refusal::new("42809", message));
        }
        self.may_become_part(self.known(&partition)?)?;
        self.no_circle(&partition, parent)?;
        let (child, from) = (self.known(&partition)?, self.known(parent)?);
        let temporary = |one: &Relation| one.persistence == Persistence::Temporary;
        if temporary(child) != temporary(from) && child.columns_known && from.columns_known {
            let words = |one| match one {
                true => "temporary",
                false => "permanent",
            };
            let message = format!(
                "cannot attach a {} relation as partition of {} relation \"{}\"",
                words(temporary(child)),
                words(temporary(from)),
                parent.name
            );
            return Err(Refusal::new("42809", message));
        }
        for column in &child.columns {
            if self.version >= 17 && column.identity.is_some() {
                let message = format!(
                    "table \"{}\" being attached contains an identity column \"{}\"",
                    partition.name, column.name
                );
                return Err(Refusal::new("55000", message));
            }
            if from.columns_known && from.column(&column.name).is_none() {
                let message = format!(
                    "table \"{}\" contains column \"{}\" not found in parent \"{}\"",
                    partition.name, column.name, parent.name
                );
                return Err(Refusal::new("42804", message));
            }
        }
        matches_parent(child, from, self.version)?;
        self.fits_beside(&partition, parent, bound)?;
        let (common, from) = (Common::of(from), from.clone());
        let hands_identity_down = self.version >= 17;
        self.catalogue.edit(&partition, |child| {
            common.take_over(child, true);
            if hands_identity_down {
                take_identity(child, &from);
            }
            child.partition_of = Some((parent.clone(), bound.to_owned()));
        });
        self.inherit_from_partitioned(&partition, parent)
    }

    /// Refuses a table of a type, and one that has a parent or children already (`ATExecAttachPartition`).
    fn may_become_part(&self, table: &Relation) -> Outcome {
        let what = if table.of_type.is_some() {
            "a typed table"
        } else if !table.inherits.is_empty() {
            "inheritance child"
        } else if table.kind == RelationKind::Table
            && self.catalogue.children(&table.name).next().is_some()
        {
            "inheritance parent"
        } else {
            return Ok(());
        };
        let message = format!("cannot attach {what} as partition");
        Err(Refusal::new("42809", message))
    }

    /// Refuses a bound that holds no value, or one that another partition holds (manual 18, CREATE TABLE, `PARTITION OF`).
    pub(super) fn fits_beside(
        &self,
        partition: &ResolvedName,
        parent: &ResolvedName,
        bound: &str,
    ) -> Outcome {
        let own = Bound::read(bound);
        let partition = &partition.name;
        if own.is_empty() {
            let message = format!("empty range bound specified for partition \"{partition}\"");
            return Err(Refusal::new("42P17", message));
        }
        if let Bound::Hash(modulus, _) = own {
            let others = self.catalogue.children(parent);
            let moduli = others.filter_map(|other| {
                let (_, bound) = other.partition_of.as_ref()?;
                match Bound::read(bound) {
                    Bound::Hash(modulus, _) => Some(modulus),
                    _ => None,
                }
            });
            goes_into(modulus, &moduli.collect::<Vec<_>>())?;
        }
        for other in self.catalogue.children(parent) {
            let Some((_, bound)) = &other.partition_of else {
                continue;
            };
            if own.overlaps(&Bound::read(bound)) {
                let other = &other.name.name;
                let message = match own {
                    Bound::Default => format!(
                        "partition \"{partition}\" conflicts with existing default partition \"{other}\""
                    ),
                    _ => format!("partition \"{partition}\" would overlap partition \"{other}\""),
                };
                return Err(Refusal::new("42P17", message));
            }
        }
        Ok(())
    }

    pub(super) fn detach_partition(
        &mut self,
        parent: &ResolvedName,
        partition: &QualifiedName,
        mode: DetachMode,
    ) -> Outcome {
        let partition = self.reach(partition)?;
        let is_default = |part: &Relation| {
            let bound = part.partition_of.as_ref().map(|(_, bound)| bound);
            bound.is_some_and(|bound| Bound::read(bound) == Bound::Default)
        };
        if mode == DetachMode::Concurrently && self.catalogue.children(parent).any(is_default) {
            let message = "cannot detach partitions concurrently when a default partition exists";
            return Err(Refusal::new("55000", message));
        }
        let (child, from) = (self.known(&partition)?, self.known(parent)?);
        let attached = child.partition_of.as_ref();
        if attached.is_none_or(|(of, _)| of != parent) && child.columns_known {
            let message = format!(
                "relation \"{}\" is not a partition of relation \"{}\"",
                partition.name, parent.name
            );
            return Err(Refusal::new("42P01", message));
        }
        if mode == DetachMode::Concurrently
            && let Some(check) = self.left_check(child, from)
        {
            self.add_check(&partition, None, &check, &ConstraintAttributes::default())?;
        }
        let common = Common::of(self.known(parent)?);
        let loses_identity = self.version >= 17;
        let mut freed = Vec::new();
        self.catalogue.edit(&partition, |child| {
            child.partition_of = None;
            for column in child.columns.iter_mut().filter(|_| loses_identity) {
                column.identity = None;
            }
            let copied = |trigger: &Trigger| trigger.partition_of.is_some();
            let gone: Vec<Ident> = child
                .triggers
                .iter()
                .filter(|own| copied(own))
                .map(|own| own.definition.name.clone())
                .collect();
            gone.iter().for_each(|name| child.remove_trigger(name));
            for index in &mut child.indexes {
                index.partition_of = None;
            }
            for constraint in &mut child.constraints {
                let handed_down = matches!(
                    constraint.kind,
                    ConstraintKind::Check(_) | ConstraintKind::NotNull
                );
                if !handed_down {
                    constraint.inherited = false;
                    constraint.local = true;
                }
                if constraint.parent.take().is_some() {
                    freed.push(constraint.name.clone());
                }
            }
        });
        for name in &freed {
            self.part(&partition, name);
        }
        self.forget_partition(&partition);
        self.let_go(&partition, &common);
        Ok(())
    }

    /// The check that a partition detached concurrently keeps in the place of its bound, unless its own
    /// constraints say the same (`DetachAddConstraintIfNeeded`); there is none for HASH.
    fn left_check(&self, partition: &Relation, parent: &Relation) -> Option<SqlExpr> {
        let (_, bound) = partition.partition_of.as_ref()?;
        let parts = parent.bound_conditions(bound)?;
        let conjuncts = |expr: &SqlExpr| {
            let text = canonical(expr);
            let inside = text
                .strip_prefix("AND(")
                .and_then(|rest| rest.strip_suffix(')'));
            match inside {
                Some(inside) => inside.split(',').map(str::to_owned).collect(),
                None => vec![text],
            }
        };
        let own = partition.constraints.iter().filter(|one| one.validated);
        let own: Vec<String> = own
            .filter_map(|one| match &one.kind {
                ConstraintKind::Check(expr) => Some(conjuncts(expr)),
                _ => None,
            })
            .flatten()
            .collect();
        let read = |text: &str| SqlExpr {
            text: text.to_owned(),
            expr: crate::sql::parse_expr(text),
        };
        let holds = |part: &String| {
            let null = part.ends_with("IS NOT NULL");
            let not_null = |column: &Ident| partition.column(column).is_some_and(|c| c.not_null);
            own.contains(&canonical(&read(part)))
                || null && super::mentions::columns(&read(part)).iter().all(not_null)
        };
        if parts.iter().all(holds) {
            return None;
        }
        Some(read(&parts.join(" AND ")))
    }

    /// After a parent is gone: what no other parent has is the child's own.
    fn let_go(&mut self, child: &ResolvedName, common: &Common) {
        for column in &common.columns {
            let inherited = self.parent_has_column(child, column);
            self.catalogue.edit(child, |child| {
                if let Some(own) = child.column_mut(column) {
                    own.inherited = inherited;
                    own.local |= !inherited;
                }
            });
        }
        for column in &common.not_null {
            let inherited = self.parent_has_not_null(child, column);
            self.catalogue.edit(child, |child| {
                let mut all = child.constraints.iter_mut();
                let own = all.find(|own| is_not_null(own, column));
                if let Some(own) = own {
                    own.inherited = inherited;
                    own.local |= !inherited;
                }
            });
        }
        for check in &common.checks {
            let inherited = self.parent_has_check(child, check);
            self.catalogue.edit(child, |child| {
                let own = child.constraints.iter_mut().find(|own| own.name == *check);
                if let Some(own) = own {
                    own.inherited = inherited;
                    own.local |= !inherited;
                }
            });
        }
    }

    /// Whether some parent of a table has a column of that name.
    pub(super) fn parent_has_column(&self, child: &ResolvedName, column: &Ident) -> bool {
        self.parents_of(child)
            .any(|parent| parent.column(column).is_some())
    }

    /// Whether some parent of a table hands down a check of that name.
    pub(super) fn parent_has_check(&self, child: &ResolvedName, check: &Ident) -> bool {
        self.parents_of(child).any(|parent| {
            let own = parent.constraint(check);
            own.is_some_and(|own| matches!(own.kind, ConstraintKind::Check(_)) && !own.no_inherit)
        })
    }

    pub(super) fn parents_of(&self, child: &ResolvedName) -> impl Iterator<Item = &Relation> {
        let relation = self.catalogue.get(child).into_iter();
        relation
            .flat_map(Relation::parents)
            .filter_map(|parent| self.catalogue.get(parent))
    }

    /// `ALTER INDEX .. ATTACH PARTITION`: the parent becomes valid with its last part.
    pub(super) fn attach_index(
        &mut self,
        table: &ResolvedName,
        index: &Ident,
        part: &QualifiedName,
    ) -> Outcome {
        let Some((partition, own)) = self.catalogue.index(part) else {
            return Err(Refusal::no_relation(part));
        };
        let (partition, own) = (partition.name.clone(), own.name.clone());
        let parent = ResolvedName::new(table.schema.clone(), index.clone());
        if self.catalogue.get(&partition).is_some_and(|child| {
            child
                .partition_of
                .as_ref()
                .is_none_or(|(of, _)| of != table)
        }) {
            let message =
                format!("cannot attach index \"{own}\" as a partition of index \"{index}\"");
            return Err(Refusal::new("55000", message));
        }
        self.catalogue.edit(&partition, |child| {
            if let Some(index) = child.indexes.iter_mut().find(|i| i.name == own) {
                index.partition_of = Some(parent.clone());
            }
        });
        let complete = self.catalogue.children(table).all(|child| {
            let mut parts = child.indexes.iter();
            parts.any(|index| index.partition_of.as_ref() == Some(&parent))
        });
        if complete {
            self.catalogue.edit(table, |relation| {
                if let Some(index) = relation.indexes.iter_mut().find(|i| i.name == *index) {
                    index.valid = true;
                }
            });
        }
        Ok(())
    }
}

/// What a child shares with its parent: columns, inheritable checks by name, and the columns of
/// inheritable NOT NULL constraints.
struct Common {
    columns: Vec<Ident>,
    checks: Vec<Ident>,
    not_null: Vec<Ident>,
}

impl Common {
    fn of(parent: &Relation) -> Self {
        let columns = parent.columns.iter().map(|column| column.name.clone());
        let inheritable = || parent.constraints.iter().filter(|own| !own.no_inherit);
        let checks = inheritable().filter(|own| matches!(own.kind, ConstraintKind::Check(_)));
        let not_null = inheritable().filter(|own| own.kind == ConstraintKind::NotNull);
        Self {
            columns: columns.collect(),
            checks: checks.map(|constraint| constraint.name.clone()).collect(),
            not_null: not_null.flat_map(|own| own.columns.clone()).collect(),
        }
    }

    /// Marks what a new parent has too; a partition has nothing of its own beside it.
    fn take_over(&self, child: &mut Relation, is_partition: bool) {
        for column in &mut child.columns {
            if self.columns.contains(&column.name) {
                column.inherited = true;
                column.local &= !is_partition;
            }
        }
        for constraint in &mut child.constraints {
            let of_parent = match constraint.kind {
                ConstraintKind::Check(_) => self.checks.contains(&constraint.name),
                ConstraintKind::NotNull => {
                    let mut columns = constraint.columns.iter();
                    columns.any(|column| self.not_null.contains(column))
                }
                ConstraintKind::PrimaryKey
                | ConstraintKind::Unique
                | ConstraintKind::Exclude
                | ConstraintKind::ForeignKey { .. }
                | ConstraintKind::Trigger => false,
            };
            if of_parent {
                constraint.inherited = true;
                constraint.local &= !is_partition;
            }
        }
    }
}

fn is_not_null(constraint: &Constraint, column: &Ident) -> bool {
    constraint.kind == ConstraintKind::NotNull && constraint.columns.contains(column)
}

/// Whether a table has what its new parent has (`MergeAttributesIntoExisting`,
/// `MergeConstraintsIntoExisting`).
fn matches_parent(child: &Relation, parent: &Relation, version: u16) -> Outcome {
    if !child.columns_known {
        return Ok(());
    }
    let mismatch = |message: String| Err(Refusal::new("42804", message));
    for column in &parent.columns {
        let Some(own) = child.column(&column.name) else {
            return mismatch(format!("child table is missing column \"{}\"", column.name));
        };
        if own.ty != column.ty {
            return mismatch(format!(
                "child table \"{}\" has different type for column \"{}\"",
                child.name.name, column.name
            ));
        }
        if own.collation != column.collation {
            let message = format!(
                "child table \"{}\" has different collation for column \"{}\"",
                child.name.name, column.name
            );
            return Err(Refusal::new("42P21", message));
        }
        let may_be_null = parent
            .not_null(&column.name)
            .is_some_and(|own| own.no_inherit);
        if column.not_null && !own.not_null && !may_be_null {
            let of = match version {
                18.. => format!(" \"{}\"", child.name.name),
                _ => String::new(),
            };
            return mismatch(format!(
                "column \"{}\" in child table{of} must be marked NOT NULL",
                column.name
            ));
        }
        match (&column.generated, &own.generated) {
            (Some(_), None) => {
                return mismatch(format!(
                    "column \"{}\" in child table must be a generated column",
                    column.name
                ));
            }
            (None, Some(_)) if version >= 16 => {
                return mismatch(format!(
                    "column \"{}\" in child table must not be a generated column",
                    column.name
                ));
            }
            _ => {}
        }
    }
    for constraint in parent.constraints.iter().filter(|own| !own.no_inherit) {
        let own = match (&constraint.kind, constraint.columns.as_slice()) {
            (ConstraintKind::Check(_), _) => child.constraint(&constraint.name),
            (ConstraintKind::NotNull, [column]) => child.not_null(column),
            _ => continue,
        };
        let Some(own) = own else {
            return mismatch(format!(
                "child table is missing constraint \"{}\"",
                constraint.name
            ));
        };
        if let ConstraintKind::Check(expr) = &constraint.kind {
            let same = matches!(&own.kind, ConstraintKind::Check(own) if canonical(own) == canonical(expr));
            if !same {
                return mismatch(format!(
                    "child table \"{}\" has different definition for check constraint \"{}\"",
                    child.name.name, constraint.name
                ));
            }
        }
        let conflict = if own.no_inherit {
            "non-inherited"
        } else if !own.enforced && constraint.enforced {
            "NOT ENFORCED"
        } else if !own.validated && own.enforced && (version < 18 || constraint.validated) {
            "NOT VALID"
        } else {
            continue;
        };
        let message = format!(
            "constraint \"{}\" conflicts with {conflict} constraint on child table \"{}\"",
            own.name, child.name.name
        );
        return Err(Refusal::new("42P17", message));
    }
    Ok(())
}

impl Relation {
    /// What a bound of a partition says of its rows, all of which must hold; none of a bound that is no condition on
    /// one key (HASH, DEFAULT, several keys).
    pub(crate) fn bound_conditions(&self, bound: &str) -> Option<Vec<String>> {
        let [key] = self.partition_by.as_ref()?.keys.as_slice() else {
            return None;
        };
        let (key, ty) = match &key.key {
            IndexKey::Column(column) => {
                let own = self.column(column)?;
                (column.to_sql().into_owned(), Some(&own.ty))
            }
            IndexKey::Expr(expr) => (expr.text.clone(), None),
        };
        let is_integer = ty.is_some_and(|ty| ["int2", "int4", "int8"].contains(&ty.name.as_str()));
        Bound::read(bound).conditions(&key, is_integer)
    }
}
