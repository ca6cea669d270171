//! What a query needs of a schema: relations, and the columns it reads and writes.

use std::collections::BTreeSet;

use super::resolve::Resolver;
use crate::schema::{Catalogue, ResolvedName};
use crate::sql::ast::{Ident, Query};

/// What a query needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    /// The relations it names.
    pub relations: BTreeSet<ResolvedName>,
    /// The columns it reads, those that `*` stands for included.
    pub reads: BTreeSet<(ResolvedName, Ident)>,
    /// The columns it gives values.
    pub writes: BTreeSet<(ResolvedName, Ident)>,
}

/// What a query needs of this catalogue; of a query that fails on it, what was found before the failure.
pub fn usage(query: &Query, catalogue: &Catalogue) -> Usage {
    Resolver::new(catalogue, None).run(query).usage
}
