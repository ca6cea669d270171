//! Columns that move to another table: what keeps two tables the same while releases write either of them.

pub(in crate::plan) mod find;
mod obstacle;
mod source;
mod target;

use super::{fill, naming, spell};
use crate::schema::{Catalogue, Column, ConstraintKind, Relation, ResolvedName};
use crate::sql::ast::{Expr, Ident, QualifiedName};
use crate::sql::string_constant;

/// What is moved from where to where, row by row.
#[derive(Debug, Clone)]
pub(in crate::plan) struct Moved {
    /// The table that release N reads and writes, as it is before the migration.
    pub(in crate::plan) source: Relation,
    /// The table that release N+1 reads and writes, as it is after the migration.
    pub(in crate::plan) target: Relation,
    /// The columns of a key of each: one row for one row.
    pub(in crate::plan) keys: Vec<(Ident, Ident)>,
    /// The columns that move, and where they arrive.
    pub(in crate::plan) columns: Vec<(Column, Column)>,
    /// Which of the two tables has rows for those of the other one.
    pub(in crate::plan) form: Form,
}

/// How the rows of the two tables go together.
#[derive(Debug, Clone)]
pub(in crate::plan) enum Form {
    /// Each row of the source has one in the target, or those with a value.
    Out(Option<Filter>),
    /// Rows of the target get what rows of the source have, which stay.
    In,
    /// The same, and the source is dropped: it has a row where the target has values.
    Merge,
}

/// `a IS NOT NULL`, and what AND and OR make of it.
#[derive(Debug, Clone)]
pub(in crate::plan) enum Filter {
    /// A column of the source.
    Has(Ident),
    /// Both.
    And(Box<Filter>, Box<Filter>),
    /// One of them.
    Or(Box<Filter>, Box<Filter>),
}

impl Filter {
    fn sql(&self, field: &dyn Fn(&Ident) -> String) -> String {
        match self {
            Self::Has(column) => format!("{} IS NOT NULL", field(column)),
            Self::And(left, right) => format!("({} AND {})", left.sql(field), right.sql(field)),
            Self::Or(left, right) => format!("({} OR {})", left.sql(field), right.sql(field)),
        }
    }
}

/// The names of what the plan makes for the time of both releases.
#[derive(Debug, Clone)]
pub(in crate::plan) struct Names {
    /// The table of keys whose rows are not as the others.
    pub(in crate::plan) keys: ResolvedName,
    /// The function that says whether a transaction waits for this one.
    waits: ResolvedName,
    /// Those of the triggers of the source, before and after.
    leave: ResolvedName,
    send: ResolvedName,
    /// Those of the triggers of the target: for an UPDATE that gives a column the value it has, before, and after.
    given: Vec<ResolvedName>,
    meet: ResolvedName,
    answer: ResolvedName,
}

impl Moved {
    /// The names of what keeps the two the same; none of them is another's.
    pub(in crate::plan) fn names(&self, catalogue: Option<&Catalogue>) -> Names {
        let table = &self.source.name;
        let first = self.columns.first().map(|(from, _)| &from.name);
        let first = first.unwrap_or(&table.name);
        let function = |role: &str| fill::function_name(catalogue, table, first, role);
        let taken = |name: &Ident| {
            let name = QualifiedName::new(table.schema.clone(), name.clone());
            catalogue.is_some_and(|catalogue| catalogue.relation(&name).is_some())
        };
        let keys = naming::own(&[&table.name, first], "keys", taken);
        Names {
            keys: ResolvedName::new(table.schema.clone(), keys),
            waits: function("waits"),
            leave: function("leave"),
            send: function("send"),
            given: (1..=self.columns.len())
                .map(|at| function(&format!("given_{at}")))
                .collect(),
            meet: function("meet"),
            answer: function("answer"),
        }
    }

