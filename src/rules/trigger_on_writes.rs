//! The rule `trigger-on-writes`: a trigger refuses, drops or rewrites what releases write, or no longer fills it in.

use std::collections::BTreeSet;

use super::frame::{
    Check, Class, Draft, Findings, Risk, Rule, Severity, Subject, Traffic, Witness, short,
};
use crate::schema::{Catalogue, Relation, ResolvedName};
use crate::sql::ast::{Change, CreateTrigger, DmlVerb, Ident, ObjectKind};

pub(crate) static RULE: Rule = Rule {
    id: "trigger-on-writes",
    summary: "a trigger begins to refuse, drop or rewrite rows of a table in use, or stops filling a column",
    classes: &[Class::BreaksApp],
    why: "a trigger fires for the statements of every release: what it raises is an error of theirs, a BEFORE trigger \
          that returns NULL drops their rows without one, and one that assigns to NEW writes something else",
    docs: r#"
A function that says `RAISE EXCEPTION` fails the statement that fired the trigger (P0001), `RETURN NULL` in
a BEFORE ROW trigger skips the row (manual 18, section 37.1 and 41.10). The body of the function is read
for these, and for columns that it assigns without asking (`NEW.email := lower(NEW.email)`), when a query
of a known release writes them. A trigger that keeps an old and a new column in step is no finding.

A trigger that goes is a finding where an INSERT of a known release leaves out a column that only the
trigger filled.

```sql bad
-- history
CREATE TABLE orders (id bigint PRIMARY KEY, total int);
-- migration
CREATE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'orders are frozen'; END $$;
CREATE TRIGGER orders_frozen BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION frozen();
```

```sql good
-- history
CREATE TABLE orders (id bigint PRIMARY KEY, total int, changed timestamptz);
-- migration
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed := now(); RETURN NEW; END $$;
CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
```
"#,
    check: Check::Action(check),
    yields_to: &[],
};

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    match subject.change() {
        Change::CreateTrigger(create) => {
            if let Some(table) = subject.existing(&create.table) {
                comes(subject, findings, &table, create, &Body::default());
            }
        }
        Change::CreateRoutine(create) if create.or_replace => {
            let Some(old) = body_of(subject.before(), &create.name) else {
                return;
            };
            let returns = create.returns.as_deref().unwrap_or_default();
            if !returns.eq_ignore_ascii_case("trigger") {
                return;
            }
            for relation in subject.before().relations() {
                for trigger in &relation.triggers {
                    let same = trigger.definition.function.name == create.name.name;
                    if same && trigger.enabled && !subject.is_new(&relation.name) {
                        comes(subject, findings, &relation.name, &trigger.definition, &old);
                    }
                }
            }
        }
        Change::CreateObject {
            object: ObjectKind::Rule,
            name,
            relations,
            ..
        } => {
            if let Some(table) = relations.first().and_then(|table| subject.existing(table)) {
                instead(subject, findings, &table, &name.name.name);
            }
        }
        Change::Drop(drop) if drop.object == ObjectKind::Trigger => {
            for name in &drop.names {
                let table = name
                    .table
                    .as_ref()
                    .and_then(|table| subject.relation(table));
                if let Some(table) = table {
                    goes(subject, findings, table, &name.name.name);
                }
            }
        }
        _ => {}
    }
}

/// A rule that does something else instead of what a query says.
fn instead(subject: &Subject<'_>, findings: &mut Findings, table: &ResolvedName, name: &Ident) {
    let words: Vec<String> = subject
        .text()
        .split_whitespace()
        .map(str::to_ascii_uppercase)
        .collect();
    let at = |word: &str| words.iter().position(|own| own == word);
    let (Some(event), Some(act)) = (at("ON"), at("INSTEAD")) else {
        return;
    };
    let verb = match words.get(event + 1).map(String::as_str) {
        Some("INSERT") => DmlVerb::Insert,
        Some("UPDATE") => DmlVerb::Update,
        Some("DELETE") => DmlVerb::Delete,
        _ => return,
    };
    if act < event
        || words
            .get(event..act)
            .is_some_and(|words| words.iter().any(|word| word == "WHERE"))
    {
        return;
    }
    let risk = subject.risk_by(|traffic| {
        let changed = traffic.does(verb, table);
        changed.then(|| Witness::changes(format!("rule \"{name}\" does something else instead")))
    });
    if matches!(risk, Risk::Survived) {
        return;
    }
    findings.add(
        Draft::new(
            Severity::Warning,
            format!(
                "rule {name} does something else than running releases ask of {}",
                short(table)
            ),
        )
        .risk(&risk)
        .relation(table)
        .help("let it come with the contract phase, when no running release writes there any more"),
    );
}

