//! Operators and casts, what computes them and what uses them.

use concertina::schema::{Catalogue, EnumOrOther, OperatorKey, RelationKind};
use concertina::sql::ast::{ObjectKind, TypeName};

use super::generate::Generator;

/// Symbols that PostgreSQL has none of, one that it has, and one that it has of a prefix operator.
const SYMBOLS: &[&str] = &["<+>", "===", "~~!", "|+|", "+", "@@"];

const PLAIN: &[&str] = &[
    "int", "text", "boolean", "int[]", "varchar", "bigint", "date",
];

impl Generator {
    pub(super) fn operator_or_cast(&mut self, catalogue: &Catalogue) -> String {
        match self.random.below(20) {
            0..4 => self.computing(catalogue),
            4..8 => self.create_operator(catalogue),
            8..11 => self.operator_user(catalogue),
            11..14 => self.alter_or_drop_operator(catalogue),
            14..18 => self.create_cast(catalogue),
            _ => self.drop_cast(catalogue),
        }
    }

    /// A type that an operator may take: one of PostgreSQL's own, or one of somebody's.
    fn operand(&mut self, catalogue: &Catalogue) -> String {
        let made: Vec<String> = catalogue.types().map(|def| def.name.to_sql()).collect();
        let rows: Vec<String> = catalogue
            .relations()
            .filter(|own| own.kind == RelationKind::Table)
            .map(|own| own.name.to_sql())
            .collect();
        if self.random.chance(1) {
            return "no_such_type".to_owned();
        }
        let own = match self.random.below(10) {
            0..4 => self.random.any(&made),
            4 => self.random.any(&rows),
            _ => None,
        };
        match own {
            Some(own) => self.short_name(catalogue, &own),
            None => self.random.pick(PLAIN).to_owned(),
        }
    }

    /// A function that an operator or a cast can call.
    fn computing(&mut self, catalogue: &Catalogue) -> String {
        let name = self.new_name(catalogue);
        let count = self.random.pick(&[1, 1, 2, 2, 2]);
        let args: Vec<String> = (0..count).map(|_| self.operand(catalogue)).collect();
        let result = match self.random.chance(40) {
            true => "boolean".to_owned(),
            false => self.operand(catalogue),
        };
        format!(
            "CREATE FUNCTION {name}({}) RETURNS {result} LANGUAGE sql AS 'SELECT NULL::{result}'",
            args.join(", ")
        )
    }

    /// A function of so many arguments at most, by its name and its types.
    fn some_function(
        &mut self,
        catalogue: &Catalogue,
        most: usize,
    ) -> Option<(String, Vec<TypeName>, String)> {
        let all: Vec<_> = catalogue
            .routines()
            .filter(|(_, one)| {
                let definition = &one.definition;
                let taken = definition.args.len();
                definition.object == ObjectKind::Function && (1..=most).contains(&taken)
            })
            .map(|(name, one)| {
                let returns = one.definition.returns.clone().unwrap_or_default();
                (name.to_sql(), one.definition.args.clone(), returns)
            })
            .collect();
        let (name, args, returns) = self.random.any(&all)?;
        Some((self.short_name(catalogue, &name), args, returns))
    }

    fn create_operator(&mut self, catalogue: &Catalogue) -> String {
        let found = self.some_function(catalogue, 2);
        let one_value = |(_, _, returns): &(_, _, String)| !returns.contains(' ');
        let Some((function, args, returns)) = found.filter(one_value) else {
            return self.computing(catalogue);
        };
        let symbol = self.random.pick(SYMBOLS);
        let schema = match self.random.chance(20) {
            true => format!("{}.", self.some_schema(catalogue)),
            false => String::new(),
        };
        let mut parts: Vec<String> = Vec::new();
        let mut types: Vec<String> = args.iter().map(ToString::to_string).collect();
        if self.random.chance(4) {
            types.pop();
        }
        if self.random.chance(3) {
            types.push("int".to_owned());
        }
        match types.as_slice() {
            [right] => parts.push(format!("RIGHTARG = {right}")),
            [left, right, ..] => {
                parts.push(format!("LEFTARG = {left}"));
                parts.push(format!("RIGHTARG = {right}"));
                if self.random.chance(20) && !["+", "@@"].contains(&symbol) {
                    parts.push(format!("COMMUTATOR = OPERATOR({schema}{symbol})"));
                }
            }
            [] => {}
        }
        if self.random.chance(10) && (returns == "boolean" || self.random.chance(20)) {
            // Each of its own: from 17 on two cannot have one.
            let serial = format!("{:b}", self.next_serial());
            let serial = serial.replace('0', "~").replace('1', "|");
            parts.push(format!("NEGATOR = !{serial}"));
        }
        let word = self.random.pick(&["FUNCTION", "PROCEDURE"]);
        parts.push(format!("{word} = {function}"));
        format!("CREATE OPERATOR {schema}{symbol} ({})", parts.join(", "))
    }

    fn some_operator(&mut self, catalogue: &Catalogue) -> Option<OperatorKey> {
        let all: Vec<OperatorKey> = catalogue.operators().map(|(key, _)| key.clone()).collect();
        self.random.any(&all)
    }

