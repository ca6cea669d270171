//! Resolves data changes: their targets, the columns they give values, and the values.

use std::collections::BTreeSet;

use super::given::{Given, Write, default_of_view, given_rows, keeps, not_to_be_given};
use super::implied::implies;
use super::resolve::{Resolver, Rows, refused};
use super::scope::{Level, ScopeColumn, ScopeRelation};
use super::through::computed_column;
use super::types::{self, Ty};
use crate::schema::{Catalogue, ConstraintKind, Refusal, Relation, RelationKind, ResolvedName};
use crate::sql::ast::{
    Alias, Assignment, ConflictTarget, Copied, Delete, Expr, FromItem, Ident, IndexKey, Insert,
    Merge, MergeAction, OnConflict, QualifiedName, Query, QueryBody, SelectItem, Update,
};

impl<'c> Resolver<'c> {
    pub(super) fn copy(&mut self, copy: &Copied) -> Result<Rows, Refusal> {
        self.seen.is_copy = true;
        match copy {
            Copied::Query(query) => self.query(query),
            Copied::Table {
                target,
                columns,
                from,
            } => match self.table(target)? {
                Some(relation) => self.copy_table(relation, columns, *from),
                None => Ok(Rows {
                    columns: Vec::new(),
                    open: true,
                }),
            },
        }
    }

    fn copy_table(
        &mut self,
        relation: &Relation,
        listed: &[Ident],
        from: bool,
    ) -> Result<Rows, Refusal> {
        let direction = if from { "to" } else { "from" };
        let stands_in = |event: &str| relation.triggers.iter().any(|one| one.stands_in_for(event));
        let kind = match relation.kind {
            RelationKind::View if !from || !stands_in("INSERT") => Some("view"),
            // From PostgreSQL 18 one can be copied out of (manual 18, COPY); where the version is not known, too.
            RelationKind::MaterializedView if from || self.catalogue.is_from(18) == Some(false) => {
                Some("materialized view")
            }
            RelationKind::PartitionedTable if !from => Some("partitioned table"),
            RelationKind::View
            | RelationKind::MaterializedView
            | RelationKind::Table
            | RelationKind::PartitionedTable
            | RelationKind::ForeignTable
            | RelationKind::Sequence => None,
        };
        if let Some(kind) = kind {
            let name = &relation.name.name;
            return refused(
                "42809",
                format!("cannot copy {direction} {kind} \"{name}\""),
            );
        }
        self.written_columns(relation, listed)?;
        let is_generated = |name: &&Ident| {
            relation
                .column(name)
                .is_some_and(|own| own.generated.is_some())
        };
        if let Some(name) = listed.iter().find(is_generated) {
            return refused("42P10", format!("column \"{name}\" is a generated column"));
        }
        let mut columns = listed.to_vec();
        if columns.is_empty() {
            let names = relation.columns.iter().map(|column| &column.name);
            columns = names.filter(|name| !is_generated(name)).cloned().collect();
            self.seen.copied = from.then(|| columns.clone());
        }
        if from {
            self.wrote(relation, &columns);
            let rows = vec![vec![Given::Unknown; columns.len()]];
            self.seen.writes.push(Write {
                table: relation.name.clone(),
                view: None,
                insert: true,
                copied: true,
                listed: !listed.is_empty(),
                columns,
                rows,
                skips_conflicts: false,
            });
            return Ok(Rows::default());
        }
        let level = Level::of_relation(relation, None);
        let copied = level
            .columns
            .into_iter()
            .filter(|one| columns.contains(&one.name));
        let rows = Rows {
            columns: copied.collect(),
            open: level.open,
        };
        self.read_all(&rows.columns);
        Ok(rows)
    }

    fn target(
        &mut self,
        name: &QualifiedName,
        alias: Option<&Ident>,
    ) -> Result<(Option<&'c Relation>, Level), Refusal> {
        let alias = alias.map(|name| Alias {
            name: name.clone(),
            columns: Vec::new(),
        });
        let relation = self.table(name)?;
        let level = match relation {
            Some(relation) => Level::of_relation(relation, alias.as_ref()),
            None => Level::unknown(name.name.clone(), alias.as_ref()),
        };
        Ok((relation, level))
    }

