//! ALTER TABLE with its actions, and renames.

use concertina::schema::{Catalogue, Column, ConstraintKind, Relation, RelationKind};

use super::expressions::{Class, class, sortable};
use super::generate::Generator;
use super::tables::read_type;

impl Generator {
    pub(super) fn alter_table(&mut self, catalogue: &Catalogue) -> String {
        let Some(table) = self.table(catalogue) else {
            return self.create_table(catalogue);
        };
        let name = self.name_of(catalogue, table);
        if self.random.chance(8)
            && let Some(text) = self.partition_action(catalogue, table, &name)
        {
            return text;
        }
        let only = self.random.maybe(3, "ONLY ");
        let exists = self.random.maybe(4, "IF EXISTS ");
        let mut actions = vec![self.action(catalogue, table)];
        while actions.len() < 3 && self.random.chance(12) {
            actions.push(self.action(catalogue, table));
        }
        format!("ALTER TABLE {exists}{only}{name} {}", actions.join(", "))
    }

    fn action(&mut self, catalogue: &Catalogue, table: &Relation) -> String {
        let column = self.column_of(table);
        let found = table
            .columns
            .iter()
            .find(|c| c.name.to_sql() == column)
            .cloned();
        let ty = found.as_ref().map(|c| c.ty.clone());
        let constraints: Vec<&concertina::schema::Constraint> = table.constraints.iter().collect();
        match self.random.below(40) {
            0..7 => {
                let exists = self.random.maybe(10, "IF NOT EXISTS ");
                let mut has_key = table.primary_key().is_some();
                let name = self.column_name();
                let partitioned = table.kind == RelationKind::PartitionedTable;
                let (text, _) = self.column(
                    catalogue,
                    &name,
                    &table.columns.to_vec(),
                    &mut has_key,
                    partitioned,
                );
                let word = self.random.pick(&["COLUMN ", ""]);
                format!("ADD {word}{exists}{text}")
            }
            7..11 => {
                let exists = self.random.maybe(15, "IF EXISTS ");
                let word = self.random.pick(&["COLUMN ", ""]);
                format!("DROP {word}{exists}{column}{}", self.behavior())
            }
            11..14 => {
                let bound = is_used(catalogue, table, &column);
                let written = match ty.as_ref().map(class) {
                    Some(Class::Integer) if !bound && self.random.chance(20) => "text",
                    Some(Class::Text) if !bound && self.random.chance(20) => "integer",
                    Some(Class::Integer) => {
                        self.random
                            .pick(&["bigint", "integer", "numeric", "numeric(12,2)", "int8"])
                    }
                    Some(Class::Text) => self.random.pick(&[
                        "text",
                        "varchar(100)",
                        "varchar",
                        "char(40)",
                        "varchar(100) COLLATE \"C\"",
                    ]),
                    Some(Class::Moment) => {
                        self.random
                            .pick(&["timestamptz", "timestamp", "date", "timestamp(0)"])
                    }
                    Some(Class::Number) => {
                        self.random.pick(&["numeric", "float8", "numeric(20,4)"])
                    }
                    Some(Class::Json) if bound => "jsonb",
                    _ if bound => return format!("ALTER COLUMN {column} SET STATISTICS 10"),
                    _ => self.random.pick(&["text", "integer", "jsonb"]),
                };
                let data = self.random.pick(&["SET DATA TYPE", "TYPE"]);
                let using = match self.random.below(4) {
                    0 => {
                        let bare = written.split(" COLLATE").next().unwrap_or(written);
                        format!(" USING {column}::text::{bare}")
                    }
                    _ => String::new(),
                };
                format!("ALTER COLUMN {column} {data} {written}{using}")
            }
            14..17 => {
                let ty = ty.unwrap_or_else(|| read_type(catalogue, "text"));
                format!(
                    "ALTER {column} SET DEFAULT {}",
                    self.default(catalogue, &ty)
                )
            }
            17 => format!("ALTER COLUMN {column} DROP DEFAULT"),
            18 | 19 => format!("ALTER COLUMN {column} SET NOT NULL"),
            20 | 21 => format!("ALTER COLUMN {column} DROP NOT NULL"),
            22..27 => {
                let mut has_key = table.primary_key().is_some();
                match self.table_constraint(catalogue, &table.columns.to_vec(), &mut has_key) {
                    Some(text) => {
                        let may_wait = text.contains("CHECK") || text.contains("FOREIGN");
                        let valid = if may_wait && !text.contains("ENFORCED") {
                            self.random.maybe(20, " NOT VALID")
                        } else {
                            String::new()
                        };
                        format!("ADD {text}{valid}")
                    }
                    None => format!("ALTER COLUMN {column} SET STATISTICS 100"),
                }
            }
            27 | 28 => match self.random.any(&constraints) {
                Some(constraint) => {
                    let exists = self.random.maybe(15, "IF EXISTS ");
                    format!(
                        "DROP CONSTRAINT {exists}{}{}",
                        constraint.name.to_sql(),
                        self.behavior()
                    )
                }
                None => format!("DROP CONSTRAINT IF EXISTS {}", self.small_name()),
            },
            29 => match self.random.any(&constraints) {
                Some(constraint) => format!("VALIDATE CONSTRAINT {}", constraint.name.to_sql()),
                None => "SET WITHOUT CLUSTER".to_owned(),
            },
            30 => {
                let foreign: Vec<_> = constraints
                    .iter()
                    .filter(|c| {
                        matches!(c.kind, ConstraintKind::ForeignKey { .. }) || self.version >= 99
                    })
                    .collect();
                match self.random.any(&foreign) {
                    Some(key) => {
                        let how = self.random.pick(&[
                            "DEFERRABLE",
                            "NOT DEFERRABLE",
                            "DEFERRABLE INITIALLY DEFERRED",
                            "INITIALLY IMMEDIATE",
                        ]);
                        format!("ALTER CONSTRAINT {} {how}", key.name.to_sql())
                    }
                    None => "ENABLE ROW LEVEL SECURITY".to_owned(),
                }
            }
            31 => self.identity(found.as_ref(), &column),
            32 => {
                let uniques: Vec<_> = table
                    .indexes
                    .iter()
                    .filter(|i| i.unique && i.constraint.is_none())
                    .collect();
                match self.random.any(&uniques) {
                    Some(index) => {
                        let name = self.constraint_name(60);
                        let kind = self.random.pick(&["UNIQUE", "PRIMARY KEY"]);
                        format!("ADD {name}{kind} USING INDEX {}", index.name.to_sql())
                    }
                    None => self
                        .random
                        .pick(&[
                            "SET LOGGED",
                            "SET UNLOGGED",
                            "SET (fillfactor = 50)",
                            "RESET (fillfactor)",
                        ])
                        .to_owned(),
                }
            }
            33 => self
                .random
                .pick(&[
                    "ENABLE ROW LEVEL SECURITY",
                    "DISABLE ROW LEVEL SECURITY",
                    "FORCE ROW LEVEL SECURITY",
                    "NO FORCE ROW LEVEL SECURITY",
                ])
                .to_owned(),
            34 => {
                let uniques: Vec<_> = table.indexes.iter().collect();
                match self.random.any(&uniques) {
                    Some(index) if self.random.chance(50) => {
                        format!("CLUSTER ON {}", index.name.to_sql())
                    }
                    Some(index) => format!("REPLICA IDENTITY USING INDEX {}", index.name.to_sql()),
                    None => self
                        .random
                        .pick(&[
                            "REPLICA IDENTITY FULL",
                            "REPLICA IDENTITY NOTHING",
                            "REPLICA IDENTITY DEFAULT",
                        ])
                        .to_owned(),
                }
            }
            35 => match self.random.any(&table.triggers.iter().collect::<Vec<_>>()) {
                Some(trigger) => {
                    let state =
                        self.random
                            .pick(&["DISABLE", "ENABLE", "ENABLE ALWAYS", "ENABLE REPLICA"]);
                    format!("{state} TRIGGER {}", trigger.definition.name.to_sql())
                }
                None => self
                    .random
                    .pick(&[
                        "DISABLE TRIGGER ALL",
                        "ENABLE TRIGGER USER",
                        "OWNER TO CURRENT_USER",
                    ])
                    .to_owned(),
            },
            36 => {
                let storage = self.random.pick(&[
                    "SET STORAGE PLAIN",
                    "SET STORAGE EXTERNAL",
                    "SET STORAGE EXTENDED",
                    "SET STORAGE MAIN",
                    "SET COMPRESSION pglz",
                    "SET COMPRESSION default",
                    "SET STATISTICS 50",
                    "SET STATISTICS -1",
                    "SET (n_distinct = 5)",
                    "RESET (n_distinct)",
                ]);
                format!("ALTER COLUMN {column} {storage}")
            }
            37 => {
                let generated: Vec<&Column> = table
                    .columns
                    .iter()
                    .filter(|c| c.generated.is_some())
                    .collect();
                match self.random.any(&generated) {
                    Some(column) => {
                        format!("ALTER COLUMN {} DROP EXPRESSION", column.name.to_sql())
                    }
                    None => format!("ALTER COLUMN {column} DROP EXPRESSION IF EXISTS"),
                }
            }
            38 => match self.relation(catalogue, &[RelationKind::Table]) {
                Some(parent) => match self.random.any(&table.inherits) {
                    Some(own) => format!("NO INHERIT {}", own.to_sql()),
                    None => format!("INHERIT {}", self.name_of(catalogue, parent)),
                },
                None => "NOT OF".to_owned(),
            },
            _ => self
                .random
                .pick(&[
                    "SET WITHOUT OIDS",
                    "NOT OF",
                    "OWNER TO CURRENT_USER",
                    "SET (toast.autovacuum_enabled = true)",
                ])
                .to_owned(),
        }
    }

