//! A catalogue, and the differences between two, as text for people.

use std::fmt::Write;

use crate::schema::diff::Difference;
use crate::schema::document::{ColumnDocument, Document};

/// Each relation with its columns, constraints and indexes, then types, sequences, functions and extensions.
pub fn schema_text(document: &Document) -> String {
    let mut text = String::new();
    for relation in &document.relations {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{} {}", relation.kind, relation.name);
        let width = relation
            .columns
            .iter()
            .map(|column| column.name.chars().count())
            .max()
            .unwrap_or(0);
        for column in &relation.columns {
            let _ = writeln!(text, "    {:<width$}  {}", column.name, column_text(column));
        }
        if !relation.columns_known {
            text.push_str("    (columns that could not be read)\n");
        }
        let own_index = |name: &str| {
            relation
                .constraints
                .iter()
                .any(|constraint| constraint.name == name)
        };
        for constraint in &relation.constraints {
            let _ = writeln!(
                text,
                "  constraint {} {}",
                constraint.name, constraint.definition
            );
        }
        for index in relation
            .indexes
            .iter()
            .filter(|index| !own_index(&index.name))
        {
            let invalid = if index.valid { "" } else { " (invalid)" };
            let _ = writeln!(text, "  {}{invalid}", index.definition);
        }
        for trigger in &relation.triggers {
            let _ = writeln!(
                text,
                "  trigger {} calls {}",
                trigger.name, trigger.function
            );
        }
        for policy in &relation.policies {
            let _ = writeln!(text, "  policy {policy}");
        }
    }
    for one in &document.types {
        let labels = one
            .labels
            .as_ref()
            .map(|labels| format!(" ({})", labels.join(", ")))
            .unwrap_or_default();
        let _ = writeln!(text, "{} {}{labels}", one.kind, one.name);
    }
    for one in &document.sequences {
        let owner = one
            .owned_by
            .as_ref()
            .map(|column| format!(", owned by {column}"))
            .unwrap_or_default();
        let _ = writeln!(text, "sequence {} as {}{owner}", one.name, one.ty);
    }
    for one in &document.functions {
        let _ = writeln!(
            text,
            "{} {}({})",
            one.kind,
            one.name,
            one.arguments.join(", ")
        );
    }
    for one in &document.extensions {
        let _ = writeln!(text, "extension {} in {}", one.name, one.schema);
    }
    text
}

fn column_text(column: &ColumnDocument) -> String {
    let mut text = column.ty.clone();
    if column.not_null {
        text.push_str(" not null");
    }
    if let Some(default) = &column.default {
        // Writing to a String cannot fail.
        let _ = write!(text, " default {default}");
    }
    if let Some(identity) = &column.identity {
        let _ = write!(
            text,
            " generated {} as identity",
            identity.replace('-', " ")
        );
    }
    if let Some(generated) = &column.generated {
        let _ = write!(text, " generated always as ({})", generated.expression);
    }
    text
}

/// A line for each difference between the migrations (left) and a server (right), then their number.
pub fn differences_text(differences: &[Difference]) -> String {
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
    let line = |one: &Difference| {
        let (migrations, server) = (side(&one.left), side(&one.right));
        format!(
            "{} {}: {migrations} by the migrations, {server} on the server\n",
            one.aspect.as_str(),
            one.object
        )
    };
    let lines: String = differences.iter().map(line).collect();
    format!("{lines}{} differences\n", differences.len())
}
