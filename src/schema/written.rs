//! What policies and rules say: the tables their text names, and its columns.

use std::collections::BTreeSet;

use super::dependency::{Bond, Object};
use super::{Catalogue, ResolvedName, Session, mentions};
use crate::sql::ast::{Expr, Ident, QualifiedName, SqlExpr};

/// The text of a policy or rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Written {
    /// The tables it names beside its own.
    tables: BTreeSet<ResolvedName>,
    text: String,
}

/// The table, the name there, and whether it is a rule.
pub(crate) type WrittenKey = (ResolvedName, Ident, bool);

impl Session {
    /// Notes the text of a policy or rule that has just been made or altered.
    pub(super) fn note_written(
        &mut self,
        table: &QualifiedName,
        name: &Ident,
        is_rule: bool,
        text: &str,
    ) {
        let Some(table) = self.catalogue.relation(table).map(|own| own.name.clone()) else {
            return;
        };
        let named = self.catalogue.tables_named(text).into_iter();
        let key = (table.clone(), name.clone(), is_rule);
        let tables = named.map(|(name, _)| name).filter(|name| *name != table);
        let written = Written {
            tables: tables.collect(),
            text: text.to_owned(),
        };
        self.catalogue.written.insert(key, written);
    }
}

impl Catalogue {
    /// What a policy says, whichever statements said it.
    pub(super) fn policy_text(&self, table: &QualifiedName, name: &Ident) -> String {
        let policy = self.relation(table).and_then(|table| table.policy(name));
        let conditions = policy
            .into_iter()
            .flat_map(|own| own.using.iter().chain(&own.check));
        conditions.map(|own| own.text.clone() + " ").collect()
    }

    /// What a rule says, its event first; none of a rule that was read from a server.
    pub(crate) fn rule_text(&self, table: &ResolvedName, rule: &Ident) -> Option<&str> {
        let written = self.written.get(&(table.clone(), rule.clone(), true))?;
        Some(written.text.as_str())
    }

    /// The tables a text names behind FROM, JOIN, INTO and UPDATE, and whether it writes to them.
    pub(crate) fn tables_named(&self, text: &str) -> Vec<(ResolvedName, bool)> {
        let words = mentions::identifiers(text);
        let word = |at: Option<usize>| -> &str {
            let found = at.and_then(|at| words.get(at));
            found.map_or("", |(_, name)| name.as_str())
        };
        let mut found = Vec::new();
        for (at, (range, name)) in words.iter().enumerate() {
            let before = word(at.checked_sub(1));
            let before_that = word(at.checked_sub(2));
            let writes = match before {
                "update" | "into" => true,
                "from" => before_that == "delete",
                "join" | "only" => false,
                _ => continue,
            };
            let qualified = text
                .get(range.end..)
                .is_some_and(|rest| rest.starts_with('.'));
            let name = match words.get(at + 1) {
                Some((_, inner)) if qualified => QualifiedName::new(name.clone(), inner.clone()),
                _ => QualifiedName::bare(name.clone()),
            };
            if let Some(relation) = self.relation(&name) {
                found.push((relation.name.clone(), writes));
            }
        }
        found
    }

    /// The policies and rules that name a table which is not their own.
    pub(super) fn written_about(&self, table: &ResolvedName) -> Vec<(Object, Bond)> {
        let all = self.written.iter();
        let naming = all.filter(|(_, written)| written.tables.contains(table));
        naming.map(|(key, _)| (object(key), Bond::Normal)).collect()
    }

    /// The policies and rules that name a column.
    pub(super) fn written_about_column(
        &self,
        table: &ResolvedName,
        column: &Ident,
    ) -> Vec<(Object, Bond)> {
        let all = self.written.iter();
        let naming = all.filter(|((own, ..), written)| {
            (own == table || written.tables.contains(table))
                && mentions::names(&written.text)
                    .iter()
                    .any(|(_, name)| name == column)
        });
        naming.map(|(key, _)| (object(key), Bond::Normal)).collect()
    }

    pub(super) fn forget_written(&mut self, table: &ResolvedName, name: Option<(&Ident, bool)>) {
        let stays = |(own, named, is_rule): &WrittenKey| {
            own != table || name.is_some_and(|(name, rule)| name != named || rule != *is_rule)
        };
        if !self.written.is_empty() {
            let left = self.written.iter().filter(|(key, _)| stays(key));
            self.written = left.map(|(key, one)| (key.clone(), one.clone())).collect();
        }
    }

    pub(super) fn rename_written(&mut self, from: &ResolvedName, to: &ResolvedName) {
        if self.written.is_empty() {
            return;
        }
        let new = |name: &ResolvedName| {
            if name == from {
                to.clone()
            } else {
                name.clone()
            }
        };
        let moved = self.written.iter().map(|((table, name, rule), one)| {
            let mut one = one.clone();
            one.tables = one.tables.iter().map(new).collect();
            ((new(table), name.clone(), *rule), one)
        });
        self.written = moved.collect();
    }

    pub(super) fn rename_written_column(&mut self, table: &ResolvedName, from: &Ident, to: &Ident) {
        if self.written.is_empty() {
            return;
        }
        let renamed = self.written.iter().map(|(key, one)| {
            let mut one = one.clone();
            if key.0 == *table || one.tables.contains(table) {
                let mut text = SqlExpr {
                    expr: Expr::Unparsed(one.text.clone()),
                    text: one.text,
                };
                mentions::rename(&mut text, from, to);
                one.text = text.text;
            }
            (key.clone(), one)
        });
        self.written = renamed.collect();
    }
}

fn object((table, name, is_rule): &WrittenKey) -> Object {
    match is_rule {
        true => Object::Rule(table.clone(), name.clone()),
        false => Object::Policy(table.clone(), name.clone()),
    }
}
