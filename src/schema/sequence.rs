//! Sequences: made on their own, for serial and identity columns, and owned by a column.

use super::session::Outcome;
use super::{
    Column, Refusal, Relation, RelationKind, ResolvedName, Session, naming, sequence_range,
};
use crate::sql::ast::{
    AlterSequence, Call, CreateSequence, Expr, Ident, QualifiedName, SequenceOption, SqlExpr,
    TypeName,
};

impl Session {
    pub(super) fn create_sequence(&mut self, create: &CreateSequence) -> Outcome {
        let name = self.relation_place(&create.name, create.persistence)?;
        if create.if_not_exists && self.catalogue.is_taken(&name) {
            return Ok(());
        }
        // Asked before its name (`DefineSequence`).
        sequence_range::refuse(&[], &create.options, true, false)?;
        self.relation_is_free(&name)?;
        let mut sequence = Relation::new(name.clone(), RelationKind::Sequence);
        sequence.persistence = create.persistence;
        self.create(sequence);
        self.set_sequence_options(&name, &create.options)
    }

    pub(super) fn alter_sequence(&mut self, alter: &AlterSequence) -> Outcome {
        if alter.if_exists && self.catalogue.relation(&alter.name).is_none() {
            return Ok(());
        }
        let name = self.reach(&alter.name)?;
        let relation = self.known(&name)?;
        if relation.kind != RelationKind::Sequence && relation.columns_known {
            let message = format!("\"{}\" is not a sequence", name.name);
            return Err(Refusal::new("42809", message));
        }
        self.can_count(&name, &alter.options, false)?;
        self.set_sequence_options(&name, &alter.options)
    }

    /// The sequence of a serial or identity column (`generateSerialExtraStmts`).
    pub(super) fn own_sequence(
        &mut self,
        table: &ResolvedName,
        column: &Column,
        options: &[SequenceOption],
        of_identity: bool,
    ) -> Result<ResolvedName, Refusal> {
        let given = options.iter().find_map(|option| match option {
            SequenceOption::Name(name) => Some(name.clone()),
            SequenceOption::As(_)
            | SequenceOption::OwnedBy(_)
            | SequenceOption::Restart(_)
            | SequenceOption::Other(..) => None,
        });
        let name = match given {
            Some(QualifiedName { schema, name }) => {
                ResolvedName::new(schema.unwrap_or_else(|| table.schema.clone()), name)
            }
            None => {
                let parts = (table.name.as_str(), Some(column.name.as_str()));
                let name =
                    naming::relation_name(&self.catalogue, &table.schema, parts, "seq", false);
                ResolvedName::new(table.schema.clone(), name)
            }
        };
        self.relation_is_free(&name)?;
        let mut sequence = Relation::new(name.clone(), RelationKind::Sequence);
        sequence.of_identity = of_identity;
        sequence.owned_by = Some((table.clone(), column.name.clone()));
        sequence.sequence_options = vec![SequenceOption::As(TypeName {
            modifiers: Vec::new(),
            ..column.ty.clone()
        })];
        self.create(sequence);
        self.can_count(&name, options, true)?;
        self.set_sequence_options(&name, options)?;
        Ok(name)
    }

    /// The sequence that a column owns, whether for serial or for identity.
    pub(super) fn owned_sequence(
        &self,
        table: &ResolvedName,
        column: &Ident,
    ) -> Option<ResolvedName> {
        self.catalogue
            .dependents(table)
            .find(|relation| {
                relation
                    .owned_by
                    .as_ref()
                    .is_some_and(|(owner, own)| owner == table && own == column)
            })
            .map(|relation| relation.name.clone())
    }

    /// The sequence that counts for an identity column.
    pub(super) fn identity_sequence(
        &self,
        table: &ResolvedName,
        column: &Ident,
    ) -> Option<ResolvedName> {
        let mut all = self.catalogue.dependents(table);
        let found = all.find(|own| {
            let owner = own.owned_by.as_ref();
            own.of_identity && owner.is_some_and(|(owner, own)| owner == table && own == column)
        });
        found.map(|own| own.name.clone())
    }

    /// Refuses options with which a sequence cannot count.
    pub(super) fn can_count(
        &self,
        name: &ResolvedName,
        options: &[SequenceOption],
        new: bool,
    ) -> Outcome {
        let sequence = self.known(name)?;
        match sequence.columns_known && sequence.kind == RelationKind::Sequence {
            true => sequence_range::refuse(
                &sequence.sequence_options,
                options,
                new,
                sequence.of_identity,
            ),
            false => Ok(()),
        }
    }

