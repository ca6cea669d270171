//! The JSON document of `concertina plan`.

use serde::Serialize;

use crate::plan::{Plan, PlannedLock, ReleaseStep};
use crate::sql::Phase;

/// What `concertina plan --format json` prints: the plans of one or more migrations, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    version: u32,
    migrations: Vec<DocumentMigration>,
    releases: Vec<ReleaseStep>,
    notes: Vec<String>,
}

/// One planned migration with the file it goes into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentMigration {
    /// The file, as the layout names it.
    pub file: String,
    /// Its phase.
    pub phase: Phase,
    /// The release below which no instance may be alive.
    pub after: Option<String>,
    /// The strongest lock it takes on each relation that was there before the plan.
    pub locks: Vec<PlannedLock>,
    /// The text.
    pub sql: String,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            version: 1,
            migrations: Vec::new(),
            releases: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl Document {
    /// Adds a plan with the file of each of its migrations.
    pub fn add(&mut self, plan: &Plan, files: impl IntoIterator<Item = String>) {
        let migrations =
            plan.migrations
                .iter()
                .zip(files)
                .map(|(planned, file)| DocumentMigration {
                    file,
                    phase: planned.phase,
                    after: planned.after.clone(),
                    locks: planned.locks.clone(),
                    sql: planned.sql.clone(),
                });
        self.migrations.extend(migrations);
        self.releases.extend(plan.releases.iter().cloned());
        self.notes.extend(plan.notes.iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::PlannedMigration;
    use crate::sql::TransactionMode;

    #[test]
    fn document_is_as_the_machine_interface_says() {
        let plan = Plan {
            migrations: vec![PlannedMigration {
                name: "users_full_name_contract".into(),
                phase: Phase::Contract,
                after: Some("2.0.0".into()),
                transaction: TransactionMode::Wrapped,
                sql: "SELECT 1;\n".into(),
                locks: vec![PlannedLock {
                    relation: "public.users".into(),
                    mode: "ACCESS EXCLUSIVE".into(),
                }],
            }],
            releases: vec![ReleaseStep {
                step: "N".into(),
                application: "reads and writes name".into(),
            }],
            notes: Vec::new(),
        };
        let mut document = Document::default();
        document.add(&plan, ["V10__users_full_name_contract.sql".to_owned()]);
        let json = serde_json::to_string(&document).unwrap();
        insta::assert_snapshot!(json, @r#"{"version":1,"migrations":[{"file":"V10__users_full_name_contract.sql","phase":"contract","after":"2.0.0","locks":[{"relation":"public.users","mode":"ACCESS EXCLUSIVE"}],"sql":"SELECT 1;\n"}],"releases":[{"step":"N","application":"reads and writes name"}],"notes":[]}"#);
    }
}
