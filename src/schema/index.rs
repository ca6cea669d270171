//! Indexes: CREATE INDEX, those under constraints, and those of partitions.

use super::constraint::{key_columns, several_primary_keys, used_columns};
use super::session::Outcome;
use super::{
    Constraint, ConstraintKind, Index, Refusal, Relation, RelationKind, ResolvedName, Session,
    mentions, naming,
};
use crate::sql::ast::{
    CreateIndex, Ident, IndexElement, IndexKey, QualifiedName, SqlExpr, TypeName,
};

/// An index about to be made; the name in `index` is not read.
#[derive(Debug, Clone)]
pub(super) struct NewIndex {
    /// Its name, if it was given one.
    pub name: Option<Ident>,
    /// What it is of.
    pub index: Index,
    /// The constraint it is made for; its name is not read.
    pub constraint: Option<Constraint>,
    /// Not on the partitions.
    pub only: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
}

impl Session {
    pub(super) fn create_index(&mut self, create: &CreateIndex) -> Outcome {
        let table = match self.reach(&create.table) {
            Ok(table) => table,
            Err(refusal) => {
                self.uses_attributes(create)?;
                return Err(refusal);
            }
        };
        let index = Index {
            name: Ident::new(""),
            unique: create.unique,
            primary: false,
            valid: true,
            constraint: None,
            method: create.method.clone().unwrap_or_else(|| Ident::new("btree")),
            elements: create.elements.clone(),
            include: create.parameters.include.clone(),
            own_names: Vec::new(),
            operators: Vec::new(),
            nulls_not_distinct: create.nulls_not_distinct,
            predicate: create.predicate.clone(),
            options: create.parameters.options.clone(),
            partition_of: None,
            comment: None,
        };
        let relation = self.known(&table)?;
        if create.concurrently && relation.partition_by.is_some() {
            uses_columns(relation, &index)?;
            let message = format!(
                "cannot create index on partitioned table \"{}\" concurrently",
                table.name
            );
            return Err(Refusal::new("0A000", message));
        }
        let new = NewIndex {
            name: create.name.clone(),
            index,
            constraint: None,
            only: create.only,
            if_not_exists: create.if_not_exists,
        };
        self.define_index(&table, new).map(drop)
    }

    /// Makes an index with its constraint and gives its name (`DefineIndex`).
    pub(super) fn define_index(
        &mut self,
        table: &ResolvedName,
        new: NewIndex,
    ) -> Result<Ident, Refusal> {
        let relation = self.known(table)?;
        for written in expressions(&new.index.elements, new.index.predicate.as_ref()) {
            used_columns(relation, written)?;
            self.catalogue.finds_operators(relation, &written.expr)?;
        }
        check_definition(relation, &new, self.version)?;
        if relation.columns_known
            && let Some(refusal) = super::access::refusal(&self.catalogue, relation, &new.index)
        {
            return Err(refusal);
        }
        let mut new = new;
        if new.index.own_names.is_empty() {
            new.index.name_columns();
        }
        let name = match &new.name {
            Some(name) => name.clone(),
            None => self.index_name(table, &new),
        };
        for element in &mut new.index.elements {
            if let IndexKey::Column(column) = &element.key
                && let Some(column) = relation.column(column)
                && element.operator_class.as_ref().is_some_and(|class| {
                    is_default_class(&class.name, &new.index.method, &column.ty)
                })
            {
                element.operator_class = None;
            }
        }
        let full = ResolvedName::new(table.schema.clone(), name.clone());
        if self.catalogue.is_taken(&full) {
            return match new.if_not_exists {
                true => Ok(name),
                false => Err(Refusal::relation_exists(&name)),
            };
        }
        if new.constraint.is_some() {
            self.constraint_is_free(table, &name)?;
        }
        let partitions = self.partition_names(table);
        let mut index = new.index.clone();
        index.name = name.clone();
        index.constraint = new.constraint.as_ref().map(|_| name.clone());
        index.valid = !new.only || partitions.is_empty();
        let constraint = new.constraint.clone().map(|mut constraint| {
            constraint.name = name.clone();
            constraint
        });
        let key = key_columns(&index.elements);
        self.catalogue.edit(table, |relation| {
            relation.indexes.push(index);
            relation.constraints.extend(constraint);
        });
        self.note_created(full.clone());
        if new.index.primary {
            for column in &key {
                self.need_not_null(table, column, new.only)?;
            }
        }
        if !new.only {
            for partition in partitions {
                self.define_partition_index(&partition, &full, &new)?;
            }
        }
        Ok(name)
    }