    /// Keeps the options that differ from before; OWNED BY is looked up.
    pub(super) fn set_sequence_options(
        &mut self,
        name: &ResolvedName,
        options: &[SequenceOption],
    ) -> Outcome {
        for option in options {
            let owner = match option {
                SequenceOption::OwnedBy(Some((table, column))) => {
                    let table = self.reach(table)?;
                    let relation = self.known(&table)?;
                    if matches!(
                        relation.kind,
                        RelationKind::MaterializedView | RelationKind::Sequence
                    ) {
                        let message =
                            format!("sequence cannot be owned by relation \"{}\"", table.name);
                        return Err(Refusal::new("42809", message));
                    }
                    if table.schema != name.schema {
                        let message = "sequence must be in same schema as table it is linked to";
                        return Err(Refusal::new("55000", message));
                    }
                    if relation.column(column).is_none() && relation.columns_known {
                        return Err(Refusal::no_column(column, &table));
                    }
                    self.may_change_owner(name)?;
                    Some(Some((table, column.clone())))
                }
                SequenceOption::OwnedBy(None) => {
                    self.may_change_owner(name)?;
                    Some(None)
                }
                SequenceOption::As(_)
                | SequenceOption::Name(_)
                | SequenceOption::Restart(_)
                | SequenceOption::Other(..) => None,
            };
            self.catalogue.edit(name, |sequence| match owner {
                Some(owner) => sequence.owned_by = owner,
                None => {
                    let kept = &mut sequence.sequence_options;
                    kept.retain(|own| !is_same_option(own, option));
                    if !matches!(option, SequenceOption::Name(_)) {
                        kept.push(option.clone());
                    }
                }
            });
        }
        Ok(())
    }

    /// The sequence of an identity column stays with it.
    fn may_change_owner(&self, sequence: &ResolvedName) -> Outcome {
        if self.known(sequence)?.of_identity {
            let message = "cannot change ownership of identity sequence";
            return Err(Refusal::new("0A000", message));
        }
        Ok(())
    }

    /// A default as the catalogue keeps it: `nextval` with its sequence looked up; NULL as none, unless
    /// the type's modifiers make a call of it (`AddRelationNewConstraints`).
    pub(super) fn default_value(
        &mut self,
        expr: &SqlExpr,
        ty: &TypeName,
    ) -> Result<Option<SqlExpr>, Refusal> {
        let is_cut = !ty.modifiers.is_empty() && ty.name != "interval"
            || ty.name == "bit" && ty.modifiers.is_empty();
        if expr.expr == Expr::Null && !is_cut && !self.catalogue.is_domain(ty) {
            return Ok(None);
        }
        let Some(name) = sequence_of(expr) else {
            return Ok(Some(expr.clone()));
        };
        let full = self.reach(&name)?;
        Ok(Some(next_value(&full)))
    }
}

/// `nextval('t_id_seq'::regclass)`, with the schema unless it is `public`.
pub(super) fn next_value(sequence: &ResolvedName) -> SqlExpr {
    let name = if sequence.schema == "public" {
        sequence.name.to_sql().into_owned()
    } else {
        sequence.to_sql()
    };
    let cast = Expr::Cast {
        expr: Box::new(Expr::String(name.clone())),
        ty: TypeName::plain("regclass"),
    };
    let call = Call::new(QualifiedName::bare("nextval"), vec![cast]);
    SqlExpr {
        text: format!("nextval('{}'::regclass)", name.replace('\'', "''")),
        expr: Expr::Call(Box::new(call)),
    }
}

/// The sequence named by `nextval('s')` or `nextval('s'::regclass)`; a text argument names none
/// until it is run.
pub(super) fn sequence_of(expr: &SqlExpr) -> Option<QualifiedName> {
    let Expr::Call(call) = &expr.expr else {
        return None;
    };
    if call.name.name != "nextval" {
        return None;
    }
    let name = match call.args.as_slice() {
        [Expr::String(name)] => name,
        [Expr::Cast { expr, ty }] if ty.name == "regclass" => match expr.as_ref() {
            Expr::String(name) => name,
            _ => return None,
        },
        _ => return None,
    };
    Some(name_in_string(name))
}

/// The full name in a default that the catalogue keeps.
pub(super) fn default_sequence(expr: &SqlExpr) -> Option<ResolvedName> {
    let name = sequence_of(expr)?;
    let schema = name.schema.unwrap_or_else(|| Ident::new("public"));
    Some(ResolvedName::new(schema, name.name))
}

/// `s.t` or `"S"."t"` as an input of `regclass`.
pub(crate) fn name_in_string(text: &str) -> QualifiedName {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                parts
                    .iter_mut()
                    .rev()
                    .take(1)
                    .for_each(|part| part.push('"'));
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            c if quoted => parts.iter_mut().rev().take(1).for_each(|part| part.push(c)),
            c => parts
                .iter_mut()
                .rev()
                .take(1)
                .for_each(|part| part.push(c.to_ascii_lowercase())),
        }
    }
    let name = parts.pop().unwrap_or_default();
    QualifiedName {
        schema: parts.pop().map(Ident::new),
        name: Ident::new(name),
    }
}

fn is_same_option(one: &SequenceOption, other: &SequenceOption) -> bool {
    match (one, other) {
        (SequenceOption::Other(one, _), SequenceOption::Other(other, _)) => {
            one.trim_start_matches("NO ") == other.trim_start_matches("NO ")
        }
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}
