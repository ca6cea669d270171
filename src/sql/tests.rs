//! Every fixture statement as one line, and what holds for any text at all.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use sqlparser::tokenizer::Token;

use super::ast::Change;
use super::token::{Lexeme, Lexer, TokenKind};
use super::{Script, Statement, mend, parse, plain};

/// The fixture files with their names, in order.
fn fixtures() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/statements");
    let entries = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|end| end == "sql"));
    let mut files: Vec<_> = files
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// `kind | what the change holds beside its defaults`.
fn line(statement: &Statement) -> String {
    let change = match &statement.change {
        Change::Dml(dml) => {
            let read = dml
                .query
                .as_ref()
                .map(|_| "read")
                .map_err(|reason| reason.as_str());
            format!("{:?} {read:?}", dml.target)
        }
        other => format!("{other:?}"),
    };
    let mut line = format!("{} | {}", statement.kind, compact(&change));
    for reason in &statement.unread {
        write!(line, "\n    unread: {reason}").unwrap();
    }
    line
}

/// Debug output without spans and without the fields that hold nothing.
fn compact(debug: &str) -> String {
    let empty = |part: &str| {
        let mut words = part.split(": ");
        let name = words
            .next()
            .is_some_and(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        name && matches!(words.next(), Some("None" | "false" | "[]")) && words.next().is_none()
    };
    let mut kept: Vec<String> = Vec::new();
    let mut parts = debug.split(", ");
    while let Some(part) = parts.next() {
        let (open, field) = part
            .rsplit_once("{ ")
            .map_or(("", part), |(open, field)| (open, field));
        let (field, close) = match field.find(" }") {
            Some(at) if !field.starts_with("span: ") => field.split_at(at),
            _ => (field, ""),
        };
        if field.starts_with("span: Span") || part.contains("span: Span { ") {
            let end = parts.next().unwrap_or_default();
            let close = end.split_once('}').map_or("", |(_, close)| close);
            kept.push(format!(
                "{}\u{0}{close}",
                part.split("span: ").next().unwrap_or_default()
            ));
        } else if empty(field) {
            let brace = if open.is_empty() { "" } else { "{" };
            kept.push(format!("{open}{brace}\u{0}{close}"));
        } else {
            kept.push(part.to_owned());
        }
    }
    let joined = kept.join(", ");
    let short = joined
        .replace("{\u{0}, ", "{ ")
        .replace("\u{0}, ", "")
        .replace(", \u{0}", "");
    short
        .replace('\u{0}', "")
        .replace("QualifiedName ", "")
        .replace("Ident(", "(")
}

#[test]
fn every_statement_kind_is_read() {
    for (name, text) in fixtures().iter().filter(|(name, _)| name != "queries") {
        let script = parse(text);
        let lines: Vec<String> = script.statements.iter().map(line).collect();
        insta::assert_snapshot!(name.as_str(), lines.join("\n"));
        for statement in &script.statements {
            let shown = statement.span.text(text);
            assert!(
                !matches!(statement.change, Change::Opaque { .. }),
                "{name}: {shown}"
            );
        }
    }
}

/// What must hold for any text: spans in order, and every token but semicolons in one of them.
fn check(text: &str) -> Script {
    let script = parse(text);
    let mut end = 0;
    for statement in &script.statements {
        assert!(statement.span.start >= end && statement.span.end > statement.span.start);
        assert!(text.get(statement.span.start..statement.span.end).is_some());
        end = statement.span.end;
    }
    // A lexer that knows nothing of copied data would see other tokens there.
    if script.statements.iter().any(|one| one.kind == "copy") {
        return script;
    }
    for lexeme in Lexer::new(text) {
        let Lexeme::Token(token) = lexeme else {
            continue;
        };
        let mut spans = script.statements.iter().map(|statement| statement.span);
        let covered =
            spans.any(|span| span.start <= token.span.start && token.span.end <= span.end);
        assert!(
            covered || token.kind == TokenKind::Punctuation(b';'),
            "{token:?} of {text:?}"
        );
    }
    script
}

#[test]
fn damaged_statements_never_panic() {
    for (_, text) in fixtures() {
        for statement in parse(&text).statements {
            let own = statement.span.text(&text);
            let tokens: Vec<_> = Lexer::new(own)
                .filter_map(|lexeme| match lexeme {
                    Lexeme::Token(token) => Some(token.span),
                    Lexeme::Comment(_) => None,
                })
                .collect();
            // Each place once for short statements; long ones in steps.
            for span in tokens.iter().step_by(1 + tokens.len() / 24) {
                let (before, after) = (&own[..span.start], &own[span.end..]);
                for damaged in [
                    before.to_owned(),
                    format!("{before}{after}"),
                    format!("{before}'{after}"),
                    format!("{before}){after}"),
                    format!("{before}( , {after}"),
                    after.to_owned(),
                ] {
                    check(&damaged);
                }
            }
        }
    }
}

/// Where a text is plain, sqlparser's own tokenizer says the same of it; but that it takes a comment right behind an
/// operator for a part of it, and refuses a text that begins with `._`.
fn check_plain(text: &str) {
    if let (Some(tokens), Ok(theirs)) = (plain::tokens(text), mend::tokenized(text)) {
        let comment = theirs.iter().any(|one| match &one.token {
            Token::CustomBinaryOperator(symbol) => symbol.contains("--") || symbol.contains("/*"),
            _ => false,
        });
        if !comment {
            assert_eq!(tokens, theirs, "{text}");
        }
    }
}

#[test]
fn plain_tokens_are_those_of_sqlparser() {
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => check_each_plain(&fs::read_to_string(path).unwrap_or_default()),
            }
        }
    }
}

/// Statement by statement too: one that is not plain would hide the others.
fn check_each_plain(text: &str) {
    check_plain(text);
    for statement in parse(text).statements {
        check_plain(statement.span.text(text));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_cut_whole(text in "\\PC{0,80}") {
        check(&text);
        check_plain(&text);
    }

    #[test]
    fn any_symbols_are_those_of_sqlparser(symbols in proptest::collection::vec(
        prop_oneof![
            Just("a"), Just("n"), Just("e"), Just("u"), Just("x"), Just("q"), Just("select"), Just("'b'"), Just("''"), Just("\"c\""),
            Just("1"), Just("2.5"), Just("."), Just(".."), Just("$1"), Just("$"), Just("_"), Just("0x"), Just("é"), Just("'é'"),
            Just(" "), Just(" "), Just("\n"), Just("\r\n"), Just("\t"), Just(" -- c\n"), Just(" /* c */"), Just(","), Just("("),
            Just(")"), Just("["), Just("]"), Just(":"), Just("::"), Just("="), Just("<"), Just(">"), Just("-"), Just("+"),
            Just("*"), Just("/"), Just("%"), Just("|"), Just("||"), Just("!"), Just("&"), Just("@"), Just("?"), Just("#"),
        ], 0..12,
    )) {
        check_plain(&symbols.concat());
    }

    #[test]
    fn any_words_are_cut_whole(words in proptest::collection::vec(
        prop_oneof![
            Just("create"), Just("table"), Just("alter"), Just("function"), Just("begin"), Just("atomic"),
            Just("end"), Just("case"), Just("("), Just(")"), Just(";"), Just("'"), Just("$$"), Just("\""),
            Just("--"), Just("/*"), Just("*/"), Just("\n"), Just("\\."), Just("copy t from stdin;\n"), Just(","),
            Just("add column"), Just("t"), Just("E'\\"), Just("::"), Just("é"), Just(":v"), Just("[1:"), Just("as"),
        ], 0..24,
    )) {
        check(&words.join(" "));
    }
}