    pub(super) fn insert(&mut self, insert: &Insert) -> Result<Rows, Refusal> {
        let (relation, level) = self.target(&insert.target, insert.alias.as_ref())?;
        if let Some(relation) = relation {
            self.written_columns(relation, &insert.columns)?;
            if let Some(name) = twice(insert.columns.iter().enumerate(), &insert.parts) {
                let message = format!("column \"{name}\" specified more than once");
                return refused("42701", message);
            }
        }
        let given = match &insert.source {
            Some(source) => Some((source, self.source(source)?)),
            None => None,
        };
        let mut written = None;
        if let Some(relation) = relation {
            let mut columns = insert.columns.clone();
            if columns.is_empty() {
                let count = given.as_ref().map_or(0, |(_, rows)| rows.columns.len());
                let all = relation.columns.iter().map(|column| column.name.clone());
                columns = all.take(count).collect();
            }
            let mut rows = vec![vec![Given::Default; columns.len()]];
            if let Some((source, values)) = &given {
                count(relation, insert, &columns, values)?;
                rows = given_rows(source, columns.len());
                for row in &mut rows {
                    for part in &insert.parts {
                        if let Some(given) = row.get_mut(*part) {
                            *given = Given::Unknown;
                        }
                    }
                }
                let whole = |at: usize| !insert.parts.contains(&at);
                self.assignable(relation, (&columns, &whole), &values.columns, &rows)?;
            }
            let overrides = insert.overriding.is_some();
            let (under, own) = self.written_through(relation, &columns);
            self.rewriter_refuses(not_to_be_given(under, &own, &rows, overrides));
            self.rewriter_refuses(read_only(relation, &columns, "insert into", self.catalogue));
            written = Some((relation, columns, rows));
        }
        if let Some(clause) = &insert.on_conflict {
            self.conflict(clause, relation, &level)?;
        }
        self.levels.push(with_old_and_new(level));
        let rows = self.items(&insert.returning)?;
        self.levels.pop();
        if let Some((relation, columns, rows)) = written {
            self.wrote(relation, &columns);
            let view = relation;
            let (relation, columns) = self.written_through(view, &columns);
            self.seen.writes.push(Write {
                table: relation.name.clone(),
                view: named_view(view, relation),
                insert: true,
                copied: false,
                listed: !insert.columns.is_empty(),
                columns,
                rows,
                skips_conflicts: insert.on_conflict.as_ref().is_some_and(|clause| {
                    clause.target == ConflictTarget::Any && clause.update.is_none()
                }),
            });
        }
        Ok(rows)
    }

    /// The rows of an INSERT: those of VALUES become values of the target's types, whatever types they have in common.
    fn source(&mut self, source: &Query) -> Result<Rows, Refusal> {
        match &source.body {
            QueryBody::Values(all) if source.with.is_empty() => self.values(all, false),
            _ => self.query(source),
        }
    }

    fn rewriter_refuses(&mut self, refusal: Option<Refusal>) {
        self.seen.rewritten = self.seen.rewritten.take().or(refusal);
    }

    fn wrote(&mut self, relation: &Relation, columns: &[Ident]) {
        let all = columns
            .iter()
            .map(|name| (relation.name.clone(), name.clone()));
        self.seen.usage.writes.extend(all);
    }

    /// Refuses target columns that the relation does not have.
    fn written_columns(&mut self, relation: &Relation, columns: &[Ident]) -> Result<(), Refusal> {
        for name in columns {
            if relation.column(name).is_some() {
                continue;
            }
            if !relation.columns_known {
                self.seen.perhaps.insert(name.to_string());
                continue;
            }
            return refused(
                "42703",
                format!(
                    "column \"{name}\" of relation \"{}\" does not exist",
                    relation.name.name
                ),
            );
        }
        Ok(())
    }

