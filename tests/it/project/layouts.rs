//! The small project of each migration tool: recognised, in order, with its transactions, and no byte moved.

use std::fmt::Write as _;
use std::path::Path;

use concertina::project::load;

fn read(folder: &str) -> String {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations-fixtures/layouts");
    let base = base.join(folder);
    let loaded = load(&base, None).unwrap();
    let short = |file: &Path| {
        let short = file.strip_prefix(&base).unwrap();
        short.display().to_string()
    };
    let mut text = format!("{}\n", loaded.layout.id);
    let (up, down) = (loaded.migrations.iter(), loaded.down.iter());
    for one in up.chain(down) {
        let marks = [(one.down, " down"), (one.dump, " dump")];
        let marks = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark);
        let file = short(Path::new(&one.file));
        writeln!(
            text,
            "{} {:?} {file}{}",
            one.version,
            one.transaction,
            marks.collect::<String>()
        )
        .unwrap();
        for statement in &one.script().statements {
            let said = statement.span.text(&one.text);
            let line = one.position(statement.span.start).line;
            let first = said.lines().next().unwrap_or_default();
            writeln!(text, "    {line}: {first}").unwrap();
        }
    }
    for file in &loaded.ignored {
        writeln!(text, "left out {}", short(file)).unwrap();
    }
    text
}

#[test]
fn goose_runs_the_up_half() {
    insta::assert_snapshot!("layout-goose", read("goose"));
}

#[test]
fn dbmate_runs_the_up_block_in_one_message() {
    insta::assert_snapshot!("layout-dbmate", read("dbmate"));
}

#[test]
fn flyway_has_dotted_versions_repeatable_files_and_its_own_mind_about_transactions() {
    insta::assert_snapshot!("layout-flyway", read("flyway"));
}

#[test]
fn golang_migrate_sends_a_file_in_one_message() {
    insta::assert_snapshot!("layout-golang-migrate", read("golang-migrate"));
}

#[test]
fn prisma_sends_a_file_in_one_message() {
    insta::assert_snapshot!("layout-prisma", read("prisma"));
}

#[test]
fn pop_runs_what_is_made_for_postgres() {
    insta::assert_snapshot!("layout-pop", read("pop"));
}

#[test]
fn a_dump_is_what_is_there() {
    insta::assert_snapshot!("layout-dump", read("dump"));
}