fn comes(
    subject: &Subject<'_>,
    findings: &mut Findings,
    table: &ResolvedName,
    trigger: &CreateTrigger,
    old: &Body,
) {
    let Some(mut body) = body_of(subject.settled(), &trigger.function) else {
        return;
    };
    let before_row = trigger.timing == "BEFORE" && trigger.for_each_row;
    body.raises &= !old.raises;
    body.skips &= !old.skips && before_row;
    if !before_row {
        body.assigned.clear();
    }
    let known = subject.before().get(table);
    body.assigned.retain(|column| {
        let there = known.is_some_and(|known| known.column(column).is_some());
        there && !subject.is_new_column(table, column) && !old.assigned.contains(column)
    });
    let name = &trigger.name;
    let risk = subject.risk_beside(|traffic| {
        if !fires(trigger, table, traffic) {
            return None;
        }
        if body.raises {
            return Some(Witness::fails(
                "P0001",
                format!("trigger \"{name}\" raises an exception for rows it objects to"),
            ));
        }
        if body.skips {
            return Some(Witness::changes(format!(
                "trigger \"{name}\" drops rows it writes"
            )));
        }
        let column = body
            .assigned
            .iter()
            .find(|column| traffic.writes(table, column))?;
        Some(Witness::changes(format!(
            "trigger \"{name}\" replaces what it writes into \"{column}\""
        )))
    });
    let does = match (&risk, body.raises, body.skips) {
        (Risk::Survived, ..) => return,
        (_, true, _) => "refuses",
        (_, _, true) => "drops",
        (Risk::Unknown, ..) => return,
        (Risk::Broken(_), ..) => "rewrites",
    };
    findings.add(
        Draft::new(
            Severity::Warning,
            format!("trigger {name} {does} rows that running releases write into {}", short(table)),
        )
        .risk(&risk)
        .relation(table)
        .help("let it come with the contract phase, when every running release writes what it lets pass"),
    );
}

/// A trigger goes that filled what an INSERT leaves out.
fn goes(subject: &Subject<'_>, findings: &mut Findings, table: &Relation, name: &Ident) {
    let Some(trigger) = table.trigger(name).map(|trigger| &trigger.definition) else {
        return;
    };
    let settled = subject.settled().get(&table.name);
    let again = settled.is_some_and(|now| {
        let mut triggers = now.triggers.iter();
        triggers.any(|other| {
            other.definition.function == trigger.function || other.definition.name == *name
        })
    });
    let inserts = trigger.events.iter().any(|event| event == "INSERT");
    let Some(body) = body_of(subject.before(), &trigger.function) else {
        return;
    };
    // A trigger of a plan goes with the contract, which is held until nobody needs it.
    let planned = trigger.function.name.as_str().starts_with("concertina_");
    if again || planned || !inserts || trigger.timing != "BEFORE" {
        return;
    }
    let all = body.assigned.iter().chain(&body.perhaps);
    let columns: Vec<&Ident> = all
        .filter(|column| settled.is_some_and(|now| now.column(column).is_some()))
        .collect();
    let risk = subject.risk_beside(|traffic| {
        let inserts = traffic.does(DmlVerb::Insert, &table.name);
        let column = columns
            .iter()
            .find(|column| inserts && !traffic.writes(&table.name, column))?;
        Some(Witness::changes(format!(
            "trigger \"{name}\" no longer fills \"{column}\", which it leaves out"
        )))
    });
    if let Risk::Broken(_) = risk {
        findings.add(
            Draft::new(
                Severity::Warning,
                format!(
                    "trigger {name} no longer fills what running releases leave out of {}",
                    short(&table.name)
                ),
            )
            .risk(&risk)
            .relation(&table.name)
            .help("drop it when every running release writes these columns, or none reads them"),
        );
    }
}