    /// The table of keys, and the functions.
    pub(in crate::plan) fn functions(&self, names: &Names) -> Vec<String> {
        let columns: String = self
            .keys
            .iter()
            .enumerate()
            .map(|(at, (key, _))| format!("key_{} {} NOT NULL, ", at + 1, self.key_type(key)))
            .collect();
        let mut statements = vec![
            // Its own key, so that nobody waits for another one's mark on the same row.
            format!(
                "CREATE TABLE {} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {columns}state text NOT NULL)",
                names.keys.to_sql()
            ),
            format!(
                "CREATE INDEX ON {} ({})",
                names.keys.to_sql(),
                self.key_columns("")
            ),
            format!(
                "CREATE FUNCTION {}(holder xid, began timestamptz) RETURNS boolean {LANGUAGE} AS {}",
                names.waits.to_sql(),
                naming::quoted_body(WAITS)
            ),
        ];
        let mut function = |name: &ResolvedName, body: &str| {
            statements.push(format!(
                "CREATE FUNCTION {}() RETURNS trigger {LANGUAGE} AS {}",
                name.to_sql(),
                naming::quoted_body(body)
            ));
        };
        if self.clears_first() {
            function(&names.leave, &self.leave(names));
        }
        function(&names.send, &self.send(names));
        for (at, name) in names.given.iter().enumerate() {
            function(name, &self.given(names, at));
        }
        function(&names.meet, &self.meet(names));
        function(&names.answer, &self.answer(names));
        statements
    }

    /// The triggers of the source.
    pub(in crate::plan) fn source_triggers(&self, names: &Names) -> Vec<String> {
        let mut statements = Vec::new();
        let keys: Vec<&Ident> = self.keys.iter().map(|(key, _)| key).collect();
        if self.clears_first() {
            let update = if self.follows_key() {
                String::new()
            } else {
                format!(" OR UPDATE OF {}", spell::list(keys.iter().copied()))
            };
            let events = format!("BEFORE DELETE{update}");
            statements.push(trigger(&names.leave, &events, &self.source));
        }
        let named = self.columns.iter().map(|(from, _)| &from.name);
        let of = if assigns(&self.source) {
            String::new()
        } else {
            format!(" OF {}", spell::list(keys.into_iter().chain(named)))
        };
        let delete = if self.clears_first() {
            ""
        } else {
            " OR DELETE"
        };
        let events = format!("AFTER INSERT OR UPDATE{of}{delete}");
        statements.push(trigger(&names.send, &events, &self.source));
        statements
    }

    /// The triggers of the target.
    pub(in crate::plan) fn target_triggers(&self, names: &Names) -> Vec<String> {
        let given = names.given.iter().zip(&self.columns);
        let given = given.map(|(function, (_, to))| {
            let (new, old) = (naming::field("NEW", &to.name), naming::field("OLD", &to.name));
            format!(
                "CREATE TRIGGER {} BEFORE UPDATE OF {} ON {}\n  FOR EACH ROW WHEN (ROW({new})::record *= ROW({old})::record) EXECUTE FUNCTION {}()",
                given_name(function).to_sql(),
                to.name.to_sql(),
                self.target.name.to_sql(),
                function.to_sql()
            )
        });
        let both = ["BEFORE", "AFTER"]
            .into_iter()
            .zip([&names.meet, &names.answer]);
        let both = both.map(|(timing, function)| {
            let events = format!("{timing} INSERT OR UPDATE OR DELETE");
            trigger(function, &events, &self.target)
        });
        given.chain(both).collect()
    }

    /// Takes the triggers of the source away, with their functions.
    pub(in crate::plan) fn drop_source_triggers(&self, names: &Names) -> Vec<String> {
        let leave = self.clears_first().then_some(&names.leave);
        let functions = leave.into_iter().chain([&names.send]);
        functions
            .flat_map(|function| fill::drop_trigger(&self.source, function))
            .collect()
    }

