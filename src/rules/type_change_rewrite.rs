//! The rule `type-change-rewrite`: a column's type changes in a way that touches every row.

use super::frame::{Check, Class, Draft, Findings, Rule, Severity, Subject, lock_clause, short};
use crate::effects::{LockMode, expr};
use crate::sql::ast::{Expr, Ident, TableAction, TypeName};

pub(crate) static RULE: Rule = Rule {
    id: "type-change-rewrite",
    summary: "a change of a column's type rewrites the table, rebuilds its indexes or reads all of it",
    classes: &[
        Class::BlocksReads,
        Class::BlocksWrites,
        Class::TableRewrite,
        Class::LongScan,
        Class::Destructive,
        Class::BreaksApp,
    ],
    why: "ALTER COLUMN TYPE holds ACCESS EXCLUSIVE while it converts; only where the old type's bytes are valid as \
          the new type's does PostgreSQL keep the table as it is",
    docs: r#"
ALTER COLUMN TYPE takes ACCESS EXCLUSIVE and holds it to the end. Where the stored bytes of the old
type are good as the new one's, it changes the catalogue only; otherwise it writes the whole table and
all its indexes anew (manual 18, ALTER TABLE, notes). Between the two are changes that keep the table
and rebuild the column's indexes, and those that check a constraint again.

Free are: `varchar(n)` to a larger limit, to `varchar` or to `text`; `text` to `varchar` without a
limit; `numeric(p, s)` to a larger `p` with the same `s`, or to `numeric`; a finer fractional second;
`cidr` to `inet`; a USING that says no more than the cast. Rewritten are among others: `int` to
`bigint`, `text` to `varchar(n)`, `char(n)` to `text`, `json` to `jsonb` and back, an enum from or to
anything, `timestamp` to `timestamptz` (unless the session's time zone is UTC: then indexes only).
All of this was measured on servers of PostgreSQL 14 to 18.

Some changes lose what the column held, without an error: `numeric(10,4)` to `numeric(10,2)` and `double
precision` to `integer` round, `timestamptz` to `date` drops the time of day (sections 8.1 and 8.5 of the
manual), `USING name::varchar(10)` cuts off what is longer (section 8.3), and a USING that does not name
the column throws all of it away. Those are destructive. A number too large for `integer` is an error when
the migration runs, not a loss.

When the queries of the releases are known, those to which the new type shows are named.

```sql bad
-- history
CREATE TABLE orders (id int PRIMARY KEY, total int);
-- migration
ALTER TABLE orders ALTER COLUMN total TYPE bigint;
```

```sql good
-- history
CREATE TABLE users (id int PRIMARY KEY, name varchar(80));
-- migration
ALTER TABLE users ALTER COLUMN name TYPE varchar(200);
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some((
        alter,
        TableAction::AlterType {
            column, ty, using, ..
        },
    )) = subject.action()
    else {
        return;
    };
    let effects = subject.effects();
    let rewritten = subject.first_existing(&effects.rewrites);
    let rebuilt = !effects.builds.is_empty();
    let read = subject.first_existing(&effects.scans);
    let Some(table) = subject.existing(&alter.name) else {
        return;
    };
    let name = short(&table);
    let (work, class) = match (rewritten, rebuilt, read) {
        (Some(_), ..) => (
            format!("writes every row of {name} and all its indexes anew"),
            Class::TableRewrite,
        ),
        (None, true, _) => (
            format!("builds the indexes on {name}.{column} anew"),
            Class::LongScan,
        ),
        (None, false, Some(_)) => (
            format!("reads all of {name} to check its constraints"),
            Class::LongScan,
        ),
        (None, false, None) => return,
    };
    let blocking = subject.blocking();
    if blocking.is_empty() {
        return;
    }
    // Foreign keys of the column are checked anew, from either side.
    let rechecked = effects.scans.iter().any(|name| {
        let locked = subject.lock(name).is_some_and(LockMode::blocks_writes);
        locked && !subject.is_new(name) && !effects.rewrites.contains(name)
    });
    let known = subject.relation(&alter.name);
    let old = known.and_then(|known| known.column(column));
    let using = using.as_ref().map(|using| &using.expr);
    let kept =
        subject.is_new_column(&table, column) || old.is_some_and(|old| old.generated.is_some());
    let lost = old
        .filter(|_| !kept)
        .and_then(|old| loses(&old.ty, ty, using, column));
    let loses = lost.map_or(String::new(), |how| format!("{how}, and "));
    let what = match old {
        Some(old) if old.ty != *ty => {
            format!("changing {name}.{column} from {} to {ty}", old.ty)
        }
        Some(_) if using.is_some() => format!("computing {name}.{column} anew"),
        Some(_) => format!("changing the collation of {name}.{column}"),
        None => format!("changing {name}.{column} to {ty}"),
    };
    findings.add(
        Draft::new(
            Severity::Error,
            format!(
                "{what} {loses}{work}; meanwhile {}",
                lock_clause(&table, subject.lock(&table))
            ),
        )
        .classes(blocking)
        .classes([class])
        .classes(rechecked.then_some(Class::LongScan))
        .classes(lost.map(|_| Class::Destructive))
        .breaks(subject)
        .column(&table, column)
        .help(format!(
            "add a column of type {ty}, keep it in step with a trigger, copy the rows in batches, and swap once \
             every release reads the new one"
        )),
    );
}

/// How a change of type loses what the column held, where it does.
fn loses(
    old: &TypeName,
    new: &TypeName,
    using: Option<&Expr>,
    column: &Ident,
) -> Option<&'static str> {
    let mut via = new.clone();
    let explicit = using.is_some();
    if let Some(using) = using {
        let mut inner = using;
        let mut casts = Vec::new();
        while let Expr::Cast { expr, ty } = inner {
            casts.push(ty);
            inner = expr;
        }
        match inner {
            Expr::Column(parts) if parts.last() == Some(column) => {
                let step = casts.iter().find(|ty| by_type(old, ty, true).is_some());
                if let Some(ty) = step {
                    via = (*ty).clone();
                }
            }
            Expr::Subscript { .. } => return Some("keeps only a part of what it holds"),
            whole if !expr::mentions(whole, column) => return Some("throws away what it holds"),
            Expr::Call(call) => {
                let cuts = [
                    "left",
                    "right",
                    "substr",
                    "substring",
                    "round",
                    "trunc",
                    "floor",
                    "ceil",
                    "date_trunc",
                    "lower",
                    "upper",
                    "split_part",
                ];
                return cuts
                    .contains(&call.name.name.as_str())
                    .then_some("keeps only a part of what it holds");
            }
            _ => return None,
        }
    }
    by_type(old, &via, explicit)
}

fn by_type(old: &TypeName, new: &TypeName, explicit: bool) -> Option<&'static str> {
    if old.array || new.array || old.schema.is_some() || new.schema.is_some() {
        return None;
    }
    let number = |ty: &TypeName, at: usize| {
        ty.modifiers
            .get(at)
            .and_then(|text| text.parse::<i32>().ok())
    };
    let whole = |ty: &TypeName| matches!(ty.name.as_str(), "int2" | "int4" | "int8");
    let (from, to) = (old.name.as_str(), new.name.as_str());
    match (from, to) {
        ("numeric", "numeric") => {
            let scale = |ty: &TypeName| match (number(ty, 0), number(ty, 1)) {
                (Some(_), scale) => Some(scale.unwrap_or(0)),
                _ => None,
            };
            match (scale(old), scale(new)) {
                (None, Some(_)) => Some("rounds what it holds"),
                (Some(old), Some(new)) if new < old => Some("rounds what it holds"),
                _ => None,
            }
        }
        ("float4" | "float8", _) if whole(new) => Some("rounds what it holds"),
        ("numeric", _)
            if whole(new) && (number(old, 0).is_none() || number(old, 1).unwrap_or(0) > 0) =>
        {
            Some("rounds what it holds")
        }
        ("float4" | "float8", "numeric") if number(new, 0).is_some() => {
            Some("rounds what it holds")
        }
        ("float8", "float4") => Some("keeps fewer digits than it holds"),
        // As many decimal digits as they keep (manual 18, section 8.1.3).
        ("numeric", "float4" | "float8") => {
            let kept = if to == "float4" { 6 } else { 15 };
            let fits = number(old, 0).is_some_and(|digits| digits <= kept);
            (!fits).then_some("keeps fewer digits than it holds")
        }
        ("timestamp" | "timestamptz", "date") => Some("drops the time of day"),
        ("interval", "interval") => {
            let fields = |ty: &TypeName| {
                let words = ty.modifiers.iter();
                let mut words = words.filter(|word| word.parse::<i32>().is_err());
                words.next_back().cloned()
            };
            let digits = |ty: &TypeName| {
                let last = ty.modifiers.last();
                last.and_then(|word| word.parse::<i32>().ok()).unwrap_or(6)
            };
            const SMALLER: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];
            let smallest = |ty: &TypeName| {
                let fields = fields(ty).unwrap_or_default();
                let last = fields.rsplit(' ').next().unwrap_or_default().to_owned();
                SMALLER.iter().position(|word| *word == last).unwrap_or(5)
            };
            (smallest(new) < smallest(old) || digits(new) < digits(old))
                .then_some("drops parts of what it holds")
        }
        ("timestamp" | "timestamptz", "time" | "timetz") => Some("drops the date"),
        ("timestamp" | "timestamptz", "timestamp" | "timestamptz") | ("time", "time") => {
            let precision = |ty: &TypeName| number(ty, 0).unwrap_or(6);
            (precision(new) < precision(old)).then_some("drops parts of a second")
        }
        ("text" | "varchar" | "bpchar", "varchar" | "bpchar") if explicit => {
            let length = |ty: &TypeName| match (ty.name.as_str(), number(ty, 0)) {
                ("bpchar", None) => 1,
                (_, length) => length.unwrap_or(i32::MAX),
            };
            let longest = if from == "text" {
                i32::MAX
            } else {
                length(old)
            };
            (length(new) < longest).then_some("cuts off what is longer")
        }
        _ => None,
    }
}
