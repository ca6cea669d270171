//! Lengths and precisions that a type of PostgreSQL's own does not have.

use super::Refusal;
use crate::sql::ast::TypeName;

/// The longest `varchar` (`MaxAttrSize` of PostgreSQL 18, `htup_details.h`).
const LONGEST_TEXT: i32 = 10_485_760;

/// The longest `bit`, which counts bits.
const LONGEST_BITS: i32 = 8 * LONGEST_TEXT;

/// Refuses modifiers that are out of range (`anychar_typmodin`, `anybit_typmodin`, `numerictypmodin`). Those that are no
/// numbers are not judged.
pub(super) fn fit(ty: &TypeName, version: Option<u16>) -> Result<(), Refusal> {
    let name = ty.name.as_str();
    if !matches!(name, "varchar" | "bpchar" | "bit" | "varbit" | "numeric") {
        return Ok(());
    }
    let mut numbers = Vec::new();
    for written in &ty.modifiers {
        if written.is_empty()
            || !written
                .trim_start_matches('-')
                .chars()
                .all(|c| c.is_ascii_digit())
        {
            return Ok(());
        }
        let Ok(number) = written.parse::<i32>() else {
            // The grammar itself takes no other length of a text (`CharacterWithLength`).
            return Err(match name {
                "varchar" | "bpchar" => {
                    Refusal::new("42601", format!("syntax error at or near \"{written}\""))
                }
                _ => {
                    let message = format!("value \"{written}\" is out of range for type integer");
                    Refusal::new("22003", message)
                }
            });
        };
        numbers.push(number);
    }
    let message = match (name, numbers.as_slice()) {
        ("numeric", [precision]) => numeric(*precision, 0, version),
        ("numeric", [precision, scale]) => numeric(*precision, *scale, version),
        ("varchar", [length]) => long(*length, "varchar", LONGEST_TEXT),
        ("bpchar", [length]) => long(*length, "char", LONGEST_TEXT),
        (bits @ ("bit" | "varbit"), [length]) => long(*length, bits, LONGEST_BITS),
        _ => None,
    };
    message.map_or(Ok(()), |message| Err(Refusal::new("22023", message)))
}

fn long(length: i32, shown: &str, longest: i32) -> Option<String> {
    if length < 1 {
        return Some(format!("length for type {shown} must be at least 1"));
    }
    (length > longest).then(|| format!("length for type {shown} cannot exceed {longest}"))
}

/// From 15 on a scale may be negative, or greater than the precision (manual 15, appendix E).
fn numeric(precision: i32, scale: i32, version: Option<u16>) -> Option<String> {
    if !(1..=1000).contains(&precision) {
        return Some(format!(
            "NUMERIC precision {precision} must be between 1 and 1000"
        ));
    }
    if version == Some(14) {
        return (!(0..=precision).contains(&scale))
            .then(|| format!("NUMERIC scale {scale} must be between 0 and precision {precision}"));
    }
    (!(-1000..=1000).contains(&scale))
        .then(|| format!("NUMERIC scale {scale} must be between -1000 and 1000"))
}
