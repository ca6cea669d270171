//! Values that a column's type has no room for: text that is too long, numbers that are too large.

use super::constant::{self, Constant};
use super::given::Given;
use super::length::{Length, length};
use super::refusal::{Cause, Refused, Rows, domain_default};
use crate::schema::{Catalogue, Column};
use crate::sql::ast::Expr;

/// Text for a column that takes so many characters; constants become values of the column's type before the first
/// row is written, if any is (PostgreSQL 18, `eval_const_expressions`).
pub(super) fn too_long(given: &Given, column: &Column, catalogue: &Catalogue) -> Option<Refused> {
    let ty = catalogue.base_type(&column.ty);
    let most: usize = match (ty.array, ty.name.as_str(), ty.modifiers.as_slice()) {
        (false, "varchar" | "bpchar", [most]) => most.parse().ok()?,
        _ => return None,
    };
    let cause = Cause::TooLong(column.name.clone(), most);
    match written(given, column, catalogue) {
        // Spaces at the end are cut off without a word.
        Written::Value(expr) => match length(expr, catalogue) {
            Some(length) if length.least() > most => {
                let message = format!("value too long for type {ty}");
                Some(Refused::new(Rows::All, "22001", message, cause))
            }
            Some(Length::Is(_)) => None,
            _ if constant::value(expr, &|_| None) == Some(Constant::Null) => None,
            _ => Some(longer(column, most, cause)),
        },
        Written::Anything => Some(longer(column, most, cause)),
        Written::Null => None,
    }
}

fn longer(column: &Column, most: usize, cause: Cause) -> Refused {
    let message = format!(
        "values of more than {most} characters are too long for column \"{}\"",
        column.name
    );
    Refused::new(Rows::Named, "22001", message, cause)
}

/// Numbers for a column that takes so many digits before the point.
pub(super) fn too_large(given: &Given, column: &Column, catalogue: &Catalogue) -> Option<Refused> {
    let ty = catalogue.base_type(&column.ty);
    let (precision, scale) = match (ty.array, ty.name.as_str(), ty.modifiers.as_slice()) {
        (false, "numeric", [precision]) => (precision.as_str(), "0"),
        (false, "numeric", [precision, scale]) => (precision.as_str(), scale.as_str()),
        _ => return None,
    };
    let (precision, scale): (i32, i32) = (precision.parse().ok()?, scale.parse().ok()?);
    let digits = usize::try_from(precision - scale).unwrap_or_default();
    let cause = Cause::TooLarge(column.name.clone(), digits);
    let number = match written(given, column, catalogue) {
        Written::Null => return None,
        Written::Anything => None,
        Written::Value(expr) => constant::value(expr, &|_| None),
    };
    let bound = 10_f64.powi(precision - scale);
    match number {
        Some(Constant::Number(number)) if number.abs() >= bound => {
            let message = "numeric field overflow".to_owned();
            Some(Refused::new(Rows::All, "22003", message, cause))
        }
        Some(_) => None,
        None => {
            let message = format!(
                "numbers of more than {digits} digits before the point are too large for column \"{}\"",
                column.name
            );
            Some(Refused::new(Rows::Named, "22003", message, cause))
        }
    }
}

/// What comes into a column.
enum Written<'a> {
    Value(&'a Expr),
    Anything,
    Null,
}

fn written<'a>(given: &'a Given, column: &'a Column, catalogue: &'a Catalogue) -> Written<'a> {
    match given {
        Given::Value(expr) => Written::Value(expr),
        Given::Unknown => Written::Anything,
        Given::Default => {
            let default = column.default.as_ref();
            match default.or_else(|| domain_default(column, catalogue)) {
                Some(default) => Written::Value(&default.expr),
                None => Written::Null,
            }
        }
    }
}