    /// Refuses values whose type is known to have no assignment cast to the column's.
    fn assignable(
        &mut self,
        relation: &Relation,
        (columns, whole): (&[Ident], &dyn Fn(usize) -> bool),
        values: &[ScopeColumn],
        rows: &[Vec<Given>],
    ) -> Result<(), Refusal> {
        for (at, name) in columns.iter().enumerate().filter(|(at, _)| whole(*at)) {
            let Some(column) = relation.column(name) else {
                continue;
            };
            for row in rows {
                if let Some(Given::Value(value)) = row.get(at) {
                    let ty = Ty::Known(column.ty.clone());
                    types::check_constant(value, &ty, self.catalogue)?;
                    if let Expr::Parameter(number) = value {
                        self.parameters
                            .entry(*number)
                            .or_insert_with(|| column.ty.clone());
                    }
                }
            }
            if let Some(value) = values.get(at) {
                self.assignment(column, &value.ty)?;
            }
        }
        Ok(())
    }

    /// The table whose indexes decide, and the keys as it calls them; none where that is not plain to see.
    fn arbitrated(
        &self,
        relation: &'c Relation,
        keys: &[Expr],
    ) -> Option<(&'c Relation, Vec<Expr>)> {
        if relation.kind != RelationKind::View {
            return Some((relation, keys.to_vec()));
        }
        let names = keys.iter().map(|key| match key {
            Expr::Column(parts) => parts.last().cloned(),
            _ => None,
        });
        let (table, names) = self.written_through(relation, &names.collect::<Option<Vec<_>>>()?);
        let keys = names.into_iter().map(|name| Expr::Column(vec![name]));
        (table.kind != RelationKind::View).then(|| (table, keys.collect()))
    }

    fn conflict(
        &mut self,
        clause: &OnConflict,
        relation: Option<&'c Relation>,
        target: &Level,
    ) -> Result<(), Refusal> {
        match &clause.target {
            ConflictTarget::Any => {}
            ConflictTarget::Columns(keys, predicate) => {
                self.levels.push(target.clone());
                self.exprs(keys.iter().chain(predicate))?;
                self.levels.pop();
                // The arbiters of a view are those of its table (manual 18, CREATE VIEW, "Updatable Views").
                if let Some(relation) = relation
                    && let Some((table, keys)) = self.arbitrated(relation, keys)
                    && !has_arbiter(table, &keys, predicate.as_ref())
                {
                    self.seen.late = Some(Refusal {
                        sqlstate: "42P10",
                        message: "there is no unique or exclusion constraint matching the ON CONFLICT specification"
                            .to_owned(),
                    });
                }
            }
            ConflictTarget::Constraint(name) => {
                if let Some(relation) = relation
                    && relation.constraint(name).is_none()
                {
                    let table = &relation.name.name;
                    return refused(
                        "42704",
                        format!("constraint \"{name}\" for table \"{table}\" does not exist"),
                    );
                }
            }
        }
        let Some((set, filter)) = &clause.update else {
            return Ok(());
        };
        let arbiters = match &clause.target {
            ConflictTarget::Columns(keys, _) => keys.as_slice(),
            ConflictTarget::Any | ConflictTarget::Constraint(_) => &[],
        };
        let mut level = target.clone();
        if let Some(relation) = target.relations.first() {
            level.add(renamed(relation, "excluded").into());
        }
        self.levels.push(level);
        self.assign(relation, set, arbiters)?;
        if let Some(filter) = filter {
            self.condition(filter, "WHERE")?;
        }
        self.levels.pop();
        Ok(())
    }

