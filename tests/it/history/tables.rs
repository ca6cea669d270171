//! CREATE TABLE in all its forms.

use concertina::schema::{Catalogue, Column, EnumOrOther, Relation, RelationKind};
use concertina::sql::ast::{Change, Expr, Ident, TypeName};

use super::expressions::{Class, class, is_sortable};
use super::generate::Generator;

/// Reads a type as written; what cannot be read is `text`.
pub(super) fn read_type(catalogue: &Catalogue, written: &str) -> TypeName {
    let script = concertina::sql::parse(&format!("CREATE TABLE t (c {written})"));
    let mut ty = match script.statements.first().map(|statement| &statement.change) {
        Some(Change::CreateTable(table)) => {
            table.columns.first().and_then(|column| column.ty.clone())
        }
        _ => None,
    }
    .unwrap_or_else(|| TypeName::plain("text"));
    if let Some(def) = catalogue.type_def(&ty.qualified_name()) {
        ty.schema = Some(def.name.schema.clone());
    }
    ty
}

impl Generator {
    pub(super) fn create_table(&mut self, catalogue: &Catalogue) -> String {
        let kind = self.random.below(100);
        let name = self.new_name(catalogue);
        let exists = self.random.maybe(8, "IF NOT EXISTS ");
        let unlogged = self.random.maybe(5, "UNLOGGED ");
        let text = match kind {
            0..12 => self.partition(catalogue, &name, &exists),
            12..20 => self.child(catalogue, &name),
            20..28 => self.like(catalogue, &name, &exists),
            28..33 => self.as_query(catalogue, &name, &exists),
            33..36 => self.of_type(catalogue, &name),
            36..50 => self.partitioned(catalogue, &name),
            _ => None,
        };
        if let Some(text) = text {
            return text;
        }
        let (items, _) = self.table_items(catalogue, false);
        let options = self
            .random
            .maybe(5, " WITH (fillfactor = 70, autovacuum_enabled = false)");
        format!(
            "CREATE {unlogged}TABLE {exists}{name} (\n  {}\n){options}",
            items.join(",\n  ")
        )
    }

    /// Columns and table constraints; of a partitioned table without keys.
    fn table_items(
        &mut self,
        catalogue: &Catalogue,
        partitioned: bool,
    ) -> (Vec<String>, Vec<Column>) {
        let mut items = Vec::new();
        let mut columns: Vec<Column> = Vec::new();
        let mut has_key = partitioned;
        for _ in 0..1 + self.random.below(6) {
            let name = self.column_name();
            let stored = stored_name(&name);
            if columns.iter().any(|column| column.name == stored) && !self.random.chance(2) {
                continue;
            }
            let (item, column) = self.column(catalogue, &name, &columns, &mut has_key, partitioned);
            items.push(item);
            columns.push(column);
        }
        if !partitioned {
            let wanted = self.random.below(3);
            for _ in 0..wanted {
                if let Some(item) = self.table_constraint(catalogue, &columns, &mut has_key) {
                    items.push(item);
                }
            }
        }
        (items, columns)
    }