    /// The index of a partition that goes with one of its parent: one it has already, or a new one.
    pub(super) fn define_partition_index(
        &mut self,
        partition: &ResolvedName,
        parent: &ResolvedName,
        new: &NewIndex,
    ) -> Outcome {
        let relation = self.known(partition)?;
        let alike = relation.indexes.iter().find(|own| {
            own.partition_of.is_none()
                && is_same_index(own, &new.index)
                && (new.constraint.is_none() || own.constraint.is_some())
        });
        if let Some(own) = alike.map(|own| own.name.clone()) {
            self.catalogue.edit(partition, |relation| {
                if let Some(index) = relation.indexes.iter_mut().find(|i| i.name == own) {
                    index.partition_of = Some(parent.clone());
                }
                let mut all = relation.constraints.iter_mut();
                let constraint = all.find(|own_one| own_one.name == own && own_one.has_index());
                if let Some(constraint) = constraint.filter(|_| new.constraint.is_some()) {
                    constraint.inherited = true;
                    constraint.local = false;
                }
            });
            return Ok(());
        }
        let mut part = new.clone();
        part.name = None;
        part.if_not_exists = false;
        part.index.partition_of = Some(parent.clone());
        part.index.comment = None;
        part.constraint = part.constraint.as_ref().map(Constraint::handed_down);
        self.define_index(partition, part).map(drop)
    }

    /// `ALTER INDEX .. RENAME TO`; the constraint over it is renamed with it.
    pub(super) fn rename_index(
        &mut self,
        table: &ResolvedName,
        from: &Ident,
        to: &Ident,
    ) -> Outcome {
        let old = ResolvedName::new(table.schema.clone(), from.clone());
        let new = ResolvedName::new(table.schema.clone(), to.clone());
        if self.catalogue.is_taken(&new) {
            return Err(Refusal::relation_exists(to));
        }
        let relation = self.known(table)?;
        if relation.constraint(from).is_some() && relation.constraint(to).is_some() {
            return Err(Refusal::constraint_exists(to, table));
        }
        self.catalogue.edit(table, |relation| {
            if let Some(index) = relation.indexes.iter_mut().find(|i| i.name == *from) {
                index.name = to.clone();
                if let Some(constraint) = &mut index.constraint {
                    *constraint = to.clone();
                }
            }
            for constraint in &mut relation.constraints {
                if constraint.name == *from && constraint.has_index() {
                    constraint.name = to.clone();
                }
            }
            for name in [&mut relation.clustered_on, &mut relation.replica_identity.1] {
                if name.as_ref() == Some(from) {
                    *name = Some(to.clone());
                }
            }
        });
        let mut others: Vec<ResolvedName> = self
            .catalogue
            .dependents(table)
            .map(|other| other.name.clone())
            .collect();
        others.push(table.clone());
        for other in others {
            self.catalogue.edit(&other, |other| {
                for constraint in &mut other.constraints {
                    if constraint.referenced_index.as_ref() == Some(from)
                        && matches!(&constraint.kind, ConstraintKind::ForeignKey { table: to, .. } if to == table)
                    {
                        constraint.referenced_index = Some(to.clone());
                    }
                }
            });
        }
        for partition in self.partition_names(table) {
            self.catalogue.edit(&partition, |relation| {
                for index in &mut relation.indexes {
                    if index.partition_of.as_ref() == Some(&old) {
                        index.partition_of = Some(new.clone());
                    }
                }
            });
        }
        self.note_renamed(&old, Some(&new));
        Ok(())
    }

    pub(super) fn cluster(
        &mut self,
        table: Option<&QualifiedName>,
        index: Option<&Ident>,
    ) -> Outcome {
        let Some(table) = table else { return Ok(()) };
        let table = self.reach(table)?;
        let relation = self.known(&table)?;
        let Some(index) = index else { return Ok(()) };
        let Some(found) = relation.index(index) else {
            if !relation.columns_known {
                return Ok(());
            }
            let other = QualifiedName::new(table.schema.clone(), index.clone());
            if self.catalogue.index(&other).is_some() {
                let message = format!("\"{index}\" is not an index for table \"{}\"", table.name);
                return Err(Refusal::new("42809", message));
            }
            let message = format!(
                "index \"{index}\" for table \"{}\" does not exist",
                table.name
            );
            return Err(Refusal::new("42704", message));
        };
        let clusterable = ["btree", "gist"].contains(&found.method.as_str());
        let obstacle = if !clusterable {
            Some("index \"@\" because access method does not support clustering")
        } else if found.predicate.is_some() {
            Some("partial index \"@\"")
        } else if !found.valid {
            Some("invalid index \"@\"")
        } else {
            None
        };
        if let Some(obstacle) = obstacle {
            let message = format!(
                "cannot cluster on {}",
                obstacle.replace('@', index.as_str())
            );
            return Err(Refusal::new("0A000", message));
        }
        self.catalogue.edit(&table, |relation| {
            relation.clustered_on = Some(index.clone());
        });
        Ok(())
    }

