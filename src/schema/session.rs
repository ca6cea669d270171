//! A session that replays changes: transactions, settings, and what PostgreSQL would refuse.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::{
    Catalogue, ConstraintKind, EnumOrOther, Refusal, Relation, RelationKind, ResolvedName,
    Statistics,
};
use crate::sql::ast::{
    Behavior, Change, DmlVerb, Expr, Ident, ObjectKind, QualifiedName, Query, QueryBody,
    SelectItem, Setting, TableAction, TransactionControl,
};

pub(super) type Outcome = Result<(), Refusal>;

/// Replays changes as one connection would run them. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct Session {
    pub(super) catalogue: Catalogue,
    /// The major version of PostgreSQL.
    pub(super) version: u16,
    /// Relations and indexes made by the open transaction: nobody else can see them yet.
    created: OrdSet<ResolvedName>,
    /// What to go back to; a transaction block is open while it is there.
    before_transaction: Option<Catalogue>,
    savepoints: Vec<Savepoint>,
    /// A statement of the open block was refused.
    aborted: bool,
    /// The search path that `SET LOCAL` hides until the transaction ends.
    path_after_transaction: Option<Vec<Ident>>,
    /// `SET TimeZone`.
    time_zone: Option<String>,
    /// Labels that the open transaction added to enums.
    pub(super) added_labels: OrdSet<(ResolvedName, String)>,
    /// Tables whose trigger events wait for the end of the open transaction.
    pub(super) queued: OrdSet<ResolvedName>,
    /// Tables that the open transaction has emptied and not filled again.
    pub(super) emptied: OrdSet<ResolvedName>,
    /// Columns that the open transaction added without a value, and nothing has written since.
    pub(super) unfilled: OrdSet<(ResolvedName, Ident)>,
    /// Temporary tables that go when the open transaction ends.
    until_commit: OrdSet<ResolvedName>,
    /// `SET CONSTRAINTS ALL DEFERRED`.
    pub(super) all_deferred: bool,
    /// What `PREPARE` has made.
    pub(super) prepared: OrdMap<Ident, Arc<Query>>,
    /// Some of it could not be read.
    pub(super) unread_prepared: bool,
    /// A statement of the open transaction has taken a snapshot.
    queried: bool,
    /// How many bodies of DO blocks or functions this runs inside of.
    pub(super) depth: usize,
}

/// What `ROLLBACK TO` goes back to.
#[derive(Debug, Clone)]
struct Savepoint {
    name: Ident,
    catalogue: Catalogue,
    created: OrdSet<ResolvedName>,
    added_labels: OrdSet<(ResolvedName, String)>,
    queued: OrdSet<ResolvedName>,
}

impl Session {
    /// A session on a new database of that major version.
    pub fn new(version: u16) -> Self {
        Self::on(Catalogue::default(), version)
    }

    /// A session on a database of that schema.
    pub fn on(mut catalogue: Catalogue, version: u16) -> Self {
        catalogue.version = Some(version);
        Self {
            catalogue,
            version,
            ..Self::default()
        }
    }

    /// The catalogue as this session sees it.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The major version of PostgreSQL.
    pub fn version(&self) -> u16 {
        self.version
    }

    /// Whether a transaction block is open.
    pub fn in_transaction(&self) -> bool {
        self.before_transaction.is_some()
    }

    /// The catalogue as other sessions see it: without what the open transaction has done.
    pub fn committed(&self) -> &Catalogue {
        self.before_transaction.as_ref().unwrap_or(&self.catalogue)
    }

    /// The session's time zone, where it has been set.
    pub fn time_zone(&self) -> Option<&str> {
        self.time_zone.as_deref()
    }

    /// The labels the open transaction has added to an enum, which cannot be used before it ends; from
    /// 17 on those of an enum that it made itself can (lock-truth: `type.enum_create_add_value_use_same_transaction`).
    pub(crate) fn unsafe_labels(&self) -> impl Iterator<Item = (&ResolvedName, &str)> {
        let labels = self.added_labels.iter();
        let usable =
            |ty: &ResolvedName| self.version >= 17 && !self.committed().types.contains_key(ty);
        labels
            .filter(move |(ty, _)| !usable(ty))
            .map(|(ty, label)| (ty, label.as_str()))
    }

