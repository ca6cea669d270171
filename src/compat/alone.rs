//! What PostgreSQL refuses of one query on one schema, whatever rows there are.

use super::refusal::{Rows, refused_rows};
use super::resolve::Resolver;
use crate::schema::{Catalogue, Refusal};
use crate::sql::ast::Query;

/// Why a query fails on a schema always; nothing where it may work, or where the schema is not known whole.
pub fn refusal(query: &Query, catalogue: &Catalogue) -> Option<Refusal> {
    if catalogue.is_incomplete() {
        return None;
    }
    let first = Resolver::new(catalogue, None).run(query);
    let mut resolver = Resolver::new(catalogue, None);
    // Functions and operators of extensions are not known one by one.
    resolver.lenient.clone_from(&first.unmatched);
    let seen = resolver.run(query);
    if let Some(refusal) = seen.refuses() {
        return Some(refusal.clone());
    }
    let rows = refused_rows(&seen, catalogue);
    let all = rows.into_iter().find(|one| one.rows == Rows::All);
    all.map(|one| one.refusal)
}
