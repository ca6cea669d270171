//! Types somebody creates: enums, domains, composites and the others.

use super::constraint::with_attributes;
use super::dependency::is_type;
use super::session::Outcome;
use super::{
    Catalogue, Constraint, ConstraintKind, EnumOrOther, Refusal, RelationKind, ResolvedName,
    Session, TypeDef, naming,
};
use crate::sql::ast::{
    AlterAction, AlterDomain, AlterEnum, CreateDomain, CreateType, Expr, Ident, QualifiedName,
    SqlExpr, TableAction, TableConstraint, TableConstraintKind, TypeKind, TypeName,
};

impl Session {
    pub(super) fn create_type(&mut self, create: &CreateType) -> Outcome {
        let fills_shell = match &create.kind {
            TypeKind::Base(_) => true,
            TypeKind::Range(options) => options.iter().any(|option| option.name == "canonical"),
            TypeKind::Enum(_) | TypeKind::Composite(_) | TypeKind::Shell => false,
        };
        let name = self.free_type_name(&create.name, fills_shell)?;
        let kind = match &create.kind {
            TypeKind::Enum(labels) => EnumOrOther::Enum(labels.clone()),
            TypeKind::Composite(columns) => {
                let mut attributes = Vec::with_capacity(columns.len());
                for column in columns {
                    if let Some(ty) = &column.ty {
                        attributes.push((column.name.clone(), self.catalogue.resolve_type(ty)?));
                    }
                }
                if self.catalogue.is_taken(&name) {
                    return Err(Refusal::relation_exists(&name.name));
                }
                EnumOrOther::Composite(attributes)
            }
            TypeKind::Range(_) => EnumOrOther::Range,
            TypeKind::Base(_) | TypeKind::Shell => EnumOrOther::Other,
        };
        let made = self.catalogue.mark_made();
        self.put_type(TypeDef { name, made, kind });
        Ok(())
    }

    pub(super) fn create_domain(&mut self, create: &CreateDomain) -> Outcome {
        let name = self.free_type_name(&create.name, false)?;
        let base = self.catalogue.resolve_type(&create.ty)?;
        if let Some(default) = &create.default {
            self.catalogue.can_default(&name.name, &base, default)?;
        }
        let made = self.catalogue.mark_made();
        self.put_type(TypeDef {
            name: name.clone(),
            made,
            kind: EnumOrOther::Domain {
                base,
                not_null: create.not_null,
                default: create.default.clone(),
                checks: Vec::new(),
            },
        });
        for constraint in &create.constraints {
            self.add_domain_constraint(&name, constraint)?;
        }
        Ok(())
    }

    pub(super) fn alter_enum(&mut self, name: &QualifiedName, action: &AlterEnum) -> Outcome {
        let no_enum = || Refusal::new("42809", format!("{name} is not an enum"));
        let Some(def) = self.catalogue.type_def(name) else {
            return Err(match self.is_row_type(name) {
                true => no_enum(),
                false => self.missing_type(name),
            });
        };
        let EnumOrOther::Enum(labels) = &def.kind else {
            return Err(no_enum());
        };
        let no_label = |label: &str| {
            let message = format!("\"{label}\" is not an existing enum label");
            Refusal::new("22023", message)
        };
        let exists = |label: &str| {
            let message = format!("enum label \"{label}\" already exists");
            Refusal::new("42710", message)
        };
        let mut labels = labels.clone();
        match action {
            AlterEnum::AddValue {
                if_not_exists,
                label,
                neighbor,
            } => {
                if labels.contains(label) {
                    return if *if_not_exists {
                        Ok(())
                    } else {
                        Err(exists(label))
                    };
                }
                let at = match neighbor {
                    None => labels.len(),
                    Some((before, neighbor)) => {
                        let found = labels.iter().position(|own| own == neighbor);
                        found.ok_or_else(|| no_label(neighbor))? + usize::from(!before)
                    }
                };
                labels.insert(at, label.clone());
                if self.in_transaction() {
                    let added = (def.name.clone(), label.clone());
                    self.added_labels.insert(added);
                }
            }
            AlterEnum::RenameValue { from, to } => {
                let found = labels.iter().position(|own| own == from);
                let at = found.ok_or_else(|| no_label(from))?;
                if labels.contains(to) {
                    return Err(exists(to));
                }
                if let Some(label) = labels.get_mut(at) {
                    *label = to.clone();
                }
                let (name, made) = (def.name.clone(), def.made);
                self.rename_label_in_defaults(&name, from, to);
                self.put_type(TypeDef {
                    name,
                    made,
                    kind: EnumOrOther::Enum(labels),
                });
                return Ok(());
            }
        }
        let (name, made) = (def.name.clone(), def.made);
        self.put_type(TypeDef {
            name,
            made,
            kind: EnumOrOther::Enum(labels),
        });
        Ok(())
    }

