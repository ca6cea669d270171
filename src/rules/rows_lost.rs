//! The rule `rows-lost`: all rows of a table go, or lose what a column holds.

use std::collections::BTreeSet;

use super::frame::{
    Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, Traffic, Witness, short,
};
use crate::schema::{ConstraintKind, Relation, RelationKind, ResolvedName};
use crate::sql::ast::{
    Assignment, Behavior, Change, Dml, Expr, FromItem, Ident, IsTest, Persistence, QualifiedName,
    QueryBody, TransactionControl,
};

pub(crate) static RULE: Rule = Rule {
    id: "rows-lost",
    summary: "TRUNCATE, DELETE or UPDATE of every row of a table that was there before",
    classes: &[Class::Destructive, Class::BreaksApp],
    why: "what a statement without a condition deletes or overwrites is gone with the commit, and queries of running \
          releases find nothing where there was something",
    docs: r#"
TRUNCATE empties a table at once, also for snapshots that are older (manual 18, TRUNCATE, notes), and with
CASCADE every table that refers to it. DELETE and UPDATE without a WHERE, or with one that is always true
(`id IS NOT NULL` of a primary key), go through every row. An UPDATE that fills a column which holds
nothing yet is a backfill and no loss.

A DELETE that names its rows is no finding, unless a query of a known release asks for just those rows.
Tables that the same migration makes do not count.

```sql bad
-- history
CREATE TABLE visits (id bigint PRIMARY KEY, at timestamptz);
-- migration
TRUNCATE visits;
```

```sql good
-- history
CREATE TABLE visits (id bigint PRIMARY KEY, at timestamptz);
-- migration
DELETE FROM visits WHERE at < '2020-01-01';
```
"#,
    check: Check::Action(check),
    yields_to: &["fails"],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    match subject.change() {
        Change::Truncate {
            tables, behavior, ..
        } => {
            let mut all: BTreeSet<ResolvedName> = BTreeSet::new();
            for name in tables {
                let known = subject.relation(name);
                if known.is_some_and(is_nothing) {
                    continue;
                }
                all.extend(subject.existing(name));
            }
            if all.is_empty() {
                return;
            }
            let also = match behavior {
                Behavior::Cascade => referring(subject, &mut all),
                _ => Vec::new(),
            };
            let names: Vec<String> = all
                .iter()
                .filter(|name| !also.contains(name))
                .map(short)
                .collect();
            let mut what = format!("TRUNCATE loses every row of {}", names.join(", "));
            if !also.is_empty() {
                let also: Vec<String> = also.iter().map(short).collect();
                what.push_str(&format!(", and with CASCADE of {}", also.join(", ")));
            }
            say(subject, findings, &all, what);
        }
        Change::Dml(dml) => {
            let (Ok(query), Some(target)) = (&dml.query, &dml.target) else {
                return;
            };
            let Some(table) = subject.existing(target) else {
                return;
            };
            let known = subject.relation(target);
            if known.is_some_and(is_nothing) {
                return;
            }
            let all: BTreeSet<ResolvedName> = std::iter::once(table.clone()).collect();
            let name = short(&table);
            match &query.body {
                QueryBody::Delete(delete) => {
                    let every = delete.using.is_empty()
                        && delete.filter.as_ref().is_none_or(|filter| {
                            is_always(filter, known) || is_any(filter, &table, subject)
                        });
                    if every {
                        say(
                            subject,
                            findings,
                            &all,
                            format!("this DELETE loses every row of {name}"),
                        );
                    } else if let Some(filter) = &delete.filter {
                        chosen(subject, findings, &table, filter);
                    }
                }
                QueryBody::Update(update) => {
                    let every = update.from.is_empty()
                        && update
                            .filter
                            .as_ref()
                            .is_none_or(|filter| is_always(filter, known));
                    let lost = update
                        .set
                        .iter()
                        .find_map(|set| overwritten(subject, &table, known, set));
                    if let (true, Some(column)) = (every, lost) {
                        findings.add(
                            Draft::new(
                                Severity::Warning,
                                format!("this UPDATE overwrites {name}.{column} in every row: what it held is lost"),
                            )
                            .classes([Class::Destructive])
                            .column(&table, &column)
                            .help("say with WHERE which rows are meant, or write into a new column"),
                        );
                    }
                }
                _ => {}
            }
        }
        _ => {}
    }
}

