//! What the access methods of indexes can do: their types, columns and parameters (`pg_am.dat`, `pg_opclass.dat` of 14 to 18).

use super::index::has_order;
use super::operator::spelled;
use super::{Catalogue, EnumOrOther, Index, Refusal, Relation};
use crate::sql::ast::{IndexKey, ObjectKind, QualifiedName, TypeName};

const METHODS: [&str; 6] = ["brin", "btree", "gin", "gist", "hash", "spgist"];

/// Operator classes that an extension brings, of those that are used most.
const CLASSES: &[(&str, &str)] = &[
    ("gin_trgm_ops", "pg_trgm"),
    ("gist_trgm_ops", "pg_trgm"),
    ("vector_cosine_ops", "vector"),
    ("vector_ip_ops", "vector"),
    ("vector_l2_ops", "vector"),
];

/// Why an access method makes no such index.
pub(super) fn refusal(
    catalogue: &Catalogue,
    relation: &Relation,
    index: &Index,
) -> Option<Refusal> {
    let refuse = |sqlstate, message: String| Some(Refusal::new(sqlstate, message));
    let method = index.method.as_str();
    if !METHODS.contains(&method) {
        let made = |(kind, _): &(ObjectKind, _)| *kind == ObjectKind::AccessMethod;
        let nothing_else =
            catalogue.extensions().next().is_none() && !catalogue.others.keys().any(made);
        let message = format!("access method \"{method}\" does not exist");
        return nothing_else.then(|| Refusal::new("42704", message));
    }
    let lacks = |what: &str| {
        refuse(
            "0A000",
            format!("access method \"{method}\" does not support {what}"),
        )
    };
    if index.unique && method != "btree" {
        return lacks("unique indexes");
    }
    if index.elements.len() > 1 && matches!(method, "hash" | "spgist") {
        return lacks("multicolumn indexes");
    }
    if !index.include.is_empty() && matches!(method, "brin" | "gin" | "hash") {
        return lacks("included columns");
    }
    if method != "btree" && index.elements.iter().any(|one| one.descending) {
        return lacks("ASC/DESC options");
    }
    if let Some(option) = index
        .options
        .iter()
        .find(|option| !parameters(method).contains(&option.name.as_str()))
    {
        return refuse(
            "22023",
            format!("unrecognized parameter \"{}\"", option.name),
        );
    }
    // Not less than a tenth of a page (`BTREE_MIN_FILLFACTOR`, `HASH_MIN_FILLFACTOR` and their like).
    let filled = index
        .options
        .iter()
        .find(|option| option.name == "fillfactor");
    if let Some(value) = filled.and_then(|option| option.value.as_deref())
        && value
            .parse::<i32>()
            .is_ok_and(|number| !(10..=100).contains(&number))
    {
        let message = format!("value {value} out of bounds for option \"fillfactor\"");
        return refuse("22023", message);
    }
    for element in &index.elements {
        match (&element.operator_class, &element.key) {
            (Some(class), key) => {
                let column = match key {
                    IndexKey::Column(column) => relation.column(column),
                    IndexKey::Expr(_) => None,
                };
                let ty = column.map(|column| catalogue.base_type(&column.ty));
                if let Some(Err(refusal)) = ty.map(|ty| class_takes(class, &ty)) {
                    return Some(refusal);
                }
                let brought = CLASSES.iter().find(|(name, _)| class.name == *name);
                if brought.is_none_or(|(_, own)| catalogue.has_extension(&(*own).into())) {
                    continue;
                }
                let message = format!(
                    "operator class \"{class}\" does not exist for access method \"{method}\""
                );
                return refuse("42704", message);
            }
            (None, IndexKey::Column(column)) => {
                let Some(column) = relation.column(column) else {
                    continue;
                };
                if !has_default_class(catalogue, method, &catalogue.base_type(&column.ty)) {
                    let message = format!(
                        "data type {} has no default operator class for access method \"{method}\"",
                        column.ty
                    );
                    return refuse("42704", message);
                }
            }
            (None, IndexKey::Expr(_)) => {}
        }
    }
    None
}

/// Refuses a type for an operator class that is of others (`pg_opclass.dat`, `ResolveOpClass`).
pub(super) fn class_takes(class: &QualifiedName, ty: &TypeName) -> Result<(), Refusal> {
    let of: &[&str] = match class.name.as_str() {
        "text_pattern_ops" | "varchar_pattern_ops" => &["text", "varchar"],
        "bpchar_pattern_ops" => &["text", "varchar", "bpchar"],
        "jsonb_ops" | "jsonb_path_ops" => &["jsonb"],
        _ => return Ok(()),
    };
    let has = !ty.array && of.contains(&ty.name.as_str());
    if has || !class.may_be_system() {
        return Ok(());
    }
    let message = format!(
        "operator class \"{}\" does not accept data type {}",
        class.name,
        spelled(ty)
    );
    Err(Refusal::new("42804", message))
}

/// The parameters that `WITH` takes (manual 18, CREATE INDEX, "Index Storage Parameters").
fn parameters(method: &str) -> &'static [&'static str] {
    match method {
        "btree" => &["fillfactor", "deduplicate_items"],
        "gist" => &["fillfactor", "buffering"],
        "gin" => &["fastupdate", "gin_pending_list_limit"],
        "brin" => &["pages_per_range", "autosummarize"],
        _ => &["fillfactor"],
    }
}

/// Whether a method has an operator class for a type that need not be named; of types that others bring it may.
pub(super) fn has_default_class(catalogue: &Catalogue, method: &str, ty: &TypeName) -> bool {
    let installed = |extension: &str| catalogue.has_extension(&extension.into());
    let is_enum = matches!(
        catalogue
            .type_def(&ty.qualified_name())
            .map(|def| &def.kind),
        Some(EnumOrOther::Enum(_))
    );
    if ty.schema.is_some() && !is_enum && !ty.array {
        return true;
    }
    let name = ty.name.as_str();
    let is = |names: &[&str]| !ty.array && names.contains(&name);
    let ranges = !ty.array && name.ends_with("range");
    const SHAPES: [&str; 4] = ["point", "box", "polygon", "circle"];
    match method {
        "btree" => has_order(ty),
        "gin" => ty.array || is(&["jsonb", "tsvector"]) || installed("btree_gin"),
        "gist" => {
            let own = is(&SHAPES) || is(&["tsvector", "tsquery"]) || ranges;
            own || installed("btree_gist") || ty.array && installed("intarray")
        }
        "hash" => !is(&[
            "json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle", "bit",
            "varbit", "tsvector", "tsquery", "money",
        ]),
        "spgist" => {
            is(&["text", "varchar", "inet", "cidr", "point", "box", "polygon"])
                || ranges && !name.ends_with("multirange")
        }
        "brin" => {
            !ty.array
                && !is_enum
                && !is(&[
                    "json", "jsonb", "xml", "tsvector", "tsquery", "bool", "point", "line", "lseg",
                    "path", "polygon", "circle",
                ])
        }
        _ => true,
    }
}