    fn identity(&mut self, found: Option<&Column>, column: &str) -> String {
        match found {
            Some(own) if own.identity.is_some() => {
                let all = [
                    "DROP IDENTITY",
                    "SET GENERATED ALWAYS",
                    "SET GENERATED BY DEFAULT SET INCREMENT BY 2",
                    "RESTART",
                    "DROP IDENTITY IF EXISTS",
                ];
                format!("ALTER COLUMN {column} {}", self.random.pick(&all))
            }
            Some(own) if class(&own.ty) == Class::Integer => {
                format!("ALTER COLUMN {column} ADD GENERATED BY DEFAULT AS IDENTITY")
            }
            _ => format!("ALTER COLUMN {column} DROP IDENTITY IF EXISTS"),
        }
    }

    fn partition_action(
        &mut self,
        catalogue: &Catalogue,
        table: &Relation,
        name: &str,
    ) -> Option<String> {
        if table.kind != RelationKind::PartitionedTable {
            return None;
        }
        let parts: Vec<&Relation> = catalogue.children(&table.name).collect();
        if self.random.chance(50)
            && let Some(part) = self.random.any(&parts)
        {
            let part = self.name_of(catalogue, part);
            let outside = !self.in_transaction;
            let concurrently = if outside {
                self.random.maybe(40, " CONCURRENTLY")
            } else {
                String::new()
            };
            return Some(format!(
                "ALTER TABLE {name} DETACH PARTITION {part}{concurrently}"
            ));
        }
        let alike: Vec<&Relation> = catalogue
            .relations()
            .filter(|r| r.kind == RelationKind::Table && r.partition_of.is_none())
            .filter(|r| {
                table
                    .columns
                    .iter()
                    .all(|c| r.column(&c.name).is_some_and(|own| own.ty == c.ty))
            })
            .collect();
        let part = self.random.any(&alike)?;
        let bound = self.bound(table);
        let part = self.name_of(catalogue, part);
        Some(format!(
            "ALTER TABLE {name} ATTACH PARTITION {part} {bound}"
        ))
    }

