//! The catalogue: the schema at a point of the history, and what a change makes of it.

mod access;
mod alter_check;
mod alter_column;
mod alter_table;
mod attached;
mod body;
mod bound;
mod canonical;
mod cast;
mod catalogue;
mod composite;
mod constraint;
mod create_table;
mod definition;
mod dependency;
pub mod diff;
pub mod document;
mod drop;
mod foreign_key;
mod guard;
mod index;
mod infer;
mod inherit;
mod key;
mod mentions;
mod named;
mod naming;
mod not_null;
mod operator;
mod partition;
mod publication;
mod queue;
mod rebuild;
mod refusal;
mod relation;
mod rename;
mod resolve;
mod routine;
mod sequence;
mod server;
mod session;
mod shared;
mod statistics;
mod types;
mod user_type;
mod view;
mod written;

pub(crate) use body::called;
pub(crate) use canonical::canonical_text;
pub use catalogue::{Catalogue, EnumOrOther, Made, Routine, TypeDef};
pub(crate) use guard::Decided;
pub use named::Named;
pub(crate) use naming::not_null_name;
pub use publication::{Publication, PublishedTable};
pub use refusal::Refusal;
pub use relation::{
    Column, Constraint, ConstraintKind, Generated, Index, Policy, Relation, RelationKind,
    ResolvedName, Trigger,
};
pub use server::{SERVER_QUERY, UnreadableAnswer};
pub use session::Session;
pub use shared::{Part, Shared};
pub use statistics::{STATISTICS_QUERY, Size, Small, Statistics, UnreadableStatistics};
