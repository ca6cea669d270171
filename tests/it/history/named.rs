//! Statistics, event triggers, foreign data, collations, text search, publications, comments and privileges.

use concertina::schema::{Catalogue, RelationKind};

use super::expressions::sortable;
use super::generate::Generator;

/// Names of objects of these families, as written.
const NAMED: &[&str] = &["o1", "o2", "o3", "\"O 4\"", "o5"];

impl Generator {
    /// A statement about one of the objects of which little more than the name counts.
    pub(super) fn named(&mut self, catalogue: &Catalogue) -> String {
        match self.random.below(16) {
            0..4 => self.statistics(catalogue),
            4..6 => self.event_trigger(catalogue),
            6..10 => self.foreign_data(catalogue),
            10 => self.collation(catalogue),
            11 | 12 => self.text_search(catalogue),
            13 => self.publication(catalogue),
            14 => self.comment(catalogue),
            _ => self.privileges(catalogue),
        }
    }

    fn named_name(&mut self) -> String {
        self.random.pick(NAMED).to_owned()
    }

    /// A name with a schema sometimes.
    fn placed_name(&mut self, catalogue: &Catalogue) -> String {
        let name = self.named_name();
        if self.random.chance(20) {
            return format!("{}.{name}", self.some_schema(catalogue));
        }
        name
    }

    /// `ALTER` or `DROP` of an object in a schema, there or not.
    fn moved(&mut self, catalogue: &Catalogue, words: &str) -> String {
        let name = self.placed_name(catalogue);
        match self.random.below(5) {
            0 => format!("ALTER {words} {name} RENAME TO {}", self.named_name()),
            1 => format!(
                "ALTER {words} {name} SET SCHEMA {}",
                self.some_schema(catalogue)
            ),
            _ => self.dropped(words, &name),
        }
    }

    fn dropped(&mut self, words: &str, name: &str) -> String {
        format!(
            "DROP {words} {}{name}{}",
            self.random.maybe(20, "IF EXISTS "),
            self.behavior()
        )
    }

    fn statistics(&mut self, catalogue: &Catalogue) -> String {
        if self.random.chance(35) {
            if self.random.chance(15) {
                let name = self.named_name();
                return format!("ALTER STATISTICS {name} SET STATISTICS 50");
            }
            return self.moved(catalogue, "STATISTICS");
        }
        let kinds = [
            RelationKind::Table,
            RelationKind::Table,
            RelationKind::PartitionedTable,
            RelationKind::MaterializedView,
            RelationKind::View,
        ];
        let Some(table) = self.relation(catalogue, &kinds) else {
            return self.create_table(catalogue);
        };
        let mut columns = sortable(catalogue, table);
        columns.retain(|column| column.generated.is_none());
        if columns.is_empty() {
            return self.create_table(catalogue);
        }
        let columns: Vec<String> = self
            .random
            .some(&columns, 3)
            .iter()
            .map(|column| column.name.to_sql().into_owned())
            .collect();
        let mut columns = columns;
        if self.random.chance(3) {
            columns.push("no_such_column".to_owned());
        }
        let on = self.name_of(catalogue, table);
        let name = if self.version >= 16 && self.random.chance(30) {
            String::new()
        } else {
            format!(
                "{}{} ",
                self.random.maybe(15, "IF NOT EXISTS "),
                self.placed_name(catalogue)
            )
        };
        let kinds = self
            .random
            .pick(&["", "", "(ndistinct) ", "(dependencies, mcv) "]);
        let kinds = if name.is_empty() { "" } else { kinds };
        format!(
            "CREATE STATISTICS {name}{kinds}ON {} FROM {on}",
            columns.join(", ")
        )
    }

    fn event_trigger(&mut self, catalogue: &Catalogue) -> String {
        let functions: Vec<String> = catalogue
            .routines()
            .filter(|(_, routine)| routine.definition.args.is_empty())
            .filter(|(_, routine)| {
                let returns = routine.definition.returns.as_deref();
                returns == Some("event_trigger") || returns == Some("trigger")
            })
            .map(|(name, _)| name.to_sql())
            .collect();
        let name = self.named_name();
        match (self.random.below(8), self.random.any(&functions)) {
            (0..4, Some(function)) => {
                let function = self.short_name(catalogue, &function);
                let event = self
                    .random
                    .pick(&["ddl_command_start", "ddl_command_end", "sql_drop"]);
                let filter = self
                    .random
                    .maybe(20, " WHEN TAG IN ('CREATE TABLE', 'DROP TABLE')");
                format!(
                    "CREATE EVENT TRIGGER {name} ON {event}{filter} EXECUTE FUNCTION {function}()"
                )
            }
            (4, _) => format!("ALTER EVENT TRIGGER {name} RENAME TO {}", self.named_name()),
            (5, _) => format!("ALTER EVENT TRIGGER {name} DISABLE"),
            (6, _) => self.dropped("EVENT TRIGGER", &name),
            _ => format!(
                "CREATE OR REPLACE FUNCTION {}() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$",
                self.new_name(catalogue)
            ),
        }
    }

