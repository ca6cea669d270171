//! The second column itself: how it comes, is kept the same, is filled, and takes the first one's place.

use super::super::draft::{Stage, allow, batch};
use super::super::work::Work;
use super::super::{fill, naming, spell};
use super::{Finish, Pair, Sync, block, new_block, tell};
use crate::effects::expr;
use crate::schema::{Catalogue, Column, ColumnSettings, ConstraintKind, Relation, ResolvedName};
use crate::sql::ast::{Expr, Ident, SqlExpr};
use crate::sql::string_constant;

impl Pair<'_> {
    pub(super) fn write(&self, work: &mut Work<'_>, finish: &mut Finish) {
        let Self {
            twin,
            old: table,
            to,
            ..
        } = self;
        let sql = table.name.to_sql();
        let shown = |column: &Ident| format!("{}.{column}", table.name.name);
        let (old, new) = (shown(&twin.from), shown(&twin.to));
        let beside = twin.beside.to_sql();
        let mut expand = vec![format!(
            "ALTER TABLE {sql} ADD COLUMN {beside} {}",
            spell::column_type(to)
        )];
        let mut kept = self.from.settings().shared_with(&to.settings());
        if twin.alias {
            // For the time that it is there, the roles of release N+1 need no more.
            kept = ColumnSettings {
                grants: kept.grants,
                ..ColumnSettings::default()
            };
        }
        expand.extend(spell::column_settings(&table.name, &twin.beside, &kept));
        expand.extend(self.trigger(false));
        let why = match &twin.sync {
            Sync::Same => format!(
                "Adds {new} beside {old}. The trigger keeps the two the same, whichever of them a release writes."
            ),
            Sync::Follows { total: true, .. } => format!(
                "A second column for {old} as {}. The trigger makes it follow what releases write into the first.",
                to.ty
            ),
            Sync::Follows { total: false, .. } => format!(
                "A second column for {old} as {}. The trigger makes it follow what releases write into the first; a value that cannot be converted leaves it NULL and stops nobody.",
                to.ty
            ),
        };
        block(work, twin, Stage::Expand, why, expand);
        self.fill(work);

        finish.first.push(format!(
            "DROP TRIGGER {} ON {sql}",
            fill::trigger_name(table, &twin.function.name).to_sql()
        ));
        finish
            .first
            .push(format!("DROP FUNCTION {}()", twin.function.to_sql()));
        tell(work, self);
        if twin.alias {
            finish
                .drops
                .push(format!("ALTER TABLE {sql} DROP COLUMN {beside}"));
            finish.last.push(format!(
                "ALTER TABLE {sql} RENAME COLUMN {} TO {beside}",
                twin.from.to_sql()
            ));
            return;
        }
        if let Some(default) = &to.default {
            finish.first.push(format!(
                "ALTER TABLE {sql} ALTER COLUMN {beside} SET DEFAULT {}",
                self.default(default)
            ));
        }
        if to.not_null {
            self.require(work, finish);
        }
        self.sequences(finish);
        let mut drop = format!("ALTER TABLE {sql} DROP COLUMN {}", twin.from.to_sql());
        if twin.ty.is_some() {
            let because = "every live instance knows the labels of the new type alone";
            drop = format!("{}\n{drop}", allow("drop-column", because));
        }
        finish.drops.push(drop);
        if twin.beside != twin.to {
            finish.last.push(format!(
                "ALTER TABLE {sql} RENAME COLUMN {beside} TO {}",
                twin.to.to_sql()
            ));
        }
    }

    /// A default that stays is kept as a constant of the old type (`ATExecAlterColumnType`).
    fn default(&self, default: &SqlExpr) -> String {
        let twin = self.twin;
        let stays =
            self.from.default.as_ref() == Some(default) && twin.ty.is_none() && !twin.defaulted;
        let other = self.from.ty.name != self.to.ty.name;
        if stays && other && matches!(default.expr, Expr::String(_)) {
            let mut ty = self.from.ty.clone();
            ty.modifiers.clear();
            return format!("{}::{ty}", default.text);
        }
        default.text.clone()
    }

    /// What is NULL although it should not be only after release N is gone, or never.
    fn may_lack(&self) -> bool {
        let total = !matches!(self.twin.sync, Sync::Follows { total: false, .. });
        !total || (self.twin.tightened && !self.from.not_null)
    }

    fn require(&self, work: &mut Work<'_>, finish: &mut Finish) {
        let twin = self.twin;
        let (sql, beside) = (twin.table.to_sql(), twin.beside.to_sql());
        let check = naming::own(&[&twin.table.name, &twin.to], "not_null", |_| false);
        let check = check.to_sql();
        let (declare, prove) = if self.may_lack() {
            (Stage::TightenFilled, Stage::ProveTightened)
        } else {
            (Stage::Declare, Stage::Prove)
        };
        let shown = format!("{}.{}", twin.table.name, twin.to);
        block(
            work,
            twin,
            declare,
            match twin.sync {
                Sync::Same => format!(
                    "Gives {shown} what the old column has: the trigger guarantees it for every row written from now on."
                ),
                Sync::Follows { .. } => format!(
                    "Declares the second {shown} as required: every row written from now on has it."
                ),
            },
            vec![format!(
                "ALTER TABLE {sql} ADD CONSTRAINT {check} CHECK ({beside} IS NOT NULL) NOT VALID"
            )],
        );
        block(
            work,
            twin,
            prove,
            "Reads the rows that are there; writes go on meanwhile.",
            vec![format!("ALTER TABLE {sql} VALIDATE CONSTRAINT {check}")],
        );
        // In one ALTER TABLE the check would go first, and prove nothing (lock-truth: `multi_action`).
        finish.first.push(format!(
            "ALTER TABLE {sql} ALTER COLUMN {beside} SET NOT NULL"
        ));
        finish
            .first
            .push(format!("ALTER TABLE {sql} DROP CONSTRAINT {check}"));
        let end = self.end.get(&twin.table);
        let kept = end.into_iter().flat_map(|end| &end.constraints);
        let kept = kept
            .filter(|one| one.kind == ConstraintKind::NotNull && one.columns == [twin.to.clone()]);
        let given = crate::schema::not_null_name(&twin.table.name, &twin.beside);
        for constraint in kept.filter(|one| one.name != given) {
            finish.last.push(format!(
                "ALTER TABLE {sql} RENAME CONSTRAINT {} TO {}",
                given.to_sql(),
                constraint.name.to_sql()
            ));
        }
    }

    /// Whether an action of a foreign key writes the column: it writes the second one too, when it is
    /// the only one left with a key.
    fn cascades(&self) -> bool {
        self.old
            .constraints
            .iter()
            .any(|constraint| match &constraint.kind {
                ConstraintKind::ForeignKey { written, .. } => {
                    let writes = |action: &Option<String>, delete: bool| {
                        action.as_ref().is_some_and(|action| {
                            action.starts_with("SET") || !delete && action == "CASCADE"
                        })
                    };
                    constraint.columns.contains(&self.twin.from)
                        && (writes(&written.on_delete, true) || writes(&written.on_update, false))
                }
                ConstraintKind::Check(_)
                | ConstraintKind::NotNull
                | ConstraintKind::PrimaryKey
                | ConstraintKind::Unique
                | ConstraintKind::Exclude
                | ConstraintKind::Trigger => false,
            })
    }

    fn fill(&self, work: &mut Work<'_>) {
        let twin = self.twin;
        let sql = twin.table.to_sql();
        let (from, beside) = (twin.from.to_sql(), twin.beside.to_sql());
        let statement = match &twin.sync {
            Sync::Same if has_no_equality(self.from) => {
                format!(
                    "UPDATE {sql} SET {beside} = {from} WHERE {beside} IS NULL AND {from} IS NOT NULL"
                )
            }
            Sync::Same => {
                format!("UPDATE {sql} SET {beside} = {from} WHERE {beside} IS DISTINCT FROM {from}")
            }
            Sync::Follows { total: true, .. } => {
                format!(
                    "UPDATE {sql} SET {beside} = {from} WHERE {beside} IS NULL AND {from} IS NOT NULL"
                )
            }
            Sync::Follows { total: false, .. } => {
                format!("UPDATE {sql} SET {from} = {from} WHERE {}", self.unfilled())
            }
        };
        let why = match twin.sync {
            Sync::Follows { total: false, .. } => "Touches the rows that were there before the trigger, which converts them: what cannot be converted stays for later.".to_owned(),
            Sync::Same | Sync::Follows { .. } => format!(
                "Fills {}.{} in the rows that were there before the trigger.",
                twin.table.name, twin.beside
            ),
        };
        let mut fill = new_block(twin, Stage::Backfill, why, vec![statement]);
        fill.directives.push(batch(self.old));
        work.draft.block(fill);
        if let Sync::Follows {
            using,
            total: false,
        } = &twin.sync
        {
            self.convert(work, using.as_ref());
        }
    }

    /// When release N is gone, nothing may be left that cannot be converted.
    fn convert(&self, work: &mut Work<'_>, using: Option<&SqlExpr>) {
        let twin = self.twin;
        let [function, _] = self.trigger(true);
        let shown = format!("{}.{}", twin.table.name, twin.from);
        block(
            work,
            twin,
            Stage::Tighten,
            format!("From here on a value of {shown} that cannot be converted is refused."),
            vec![function.replacen("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)],
        );
        let value = using.map_or_else(
            || twin.from.to_sql().into_owned(),
            |using| format!("({})", using.text),
        );
        let mut mend = new_block(
            twin,
            Stage::Mend,
            format!(
                "What was left: PostgreSQL names the first value of {shown} that cannot be converted."
            ),
            vec![format!(
                "UPDATE {} SET {} = {value} WHERE {}",
                twin.table.to_sql(),
                twin.beside.to_sql(),
                self.unfilled()
            )],
        );
        mend.directives.push(batch(self.old));
        work.draft.block(mend);
    }

    fn unfilled(&self) -> String {
        let (from, beside) = (self.twin.from.to_sql(), self.twin.beside.to_sql());
        match &self.twin.sync {
            // Whatever USING makes of NULL.
            Sync::Follows { using: Some(_), .. } => format!("{beside} IS NULL"),
            Sync::Same | Sync::Follows { .. } => {
                format!("{beside} IS NULL AND {from} IS NOT NULL")
            }
        }
    }

    /// The function and the trigger; `strict` lets a value that cannot be converted raise its error.
    fn trigger(&self, strict: bool) -> [String; 2] {
        let twin = self.twin;
        let (new_old, new_new) = (
            naming::field("NEW", &twin.from),
            naming::field("NEW", &twin.beside),
        );
        let old_new = naming::field("OLD", &twin.beside);
        let mut others = Vec::new();
        let body = match &twin.sync {
            Sync::Same => format!(
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
            ),
            Sync::Follows { using, total } => {
                let value = match using {
                    None => new_old,
                    Some(using) => {
                        expr::columns(&using.expr, &mut others);
                        format!(
                            "(SELECT {} FROM (SELECT NEW.*) AS {})",
                            using.text,
                            twin.table.name.to_sql()
                        )
                    }
                };
                let assign = if self.cascades() {
                    // An action of a foreign key writes the second column alone.
                    let old_old = naming::field("OLD", &twin.from);
                    format!(
                        "  IF TG_OP = 'UPDATE' AND ROW({new_new})::record *<> ROW({old_new})::record
     AND ROW({old_from})::record *= ROW({old_old})::record THEN
    {old_from} := {new_new};
  ELSE
    {new_new} := {value};
  END IF;",
                        old_from = naming::field("NEW", &twin.from),
                    )
                } else {
                    format!("  {new_new} := {value};")
                };
                if *total || strict {
                    format!("BEGIN\n{assign}\n  RETURN NEW;\nEND")
                } else {
                    format!(
                        "BEGIN
{assign}
  RETURN NEW;
EXCEPTION WHEN OTHERS THEN
  {new_new} := NULL;
  RETURN NEW;
END"
                    )
                }
            }
        };
        // The key too: a row whose key moves below the backfill's position is filled on the way.
        let key = self.old.primary_key().unwrap_or_default().iter();
        let watched = matches!(twin.sync, Sync::Same) || self.cascades();
        let both = [Some(&twin.from), watched.then_some(&twin.beside)];
        let mut columns: Vec<Ident> = Vec::new();
        let named = others
            .iter()
            .filter(|other| self.old.column(other).is_some());
        let all = key
            .filter(|column| **column != twin.from)
            .chain(both.into_iter().flatten())
            .chain(named);
        for column in all {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        fill::trigger(
            self.old,
            &twin.function,
            &body,
            &columns,
            Some((&twin.table.to_sql(), &twin.beside)),
        )
    }

    /// A serial's sequence changes its owner; an identity's is made anew and goes on where the old one is.
    fn sequences(&self, finish: &mut Finish) {
        let twin = self.twin;
        let (sql, beside) = (twin.table.to_sql(), twin.beside.to_sql());
        let Some(always) = self.to.identity else {
            for sequence in owned(self.start, self.old, &twin.from) {
                if self.to.default.is_some() || self.end.get(&sequence.name).is_some() {
                    finish.first.push(format!(
                        "ALTER SEQUENCE {} OWNED BY {sql}.{beside}",
                        sequence.name.to_sql()
                    ));
                }
            }
            return;
        };
        let (Some(old), Some(table)) = (
            owned(self.start, self.old, &twin.from).next(),
            self.end.get(&twin.table),
        ) else {
            return;
        };
        let Some(kept) = owned(self.end, table, &twin.to).next() else {
            return;
        };
        let own = naming::own(&[&twin.table.name, &twin.to], "seq", |_| false);
        let own = ResolvedName::new(twin.table.schema.clone(), own);
        finish.first.push(format!(
            "ALTER TABLE {sql} ALTER COLUMN {beside} ADD GENERATED {} AS IDENTITY (SEQUENCE NAME {}{})",
            if always { "ALWAYS" } else { "BY DEFAULT" },
            own.to_sql(),
            spell::sequence_options(&kept.sequence_options),
        ));
        // Nobody draws a number meanwhile: the table is locked since the first statement.
        finish.first.push(format!(
            "SELECT setval({}, last_value, is_called) FROM {}",
            string_constant(&own.to_sql()),
            old.name.to_sql()
        ));
        finish.last.push(format!(
            "ALTER SEQUENCE {} RENAME TO {}",
            own.to_sql(),
            kept.name.name.to_sql()
        ));
    }
}

fn owned<'a>(
    catalogue: &'a Catalogue,
    table: &'a Relation,
    column: &'a Ident,
) -> impl Iterator<Item = &'a Relation> {
    let owner = (table.name.clone(), column.clone());
    catalogue
        .relations()
        .filter(move |relation| relation.owned_by.as_ref() == Some(&owner))
}

/// Types without an equality operator have no IS DISTINCT FROM.
fn has_no_equality(column: &Column) -> bool {
    let ty = column.ty.name.as_str();
    matches!(ty, "json" | "jsonpath" | "xml" | "point" | "polygon")
}