fn say(
    subject: &Subject<'_>,
    findings: &mut Findings,
    tables: &BTreeSet<ResolvedName>,
    what: String,
) {
    let missed = |traffic: &Traffic<'_>| {
        let shows = |table: &&ResolvedName| {
            let mut by = shown_by(subject, table).into_iter();
            by.any(|by| traffic.reads(&by)) && !is_filled_again(subject, table)
        };
        let table = tables.iter().find(shows)?;
        Some(Witness::changes(format!(
            "finds none of the rows of {} that were there",
            short(table)
        )))
    };
    let risk = match subject.risk_beside(missed) {
        Risk::Unknown => Risk::Survived,
        known => known,
    };
    let mut draft = Draft::new(Severity::Warning, what)
        .classes([Class::Destructive])
        .risk(&risk)
        .help("say with WHERE which rows are meant, or keep them: rename the table and drop it when nobody misses it");
    for table in tables {
        draft = draft.relation(table);
    }
    findings.add(draft);
}

/// Whether the same transaction puts rows into it again before anybody sees it.
fn is_filled_again(subject: &Subject<'_>, table: &ResolvedName) -> bool {
    let ends = |change: &&Change| {
        matches!(
            change,
            Change::Transaction(TransactionControl::Commit | TransactionControl::CommitAndChain)
        )
    };
    let own = |name: &QualifiedName| subject.resolve(name) == *table;
    let fills = |change: &Change| match change {
        // A few constants are no rows of old.
        Change::Dml(Dml {
            query: Ok(query),
            target: Some(target),
            ..
        }) => match &query.body {
            QueryBody::Insert(insert) => {
                let source = insert.source.as_ref().map(|source| &source.body);
                !matches!(source, None | Some(QueryBody::Values(_))) && own(target)
            }
            _ => false,
        },
        Change::Copy { table, from, .. } => *from && table.as_ref().is_some_and(own),
        _ => false,
    };
    let mut later = subject.later().take_while(|change| !ends(change));
    subject.in_transaction() && later.any(fills)
}

/// The relations whose rows those of a table are: itself, what it is a part of, and views of these.
fn shown_by(subject: &Subject<'_>, table: &ResolvedName) -> BTreeSet<ResolvedName> {
    let mut all = BTreeSet::new();
    let mut open = vec![table.clone()];
    while let Some(name) = open.pop() {
        let views = subject.before().dependents(&name);
        let views = views.filter(|one| one.kind == RelationKind::View);
        open.extend(views.map(|view| view.name.clone()));
        if let Some(relation) = subject.before().get(&name) {
            open.extend(relation.parents().cloned());
        }
        if !all.insert(name) {
            break;
        }
    }
    all
}

/// Rows chosen by constants, which a query of a known release asks for by the same constants.
fn chosen(subject: &Subject<'_>, findings: &mut Findings, table: &ResolvedName, filter: &Expr) {
    let mut deleted = Vec::new();
    if !constants(filter, &mut deleted) || deleted.is_empty() {
        return;
    }
    let risk = subject.risk_beside(|traffic| {
        if !traffic.reads(table) {
            return None;
        }
        let filter = match &traffic.query.body {
            QueryBody::Select(select) => select.filter.as_ref()?,
            QueryBody::Update(update) => update.filter.as_ref()?,
            _ => return None,
        };
        let mut asked = Vec::new();
        constants(filter, &mut asked);
        deleted.iter().all(|one| asked.contains(one)).then(|| {
            Witness::changes(format!(
                "asks for the rows of {} that are deleted",
                short(table)
            ))
        })
    });
    if let Risk::Broken(_) = risk {
        findings.add(
            Draft::new(
                Severity::Error,
                format!(
                    "this DELETE takes rows of {} that queries of known releases ask for",
                    short(table)
                ),
            )
            .risk(&risk)
            .relation(table)
            .help("delete them when no running release asks for them any more"),
        );
    }
}

