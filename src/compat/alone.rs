//! What PostgreSQL refuses of one query on one schema, whatever rows there are.

use super::builtins;
use super::refusal::{Rows, refused_rows};
use super::resolve::Resolver;
use super::within::has_its_own_grammar;
use crate::schema::{Catalogue, Decided, Refusal, Session};
use crate::sql::ast::{Change, Dml, Ident, QualifiedName, Query, TypeName};
use crate::sql::{Reach, body_statements, declared, words};

/// What stands for a value in a body without being declared (manual 18, sections 41.5.5, 41.6.8 and 41.10.1).
const IMPLICIT: [&str; 5] = ["found", "new", "old", "sqlerrm", "sqlstate"];

/// Why a DO block fails always: a statement that every run of it gets to asks for what is not there. Nothing where that
/// hangs on a variable.
pub fn refusal_in_block(body: &str, session: &Session) -> Option<Refusal> {
    let mut session = session.nested()?;
    let mut names = declared(body);
    names.extend(IMPLICIT.map(Ident::new));
    let mut decided = Decided::default();
    for statement in body_statements("plpgsql", body) {
        let Some(reach) = session.catalogue().reach_of(&statement, &mut decided) else {
            continue;
        };
        if let Change::Dml(Dml {
            query: Ok(query), ..
        }) = &statement.change
            && let Some(refusal) = refusal(query, session.catalogue())
        {
            let hangs = words(&refusal.message).any(|word| names.contains(&Ident::folded(word)));
            let caught = reach == Reach::Caught && statement.catches(refusal.sqlstate);
            if !hangs && !caught && reach != Reach::Perhaps {
                return Some(refusal);
            }
        }
        let before = session.clone();
        if session.apply(&statement.change).is_err() {
            session = before;
        }
    }
    None
}

/// Why a query fails on a schema always; nothing where it may work, or where the schema is not known whole.
pub fn refusal(query: &Query, catalogue: &Catalogue) -> Option<Refusal> {
    if catalogue.is_incomplete() {
        return None;
    }
    let first = Resolver::new(catalogue, None).run(query);
    if let Some(refusal) = first
        .unmatched
        .iter()
        .find_map(|name| no_such_function(name, catalogue))
    {
        return Some(refusal);
    }
    let mut resolver = Resolver::new(catalogue, None);
    resolver.alone = true;
    let seen = resolver.run(query);
    if let Some(refusal) = seen.refuses() {
        return Some(refusal.clone());
    }
    let rows = refused_rows(&seen, catalogue);
    let all = rows.into_iter().find(|one| one.rows == Rows::All);
    all.map(|one| one.refusal)
}

/// A function of a name that no version of PostgreSQL has, where no extension may bring it.
fn no_such_function(name: &str, catalogue: &Catalogue) -> Option<Refusal> {
    let plain = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let known = QualifiedName::bare(Ident::new(name));
    let somewhere = |schema: &Ident| {
        let full = QualifiedName::new(schema.clone(), known.name.clone());
        catalogue.routine(&full).is_some() || catalogue.type_def(&full).is_some()
    };
    let unheard_of = plain
        && !name.starts_with("pg_")
        && !name.starts_with('_')
        && catalogue.extensions().next().is_none()
        && !catalogue.schemas().any(somewhere)
        && !has_its_own_grammar(name)
        && builtins::category(&TypeName::plain(name)).is_none()
        && builtins::versions_of(&known.name).is_empty();
    unheard_of.then(|| Refusal {
        sqlstate: "42883",
        message: format!("function {name} does not exist"),
    })
}