    /// Defaults that are a label of an enum follow its name, also in columns that are of another type by now.
    fn rename_label_in_defaults(&mut self, ty: &ResolvedName, from: &str, to: &str) {
        let label = |of: &TypeName, default: &mut Expr| {
            let constant = match default {
                Expr::Cast { expr, ty: own } if is_type(own, ty) => expr.as_mut(),
                Expr::Cast { expr, .. } if is_type(of, ty) => expr.as_mut(),
                other if is_type(of, ty) => other,
                _ => return false,
            };
            let found = *constant == Expr::String(from.to_owned());
            if found {
                *constant = Expr::String(to.to_owned());
            }
            found
        };
        let users: Vec<ResolvedName> = self.catalogue.relations.keys().cloned().collect();
        for user in users {
            let columns = self.catalogue.get(&user).into_iter();
            let columns = columns.flat_map(|relation| &relation.columns);
            let renamed: Vec<(Ident, Expr)> = columns
                .filter_map(|column| {
                    let mut expr = column.default.as_ref()?.expr.clone();
                    label(&column.ty, &mut expr).then(|| (column.name.clone(), expr))
                })
                .collect();
            if renamed.is_empty() {
                continue;
            }
            self.catalogue.edit(&user, |relation| {
                for (name, expr) in renamed {
                    let text = format!("'{}'", to.replace('\'', "''"));
                    let text = match &expr {
                        Expr::Cast { ty, .. } => format!("{text}::{ty}"),
                        _ => text,
                    };
                    if let Some(column) = relation.column_mut(&name) {
                        column.default = Some(SqlExpr { text, expr });
                    }
                }
            });
        }
    }

    pub(super) fn alter_composite(
        &mut self,
        name: &QualifiedName,
        actions: &[AlterAction],
    ) -> Outcome {
        let Some(def) = self.catalogue.composite(name) else {
            let message = format!("\"{name}\" is not a composite type");
            let taken = self.catalogue.relation(name).is_some();
            return Err(match &name.schema {
                _ if taken || self.catalogue.index(name).is_some() => {
                    Refusal::new("42809", message)
                }
                Some(schema) if !self.catalogue.has_schema(schema) => Refusal::no_schema(schema),
                _ => Refusal::no_relation(name),
            });
        };
        let EnumOrOther::Composite(attributes) = &def.kind else {
            let message = format!("{name} is not a composite type");
            return Err(Refusal::new("42809", message));
        };
        let (full, made, mut attributes) = (def.name.clone(), def.made, attributes.clone());
        let position = |attributes: &[(Ident, _)], name: &Ident| {
            let found = attributes.iter().position(|(own, _)| own == name);
            found.ok_or_else(|| Refusal::no_column(name, &full))
        };
        for action in actions {
            match &action.action {
                TableAction::AddColumn { column, .. } => {
                    if attributes.iter().any(|(own, _)| *own == column.name) {
                        return Err(Refusal::column_exists(&column.name, &full));
                    }
                    if let Some(ty) = &column.ty {
                        let ty = self.catalogue.resolve_type(ty)?;
                        self.is_no_member_of_itself(&full, &ty)?;
                        attributes.push((column.name.clone(), ty));
                    }
                }
                TableAction::DropColumn {
                    column, if_exists, ..
                } => match position(&attributes, column) {
                    Ok(at) => {
                        attributes.remove(at);
                    }
                    Err(_) if *if_exists => {}
                    Err(refusal) => return Err(refusal),
                },
                TableAction::AlterType { column, ty, .. } => {
                    let at = position(&attributes, column)?;
                    let ty = self.catalogue.resolve_type(ty)?;
                    if let Some(attribute) = attributes.get_mut(at) {
                        attribute.1 = ty;
                    }
                }
                TableAction::RenameColumn { from, to } => {
                    let at = position(&attributes, from).map_err(|_| {
                        Refusal::new("42703", format!("column \"{from}\" does not exist"))
                    })?;
                    if attributes.iter().any(|(own, _)| own == to) {
                        return Err(Refusal::column_exists(to, &full));
                    }
                    if let Some(attribute) = attributes.get_mut(at) {
                        attribute.0 = to.clone();
                    }
                }
                _ => {}
            }
        }
        self.put_type(TypeDef {
            name: full,
            made,
            kind: EnumOrOther::Composite(attributes),
        });
        Ok(())
    }

