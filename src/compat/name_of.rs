//! The names PostgreSQL gives to result columns that have none.

use crate::sql::ast::{Expr, Ident, QueryBody, SelectItem};

/// The name of a result column without `AS` (PostgreSQL 18, `FigureColname` in `parse_target.c`).
pub(super) fn output_name(expr: &Expr) -> Ident {
    Ident::new(named(expr).map_or("?column?".to_owned(), |(name, _)| name))
}

/// The name, and whether it is a good one; `CASE` and a cast only take over good ones.
fn named(expr: &Expr) -> Option<(String, bool)> {
    let good = |name: &str| Some((name.to_owned(), true));
    let weak = |name: &str| Some((name.to_owned(), false));
    match expr {
        Expr::Column(parts) => good(parts.last()?.as_str()),
        Expr::Call(call) => good(match call.name.name.as_str() {
            "current_date" => "current_date",
            other => other,
        }),
        Expr::Cast { expr, ty } => match named(expr) {
            Some((name, true)) => Some((name, true)),
            _ => weak(ty.name.as_str()),
        },
        Expr::Case { otherwise, .. } => match otherwise.as_deref().and_then(named) {
            Some((name, true)) => Some((name, true)),
            _ => weak("case"),
        },
        Expr::Exists { .. } => good("exists"),
        Expr::Subquery(query) => match &query.body {
            QueryBody::Select(select) => match select.projection.as_slice() {
                [
                    SelectItem::Expr {
                        alias: Some(alias), ..
                    },
                    ..,
                ] => good(alias.as_str()),
                [SelectItem::Expr { expr, .. }, ..] => named(expr),
                _ => None,
            },
            _ => None,
        },
        Expr::ArraySubquery(_) | Expr::Array(_) => good("array"),
        Expr::Row(_) => good("row"),
        Expr::Subscript { expr, .. } | Expr::Collate { expr, .. } => named(expr),
        Expr::Field { field, .. } => good(field.as_str()),
        Expr::Boolean(_) => weak("bool"),
        Expr::Null
        | Expr::Number(_)
        | Expr::String(_)
        | Expr::Parameter(_)
        | Expr::Wildcard(_)
        | Expr::Unary { .. }
        | Expr::Binary { .. }
        | Expr::Is { .. }
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Between { .. }
        | Expr::Quantified { .. }
        | Expr::Default
        | Expr::Unparsed(_) => None,
    }
}
