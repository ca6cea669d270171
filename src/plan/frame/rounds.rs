//! Rounds: a migration whose statements cannot share phases, planned one part after the other, each to its end.

use super::step::Step;
use super::work::{Work, column_of};
use crate::compat::{self, Usage};
use crate::plan::{Options, Plan, ReleaseStep};
use crate::schema::{Catalogue, Relation, ResolvedName, Session};
use crate::sql::ast::{Change, Ident, TableAction, TransactionControl};
use crate::sql::{Migration, Statement};

/// A migration of more statements is not cut: each length of the first part has to be tried.
const MOST_STATEMENTS: usize = 40;

/// Plans one part of a migration, its safe statements too, where it can; gives the session after the part as well.
type Planner<'a> = &'a dyn Fn(&Migration, &Session, &Options) -> Option<(Plan, Session)>;

/// The plans of the migration's parts, one behind the other; none where no cut makes them.
///
/// The first part is the longest that can be planned; the rest is planned in the same way, on the schema that the
/// contract of the first one leaves.
pub(in crate::plan) fn plan(
    migration: &Migration,
    before: &Session,
    options: &Options,
    planner: Planner<'_>,
) -> Option<Plan> {
    let statements = migration.script().statements.len();
    if !(2..=MOST_STATEMENTS).contains(&statements) {
        return None;
    }
    let work = Work::new(migration, before);
    let ends: Vec<usize> = (1..statements)
        .filter(|end| can_cut(&work, *end))
        .chain([statements])
        .collect();
    let (mut whole, mut session, mut from) = (None, before.clone(), 0);
    while from < statements {
        let options = match whole {
            None => options.clone(),
            // Of which release the later contracts wait is for nobody to know yet.
            Some(_) => Options::default(),
        };
        let ends = ends.iter().rev().filter(|end| **end > from);
        // The whole is what could not be planned.
        let mut ends = ends.filter(|end| from > 0 || **end < statements);
        let (end, part, mut after) = ends.find_map(|end| {
            let part = part(migration, from, *end);
            let (plan, after) = planner(&part, &session, &options)?;
            Some((*end, plan, after))
        })?;
        if after.in_transaction() {
            after
                .apply(&Change::Transaction(TransactionControl::Commit))
                .ok()?;
        }
        whole = Some(match whole {
            None => part,
            Some(first) => behind(first, part, line(migration, from)),
        });
        (from, session) = (end, after);
    }
    whole
}

/// The statements from one to another, with the directives before them.
fn part(migration: &Migration, from: usize, end: usize) -> Migration {
    let mut text = String::new();
    let all = &migration.script().statements;
    let sets = |statement: &&Statement| matches!(&statement.change, Change::Set(setting) if setting.name == "search_path");
    // The settings it begins with hold for each part.
    let settings = all.iter().take(from).take_while(sets);
    let statements = all.get(from..end).unwrap_or_default();
    for statement in settings.chain(statements) {
        for directive in &statement.directives {
            text += directive.span.text(&migration.text).trim();
            text.push('\n');
        }
        text += statement.span.text(&migration.text);
        text += ";\n";
    }
    let mut part = Migration::new(migration.file.as_str(), text);
    part.version.clone_from(&migration.version);
    part.name.clone_from(&migration.name);
    part.transaction = migration.transaction;
    part
}

fn line(migration: &Migration, statement: usize) -> usize {
    let statement = migration.script().statements.get(statement);
    let start = statement.map_or(0, |statement| statement.span.start);
    migration.position(start).line
}

/// A second round behind the first: its release N is the last one of the first.
fn behind(mut first: Plan, mut second: Plan, line: usize) -> Plan {
    for planned in &mut second.migrations {
        let taken = |name: &str| first.migrations.iter().any(|one| one.name == name);
        let own = planned.name.clone();
        let numbered = (2..).map(|number| format!("{own}_{number}"));
        let mut names = std::iter::once(own.clone()).chain(numbered);
        planned.name = names.find(|name| !taken(name)).unwrap_or(own);
        planned.sql = planned.sql.replacen('\n', "\n-- concertina: in-order\n", 1);
    }
    let began = second.migrations.first().map(|one| one.name.clone());
    first.migrations.append(&mut second.migrations);
    let last = first.releases.last().map_or(0, |step| number(&step.step));
    for step in second.releases {
        let step = ReleaseStep {
            step: later(&step.step, last),
            application: later(&step.application, last),
        };
        match first.releases.iter_mut().find(|one| one.step == step.step) {
            Some(one) => one.application = format!("{}; {}", one.application, step.application),
            None => first.releases.push(step),
        }
    }
    first.notes.push(format!(
        "the statements from line {line} on are a round of their own: {} and all behind it wait until the contract before them is done",
        began.unwrap_or_default()
    ));
    for note in second.notes {
        if !first.notes.contains(&note) {
            first.notes.push(note);
        }
    }
    first
}

/// How many releases after the first one: 2 of `N+2`.
fn number(step: &str) -> usize {
    step.trim_start_matches("N+").parse().unwrap_or(0)
}

/// A text about releases, so many releases later: `N+1` becomes `N+4`.
fn later(text: &str, by: usize) -> String {
    if text == "N" && by > 0 {
        return format!("N+{by}");
    }
    let mut parts = text.split("N+");
    let mut shifted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (digits, rest) = part.split_at(digits);
        let number = digits.parse::<usize>().unwrap_or(0) + by;
        shifted += &format!("N+{number}{rest}");
    }
    shifted
}