fn fires(trigger: &CreateTrigger, table: &ResolvedName, traffic: &Traffic<'_>) -> bool {
    trigger.events.iter().any(|event| match event.as_str() {
        "INSERT" => traffic.does(DmlVerb::Insert, table),
        "DELETE" => traffic.does(DmlVerb::Delete, table),
        "UPDATE" => {
            let of = &trigger.columns;
            let touches = of.is_empty() || of.iter().any(|column| traffic.writes(table, column));
            traffic.does(DmlVerb::Update, table) && touches
        }
        _ => false,
    })
}

/// What the body of a trigger's function does to the rows.
#[derive(Debug, Default)]
struct Body {
    raises: bool,
    skips: bool,
    /// Columns of NEW it assigns whatever they hold.
    assigned: BTreeSet<Ident>,
    /// Columns of NEW it assigns in some cases.
    perhaps: BTreeSet<Ident>,
}

fn body_of(catalogue: &Catalogue, function: &crate::sql::ast::QualifiedName) -> Option<Body> {
    let routine = catalogue.routine(function)?.last()?;
    let text = routine.definition.body.as_deref()?.to_ascii_lowercase();
    Some(read(&text))
}

/// Reads a PL/pgSQL body in lower case, word by word.
fn read(text: &str) -> Body {
    let spaced: String = text
        .chars()
        .map(|c| {
            if c == ';' {
                " ; ".to_owned()
            } else {
                c.to_string()
            }
        })
        .collect();
    let spaced = spaced.replace(":=", " = ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut body = Body::default();
    let mut depth = 0_usize;
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).copied().unwrap_or_default();
        let last = at
            .checked_sub(1)
            .and_then(|at| words.get(at))
            .copied()
            .unwrap_or_default();
        match *word {
            "raise" => {
                let harmless = ["debug", "log", "info", "notice", "warning"];
                body.raises |= !harmless.contains(&next);
            }
            "return" if next == "null" => body.skips = true,
            "if" if last != "end" => depth += 1,
            "end" if next == "if" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let starts = matches!(last, "" | ";" | "begin" | "then" | "else");
        let Some(rest) = word.strip_prefix("new.").filter(|_| starts) else {
            continue;
        };
        let (column, tail) = rest.split_once('=').unwrap_or((rest, ""));
        let column = column.trim_matches('"');
        if tail.is_empty() && next != "=" && !rest.contains('=') && !next.starts_with('=') {
            continue;
        }
        let value: Vec<&str> = words
            .iter()
            .skip(at + 1)
            .take_while(|word| **word != ";")
            .copied()
            .collect();
        let keeps = format!("{tail}{}", value.concat()).contains(&format!("coalesce(new.{column}"));
        if depth == 0 && !keeps {
            body.assigned.insert(Ident::new(column));
        } else {
            body.perhaps.insert(Ident::new(column));
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_read_for_what_they_do_to_rows() {
        let body = read(
            "begin new.email := lower(new.email); if new.a is null then new.a = 1; end if; return new; end",
        );
        assert!(!body.raises && !body.skips);
        assert_eq!(body.assigned, [Ident::new("email")].into_iter().collect());
        assert_eq!(body.perhaps, [Ident::new("a")].into_iter().collect());
        assert!(
            read("begin if new.a < 0 then raise exception 'no'; end if; return new; end").raises
        );
        assert!(!read("begin raise notice 'seen'; return new; end").raises);
        assert!(read("begin return null; end").skips);
        assert!(
            read("begin new.a := coalesce(new.a, new.b); return new; end")
                .assigned
                .is_empty()
        );
    }
}