    /// Whether the open transaction made that relation or index, so that nobody else can wait for it.
    pub fn is_new(&self, name: &ResolvedName) -> bool {
        self.created.contains(name)
    }

    /// Whether the open transaction added that column, and it is NULL in every row.
    pub(crate) fn is_unfilled(&self, table: &ResolvedName, column: &Ident) -> bool {
        self.unfilled.contains(&(table.clone(), column.clone()))
    }

    /// Searches these schemas from now on, as `SET search_path` does.
    pub fn search(&mut self, path: &[Ident]) {
        self.catalogue.search_path = path.to_vec();
    }

    /// Notes how large the relations are.
    pub fn take_statistics(&mut self, statistics: &Statistics) {
        self.catalogue.take_statistics(statistics);
    }

    /// From here on there may be objects of which we know nothing: what a statement misses is
    /// assumed to be there, not refused.
    pub fn assume_more(&mut self) {
        self.catalogue.incomplete = true;
    }

    /// Goes on in the open block as if the statement just refused had been left out.
    pub fn forgive(&mut self) {
        self.aborted = false;
    }

    /// Applies one change.
    ///
    /// That a statement must run inside or outside a transaction block is no question of the schema
    /// and not asked here. Where the catalogue [is incomplete](Catalogue::is_incomplete), a statement
    /// about something missing is passed over.
    ///
    /// # Errors
    /// What PostgreSQL would say; the catalogue is as before then, and in a transaction block
    /// everything up to its end is refused too, unless [forgiven](Self::forgive).
    pub fn apply(&mut self, change: &Change) -> Outcome {
        if let Change::Transaction(control) = change {
            return self.control(control);
        }
        if self.aborted {
            return Err(aborted());
        }
        let before = (self.catalogue.clone(), self.created.clone());
        self.queried |= !matches!(
            change,
            Change::Set(_) | Change::Psql { .. } | Change::Lock { .. }
        );
        let result = self.run(change);
        if result.is_err() {
            (self.catalogue, self.created) = before;
        } else {
            self.note_unfilled(change);
            if let Change::CreateTable(create) = change
                && create.on_commit_drop
                && let Some(table) = self.catalogue.relation(&create.name)
            {
                self.until_commit.insert(table.name.clone());
            }
        }
        if !self.in_transaction() {
            self.created = OrdSet::new();
            self.unfilled = OrdSet::new();
        }
        match result {
            Err(refusal) if self.catalogue.incomplete && refusal.is_about_something_missing() => {
                Ok(())
            }
            Err(refusal) => {
                self.aborted = self.in_transaction();
                Err(refusal)
            }
            Ok(()) => Ok(()),
        }
    }