    pub(super) fn rename(&mut self, catalogue: &Catalogue) -> String {
        let Some(table) = self.table(catalogue) else {
            return self.create_table(catalogue);
        };
        let name = self.name_of(catalogue, table);
        let new = self.new_name(catalogue);
        let new = new
            .rsplit_once('.')
            .map_or(new.clone(), |(_, last)| last.to_owned());
        match self.random.below(14) {
            0..4 => {
                let column = self.column_of(table);
                let word = self.random.pick(&["COLUMN ", ""]);
                format!(
                    "ALTER TABLE {name} RENAME {word}{column} TO {}",
                    self.column_name()
                )
            }
            4 | 5 => format!("ALTER TABLE {name} RENAME TO {new}"),
            6 => match self
                .random
                .any(&table.constraints.iter().collect::<Vec<_>>())
            {
                Some(constraint) => {
                    format!(
                        "ALTER TABLE {name} RENAME CONSTRAINT {} TO {}",
                        constraint.name.to_sql(),
                        self.small_name()
                    )
                }
                None => format!("ALTER TABLE {name} RENAME TO {new}"),
            },
            7 => match self.random.any(&table.indexes.iter().collect::<Vec<_>>()) {
                Some(index) => {
                    let full = format!("{}.{}", table.name.schema.to_sql(), index.name.to_sql());
                    let index = self.short_name(catalogue, &full);
                    format!("ALTER INDEX {index} RENAME TO {}", self.small_name())
                }
                None => format!("ALTER TABLE {name} RENAME TO {new}"),
            },
            8 => format!(
                "ALTER TABLE {name} SET SCHEMA {}",
                self.some_schema(catalogue)
            ),
            9 => match self.relation(
                catalogue,
                &[RelationKind::View, RelationKind::MaterializedView],
            ) {
                Some(view) => {
                    let word = if view.kind == RelationKind::View {
                        "VIEW"
                    } else {
                        "MATERIALIZED VIEW"
                    };
                    let name = self.name_of(catalogue, view);
                    match self.random.below(3) {
                        0 => format!("ALTER {word} {name} RENAME TO {new}"),
                        1 => format!(
                            "ALTER {word} {name} RENAME COLUMN {} TO {}",
                            self.column_of(view),
                            self.column_name()
                        ),
                        _ => format!(
                            "ALTER {word} {name} SET SCHEMA {}",
                            self.some_schema(catalogue)
                        ),
                    }
                }
                None => format!("ALTER TABLE {name} RENAME TO {new}"),
            },
            10 => match self.relation(catalogue, &[RelationKind::Sequence]) {
                Some(sequence) => {
                    let name = self.name_of(catalogue, sequence);
                    match self.random.below(2) {
                        0 => format!("ALTER SEQUENCE {name} RENAME TO {new}"),
                        _ => format!(
                            "ALTER SEQUENCE {name} SET SCHEMA {}",
                            self.some_schema(catalogue)
                        ),
                    }
                }
                None => format!("ALTER TABLE {name} RENAME TO {new}"),
            },
            11 => match self.random.any(
                &catalogue
                    .types()
                    .map(|def| def.name.to_sql())
                    .collect::<Vec<_>>(),
            ) {
                Some(ty) => {
                    let ty = self.short_name(catalogue, &ty);
                    match self.random.below(2) {
                        0 => format!("ALTER TYPE {ty} RENAME TO {new}"),
                        _ => format!("ALTER TYPE {ty} SET SCHEMA {}", self.some_schema(catalogue)),
                    }
                }
                None => format!("ALTER TABLE {name} RENAME TO {new}"),
            },
            12 => match self.random.any(&table.triggers.iter().collect::<Vec<_>>()) {
                Some(trigger) => format!(
                    "ALTER TRIGGER {} ON {name} RENAME TO {}",
                    trigger.definition.name.to_sql(),
                    self.small_name()
                ),
                None => format!("ALTER TABLE {name} RENAME TO {new}"),
            },
            _ => match self.some_routine(catalogue) {
                Some((word, routine)) => match self.random.below(2) {
                    0 => format!("ALTER {word} {routine} RENAME TO {new}"),
                    _ => format!(
                        "ALTER {word} {routine} SET SCHEMA {}",
                        self.some_schema(catalogue)
                    ),
                },
                None => format!("ALTER TABLE {name} RENAME TO {new}"),
            },
        }
    }

