//! sqlparser's data types brought to the names of `pg_type`.

use sqlparser::ast::{
    ArrayElemTypeDef, CharacterLength, DataType, ExactNumberInfo, GeometricTypeKind, TimezoneInfo,
    TypeModifier,
};

use super::ast::{Ident, TypeName};
use super::expr::{ident, name};

/// The type as the catalogue names it (manual 18, table 8.1).
pub(super) fn type_name(ty: &DataType) -> TypeName {
    match ty {
        DataType::Character(length) | DataType::Char(length) => sized("bpchar", length, Some("1")),
        DataType::CharacterVarying(length)
        | DataType::CharVarying(length)
        | DataType::Varchar(length)
        | DataType::Nvarchar(length) => sized("varchar", length, None),
        DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => match info {
            ExactNumberInfo::None => TypeName::plain("numeric"),
            ExactNumberInfo::Precision(digits) => modified("numeric", [digits.to_string()]),
            ExactNumberInfo::PrecisionAndScale(digits, scale) => {
                modified("numeric", [digits.to_string(), scale.to_string()])
            }
        },
        DataType::Float(ExactNumberInfo::Precision(bits)) if *bits <= 24 => {
            TypeName::plain("float4")
        }
        DataType::Float(_) | DataType::DoublePrecision | DataType::Float8 => {
            TypeName::plain("float8")
        }
        DataType::Real | DataType::Float4 => TypeName::plain("float4"),
        DataType::SmallInt(_) | DataType::Int2(_) => TypeName::plain("int2"),
        DataType::Int(_) | DataType::Integer(_) | DataType::Int4(_) => TypeName::plain("int4"),
        DataType::BigInt(_) | DataType::Int8(_) => TypeName::plain("int8"),
        DataType::Bool | DataType::Boolean => TypeName::plain("bool"),
        DataType::Time(precision, zone) => moment("time", *precision, zone),
        DataType::Timestamp(precision, zone) => moment("timestamp", *precision, zone),
        DataType::Interval { fields, precision } => {
            let words = fields.as_ref().map(ToString::to_string).unwrap_or_default();
            let words = words.split_whitespace().map(str::to_ascii_lowercase);
            modified(
                "interval",
                words.chain(precision.map(|digits| digits.to_string())),
            )
        }
        DataType::Bit(length) => {
            modified("bit", [length.map_or("1".to_owned(), |n| n.to_string())])
        }
        DataType::BitVarying(length) | DataType::VarBit(length) => {
            modified("varbit", length.map(|n| n.to_string()))
        }
        DataType::GeometricType(kind) => TypeName::plain(match kind {
            GeometricTypeKind::Point => "point",
            GeometricTypeKind::Line => "line",
            GeometricTypeKind::LineSegment => "lseg",
            GeometricTypeKind::GeometricBox => "box",
            GeometricTypeKind::GeometricPath => "path",
            GeometricTypeKind::Polygon => "polygon",
            GeometricTypeKind::Circle => "circle",
        }),
        DataType::Array(
            ArrayElemTypeDef::SquareBracket(element, _)
            | ArrayElemTypeDef::Qualified(element, _)
            | ArrayElemTypeDef::AngleBracket(element)
            | ArrayElemTypeDef::Parenthesis(element),
        ) => type_name(element).into_array(),
        DataType::Custom(written, modifiers) => {
            let full = name(written);
            let modifiers = modifiers.iter().map(|modifier| match modifier {
                TypeModifier::Identifier(word) => ident(word).as_str().to_owned(),
                TypeModifier::Number(digits, _) => digits.clone(),
                TypeModifier::String(text) => format!("'{}'", text.replace('\'', "''")),
            });
            TypeName {
                schema: full.schema.filter(|schema| *schema != "pg_catalog"),
                name: full.name,
                modifiers: modifiers.collect(),
                array: false,
            }
        }
        // The remaining ones are written in PostgreSQL as the name they have: uuid, text, jsonb, ...
        other => TypeName {
            schema: None,
            name: Ident::folded(&other.to_string()),
            modifiers: Vec::new(),
            array: false,
        },
    }
}

fn modified(name: &str, modifiers: impl IntoIterator<Item = String>) -> TypeName {
    TypeName {
        modifiers: modifiers.into_iter().collect(),
        ..TypeName::plain(name)
    }
}

fn sized(name: &str, length: &Option<CharacterLength>, default: Option<&str>) -> TypeName {
    let length = match length {
        Some(CharacterLength::IntegerLength { length, .. }) => Some(length.to_string()),
        Some(CharacterLength::Max) => None,
        None => default.map(str::to_owned),
    };
    modified(name, length)
}

fn moment(name: &str, precision: Option<u64>, zone: &TimezoneInfo) -> TypeName {
    let zoned = match zone {
        TimezoneInfo::WithTimeZone | TimezoneInfo::Tz => "tz",
        TimezoneInfo::None | TimezoneInfo::WithoutTimeZone => "",
    };
    modified(
        &format!("{name}{zoned}"),
        precision.map(|digits| digits.to_string()),
    )
}