/// The `column = constant` parts of an AND; whether there are no others.
fn constants<'e>(filter: &'e Expr, into: &mut Vec<(&'e Ident, &'e Expr)>) -> bool {
    match filter {
        Expr::Binary { left, op, right } if op == "AND" => {
            let left = constants(left, into);
            constants(right, into) && left
        }
        Expr::Binary { left, op, right } if op == "=" => match (left.as_ref(), right.as_ref()) {
            (
                Expr::Column(parts),
                value @ (Expr::String(_) | Expr::Number(_) | Expr::Boolean(_)),
            ) => {
                into.extend(parts.last().map(|name| (name, value)));
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// Tables that refer to these, and those that refer to them.
fn referring(subject: &Subject<'_>, all: &mut BTreeSet<ResolvedName>) -> Vec<ResolvedName> {
    let mut also = Vec::new();
    let mut queue: Vec<ResolvedName> = all.iter().cloned().collect();
    while let Some(table) = queue.pop() {
        for relation in subject.before().dependents(&table) {
            let refers = relation.constraints.iter().any(|constraint| {
                matches!(&constraint.kind, ConstraintKind::ForeignKey { table: referenced, .. } if *referenced == table)
            });
            if refers && !subject.is_new(&relation.name) && all.insert(relation.name.clone()) {
                also.push(relation.name.clone());
                queue.push(relation.name.clone());
            }
        }
    }
    also
}

/// Known to hold no rows that anybody would miss.
fn is_nothing(relation: &Relation) -> bool {
    relation.rows == Some(0) || relation.persistence == Persistence::Temporary
}

/// `x IN (SELECT x FROM the_table [LIMIT n])`: as many as it likes, whichever they are; in a loop all of them.
fn is_any(filter: &Expr, table: &ResolvedName, subject: &Subject<'_>) -> bool {
    let Expr::InSubquery {
        query,
        negated: false,
        ..
    } = filter
    else {
        return false;
    };
    let QueryBody::Select(select) = &query.body else {
        return false;
    };
    let own = |item: &FromItem| matches!(item, FromItem::Relation { name, .. } if subject.resolve(name) == *table);
    select.filter.is_none() && matches!(select.from.as_slice(), [only] if own(only))
}

/// Whether a condition holds for every row.
fn is_always(filter: &Expr, known: Option<&Relation>) -> bool {
    match filter {
        Expr::Boolean(truth) => *truth,
        Expr::Binary { left, op, right } => match op.as_str() {
            "AND" => is_always(left, known) && is_always(right, known),
            "OR" => is_always(left, known) || is_always(right, known),
            "=" => left == right && matches!(left.as_ref(), Expr::Number(_) | Expr::String(_)),
            _ => false,
        },
        Expr::Is {
            expr,
            test: IsTest::Null,
            negated: true,
        } => match (expr.as_ref(), known) {
            (Expr::Column(parts), Some(known)) => {
                let column = parts.last().and_then(|name| known.column(name));
                column.is_some_and(|column| column.not_null)
            }
            _ => false,
        },
        _ => false,
    }
}

/// The column that an assignment takes values from which nothing else keeps.
fn overwritten(
    subject: &Subject<'_>,
    table: &ResolvedName,
    known: Option<&Relation>,
    set: &Assignment,
) -> Option<Ident> {
    let [name] = set.columns.as_slice() else {
        return None;
    };
    let column = known?.column(name)?;
    if subject.is_new_column(table, name) {
        return None;
    }
    let mut own = false;
    let mut others = false;
    walk(&set.value, &mut |mentioned| {
        own |= mentioned == name;
        others |= mentioned != name;
    });
    match &set.value {
        // `a = a + 1` can be undone.
        Expr::Binary { op, .. } if own && matches!(op.as_str(), "+" | "-" | "||") => None,
        Expr::Call(call) if matches!(call.name.name.as_str(), "coalesce") => None,
        _ if own => Some(name.clone()),
        // A column that may be empty and is filled from others: a backfill.
        _ if others && !column.not_null && column.default.is_none() => None,
        _ => Some(name.clone()),
    }
}

/// Shows every column that an expression names, as far as its usual forms go.
fn walk(expr: &Expr, show: &mut dyn FnMut(&Ident)) {
    match expr {
        Expr::Column(parts) => {
            if let Some(name) = parts.last() {
                show(name);
            }
        }
        Expr::Call(call) => call.args.iter().for_each(|one| walk(one, show)),
        Expr::Cast { expr, .. }
        | Expr::Unary { expr, .. }
        | Expr::Collate { expr, .. }
        | Expr::Field { expr, .. }
        | Expr::Is { expr, .. } => walk(expr, show),
        Expr::Binary { left, right, .. } => {
            walk(left, show);
            walk(right, show);
        }
        Expr::Case {
            operand,
            branches,
            otherwise,
        } => {
            operand
                .iter()
                .chain(otherwise)
                .for_each(|one| walk(one, show));
            for (when, then) in branches {
                walk(when, show);
                walk(then, show);
            }
        }
        Expr::Array(all) | Expr::Row(all) => all.iter().for_each(|one| walk(one, show)),
        Expr::Subscript { expr, indexes } => {
            walk(expr, show);
            indexes.iter().for_each(|one| walk(one, show));
        }
        // A subquery may be of anything.
        Expr::Subquery(_) | Expr::Unparsed(_) => show(&Ident::new("")),
        _ => {}
    }
}
