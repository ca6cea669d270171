//! What a rule says before the engine puts it in its place.

use super::{Applicability, Class, Edit, Fix, Risk, Severity, Subject};
use crate::compat::Break;
use crate::schema::ResolvedName;
use crate::sql::ast::Ident;

/// Collects what one rule says of one subject.
#[derive(Debug, Default)]
pub(in crate::rules) struct Findings {
    pub(super) drafts: Vec<Draft>,
}

impl Findings {
    /// Adds one.
    pub(in crate::rules) fn add(&mut self, draft: Draft) {
        self.drafts.push(draft);
    }
}

/// A finding without its rule and place.
#[derive(Debug)]
pub(in crate::rules) struct Draft {
    pub(super) severity: Severity,
    pub(super) classes: Vec<Class>,
    pub(super) objects: Vec<String>,
    pub(super) message: String,
    pub(super) help: String,
    pub(super) breaks: Vec<Break>,
    pub(super) fixes: Vec<Fix>,
}

impl Draft {
    /// What: a lower-case fragment without a final stop.
    pub(in crate::rules) fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            classes: Vec::new(),
            objects: Vec::new(),
            message: message.into(),
            help: String::new(),
            breaks: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// What it says, by class.
    pub(in crate::rules) fn classes(mut self, classes: impl IntoIterator<Item = Class>) -> Self {
        self.classes.extend(classes);
        self
    }

    /// A relation it is about.
    pub(in crate::rules) fn relation(mut self, name: &ResolvedName) -> Self {
        self.objects.push(name.to_string());
        self
    }

    /// A column it is about.
    pub(in crate::rules) fn column(mut self, table: &ResolvedName, column: &Ident) -> Self {
        self.objects.push(format!("{table}.{column}"));
        self
    }

    /// Another severity than it was begun with.
    pub(in crate::rules) fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// What to do.
    pub(in crate::rules) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// What the change does to the application: `breaks-app` unless every known release survives.
    pub(in crate::rules) fn risk(mut self, risk: &Risk) -> Self {
        match risk {
            Risk::Survived => self,
            Risk::Unknown => self.classes([Class::BreaksApp]),
            Risk::Broken(breaks) => {
                self.breaks.extend(breaks.iter().cloned());
                self.severity = Severity::Error;
                self.classes([Class::BreaksApp])
            }
        }
    }

    /// The queries of known releases that break with it, if any.
    pub(in crate::rules) fn breaks(self, subject: &Subject<'_>) -> Self {
        match subject.risk() {
            Risk::Unknown | Risk::Survived => self,
            broken @ Risk::Broken(_) => self.risk(&broken),
        }
    }

    /// A way to mend it.
    pub(in crate::rules) fn fix(
        mut self,
        title: impl Into<String>,
        applicability: Applicability,
        edits: Vec<Edit>,
    ) -> Self {
        self.fixes.push(Fix {
            title: title.into(),
            applicability,
            edits,
        });
        self
    }
}