    pub(super) fn alter_domain(&mut self, name: &QualifiedName, action: &AlterDomain) -> Outcome {
        let Some(def) = self.catalogue.type_def(name) else {
            return Err(self.missing_type(name));
        };
        let full = def.name.clone();
        let not_there = |constraint: &Ident| {
            let message =
                format!("constraint \"{constraint}\" of domain \"{name}\" does not exist");
            Refusal::new("42704", message)
        };
        if let AlterDomain::AddConstraint(constraint) = action {
            self.add_domain_constraint(&full, constraint)?;
            return match constraint.attributes.not_valid {
                true => Ok(()),
                false => self.is_in_no_container(&full),
            };
        }
        let mut new = def.clone();
        let EnumOrOther::Domain {
            not_null,
            default,
            checks,
            base,
        } = &mut new.kind
        else {
            let message = format!("\"{name}\" is not a domain");
            return Err(Refusal::new("42809", message));
        };
        match action {
            AlterDomain::Default(expr) => {
                if let Some(expr) = expr {
                    self.catalogue.can_default(&full.name, base, expr)?;
                }
                default.clone_from(expr);
            }
            AlterDomain::NotNull(on) => {
                if *on && !*not_null {
                    self.is_in_no_container(&full)?;
                }
                *not_null = *on;
            }
            AlterDomain::DropConstraint {
                name, if_exists, ..
            } => {
                let before = checks.len();
                checks.retain(|check| check.name.as_ref() != Some(name));
                if checks.len() == before && !if_exists {
                    return Err(not_there(name));
                }
            }
            AlterDomain::ValidateConstraint(name) => {
                let check = checks.iter_mut().find(|c| c.name.as_ref() == Some(name));
                let check = check.ok_or_else(|| not_there(name))?;
                check.attributes.not_valid = false;
                self.is_in_no_container(&full)?;
            }
            AlterDomain::RenameConstraint { from, to } => {
                let at = checks.iter().position(|c| c.name.as_ref() == Some(from));
                let shown = self.catalogue.shown_name(&full);
                let at = at.ok_or_else(|| {
                    let message =
                        format!("constraint \"{from}\" for domain {shown} does not exist");
                    Refusal::new("42704", message)
                })?;
                is_free_in_domain(&shown, checks, to)?;
                if let Some(check) = checks.get_mut(at) {
                    check.name = Some(to.clone());
                }
            }
            AlterDomain::AddConstraint(_) => {}
        }
        self.put_type(new);
        Ok(())
    }

