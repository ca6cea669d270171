//! Judgement: one file per rule, over what the lower rooms know of a statement.

mod frame;

pub use crate::effects::Options;
pub use frame::{
    Applicability, Class, Edit, Finding, Fix, Input, Report, Rule, Severity, Summary, check, page,
};

/// Declares the module of each rule and lists what they hold.
macro_rules! rules {
    ($($id:ident,)*) => {
        $(mod $id;)*

        /// Every rule, in the order of their ids.
        pub static RULES: &[&Rule] = &[$(&$id::RULE,)*];
    };
}

rules! {
    malformed_directive,
    rename_column,
    unused_allow,
}

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}