/// Whether the schema may stay for long as the statements before that one leave it.
fn can_cut(work: &Work<'_>, end: usize) -> bool {
    let first = |step: &&Step| step.statement < end;
    let Some(middle) = work.steps.iter().rfind(first) else {
        return false;
    };
    let (Some(start), Some(last)) = (work.steps.first(), work.steps.last()) else {
        return false;
    };
    let [start, middle, last] = [
        start.before.catalogue(),
        middle.after.catalogue(),
        last.after.catalogue(),
    ];
    !lacks(work, [start, middle, last])
        && !work.steps.iter().any(|step| is_cut_off(work, step, end))
}

/// Whether something is taken away before the cut whose successor comes after it.
fn lacks(work: &Work<'_>, [start, middle, last]: [&Catalogue; 3]) -> bool {
    let relation = start.relations().any(|relation| {
        match (middle.get(&relation.name), last.get(&relation.name)) {
            (None, there) => there.is_some(),
            (Some(_), None) => false,
            (Some(middle), Some(last)) => {
                let column = relation.columns.iter().any(|column| {
                    middle.column(&column.name).is_none()
                        && last.column(&column.name).is_some()
                        && !is_renamed(work, &relation.name, &column.name)
                });
                column || part_lacks(relation, middle, last)
            }
        }
    });
    let ty = start.types().any(|ty| {
        let is_in = |catalogue: &Catalogue| catalogue.types().any(|one| one.name == ty.name);
        !is_in(middle) && is_in(last)
    });
    let mut routines = start.routines();
    let routine = routines.any(|(name, routine)| {
        let of_name = |catalogue: &'_ Catalogue| -> Vec<_> {
            let all = catalogue.routines().filter(|(own, _)| *own == name);
            all.map(|(_, routine)| routine.clone()).collect()
        };
        let (middle, last) = (of_name(middle), of_name(last));
        !middle.contains(routine) && last.iter().any(|one| !middle.contains(one))
    });
    relation || ty || routine
}

/// Whether the migration gives a column another name: its own name is free for another one then.
fn is_renamed(work: &Work<'_>, table: &ResolvedName, column: &Ident) -> bool {
    work.steps.iter().any(|step| match step.action() {
        Some((_, TableAction::RenameColumn { from, .. })) => {
            from == column && step.table() == Some(table)
        }
        _ => false,
    })
}

/// The same of what belongs to a table, columns apart; a constraint, an index and a policy may have a successor of another name.
fn part_lacks(start: &Relation, middle: &Relation, last: &Relation) -> bool {
    fn succeeded<T>(
        [start, middle, last]: [&[T]; 3],
        name: impl Fn(&T) -> &Ident,
        is_same: impl Fn(&T, &T) -> bool,
    ) -> bool {
        let has = |all: &[T], one: &T| all.iter().any(|other| is_same(one, other));
        // What another one of its name stands for has its successor already.
        let named = |one: &T| middle.iter().any(|other| name(other) == name(one));
        let lost = start.iter().any(|one| !has(middle, one) && !named(one));
        lost && last.iter().any(|one| !has(middle, one))
    }
    let trigger = start.triggers.iter().any(|trigger| {
        let is_in = |relation: &Relation| {
            let mut all = relation.triggers.iter();
            all.any(|one| one.definition.name == trigger.definition.name)
        };
        !is_in(middle) && is_in(last)
    });
    trigger
        || succeeded(
            [&start.constraints, &middle.constraints, &last.constraints],
            |one| &one.name,
            |one, other| one.kind == other.kind && one.columns.len() == other.columns.len(),
        )
        || succeeded(
            [&start.indexes, &middle.indexes, &last.indexes],
            |one| &one.name,
            |one, other| one.elements.len() == other.elements.len() && one.method == other.method,
        )
        || succeeded(
            [&start.policies, &middle.policies, &last.policies],
            |one| &one.name,
            |one, other| one.name == other.name,
        )
}

/// Whether a statement about rows stands on the other side of the cut than one that belongs to it: what makes the
/// column it writes, or takes away or constrains what it reads and writes.
fn is_cut_off(work: &Work<'_>, step: &Step, end: usize) -> bool {
    let query = match &step.change {
        Change::Dml(dml) => dml.query.as_deref().ok(),
        Change::CreateTable(create) => match &create.as_query {
            Some(query) => query.query.as_ref().ok(),
            None => return false,
        },
        Change::Do { .. } | Change::Opaque { .. } | Change::Utility { .. } => None,
        _ => return false,
    };
    let Some(query) = query else {
        // Whatever it does.
        return true;
    };
    let usage = compat::usage(query, step.before.catalogue());
    let is_first = step.statement < end;
    let mut others = work.steps.iter();
    others.any(|other| {
        (other.statement < end) != is_first
            && belongs(other, &usage, other.statement > step.statement)
    })
}

fn belongs(step: &Step, usage: &Usage, later: bool) -> bool {
    let touched = |table, column: &_| {
        let own = (table, column);
        let mut all = usage.reads.iter().chain(&usage.writes);
        all.any(|(table, column)| (table, column) == own)
    };
    if let (Some(table), Some((_, TableAction::AddColumn { column, .. }))) =
        (step.table(), step.action())
    {
        return touched(table, &column.name);
    }
    if let Some((table, column)) = column_of(step) {
        let passing = matches!(
            step.action(),
            Some((
                _,
                TableAction::AlterType { .. } | TableAction::RenameColumn { .. }
            ))
        );
        return (later || !passing) && touched(table, column);
    }
    let (before, after) = (step.before.catalogue(), step.after.catalogue());
    let mut relations = usage.relations.iter();
    match later {
        // What makes a table it uses, or changes one in a way that says nothing of columns.
        false => relations.any(|name| before.get(name).is_none() && after.get(name).is_some()),
        true => relations.any(|name| before.get(name) != after.get(name)),
    }
}
