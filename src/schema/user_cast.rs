//! Casts that somebody created: made, dropped, and what PostgreSQL refuses of them.

use super::dependency::Object;
use super::session::Outcome;
use super::user_operator::{RoutineKey, required};
use super::{Catalogue, EnumOrOther, Refusal, ResolvedName, Session, builtins};
use crate::sql::ast::{CastContext, CastMethod, CreateCast, ObjectKind, ObjectName, TypeName};

/// What tells a cast from all others: the type that is cast, and the one it becomes.
pub type CastKey = (TypeName, TypeName);

/// A cast that somebody created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// How it makes the one of the other.
    pub(super) way: Way,
    /// When it is made unasked.
    pub(crate) context: CastContext,
}

/// How a cast makes one value of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    Function(RoutineKey),
    Binary,
    InOut,
}

impl Cast {
    /// The function that makes it.
    pub(super) fn function(&self) -> Option<&RoutineKey> {
        match &self.way {
            Way::Function(function) => Some(function),
            Way::Binary | Way::InOut => None,
        }
    }

    /// The same with leave to change it.
    pub(super) fn function_mut(&mut self) -> Option<&mut RoutineKey> {
        match &mut self.way {
            Way::Function(function) => Some(function),
            Way::Binary | Way::InOut => None,
        }
    }

    /// In words: `implicit with function public.f`.
    pub(super) fn to_text(&self) -> String {
        let context = match self.context {
            CastContext::Implicit => "implicit",
            CastContext::Assignment => "assignment",
            CastContext::Explicit => "explicit",
        };
        match &self.way {
            Way::Function((name, _)) => format!("{context} with function {name}"),
            Way::Binary => format!("{context} without function"),
            Way::InOut => format!("{context} with inout"),
        }
    }
}

/// Casts of PostgreSQL's own that are implicit and change no byte (`pg_cast`, 14 to 18, `castmethod` b).
const ALIKE: &[(&str, &str)] = &[
    ("varchar", "text"),
    ("text", "varchar"),
    ("text", "bpchar"),
    ("varchar", "bpchar"),
    ("cidr", "inet"),
    ("bit", "varbit"),
    ("varbit", "bit"),
    ("int4", "oid"),
];

/// Types with a cast to themselves, which brings a value to their length (`pg_cast`, 14 to 18).
const OF_LENGTH: &[&str] = &[
    "bit",
    "bpchar",
    "interval",
    "numeric",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "varbit",
    "varchar",
];

impl Catalogue {
    /// All casts that somebody created, by their types.
    pub fn casts(&self) -> impl Iterator<Item = (&CastKey, &Cast)> {
        self.casts.iter().map(|(key, own)| (key, own.as_ref()))
    }

    /// The cast that somebody created which a statement names.
    pub(crate) fn cast_of(&self, object: &ObjectName) -> Option<CastKey> {
        let [source, target] = object.args.as_deref()? else {
            return None;
        };
        let key = (self.argument_type(source), self.argument_type(target));
        self.casts.contains_key(&key).then_some(key)
    }

    /// When a cast that somebody created is made between two types.
    pub(crate) fn own_cast(&self, from: &TypeName, to: &TypeName) -> Option<CastContext> {
        if self.casts.is_empty() {
            return None;
        }
        let bare = |ty: &TypeName| ty.clone().without_modifiers();
        let own = self.casts.get(&(bare(from), bare(to)))?;
        Some(own.context)
    }

