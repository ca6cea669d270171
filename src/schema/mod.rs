//! The catalogue: the schema at a point of the history, and what a change makes of it.

mod catalogue;
mod relation;
mod session;

pub use catalogue::{Catalogue, EnumOrOther, Routine, TypeDef};
pub use relation::{
    Column, Constraint, ConstraintKind, Generated, Index, Relation, RelationKind, ResolvedName,
    Trigger,
};
pub use session::{Refusal, Session};
