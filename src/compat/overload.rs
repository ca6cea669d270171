//! Which of several functions or operators a call means, and which types become which, as PostgreSQL decides it.
//!
//! Manual 18, chapter 10; `parse_func.c`, `parse_oper.c` and `parse_coerce.c` of PostgreSQL 18.

use std::collections::BTreeMap;
use std::sync::RwLock;

use super::builtins::{self, Context, Signature};
use super::types::{Ty, bare};
use crate::schema::{Catalogue, EnumOrOther, OperatorKey};
use crate::sql::ast::{Ident, QualifiedName, TypeName};

/// What a call was found to mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    /// This one: its argument types, and its result where that is known.
    One(Vec<TypeName>, Option<TypeName>),
    None,
    Several,
    /// Some type is not known.
    Unknown,
}

/// One argument: none is a constant in quotes or a parameter without a type.
type Arg = Option<TypeName>;

pub(super) struct Types<'c>(pub(super) &'c Catalogue);

impl<'c> Types<'c> {
    /// Category and preference; none of a type we know nothing of.
    pub(super) fn category(&self, ty: &TypeName) -> Option<(char, bool)> {
        if ty.array {
            return Some(('A', false));
        }
        if let Some(found) = builtins::category(ty) {
            return Some(found);
        }
        match self.0.type_def(&ty.qualified_name()).map(|def| &def.kind) {
            Some(EnumOrOther::Enum(_)) => Some(('E', false)),
            Some(EnumOrOther::Composite(_)) => Some(('C', false)),
            Some(EnumOrOther::Domain { .. } | EnumOrOther::Range | EnumOrOther::Other) => None,
            None => self.0.relation(&ty.qualified_name()).map(|_| ('C', false)),
        }
    }

    pub(super) fn base(&self, ty: &TypeName) -> TypeName {
        bare(&self.0.base_type(ty))
    }

    /// Whether a value of one type becomes another in this context; none when that is not known.
    pub(super) fn becomes(&self, from: &TypeName, to: &TypeName, context: Context) -> Option<bool> {
        let (from, to) = (self.base(from), self.base(to));
        if from == to {
            return Some(true);
        }
        if let Some(needed) = self.0.own_cast(&from, &to) {
            return Some(needed <= context);
        }
        let element = |ty: &TypeName| TypeName {
            array: false,
            ..ty.clone()
        };
        if from.array && to.array {
            return self.becomes(&element(&from), &element(&to), context);
        }
        if let Some(needed) = builtins::cast(&from, &to) {
            return Some(needed <= context);
        }
        let (one, other) = (self.category(&from)?.0, self.category(&to)?.0);
        if one == 'C' && to.name == "record" {
            return Some(true);
        }
        if one == 'C' && other == 'C' || to.name == "record" || from.name == "record" {
            return None;
        }
        // Through its text: to a string type in assignments, from one when asked for.
        Some(match context {
            Context::Implicit => false,
            Context::Assignment => other == 'S',
            Context::Explicit => other == 'S' || one == 'S',
        })
    }

    fn fits(&self, arg: &Arg, wanted: &TypeName) -> bool {
        let Some(ty) = arg else { return true };
        if wanted.schema.is_none() && !wanted.array {
            let category = self.category(&self.base(ty)).map(|(category, _)| category);
            match wanted.name.as_str() {
                "any" | "anyelement" | "anycompatible" => return true,
                "anynonarray" | "anycompatiblenonarray" => return category != Some('A'),
                "anyarray" | "anycompatiblearray" => return category == Some('A'),
                "anyenum" => return category == Some('E'),
                "anyrange" | "anycompatiblerange" | "anymultirange" | "anycompatiblemultirange" => {
                    let multi = ty.name.as_str().contains("multirange");
                    return category == Some('R')
                        && multi == wanted.name.as_str().contains("multi");
                }
                _ => {}
            }
        }
        self.becomes(ty, wanted, Context::Implicit) == Some(true)
    }

    /// What the polymorphic arguments stand for: of the `any` family and of the `anycompatible` one.
    fn polymorphic(&self, args: &[Arg], wanted: &[TypeName]) -> Option<[Arg; 2]> {
        let mut exact: Arg = None;
        let mut alike: Vec<Ty> = Vec::new();
        for (arg, wanted) in args.iter().zip(wanted) {
            let (Some(ty), None) = (arg, &wanted.schema) else {
                continue;
            };
            let element = || TypeName {
                array: false,
                ..self.base(ty)
            };
            let own = match wanted.name.as_str() {
                "anyelement"
                | "anynonarray"
                | "anyenum"
                | "anycompatible"
                | "anycompatiblenonarray" => ty.clone(),
                "anyarray" | "anycompatiblearray" => element(),
                _ => continue,
            };
            if wanted.name.as_str().starts_with("anycompatible") {
                alike.push(Ty::Known(own));
            } else if exact.get_or_insert_with(|| own.clone()) != &own {
                return None;
            }
        }
        let alike = match alike.as_slice() {
            [] => None,
            _ => match self.common(&alike) {
                Common::One(Ty::Known(ty)) => Some(ty),
                _ => return None,
            },
        };
        Some([exact, alike])
    }