    /// Takes the triggers of the target away, and what is left of what the plan made.
    pub(in crate::plan) fn drop_target_triggers(&self, names: &Names) -> Vec<String> {
        let functions = [&names.meet, &names.answer].into_iter();
        let given = names.given.iter().flat_map(|function| {
            let (name, table) = (given_name(function), self.target.name.to_sql());
            [
                format!("DROP TRIGGER {} ON {table}", name.to_sql()),
                format!("DROP FUNCTION {}()", function.to_sql()),
            ]
        });
        let both = functions.flat_map(|function| fill::drop_trigger(&self.target, function));
        let mut statements: Vec<String> = given.chain(both).collect();
        statements.push(format!(
            "DROP FUNCTION {}(xid, timestamptz)",
            names.waits.to_sql()
        ));
        statements.push(format!("DROP TABLE {}", names.keys.to_sql()));
        statements
    }

    /// The UPDATE that makes the triggers copy the rows that are there.
    pub(in crate::plan) fn fill(&self, names: &Names) -> String {
        let (source, target) = (&self.source.name, &self.target.name);
        let own = |table: &ResolvedName, column: &Ident| {
            format!("{}.{}", table.name.to_sql(), column.to_sql())
        };
        if let (Form::Out(_), Some((from, _))) = (&self.form, self.columns.first()) {
            let t_is = self.each_key(" AND ", |_, key, to| {
                format!("concertina_t.{} = {}", to.to_sql(), own(source, key))
            });
            let k_is = self.each_key(" AND ", |at, key, _| {
                format!("concertina_k.key_{at} = {}", own(source, key))
            });
            let wanted = self.wanted(&|column| column.to_sql().into_owned());
            let wanted = wanted.map_or_else(String::new, |wanted| format!("{wanted} AND "));
            let column = from.name.to_sql();
            return format!(
                "UPDATE {} SET {column} = {column} WHERE {wanted}NOT EXISTS (SELECT 1 FROM {} AS concertina_t WHERE {t_is}) AND NOT EXISTS (SELECT 1 FROM {} AS concertina_k WHERE {k_is})",
                source.to_sql(),
                target.to_sql(),
                names.keys.to_sql()
            );
        }
        let s_is = self.each_key(" AND ", |_, key, to| {
            format!("concertina_s.{} = {}", key.to_sql(), own(target, to))
        });
        let differs = self.each_column(" OR ", |from, to| {
            let (from, arrived) = (from.name.to_sql(), own(target, &to.name));
            match &to.default {
                None => format!("{arrived} IS NULL AND concertina_s.{from} IS NOT NULL"),
                Some(_) => format!("{arrived} IS DISTINCT FROM concertina_s.{from}"),
            }
        });
        let column = self.touched();
        format!(
            "UPDATE {} SET {column} = {column} WHERE EXISTS (SELECT 1 FROM {} AS concertina_s WHERE {s_is} AND ({differs}))",
            target.to_sql(),
            source.to_sql()
        )
    }

    /// The UPDATE that makes the triggers settle what was left when a transaction gave up.
    pub(in crate::plan) fn mend(&self, names: &Names) -> String {
        let target = &self.target.name;
        let k_is = self.each_key(" AND ", |at, _, key| {
            format!(
                "concertina_k.key_{at} = {}.{}",
                target.name.to_sql(),
                key.to_sql()
            )
        });
        let column = self.touched();
        format!(
            "UPDATE {} SET {column} = {column} WHERE EXISTS (SELECT 1 FROM {} AS concertina_k WHERE {k_is} AND concertina_k.state IN ('late', 'ahead'))",
            target.to_sql(),
            names.keys.to_sql()
        )
    }

