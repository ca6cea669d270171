//! Reads `CREATE POLICY` and `ALTER POLICY`.

use super::ast::{Change, Policy};
use super::reader::{Read, Reader};

/// Reads what follows `CREATE POLICY`.
pub(crate) fn create_policy(r: &mut Reader<'_>) -> Read<Change> {
    policy(r).map(Change::CreatePolicy)
}

/// Reads what follows `ALTER POLICY`.
pub(crate) fn alter_policy(r: &mut Reader<'_>) -> Read<Change> {
    let mut ahead = r.clone();
    let changed = policy(r).map(Change::AlterPolicy);
    // Of what commands a policy is, and how it goes with others, stays as it is (manual 18, ALTER POLICY).
    let kept =
        |here: &Reader<'_>| here.is("for") || here.is("as permissive") || here.is("as restrictive");
    ahead.until(kept);
    if !ahead.is_end() {
        r.note(format!(
            "action: ALTER POLICY does not say `{}`",
            ahead.rest_text()
        ));
    }
    changed
}

fn policy(r: &mut Reader<'_>) -> Read<Policy> {
    let name = r.ident()?;
    r.expect("on")?;
    let table = r.name()?;
    let rename_to = if r.eat("rename to") {
        Some(r.ident()?)
    } else {
        None
    };
    let mut inside = r.clone();
    let (mut using, mut check) = (None, None);
    while !inside.is_end() {
        if inside.eat("using") {
            using = Some(inside.paren_expr()?);
        } else if inside.eat("with check") {
            check = Some(inside.paren_expr()?);
        } else {
            inside.bump();
        }
    }
    Ok(Policy {
        name,
        table,
        rename_to,
        using,
        check,
        definition: r.take_rest().to_owned(),
    })
}