    fn given(&self, polymorphic: &[Arg; 2], ty: &TypeName) -> Option<TypeName> {
        let name = ty.name.as_str();
        if ty.schema.is_some() || !name.starts_with("any") {
            return Some(ty.clone());
        }
        let [exact, alike] = polymorphic;
        let own = if name.starts_with("anycompatible") {
            Some(alike.clone().unwrap_or_else(|| TypeName::plain("text")))
        } else {
            exact.clone()
        }?;
        match name {
            "anyelement"
            | "anynonarray"
            | "anyenum"
            | "anycompatible"
            | "anycompatiblenonarray" => Some(own),
            "anyarray" | "anycompatiblearray" => Some(own.into_array()),
            _ => None,
        }
    }

    /// What an operator means: of PostgreSQL's own, which stand first, and of those that somebody created.
    pub(super) fn operator(&self, name: &QualifiedName, args: &[Ty]) -> Choice {
        let own = self.0.operators_named(name, args.len());
        let system = name.may_be_system();
        let symbol = name.name.as_str();
        let theirs = || builtins::operators(symbol, args.len() == 1, self.0.version());
        if own.is_empty() && system {
            return self.remembered("o", symbol, args, || match theirs() {
                none if none.is_empty() => Choice::None,
                all => self.choose(&all, args, true),
            });
        }
        let mut all = if system { theirs() } else { Vec::new() };
        let given: Option<Vec<TypeName>> = args
            .iter()
            .map(|arg| match arg {
                Ty::Known(ty) => Some(bare(ty)),
                Ty::Untyped | Ty::Derived(_) | Ty::Unknown => None,
            })
            .collect();
        let mut vague = false;
        for key in own {
            if all.iter().any(|one| one.args == key.1) {
                continue;
            }
            let result = self.0.operator_result(key);
            // Of a type that we know nothing of we know that it is the same.
            if given.as_ref() == Some(&key.1) {
                return Choice::One(key.1.clone(), result);
            }
            let known = |ty: &TypeName| {
                ty.name.as_str().starts_with("any") || self.category(&self.base(ty)).is_some()
            };
            vague |= !key.1.iter().all(known);
            all.push(Signature {
                args: key.1.clone(),
                result,
                variadic: false,
                defaults: 0,
            });
        }
        if all.is_empty() {
            return Choice::None;
        }
        match self.choose(&all, args, true) {
            Choice::None | Choice::Several if vague => Choice::Unknown,
            choice => choice,
        }
    }