    /// The name PostgreSQL picks (`ChooseIndexName`).
    fn index_name(&self, table: &ResolvedName, new: &NewIndex) -> Ident {
        let middle = naming::joined(new.index.own_names.iter().map(String::as_str));
        let (middle, label) = match new.constraint.as_ref().map(|c| &c.kind) {
            Some(ConstraintKind::PrimaryKey) => (None, "pkey"),
            Some(ConstraintKind::Exclude) => (Some(middle.as_str()), "excl"),
            Some(_) => (Some(middle.as_str()), "key"),
            None => (Some(middle.as_str()), "idx"),
        };
        naming::relation_name(
            &self.catalogue,
            &table.schema,
            (table.name.as_str(), middle),
            label,
            new.constraint.is_some(),
        )
    }
}

impl Index {
    /// Names its columns after those of the table.
    pub(super) fn name_columns(&mut self) {
        self.own_names = naming::index_column_names(&self.elements, &self.include);
    }
}

/// Whether one of PostgreSQL's own types can be sorted; arrays of anything pass.
pub(super) fn has_order(ty: &TypeName) -> bool {
    const UNORDERED: &[&str] = &[
        "json",
        "xml",
        "point",
        "line",
        "lseg",
        "box",
        "path",
        "polygon",
        "circle",
        "xid",
        "cid",
        "aclitem",
        "refcursor",
        "txid_snapshot",
        "pg_snapshot",
    ];
    ty.array || ty.schema.is_some() || !UNORDERED.contains(&ty.name.as_str())
}

/// Refuses another type for a column with an index whose access method has no operator class for it.
pub(super) fn can_index(relation: &Relation, column: &Ident, ty: &TypeName) -> Outcome {
    for index in &relation.indexes {
        let of_column = |element: &&IndexElement| element.key == IndexKey::Column(column.clone());
        let mut named = index.elements.iter().filter(of_column);
        named.try_for_each(|element| match &element.operator_class {
            Some(class) => super::access::class_takes(class, ty),
            None => Ok(()),
        })?;
        let is_key = |element: &IndexElement| {
            element.operator_class.is_none() && element.key == IndexKey::Column(column.clone())
        };
        let fits = match index.method.as_str() {
            "btree" => has_order(ty),
            "gin" => ty.array || ty.schema.is_some() || ty.name == "jsonb" || ty.name == "tsvector",
            _ => true,
        };
        if !fits && index.elements.iter().any(is_key) {
            let message = format!(
                "data type {ty} has no default operator class for access method \"{}\"",
                index.method
            );
            return Err(Refusal::new("42704", message));
        }
    }
    Ok(())
}

/// Whether an operator class is the one an access method takes for a type anyway (`pg_opclass.dat`).
fn is_default_class(class: &Ident, method: &Ident, ty: &TypeName) -> bool {
    let name = match ty.name.as_str() {
        _ if ty.array => "array",
        "varchar" => "text",
        name if name.ends_with("range") => "range",
        name => name,
    };
    let suffix = match method.as_str() {
        "brin" => "_minmax_ops",
        _ => "_ops",
    };
    class.as_str().strip_suffix(suffix) == Some(name)
}

/// Refuses expressions of columns that are not there, which PostgreSQL reads before all else.
fn uses_columns(relation: &Relation, index: &Index) -> Outcome {
    for written in expressions(&index.elements, index.predicate.as_ref()) {
        used_columns(relation, written)?;
    }
    Ok(())
}

impl Session {
    /// Of a composite type too, which can have no index, PostgreSQL reads the expressions first (`transformIndexStmt`).
    fn uses_attributes(&self, create: &CreateIndex) -> Outcome {
        let Some(ty) = self.catalogue.composite(&create.table) else {
            return Ok(());
        };
        let mut row = Relation::new(ty.name.clone(), RelationKind::Table);
        row.columns = self.columns_of_type(&create.table)?.into();
        expressions(&create.elements, create.predicate.as_ref())
            .try_for_each(|written| used_columns(&row, written).map(drop))
    }
}

/// The expressions of an index as written, and its predicate.
fn expressions<'a>(
    elements: &'a [IndexElement],
    predicate: Option<&'a SqlExpr>,
) -> impl Iterator<Item = &'a SqlExpr> {
    let keys = elements.iter().filter_map(|element| match &element.key {
        IndexKey::Expr(expr) => Some(expr),
        IndexKey::Column(_) => None,
    });
    keys.chain(predicate)
}