    /// A column of the target that an UPDATE may write without meaning anything: none of those that move, and none of
    /// the key where there is another one, since that would keep foreign keys waiting.
    fn touched(&self) -> String {
        let moves = |column: &Column| self.columns.iter().any(|(_, to)| to.name == column.name);
        let is_key = |column: &Column| self.keys.iter().any(|(_, key)| *key == column.name);
        let key = self.target.primary_key().unwrap_or_default();
        let mut others = self.target.columns.iter();
        let other = others.find(|column| {
            let own = column.generated.is_some() || column.identity.is_some();
            !own && !moves(column) && !is_key(column) && !key.contains(&column.name)
        });
        let key = self.keys.first().map(|(_, key)| key);
        let column = other.map(|column| &column.name).or(key);
        column.map_or_else(String::new, |column| column.to_sql().into_owned())
    }

    /// Whether the target's row must go before the source's does: the target may refer to it.
    fn clears_first(&self) -> bool {
        matches!(self.form, Form::Out(_))
    }

    /// Whether PostgreSQL itself gives the target's row the new key of the source's.
    pub(in crate::plan) fn follows_key(&self) -> bool {
        self.refers(&self.target, &self.source, "CASCADE")
    }

    /// Whether a table refers to the other one by the key, with that `ON UPDATE`.
    fn refers(&self, from: &Relation, to: &Relation, on_update: &str) -> bool {
        from.constraints.iter().any(|one| match &one.kind {
            ConstraintKind::ForeignKey { table, written, .. } => {
                *table == to.name && written.on_update.as_deref() == Some(on_update)
            }
            _ => false,
        })
    }

    /// `key_1, key_2`, each after a prefix.
    fn key_columns(&self, prefix: &str) -> String {
        self.each_key(", ", |at, _, _| format!("{prefix}key_{at}"))
    }

    fn key_type(&self, key: &Ident) -> String {
        let column = self.source.column(key);
        column.map_or_else(String::new, spell::column_type)
    }

    fn each_key(&self, between: &str, text: impl Fn(usize, &Ident, &Ident) -> String) -> String {
        let keys = self.keys.iter().enumerate();
        let texts: Vec<String> = keys
            .map(|(at, (source, target))| text(at + 1, source, target))
            .collect();
        texts.join(between)
    }

    fn each_column(&self, between: &str, text: impl Fn(&Column, &Column) -> String) -> String {
        let columns = self.columns.iter();
        let texts: Vec<String> = columns.map(|(from, to)| text(from, to)).collect();
        texts.join(between)
    }

    /// A record as a row of what the source has, or of what the target has.
    fn row(&self, record: &str, side: Side) -> String {
        let fields = self.each_column(", ", |from, to| {
            naming::field(record, &side.of(from, to).name)
        });
        format!("ROW({fields})::record")
    }

    /// Whether a record of one side has nothing that somebody has written.
    fn is_blank(&self, record: &str, side: Side) -> String {
        let tests = self.each_column(" AND ", |from, to| {
            let column = side.of(from, to);
            let field = naming::field(record, &column.name);
            match default(column) {
                Some(value) => {
                    format!("({field} IS NULL OR ROW({field})::record *= ROW({value})::record)")
                }
                None => format!("{field} IS NULL"),
            }
        });
        format!("({tests})")
    }

    /// Where the values of the source, by the name of a column, make a row of the target; none where all do.
    pub(in crate::plan) fn wanted(&self, field: &dyn Fn(&Ident) -> String) -> Option<String> {
        let Form::Out(filter) = &self.form else {
            return None;
        };
        let mut tests: Vec<String> = filter.iter().map(|filter| filter.sql(field)).collect();
        let required = self.columns.iter().filter(|(_, to)| to.not_null);
        for (from, _) in required {
            let test = format!("{} IS NOT NULL", field(&from.name));
            if !tests.contains(&test) {
                tests.push(test);
            }
        }
        (!tests.is_empty()).then(|| tests.join(" AND "))
    }

