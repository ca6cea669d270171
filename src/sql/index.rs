//! Reads `CREATE INDEX`, the elements of an index or partition key, and option lists.

use super::ast::{
    Change, CreateIndex, Ident, IndexElement, IndexKey, IndexParameters, StorageOption,
};
use super::constraint::nulls_not_distinct;
use super::keyword::NameKind;
use super::reader::{Read, Reader};

/// Reads what follows `CREATE [UNIQUE] INDEX`.
pub(crate) fn create_index(r: &mut Reader<'_>, unique: bool) -> Read<Change> {
    let concurrently = r.eat("concurrently");
    let if_not_exists = r.eat("if not exists");
    let name = if r.is("on") { None } else { Some(r.name()?) };
    let named = match &name {
        None if if_not_exists => Err("IF NOT EXISTS goes with the name of the index".to_owned()),
        Some(name) if name.schema.is_some() => Err(format!(
            "{name}: a new index is always in the schema of its table, and is named without it"
        )),
        _ => Ok(()),
    };
    r.expect("on")?;
    let (table, only) = r.relation()?;
    let mut index = CreateIndex {
        name: name.map(|name| name.name),
        table,
        only,
        unique,
        concurrently,
        if_not_exists,
        method: None,
        elements: Vec::new(),
        nulls_not_distinct: false,
        predicate: None,
        parameters: IndexParameters::default(),
    };
    let rest = definition(r, &mut index);
    r.noted("index", named.and(rest));
    r.finish("index");
    Ok(Change::CreateIndex(Box::new(index)))
}

fn definition(r: &mut Reader<'_>, index: &mut CreateIndex) -> Read<()> {
    if r.eat("using") {
        index.method = Some(r.ident()?);
    }
    index.elements = index_elements(r)?;
    if r.eat("include") {
        index.parameters.include = r.ident_list()?;
    }
    index.nulls_not_distinct = nulls_not_distinct(r);
    if r.eat("with") {
        index.parameters.options = options(r)?;
    }
    if r.eat("tablespace") {
        index.parameters.tablespace = Some(r.ident()?);
    }
    if r.eat("where") {
        index.predicate = Some(r.rest().expr()?);
    }
    Ok(())
}

/// Reads the elements in parentheses of an index or partition key.
pub(crate) fn index_elements(r: &mut Reader<'_>) -> Read<Vec<IndexElement>> {
    let mut elements = Vec::new();
    for mut item in r.parens()?.items() {
        elements.push(index_element(&mut item)?);
        item.finish("element of the index");
    }
    if elements.is_empty() {
        return Err("an index without columns".to_owned());
    }
    Ok(elements)
}

/// Reads one element: a column, a call or an expression in parentheses, and how it is ordered.
pub(crate) fn index_element(r: &mut Reader<'_>) -> Read<IndexElement> {
    let key = key(r)?;
    let collation = if r.eat("collate") {
        Some(r.name()?)
    } else {
        None
    };
    let ends = |r: &Reader<'_>| r.is_end() || r.is("asc") || r.is("desc") || r.is("nulls");
    let operator_class = if ends(r) { None } else { Some(r.name()?) };
    if operator_class.is_some() && r.is_punct(b'(') {
        r.parens()?;
    }
    let descending = r.eat("desc");
    if !descending {
        r.eat("asc");
    }
    let nulls = r.eat_any(&["nulls first", "nulls last"]);
    Ok(IndexElement {
        key,
        collation,
        operator_class,
        descending,
        nulls_first: nulls.map(|words| words == "nulls first"),
    })
}

fn key(r: &mut Reader<'_>) -> Read<IndexKey> {
    if r.is_punct(b'(') {
        return Ok(IndexKey::Expr(r.paren_expr()?));
    }
    let start = r.clone();
    let mut names = r.labels()?;
    if r.is_punct(b'(') {
        r.parens()?;
        return Ok(IndexKey::Expr(start.up_to(r).expr()?));
    }
    start.note_reserved(NameKind::Column);
    names
        .pop()
        .map(IndexKey::Column)
        .ok_or_else(|| r.expected("a column"))
}

/// Reads `(name = value, ..)`, and `(name value)` as OPTIONS lists write it.
pub(crate) fn options(r: &mut Reader<'_>) -> Read<Vec<StorageOption>> {
    let mut all = Vec::new();
    for mut item in r.parens()?.items() {
        item.eat_any(&["add", "set", "drop"]);
        let name: Vec<Ident> = item.labels()?;
        let name: Vec<&str> = name.iter().map(Ident::as_str).collect();
        item.eat_operator("=");
        let value = match item.take_rest() {
            "" => None,
            text => Some(text.to_owned()),
        };
        all.push(StorageOption {
            name: name.join("."),
            value,
        });
    }
    Ok(all)
}
