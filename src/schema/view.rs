//! Views and materialized views, and the columns of CREATE TABLE AS.

use super::resolve::{self, Dependencies, Shape};
use super::session::Outcome;
use super::{Catalogue, Column, Refusal, Relation, RelationKind, ResolvedName, Session};
use crate::sql::ast::{
    CreateAs, CreateView, FromItem, Ident, JoinKind, Persistence, QualifiedName, QueryBody,
    TypeName,
};

impl Session {
    pub(super) fn create_view(&mut self, create: &CreateView) -> Outcome {
        let persistence = if create.temporary {
            Persistence::Temporary
        } else {
            Persistence::Permanent
        };
        let (columns, known, depends_on) = columns_of(&self.catalogue, &create.query)?;
        let reads = create.materialized
            && create.query.with_data
            && !reads_nothing(&self.catalogue, &create.query);
        let name = self.relation_place(&create.name, persistence)?;
        if create.if_not_exists && self.catalogue.is_taken(&name) {
            return Ok(());
        }
        let kind = if create.materialized {
            RelationKind::MaterializedView
        } else {
            RelationKind::View
        };
        let replaces = create.or_replace && self.catalogue.is_taken(&name);
        if known && create.materialized {
            has_columns(&create.query, &columns)?;
        } else if known && !replaces {
            if create.query.columns.len() > columns.len() {
                let message = "CREATE VIEW specifies more column names than columns";
                return Err(Refusal::new("42601", message));
            }
            stand_once(&columns)?;
        }
        let mut view = Relation::new(name.clone(), kind);
        view.persistence = persistence;
        view.columns = columns.into();
        view.columns_known = known;
        view.depends_on = depends_on;
        view.operators = self.catalogue.operators_used(&create.query.text);
        view.populated = !create.materialized || create.query.with_data;
        view.query = Some(create.query.text.clone());
        view.options = create.options.clone();
        match self.catalogue.get(&name) {
            Some(old) if create.or_replace => {
                may_replace(&self.catalogue, old, &view)?;
                view.triggers = old.triggers.clone();
                view.rules = old.rules.clone();
                view.comment = old.comment.clone();
                view.grants = old.grants.clone();
                for column in &mut view.columns {
                    if let Some(same) = old.column(&column.name) {
                        column.default = same.default.clone();
                        column.settings = same.settings.clone();
                    }
                }
                self.catalogue.put(view);
            }
            _ => {
                if create.or_replace && self.catalogue.is_taken(&name) {
                    let message = format!("\"{}\" is not a view", name.name);
                    return Err(Refusal::new("42809", message));
                }
                // From 17 on the view is made first and filled then.
                let fills_first = self.version < 17 && !self.catalogue.is_taken(&name);
                if reads && fills_first {
                    self.catalogue.can_read(&view.depends_on)?;
                }
                self.relation_is_free(&name)?;
                if reads {
                    self.catalogue.can_read(&view.depends_on)?;
                }
                self.create(view);
            }
        }
        Ok(())
    }
}