    /// Whether a value is one of the other type as it stands (`IsBinaryCoercibleWithCast`).
    fn is_alike(&self, from: &TypeName, to: &TypeName) -> bool {
        if from == to {
            return true;
        }
        let from = self.base_type(from).without_modifiers();
        let plain = |ty: &TypeName| ty.schema.is_none() && !ty.array;
        let own = self.casts.get(&(from.clone(), to.clone()));
        from == *to
            || own.is_some_and(|own| own.way == Way::Binary && own.context == CastContext::Implicit)
            || plain(to)
                && match to.name.as_str() {
                    "any" | "anyelement" | "anycompatible" => true,
                    "anynonarray" | "anycompatiblenonarray" => !from.array,
                    "anyarray" | "anycompatiblearray" => from.array,
                    "anyenum" => self.enumerates(&from),
                    "record" => self.is_row(&from),
                    name => {
                        let is = |ty: &str| ty.starts_with("reg");
                        let oid = |ty: &str| ty == "oid";
                        let own = from.name.as_str();
                        plain(&from)
                            && (ALIKE.contains(&(own, name))
                                || oid(own) && is(name)
                                || is(own) && oid(name)
                                || own == "int4" && is(name))
                    }
                }
    }

    fn enumerates(&self, ty: &TypeName) -> bool {
        let def = self.type_def(&ty.qualified_name());
        !ty.array && def.is_some_and(|def| matches!(def.kind, EnumOrOther::Enum(_)))
    }

    fn is_row(&self, ty: &TypeName) -> bool {
        let name = ty.qualified_name();
        let def = self.type_def(&name);
        let composite = def.is_some_and(|def| matches!(def.kind, EnumOrOther::Composite(_)));
        !ty.array && (composite || self.row_type(&name).is_some())
    }
}

fn malformed(message: &str) -> Refusal {
    Refusal::new("42P17", message)
}

impl Session {
    /// Whether PostgreSQL brings that cast.
    fn brings_cast(&self, (from, to): &CastKey) -> bool {
        let plain = from.schema.is_none() && !from.array;
        let of_length = plain && from == to && OF_LENGTH.contains(&from.name.as_str());
        of_length || builtins::has_cast(from, to, self.version)
    }

    /// `CREATE CAST` (`CreateCast`).
    pub(super) fn create_cast(&mut self, create: &CreateCast) -> Outcome {
        let (source, target) = self.types_of_cast(&create.source, &create.target)?;
        for (ty, which) in [(&source, "source"), (&target, "target")] {
            let category = builtins::category(ty).map(|(category, _)| category);
            if category == Some('P') && !ty.array {
                let shown = self.catalogue.spelled_type(ty);
                let message = format!("{which} data type {shown} is a pseudo-type");
                return Err(Refusal::new("42809", message));
            }
        }
        let mut arguments = 0;
        let way = match &create.method {
            CastMethod::Function(function) => {
                let (function, taken) = self.cast_function(function, &source, &target)?;
                arguments = taken;
                Way::Function(function)
            }
            CastMethod::InOut => Way::InOut,
            CastMethod::Binary => {
                self.may_be_alike(&source, &target)?;
                Way::Binary
            }
        };
        if source == target && arguments < 2 {
            return Err(malformed(
                "source data type and target data type are the same",
            ));
        }
        let key = (source, target);
        if self.brings_cast(&key) || self.catalogue.casts.contains_key(&key) {
            let what = self.catalogue.named_cast(&key);
            return Err(Refusal::new("42710", format!("{what} already exists")));
        }
        let context = create.context;
        self.catalogue
            .casts
            .insert(key, Cast { way, context }.into());
        Ok(())
    }

    fn types_of_cast(
        &self,
        source: &TypeName,
        target: &TypeName,
    ) -> Result<(TypeName, TypeName), Refusal> {
        self.catalogue.resolve_type(source)?;
        self.catalogue.resolve_type(target)?;
        let bare = |ty: &TypeName| self.catalogue.argument_type(ty);
        Ok((bare(source), bare(target)))
    }

