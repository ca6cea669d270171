//! Text to statements: splitter, head, lowering; the only room that names `sqlparser`.

mod alter_column;
mod alter_object;
mod alter_table;
pub mod ast;
pub(crate) mod backfill;
mod body;
mod column;
mod comment;
mod constraint;
mod constructors;
mod create;
mod create_table;
mod data_type;
pub mod directive;
mod dml;
mod drop;
mod expr;
mod from;
mod index;
pub mod keyword;
mod kind;
mod mend;
mod migration;
mod object_name;
mod operator;
mod plain;
mod policy;
mod privilege;
mod publication;
mod query;
mod quote;
mod reader;
mod rewrite;
mod routine;
mod row_trigger;
mod rows;
mod sequence;
mod shape;
mod span;
mod split;
mod statement;
mod targets;
#[cfg(test)]
mod tests;
mod token;
mod transaction;
mod trigger;
mod type_name;
mod types;
mod utility;
mod view;
mod words;

pub use body::{BodyStatement, Reach, body_statements};
pub(crate) use body::{declared, misspelt};
pub use directive::{BatchOptions, Directive, DirectiveKind, Phase};
pub(crate) use expr::parse_expr;
pub use migration::{Migration, NO_TRANSACTION, TransactionMode, read_all};
pub use query::parse_query;
pub(crate) use quote::string_constant;
pub(crate) use routine::search_path;
pub(crate) use row_trigger::columns_set;
pub use shape::query_shape;
pub use span::{LineIndex, Position, Span};
pub(crate) use token::{find_word, type_names};
pub(crate) use words::{holds, words};

use ast::{Change, TransactionControl};
use reader::{Notes, Reader};
use split::{Piece, PieceKind};

/// One statement of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// From its first token to its last, the semicolon not included.
    pub span: Span,
    /// Its kind: `create-table`, `alter-table/add-column`, `drop-index`; several actions of one
    /// ALTER TABLE are joined by `+` in the order of first appearance.
    pub kind: String,
    /// What it does.
    pub change: Change,
    /// The directives in the comments before it.
    pub directives: Vec<Directive>,
    /// Whether the file itself has opened a transaction around it, with BEGIN before and no COMMIT or
    /// ROLLBACK yet; those two count as inside, BEGIN does not.
    pub in_block: bool,
    /// What could not be read inside it though its kind is known, as lower-case fragments.
    pub unread: Vec<String>,
}

/// A file cut into statements; every byte that is not space or comment belongs to one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// The statements in order.
    pub statements: Vec<Statement>,
    /// The directives before the first statement (which carries them too), and those after the last.
    pub directives: Vec<Directive>,
}

/// Cuts a text into statements and reads each; never fails and never panics.
pub fn parse(text: &str) -> Script {
    let (pieces, comments) = split::split(text);
    let mut in_block = false;
    let statements: Vec<Statement> = pieces
        .into_iter()
        .map(|piece| {
            let mut statement = statement(text, piece);
            statement.in_block = in_block;
            match statement.change {
                Change::Transaction(TransactionControl::Begin) => in_block = true,
                Change::Transaction(TransactionControl::Commit | TransactionControl::Rollback) => {
                    in_block = false
                }
                _ => {}
            }
            statement
        })
        .collect();
    let first = statements.first().map(|one| one.directives.clone());
    let mut directives = first.unwrap_or_default();
    directives.extend(read_directives(text, &comments));
    Script {
        statements,
        directives,
    }
}

fn statement(text: &str, piece: Piece) -> Statement {
    let notes = Notes::default();
    let change = match piece.kind {
        PieceKind::Sql => {
            let mut reader = Reader::new(text, &piece.tokens, &notes);
            statement::statement(&mut reader).unwrap_or_else(|reason| Change::Opaque { reason })
        }
        PieceKind::Psql => Change::Psql {
            command: psql_command(piece.span.text(text)).to_owned(),
        },
        PieceKind::Cut(reason) => Change::Opaque { reason },
    };
    Statement {
        span: piece.span,
        kind: kind::kind(&change),
        change,
        directives: read_directives(text, &piece.comments),
        in_block: false,
        unread: notes.into_inner(),
    }
}

/// The backslash with its word; copied data ends with `\\.`.
fn psql_command(line: &str) -> &str {
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    line.get(..end)
        .filter(|word| word.starts_with('\\'))
        .unwrap_or("\\.")
}

fn read_directives(text: &str, comments: &[Span]) -> Vec<Directive> {
    let read = |span: &Span| Directive::read(*span, span.text(text));
    comments.iter().filter_map(read).collect()
}
