//! What the names of a query can mean at one place: relations, columns, and how they are found.

use super::types::Ty;
use crate::schema::{Relation, RelationKind, ResolvedName};
use crate::sql::ast::{Alias, Ident, QualifiedName};

/// A column that a name can mean.
#[derive(Debug, Clone)]
pub(super) struct ScopeColumn {
    pub(super) name: Ident,
    pub(super) ty: Ty,
    /// The table's column it is, unless it was computed.
    pub(super) source: Option<(ResolvedName, Ident)>,
}

impl ScopeColumn {
    pub(super) fn computed(name: Ident, ty: Ty) -> Self {
        Self {
            name,
            ty,
            source: None,
        }
    }
}

/// A relation that `alias.column` can mean.
#[derive(Debug, Clone)]
pub(super) struct ScopeRelation {
    pub(super) name: Ident,
    /// Its full name, when no alias hides it.
    pub(super) full: Option<ResolvedName>,
    pub(super) columns: Vec<ScopeColumn>,
    /// It may have columns we do not know.
    pub(super) open: bool,
    /// It has `ctid`, `tableoid`, ...
    pub(super) system: bool,
}

/// What one item of FROM, or one query level, offers.
#[derive(Debug, Clone, Default)]
pub(super) struct Level {
    /// What a bare name can mean, in the order of `*`.
    pub(super) columns: Vec<ScopeColumn>,
    pub(super) relations: Vec<ScopeRelation>,
    /// Some relation in it may have columns we do not know.
    pub(super) open: bool,
    /// How many of its relations offer system columns to a bare name.
    pub(super) system: usize,
}

/// What a name was found to be.
#[derive(Debug, Clone)]
pub(super) enum Found {
    Column(ScopeColumn),
    /// A relation's row as one value, or a system column.
    Other,
    /// Perhaps a column of a relation whose columns we do not know.
    Perhaps,
    Ambiguous,
    Missing,
    /// There is no such relation in the query.
    NoRelation,
}

impl From<ScopeRelation> for Level {
    fn from(relation: ScopeRelation) -> Self {
        Self {
            columns: relation.columns.clone(),
            open: relation.open,
            system: usize::from(relation.system),
            relations: vec![relation],
        }
    }
}

impl Level {
    /// A table or view as FROM offers it.
    pub(super) fn of_relation(relation: &Relation, alias: Option<&Alias>) -> Self {
        let columns = relation.columns.iter().map(|column| ScopeColumn {
            name: column.name.clone(),
            ty: Ty::Known(column.ty.clone()),
            source: Some((relation.name.clone(), column.name.clone())),
        });
        let made = ScopeRelation {
            name: relation.name.name.clone(),
            full: Some(relation.name.clone()),
            columns: columns.collect(),
            open: !relation.columns_known || relation.kind == RelationKind::Sequence,
            system: relation.kind != RelationKind::View,
        };
        made.renamed(alias).into()
    }

    /// A relation that exists and whose columns we do not know.
    pub(super) fn unknown(name: Ident, alias: Option<&Alias>) -> Self {
        let made = ScopeRelation {
            name,
            full: None,
            columns: Vec::new(),
            open: true,
            system: true,
        };
        made.renamed(alias).into()
    }

    /// Rows with these columns: a subquery, a common table expression, a function.
    pub(super) fn of_rows(
        name: Ident,
        columns: Vec<ScopeColumn>,
        open: bool,
        alias: Option<&Alias>,
    ) -> Self {
        let made = ScopeRelation {
            name,
            full: None,
            columns,
            open,
            system: false,
        };
        made.renamed(alias).into()
    }

    /// Lets the fields of a row that is one of its columns be named.
    pub(super) fn open_row(&mut self, full: ResolvedName, columns: Vec<ScopeColumn>) {
        self.relations.push(ScopeRelation {
            name: full.name.clone(),
            full: Some(full),
            columns,
            open: false,
            system: false,
        });
    }

    /// Puts another item of FROM beside this one.
    pub(super) fn add(&mut self, other: Self) {
        self.columns.extend(other.columns);
        self.relations.extend(other.relations);
        self.open |= other.open;
        self.system += other.system;
    }

    /// What a bare name means here.
    pub(super) fn bare(&self, name: &Ident) -> Found {
        let mut matching = self.columns.iter().filter(|column| column.name == *name);
        match (matching.next(), matching.next()) {
            (Some(_), Some(_)) => Found::Ambiguous,
            (Some(column), None) => Found::Column(column.clone()),
            (None, _) if is_system(name) && self.system > 0 => match self.system {
                1 => Found::Other,
                _ => Found::Ambiguous,
            },
            (None, _) if self.open => Found::Perhaps,
            (None, _) => Found::Missing,
        }
    }

    /// The relation a qualifier means here.
    pub(super) fn relation(&self, name: &QualifiedName) -> Option<&ScopeRelation> {
        self.relations.iter().find(|relation| match &name.schema {
            None => relation.name == name.name,
            Some(schema) => relation
                .full
                .as_ref()
                .is_some_and(|full| full.schema == *schema && full.name == name.name),
        })
    }
}

impl ScopeRelation {
    fn renamed(mut self, alias: Option<&Alias>) -> Self {
        let Some(alias) = alias else {
            return self;
        };
        self.name = alias.name.clone();
        self.full = None;
        for (at, name) in alias.columns.iter().enumerate() {
            match self.columns.get_mut(at) {
                Some(column) => column.name = name.clone(),
                None => self
                    .columns
                    .push(ScopeColumn::computed(name.clone(), Ty::Unknown)),
            }
        }
        self
    }

    /// What `alias.name` means.
    pub(super) fn column(&self, name: &Ident) -> Found {
        let mut matching = self.columns.iter().filter(|column| column.name == *name);
        match (matching.next(), matching.next()) {
            (Some(_), Some(_)) => Found::Ambiguous,
            (Some(column), None) => Found::Column(column.clone()),
            (None, _) if self.system && is_system(name) => Found::Other,
            (None, _) if self.open => Found::Perhaps,
            (None, _) => Found::Missing,
        }
    }
}

/// Columns every table has (manual 18, section 5.6).
fn is_system(name: &Ident) -> bool {
    ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"].contains(&name.as_str())
}
