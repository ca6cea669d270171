//! Rename column: the new name beside the old one, a trigger between them, the old one dropped last.

use super::draft::{At, Block, Stage, batch};
use super::obstacle::{obstacle, uses};
use super::work::Work;
use super::{PlanError, Recipe, naming, spell};
use crate::schema::{Catalogue, Constraint, ConstraintKind, Relation, ResolvedName};
use crate::sql::Phase;
use crate::sql::ast::{Ident, TableAction};

pub(super) const RECIPE: Recipe = Recipe {
    id: "rename-column",
    summary: "adds the new name beside the old one, keeps both the same with a trigger, fills it, and drops the old one last",
    take,
};

fn take(work: &mut Work<'_>, at: usize) -> Result<bool, PlanError> {
    let Some(step) = work.steps.get(at) else {
        return Ok(false);
    };
    let Some((alter, TableAction::RenameColumn { from, to })) = step.action() else {
        return Ok(false);
    };
    if step.phase != Some(Phase::Contract) {
        return Ok(false);
    }
    let (name, from, to) = (alter.name.clone(), from.clone(), to.clone());
    let old = work.relation(at, &name)?.clone();
    let new = work.relation_after(at, &old.name)?.clone();
    if let Some(catalogue) = work.catalogue(at)
        && let Some(obstacle) = obstacle(catalogue, &old, &from)
    {
        return Err(work.refuse(
            at,
            format!("{}.{from} cannot be renamed through a second column: {obstacle}", old.name),
            "take that away in a migration before this one and make it anew after it, or keep the name",
        ));
    }
    work.claim(at, &old.name, &from)?;
    work.claim(at, &old.name, &to)?;
    let names = Names::new(work.catalogue(at), &old.name, &to);
    let rename = Rename {
        old,
        new,
        from,
        to,
        names,
    };
    rename.write(work, at);
    Ok(true)
}

/// Names of ours, gone at the end.
struct Names {
    function: ResolvedName,
    trigger: Ident,
    not_null: Ident,
}

impl Names {
    fn new(catalogue: Option<&Catalogue>, table: &ResolvedName, to: &Ident) -> Self {
        let function = super::fill::function_name(catalogue, table, to, "sync");
        Self {
            trigger: super::fill::trigger_name(&function.name),
            function,
            not_null: naming::own(&[&table.name, to], "not_null", |_| false),
        }
    }
}

struct Rename {
    /// The table before.
    old: Relation,
    /// The table as the plain rename would leave it.
    new: Relation,
    from: Ident,
    to: Ident,
    names: Names,
}

impl Rename {
    fn write(&self, work: &mut Work<'_>, at: usize) {
        let Some(column) = self.old.column(&self.from) else {
            return;
        };
        let name = &self.old.name;
        let table = name.to_sql();
        let (from, to) = (self.from.to_sql(), self.to.to_sql());
        let shown = |column: &Ident| format!("{}.{column}", name.name);
        let (old, new) = (shown(&self.from), shown(&self.to));

        let mut expand = vec![format!(
            "ALTER TABLE {table} ADD COLUMN {to} {}",
            spell::column_type(column)
        )];
        expand.extend(self.trigger());
        self.block(
            work,
            Stage::Expand,
            &format!("Adds {new} beside {old}. The trigger keeps the two the same, whichever of them a release writes."),
            expand,
        );
        let mut fill = self.new_block(
            Stage::Backfill,
            &format!("Fills {new} in the rows that were there before the trigger."),
            vec![format!(
                "UPDATE {table} SET {to} = {from} WHERE {}",
                self.unfilled(column.ty.name.as_str())
            )],
        );
        fill.directives.push(batch(&self.old));
        work.draft.block(fill);

        let mut declare = Vec::new();
        let mut prove = Vec::new();
        let mut finish = vec![
            format!("DROP TRIGGER {} ON {table}", self.names.trigger.to_sql()),
            format!("DROP FUNCTION {}()", self.names.function.to_sql()),
        ];
        if let Some(default) = &column.default {
            finish.push(format!(
                "ALTER TABLE {table} ALTER COLUMN {to} SET DEFAULT {}",
                default.text
            ));
        }
        if column.not_null {
            let check = self.names.not_null.to_sql();
            declare.push(format!(
                "ALTER TABLE {table} ADD CONSTRAINT {check} CHECK ({to} IS NOT NULL) NOT VALID"
            ));
            prove.push(format!("ALTER TABLE {table} VALIDATE CONSTRAINT {check}"));
            // In one ALTER TABLE the check would go first, and prove nothing (lock-truth: `multi_action`).
            finish.push(format!(
                "ALTER TABLE {table} ALTER COLUMN {to} SET NOT NULL"
            ));
            finish.push(format!("ALTER TABLE {table} DROP CONSTRAINT {check}"));
        }
        for sequence in self.sequences(work, at) {
            finish.push(format!("ALTER SEQUENCE {sequence} OWNED BY {table}.{to}"));
        }
        let mut renames = Vec::new();
        self.constraints(work, &mut declare, &mut prove, &mut renames);
        finish.push(format!("ALTER TABLE {table} DROP COLUMN {from}"));
        self.indexes(work, &mut renames);
        finish.extend(renames);

        let but_not_old = "what the old column has";
        self.block(work, Stage::Declare, &format!("Gives {new} {but_not_old}: the trigger guarantees it for every row written from now on."), declare);
        self.block(
            work,
            Stage::Prove,
            "Reads the rows that are there; writes go on meanwhile.",
            prove,
        );
        self.block(
            work,
            Stage::Finish,
            &format!("No live instance knows {old} any more: drops it, and gives {new} its place and names."),
            finish,
        );
        self.tell(work, column.default.is_some(), column.not_null);
    }