    /// Refuses a new condition on a domain whose values stand inside an array, a row or a range of some
    /// table, where PostgreSQL does not look for them (`get_rels_with_domain`).
    fn is_in_no_container(&self, domain: &ResolvedName) -> Outcome {
        let (domains, holders) = self.catalogue.domains_over(domain);
        let relations = || self.catalogue.relations();
        let in_array = domains.iter().find_map(|domain| {
            relations()
                .filter(|own| own.kind != RelationKind::View)
                .find_map(|own| {
                    let mut columns = own.columns.iter();
                    let found = columns.find(|c| c.ty.array && is_type(&c.ty, domain))?;
                    Some(format!("{}.{}", own.name.name, found.name))
                })
        });
        let has_one = |own: &&super::Relation| {
            let mut columns = own.columns.iter();
            columns.any(|column| domains.iter().any(|domain| is_type(&column.ty, domain)))
        };
        let rows = relations().filter(has_one).map(|own| &own.name);
        let user = in_array.or_else(|| {
            let mut all = holders.iter().chain(rows);
            all.find_map(|holder| self.catalogue.stored_column_with(holder))
        });
        match user {
            Some(user) => {
                let message = format!(
                    "cannot alter type \"{}\" because column \"{user}\" uses it",
                    domain.name
                );
                Err(Refusal::new("0A000", message))
            }
            None => Ok(()),
        }
    }

    fn add_domain_constraint(
        &mut self,
        domain: &ResolvedName,
        constraint: &TableConstraint,
    ) -> Outcome {
        let Some(mut new) = self
            .catalogue
            .types
            .get(domain)
            .map(|def| TypeDef::clone(def))
        else {
            return Ok(());
        };
        let EnumOrOther::Domain {
            not_null,
            checks,
            base,
            ..
        } = &mut new.kind
        else {
            let message = format!("\"{}\" is not a domain", domain.name);
            return Err(Refusal::new("42809", message));
        };
        if let TableConstraintKind::NotNull(_) = constraint.kind {
            *not_null = true;
        } else {
            if let TableConstraintKind::Check(check) = &constraint.kind {
                self.judges_value(domain, base, check)?;
            }
            let mut constraint = constraint.clone();
            let name = constraint
                .name
                .take()
                .unwrap_or_else(|| naming::constraint_name(&self.catalogue, domain, None, "check"));
            is_free_in_domain(&format!("\"{}\"", domain.name), checks, &name)?;
            constraint.name = Some(name);
            checks.push(constraint);
        }
        self.put_type(new);
        Ok(())
    }

    /// Refuses a condition of a domain that names something else than `VALUE`, or holds it against what its type has no
    /// value for (`domainAddCheckConstraint`).
    fn judges_value(&self, domain: &ResolvedName, base: &TypeName, check: &SqlExpr) -> Outcome {
        let mut row = super::Relation::new(domain.clone(), RelationKind::Table);
        let value = super::Column::new(Ident::new("value"), base.clone());
        row.columns.push(value);
        let mut missing = None;
        super::mentions::walk(&check.expr, &mut |node| {
            if let Expr::Column(parts) = node
                && let [column] = parts.as_slice()
                && *column != "value"
            {
                missing.get_or_insert(column);
            }
        });
        if let Some(column) = missing {
            let message = format!("column \"{column}\" does not exist");
            return Err(Refusal::new("42703", message));
        }
        self.catalogue.finds_operators(&row, &check.expr)
    }

    /// Renames a type or moves it; what is of that type follows.
    pub(super) fn move_type(&mut self, name: &QualifiedName, to: &ResolvedName) -> Outcome {
        let Some(def) = self.catalogue.type_def(name) else {
            return Err(self.missing_type(name));
        };
        let mut new = def.clone();
        if matches!(new.kind, EnumOrOther::Composite(_)) && self.catalogue.is_taken(to) {
            return Err(Refusal::relation_exists(&to.name));
        }
        let row_type = self.catalogue.get(to);
        if self.catalogue.types.contains_key(to)
            || row_type.is_some_and(|relation| relation.kind != RelationKind::Sequence)
        {
            return Err(Refusal::type_exists(&to.name));
        }
        let from = std::mem::replace(&mut new.name, to.clone());
        self.catalogue.change_type(&from, None);
        self.put_type(new);
        self.move_type_uses(&from, to);
        Ok(())
    }