    /// The operator that somebody created of exactly these operands.
    pub(super) fn own_operator(
        &self,
        name: &QualifiedName,
        wanted: &[TypeName],
    ) -> Option<&'c OperatorKey> {
        let own = self.0.operators_named(name, wanted.len());
        let found = own.into_iter().find(|(_, args)| args == wanted)?;
        let theirs =
            || builtins::operator_result(name.name.as_str(), wanted, self.0.version()).is_some();
        let hidden = name.may_be_system() && theirs();
        (!hidden).then_some(found)
    }

    /// What a call of a function of PostgreSQL's own means.
    pub(super) fn function(&self, name: &Ident, args: &[Ty]) -> Choice {
        self.remembered("f", name.as_str(), args, || {
            self.choose(&builtins::functions(name, self.0.version()), args, false)
        })
    }

    /// The candidate that a call with these arguments means.
    pub(super) fn choose(&self, all: &[Signature], args: &[Ty], operator: bool) -> Choice {
        let mut own: Vec<Arg> = Vec::new();
        for arg in args {
            match arg {
                Ty::Known(ty) if self.category(&self.base(ty)).is_some() => {
                    own.push(Some(bare(ty)))
                }
                Ty::Untyped => own.push(None),
                Ty::Known(_) | Ty::Derived(_) | Ty::Unknown => return Choice::Unknown,
            }
        }
        let known = |signature: &Signature| {
            signature.args.iter().all(|ty| {
                ty.name.as_str().starts_with("any") || self.category(&self.base(ty)).is_some()
            })
        };
        let mut left: Vec<(Vec<TypeName>, Option<TypeName>)> = Vec::new();
        for signature in all.iter().filter(|signature| known(signature)) {
            if let Some(wanted) = expanded(signature, own.len()) {
                left.push((wanted, signature.result.clone()));
            }
        }
        // An operator takes an untyped operand for one of the other's type first.
        let mut exact = own.clone();
        if operator && let [one, other] = exact.as_mut_slice() {
            match (&one, &other) {
                (None, Some(ty)) => *one = Some(ty.clone()),
                (Some(ty), None) => *other = Some(ty.clone()),
                _ => {}
            }
        }
        for based in [false, true] {
            let same = |wanted: &[TypeName]| {
                wanted.iter().zip(&exact).all(|(wanted, arg)| {
                    arg.as_ref().is_some_and(|ty| {
                        if based {
                            self.base(ty) == *wanted
                        } else {
                            ty == wanted
                        }
                    })
                })
            };
            if based && !operator {
                break;
            }
            if let Some((wanted, result)) = left.iter().find(|(wanted, _)| same(wanted)) {
                return Choice::One(wanted.clone(), result.clone());
            }
        }
        left.retain(|(wanted, _)| {
            let fit = own
                .iter()
                .zip(wanted)
                .all(|(arg, wanted)| self.fits(arg, wanted));
            fit && self.polymorphic(&own, wanted).is_some()
        });
        if left.len() > 1 {
            left = self.best(left, &own);
        }
        match left.as_slice() {
            [] => Choice::None,
            [(wanted, result)] => {
                let Some(poly) = self.polymorphic(&own, wanted) else {
                    return Choice::None;
                };
                let result = result.as_ref().and_then(|ty| self.given(&poly, ty));
                let wanted = wanted.iter().zip(&own).map(|(ty, arg)| {
                    let given = self.given(&poly, ty);
                    given
                        .or_else(|| arg.clone())
                        .unwrap_or_else(|| TypeName::plain("text"))
                });
                Choice::One(wanted.collect(), result)
            }
            [..] => Choice::Several,
        }
    }

    /// `func_select_candidate`: one when it can be told, several when not.
    fn best(&self, mut left: Vec<Found>, args: &[Arg]) -> Vec<Found> {
        let base: Vec<Arg> = args
            .iter()
            .map(|arg| arg.as_ref().map(|ty| self.base(ty)))
            .collect();
        let keep = |left: Vec<Found>, score: &dyn Fn(&TypeName, &TypeName) -> bool| -> Vec<Found> {
            let points = |wanted: &[TypeName]| {
                let pairs = wanted.iter().zip(&base);
                pairs
                    .filter(|(wanted, arg)| arg.as_ref().is_some_and(|ty| score(wanted, ty)))
                    .count()
            };
            let most = left
                .iter()
                .map(|(wanted, _)| points(wanted))
                .max()
                .unwrap_or(0);
            left.into_iter()
                .filter(|(wanted, _)| points(wanted) == most)
                .collect()
        };
        left = keep(left, &|wanted, ty| wanted == ty);
        if left.len() == 1 {
            return left;
        }
        left = keep(left, &|wanted, ty| {
            let category = self.category(ty).map(|(category, _)| category);
            wanted == ty
                || self
                    .category(wanted)
                    .is_some_and(|(of, preferred)| preferred && Some(of) == category)
        });
        if left.len() == 1 || base.iter().all(Option::is_some) {
            return left;
        }
        let kind = |wanted: &[TypeName], at: usize| wanted.get(at).and_then(|ty| self.category(ty));
        let mut chosen: Vec<Option<(char, bool)>> = vec![None; base.len()];
        let mut resolved = true;
        for at in (0..base.len()).filter(|at| base.get(*at).is_some_and(Option::is_none)) {
            let kinds: Vec<(char, bool)> = left
                .iter()
                .filter_map(|(wanted, _)| kind(wanted, at))
                .collect();
            let category = match kinds.first() {
                _ if kinds.iter().any(|(of, _)| *of == 'S') => 'S',
                Some((first, _)) if kinds.iter().all(|(of, _)| of == first) => *first,
                _ => {
                    resolved = false;
                    break;
                }
            };
            let preferred = kinds
                .iter()
                .any(|(of, preferred)| *of == category && *preferred);
            if let Some(slot) = chosen.get_mut(at) {
                *slot = Some((category, preferred));
            }
        }
        if resolved {
            let kept: Vec<Found> = left
                .iter()
                .filter(|(wanted, _)| {
                    chosen
                        .iter()
                        .enumerate()
                        .all(|(at, slot)| match (slot, kind(wanted, at)) {
                            (Some((category, preferred)), Some((of, own))) => {
                                of == *category && (!preferred || own)
                            }
                            (Some(_), None) => false,
                            (None, _) => true,
                        })
                })
                .cloned()
                .collect();
            if !kept.is_empty() {
                left = kept;
            }
            if left.len() == 1 {
                return left;
            }
        }
        // The untyped ones taken for the one type that all the others have.
        let mut typed = base.iter().flatten();
        if let Some(first) = typed.next()
            && typed.all(|ty| ty == first)
        {
            let one = Some(first.clone());
            let fitting: Vec<Found> = left
                .iter()
                .filter(|(wanted, _)| wanted.iter().all(|ty| self.fits(&one, ty)))
                .cloned()
                .collect();
            if fitting.len() == 1 {
                return fitting;
            }
        }
        left
    }

    /// One type for several values (`select_common_type`).
    pub(super) fn common(&self, all: &[Ty]) -> Common {
        let mut typed = Vec::new();
        for ty in all {
            match ty {
                Ty::Known(ty) => typed.push(ty),
                Ty::Untyped => {}
                Ty::Derived(_) | Ty::Unknown => {
                    return Common::One(super::types::common(all.to_vec()));
                }
            }
        }
        let Some((first, rest)) = typed.split_first() else {
            return Common::One(Ty::Untyped);
        };
        if rest.iter().all(|ty| ty == first) {
            return Common::One(Ty::Known((*first).clone()));
        }
        if rest.iter().all(|ty| bare(ty) == bare(first)) {
            return Common::One(Ty::Known(bare(first)));
        }
        let mut chosen = self.base(first);
        for ty in rest {
            let next = self.base(ty);
            if next == chosen {
                continue;
            }
            let (Some((one, preferred)), Some((other, _))) =
                (self.category(&chosen), self.category(&next))
            else {
                return Common::One(super::types::common(all.to_vec()));
            };
            if one != other {
                return Common::Apart(chosen, next);
            }
            let way = |from, to| self.becomes(from, to, Context::Implicit) == Some(true);
            if !preferred && way(&chosen, &next) && !way(&next, &chosen) {
                chosen = next;
            }
        }
        for ty in typed {
            if self.becomes(ty, &chosen, Context::Implicit) == Some(false) {
                return Common::NoWay(bare(ty), chosen);
            }
        }
        Common::One(Ty::Known(chosen))
    }
}