    /// The assignments of an UPDATE: first all values, then all targets.
    /// Rows that were found by `arbiters` have the same values there as those that were to be inserted.
    fn assign(
        &mut self,
        relation: Option<&Relation>,
        set: &[Assignment],
        arbiters: &[Expr],
    ) -> Result<(), Refusal> {
        let mut types = Vec::new();
        for assignment in set {
            types.push(match &assignment.value {
                Expr::Row(values) => self.exprs(values)?,
                value => vec![self.expr(value)?],
            });
        }
        let Some(relation) = relation else {
            return Ok(());
        };
        let (mut columns, mut row) = (Vec::new(), Vec::new());
        for (assignment, types) in set.iter().zip(types) {
            self.written_columns(relation, &assignment.columns)?;
            let values = match (&assignment.value, assignment.columns.as_slice()) {
                (_, names) if !assignment.parts.is_empty() => vec![Given::Unknown; names.len()],
                (Expr::Row(values), names) if values.len() == names.len() => {
                    for ((name, value), ty) in names.iter().zip(values).zip(&types) {
                        self.assigned(relation, name, value, ty)?;
                    }
                    values.iter().map(Given::from).collect()
                }
                (value, [name]) => {
                    if let [ty] = types.as_slice() {
                        self.assigned(relation, name, value, ty)?;
                    }
                    vec![Given::from(value)]
                }
                (_, names) => vec![Given::Unknown; names.len()],
            };
            let names = assignment.columns.iter();
            row.extend(names.clone().zip(values).map(|(name, value)| match value {
                Given::Default if relation.kind == RelationKind::View => {
                    default_of_view(relation, name, self.catalogue)
                }
                value => value,
            }));
            columns.extend(names.cloned());
        }
        let whole = set.iter().filter(|one| one.parts.is_empty());
        let whole = whole.flat_map(|one| &one.columns);
        if let Some(name) = twice(whole.enumerate(), &[]) {
            self.rewriter_refuses(Some(Refusal {
                sqlstate: "42601",
                message: format!("multiple assignments to same column \"{name}\""),
            }));
        }
        self.wrote(relation, &columns);
        let view = relation;
        let named = columns;
        self.rewriter_refuses(read_only(view, &named, "update", self.catalogue));
        let (relation, columns) = self.written_through(view, &named);
        for ((name, own), given) in columns.iter().zip(&named).zip(&row) {
            if !keeps(given, own, view, arbiters) {
                let changed = (relation.name.clone(), name.clone());
                self.seen.changed.insert(changed);
            }
            if let (Some(column), false) = (relation.column(name), matches!(given, Given::Default))
                && (column.generated.is_some() || column.identity == Some(true))
            {
                self.rewriter_refuses(Some(Refusal {
                    sqlstate: "428C9",
                    message: format!("column \"{name}\" can only be updated to DEFAULT"),
                }));
            }
        }
        self.seen.writes.push(Write {
            table: relation.name.clone(),
            view: named_view(view, relation),
            insert: false,
            copied: false,
            listed: true,
            columns,
            rows: vec![row],
            skips_conflicts: false,
        });
        Ok(())
    }

    /// One value for one column.
    fn assigned(
        &mut self,
        relation: &Relation,
        name: &Ident,
        value: &Expr,
        ty: &Ty,
    ) -> Result<(), Refusal> {
        let Some(column) = relation.column(name) else {
            return Ok(());
        };
        if matches!(value, Expr::Default) {
            return Ok(());
        }
        self.take(value, ty, &column.ty)?;
        self.assignment(column, ty)
    }

    pub(super) fn update(&mut self, update: &Update) -> Result<Rows, Refusal> {
        let (relation, target) = self.target(&update.target, update.alias.as_ref())?;
        let others = self.from(&update.from)?;
        self.change(
            target,
            others,
            update.filter.as_ref(),
            &update.returning,
            |own| own.assign(relation, &update.set, &[]),
        )
    }

    pub(super) fn delete(&mut self, delete: &Delete) -> Result<Rows, Refusal> {
        let (relation, target) = self.target(&delete.target, delete.alias.as_ref())?;
        let others = self.from(&delete.using)?;
        if let Some(relation) = relation {
            let (under, _) = self.written_through(relation, &[]);
            self.seen.deletes.insert(under.name.clone());
            self.seen.deletes.insert(relation.name.clone());
        }
        if let Some(table) = relation.filter(|_| delete.truncates) {
            let others = self.catalogue.dependents(&table.name);
            let refers = |one: &Relation| {
                let mut keys = one.constraints.iter();
                one.name != table.name
                    && keys.any(|key| matches!(&key.kind, ConstraintKind::ForeignKey { table: of, .. } if *of == table.name))
            };
            let refusal = if table.kind == RelationKind::View {
                let message = format!("\"{}\" is not a table", table.name.name);
                Some(("42809", message))
            } else {
                let message = "cannot truncate a table referenced in a foreign key constraint";
                let referred = others.into_iter().any(refers);
                referred.then(|| ("0A000", message.to_owned()))
            };
            self.rewriter_refuses(refusal.map(|(sqlstate, message)| Refusal { sqlstate, message }));
        }
        let (filter, returning) = (delete.filter.as_ref(), &delete.returning);
        self.change(target, others, filter, returning, |_| Ok(()))
    }