    /// The function of a cast, and how many arguments it takes.
    fn cast_function(
        &self,
        function: &ObjectName,
        source: &TypeName,
        target: &TypeName,
    ) -> Result<(RoutineKey, usize), Refusal> {
        let name = &function.name;
        let key = match &function.args {
            Some(args) => {
                let mut types = Vec::with_capacity(args.len());
                for ty in args {
                    self.catalogue.resolve_type(ty)?;
                    types.push(self.catalogue.argument_type(ty));
                }
                self.catalogue.find_routine(name, &types)?
            }
            None => match self.routine_to_drop(ObjectKind::Function, function) {
                Ok(Object::Routine(name, args)) => (name, args),
                Err(_) if builtins::is_function(&name.name) => {
                    // Which of them is not asked.
                    let name = ResolvedName::new("pg_catalog", name.name.clone());
                    return Ok(((name, vec![source.clone()]), 2));
                }
                Err(refusal) => return Err(refusal),
                Ok(_) => return Err(malformed("cast function must be a normal function")),
            },
        };
        let own = self.catalogue.routines.get(&key.0);
        let own = own.and_then(|all| all.iter().find(|one| one.definition.args == key.1));
        if own.is_some_and(|own| own.definition.object == ObjectKind::Procedure) {
            let args: Vec<String> = key
                .1
                .iter()
                .map(|ty| self.catalogue.spelled_type(ty))
                .collect();
            let message = format!("{name}({}) is not a function", args.join(", "));
            return Err(Refusal::new("42809", message));
        }
        let taken = key.1.len();
        let plain = |at: usize, name: &str| {
            let ty = key.1.get(at);
            ty.is_none_or(|ty| *ty == TypeName::plain(name))
        };
        let Some(first) = key.1.first().filter(|_| taken <= 3) else {
            return Err(malformed("cast function must take one to three arguments"));
        };
        if !self.catalogue.is_alike(source, first) {
            return Err(malformed(
                "argument of cast function must match or be binary-coercible from source data type",
            ));
        }
        if !plain(1, "int4") {
            return Err(malformed(
                "second argument of cast function must be type integer",
            ));
        }
        if !plain(2, "bool") {
            return Err(malformed(
                "third argument of cast function must be type boolean",
            ));
        }
        let result = self.catalogue.returned_by(&key.0, &key.1);
        if result.is_some_and(|ty| !self.catalogue.is_alike(&ty, target)) {
            return Err(malformed(
                "return data type of cast function must match or be binary-coercible to target data type",
            ));
        }
        if own.is_some_and(|own| own.definition.object != ObjectKind::Function) {
            return Err(malformed("cast function must be a normal function"));
        }
        let returns = own.and_then(|own| own.definition.returns.as_deref());
        let set = |text: &str| {
            let text = text.trim_start().to_ascii_lowercase();
            text.starts_with("setof ") || text.starts_with("table")
        };
        if returns.is_some_and(set) {
            return Err(malformed("cast function must not return a set"));
        }
        Ok((key, taken))
    }

    /// Refuses two types that are stored in other ways, and those of kinds that cannot be stored alike.
    fn may_be_alike(&self, source: &TypeName, target: &TypeName) -> Outcome {
        let either = |is: &dyn Fn(&TypeName) -> bool| is(source) || is(target);
        let catalogue = &self.catalogue;
        let ways = catalogue.stored(source).zip(catalogue.stored(target));
        let apart = |((length, by_value, one), (other, passed, two)): (Stored, Stored)| {
            let aligned = one == two || one == ANY || two == ANY;
            (length, by_value) != (other, passed) || !aligned
        };
        if ways.is_some_and(apart) {
            return Err(malformed(
                "source and target data types are not physically compatible",
            ));
        }
        let what = match () {
            () if either(&|ty| catalogue.is_row(ty)) => "composite data types are not",
            () if either(&|ty| catalogue.enumerates(ty)) => "enum data types are not",
            () if either(&|ty| ty.array) => "array data types are not",
            () if either(&|ty| catalogue.is_domain(ty)) => "domain data types must not be marked",
            () => return Ok(()),
        };
        Err(malformed(&format!("{what} binary-compatible")))
    }

