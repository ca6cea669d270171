//! The vocabulary in which the rest of the house speaks of SQL; no foreign type is in it.

mod change;
mod data_type;
mod expr;
mod name;
mod object;
mod query;
mod table;

pub use change::*;
pub use data_type::*;
pub use expr::*;
pub use name::*;
pub use object::*;
pub use query::*;
pub use table::*;