    /// Applies a change that is no transaction command.
    pub(super) fn run(&mut self, change: &Change) -> Outcome {
        self.in_use(change)?;
        match change {
            Change::CreateTable(table) => self.create_table(table),
            Change::AlterTable(alter) => self.alter_table(alter),
            Change::CreateIndex(index) => self.create_index(index),
            Change::CreateView(view) => self.create_view(view),
            Change::CreateSequence(sequence) => self.create_sequence(sequence),
            Change::AlterSequence(alter) => self.alter_sequence(alter),
            Change::CreateType(ty) => self.create_type(ty),
            Change::AlterEnum { name, action } => self.alter_enum(name, action),
            Change::AlterComposite {
                name,
                actions,
                behavior,
            } => {
                if let [action] = actions.as_slice()
                    && let TableAction::RenameColumn { from, to } = &action.action
                    && self.catalogue.composite(name).is_none()
                    && self.catalogue.relation(name).is_some()
                {
                    let table = self.reach(name)?;
                    // Not even CASCADE takes them along (measured on 14 to 18).
                    if !self.child_names(&table).is_empty() {
                        let message = format!(
                            "inherited column \"{from}\" must be renamed in child tables too"
                        );
                        return Err(Refusal::new("42P16", message));
                    }
                    return self.rename_column(&table, from, to);
                }
                self.spread_attributes(name, actions, *behavior)?;
                self.alter_composite(name, actions)
            }
            Change::CreateDomain(domain) => self.create_domain(domain),
            Change::AlterDomain { name, action } => self.alter_domain(name, action),
            Change::CreateRoutine(routine) => self.create_routine(routine),
            Change::CreateOperator(operator) => self.create_operator(operator),
            Change::CreateCast(cast) => self.create_cast(cast),
            Change::CreateTrigger(trigger) => self.create_trigger(trigger),
            Change::CreatePolicy(policy) | Change::AlterPolicy(policy) => {
                match change {
                    Change::CreatePolicy(_) => self.create_policy(policy)?,
                    _ => self.alter_policy(policy)?,
                }
                let name = policy.rename_to.as_ref().unwrap_or(&policy.name);
                if *name != policy.name
                    && let Some(table) = self.catalogue.relation(&policy.table)
                {
                    let table = table.name.clone();
                    self.catalogue
                        .forget_written(&table, Some((&policy.name, false)));
                }
                let text = self.catalogue.policy_text(&policy.table, name);
                self.note_written(&policy.table, name, false, &text);
                Ok(())
            }
            Change::CreateSchema {
                name,
                if_not_exists,
                elements,
            } => self.create_schema(name, *if_not_exists, elements),
            Change::CreateExtension {
                name,
                if_not_exists,
                schema,
            } => self.create_extension(name, *if_not_exists, schema.as_ref()),
            Change::CreateObject {
                object,
                name,
                or_replace,
                if_not_exists,
                relations,
                definition,
                keys,
                needs,
            } => {
                if super::named::scope(*object).is_some() {
                    let keeps = (*or_replace, *if_not_exists);
                    return self.create_named(
                        *object,
                        &name.name,
                        keeps,
                        (relations, keys, definition.as_deref()),
                        needs,
                    );
                }
                self.create_object(*object, name, *or_replace, relations)?;
                if *object == ObjectKind::Rule
                    && let (Some(table), Some(definition)) = (relations.first(), definition)
                {
                    self.note_written(table, &name.name.name, true, definition);
                }
                Ok(())
            }
            Change::AlterObject(alter) => self.alter_object(alter),
            Change::Drop(drop) => self.drop(drop),
            Change::Dml(dml) => {
                if let Some(target) = &dml.target {
                    self.reach(target)
                        .map_err(|refusal| match refusal.sqlstate {
                            "3F000" => Refusal::no_relation(target),
                            _ => refusal,
                        })?;
                }
                if dml.verb == DmlVerb::Select
                    && let Ok(query) = &dml.query
                    && let QueryBody::Select(select) = &query.body
                {
                    let (_, depends_on) = super::resolve::resolve(&self.catalogue, query)?;
                    self.catalogue.can_read(&depends_on)?;
                    select
                        .projection
                        .iter()
                        .for_each(|item| self.set_config(item));
                    self.run_called(change)?;
                }
                self.note_events(dml);
                Ok(())
            }
            Change::Copy { table, .. } => match table {
                Some(table) => {
                    let table = self.reach(table)?;
                    self.note_filled(&table);
                    Ok(())
                }
                None => Ok(()),
            },
            Change::Truncate {
                tables, behavior, ..
            } => self.truncate(tables, *behavior),
            Change::Lock { tables, .. } => tables.iter().try_for_each(|name| {
                if self.catalogue.index(name).is_some() {
                    let message = format!("cannot lock relation \"{}\"", name.name);
                    return Err(Refusal::new("42809", message));
                }
                self.reach(name).map(drop)
            }),
            Change::Vacuum { tables, .. } => tables
                .iter()
                .try_for_each(|name| self.reach(name).map(drop)),
            Change::Cluster { table, index } => self.cluster(table.as_ref(), index.as_ref()),
            Change::RefreshMaterializedView {
                name,
                concurrently,
                with_data,
            } => self.refresh(name, *concurrently, *with_data),
            Change::Set(setting) => {
                is_a_time(setting)?;
                self.set(setting);
                Ok(())
            }
            Change::Do { .. } => self.run_called(change),
            Change::Publication(publication) => self.publication(publication),
            Change::Opaque { .. } => {
                self.catalogue.incomplete = true;
                Ok(())
            }
            Change::Comment { object, name, text } => {
                self.is_commented(*object, name)?;
                self.keep_comment(*object, name, text.as_deref());
                Ok(())
            }
            Change::Privileges(by) => self.privileges(by),
            Change::DefaultPrivileges(by) => self.default_privileges(by),
            Change::Reindex { .. } | Change::Transaction(_) | Change::Psql { .. } => Ok(()),
            Change::Utility {
                command,
                name,
                query,
                ..
            } => {
                self.prepare(command, name.as_ref(), query.as_deref())?;
                self.run_called(change)
            }
        }
    }