    fn change(
        &mut self,
        target: Level,
        others: Level,
        filter: Option<&Expr>,
        returning: &[SelectItem],
        last: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<Rows, Refusal> {
        let mut level = target;
        level.add(others);
        self.levels.push(level);
        if let Some(filter) = filter {
            self.condition(filter, "WHERE")?;
        }
        let level = self.levels.pop().unwrap_or_default();
        self.levels.push(with_old_and_new(level));
        let rows = self.items(returning)?;
        last(self)?;
        self.levels.pop();
        Ok(rows)
    }

    pub(super) fn merge(&mut self, merge: &Merge) -> Result<Rows, Refusal> {
        let (relation, target) = self.target(&merge.target, merge.alias.as_ref())?;
        // Views are merged into from PostgreSQL 17; where the version is not known, that is left to `doubt`.
        let merges_into_views = self.catalogue.is_from(17);
        if let Some(relation) = relation
            && (relation.kind == RelationKind::MaterializedView
                || relation.kind == RelationKind::View && merges_into_views == Some(false)
                || relation.kind != RelationKind::View && !relation.rules.is_empty())
        {
            let name = &relation.name.name;
            return refused(
                "0A000",
                format!("cannot execute MERGE on relation \"{name}\""),
            );
        }
        let view = relation.filter(|relation| relation.kind == RelationKind::View);
        let view = view.filter(|_| merges_into_views.is_none());
        self.seen.merged_view = view.map(|view| view.name.clone());
        let source: &FromItem = &merge.source;
        let source = self.item_level(source, &Level::default())?;
        let mut level = target;
        level.add(source);
        self.levels.push(level);
        self.condition(&merge.on, "MERGE")?;
        for clause in &merge.clauses {
            if let Some(condition) = &clause.condition {
                self.expr(condition)?;
            }
            match &clause.action {
                MergeAction::Nothing => {}
                MergeAction::Delete => {
                    let name = relation.map(|relation| relation.name.clone());
                    self.seen.deletes.extend(name);
                }
                MergeAction::Update(set) => self.assign(relation, set, &[])?,
                MergeAction::Insert(columns, values) => {
                    self.merge_insert(relation, columns, values.as_deref())?;
                }
            }
        }
        let level = self.levels.pop().unwrap_or_default();
        self.levels.push(with_old_and_new(level));
        // RETURNING * gives the source's columns first (manual 18, MERGE), which we do not order.
        let mut rows = self.items(&merge.returning)?;
        rows.open |= merge.returning.contains(&SelectItem::Wildcard);
        self.levels.pop();
        Ok(rows)
    }

    fn merge_insert(
        &mut self,
        relation: Option<&Relation>,
        listed: &[Ident],
        values: Option<&[Expr]>,
    ) -> Result<(), Refusal> {
        let Some(relation) = relation else {
            return self.exprs(values.unwrap_or_default()).map(drop);
        };
        self.written_columns(relation, listed)?;
        let values = values.unwrap_or_default();
        let types = self.exprs(values)?;
        let mut columns = listed.to_vec();
        if columns.is_empty() {
            let all = relation.columns.iter().map(|column| column.name.clone());
            columns = all.take(values.len()).collect();
        }
        for ((name, value), ty) in columns.iter().zip(values).zip(&types) {
            self.assigned(relation, name, value, ty)?;
        }
        self.wrote(relation, &columns);
        let rows = vec![values.iter().map(Given::from).collect()];
        let view = relation;
        let (relation, columns) = self.written_through(view, &columns);
        self.rewriter_refuses(not_to_be_given(relation, &columns, &rows, false));
        self.seen.writes.push(Write {
            table: relation.name.clone(),
            view: named_view(view, relation),
            insert: true,
            copied: false,
            listed: !listed.is_empty(),
            columns,
            rows,
            skips_conflicts: false,
        });
        Ok(())
    }
}

/// A column that is named a second time, those aside of which only a part is given.
fn twice<'a>(
    names: impl Iterator<Item = (usize, &'a Ident)>,
    parts: &[usize],
) -> Option<&'a Ident> {
    let mut seen = BTreeSet::new();
    let mut whole = names.filter(|(at, _)| !parts.contains(at));
    whole.find_map(|(_, name)| (!seen.insert(name)).then_some(name))
}

