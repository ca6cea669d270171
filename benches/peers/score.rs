//! How well each linter's answers agree with the labels, and the tables of the page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use concertina::rules::Class;

use crate::case::{CLASSES, Case};
use crate::peer::Said;

/// The answers of one linter, asked in one way.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) knows: String,
    pub(crate) claims: BTreeSet<Class>,
    counts: Vec<(Class, Counts)>,
    right: usize,
    harmless_alone: usize,
    harmless_silent: usize,
    /// Hazards of classes that it has no rule for.
    apart: usize,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    met: usize,
    missed: usize,
    alarms: usize,
}

impl Counts {
    fn precision(self) -> Option<f64> {
        share(self.met, self.alarms)
    }

    fn recall(self) -> Option<f64> {
        share(self.met, self.missed)
    }

    fn f1(self) -> Option<f64> {
        share(2 * self.met, self.missed + self.alarms)
    }
}

fn share(right: usize, wrong: usize) -> Option<f64> {
    (right + wrong > 0).then(|| right as f64 / (right + wrong) as f64)
}

fn figure(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{share:.2}"))
}

impl Row {
    pub(crate) fn new(
        name: &str,
        knows: &str,
        claims: BTreeSet<Class>,
        cases: &[(String, Case)],
        said: &[Said],
    ) -> Self {
        let mut row = Self {
            name: name.to_owned(),
            knows: knows.to_owned(),
            claims,
            counts: CLASSES.map(|class| (class, Counts::default())).into(),
            right: 0,
            harmless_alone: 0,
            harmless_silent: 0,
            apart: 0,
        };
        for ((_, case), said) in cases.iter().zip(said) {
            let found = row.found(case, said);
            let wanted = row.wanted(case);
            row.right += usize::from(found == wanted);
            row.harmless_alone += usize::from(case.classes.is_empty() && found.is_empty());
            row.harmless_silent += usize::from(case.classes.is_empty() && said.rules.is_empty());
            row.apart += case.classes.len() - wanted.len();
            for (class, counts) in &mut row.counts {
                match (wanted.contains(class), found.contains(class)) {
                    (true, true) => counts.met += 1,
                    (true, false) => counts.missed += 1,
                    (false, true) => counts.alarms += 1,
                    (false, false) => {}
                }
            }
        }
        row
    }

    /// What it is taken to have said, of the classes that it judges.
    fn found(&self, case: &Case, said: &Said) -> BTreeSet<Class> {
        said.of(&case.classes)
            .intersection(&self.claims)
            .copied()
            .collect()
    }

    /// What the label says, of the classes that it judges.
    fn wanted(&self, case: &Case) -> BTreeSet<Class> {
        case.classes.intersection(&self.claims).copied().collect()
    }

    fn total(&self) -> Counts {
        self.counts
            .iter()
            .fold(Counts::default(), |sum, (_, one)| Counts {
                met: sum.met + one.met,
                missed: sum.missed + one.missed,
                alarms: sum.alarms + one.alarms,
            })
    }

    /// Each case that it gets wrong.
    pub(crate) fn wrong(&self, cases: &[(String, Case)], said: &[Said]) -> String {
        let mut text = String::new();
        for ((at, case), said) in cases.iter().zip(said) {
            let (found, wanted) = (self.found(case, said), self.wanted(case));
            if found != wanted {
                let names = |classes: Vec<&Class>| {
                    classes
                        .iter()
                        .map(|class| class.as_str())
                        .collect::<Vec<_>>()
                        .join(" ")
                };
                writeln!(
                    text,
                    "{at}: missed [{}], alarm [{}]; said {:?}",
                    names(wanted.difference(&found).collect()),
                    names(found.difference(&wanted).collect()),
                    said.rules
                )
                .expect("a string takes everything");
            }
        }
        text
    }
}

/// The tables of the page.
pub(crate) fn tables(rows: &[Row], cases: &[(String, Case)]) -> String {
    let harmless = cases
        .iter()
        .filter(|(_, case)| case.classes.is_empty())
        .count();
    let mut page = format!(
        "| linter | knows | precision | recall | F1 | cases all right, of {} | harmless left alone, of {harmless} | without a word |\n|---|---|---|---|---|---|---|---|\n",
        cases.len()
    );
    for row in rows {
        let total = row.total();
        writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            row.name,
            row.knows,
            figure(total.precision()),
            figure(total.recall()),
            figure(total.f1()),
            row.right,
            row.harmless_alone,
            row.harmless_silent
        )
        .expect("a string takes everything");
    }
    page += "\nBy class, precision and recall; – where it has no rule for that class.\n\n| class | cases |";
    for row in rows {
        page += &format!(" {} |", row.name);
    }
    page += "\n|---|---|";
    page += &"---|".repeat(rows.len());
    page.push('\n');
    for (at, class) in CLASSES.iter().enumerate() {
        let labelled = cases
            .iter()
            .filter(|(_, case)| case.classes.contains(class))
            .count();
        page += &format!("| {} | {labelled} |", class.as_str());
        for row in rows {
            let (_, counts) = row.counts[at];
            if row.claims.contains(class) {
                page += &format!(
                    " {} {} |",
                    figure(counts.precision()),
                    figure(counts.recall())
                );
            } else {
                page += " – |";
            }
        }
        page.push('\n');
    }
    page += "\nApart, and counted nowhere above: the hazards of classes that a linter has no rule for.\n\n| linter | no claim | hazards |\n|---|---|---|\n";
    for row in rows.iter().filter(|row| row.apart > 0) {
        let none: Vec<&str> = CLASSES
            .iter()
            .filter(|class| !row.claims.contains(class))
            .map(|class| class.as_str())
            .collect();
        page += &format!("| {} | {} | {} |\n", row.name, none.join(", "), row.apart);
    }
    page
}