    /// A column as CREATE TABLE and ADD COLUMN write it.
    pub(super) fn column(
        &mut self,
        catalogue: &Catalogue,
        name: &str,
        others: &[Column],
        has_key: &mut bool,
        partitioned: bool,
    ) -> (String, Column) {
        let mut written = self.ty(catalogue);
        if self.random.chance(6) {
            written = self
                .random
                .pick(&["serial", "bigserial", "smallserial", "serial8", "SERIAL"])
                .to_owned();
        }
        let ty = match written.to_ascii_lowercase().as_str() {
            "serial" => TypeName::plain("int4"),
            "bigserial" | "serial8" => TypeName::plain("int8"),
            "smallserial" => TypeName::plain("int2"),
            _ => read_type(catalogue, &written),
        };
        let mut column = Column::new(stored_name(name), ty.clone());
        let is_serial = written.to_ascii_lowercase().contains("serial");
        let mut text = format!("{name} {written}");
        if class(&ty) == Class::Text {
            text += &self.random.maybe(4, " COLLATE \"C\"");
        }
        let mut can_default = !is_serial;
        if can_default && class(&ty) == Class::Integer && self.random.chance(8) {
            let always = self.random.pick(&["ALWAYS", "BY DEFAULT"]);
            let options = self.random.maybe(25, " (START WITH 10 INCREMENT BY 5)");
            text += &format!(" GENERATED {always} AS IDENTITY{options}");
            can_default = false;
        }
        if can_default && !partitioned && self.random.chance(5) {
            let (expr, ty) = self.generation(others);
            let name_and_type = format!("{name} {ty}");
            let kind = if self.version >= 18 {
                self.random.pick(&["STORED", "VIRTUAL", ""])
            } else {
                "STORED"
            };
            text = format!("{name_and_type} GENERATED ALWAYS AS {expr} {kind}");
            column.ty = read_type(catalogue, ty);
            column.generated = Some(concertina::schema::Generated {
                expr: concertina::sql::ast::SqlExpr {
                    text: expr,
                    expr: Expr::Null,
                },
                stored: kind == "STORED",
            });
            return (text, column);
        }
        if can_default && self.random.chance(25) {
            let constraint = self.random.maybe(3, " CONSTRAINT ignored");
            text += &format!("{constraint} DEFAULT {}", self.default(catalogue, &ty));
        }
        let is_key = is_sortable(catalogue, &column) && !*has_key && self.random.chance(12);
        match self.random.below(10) {
            0..3 => text += &format!(" {}NOT NULL", self.constraint_name(10)),
            3 if !is_serial && can_default && !is_key => text += " NULL",
            _ => {}
        }
        if is_key {
            text += &format!(" {}PRIMARY KEY", self.constraint_name(15));
            *has_key = true;
        } else if is_sortable(catalogue, &column) && !partitioned && self.random.chance(7) {
            let nulls = if self.version >= 15 {
                self.random.maybe(15, " NULLS NOT DISTINCT")
            } else {
                String::new()
            };
            text += &format!(" {}UNIQUE{nulls}", self.constraint_name(15));
            text += &self.random.maybe(10, " DEFERRABLE INITIALLY DEFERRED");
        }
        if self.random.chance(8) {
            let mut all = others.to_vec();
            if self.random.chance(80) || all.is_empty() {
                all = vec![column.clone()];
            }
            text += &format!(
                " {}CHECK ({})",
                self.constraint_name(30),
                self.condition(&all)
            );
            text += &self.random.maybe(8, " NO INHERIT");
        }
        if self.random.chance(7)
            && let Some(references) = self.references(catalogue, &ty)
        {
            text += &format!(" {}{references}", self.constraint_name(20));
        }
        (text, column)
    }

    /// `REFERENCES ..` for a column of that type.
    fn references(&mut self, catalogue: &Catalogue, ty: &TypeName) -> Option<String> {
        let mut targets = Vec::new();
        for relation in catalogue.relations() {
            for index in relation
                .indexes
                .iter()
                .filter(|index| index.unique && !ty.array)
            {
                let keys: Vec<&Ident> = index
                    .elements
                    .iter()
                    .filter_map(|element| match &element.key {
                        concertina::sql::ast::IndexKey::Column(name) => Some(name),
                        _ => None,
                    })
                    .collect();
                if let ([key], 1) = (keys.as_slice(), index.elements.len())
                    && let Some(column) = relation.column(key)
                    && (column.ty.schema.as_ref(), &column.ty.name, column.ty.array)
                        == (ty.schema.as_ref(), &ty.name, ty.array)
                {
                    targets.push((relation, (*key).clone(), index.primary));
                }
            }
        }
        let (relation, column, primary) = self.random.any(&targets)?;
        let table = self.name_of(catalogue, relation);
        let column = if primary && self.random.chance(50) {
            String::new()
        } else {
            format!(" ({})", column.to_sql())
        };
        let actions = self.random.pick(&[
            "",
            "",
            "",
            " ON DELETE CASCADE",
            " ON DELETE SET NULL",
            " ON UPDATE CASCADE ON DELETE RESTRICT",
            " MATCH FULL",
            " ON DELETE SET DEFAULT",
            " DEFERRABLE INITIALLY DEFERRED",
            " DEFERRABLE",
            " NOT DEFERRABLE",
            " MATCH SIMPLE",
            " ON DELETE NO ACTION ON UPDATE NO ACTION",
        ]);
        Some(format!("REFERENCES {table}{column}{actions}"))
    }

