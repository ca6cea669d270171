//! Whether a sequence can count as its options say: its type, bounds, start and step.

use super::Refusal;
use crate::sql::ast::SequenceOption;

/// Refuses options of a sequence that is made, or is there with what was `kept` of it (`init_params` of PostgreSQL 18,
/// `sequence.c`). What is not known for sure is not judged.
pub(super) fn refuse(
    kept: &[SequenceOption],
    options: &[SequenceOption],
    new: bool,
    of_identity: bool,
) -> Result<(), Refusal> {
    no_option_twice(options)?;
    let is_sequence_type = |name: &str| matches!(name, "int2" | "int4" | "int8");
    let written = options.iter().find_map(|option| match option {
        SequenceOption::As(ty) => Some(ty),
        _ => None,
    });
    if let Some(ty) = written
        && (ty.array || ty.schema.is_none() && !is_sequence_type(ty.name.as_str()))
    {
        let what = match of_identity {
            true => "identity column type",
            false => "sequence type",
        };
        let message = format!("{what} must be smallint, integer, or bigint");
        return Err(refused(message));
    }
    let step = number(options, "INCREMENT");
    if step == Some(0) {
        return Err(refused("INCREMENT must not be zero"));
    }
    if let Some(counting) = Counting::of(kept, options, new) {
        counting.refuse(options)?;
    }
    match number(options, "CACHE") {
        Some(cache) if cache <= 0 => Err(refused(format!(
            "CACHE ({cache}) must be greater than zero"
        ))),
        _ => Ok(()),
    }
}

fn refused(message: impl Into<String>) -> Refusal {
    Refusal::new("22023", message)
}

fn no_option_twice(options: &[SequenceOption]) -> Result<(), Refusal> {
    let kind = |option: &SequenceOption| match option {
        SequenceOption::As(_) => "AS".to_owned(),
        SequenceOption::OwnedBy(_) => "OWNED BY".to_owned(),
        SequenceOption::Name(_) => "NAME".to_owned(),
        SequenceOption::Restart(_) => "RESTART".to_owned(),
        SequenceOption::Other(words, _) => words.trim_start_matches("NO ").to_owned(),
    };
    let twice = options.iter().enumerate().any(|(at, option)| {
        let mut before = options.iter().take(at);
        before.any(|other| kind(other) == kind(option))
    });
    match twice {
        true => Err(Refusal::new("42601", "conflicting or redundant options")),
        false => Ok(()),
    }
}

/// The number that an option says, the last one of its kind.
fn number(options: &[SequenceOption], wanted: &str) -> Option<i64> {
    let found = options.iter().rev().find_map(|option| match option {
        SequenceOption::Other(words, value) if words == wanted => value.as_deref(),
        _ => None,
    });
    found?.parse().ok()
}

fn says(options: &[SequenceOption], words: &[&str]) -> bool {
    options.iter().any(
        |option| matches!(option, SequenceOption::Other(own, _) if words.contains(&own.as_str())),
    )
}

/// The bounds of a sequence after its options, and where it starts if that is known.
struct Counting {
    ty: &'static str,
    /// The least and the greatest value of the type.
    of_type: (i64, i64),
    least: i64,
    greatest: i64,
    start: Option<i64>,
}

impl Counting {
    /// None where what the sequence was before does not follow from what is kept of it.
    fn of(kept: &[SequenceOption], options: &[SequenceOption], new: bool) -> Option<Self> {
        let bounds = ["MINVALUE", "MAXVALUE", "NO MINVALUE", "NO MAXVALUE"];
        let backwards =
            |all: &[SequenceOption]| number(all, "INCREMENT").is_some_and(|step| step < 0);
        let mut changes_type = options
            .iter()
            .any(|option| matches!(option, SequenceOption::As(_)));
        changes_type &= says(kept, &bounds);
        if !new && (backwards(kept) || backwards(options) || changes_type) {
            return None;
        }
        let type_of = |all: &[SequenceOption]| {
            all.iter().rev().find_map(|option| match option {
                SequenceOption::As(ty) => Some(ty.name.as_str().to_owned()),
                _ => None,
            })
        };
        let ty = type_of(options).or_else(|| type_of(kept));
        let (ty, of_type) = match ty.as_deref() {
            None | Some("int8") => ("bigint", (i64::MIN, i64::MAX)),
            Some("int4") => ("integer", (i32::MIN.into(), i32::MAX.into())),
            Some("int2") => ("smallint", (i16::MIN.into(), i16::MAX.into())),
            Some(_) => return None,
        };
        let (least, greatest) = match backwards(options) {
            true => (of_type.0, -1),
            false => (1, of_type.1),
        };
        let bound = |words: &str, none: &str, default: i64| {
            let sources = [options, kept];
            let found = sources.iter().find(|all| says(all, &[words, none]));
            match found {
                Some(all) if says(all, &[words]) => number(all, words),
                _ => Some(default),
            }
        };
        let mut counting = Self {
            ty,
            of_type,
            least: bound("MINVALUE", "NO MINVALUE", least)?,
            greatest: bound("MAXVALUE", "NO MAXVALUE", greatest)?,
            start: None,
        };
        counting.start = if says(options, &["START"]) {
            Some(number(options, "START")?)
        } else if new {
            Some(match backwards(options) {
                true => counting.greatest,
                false => counting.least,
            })
        } else if says(kept, &["START"]) {
            Some(number(kept, "START")?)
        } else {
            // It starts with the least value of its beginning, whatever became of that.
            (!says(kept, &bounds)).then_some(1)
        };
        Some(counting)
    }

    fn refuse(&self, options: &[SequenceOption]) -> Result<(), Refusal> {
        let (lowest, highest) = self.of_type;
        for (words, value) in [("MAXVALUE", self.greatest), ("MINVALUE", self.least)] {
            if !(lowest..=highest).contains(&value) {
                let message = format!(
                    "{words} ({value}) is out of range for sequence data type {}",
                    self.ty
                );
                return Err(refused(message));
            }
        }
        let (least, greatest) = (self.least, self.greatest);
        if least >= greatest {
            let message = format!("MINVALUE ({least}) must be less than MAXVALUE ({greatest})");
            return Err(refused(message));
        }
        if let Some(start) = self.start {
            self.holds("START", start)?;
        }
        let again = options.iter().find_map(|option| match option {
            SequenceOption::Restart(value) => Some(value.as_deref()),
            _ => None,
        });
        match again {
            Some(Some(value)) => match value.parse() {
                Ok(value) => self.holds("RESTART", value),
                Err(_) => Ok(()),
            },
            // What it has counted up to is not known.
            Some(None) | None => Ok(()),
        }
    }

    fn holds(&self, words: &str, value: i64) -> Result<(), Refusal> {
        let (least, greatest) = (self.least, self.greatest);
        let message = if value < least {
            format!("{words} value ({value}) cannot be less than MINVALUE ({least})")
        } else if value > greatest {
            format!("{words} value ({value}) cannot be greater than MAXVALUE ({greatest})")
        } else {
            return Ok(());
        };
        Err(refused(message))
    }
}
