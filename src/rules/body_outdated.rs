//! The rule `body-outdated`: a function goes on naming a table or column that is renamed or dropped.

use super::frame::{Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, Witness, short};
use crate::schema::{ResolvedName, Routine};
use crate::sql::ast::{Change, DmlVerb, Ident, ObjectKind, TableAction};
use crate::sql::{holds, words};

pub(crate) static RULE: Rule = Rule {
    id: "body-outdated",
    summary: "a table or column goes that the body of a function still names",
    classes: &[Class::BreaksApp],
    why: "PostgreSQL keeps the body of a function as text and looks its names up when it runs: what is renamed or \
          dropped is missed by the next caller, not by the migration",
    docs: r#"
Views, constraints and defaults follow a rename, since PostgreSQL stores them by number. The body of a
function in PL/pgSQL, or in SQL as a string, is text: it goes on naming the old table or column and fails
with `42703` or `42P01` when it is called, or when its trigger fires (manual 18, section 38.5, CREATE
FUNCTION). Replace the function in the transaction that renames.

```sql bad
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE FUNCTION names() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(name) FROM users); END';
-- release 1.0
SELECT names();
-- migration
ALTER TABLE users RENAME COLUMN name TO full_name;
```

```sql good
-- history
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE FUNCTION names() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(name) FROM users); END';
-- release 1.0
SELECT names();
-- migration
ALTER TABLE users RENAME COLUMN name TO full_name;
CREATE OR REPLACE FUNCTION names() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(full_name) FROM users); END';
```
"#,
    check: Check::Action(check),
    yields_to: &["fails"],
};

/// What is no longer there under its name.
struct Gone {
    table: ResolvedName,
    column: Option<Ident>,
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    for gone in all_gone(subject) {
        for (name, routine) in subject.before().routines() {
            let settled = subject.settled().routines.get(name);
            let mut same = settled.into_iter().flat_map(|all| all.iter());
            let stays = same.any(|own| own.definition.body == routine.definition.body);
            if stays && mentions(subject, &gone, name, routine) {
                say(subject, findings, &gone, name);
            }
        }
    }
}

fn all_gone(subject: &Subject<'_>) -> Vec<Gone> {
    if let Change::Drop(drop) = subject.change()
        && matches!(
            drop.object,
            ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView
        )
    {
        let names = drop
            .names
            .iter()
            .filter_map(|name| subject.existing(&name.name));
        let gone = names.filter(|name| subject.settled().get(name).is_none());
        return gone
            .map(|table| Gone {
                table,
                column: None,
            })
            .collect();
    }
    let Some((alter, action)) = subject.action() else {
        return Vec::new();
    };
    let Some(table) = subject.existing(&alter.name) else {
        return Vec::new();
    };
    let column = match action {
        TableAction::RenameColumn { from, .. } => Some(from.clone()),
        TableAction::DropColumn { column, .. } => Some(column.clone()),
        TableAction::RenameTo(_) | TableAction::SetSchema(_) => None,
        _ => return Vec::new(),
    };
    if column
        .as_ref()
        .is_some_and(|column| subject.is_new_column(&table, column))
    {
        return Vec::new();
    }
    let settled = subject.settled().get(&table);
    let there = settled.is_some_and(|now| {
        column
            .as_ref()
            .is_none_or(|column| now.column(column).is_some())
    });
    if there {
        return Vec::new();
    }
    vec![Gone { table, column }]
}