    fn foreign_data(&mut self, catalogue: &Catalogue) -> String {
        let (name, other) = (self.named_name(), self.named_name());
        match self.random.below(12) {
            0 | 1 => format!("CREATE FOREIGN DATA WRAPPER {name}"),
            2 | 3 => format!(
                "CREATE SERVER {}{name} FOREIGN DATA WRAPPER {other}",
                self.random.maybe(20, "IF NOT EXISTS ")
            ),
            4 => format!(
                "CREATE USER MAPPING {}FOR {} SERVER {name}",
                self.random.maybe(20, "IF NOT EXISTS "),
                self.random.pick(&["PUBLIC", "postgres"])
            ),
            5 | 6 => {
                let ty = self.ty(catalogue);
                let null = self.random.maybe(30, " NOT NULL");
                format!(
                    "CREATE FOREIGN TABLE {} ({} {ty}{null}, {} text) SERVER {name}",
                    self.new_name(catalogue),
                    self.column_name(),
                    self.column_name()
                )
            }
            7 => {
                let words = self.random.pick(&["SERVER", "FOREIGN DATA WRAPPER"]);
                format!("ALTER {words} {name} RENAME TO {other}")
            }
            8 => self.dropped("SERVER", &name),
            9 => self.dropped("FOREIGN DATA WRAPPER", &name),
            10 => format!(
                "DROP USER MAPPING {}FOR {} SERVER {name}",
                self.random.maybe(20, "IF EXISTS "),
                self.random.pick(&["PUBLIC", "postgres"])
            ),
            _ => match self.relation(catalogue, &[RelationKind::ForeignTable]) {
                Some(table) => {
                    let table = self.name_of(catalogue, table);
                    self.dropped("FOREIGN TABLE", &table)
                }
                None => format!("CREATE FOREIGN DATA WRAPPER {name}"),
            },
        }
    }

    fn collation(&mut self, catalogue: &Catalogue) -> String {
        if self.random.chance(50) {
            return self.moved(catalogue, "COLLATION");
        }
        format!(
            "CREATE COLLATION {}{} FROM \"C\"",
            self.random.maybe(20, "IF NOT EXISTS "),
            self.placed_name(catalogue)
        )
    }

    fn text_search(&mut self, catalogue: &Catalogue) -> String {
        let name = self.placed_name(catalogue);
        match self.random.below(6) {
            0 | 1 => format!("CREATE TEXT SEARCH DICTIONARY {name} (TEMPLATE = simple)"),
            2 | 3 => format!("CREATE TEXT SEARCH CONFIGURATION {name} (COPY = simple)"),
            4 => self.moved(catalogue, "TEXT SEARCH DICTIONARY"),
            _ => self.moved(catalogue, "TEXT SEARCH CONFIGURATION"),
        }
    }

    /// What is published is inserted only: other changes need a replica identity.
    fn publication(&mut self, catalogue: &Catalogue) -> String {
        let name = self.named_name();
        let table = match self.table(catalogue) {
            Some(table) => self.name_of(catalogue, table),
            None => return self.create_table(catalogue),
        };
        match self.random.below(8) {
            0..3 => {
                format!("CREATE PUBLICATION {name} FOR TABLE {table} WITH (publish = 'insert')")
            }
            3 => format!("CREATE PUBLICATION {name} WITH (publish = 'insert')"),
            4 => {
                let verb = self.random.pick(&["ADD", "SET", "DROP"]);
                format!("ALTER PUBLICATION {name} {verb} TABLE {table}")
            }
            5 => format!("ALTER PUBLICATION {name} RENAME TO {}", self.named_name()),
            _ => self.dropped("PUBLICATION", &name),
        }
    }

    fn comment(&mut self, catalogue: &Catalogue) -> String {
        let table = self.table(catalogue);
        let on = match table {
            Some(table) => self.name_of(catalogue, table),
            None => return self.create_table(catalogue),
        };
        let name = self.named_name();
        let object = match self.random.below(8) {
            0 => format!("SERVER {name}"),
            1 => format!("STATISTICS {name}"),
            2 => format!("SCHEMA {}", self.some_schema(catalogue)),
            3 => match self.some_routine(catalogue) {
                Some((word, routine)) => format!("{word} {routine}"),
                None => format!("TABLE {on}"),
            },
            4 => format!("EVENT TRIGGER {name}"),
            5 => format!("TABLE {on}"),
            6 => format!("PUBLICATION {name}"),
            _ => format!("CONSTRAINT {} ON {on}", self.small_name()),
        };
        format!("COMMENT ON {object} IS 'text'")
    }

    fn privileges(&mut self, catalogue: &Catalogue) -> String {
        let schema = self.some_schema(catalogue);
        match self.random.below(5) {
            0 => format!(
                "ALTER DEFAULT PRIVILEGES {}{} PUBLIC",
                self.random.maybe(70, &format!("IN SCHEMA {schema} ")),
                self.random.pick(&[
                    "GRANT SELECT ON TABLES TO",
                    "GRANT ALL ON TABLES TO",
                    "REVOKE SELECT ON TABLES FROM",
                    "GRANT USAGE ON SEQUENCES TO",
                ])
            ),
            1 => "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC".to_owned(),
            2 => format!("GRANT USAGE ON SCHEMA {schema} TO PUBLIC"),
            3 => format!("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO PUBLIC"),
            _ => match self.relation(catalogue, &[RelationKind::Sequence]) {
                Some(sequence) => {
                    let name = self.name_of(catalogue, sequence);
                    format!("GRANT USAGE ON SEQUENCE {name} TO PUBLIC")
                }
                None => "GRANT CREATE ON SCHEMA public TO PUBLIC".to_owned(),
            },
        }
    }
}