impl Session {
    /// `REFRESH MATERIALIZED VIEW` (`ExecRefreshMatView`).
    pub(super) fn refresh(
        &mut self,
        name: &QualifiedName,
        concurrently: bool,
        with_data: bool,
    ) -> Outcome {
        let name = self.reach(name)?;
        let Some(view) = self.catalogue.get(&name) else {
            return Ok(());
        };
        if !view.columns_known && view.kind == RelationKind::Table {
            return Ok(());
        }
        let refuse = |sqlstate, message: String| Err(Refusal::new(sqlstate, message));
        match view.kind {
            RelationKind::MaterializedView => {}
            RelationKind::Table | RelationKind::PartitionedTable => {
                let message = format!("\"{}\" is not a materialized view", name.name);
                return refuse("0A000", message);
            }
            RelationKind::View | RelationKind::Sequence | RelationKind::ForeignTable => {
                let message = format!("\"{}\" is not a table or materialized view", name.name);
                return refuse("42809", message);
            }
        }
        if concurrently && !view.populated {
            let message = "CONCURRENTLY cannot be used when the materialized view is not populated";
            return refuse("0A000", message.to_owned());
        }
        if concurrently && !with_data {
            let message = "REFRESH options CONCURRENTLY and WITH NO DATA cannot be used together";
            return refuse("42601", message.to_owned());
        }
        let whole = |index: &super::Index| {
            let columns = super::constraint::key_columns(&index.elements);
            index.unique
                && index.valid
                && index.predicate.is_none()
                && columns.len() == index.elements.len()
        };
        if concurrently && !view.indexes.iter().any(whole) {
            let message = format!("cannot refresh materialized view \"{name}\" concurrently");
            return refuse("55000", message);
        }
        if with_data {
            self.catalogue.can_read(&view.depends_on)?;
        }
        self.catalogue
            .edit(&name, |view| view.populated = with_data);
        Ok(())
    }
}

impl Catalogue {
    /// Refuses to read a materialized view without data, through a view too, and a view of itself.
    pub(super) fn can_read(&self, relations: &Dependencies) -> Outcome {
        self.ends(relations, &mut Vec::new())?;
        self.are_filled(relations)
    }