    fn trigger(&self) -> [String; 2] {
        let (new_old, new_new) = (
            naming::field("NEW", &self.from),
            naming::field("NEW", &self.to),
        );
        let old_new = naming::field("OLD", &self.to);
        let body = format!(
            "BEGIN
  IF TG_OP = 'INSERT' THEN
    IF {new_new} IS NULL THEN
      {new_new} := {new_old};
    ELSE
      {new_old} := {new_new};
    END IF;
  ELSIF ROW({new_new})::record *<> ROW({old_new})::record THEN
    {new_old} := {new_new};
  ELSE
    {new_new} := {new_old};
  END IF;
  RETURN NEW;
END"
        );
        // The key too: a row whose key moves below the backfill's position is filled on the way.
        let key = self.old.primary_key().unwrap_or_default().iter();
        let key = key.filter(|column| **column != self.from);
        let columns = key.chain([&self.from, &self.to]);
        super::fill::trigger(
            &self.old,
            &self.names.function,
            &self.names.trigger,
            &body,
            &columns.cloned().collect::<Vec<_>>(),
        )
    }

    /// Types without an equality operator have no IS DISTINCT FROM.
    fn unfilled(&self, ty: &str) -> String {
        let (from, to) = (self.from.to_sql(), self.to.to_sql());
        if matches!(ty, "json" | "jsonpath" | "xml" | "point" | "polygon") {
            format!("{to} IS NULL AND {from} IS NOT NULL")
        } else {
            format!("{to} IS DISTINCT FROM {from}")
        }
    }

    fn sequences(&self, work: &Work<'_>, at: usize) -> Vec<String> {
        let owner = (self.old.name.clone(), self.from.clone());
        let relations = work
            .catalogue(at)
            .into_iter()
            .flat_map(Catalogue::relations);
        relations
            .filter(|relation| relation.owned_by.as_ref() == Some(&owner))
            .map(|relation| relation.name.to_sql())
            .collect()
    }

    /// Checks and foreign keys: made beside the old ones, which go with the old column.
    fn constraints(
        &self,
        work: &mut Work<'_>,
        declare: &mut Vec<String>,
        prove: &mut Vec<String>,
        renames: &mut Vec<String>,
    ) {
        let table = self.old.name.to_sql();
        for constraint in &self.new.constraints {
            if !constraint.columns.contains(&self.to) {
                continue;
            }
            let own = naming::own(&[&self.old.name.name, &constraint.name], "copy", |_| false);
            let (own, kept) = (own.to_sql(), constraint.name.to_sql());
            let definition = match &constraint.kind {
                ConstraintKind::Check(check) => format!("CHECK ({})", check.text),
                ConstraintKind::ForeignKey { .. } => match spell::foreign_key(constraint) {
                    Some(definition) => definition,
                    None => continue,
                },
                ConstraintKind::NotNull => {
                    let given = default_not_null(&self.old.name.name, &self.to);
                    if constraint.name != given {
                        let given = given.to_sql();
                        renames.push(format!(
                            "ALTER TABLE {table} RENAME CONSTRAINT {given} TO {kept}"
                        ));
                    }
                    continue;
                }
                ConstraintKind::PrimaryKey
                | ConstraintKind::Unique
                | ConstraintKind::Exclude
                | ConstraintKind::Trigger => continue,
            };
            let no_inherit = if constraint.no_inherit {
                " NO INHERIT"
            } else {
                ""
            };
            let add = format!(
                "ALTER TABLE {table} ADD CONSTRAINT {own} {definition}{no_inherit} NOT VALID"
            );
            let validate = constraint
                .validated
                .then(|| format!("ALTER TABLE {table} VALIDATE CONSTRAINT {own}"));
            let rename = format!("ALTER TABLE {table} RENAME CONSTRAINT {own} TO {kept}");
            if matches!(constraint.kind, ConstraintKind::ForeignKey { .. }) {
                // Both tables are locked: files of their own.
                self.block(
                    work,
                    Stage::DeclareAlone,
                    &format!(
                        "The foreign key {} for the new name: it locks both tables, briefly.",
                        constraint.name
                    ),
                    vec![add],
                );
                self.block(
                    work,
                    Stage::Detach,
                    &format!(
                        "The foreign key of the new name takes the place of {}.",
                        constraint.name
                    ),
                    vec![
                        format!("ALTER TABLE {table} DROP CONSTRAINT {kept}"),
                        rename,
                    ],
                );
            } else {
                declare.push(add);
                renames.push(rename);
            }
            prove.extend(validate);
        }
    }

