//! Triggers that write a column of the row being written, and the value that fills a column.

use super::work::Work;
use super::{naming, source, spell};
use crate::effects::expr;
use crate::schema::{Catalogue, Relation, ResolvedName, Trigger};
use crate::sql::ast::{Change, DmlVerb, Expr, Ident, IsTest, QualifiedName, QueryBody, Update};
use crate::sql::{backfill, string_constant};

/// What makes one value of many rows (manual 18, section 9.21).
const AGGREGATES: [&str; 14] = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "array_agg",
    "string_agg",
    "json_agg",
    "jsonb_agg",
    "json_object_agg",
    "jsonb_object_agg",
    "bool_and",
    "bool_or",
    "every",
];

/// The name of a trigger function of ours for a column.
pub(in crate::plan) fn function_name(
    catalogue: Option<&Catalogue>,
    table: &ResolvedName,
    column: &Ident,
    role: &str,
) -> ResolvedName {
    let taken = |name: &Ident| {
        let name = QualifiedName::new(table.schema.clone(), name.clone());
        catalogue.is_some_and(|catalogue| catalogue.routine(&name).is_some())
    };
    let name = naming::own(&[&table.name, column], role, taken);
    ResolvedName::new(table.schema.clone(), name)
}

/// The name of the trigger that calls it. Triggers fire in the order of their names (manual 18,
/// section 37.1; byte by byte, as `strcmp` has it): ours comes behind those that may still change the row.
pub(in crate::plan) fn trigger_name(table: &Relation, function: &Ident) -> Ident {
    let before = table.triggers.iter().filter(|one| is_before_row(one));
    let last = before.map(|one| one.definition.name.as_str()).max();
    let name = format!("zz_{function}");
    // The next letter after the first one of the last name; with it the name may be no longer.
    let beyond = last
        .filter(|last| **last >= *name)
        .and_then(|last| last.chars().next())
        .and_then(|first| char::from_u32(u32::from(first) + 1))
        .filter(|next| next.len_utf8() <= 3);
    match beyond {
        Some(next) => Ident::new(format!("{next}{function}")),
        None => Ident::new(name),
    }
}

fn is_before_row(trigger: &Trigger) -> bool {
    let definition = &trigger.definition;
    definition.for_each_row && definition.timing.eq_ignore_ascii_case("BEFORE")
}

/// `CREATE FUNCTION` and `CREATE TRIGGER .. BEFORE INSERT OR UPDATE`.
///
/// With `columns` it fires for updates of these only, unless another trigger may assign them behind
/// the statement's back (manual 18, CREATE TRIGGER: such changes are not considered). Where it is alone, it leaves
/// out the rows of a backfill of `filled`, a column of the table as the `UPDATE` writes it, which gives them what the
/// trigger would.
pub(in crate::plan) fn trigger(
    table: &Relation,
    function: &ResolvedName,
    body: &str,
    columns: &[Ident],
    filled: Option<(&str, &Ident)>,
) -> [String; 2] {
    let may_assign = table.triggers.iter().any(is_before_row);
    let of = if columns.is_empty() || may_assign {
        String::new()
    } else {
        format!(" OF {}", spell::list(columns))
    };
    let trigger = trigger_name(table, &function.name);
    let function = function.to_sql();
    let called = |(_, column): &(_, &Ident)| columns.is_empty() || columns.contains(column);
    let unless = match filled.filter(called).filter(|_| !may_assign) {
        None => String::new(),
        Some((table, column)) => {
            let mark = backfill::filled(table, [&*column.to_sql()]);
            let (setting, mark) = (backfill::SETTING, string_constant(&mark));
            format!("\n  WHEN (current_setting('{setting}', true) IS DISTINCT FROM {mark})")
        }
    };
    [
        format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {}",
            naming::quoted_body(body)
        ),
        format!(
            "CREATE TRIGGER {} BEFORE INSERT OR UPDATE{of} ON {}\n  FOR EACH ROW{unless} EXECUTE FUNCTION {function}()",
            trigger.to_sql(),
            table.name.to_sql()
        ),
    ]
}