    /// `CREATE INDEX` in all its forms.
    pub(super) fn create_index(&mut self, catalogue: &Catalogue, in_transaction: bool) -> String {
        let Some(table) = self.relation(
            catalogue,
            &[
                RelationKind::Table,
                RelationKind::PartitionedTable,
                RelationKind::MaterializedView,
            ],
        ) else {
            return self.create_table(catalogue);
        };
        let mut columns = sortable(catalogue, table);
        if columns.is_empty() {
            return self.create_table(catalogue);
        }
        let name = match self.random.below(3) {
            0 => self.small_name(),
            1 => {
                let first = self.random.pick(&columns).name;
                format!(
                    "{}_idx",
                    first
                        .as_str()
                        .chars()
                        .filter(char::is_ascii_alphanumeric)
                        .collect::<String>()
                        .to_ascii_lowercase()
                        + "x"
                )
            }
            _ => String::new(),
        };
        let exists = if name.is_empty() {
            String::new()
        } else {
            self.random.maybe(10, "IF NOT EXISTS ")
        };
        let concurrently = if in_transaction || table.kind == RelationKind::PartitionedTable {
            String::new()
        } else {
            self.random.maybe(20, "CONCURRENTLY ")
        };
        let unique = self.random.maybe(25, "UNIQUE ");
        let only = if concurrently.is_empty() {
            self.random.maybe(3, "ONLY ")
        } else {
            String::new()
        };
        let on = self.name_of(catalogue, table);
        let json: Vec<&Column> = table
            .columns
            .iter()
            .filter(|c| class(&c.ty) == Class::Json || class(&c.ty) == Class::Array)
            .collect();
        if self.random.chance(15)
            && let Some(column) = self.random.any(&json)
        {
            let ops = if class(&column.ty) == Class::Json {
                self.random.pick(&["", " jsonb_path_ops", " jsonb_ops"])
            } else {
                self.random.pick(&["", " array_ops"])
            };
            return format!(
                "CREATE INDEX {concurrently}{exists}{name} ON {only}{on} USING gin ({}{ops})",
                column.name.to_sql()
            );
        }
        let method =
            self.random
                .pick(&["", "", "", "", " USING btree", " USING hash", " USING brin"]);
        let most = if method.contains("hash") { 1 } else { 3 };
        if method.contains("brin") || method.contains("hash") {
            columns.retain(|column| {
                matches!(
                    class(&column.ty),
                    Class::Integer | Class::Text | Class::Moment
                )
            });
        }
        if columns.is_empty() {
            return self.create_table(catalogue);
        }
        let chosen = self.random.some(&columns, most);
        let plain = method.contains("hash") || method.contains("brin");
        let keys: Vec<String> = chosen
            .iter()
            .map(|column| {
                if plain {
                    column.name.to_sql().into_owned()
                } else {
                    self.key(column)
                }
            })
            .collect();
        let unique = if plain { String::new() } else { unique };
        let include = match self.random.any(&table.columns) {
            Some(column) if !plain && self.random.chance(8) => {
                format!(" INCLUDE ({})", column.name.to_sql())
            }
            _ => String::new(),
        };
        let nulls = if self.version >= 15 && !unique.is_empty() {
            self.random.maybe(10, " NULLS NOT DISTINCT")
        } else {
            String::new()
        };
        let with = if plain {
            String::new()
        } else {
            self.random.maybe(6, " WITH (fillfactor = 80)")
        };
        let filter = if self.random.chance(15) {
            format!(" WHERE {}", self.condition(&table.columns.to_vec()))
        } else {
            String::new()
        };
        format!(
            "CREATE {unique}INDEX {concurrently}{exists}{name} ON {only}{on}{method} ({}){include}{nulls}{with}{filter}",
            keys.join(", ")
        )
    }
}

/// Whether an expression or index of a table or of its children names a column, whose type may matter
/// to it.
fn is_used(catalogue: &Catalogue, table: &Relation, column: &str) -> bool {
    let checks = table
        .constraints
        .iter()
        .map(|c| table.constraint_definition(c));
    let indexes = table.indexes.iter().map(|i| table.index_definition(i));
    checks.chain(indexes).any(|text| text.contains(column))
        || catalogue
            .children(&table.name)
            .any(|child| is_used(catalogue, child, column))
}