    /// `SET SCHEMA`; the row type of a table goes where its table goes, and not alone (`AlterTypeNamespaceInternal`).
    pub(super) fn set_type_schema(&mut self, name: &QualifiedName, schema: &Ident) -> Outcome {
        let def = self.catalogue.type_def(name).map(|def| def.name.clone());
        let Some(from) = def.clone().or_else(|| self.catalogue.row_type(name)) else {
            return Err(self.missing_type(name));
        };
        if !self.catalogue.has_schema(schema) {
            return Err(Refusal::no_schema(schema));
        }
        let to = ResolvedName::new(schema.clone(), from.name.clone());
        if from != to && self.catalogue.has_type(&to) {
            let message = format!("type \"{}\" already exists in schema \"{schema}\"", to.name);
            return Err(Refusal::new("42710", message));
        }
        if def.is_none() {
            let message = format!("{} is a table's row type", from.name);
            return Err(Refusal::new("42809", message));
        }
        if from == to {
            return Ok(());
        }
        self.move_type(name, &to)
    }

    fn is_row_type(&self, name: &QualifiedName) -> bool {
        self.catalogue.row_type(name).is_some()
    }

    /// What PostgreSQL says of a type that is not there, or is the row type of a table.
    pub(super) fn missing_type(&self, name: &QualifiedName) -> Refusal {
        match &name.schema {
            _ if self.is_row_type(name) => {
                Refusal::new("42809", format!("\"{name}\" is not a type of that kind"))
            }
            Some(schema) if !self.catalogue.has_schema(schema) => Refusal::no_schema(schema),
            _ => Refusal::no_type(name),
        }
    }

    fn free_type_name(
        &self,
        name: &QualifiedName,
        fills_shell: bool,
    ) -> Result<ResolvedName, Refusal> {
        let full = self.place(name)?;
        let is_shell = |catalogue: &Catalogue| {
            let def = catalogue.types.get(&full);
            def.is_some_and(|def| def.kind == EnumOrOther::Other)
        };
        let taken =
            self.catalogue.types.contains_key(&full) && !(fills_shell && is_shell(&self.catalogue));
        let is_row_type = self
            .catalogue
            .get(&full)
            .is_some_and(|relation| relation.kind != RelationKind::Sequence);
        if taken || is_row_type {
            return Err(Refusal::type_exists(&full.name));
        }
        Ok(full)
    }

    fn put_type(&mut self, def: TypeDef) {
        self.catalogue.note_made(&def.name);
        let name = def.name.clone();
        self.catalogue.change_type(&name, Some(def.into()));
    }
}

/// Refuses a constraint's name that another constraint of the domain has.
fn is_free_in_domain(domain: &str, checks: &[TableConstraint], name: &Ident) -> Outcome {
    if checks.iter().any(|own| own.name.as_ref() == Some(name)) {
        let message = format!("constraint \"{name}\" for domain {domain} already exists");
        return Err(Refusal::new("42710", message));
    }
    Ok(())
}

impl TypeDef {
    /// The names of a domain's checks.
    pub(super) fn check_names(&self) -> impl Iterator<Item = &Ident> {
        let checks = match &self.kind {
            EnumOrOther::Domain { checks, .. } => checks.as_slice(),
            _ => &[],
        };
        checks.iter().filter_map(|check| check.name.as_ref())
    }

    /// The checks of a domain as constraints; none of any other type.
    pub fn constraints(&self) -> Vec<Constraint> {
        let EnumOrOther::Domain { checks, .. } = &self.kind else {
            return Vec::new();
        };
        let constraints = checks.iter().filter_map(|check| match &check.kind {
            TableConstraintKind::Check(expr) => {
                let kind = ConstraintKind::Check(expr.clone());
                let constraint = Constraint::new(check.name.clone()?, kind, Vec::new());
                Some(with_attributes(constraint, &check.attributes))
            }
            TableConstraintKind::NotNull(_)
            | TableConstraintKind::PrimaryKey { .. }
            | TableConstraintKind::Unique { .. }
            | TableConstraintKind::UsingIndex { .. }
            | TableConstraintKind::Exclude { .. }
            | TableConstraintKind::ForeignKey { .. } => None,
        });
        constraints.collect()
    }
}