type Found = (Vec<TypeName>, Option<TypeName>);

/// The common type of several values, or why there is none.
pub(super) enum Common {
    One(Ty),
    /// Of two categories.
    Apart(TypeName, TypeName),
    /// The one does not become the other.
    NoWay(TypeName, TypeName),
}

type Question = (&'static str, Option<u16>, String, Vec<Arg>);

impl Types<'_> {
    /// Among PostgreSQL's own types the answer is the same in every catalogue without casts that somebody created: it is
    /// worked out once.
    fn remembered(
        &self,
        kind: &'static str,
        name: &str,
        args: &[Ty],
        choose: impl FnOnce() -> Choice,
    ) -> Choice {
        match self.0.casts().next() {
            Some(_) => choose(),
            None => remembered((kind, self.0.version()), name, args, choose),
        }
    }
}

fn remembered(
    (kind, version): (&'static str, Option<u16>),
    name: &str,
    args: &[Ty],
    choose: impl FnOnce() -> Choice,
) -> Choice {
    static ANSWERS: RwLock<BTreeMap<Question, Choice>> = RwLock::new(BTreeMap::new());
    let own = args.iter().map(|arg| match arg {
        Ty::Known(ty) if ty.schema.is_none() => Some(Some(bare(ty))),
        Ty::Untyped => Some(None),
        Ty::Known(_) | Ty::Derived(_) | Ty::Unknown => None,
    });
    let Some(own) = own.collect::<Option<Vec<Arg>>>() else {
        return choose();
    };
    let question = (kind, version, name.to_owned(), own);
    if let Ok(answers) = ANSWERS.read()
        && let Some(answer) = answers.get(&question)
    {
        return answer.clone();
    }
    let answer = choose();
    if answer != Choice::Unknown
        && let Ok(mut answers) = ANSWERS.write()
    {
        answers.insert(question, answer.clone());
    }
    answer
}

/// The argument types for a call with so many arguments.
pub(super) fn expanded(signature: &Signature, count: usize) -> Option<Vec<TypeName>> {
    let all = &signature.args;
    if count == all.len() && !signature.variadic {
        return Some(all.clone());
    }
    if signature.variadic && count >= all.len() {
        let (last, first) = all.split_last()?;
        let one = match last.name.as_str() {
            "anyarray" => TypeName::plain("anyelement"),
            "anycompatiblearray" => TypeName::plain("anycompatible"),
            _ => TypeName {
                array: false,
                ..last.clone()
            },
        };
        let mut wanted = first.to_vec();
        wanted.resize(count, one);
        return Some(wanted);
    }
    let enough = count < all.len() && count + signature.defaults >= all.len();
    enough.then(|| all.get(..count).unwrap_or_default().to_vec())
}