    fn truncate(&mut self, tables: &[QualifiedName], behavior: Behavior) -> Outcome {
        let mut all = Vec::with_capacity(tables.len());
        for name in tables {
            let name = self.reach(name)?;
            if let Some(relation) = self.catalogue.get(&name)
                && matches!(
                    relation.kind,
                    RelationKind::View | RelationKind::MaterializedView | RelationKind::Sequence
                )
            {
                let message = format!("\"{}\" is not a table", name.name);
                return Err(Refusal::new("42809", message));
            }
            all.push(name);
        }
        let refers = |other: &Relation, table: &ResolvedName| {
            !all.contains(&other.name)
                && other.constraints.iter().any(|constraint| {
                    matches!(&constraint.kind, ConstraintKind::ForeignKey { table: to, .. } if to == table)
                })
        };
        let referenced = all.iter().any(|table| {
            let mut others = self.catalogue.dependents(table);
            others.any(|other| refers(other, table))
        });
        if referenced && behavior == Behavior::Restrict {
            let message = "cannot truncate a table referenced in a foreign key constraint";
            return Err(Refusal::new("0A000", message));
        }
        self.note_emptied(all);
        Ok(())
    }

    /// A relation that a statement names.
    ///
    /// # Errors
    /// 42P01; in an incomplete catalogue a table of unknown columns is assumed instead.
    pub(super) fn reach(&mut self, name: &QualifiedName) -> Result<ResolvedName, Refusal> {
        if let Some(relation) = self.catalogue.relation(name) {
            return Ok(relation.name.clone());
        }
        if is_system(name) {
            return Ok(ResolvedName::new("pg_catalog", name.name.clone()));
        }
        if let Some(def) = self.catalogue.type_def(name)
            && matches!(def.kind, EnumOrOther::Composite(_))
        {
            let message = format!("\"{}\" is a composite type", name.name);
            return Err(Refusal::new("42809", message));
        }
        if self.catalogue.incomplete && self.catalogue.index(name).is_none() {
            let full = self.catalogue.creation_name(name);
            let mut assumed = Relation::new(full.clone(), RelationKind::Table);
            assumed.columns_known = false;
            self.catalogue.put(assumed);
            return Ok(full);
        }
        match &name.schema {
            Some(schema) if !self.catalogue.has_schema(schema) => Err(Refusal::no_schema(schema)),
            _ => Err(Refusal::no_relation(name)),
        }
    }

    /// Where a new object of that name goes.
    ///
    /// # Errors
    /// 3F000 when there is no such schema, or none to create in.
    pub(super) fn place(&self, name: &QualifiedName) -> Result<ResolvedName, Refusal> {
        match &name.schema {
            Some(schema) if self.catalogue.has_schema(schema) || self.catalogue.incomplete => {
                Ok(ResolvedName::new(schema.clone(), name.name.clone()))
            }
            Some(schema) => Err(Refusal::no_schema(schema)),
            None => {
                let path = self.catalogue.search_path.iter();
                let schema = path.into_iter().find(|s| self.catalogue.has_schema(s));
                let schema = schema.ok_or_else(|| {
                    Refusal::new("3F000", "no schema has been selected to create in")
                })?;
                Ok(ResolvedName::new(schema.clone(), name.name.clone()))
            }
        }
    }

    /// Puts a new relation into the catalogue.
    pub(super) fn create(&mut self, mut relation: Relation) {
        relation.made = self.catalogue.mark_made();
        if !self.catalogue.default_grants.is_empty() {
            relation.grants = self.default_grants(&relation);
        }
        self.created.insert(relation.name.clone());
        self.catalogue.put(relation);
    }