    /// A table constraint as CREATE TABLE and ADD write it.
    pub(super) fn table_constraint(
        &mut self,
        catalogue: &Catalogue,
        columns: &[Column],
        has_key: &mut bool,
    ) -> Option<String> {
        let keys: Vec<Column> = columns
            .iter()
            .filter(|c| is_sortable(catalogue, c))
            .cloned()
            .collect();
        let name = self.constraint_name(35);
        let list = |columns: &[Column]| {
            let names: Vec<_> = columns
                .iter()
                .map(|c| c.name.to_sql().into_owned())
                .collect();
            names.join(", ")
        };
        let deferrable = self.random.maybe(8, " DEFERRABLE INITIALLY DEFERRED");
        Some(match self.random.below(10) {
            0 | 1 if (!*has_key || self.random.chance(4)) && !keys.is_empty() => {
                *has_key = true;
                let include = self.include(columns);
                format!(
                    "{name}PRIMARY KEY ({}){include}{deferrable}",
                    list(&self.random.some(&keys, 3))
                )
            }
            2 | 3 if !keys.is_empty() => {
                let nulls = if self.version >= 15 {
                    self.random.maybe(15, " NULLS NOT DISTINCT")
                } else {
                    String::new()
                };
                let include = self.include(columns);
                let with = self.random.maybe(4, " WITH (fillfactor=80)");
                format!(
                    "{name}UNIQUE{nulls} ({}){include}{with}{deferrable}",
                    list(&self.random.some(&keys, 3))
                )
            }
            4 => {
                let ranges: Vec<Column> = columns
                    .iter()
                    .filter(|c| class(&c.ty) == Class::Range)
                    .cloned()
                    .collect();
                match (self.random.any(&ranges), self.random.any(&keys)) {
                    (Some(range), _) => {
                        format!("{name}EXCLUDE USING gist ({} WITH &&)", range.name.to_sql())
                    }
                    (None, Some(key)) if class(&key.ty) == Class::Integer => format!(
                        "{name}EXCLUDE ({} WITH =) WHERE ({} > 0)",
                        key.name.to_sql(),
                        key.name.to_sql()
                    )
                    .replace("EXCLUDE (", "EXCLUDE USING btree ("),
                    _ => return None,
                }
            }
            5 | 6 => {
                let column = self.random.any(columns)?;
                let references = self.references(catalogue, &column.ty)?;
                format!("{name}FOREIGN KEY ({}) {references}", column.name.to_sql())
            }
            7 if self.version >= 18 && !columns.is_empty() => {
                let column = self.random.pick(columns);
                format!(
                    "{name}NOT NULL {}{}",
                    column.name.to_sql(),
                    self.random.maybe(10, " NO INHERIT")
                )
            }
            _ => {
                let condition = self.condition(columns);
                let enforced = if self.version >= 18 {
                    self.random.maybe(6, " NOT ENFORCED")
                } else {
                    String::new()
                };
                format!(
                    "{name}CHECK ({condition}){}{enforced}",
                    self.random.maybe(8, " NO INHERIT")
                )
            }
        })
    }

    fn include(&mut self, columns: &[Column]) -> String {
        match self.random.any(columns) {
            Some(column) if self.random.chance(8) => format!(" INCLUDE ({})", column.name.to_sql()),
            _ => String::new(),
        }
    }

    fn partitioned(&mut self, catalogue: &Catalogue, name: &str) -> Option<String> {
        let (mut items, columns) = self.table_items(catalogue, true);
        let keys: Vec<Column> = columns
            .iter()
            .filter(|c| {
                c.generated.is_none()
                    && ["int4", "int8", "text"].contains(&c.ty.name.as_str())
                    && !c.ty.array
            })
            .cloned()
            .collect();
        let key = self.random.any(&keys)?;
        let strategy = self.random.pick(&["LIST", "RANGE", "HASH"]);
        if self.random.chance(30) {
            items.push(format!("PRIMARY KEY ({})", key.name.to_sql()));
        }
        if self.random.chance(20) {
            items.push(format!("CHECK ({})", self.condition(&columns)));
        }
        Some(format!(
            "CREATE TABLE {name} (\n  {}\n) PARTITION BY {strategy} ({})",
            items.join(",\n  "),
            key.name.to_sql()
        ))
    }

    /// A bound that no other partition has.
    pub(super) fn bound(&mut self, parent: &Relation) -> String {
        let strategy = parent
            .partition_by
            .as_ref()
            .map_or("LIST", |by| by.strategy.as_str());
        let n = self.next_serial();
        let has_default = false;
        match strategy {
            "HASH" => format!("FOR VALUES WITH (MODULUS 1000, REMAINDER {})", n % 1000),
            "RANGE" if !has_default => {
                format!("FOR VALUES FROM ('{:05}') TO ('{:05}')", n * 10, n * 10 + 9)
            }
            _ => format!("FOR VALUES IN ('{n}')"),
        }
    }