    /// Where the values of the target make a row of the source, of a source that is dropped; none where all do.
    fn wanted_back(&self, record: &str) -> Option<String> {
        let required = self.columns.iter().filter(|(from, _)| from.not_null);
        let tests: Vec<String> = required
            .map(|(_, to)| format!("{} IS NOT NULL", naming::field(record, &to.name)))
            .collect();
        (!tests.is_empty()).then(|| tests.join(" AND "))
    }
}

/// One of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Source,
    Target,
}

impl Side {
    fn of<'a>(self, from: &'a Column, to: &'a Column) -> &'a Column {
        match self {
            Self::Source => from,
            Self::Target => to,
        }
    }
}

/// What stands for no value in a column: what an INSERT that leaves it out gives it.
fn blank(column: &Column) -> String {
    default(column).unwrap_or_else(|| "NULL".to_owned())
}

/// The name of a trigger that comes before the others of ours: triggers fire in the order of their names.
fn given_name(function: &ResolvedName) -> Ident {
    Ident::new(format!("zy_{}", function.name))
}

/// A column's default as a value of its type, whatever the search path.
fn default(column: &Column) -> Option<String> {
    let default = column.default.as_ref()?;
    let mut inner = &default.expr;
    while let Expr::Cast { expr, .. } = inner {
        inner = expr;
    }
    let value = match inner {
        Expr::Null => return None,
        Expr::String(text) => string_constant(text),
        Expr::Boolean(_) | Expr::Number(_) => spell_constant(inner),
        _ => default.text.clone(),
    };
    Some(format!("CAST({value} AS {})", column.ty))
}

fn spell_constant(expr: &Expr) -> String {
    match expr {
        Expr::Boolean(value) => value.to_string(),
        Expr::Number(number) => number.clone(),
        _ => String::new(),
    }
}

/// Whether a trigger of the table may assign columns behind a statement's back (manual 18, CREATE TRIGGER: such changes
/// are not considered by UPDATE OF).
fn assigns(table: &Relation) -> bool {
    table.triggers.iter().any(|other| {
        let definition = &other.definition;
        definition.for_each_row && definition.timing.eq_ignore_ascii_case("BEFORE")
    })
}

fn trigger(function: &ResolvedName, events: &str, table: &Relation) -> String {
    format!(
        "CREATE TRIGGER {} {events} ON {}\n  FOR EACH ROW EXECUTE FUNCTION {}()",
        fill::trigger_name(table, &function.name).to_sql(),
        table.name.to_sql(),
        function.to_sql()
    )
}

/// The functions write the other table for roles that have no rights there.
const LANGUAGE: &str = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp";

/// Who holds a row is its `xmax`: a transaction, or several of them under a number that looks the same (manual 18,
/// section 5.6; `pg_get_multixact_members` in table 9.85).
const WAITS: &str = "\
-- Whether the transaction that holds a row waits for this one, perhaps by way of others. Since PostgreSQL does not
-- see this one wait, what it waits for ends here when lock_timeout says so.
DECLARE
  holders xid[] := ARRAY[holder];
BEGIN
  IF (SELECT setting::bigint > 0 AND clock_timestamp() - began > setting::bigint * interval '1 millisecond'
        FROM pg_settings WHERE name = 'lock_timeout') THEN
    RAISE lock_not_available USING MESSAGE = 'canceling statement due to lock timeout';
  END IF;
  IF holder IS NULL THEN
    RETURN false;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'transactionid' AND transactionid = holder) THEN
    BEGIN
      holders := ARRAY(SELECT xid FROM pg_get_multixact_members(holder));
    EXCEPTION WHEN OTHERS THEN
      RETURN false;
    END;
  END IF;
  RETURN EXISTS (
    WITH RECURSIVE chain AS (
      SELECT pid FROM pg_locks
       WHERE locktype = 'transactionid' AND granted AND transactionid = ANY (holders) AND pid <> pg_backend_pid()
      UNION
      SELECT unnest(pg_blocking_pids(pid)) FROM chain
    )
    SELECT FROM chain WHERE pid = pg_backend_pid());
END";