    /// As DROP and ALTER name it.
    fn written_operator(&mut self, catalogue: &Catalogue) -> String {
        match self.some_operator(catalogue) {
            Some((name, args)) if !self.random.chance(3) => {
                let args: Vec<String> = args.iter().map(ToString::to_string).collect();
                let args = match args.as_slice() {
                    [right] => format!("NONE, {right}"),
                    all => all.join(", "),
                };
                let hidden = !catalogue.search_path().contains(&name.schema);
                let schema = match hidden || self.random.chance(30) {
                    true => format!("{}.", name.schema.to_sql()),
                    false => String::new(),
                };
                format!("{schema}{} ({args})", name.name)
            }
            _ => {
                let (symbol, one) = (self.random.pick(SYMBOLS), self.operand(catalogue));
                format!("{symbol} ({one}, {})", self.operand(catalogue))
            }
        }
    }

    fn alter_or_drop_operator(&mut self, catalogue: &Catalogue) -> String {
        let operator = self.written_operator(catalogue);
        // The owner of PostgreSQL's own may move them.
        let moves = !operator.starts_with(['+', '@']);
        match self.random.below(6) {
            0 if moves => format!(
                "ALTER OPERATOR {operator} SET SCHEMA {}",
                self.some_schema(catalogue)
            ),
            1 => format!("ALTER OPERATOR {operator} OWNER TO CURRENT_USER"),
            2 => format!("COMMENT ON OPERATOR {operator} IS 'text'"),
            _ => format!(
                "DROP OPERATOR {}{operator}{}",
                self.random.maybe(20, "IF EXISTS "),
                self.behavior()
            ),
        }
    }

    /// A use of an operator on values of its types.
    fn use_of(&mut self, catalogue: &Catalogue, (name, args): &OperatorKey) -> String {
        let values: Vec<String> = args.iter().map(|ty| format!("NULL::{ty}")).collect();
        let hidden = !catalogue.search_path().contains(&name.schema);
        let symbol = match hidden || self.random.chance(30) {
            true => format!("OPERATOR({}.{})", name.schema.to_sql(), name.name),
            false => name.name.to_string(),
        };
        match values.as_slice() {
            [left, right] => format!("({left} {symbol} {right})"),
            all => format!("({symbol} {})", all.join(" ")),
        }
    }

    fn operator_user(&mut self, catalogue: &Catalogue) -> String {
        let all = catalogue.operators();
        let all = all.filter(|(_, own)| own.function().is_some());
        let all: Vec<OperatorKey> = all.map(|(key, _)| key.clone()).collect();
        let Some(key) = self.random.any(&all) else {
            return self.create_operator(catalogue);
        };
        let used = self.use_of(catalogue, &key);
        let name = self.new_name(catalogue);
        let table = match self.table(catalogue) {
            Some(table) => self.name_of(catalogue, table),
            None => return self.create_table(catalogue),
        };
        match self.random.below(6) {
            0 => format!("CREATE MATERIALIZED VIEW {name} AS SELECT {used} AS used WITH NO DATA"),
            1 => format!("CREATE VIEW {name} AS SELECT 1 AS one FROM {table} WHERE {used} IS NULL"),
            2 => format!(
                "ALTER TABLE {table} ADD {}CHECK ({used} IS NULL) NOT VALID",
                self.constraint_name(50)
            ),
            3 => format!("CREATE OR REPLACE VIEW {name} AS SELECT {used} AS used"),
            _ => format!("CREATE VIEW {name} AS SELECT {used} AS used FROM {table}"),
        }
    }

    fn create_cast(&mut self, catalogue: &Catalogue) -> String {
        let context = self
            .random
            .pick(&["", "", " AS ASSIGNMENT", " AS IMPLICIT"]);
        let made = catalogue.types();
        let made = made.filter(|def| def.kind != EnumOrOther::Range);
        let made: Vec<String> = made.map(|def| def.name.to_sql()).collect();
        // Among PostgreSQL's own types a cast changes the server's own queries.
        let Some(made) = self.random.any(&made) else {
            return self.user_type(catalogue);
        };
        let (source, target) = match self.random.chance(50) {
            true => (made, self.operand(catalogue)),
            false => (self.operand(catalogue), made),
        };
        match self.random.below(6) {
            0..3 => match self.some_function(catalogue, 2) {
                Some((function, args, returns)) if !returns.contains(' ') => {
                    let types: Vec<String> = args.iter().map(ToString::to_string).collect();
                    let source = match self.random.chance(90) {
                        true => types.first().cloned().unwrap_or_default(),
                        false => source,
                    };
                    let target = match self.random.chance(90) {
                        true => returns,
                        false => target,
                    };
                    if !source.contains('.') && PLAIN.contains(&target.as_str()) {
                        return self.computing(catalogue);
                    }
                    format!(
                        "CREATE CAST ({source} AS {target}) WITH FUNCTION {function}({}){context}",
                        types.join(", ")
                    )
                }
                _ => self.computing(catalogue),
            },
            3 => format!("CREATE CAST ({source} AS {target}) WITHOUT FUNCTION{context}"),
            _ => format!("CREATE CAST ({source} AS {target}) WITH INOUT{context}"),
        }
    }

    fn drop_cast(&mut self, catalogue: &Catalogue) -> String {
        let all: Vec<(String, String)> = catalogue
            .casts()
            .map(|((from, to), _)| (from.to_string(), to.to_string()))
            .collect();
        let (from, to) = match self.random.any(&all) {
            Some(types) if !self.random.chance(5) => types,
            _ => (self.operand(catalogue), self.operand(catalogue)),
        };
        format!(
            "DROP CAST {}({from} AS {to}){}",
            self.random.maybe(20, "IF EXISTS "),
            self.behavior()
        )
    }
}