    /// Notes that the open transaction made an index of that name.
    pub(super) fn note_created(&mut self, name: ResolvedName) {
        self.created.insert(name);
    }

    /// Notes that a relation or index goes by another name now, or by none.
    pub(super) fn note_renamed(&mut self, from: &ResolvedName, to: Option<&ResolvedName>) {
        if self.created.remove(from).is_some()
            && let Some(to) = to
        {
            self.created.insert(to.clone());
        }
    }

    /// Opens a transaction block unless one is open.
    pub(super) fn open(&mut self) {
        if !self.in_transaction() {
            self.before_transaction = Some(self.catalogue.clone());
            self.queried = false;
        }
    }

    /// The state of the schema, to go back to.
    pub(super) fn mark(&self) -> (Catalogue, OrdSet<ResolvedName>) {
        (self.catalogue.clone(), self.created.clone())
    }

    pub(super) fn differs_from(&self, mark: &(Catalogue, OrdSet<ResolvedName>)) -> bool {
        self.catalogue != mark.0
    }

    pub(super) fn go_back(&mut self, (catalogue, created): (Catalogue, OrdSet<ResolvedName>)) {
        (self.catalogue, self.created) = (catalogue, created);
    }

    fn control(&mut self, control: &TransactionControl) -> Outcome {
        match control {
            TransactionControl::Begin if self.aborted => return Err(aborted()),
            TransactionControl::Begin => {
                self.open();
            }
            TransactionControl::Commit if self.aborted => self.roll_back(),
            TransactionControl::Commit | TransactionControl::TwoPhase => {
                self.before_transaction = None;
                for table in std::mem::take(&mut self.until_commit) {
                    self.catalogue.take(&table);
                }
                self.end_transaction();
            }
            TransactionControl::Rollback => self.roll_back(),
            TransactionControl::CommitAndChain | TransactionControl::RollbackAndChain => {
                self.in_block("AND CHAIN")?;
                match control {
                    TransactionControl::CommitAndChain => {
                        self.control(&TransactionControl::Commit)?
                    }
                    _ => self.roll_back(),
                }
                self.open();
            }
            TransactionControl::Savepoint(_) | TransactionControl::Release(_) if self.aborted => {
                return Err(aborted());
            }
            TransactionControl::Savepoint(name) => {
                self.in_block("SAVEPOINT")?;
                self.savepoints.push(Savepoint {
                    name: name.clone(),
                    catalogue: self.catalogue.clone(),
                    created: self.created.clone(),
                    added_labels: self.added_labels.clone(),
                    queued: self.queued.clone(),
                });
            }
            TransactionControl::Release(name) => {
                self.in_block("RELEASE SAVEPOINT")?;
                let at = self.savepoint(name)?;
                self.savepoints.truncate(at);
            }
            TransactionControl::RollbackTo(name) => {
                self.in_block("ROLLBACK TO SAVEPOINT")?;
                let at = self.savepoint(name)?;
                self.savepoints.truncate(at + 1);
                if let Some(then) = self.savepoints.last() {
                    self.catalogue = then.catalogue.clone();
                    self.created = then.created.clone();
                    self.added_labels = then.added_labels.clone();
                    self.queued = then.queued.clone();
                }
                self.aborted = false;
            }
            TransactionControl::Set { isolation } => {
                if *isolation && self.in_transaction() && self.queried {
                    let message = "SET TRANSACTION ISOLATION LEVEL must be called before any query";
                    return Err(Refusal::new("25001", message));
                }
            }
        }
        Ok(())
    }

    fn in_block(&self, command: &str) -> Outcome {
        if self.in_transaction() {
            return Ok(());
        }
        let message = format!("{command} can only be used in transaction blocks");
        Err(Refusal::new("25P01", message))
    }

    fn savepoint(&mut self, name: &Ident) -> Result<usize, Refusal> {
        let found = self.savepoints.iter().rposition(|one| one.name == *name);
        found.ok_or_else(|| {
            self.aborted = true;
            Refusal::new("3B001", format!("savepoint \"{name}\" does not exist"))
        })
    }

    fn roll_back(&mut self) {
        if let Some(before) = self.before_transaction.take() {
            self.catalogue = before;
            self.path_after_transaction = None;
        }
        self.end_transaction();
    }

