//! Which phase a change belongs to: expand, migrate or contract.

use crate::schema::{Catalogue, Relation, RelationKind};
use crate::sql::ast::*;
use crate::sql::{Directive, DirectiveKind, Phase};

/// The phase a directive pins, if one does; the last one counts.
pub fn pinned(directives: &[Directive]) -> Option<Phase> {
    let kinds = directives
        .iter()
        .filter_map(|directive| directive.kind.as_ref().ok());
    kinds
        .filter_map(|kind| match kind {
            DirectiveKind::Phase(phase) => Some(*phase),
            _ => None,
        })
        .next_back()
}

/// The phase of a change by what it does; none where it fits every phase (`SET`, `COMMENT`, `BEGIN`).
///
/// `before` is the schema just before it, `file_start` the one before its file: what the file made
/// itself no live release knows, so nothing done to it removes or tightens.
pub fn infer(change: &Change, before: &Catalogue, file_start: &Catalogue) -> Option<Phase> {
    Judge { before, file_start }.change(change)
}

use Phase::{Contract, Expand, Migrate};

struct Judge<'a> {
    before: &'a Catalogue,
    file_start: &'a Catalogue,
}

impl Judge<'_> {
    fn change(&self, change: &Change) -> Option<Phase> {
        match change {
            Change::CreateTable(create) => match &create.as_query {
                Some(query) if query.with_data => self.reads_rows(query.query.as_ref().ok()),
                _ => Some(Expand),
            },
            Change::AlterTable(alter) => self.alter_table(alter),
            Change::CreateIndex(create) => {
                let columns = create
                    .elements
                    .iter()
                    .filter_map(|element| match &element.key {
                        IndexKey::Column(column) => Some(column),
                        IndexKey::Expr(_) => None,
                    });
                let tightens = create.unique && !self.all_new(&create.table, columns);
                Some(if tightens { Contract } else { Expand })
            }
            Change::CreateView(_)
            | Change::CreateSequence(_)
            | Change::CreateType(_)
            | Change::CreateDomain(_)
            | Change::CreateRoutine(_)
            | Change::CreateTrigger(_)
            | Change::CreatePolicy(_)
            | Change::CreateSchema { .. }
            | Change::CreateExtension { .. }
            | Change::CreateOperator(_)
            | Change::CreateCast(_)
            | Change::CreateObject { .. }
            | Change::RefreshMaterializedView { .. } => Some(Expand),
            Change::AlterEnum { action, .. } => Some(match action {
                AlterEnum::AddValue { .. } => Expand,
                AlterEnum::RenameValue { .. } => Contract,
            }),
            Change::AlterComposite { actions, .. } => {
                let phases = actions.iter().map(|action| match &action.action {
                    TableAction::AddColumn { .. } => Expand,
                    _ => Contract,
                });
                phases.max()
            }
            Change::AlterDomain { action, .. } => Some(match action {
                AlterDomain::NotNull(true) | AlterDomain::AddConstraint(_) => Contract,
                AlterDomain::Default(None) | AlterDomain::ValidateConstraint(_) => Contract,
                AlterDomain::NotNull(false)
                | AlterDomain::Default(Some(_))
                | AlterDomain::DropConstraint { .. }
                | AlterDomain::RenameConstraint { .. } => Expand,
            }),
            Change::AlterObject(alter) => match alter.action {
                ObjectAction::RenameTo(_) | ObjectAction::SetSchema(_) => Some(Contract),
                ObjectAction::OwnerTo(_) | ObjectAction::Other(_) => None,
            },
            Change::AlterPolicy(policy) => policy.rename_to.is_none().then_some(Contract),
            Change::Drop(drop) => self.drop(drop),
            Change::Privileges(privileges) | Change::DefaultPrivileges(privileges) => {
                (!privileges.grant).then_some(Contract)
            }
            Change::Dml(dml) => self.dml(dml),
            Change::Truncate { tables, .. } => {
                let existing = tables.iter().any(|table| self.existed(table));
                Some(if existing { Contract } else { Expand })
            }
            Change::Copy { from, .. } => from.then_some(Expand),
            Change::Publication(publication) => match publication.verb {
                PublicationVerb::Create => Some(Expand),
                PublicationVerb::Add
                | PublicationVerb::Set
                | PublicationVerb::Drop
                | PublicationVerb::Options => None,
            },
            Change::AlterSequence(_)
            | Change::Comment { .. }
            | Change::Lock { .. }
            | Change::Vacuum { .. }
            | Change::Cluster { .. }
            | Change::Reindex { .. }
            | Change::Transaction(_)
            | Change::Set(_)
            | Change::Do { .. }
            | Change::Utility { .. }
            | Change::Psql { .. }
            | Change::Opaque { .. } => None,
        }
    }

    /// Whether a relation was there before the file; one nobody has told us of was.
    fn existed(&self, name: &QualifiedName) -> bool {
        let now = self.before.relation(name);
        now.is_none_or(|relation| self.existed_as(relation))
    }

    fn existed_as(&self, relation: &Relation) -> bool {
        self.file_start.get(&relation.name).is_some()
    }

    /// Whether the file itself made all of these columns.
    fn all_new<'a>(
        &self,
        table: &QualifiedName,
        columns: impl IntoIterator<Item = &'a Ident>,
    ) -> bool {
        let Some(now) = self.before.relation(table) else {
            return false;
        };
        let Some(then) = self.file_start.get(&now.name) else {
            return true;
        };
        let mut columns = columns.into_iter().peekable();
        columns.peek().is_some() && columns.all(|column| then.column(column).is_none())
    }

    fn alter_table(&self, alter: &AlterTable) -> Option<Phase> {
        if !self.existed(&alter.name) && self.before.index(&alter.name).is_none() {
            return Some(Expand);
        }
        let phases = alter
            .actions
            .iter()
            .filter_map(|action| self.action(alter, &action.action));
        phases.max()
    }

    fn action(&self, alter: &AlterTable, action: &TableAction) -> Option<Phase> {
        let tightens = |columns: &[Ident]| {
            if self.all_new(&alter.name, columns) {
                Expand
            } else {
                Contract
            }
        };
        let one = |column: &Ident| tightens(std::slice::from_ref(column));
        let is_index = alter.object == ObjectKind::Index;
        Some(match action {
            TableAction::AddColumn { column, .. } if required(column) => Contract,
            TableAction::AddColumn { .. } => Expand,
            TableAction::DropColumn { column, .. } => one(column),
            TableAction::AlterType { column, ty, .. } => self.alter_type(&alter.name, column, ty),
            TableAction::SetDefault { .. } => Expand,
            TableAction::DropNotNull(_) | TableAction::DropExpression { .. } => Expand,
            TableAction::DropDefault(column)
            | TableAction::SetNotNull(column)
            | TableAction::SetExpression { column, .. }
            | TableAction::DropIdentity { column, .. } => one(column),
            TableAction::AddIdentity { column, always, .. } if *always => one(column),
            TableAction::AddIdentity { .. } => Expand,
            TableAction::AlterIdentity { column, always, .. } if *always == Some(true) => {
                one(column)
            }
            TableAction::AlterIdentity { .. } => Expand,
            TableAction::AddConstraint(constraint) => match &constraint.kind {
                TableConstraintKind::NotNull(column) => tightens(column.as_slice()),
                TableConstraintKind::PrimaryKey { columns, .. }
                | TableConstraintKind::Unique { columns, .. }
                | TableConstraintKind::ForeignKey { columns, .. } => tightens(columns),
                // The index is unique already: nothing new is refused.
                TableConstraintKind::UsingIndex { primary: false, .. } => Expand,
                TableConstraintKind::UsingIndex { primary: true, .. }
                | TableConstraintKind::Exclude { .. } => Contract,
                TableConstraintKind::Check(check) => {
                    let mut columns = Vec::new();
                    super::expr::columns(&check.expr, &mut columns);
                    tightens(&columns)
                }
            },
            TableAction::AlterConstraint { attributes, .. } => {
                let loosens = attributes.enforced == Some(false)
                    || attributes.deferrable == Some(true)
                    || attributes.initially_deferred == Some(true);
                if loosens { Expand } else { Contract }
            }
            TableAction::ValidateConstraint(_) => Contract,
            TableAction::DropConstraint { name, .. } => {
                use crate::schema::ConstraintKind::{Exclude, PrimaryKey, Unique};
                let table = self.before.relation(&alter.name);
                match table.and_then(|table| table.constraint(name)) {
                    Some(constraint) => match constraint.kind {
                        PrimaryKey | Unique | Exclude => Contract,
                        _ => Expand,
                    },
                    None => Expand,
                }
            }
            TableAction::RowSecurity(words) => match words.as_str() {
                "ENABLE" | "FORCE" => Contract,
                _ => Expand,
            },
            TableAction::RenameTo(_) | TableAction::SetSchema(_) if is_index => Expand,
            TableAction::RenameTo(_) | TableAction::SetSchema(_) => Contract,
            TableAction::RenameColumn { from, .. } => one(from),
            TableAction::RenameConstraint { .. } => Expand,
            TableAction::NoInherit(_) | TableAction::DetachPartition { .. } => Contract,
            TableAction::Inherit(_) | TableAction::AttachPartition { .. } => Expand,
            TableAction::SetStatistics { .. }
            | TableAction::SetColumnOptions { .. }
            | TableAction::SetStorage { .. }
            | TableAction::SetCompression { .. }
            | TableAction::Trigger { .. }
            | TableAction::Rule { .. }
            | TableAction::ClusterOn(_)
            | TableAction::SetWithoutCluster
            | TableAction::SetWithoutOids
            | TableAction::SetAccessMethod(_)
            | TableAction::SetTablespace(_)
            | TableAction::SetLogged(_)
            | TableAction::SetOptions { .. }
            | TableAction::OfType(_)
            | TableAction::NotOf
            | TableAction::OwnerTo(_)
            | TableAction::ReplicaIdentity(..)
            | TableAction::DependsOnExtension
            | TableAction::ForeignOptions { .. }
            | TableAction::Unknown(_) => return None,
        })
    }

    /// A longer or unlimited `varchar` is the same type to every client; any other change shows.
    fn alter_type(&self, table: &QualifiedName, column: &Ident, ty: &TypeName) -> Phase {
        let old = self
            .before
            .relation(table)
            .and_then(|table| table.column(column));
        let Some(old) = old else { return Contract };
        let length = |ty: &TypeName| match ty.modifiers.as_slice() {
            [] => Some(u32::MAX),
            [length] => length.parse().ok(),
            _ => None,
        };
        let same_type = old.ty.name == ty.name && old.ty.array == ty.array;
        let widens = same_type && ty.name == "varchar" && length(ty) >= length(&old.ty);
        if old.ty == *ty || widens || self.all_new(table, [column]) {
            Expand
        } else {
            Contract
        }
    }

    /// What the file made itself may go again; what nobody has told us of is there.
    fn drop(&self, drop: &Drop) -> Option<Phase> {
        let gone = |name: &ObjectName| match drop.object {
            ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Sequence
            | ObjectKind::ForeignTable => self.existed(&name.name),
            ObjectKind::Index => match self.before.index(&name.name) {
                Some((table, index)) => {
                    let then = self.file_start.get(&table.name);
                    then.is_some_and(|then| then.index(&index.name).is_some())
                }
                None => true,
            },
            ObjectKind::Trigger if drop.if_exists => name.table.as_ref().is_none_or(|table| {
                let known = self.before.relation(table);
                self.existed(table)
                    && known.is_none_or(|known| known.trigger(&name.name.name).is_some())
            }),
            ObjectKind::Policy if drop.if_exists => name.table.as_ref().is_none_or(|table| {
                let known = self.before.relation(table);
                let there =
                    |known: &Relation| known.policies.iter().any(|own| own.name == name.name.name);
                self.existed(table) && known.is_none_or(there)
            }),
            ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => {
                name.table.as_ref().is_none_or(|table| self.existed(table))
            }
            _ => true,
        };
        Some(if drop.names.iter().any(gone) {
            Contract
        } else {
            Expand
        })
    }

    fn dml(&self, dml: &Dml) -> Option<Phase> {
        let existing = dml
            .target
            .as_ref()
            .is_some_and(|target| self.existed(target));
        match dml.verb {
            DmlVerb::Select => None,
            DmlVerb::Insert => match dml.query.as_ref().map(|query| &query.body) {
                Ok(QueryBody::Insert(insert)) => match &insert.source {
                    Some(source) => self.reads_rows(Some(source)),
                    None => Some(Expand),
                },
                _ => Some(Expand),
            },
            DmlVerb::Update | DmlVerb::Delete | DmlVerb::Merge if existing => Some(Migrate),
            DmlVerb::Update | DmlVerb::Delete | DmlVerb::Merge => Some(Expand),
        }
    }

    /// Migrate where the query reads a table that has been filled by others, else expand.
    fn reads_rows(&self, query: Option<&Query>) -> Option<Phase> {
        let Some(query) = query else {
            return Some(Migrate);
        };
        let mut read = Vec::new();
        super::expr::sources(query, &mut read);
        let filled = read.iter().any(|name| {
            let relation = self.before.relation(name);
            relation.is_some_and(|relation| {
                relation.kind != RelationKind::Sequence && self.existed_as(relation)
            })
        });
        Some(if filled { Migrate } else { Expand })
    }
}

/// NOT NULL without anything that fills it in: an insert that does not name it fails.
fn required(column: &ColumnDef) -> bool {
    let has = |wanted: fn(&ColumnConstraintKind) -> bool| {
        column
            .constraints
            .iter()
            .any(|constraint| wanted(&constraint.kind))
    };
    let not_null = has(|kind| {
        matches!(
            kind,
            ColumnConstraintKind::NotNull | ColumnConstraintKind::PrimaryKey(_)
        )
    });
    let filled = has(|kind| {
        matches!(
            kind,
            ColumnConstraintKind::Default(_)
                | ColumnConstraintKind::Generated { .. }
                | ColumnConstraintKind::Identity { .. }
        )
    });
    not_null && !filled && !column.serial
}