/// Whether a body names what is gone, its comments left out.
fn mentions(subject: &Subject<'_>, gone: &Gone, name: &ResolvedName, routine: &Routine) -> bool {
    let definition = &routine.definition;
    let known =
        matches!(definition.language.as_deref(), Some("sql" | "plpgsql")) && !definition.atomic;
    let Some(body) = definition.body.as_deref().filter(|_| known) else {
        return false;
    };
    // Most bodies do not hold the name in any way, which is quick to see.
    let name_of_it = gone.column.as_ref().unwrap_or(&gone.table.name);
    if !holds(body, name_of_it.as_str()) {
        return false;
    }
    let bare = without_comments(body);
    let words: Vec<Ident> = words(&bare).map(Ident::folded).collect();
    let says = |word: &Ident| words.contains(word);
    match &gone.column {
        None => says(&gone.table.name),
        Some(column) => {
            let relation = subject.before().get(&gone.table);
            let fired = relation.is_some_and(|relation| {
                let mut triggers = relation.triggers.iter();
                triggers.any(|trigger| trigger.definition.function.name == name.name)
            });
            says(column)
                && !is_always_of_another(&bare, column, &gone.table.name, fired)
                && (says(&gone.table.name)
                    || fired && (says(&Ident::new("new")) || says(&Ident::new("old"))))
        }
    }
}

/// Whether a body says a column's name with a qualifier only, and that of another table: `s.id` where `s` is `site s`.
fn is_always_of_another(body: &str, column: &Ident, table: &Ident, fired: bool) -> bool {
    let spaced = body.replace(
        |c: char| !(c.is_alphanumeric() || c == '_' || c == '.'),
        " ",
    );
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let is_table = |token: &str| {
        token
            .rsplit('.')
            .next()
            .is_some_and(|name| Ident::folded(name) == *table)
    };
    let alias_of = |qualifier: &Ident| {
        let mut pairs = tokens.iter().enumerate();
        pairs.any(|(at, token)| {
            let next = tokens
                .get(at + 1)
                .filter(|next| !next.eq_ignore_ascii_case("as"));
            let alias = next.or(tokens.get(at + 2));
            is_table(token) && alias.is_some_and(|alias| Ident::folded(alias) == *qualifier)
        })
    };
    tokens.iter().all(|token| match token.rsplit_once('.') {
        Some((before, name)) if Ident::folded(name) == *column => {
            let qualifier = Ident::folded(before.rsplit('.').next().unwrap_or(before));
            let of_row = fired && (qualifier == "new" || qualifier == "old");
            qualifier != *table && !of_row && !alias_of(&qualifier)
        }
        Some(_) => true,
        None => Ident::folded(token) != *column,
    })
}

fn without_comments(body: &str) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find("/*") {
        text.push_str(rest.get(..at).unwrap_or_default());
        rest = rest
            .get(at..)
            .and_then(|tail| tail.split_once("*/"))
            .map_or("", |(_, tail)| tail);
    }
    text.push_str(rest);
    let lines = text
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

fn say(subject: &Subject<'_>, findings: &mut Findings, gone: &Gone, function: &ResolvedName) {
    let what = match &gone.column {
        Some(column) => format!("{}.{column}", short(&gone.table)),
        None => short(&gone.table),
    };
    let sqlstate = if gone.column.is_some() {
        "42703"
    } else {
        "42P01"
    };
    let risk = subject.risk_by(|traffic| {
        let fires = subject.before().relations().any(|relation| {
            relation.triggers.iter().any(|trigger| {
                let definition = &trigger.definition;
                let acts = definition.events.iter().any(|event| match event.as_str() {
                    "INSERT" => traffic.does(DmlVerb::Insert, &relation.name),
                    "UPDATE" => traffic.does(DmlVerb::Update, &relation.name),
                    "DELETE" => traffic.does(DmlVerb::Delete, &relation.name),
                    _ => false,
                });
                trigger.enabled && acts && definition.function.name == function.name
            })
        });
        (fires || traffic.says(&function.name)).then(|| {
            Witness::fails(
                sqlstate,
                format!("function {} names {what}, which is gone", short(function)),
            )
        })
    });
    if matches!(risk, Risk::Survived) {
        return;
    }
    findings.add(
        Draft::new(
            Severity::Warning,
            format!(
                "function {} goes on naming {what}, and fails when it is called",
                short(function)
            ),
        )
        .risk(&risk)
        .relation(&gone.table)
        .help("replace the function in the same transaction"),
    );
}
