//! ALTER CONSTRAINT: which attributes of which constraints can change.

use super::alter_table::missing_constraint;
use super::session::Outcome;
use super::{ConstraintKind, Refusal, ResolvedName, Session};
use crate::sql::ast::{ConstraintAttributes, Ident};

impl Session {
    pub(super) fn alter_constraint(
        &mut self,
        table: &ResolvedName,
        name: &Ident,
        attributes: &ConstraintAttributes,
    ) -> Outcome {
        let relation = self.known(table)?;
        let Some(constraint) = relation.constraint(name) else {
            return missing_constraint(relation, name);
        };
        let foreign = matches!(constraint.kind, ConstraintKind::ForeignKey { .. });
        if foreign && constraint.inherited {
            let message = format!(
                "cannot alter constraint \"{name}\" on relation \"{}\"",
                table.name
            );
            let sqlstate = if self.version < 18 { "XX000" } else { "55000" };
            return Err(Refusal::new(sqlstate, message));
        }
        self.can_alter(&constraint.kind, (table, name), attributes)?;
        self.each_inheriting(table, &mut |relation| {
            if let Some(constraint) = relation.constraints.iter_mut().find(|c| c.name == *name) {
                if let Some(enforced) = attributes.enforced {
                    constraint.enforced = enforced;
                    constraint.validated = enforced;
                } else if let Some(no_inherit) = attributes.no_inherit {
                    constraint.no_inherit = no_inherit;
                } else {
                    let deferred = attributes.initially_deferred.unwrap_or(false);
                    constraint.deferrable = attributes.deferrable.unwrap_or(deferred);
                    constraint.initially_deferred = deferred;
                }
            }
        });
        Ok(())
    }

    /// Only a foreign key changes before 18, and each attribute is of one kind from then on (`ATExecAlterConstraint`,
    /// `ATExecAlterConstraintInternal`; measured on 14 to 18).
    fn can_alter(
        &self,
        kind: &ConstraintKind,
        (table, name): (&ResolvedName, &Ident),
        attributes: &ConstraintAttributes,
    ) -> Outcome {
        let foreign = matches!(kind, ConstraintKind::ForeignKey { .. });
        let waits = attributes.deferrable.is_some() || attributes.initially_deferred.is_some();
        let of = format!("constraint \"{name}\" of relation \"{}\"", table.name);
        let message = if !foreign && (self.version < 18 || waits) {
            format!("{of} is not a foreign key constraint")
        } else if !foreign && attributes.enforced.is_some() {
            format!("cannot alter enforceability of {of}")
        } else if attributes.no_inherit.is_some() && *kind != ConstraintKind::NotNull {
            format!("{of} is not a not-null constraint")
        } else {
            return Ok(());
        };
        Err(Refusal::new("42809", message))
    }
}

/// Refuses what ALTER CONSTRAINT cannot say, before the table is looked up (`processCASbits`, gram.y).
pub(super) fn can_say(attributes: &ConstraintAttributes, version: u16) -> Outcome {
    let refuse = |sqlstate, message: &str| Err(Refusal::new(sqlstate, message));
    if version < 18 && attributes.enforced.is_some() {
        return refuse("42601", "syntax error at or near \"ENFORCED\"");
    }
    if version < 18 && attributes.no_inherit == Some(false) {
        return refuse("42601", "syntax error at or near \"INHERIT\"");
    }
    match version {
        18.. if attributes.not_valid => {
            refuse("0A000", "constraints cannot be altered to be NOT VALID")
        }
        ..18 if attributes.not_valid => refuse(
            "0A000",
            "FOREIGN KEY constraints cannot be marked NOT VALID",
        ),
        ..18 if attributes.no_inherit.is_some() => refuse(
            "0A000",
            "FOREIGN KEY constraints cannot be marked NO INHERIT",
        ),
        _ => Ok(()),
    }
}