/// The value a migration's own `UPDATE t SET c = value [FROM ..] [WHERE ..]` gives.
#[derive(Debug, Clone)]
pub(in crate::plan) struct Value {
    /// As written; of an UPDATE with FROM, the query that looks it up for one row.
    pub(in crate::plan) text: String,
    /// The table as the `UPDATE` writes it.
    pub(in crate::plan) table: String,
    /// The columns of the row it reads.
    pub(in crate::plan) reads: Vec<Ident>,
    /// The name by which the value calls the table.
    pub(in crate::plan) alias: Ident,
    /// Numbers, strings and the like: the same for every row, for ever.
    pub(in crate::plan) constant: bool,
    /// It is looked up in other tables, where the row for it may be missing.
    pub(in crate::plan) looked_up: bool,
    /// Why it cannot be computed for one row.
    pub(in crate::plan) obstacle: Option<String>,
}

impl Value {
    /// Why it cannot be computed from the row alone.
    pub(in crate::plan) fn foreign(&self) -> Option<String> {
        let looked_up = || self.looked_up.then(|| "it reads other tables".to_owned());
        self.obstacle.clone().or_else(looked_up)
    }
}

/// The table and column an UPDATE fills, and with what; none where a step is no such UPDATE.
pub(in crate::plan) fn filled(work: &Work<'_>, at: usize) -> Option<(QualifiedName, Ident, Value)> {
    let (table, values) = assigned(work, at)?;
    let [(column, value)] = <[(Ident, Value); 1]>::try_from(values).ok()?;
    Some((table, column, value))
}

/// The table and columns an UPDATE fills, each with what; none where a step is no such UPDATE.
pub(in crate::plan) fn assigned(
    work: &Work<'_>,
    at: usize,
) -> Option<(QualifiedName, Vec<(Ident, Value)>)> {
    let Change::Dml(dml) = &work.steps.get(at)?.change else {
        return None;
    };
    let query = dml
        .query
        .as_ref()
        .ok()
        .filter(|_| dml.verb == DmlVerb::Update)?;
    let QueryBody::Update(update) = &query.body else {
        return None;
    };
    let texts = source::assigned_values(work.text(at))?;
    if texts.len() != update.set.len() {
        return None;
    }
    let alias = update.alias.as_ref().unwrap_or(&update.target.name);
    let mut values = Vec::new();
    for (assignment, text) in update.set.iter().zip(texts) {
        let ([column], []) = (assignment.columns.as_slice(), assignment.parts.as_slice()) else {
            return None;
        };
        let looked_up = !update.from.is_empty() || has_query(&assignment.value);
        let text = match (
            source::from_and_where(work.text(at)),
            update.from.is_empty(),
        ) {
            ((Some(from), filter), false) => {
                let filter = filter.map_or_else(String::new, |filter| format!(" WHERE {filter}"));
                let query = format!("(SELECT {text} FROM {from}{filter}");
                source::closed(&query, " LIMIT 1)")
            }
            _ => text.to_owned(),
        };
        let mut reads = Vec::new();
        if looked_up {
            // Columns of other tables with the name of one of its own do no harm.
            for word in words(&text).filter(|word| word != column) {
                if !reads.contains(&word) {
                    reads.push(word);
                }
            }
        } else {
            expr::columns(&assignment.value, &mut reads);
        }
        let gathers = looked_up && words(&text).any(|word| AGGREGATES.contains(&word.as_str()));
        let gathers = gathers
            .then(|| "it gathers rows of other tables, which that release changes".to_owned());
        let obstacle =
            obstacle(query.with.is_empty(), update, column, &assignment.value).or(gathers);
        let constant = obstacle.is_none() && !looked_up && is_constant(&assignment.value);
        let value = Value {
            text,
            table: update.target.to_sql(),
            reads,
            alias: alias.clone(),
            constant,
            looked_up,
            obstacle,
        };
        values.push((column.clone(), value));
    }
    Some((update.target.clone(), values))
}

/// Whether an UPDATE says of which rows.
pub(in crate::plan) fn has_filter(work: &Work<'_>, at: usize) -> bool {
    match work.steps.get(at).map(|step| &step.change) {
        Some(Change::Dml(dml)) => dml.query.as_ref().is_ok_and(
            |query| matches!(&query.body, QueryBody::Update(update) if update.filter.is_some()),
        ),
        _ => false,
    }
}