    /// Refuses views that read themselves (`fireRIRrules`).
    fn ends<'a>(
        &'a self,
        relations: &'a Dependencies,
        within: &mut Vec<&'a ResolvedName>,
    ) -> Outcome {
        for (name, _) in relations.iter().filter(|(_, column)| column.is_none()) {
            if within.contains(&name) {
                let message = format!(
                    "infinite recursion detected in rules for relation \"{}\"",
                    name.name
                );
                return Err(Refusal::new("42P17", message));
            }
            let view = self.get(name);
            if let Some(view) = view.filter(|own| own.kind == RelationKind::View) {
                within.push(name);
                self.ends(&view.depends_on, within)?;
                within.pop();
            }
        }
        Ok(())
    }

    fn are_filled(&self, relations: &Dependencies) -> Outcome {
        for (name, _) in relations.iter().filter(|(_, column)| column.is_none()) {
            let Some(relation) = self.get(name) else {
                continue;
            };
            match relation.kind {
                RelationKind::View => self.are_filled(&relation.depends_on)?,
                RelationKind::MaterializedView if !relation.populated => {
                    let message =
                        format!("materialized view \"{}\" has not been populated", name.name);
                    return Err(Refusal::new("55000", message));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether a relation we do not know may be there all the same: one that an extension made.
    pub(super) fn may_have_more_relations(&self) -> bool {
        const WITH_RELATIONS: &[&str] = &["pg_stat_statements", "postgis", "pg_buffercache"];
        let known = |name: &Ident| super::types::is_known_extension(name);
        self.incomplete
            || self
                .extensions
                .keys()
                .any(|name| WITH_RELATIONS.contains(&name.as_str()) || !known(name))
    }
}

/// The columns of a table that is made from a query, and whether these are all.
pub(super) fn output_columns(
    catalogue: &Catalogue,
    query: &CreateAs,
) -> Result<(Vec<Column>, bool), Refusal> {
    let (columns, known, depends_on) = columns_of(catalogue, query)?;
    if query.with_data && !reads_nothing(catalogue, query) {
        catalogue.can_read(&depends_on)?;
    }
    Ok((columns, known))
}

/// Refuses more names than a query has columns, and two columns of one name (`intorel_startup`, `MergeAttributes`).
pub(super) fn has_columns(query: &CreateAs, columns: &[Column]) -> Outcome {
    if query.columns.len() > columns.len() {
        return Err(Refusal::new(
            "42601",
            "too many column names were specified",
        ));
    }
    stand_once(columns)
}

/// Refuses two columns of one name (`MergeAttributes`).
fn stand_once(columns: &[Column]) -> Outcome {
    for (at, column) in columns.iter().enumerate() {
        if columns
            .iter()
            .take(at)
            .any(|other| other.name == column.name)
        {
            let message = format!("column \"{}\" specified more than once", column.name);
            return Err(Refusal::new("42701", message));
        }
    }
    Ok(())
}

/// Whether the planner sees that nothing comes out of what a query joins, so that it reads none of it: a
/// partitioned table without partitions is empty (`set_append_rel_size`).
fn reads_nothing(catalogue: &Catalogue, query: &CreateAs) -> bool {
    let Ok(query) = &query.query else {
        return false;
    };
    match &query.body {
        QueryBody::Select(select) if query.with.is_empty() => {
            select.from.iter().any(|item| is_empty(catalogue, item))
        }
        _ => false,
    }
}

fn is_empty(catalogue: &Catalogue, item: &FromItem) -> bool {
    match item {
        FromItem::Relation { name, .. } => {
            let relation = catalogue.relation(name);
            relation.is_some_and(|relation| has_no_parts(catalogue, relation))
        }
        FromItem::Join {
            left, right, kind, ..
        } => {
            let (left, right) = (is_empty(catalogue, left), is_empty(catalogue, right));
            match kind {
                JoinKind::Inner | JoinKind::Cross => left || right,
                JoinKind::Left => left,
                JoinKind::Right => right,
                JoinKind::Full => left && right,
            }
        }
        FromItem::Subquery { .. } | FromItem::Function { .. } => false,
    }
}

fn has_no_parts(catalogue: &Catalogue, relation: &Relation) -> bool {
    let mut parts = catalogue.children(&relation.name);
    relation.kind == RelationKind::PartitionedTable
        && parts.all(|part| has_no_parts(catalogue, part))
}

fn columns_of(
    catalogue: &Catalogue,
    query: &CreateAs,
) -> Result<(Vec<Column>, bool, Dependencies), Refusal> {
    let (shape, depends_on) = match &query.query {
        Ok(parsed) => resolve::resolve(catalogue, parsed)?,
        Err(_) => (Shape::default(), Dependencies::new()),
    };
    let mut shape = resolve::renamed(shape, &query.columns);
    if !shape.known && shape.columns.is_empty() {
        let names = query.columns.iter().cloned();
        shape.columns = names.map(|name| (name, None)).collect();
    }
    let columns = shape
        .columns
        .into_iter()
        .map(|(name, ty)| Column::new(name, ty.unwrap_or_else(|| TypeName::plain("unknown"))));
    Ok((columns.collect(), shape.known, depends_on))
}

/// `CREATE OR REPLACE VIEW` may only add columns at the end (`checkViewColumns`).
fn may_replace(catalogue: &Catalogue, old: &Relation, new: &Relation) -> Outcome {
    let refuse = |message: String| Err(Refusal::new("42P16", message));
    let ResolvedName { name, .. } = &old.name;
    if old.kind != RelationKind::View {
        let message = format!("\"{name}\" is not a view");
        return Err(Refusal::new("42809", message));
    }
    if !old.columns_known || !new.columns_known {
        return Ok(());
    }
    if new.columns.len() < old.columns.len() {
        return refuse("cannot drop columns from view".to_owned());
    }
    for (old, new) in old.columns.iter().zip(&new.columns) {
        if old.name != new.name {
            return refuse(format!(
                "cannot change name of view column \"{}\" to \"{}\"",
                old.name, new.name
            ));
        }
        let known = old.ty.name != "unknown" && new.ty.name != "unknown";
        if known && old.ty != new.ty {
            return refuse(format!(
                "cannot change data type of view column \"{}\" from {} to {}",
                old.name,
                catalogue.shown_type(&old.ty),
                catalogue.shown_type(&new.ty)
            ));
        }
    }
    Ok(())
}