    /// The cast that a statement names; none of an extension's.
    ///
    /// # Errors
    /// 42704 when it or one of its types is not there.
    fn one_cast(&self, object: &ObjectName) -> Result<Option<CastKey>, Refusal> {
        let Some([source, target]) = object.args.as_deref() else {
            return Ok(None);
        };
        let key = self.types_of_cast(source, target)?;
        let own = self.catalogue.casts.contains_key(&key);
        if own || self.brings_cast(&key) {
            return Ok(Some(key));
        }
        let foreign = |ty: &TypeName| {
            let mut extensions = self.catalogue.extensions.keys();
            extensions.any(|own| {
                super::types::types_of(own).contains(&ty.name.as_str())
                    || !super::types::is_known_extension(own)
            })
        };
        if self.catalogue.incomplete || foreign(&key.0) || foreign(&key.1) {
            return Ok(None);
        }
        let what = self.catalogue.named_cast(&key);
        Err(Refusal::new("42704", format!("{what} does not exist")))
    }

    /// Refuses a cast that is not there.
    pub(super) fn has_cast(&self, object: &ObjectName) -> Outcome {
        self.one_cast(object).map(drop)
    }

    /// The cast that DROP names.
    pub(super) fn cast_to_drop(&self, object: &ObjectName) -> Result<Option<Object>, Refusal> {
        match self.one_cast(object)? {
            Some(key) if self.catalogue.casts.contains_key(&key) => Ok(Some(Object::Cast(key))),
            Some(key) => Err(required("cast", &self.catalogue.described_cast(&key))),
            None => Ok(None),
        }
    }
}

impl Catalogue {
    /// As messages about whether it is there name a cast.
    fn named_cast(&self, (from, to): &CastKey) -> String {
        let spelled = |ty: &TypeName| self.spelled_type(ty);
        format!("cast from type {} to type {}", spelled(from), spelled(to))
    }

    /// `from integer to boolean`, as messages describe a cast that is there.
    pub(super) fn described_cast(&self, (from, to): &CastKey) -> String {
        let spelled = |ty: &TypeName| self.spelled_type(ty);
        format!("from {} to {}", spelled(from), spelled(to))
    }

    /// How a type is stored: its length, whether it is passed by value, and its alignment.
    fn stored(&self, ty: &TypeName) -> Option<Stored> {
        let base = self.base_type(ty);
        if self.is_row(&base) {
            return Some((-1, false, 'd'));
        }
        if self.enumerates(&base) {
            return Some((4, true, 'i'));
        }
        let def = self.type_def(&base.qualified_name());
        if !base.array && def.is_some_and(|def| def.kind == EnumOrOther::Range) {
            return Some((-1, false, ANY));
        }
        match base.array {
            true => {
                let element = TypeName {
                    array: false,
                    ..base
                };
                let (_, _, alignment) = self.stored(&element)?;
                let alignment = match alignment {
                    'd' | ANY => alignment,
                    _ => 'i',
                };
                Some((-1, false, alignment))
            }
            false => stored(&base),
        }
    }
}

type Stored = (i8, bool, char);

/// An alignment that is not known: of a range it is that of its subtype.
const ANY: char = ' ';

/// How one of PostgreSQL's own types is stored (`pg_type.dat`).
fn stored(ty: &TypeName) -> Option<Stored> {
    if ty.schema.is_some() {
        return None;
    }
    Some(match ty.name.as_str() {
        "bool" => (1, true, 'c'),
        "int2" => (2, true, 's'),
        "int4" | "float4" | "oid" | "date" => (4, true, 'i'),
        "int8" | "float8" | "timestamp" | "timestamptz" | "time" | "money" => (8, true, 'd'),
        "interval" => (16, false, 'd'),
        "uuid" => (16, false, 'c'),
        "text" | "varchar" | "bpchar" | "numeric" | "bytea" | "json" | "jsonb" | "inet"
        | "cidr" | "bit" | "varbit" | "xml" => (-1, false, 'i'),
        _ => return None,
    })
}
