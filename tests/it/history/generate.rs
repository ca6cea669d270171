//! The next statement of a random history, chosen for what the catalogue holds.

use concertina::schema::{Catalogue, Relation, RelationKind, Session};
use concertina::sql::ast::{Ident, Persistence};

use super::names::{COLUMNS, NAMES, SMALL};
use crate::random::Random;

/// Makes statements, nearly all of them valid.
pub(super) struct Generator {
    pub(super) random: Random,
    pub(super) version: u16,
    pub(super) in_transaction: bool,
    /// A number that never comes twice: bounds of partitions, enum labels.
    pub(super) serial: usize,
}

/// So many relations, and the generator rather drops than creates.
const ENOUGH: usize = 24;

impl Generator {
    pub(super) fn new(seed: u64, version: u16) -> Self {
        Self {
            random: Random::new(seed),
            version,
            in_transaction: false,
            serial: 0,
        }
    }

    /// The next statement for that session, which is in an aborted transaction or not.
    pub(super) fn statement(&mut self, session: &Session, aborted: bool) -> String {
        let catalogue = session.catalogue();
        self.in_transaction = session.in_transaction();
        if aborted {
            return match self.random.below(4) {
                0 => "ROLLBACK TO s1".to_owned(),
                1 => "COMMIT".to_owned(),
                2 => "ROLLBACK".to_owned(),
                _ => "CREATE TABLE never (id int)".to_owned(),
            };
        }
        if session.in_transaction() && self.random.chance(25) {
            let all = [
                "COMMIT",
                "COMMIT",
                "COMMIT",
                "ROLLBACK",
                "SAVEPOINT s1",
                "SAVEPOINT s2",
                "ROLLBACK TO s1",
                "RELEASE s1",
                "SAVEPOINT s1",
            ];
            return self.random.pick(&all).to_owned();
        }
        if !session.in_transaction() && self.random.chance(2) {
            return self
                .random
                .pick(&[
                    "BEGIN",
                    "START TRANSACTION",
                    "BEGIN ISOLATION LEVEL SERIALIZABLE",
                ])
                .to_owned();
        }
        let relations = catalogue
            .relations()
            .filter(|r| r.kind != RelationKind::Sequence)
            .count();
        if relations == 0 {
            return self.create_table(catalogue);
        }
        let full = relations >= ENOUGH;
        match self.random.below(100) {
            0..14 if !full => self.create_table(catalogue),
            0..14 => self.drop(catalogue),
            14..46 => self.alter_table(catalogue),
            46..55 => self.create_index(catalogue, session.in_transaction()),
            55..61 if !full => self.create_view(catalogue),
            55..61 => self.drop(catalogue),
            61..66 => self.user_type(catalogue),
            66..72 => self.routine_or_trigger(catalogue),
            72..76 => self.sequence(catalogue),
            76..80 => self.schema_or_path(catalogue),
            80..85 => self.rename(catalogue),
            85..88 => self.policy_or_rule(catalogue),
            88..90 => self.other(catalogue, session.in_transaction()),
            90..94 => self.named(catalogue),
            94..97 => self.operator_or_cast(catalogue),
            _ => self.drop(catalogue),
        }
    }

    /// A name for something new, its schema written sometimes.
    pub(super) fn new_name(&mut self, catalogue: &Catalogue) -> String {
        let name = if self.random.chance(6) {
            self.existing_name(catalogue)
        } else {
            let mut name = self.random.pick(NAMES).to_owned();
            if self.random.chance(40) && !name.contains('"') && name.len() < 20 {
                name += &self.random.below(10).to_string();
            }
            name
        };
        if self.random.chance(15) {
            let schema = self.some_schema(catalogue);
            return format!("{schema}.{name}");
        }
        name
    }

    fn existing_name(&mut self, catalogue: &Catalogue) -> String {
        let mut names: Vec<String> = catalogue
            .relations()
            .map(|r| r.name.name.to_sql().into_owned())
            .collect();
        names.extend(
            catalogue
                .types()
                .map(|def| def.name.name.to_sql().into_owned()),
        );
        self.random.any(&names).unwrap_or_else(|| "t1".to_owned())
    }

    /// A schema, which may not be there.
    pub(super) fn some_schema(&mut self, catalogue: &Catalogue) -> String {
        let all: Vec<String> = catalogue
            .schemas()
            .map(|name| name.to_sql().into_owned())
            .collect();
        if self.random.chance(3) {
            return "no_such_schema".to_owned();
        }
        self.random.any(&all).unwrap_or_else(|| "public".to_owned())
    }

    pub(super) fn column_name(&mut self) -> String {
        let mut name = self.random.pick(COLUMNS).to_owned();
        if self.random.chance(25) && !name.contains('"') && name.len() < 20 {
            name += &self.random.below(5).to_string();
        }
        name
    }

    pub(super) fn small_name(&mut self) -> String {
        self.random.pick(SMALL).to_owned()
    }

    /// `CONSTRAINT name ` sometimes.
    pub(super) fn constraint_name(&mut self, percent: usize) -> String {
        if self.random.chance(percent) {
            format!("CONSTRAINT {} ", self.small_name())
        } else {
            String::new()
        }
    }

    /// A full name as a statement may write it: without its schema where the path shows it.
    pub(super) fn short_name(&mut self, catalogue: &Catalogue, full: &str) -> String {
        let visible = catalogue.search_path().iter().find_map(|schema| {
            let prefix = format!("{}.", schema.to_sql());
            full.strip_prefix(&prefix)
        });
        match visible {
            Some(name) if self.random.chance(80) => name.to_owned(),
            _ => full.to_owned(),
        }
    }

    /// A relation's name as a statement may write it.
    pub(super) fn name_of(&mut self, catalogue: &Catalogue, relation: &Relation) -> String {
        if self.random.chance(1) {
            return "no_such_relation".to_owned();
        }
        self.short_name(catalogue, &relation.name.to_sql())
    }

    /// A relation of one of those kinds, temporary ones excepted.
    pub(super) fn relation<'a>(
        &mut self,
        catalogue: &'a Catalogue,
        kinds: &[RelationKind],
    ) -> Option<&'a Relation> {
        let all: Vec<&Relation> = catalogue
            .relations()
            .filter(|r| kinds.contains(&r.kind) && r.persistence != Persistence::Temporary)
            .collect();
        self.random.any(&all)
    }

    /// A table, partitioned or not.
    pub(super) fn table<'a>(&mut self, catalogue: &'a Catalogue) -> Option<&'a Relation> {
        self.relation(
            catalogue,
            &[RelationKind::Table, RelationKind::PartitionedTable],
        )
    }

    /// A column's name of that relation, seldom one that it has not.
    pub(super) fn column_of(&mut self, relation: &Relation) -> String {
        let names: Vec<Ident> = relation.columns.iter().map(|c| c.name.clone()).collect();
        match self.random.any(&names) {
            Some(name) if !self.random.chance(3) => name.to_sql().into_owned(),
            _ => self.column_name(),
        }
    }

    pub(super) fn behavior(&mut self) -> &'static str {
        self.random
            .pick(&["", "", "", " CASCADE", " CASCADE", " RESTRICT"])
    }

    pub(super) fn next_serial(&mut self) -> usize {
        self.serial += 1;
        self.serial
    }
}