    /// Indexes: built beside the old ones, which go with the old column, and named after them at the end.
    fn indexes(&self, work: &mut Work<'_>, renames: &mut Vec<String>) {
        let table = &self.old.name;
        for index in self
            .new
            .indexes
            .iter()
            .filter(|index| uses(index, &self.to))
        {
            let own = naming::own(&[&table.name, &index.name], "copy", |_| false);
            self.block(
                work,
                Stage::IndexFilled,
                &format!("The index {} for the new name.", index.name),
                vec![spell::create_index(index, &own, table)],
            );
            let kept = index.name.to_sql();
            let constraint = index
                .constraint
                .as_ref()
                .and_then(|name| self.new.constraint(name));
            renames.push(match constraint {
                Some(Constraint { name, kind, .. }) => format!(
                    "ALTER TABLE {} ADD CONSTRAINT {} {} USING INDEX {}",
                    table.to_sql(),
                    name.to_sql(),
                    if *kind == ConstraintKind::PrimaryKey {
                        "PRIMARY KEY"
                    } else {
                        "UNIQUE"
                    },
                    own.to_sql()
                ),
                None => format!(
                    "ALTER INDEX {} RENAME TO {kept}",
                    ResolvedName::new(table.schema.clone(), own).to_sql()
                ),
            });
            if self.old.clustered_on.as_ref() == Some(&index.name) {
                renames.push(format!("ALTER TABLE {} CLUSTER ON {kept}", table.to_sql()));
            }
        }
    }

    fn tell(&self, work: &mut Work<'_>, has_default: bool, not_null: bool) {
        let name = &self.old.name.name;
        let (old, new) = (
            format!("{name}.{}", self.from),
            format!("{name}.{}", self.to),
        );
        let draft = &mut work.draft;
        draft.release(
            At::N,
            format!("reads and writes {old}; the database keeps {new} the same"),
        );
        draft.release(
            At::N1,
            format!(
                "starts once the migrate phase is done; may write {new} beside or instead of {old}"
            ),
        );
        draft.release(At::N2, format!("reads and writes {new} only"));
        draft.release(
            At::N3,
            format!("{old} is gone: the contract phase runs when no instance below N+2 is alive"),
        );
        draft.note(format!(
            "{new} becomes the last column of the table; a plain rename would keep its place"
        ));
        draft.note(format!("privileges on the column {old} alone, its comment, statistics target and storage are not copied to {new}"));
        if !not_null {
            draft.note(format!("while the backfill runs, NULL written into {new} of a row it has not reached counts as not written"));
        }
        if has_default && !not_null {
            draft.note(format!(
                "until the contract, an INSERT that gives {new} as NULL gets the default of {old}"
            ));
        }
        let unique = self
            .new
            .indexes
            .iter()
            .any(|index| index.unique && uses(index, &self.to));
        if unique {
            draft.note(format!("while {old} and {new} both have a unique index, INSERT .. ON CONFLICT ({}) can meet the other one's 23505 when two sessions insert the same key at once: retry it", self.to));
        }
    }

    fn new_block(&self, stage: Stage, why: &str, statements: Vec<String>) -> Block {
        Block {
            stage,
            table: Some(self.old.name.clone()),
            subject: naming::slug_of(&self.old.name.name, &self.to),
            why: why.to_owned(),
            directives: Vec::new(),
            statements,
        }
    }

    fn block(&self, work: &mut Work<'_>, stage: Stage, why: &str, statements: Vec<String>) {
        work.draft.block(self.new_block(stage, why, statements));
    }
}

/// The name PostgreSQL 18 gives a NOT NULL constraint that was set without one.
fn default_not_null(table: &Ident, column: &Ident) -> Ident {
    Ident::new(format!("{table}_{column}_not_null"))
}