/// A column of a view that takes no values.
fn read_only(
    relation: &Relation,
    columns: &[Ident],
    verb: &str,
    catalogue: &Catalogue,
) -> Option<Refusal> {
    let (column, view) = computed_column(relation, columns, catalogue)?;
    Some(Refusal {
        sqlstate: "0A000",
        message: format!("cannot {verb} column \"{column}\" of view \"{view}\""),
    })
}

/// The view a query names, unless it names the table itself.
fn named_view(named: &Relation, under: &Relation) -> Option<ResolvedName> {
    (named.name != under.name).then(|| named.name.clone())
}

/// `old` and `new`, which RETURNING knows from PostgreSQL 18.
fn with_old_and_new(mut level: Level) -> Level {
    if let Some(target) = level.relations.first().cloned() {
        for name in ["old", "new"] {
            if level.relation(&QualifiedName::bare(name)).is_none() {
                level.relations.push(renamed(&target, name));
            }
        }
    }
    level
}

fn renamed(relation: &ScopeRelation, name: &str) -> ScopeRelation {
    ScopeRelation {
        name: Ident::new(name),
        full: None,
        ..relation.clone()
    }
}

fn count(
    relation: &Relation,
    insert: &Insert,
    columns: &[Ident],
    values: &Rows,
) -> Result<(), Refusal> {
    if values.open || !relation.columns_known {
        return Ok(());
    }
    let targets = match insert.columns.len() {
        0 => relation.columns.len(),
        listed => listed,
    };
    if values.columns.len() > targets {
        return refused(
            "42601",
            "INSERT has more expressions than target columns".to_owned(),
        );
    }
    if values.columns.len() < columns.len() {
        return refused(
            "42601",
            "INSERT has more target columns than expressions".to_owned(),
        );
    }
    Ok(())
}

/// Whether some unique index is on just these keys; a partial one wants a predicate that implies its own
/// (`infer_arbiter_indexes`).
fn has_arbiter(relation: &Relation, keys: &[Expr], predicate: Option<&Expr>) -> bool {
    let same_keys = |index: &crate::schema::Index| {
        let covered = |key: &Expr| {
            let inner = match key {
                Expr::Collate { expr, .. } => expr,
                other => other,
            };
            index.elements.iter().any(|element| match &element.key {
                IndexKey::Column(name) => {
                    matches!(inner, Expr::Column(parts) if parts.last() == Some(name))
                }
                IndexKey::Expr(own) => own.expr == *inner,
            })
        };
        let mut apart: Vec<&Expr> = Vec::new();
        for key in keys {
            if !apart.contains(&key) {
                apart.push(key);
            }
        }
        index.elements.len() == apart.len() && keys.iter().all(covered)
    };
    relation.indexes.iter().any(|index| {
        let constraint = index
            .constraint
            .as_ref()
            .and_then(|name| relation.constraint(name));
        let usable = index.unique && index.valid && !constraint.is_some_and(|c| c.deferrable);
        let implied = match (&index.predicate, predicate) {
            (None, _) => true,
            (Some(own), Some(given)) => implies(given, &own.expr),
            (Some(_), None) => false,
        };
        usable && implied && same_keys(index)
    })
}