    fn end_transaction(&mut self) {
        if let Some(path) = self.path_after_transaction.take() {
            self.catalogue.search_path = path;
        }
        self.savepoints.clear();
        self.added_labels = OrdSet::new();
        self.queued = OrdSet::new();
        for table in std::mem::take(&mut self.emptied) {
            self.catalogue.edit(&table, |table| table.rows = None);
        }
        self.all_deferred = false;
        self.created = OrdSet::new();
        self.unfilled = OrdSet::new();
        self.until_commit = OrdSet::new();
        self.aborted = false;
    }

    fn set(&mut self, setting: &Setting) {
        match setting.name.as_str() {
            "all" => {
                self.catalogue.search_path = default_path();
                self.time_zone = None;
            }
            "timezone" | "time zone" => self.time_zone = setting.values.first().cloned(),
            "constraints" => {
                self.set_constraints(setting.values.first().map_or("", String::as_str));
            }
            "search_path" => self.set_path(&setting.values, setting.local),
            _ => {}
        }
    }

    /// `set_config('search_path', 'a, b', local)` as dumps call it.
    fn set_config(&mut self, item: &SelectItem) {
        let SelectItem::Expr { expr, .. } = item else {
            return;
        };
        let Expr::Call(call) = expr else { return };
        if call.name.name == "set_config"
            && let [
                Expr::String(name),
                Expr::String(value),
                Expr::Boolean(local),
            ] = call.args.as_slice()
            && name.eq_ignore_ascii_case("search_path")
        {
            let values: Vec<String> = value
                .split(',')
                .map(|part| stored_name(part.trim()))
                .filter(|part| !part.is_empty())
                .collect();
            self.set_path(if values.is_empty() { EMPTY } else { &values }, *local);
        }
    }

    fn set_path(&mut self, values: &[String], local: bool) {
        let path = match values {
            [] => default_path(),
            values => values
                .iter()
                .filter(|value| !value.is_empty())
                .map(Ident::new)
                .collect(),
        };
        let old = std::mem::replace(&mut self.catalogue.search_path, path);
        match (local, self.in_transaction()) {
            (true, true) => {
                self.path_after_transaction.get_or_insert(old);
            }
            (true, false) => self.catalogue.search_path = old,
            (false, _) => self.path_after_transaction = None,
        }
    }
}

/// One empty name: a search path without schemas, unlike no value, which is the default.
const EMPTY: &[String] = &[String::new()];

fn default_path() -> Vec<Ident> {
    vec![Ident::new("public")]
}

/// A name of a list in a string: folded unless in double quotes.
fn stored_name(written: &str) -> String {
    match written
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => written.to_ascii_lowercase(),
    }
}

/// Whether a name belongs to PostgreSQL's own schemas, of which the catalogue keeps nothing.
pub(super) fn is_system(name: &QualifiedName) -> bool {
    match &name.schema {
        Some(schema) => {
            *schema == "pg_catalog" || *schema == "information_schema" || *schema == "pg_toast"
        }
        None => name.name.as_str().starts_with("pg_"),
    }
}

fn aborted() -> Refusal {
    Refusal::new(
        "25P02",
        "current transaction is aborted, commands ignored until end of transaction block",
    )
}

/// Refuses a timeout that is no time: a number of milliseconds, or one with a unit (manual 18, section 19.1.1).
fn is_a_time(setting: &Setting) -> Outcome {
    const UNITS: [&str; 7] = ["", "us", "ms", "s", "min", "h", "d"];
    let [value] = setting.values.as_slice() else {
        return Ok(());
    };
    let timeout = [
        "lock_timeout",
        "statement_timeout",
        "transaction_timeout",
        "idle_in_transaction_session_timeout",
    ];
    let unit = value
        .trim()
        .trim_start_matches(|c: char| {
            c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'x')
        })
        .trim();
    let begins = value
        .trim()
        .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    if !timeout.contains(&setting.name.as_str()) || begins && UNITS.contains(&unit) {
        return Ok(());
    }
    let message = format!(
        "invalid value for parameter \"{}\": \"{value}\"",
        setting.name
    );
    Err(Refusal::new("22023", message))
}
