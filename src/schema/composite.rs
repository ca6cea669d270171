//! Composite types: the tables made of one follow its attributes, and a column of one keeps their types.

use super::dependency::is_type;
use super::session::Outcome;
use super::{Catalogue, Column, EnumOrOther, Refusal, RelationKind, ResolvedName, Session};
use crate::sql::ast::{AlterAction, Behavior, Ident, QualifiedName, TableAction, TypeName};

impl Session {
    /// Does to the tables made of a type what is about to be done to its attributes.
    pub(super) fn spread_attributes(
        &mut self,
        name: &QualifiedName,
        actions: &[AlterAction],
        behavior: Behavior,
    ) -> Outcome {
        let Some(ty) = self.catalogue.composite(name).map(|def| def.name.clone()) else {
            return Ok(());
        };
        let all = self.catalogue.users(&ty);
        let typed = all.filter(|table| table.of_type.as_ref() == Some(&ty));
        let typed: Vec<ResolvedName> = typed.map(|table| table.name.clone()).collect();
        let changes_type =
            |action: &AlterAction| matches!(action.action, TableAction::AlterType { .. });
        let missing = actions.iter().find_map(|action| match &action.action {
            TableAction::AlterType { column, .. } => self
                .catalogue
                .lacks_attribute(&ty, column)
                .then_some(column),
            _ => None,
        });
        if let Some(missing) = missing {
            return Err(Refusal::no_column(missing, &ty));
        }
        if actions.first().is_some_and(changes_type)
            && let Some(user) = self.catalogue.stored_column_with(&ty)
        {
            let message = format!(
                "cannot alter type \"{}\" because column \"{user}\" uses it",
                ty.name
            );
            return Err(Refusal::new("0A000", message));
        }
        if !typed.is_empty() && behavior == Behavior::Restrict {
            let message = format!(
                "cannot alter type \"{}\" because it is the type of a typed table",
                ty.name
            );
            return Err(Refusal::new("2BP01", message));
        }
        if actions.iter().any(changes_type)
            && let Some(user) = self.catalogue.stored_column_with(&ty)
        {
            let message = format!(
                "cannot alter type \"{}\" because column \"{user}\" uses it",
                ty.name
            );
            return Err(Refusal::new("0A000", message));
        }
        for action in actions {
            for table in &typed {
                self.spread(table, &action.action)?;
            }
        }
        Ok(())
    }

    /// Refuses a column or attribute whose type has the row type of its own table inside
    /// (`CheckAttributeType`).
    pub(super) fn is_no_member_of_itself(&self, table: &ResolvedName, ty: &TypeName) -> Outcome {
        let mut inside = vec![ty.clone()];
        let mut at = 0;
        while let Some(ty) = inside.get(at).cloned() {
            if is_type(&ty, table) {
                let message = format!(
                    "composite type {} cannot be made a member of itself",
                    table.name
                );
                return Err(Refusal::new("42P16", message));
            }
            let name = ty.qualified_name();
            let parts: Vec<TypeName> = match self.catalogue.type_def(&name).map(|def| &def.kind) {
                Some(EnumOrOther::Composite(own)) => own.iter().map(|(_, ty)| ty.clone()).collect(),
                Some(EnumOrOther::Domain { base, .. }) => vec![base.clone()],
                Some(EnumOrOther::Enum(_) | EnumOrOther::Range | EnumOrOther::Other) => Vec::new(),
                None if ty.schema.is_none() => Vec::new(),
                None => {
                    let relation = self.catalogue.row_type(&name);
                    let relation = relation.and_then(|name| self.catalogue.get(&name));
                    let columns = relation.into_iter().flat_map(|own| &own.columns);
                    columns.map(|column| column.ty.clone()).collect()
                }
            };
            for part in parts {
                if !inside.contains(&part) {
                    inside.push(part);
                }
            }
            at += 1;
        }
        Ok(())
    }

