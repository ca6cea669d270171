//! Files that a tool sends to the server in one piece.

use crate::effects::{TransactionRule, of_change};
use crate::schema::Session;
use crate::sql::ast::{Change, TransactionControl};
use crate::sql::{Span, Statement, TransactionMode, parse};

/// A text sent as one simple query: PostgreSQL runs several statements of one message as a transaction,
/// unless they open their own (manual 18, 54.2.2.1, "Multiple Statements in a Simple Query").
pub(super) fn one_message(text: &str, hidden: &[Span]) -> TransactionMode {
    let statements = statements(text, hidden);
    if statements.len() < 2 || statements.iter().any(begins) {
        TransactionMode::Unwrapped
    } else {
        TransactionMode::Wrapped
    }
}

/// The statements that are run on the way forward.
pub(super) fn statements(text: &str, hidden: &[Span]) -> Vec<Statement> {
    let outside = |statement: &Statement| {
        let at = statement.span.start;
        !hidden.iter().any(|span| span.start <= at && at < span.end)
    };
    let mut statements = parse(text).statements;
    statements.retain(outside);
    statements
}

/// Whether a statement opens a transaction.
pub(super) fn begins(statement: &Statement) -> bool {
    statement.change == Change::Transaction(TransactionControl::Begin)
}

/// Whether PostgreSQL refuses a statement inside a transaction.
pub(super) fn refuses_transactions(statement: &Statement) -> bool {
    let mut session = Session::new(*crate::effects::VERSIONS.end());
    // The file is read before what it stands on: nothing it names is missing.
    session.assume_more();
    of_change(&statement.change, &session).transaction == TransactionRule::Forbidden
}
