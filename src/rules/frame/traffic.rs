//! What one query of a release does to which relation, for rules that ask for more than names and types.

use crate::compat::{AppQuery, Usage, Verdict, usage};
use crate::schema::{Catalogue, ResolvedName};
use crate::sql::ast::{
    ConflictTarget, Copied, DmlVerb, Ident, MergeAction, QualifiedName, Query, QueryBody,
};
use crate::sql::words;

/// A query with what it needs and what it does.
pub(in crate::rules) struct Traffic<'q> {
    /// Its tree.
    pub(in crate::rules) query: &'q Query,
    /// Relations and columns.
    pub(in crate::rules) usage: Usage,
    acts: Vec<(DmlVerb, ResolvedName)>,
    sql: &'q str,
}

/// How a query fares for a reason that names and types do not show.
pub(in crate::rules) struct Witness {
    pub(in crate::rules) verdict: Verdict,
    pub(in crate::rules) sqlstate: Option<&'static str>,
    pub(in crate::rules) message: String,
}

impl Witness {
    /// It is refused.
    pub(in crate::rules) fn fails(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Fails,
            sqlstate: Some(sqlstate),
            message: message.into(),
        }
    }

    /// It succeeds and means something else.
    pub(in crate::rules) fn changes(message: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Changes,
            sqlstate: None,
            message: message.into(),
        }
    }
}

impl<'q> Traffic<'q> {
    /// Of a query that could be read.
    pub(super) fn of(query: &'q AppQuery, catalogue: &Catalogue) -> Option<Self> {
        let tree = query.query.as_ref().ok()?;
        let mut targets = Vec::new();
        collect(tree, &mut targets);
        let acts = targets.into_iter().map(|(verb, name)| {
            let known = catalogue
                .relation(name)
                .map(|relation| relation.name.clone());
            (verb, known.unwrap_or_else(|| catalogue.creation_name(name)))
        });
        Some(Self {
            query: tree,
            usage: usage(tree, catalogue),
            acts: acts.collect(),
            sql: &query.sql,
        })
    }

    /// Whether it looks at rows of a relation, be it to change them.
    pub(in crate::rules) fn reads(&self, relation: &ResolvedName) -> bool {
        let columns = self.usage.reads.iter().any(|(table, _)| table == relation);
        let only_inserts = self
            .acts
            .iter()
            .any(|(verb, table)| table == relation && *verb == DmlVerb::Insert);
        !only_inserts && (columns || self.usage.relations.contains(relation))
    }

    /// Whether it inserts into, updates or deletes from a relation.
    pub(in crate::rules) fn does(&self, verb: DmlVerb, relation: &ResolvedName) -> bool {
        self.acts
            .iter()
            .any(|(own, table)| *own == verb && table == relation)
    }

    /// Whether its text says a name.
    pub(in crate::rules) fn says(&self, name: &Ident) -> bool {
        words(self.sql).any(|word| Ident::folded(word) == *name)
    }

    /// Whether it gives a column a value.
    pub(in crate::rules) fn writes(&self, relation: &ResolvedName, column: &Ident) -> bool {
        self.usage
            .writes
            .iter()
            .any(|(table, own)| table == relation && own == column)
    }
}

fn collect<'q>(query: &'q Query, into: &mut Vec<(DmlVerb, &'q QualifiedName)>) {
    for cte in &query.with {
        collect(&cte.query, into);
    }
    match &query.body {
        QueryBody::Select(_) | QueryBody::Values(_) | QueryBody::Table(_) => {}
        QueryBody::SetOperation { left, right, .. } => {
            collect(left, into);
            collect(right, into);
        }
        QueryBody::Nested(inner) => collect(inner, into),
        QueryBody::Insert(insert) => {
            into.push((DmlVerb::Insert, &insert.target));
            if let Some(clause) = &insert.on_conflict
                && clause.update.is_some()
                && !matches!(clause.target, ConflictTarget::Any)
            {
                into.push((DmlVerb::Update, &insert.target));
            }
        }
        QueryBody::Update(update) => into.push((DmlVerb::Update, &update.target)),
        QueryBody::Delete(delete) => into.push((DmlVerb::Delete, &delete.target)),
        QueryBody::Copy(Copied::Table { target, from, .. }) => {
            if *from {
                into.push((DmlVerb::Insert, target));
            }
        }
        QueryBody::Copy(Copied::Query(query)) => collect(query, into),
        QueryBody::Merge(merge) => {
            for clause in &merge.clauses {
                match &clause.action {
                    MergeAction::Nothing => {}
                    MergeAction::Delete => into.push((DmlVerb::Delete, &merge.target)),
                    MergeAction::Update(_) => into.push((DmlVerb::Update, &merge.target)),
                    MergeAction::Insert(..) => into.push((DmlVerb::Insert, &merge.target)),
                }
            }
        }
    }
}