    fn spread(&mut self, table: &ResolvedName, action: &TableAction) -> Outcome {
        let resolved = |ty: &Option<TypeName>| match ty {
            Some(ty) => self.catalogue.resolve_type(ty).map(Some),
            None => Ok(None),
        };
        match action {
            TableAction::AddColumn { column, .. } => {
                if let Some(ty) = resolved(&column.ty)? {
                    let column = Column::new(column.name.clone(), ty);
                    self.catalogue
                        .edit(table, |relation| relation.columns.push(column));
                }
            }
            TableAction::DropColumn { column, .. } => {
                self.drop_column(table, column, true, Behavior::Cascade, false)?;
            }
            TableAction::AlterType { column, ty, .. } => {
                let ty = self.catalogue.resolve_type(ty)?;
                self.catalogue.edit(table, |relation| {
                    if let Some(own) = relation.column_mut(column) {
                        own.ty = ty;
                    }
                });
            }
            TableAction::RenameColumn { from, to } => {
                self.catalogue.edit(table, |relation| {
                    if let Some(own) = relation.column_mut(from) {
                        own.name = to.clone();
                    }
                });
            }
            _ => {}
        }
        Ok(())
    }
}

impl Catalogue {
    /// Whether a composite type has no attribute of that name.
    pub(super) fn lacks_attribute(&self, ty: &ResolvedName, attribute: &Ident) -> bool {
        self.types.get(ty).is_some_and(|def| match &def.kind {
            EnumOrOther::Composite(own) => !own.iter().any(|(name, _)| name == attribute),
            EnumOrOther::Domain { .. }
            | EnumOrOther::Enum(_)
            | EnumOrOther::Range
            | EnumOrOther::Other => false,
        })
    }

    /// A stored column, as `table.column`, whose values have a type inside: as it is, in an array, in a
    /// domain over it or in a composite type.
    pub(crate) fn stored_column_with(&self, ty: &ResolvedName) -> Option<String> {
        let mut inside = vec![ty.clone()];
        let mut at = 0;
        while let Some(name) = inside.get(at).cloned() {
            let found = self.users(&name).find_map(|relation| {
                let column = relation
                    .columns
                    .iter()
                    .find(|own| is_type(&own.ty, &name))?;
                stores(relation.kind).then(|| format!("{}.{}", relation.name.name, column.name))
            });
            if found.is_some() {
                return found;
            }
            // The rows of a view are stored where its row type is.
            let views = self.users(&name).filter(|user| {
                let mut columns = user.columns.iter();
                user.kind == RelationKind::View && columns.any(|own| is_type(&own.ty, &name))
            });
            for view in views {
                if !inside.contains(&view.name) {
                    inside.push(view.name.clone());
                }
            }
            for def in self.types.values() {
                if !inside.contains(&def.name) && holds(&def.kind, &name) {
                    inside.push(def.name.clone());
                }
            }
            at += 1;
        }
        None
    }

    /// The domains over a domain, itself first, and the other types that hold values of one of them:
    /// composite types, and domains over an array.
    pub(crate) fn domains_over(
        &self,
        domain: &ResolvedName,
    ) -> (Vec<ResolvedName>, Vec<ResolvedName>) {
        let (mut domains, mut holders) = (vec![domain.clone()], Vec::new());
        let mut at = 0;
        while let Some(name) = domains.get(at).cloned() {
            for def in self.types.values() {
                match &def.kind {
                    EnumOrOther::Domain { base, .. } if is_type(base, &name) => match base.array {
                        true => holders.push(def.name.clone()),
                        false if !domains.contains(&def.name) => domains.push(def.name.clone()),
                        false => {}
                    },
                    EnumOrOther::Composite(_) if holds(&def.kind, &name) => {
                        holders.push(def.name.clone());
                    }
                    _ => {}
                }
            }
            at += 1;
        }
        (domains, holders)
    }
}

fn holds(kind: &EnumOrOther, name: &ResolvedName) -> bool {
    match kind {
        EnumOrOther::Domain { base, .. } => is_type(base, name),
        EnumOrOther::Composite(attributes) => attributes
            .iter()
            .any(|(_, ty): &(Ident, TypeName)| is_type(ty, name)),
        EnumOrOther::Enum(_) | EnumOrOther::Range | EnumOrOther::Other => false,
    }
}

fn stores(kind: RelationKind) -> bool {
    match kind {
        RelationKind::Table
        | RelationKind::PartitionedTable
        | RelationKind::ForeignTable
        | RelationKind::MaterializedView => true,
        RelationKind::View | RelationKind::Sequence => false,
    }
}