    fn partition(&mut self, catalogue: &Catalogue, name: &str, exists: &str) -> Option<String> {
        let parent = self.relation(catalogue, &[RelationKind::PartitionedTable])?;
        let bound = self.bound(parent);
        let mut items = Vec::new();
        if self.random.chance(25) {
            let column = self.column_of(parent);
            let constraint = self.random.pick(&["NOT NULL", "DEFAULT NULL", "NOT NULL"]);
            items.push(format!("{column} {constraint}"));
        }
        if self.random.chance(15) {
            items.push(format!(
                "CHECK ({})",
                self.condition(&parent.columns.to_vec())
            ));
        }
        let items = if items.is_empty() {
            String::new()
        } else {
            format!(" ({})", items.join(", "))
        };
        let keys: Vec<&Column> = parent
            .columns
            .iter()
            .filter(|c| c.ty.name == "int4" && !c.ty.array)
            .collect();
        let sub = match self.random.any(&keys) {
            Some(key) if self.random.chance(8) => {
                format!(" PARTITION BY LIST ({})", key.name.to_sql())
            }
            _ => String::new(),
        };
        let parent = self.name_of(catalogue, parent);
        Some(format!(
            "CREATE TABLE {exists}{name} PARTITION OF {parent}{items} {bound}{sub}"
        ))
    }

    fn child(&mut self, catalogue: &Catalogue, name: &str) -> Option<String> {
        let parent = self.relation(catalogue, &[RelationKind::Table])?;
        let mut items = Vec::new();
        if self.random.chance(70) {
            let column = self.column_name();
            let mut has_key = true;
            items.push(self.column(catalogue, &column, &[], &mut has_key, false).0);
        }
        if self.random.chance(10)
            && let Some(column) = self.random.any(&parent.columns)
        {
            items.push(format!("{} {} NOT NULL", column.name.to_sql(), column.ty));
        }
        if self.random.chance(15) {
            items.push(format!(
                "CHECK ({})",
                self.condition(&parent.columns.to_vec())
            ));
        }
        let second = match self.relation(catalogue, &[RelationKind::Table]) {
            Some(other) if self.random.chance(10) => {
                format!(", {}", self.name_of(catalogue, other))
            }
            _ => String::new(),
        };
        let parent = self.name_of(catalogue, parent);
        Some(format!(
            "CREATE TABLE {name} ({}) INHERITS ({parent}{second})",
            items.join(", ")
        ))
    }

    fn like(&mut self, catalogue: &Catalogue, name: &str, exists: &str) -> Option<String> {
        let source = self.relation(
            catalogue,
            &[
                RelationKind::Table,
                RelationKind::Table,
                RelationKind::PartitionedTable,
                RelationKind::View,
            ],
        )?;
        let source = self.name_of(catalogue, source);
        let mut text = format!("CREATE TABLE {exists}{name} (LIKE {source}");
        for what in [
            "DEFAULTS",
            "CONSTRAINTS",
            "INDEXES",
            "IDENTITY",
            "GENERATED",
            "COMMENTS",
            "STORAGE",
        ] {
            text += &self.random.maybe(25, &format!(" INCLUDING {what}"));
        }
        if self.random.chance(25) {
            text += " INCLUDING ALL";
            text += &self.random.maybe(30, " EXCLUDING INDEXES");
        }
        if self.random.chance(20) {
            let column = self.column_name();
            let mut has_key = true;
            text += &format!(
                ", {}",
                self.column(catalogue, &column, &[], &mut has_key, false).0
            );
        }
        Some(text + ")")
    }

    fn as_query(&mut self, catalogue: &Catalogue, name: &str, exists: &str) -> Option<String> {
        let query = self.query(catalogue)?;
        Some(format!(
            "CREATE TABLE {exists}{name} AS {query} WITH NO DATA"
        ))
    }

    fn of_type(&mut self, catalogue: &Catalogue, name: &str) -> Option<String> {
        let composites: Vec<String> = catalogue
            .types()
            .filter(|def| matches!(def.kind, EnumOrOther::Composite(_)))
            .map(|def| def.name.to_sql())
            .collect();
        let ty = self.random.any(&composites)?;
        let ty = self.short_name(catalogue, &ty);
        Some(format!("CREATE TABLE {name} OF {ty}"))
    }
}

/// A name as stored: without its quotes, folded.
pub(super) fn stored_name(written: &str) -> Ident {
    match written
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inside) => Ident::new(inside.replace("\"\"", "\"")),
        None => Ident::folded(written),
    }
}