fn check_definition(relation: &Relation, new: &NewIndex, version: u16) -> Outcome {
    let table = &relation.name;
    match relation.kind {
        RelationKind::Table | RelationKind::PartitionedTable | RelationKind::MaterializedView => {}
        RelationKind::View | RelationKind::Sequence | RelationKind::ForeignTable => {
            let message = match version {
                ..15 => format!("\"{}\" is not a table or materialized view", table.name),
                _ => format!("cannot create index on relation \"{}\"", table.name),
            };
            return Err(Refusal::new("42809", message));
        }
    }
    if new.index.primary && relation.primary_key().is_some() {
        return Err(several_primary_keys(table));
    }
    let excludes = new
        .constraint
        .as_ref()
        .is_some_and(|constraint| constraint.kind == ConstraintKind::Exclude);
    if excludes && relation.partition_by.is_some() && version < 17 {
        let message = "exclusion constraints are not supported on partitioned tables";
        return Err(Refusal::new("0A000", message));
    }
    if !relation.columns_known {
        return Ok(());
    }
    let no_column = |column: &Ident| {
        let message = format!("column \"{column}\" does not exist");
        Err(Refusal::new("42703", message))
    };
    let mut names = Vec::new();
    for element in &new.index.elements {
        match &element.key {
            IndexKey::Column(column) if super::constraint::is_system_column(column) => {}
            IndexKey::Column(column) => names.push(column),
            IndexKey::Expr(_) => {}
        }
    }
    if let Some(missing) = names
        .into_iter()
        .chain(&new.index.include)
        .find(|column| relation.column(column).is_none())
    {
        return no_column(missing);
    }
    if let Some(predicate) = &new.index.predicate {
        used_columns(relation, predicate)?;
    }
    let is_virtual = |column: &Ident| {
        let column = relation.column(column);
        column
            .and_then(|column| column.generated.as_ref())
            .is_some_and(|generated| !generated.stored)
    };
    let mut used = mentions::element_columns(&new.index.elements);
    used.extend(new.index.include.iter().cloned());
    used.extend(new.index.predicate.iter().flat_map(mentions::columns));
    if used.iter().any(is_virtual) {
        let what = match new.constraint.as_ref().map(|constraint| &constraint.kind) {
            Some(ConstraintKind::PrimaryKey) => "primary keys",
            Some(_) => "unique constraints",
            None => "indexes",
        };
        let message = format!("{what} on virtual generated columns are not supported");
        return Err(Refusal::new("0A000", message));
    }
    if let (Some(by), true) = (&relation.partition_by, new.index.unique || excludes) {
        // Under another collation a key does not tell apart what the partitions do.
        let as_the_column = |element: &&IndexElement| match (&element.key, &element.collation) {
            (IndexKey::Column(column), Some(collation)) => {
                let own = relation
                    .column(column)
                    .and_then(|own| own.collation.as_ref());
                own.map_or("default", Ident::as_str) == collation.name.as_str()
            }
            _ => true,
        };
        let keys: Vec<IndexElement> = new
            .index
            .elements
            .iter()
            .filter(as_the_column)
            .cloned()
            .collect();
        let keys = key_columns(&keys);
        if by
            .keys
            .iter()
            .any(|element| matches!(element.key, IndexKey::Expr(_)))
        {
            let word = match new.constraint.as_ref().map(|constraint| &constraint.kind) {
                Some(ConstraintKind::PrimaryKey) => "PRIMARY KEY",
                Some(ConstraintKind::Exclude) => "EXCLUDE",
                _ => "UNIQUE",
            };
            let message = format!("unsupported {word} constraint with partition key definition");
            return Err(Refusal::new("0A000", message));
        }
        let covered = key_columns(&by.keys).iter().all(|key| keys.contains(key));
        if !covered {
            let message =
                "unique constraint on partitioned table must include all partitioning columns";
            return Err(Refusal::new("0A000", message));
        }
    }
    Ok(())
}

/// Whether an index of a partition can serve as the part of one of its parent, whichever way both are
/// sorted (`CompareIndexInfo`).
pub(super) fn is_same_index(one: &Index, other: &Index) -> bool {
    one.unique == other.unique
        && one.method == other.method
        && one.elements.len() == other.elements.len()
        && one
            .elements
            .iter()
            .zip(&other.elements)
            .all(|(one, other)| {
                let parts = |element: &IndexElement| {
                    let IndexElement {
                        key,
                        collation,
                        operator_class,
                        ..
                    } = element.clone();
                    (key, collation, operator_class)
                };
                parts(one) == parts(other)
            })
        && one.include == other.include
        && one.nulls_not_distinct == other.nulls_not_distinct
        && one.predicate == other.predicate
        && one.operators == other.operators
}