fn obstacle(no_with: bool, update: &Update, column: &Ident, value: &Expr) -> Option<String> {
    if !no_with {
        return Some("it begins with WITH".to_owned());
    }
    let says_more = match &update.filter {
        None => false,
        // It is part of the query that looks the value up.
        Some(filter) if !update.from.is_empty() => {
            let mut columns = Vec::new();
            expr::columns(filter, &mut columns);
            columns.contains(column)
        }
        Some(filter) => !is_null_test(filter, column),
    };
    if says_more {
        return Some(format!("its WHERE says more than {column} IS NULL"));
    }
    let mut found = None;
    expr::visit(value, &mut |part| match part {
        Expr::Unparsed(_) => found = Some("it was not understood".to_owned()),
        Expr::Column(path) if path.len() > 2 => {
            found = Some("it names a column with its schema".to_owned());
        }
        Expr::Default => found = Some("it is DEFAULT".to_owned()),
        _ => {}
    });
    found
}

/// Whether there is a query in it.
fn has_query(value: &Expr) -> bool {
    let mut found = false;
    expr::visit(value, &mut |part| {
        found |= matches!(
            part,
            Expr::Subquery(_)
                | Expr::InSubquery { .. }
                | Expr::Exists { .. }
                | Expr::ArraySubquery(_)
        );
    });
    found
}

/// The names in a text, quoted ones too.
fn words(text: &str) -> impl Iterator<Item = Ident> {
    let quoted = text.split('"').enumerate();
    let quoted = quoted
        .filter(|(at, _)| at % 2 == 1)
        .map(|(_, part)| Ident::new(part));
    crate::sql::words(text).map(Ident::folded).chain(quoted)
}

fn is_null_test(filter: &Expr, column: &Ident) -> bool {
    match filter {
        Expr::Is {
            expr,
            test: IsTest::Null,
            negated: false,
        } => {
            matches!(&**expr, Expr::Column(path) if path.last() == Some(column))
        }
        _ => false,
    }
}

/// The same for every row and at any time, so that ADD COLUMN need not write the table.
pub(in crate::plan) fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Null => false,
        Expr::Boolean(_) | Expr::Number(_) | Expr::String(_) => true,
        Expr::Cast { expr, .. } | Expr::Unary { expr, .. } => is_constant(expr),
        Expr::Array(list) => list.iter().all(is_constant),
        _ => false,
    }
}

/// The statements that keep a column filled from the rest of its row.
///
/// With `follows`, a writer that does not know the column has it computed anew when it changes what
/// the value reads.
pub(in crate::plan) fn fill_trigger(
    table: &Relation,
    column: &Ident,
    value: &Value,
    function: &ResolvedName,
    follows: bool,
) -> [String; 2] {
    let new = naming::field("NEW", column);
    let old = naming::field("OLD", column);
    let mut reads = value
        .reads
        .iter()
        .filter(|read| table.column(read).is_some());
    let mut condition = format!("{new} IS NULL");
    if follows && value.reads.iter().any(|read| table.column(read).is_some()) {
        let fields = |record: &str| {
            let fields = reads.clone().map(|read| naming::field(record, read));
            fields.collect::<Vec<_>>().join(", ")
        };
        condition += &format!(
            "\n     OR TG_OP = 'UPDATE'\n        AND ROW({new})::record *= ROW({old})::record\n        AND ROW({})::record *<> ROW({})::record",
            fields("NEW"),
            fields("OLD")
        );
    }
    let assigned = match reads.next() {
        Some(_) => format!(
            "(SELECT {} FROM (SELECT NEW.*) AS {})",
            value.text,
            value.alias.to_sql()
        ),
        None => value.text.clone(),
    };
    let body = format!(
        "BEGIN\n  IF {condition} THEN\n    {new} := {assigned};\n  END IF;\n  RETURN NEW;\nEND"
    );
    let [mut made, trigger] = trigger(table, function, &body, &[], Some((&value.table, column)));
    if value.looked_up {
        // The other tables are found as the migration finds them, whatever path the writer has.
        let language = "LANGUAGE plpgsql";
        made = made.replacen(
            language,
            &format!("{language} SET search_path FROM CURRENT"),
            1,
        );
    }
    [made, trigger]
}

/// The statements that remove a trigger and its function.
pub(in crate::plan) fn drop_trigger(table: &Relation, function: &ResolvedName) -> [String; 2] {
    [
        format!(
            "DROP TRIGGER {} ON {}",
            trigger_name(table, &function.name).to_sql(),
            table.name.to_sql()
        ),
        format!("DROP FUNCTION {}()", function.to_sql()),
    ]
}
