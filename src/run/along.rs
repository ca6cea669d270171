//! What a backfill goes along: the key of its table, the last one when it begins, and how it is read back from the journal.

use super::cut::Cut;
use super::lead::Desk;
use super::quote::{json, text};
use super::range::{Key, State};
use super::step::Task;
use super::stop::of;
use super::{RunError, journal};

/// Pages of a table without key in the first batch.
const PAGES: u64 = 64;

impl Desk {
    /// A backfill that was begun before; none where it was not.
    pub(super) async fn read_backfill(&self, task: &Task<'_>) -> Result<Option<State>, RunError> {
        let sql = format!(
            "SELECT key, upper, position, pass, rows_changed, rows_passed, rows_total, batch_size, rate, held_rows
             FROM concertina.backfill WHERE {}",
            of(task)
        );
        let answer = self.port.run(sql).await;
        let answer = answer.map_err(|failed| failed.while_doing("to read a backfill"))?;
        let Some(row) = answer.rows().first() else {
            return Ok(None);
        };
        let column = |at: usize| row.get(at).and_then(Option::as_deref);
        let number = |at: usize| {
            column(at)
                .and_then(|value| value.parse::<u64>().ok())
                .unwrap_or(0)
        };
        let unreadable = |what: &str| RunError::Journal(format!("the {what} of a backfill"));
        let key: Option<Vec<Key>> = column(0).and_then(|value| serde_json::from_str(value).ok());
        let values = |at: usize, what: &str| {
            let read = |value| serde_json::from_str::<Vec<String>>(value);
            column(at)
                .map(read)
                .transpose()
                .map_err(|_| unreadable(what))
        };
        let held = column(9).unwrap_or("[]");
        Ok(Some(State {
            key: key.ok_or_else(|| unreadable("key"))?,
            upper: values(1, "end")?,
            position: values(2, "position")?,
            pass: u32::try_from(number(3)).unwrap_or(u32::MAX),
            changed: number(4),
            passed: number(5),
            total: number(6),
            size: number(7).max(1),
            rate: column(8).and_then(|value| value.parse().ok()),
            held: serde_json::from_str(held).map_err(|_| unreadable("list of held rows"))?,
            lane: None,
        }))
    }

    /// Finds the key and its greatest value and writes them down; none when there is no way to cut.
    pub(super) async fn begin_backfill(
        &self,
        task: &Task<'_>,
        cut: &Cut,
    ) -> Result<Option<State>, RunError> {
        let doing = "to look at the table of a backfill";
        let table = text(&cut.table);
        // The column the file names; else the primary key, else the shortest unique key that has no
        // NULL in it, holds all rows, and is checked at once.
        let index = match &cut.key {
            Some(key) => format!(
                "SELECT a.attname::text, 1 AS n, a.attnum FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attname = {} AND a.attnotnull AND NOT a.attisdropped",
                text(key)
            ),
            None => "SELECT a.attname::text, k.n, a.attnum FROM
                 (SELECT i.* FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid
                      AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
                      AND NOT EXISTS (SELECT 1 FROM pg_attribute n WHERE n.attrelid = c.oid
                          AND n.attnum = ANY (i.indkey[0:i.indnkeyatts - 1]) AND NOT n.attnotnull)
                  ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid LIMIT 1) i,
                 unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY k(attnum, n)
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum"
                .to_owned(),
        };
        let sql = format!(
            "SELECT k.attname, quote_ident(k.attname), format_type(a.atttypid, a.atttypmod), c.relkind,
                    greatest(c.reltuples, 0)::bigint, pg_relation_size(c.oid) / current_setting('block_size')::int
             FROM pg_class c LEFT JOIN LATERAL ({index}) k ON true
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
             WHERE c.oid = to_regclass({table}) ORDER BY k.n"
        );
        let answer = self
            .port
            .run(sql)
            .await
            .map_err(|failed| failed.while_doing(doing))?;
        let rows: Vec<Vec<String>> = answer
            .rows()
            .iter()
            .map(|row| {
                row.iter()
                    .map(|value| value.clone().unwrap_or_default())
                    .collect()
            })
            .collect();
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        let column = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
        let (kind, total, pages) = (column(first, 3), column(first, 4), column(first, 5));
        let mut key: Vec<Key> = rows
            .iter()
            .filter(|row| !column(row, 0).is_empty())
            .map(|row| Key {
                column: column(row, 1),
                ty: column(row, 2),
            })
            .collect();
        let moves = rows.iter().any(|row| cut.sets.contains(&column(row, 0)));
        if kind == "r" && (key.is_empty() || moves) && cut.key.is_none() && cut.settles {
            key = vec![Key {
                column: "ctid".to_owned(),
                ty: "tid".to_owned(),
            }];
        } else if moves {
            return Ok(None);
        }
        if key.is_empty() || !matches!(kind.as_str(), "r" | "p") {
            return Ok(None);
        }
        let mut state = State {
            key,
            upper: None,
            position: None,
            pass: 1,
            changed: 0,
            passed: 0,
            total: total.parse().unwrap_or(0),
            size: 1,
            rate: None,
            held: Vec::new(),
            lane: None,
        };
        let usual = if state.is_paged() {
            PAGES
        } else {
            self.options.batches.size
        };
        state.size = cut.size.unwrap_or(usual).max(1);
        state.upper = if state.is_paged() {
            Some(vec![pages]).filter(|all| all.first().is_some_and(|pages| pages != "0"))
        } else {
            self.greatest(cut, &state).await?
        };
        let sql = format!(
            "{};\nINSERT INTO concertina.backfill (migration, ordinal, relation, key, upper, rows_total, batch_size)
             VALUES ({}, {}, {table}, {}, {}, {}, {})",
            journal::mark_step(task.id, task.ordinal, "doing"),
            text(task.id),
            task.ordinal,
            json(&state.key),
            state.upper.as_ref().map_or_else(|| "NULL".to_owned(), json),
            state.total,
            state.size,
        );
        self.write("to record that a backfill begins", &sql).await?;
        Ok(Some(state))
    }

    async fn greatest(&self, cut: &Cut, state: &State) -> Result<Option<Vec<String>>, RunError> {
        let sql = format!(
            "SELECT {} FROM {} AS b ORDER BY {} LIMIT 1",
            state.texts("b."),
            cut.table,
            state.order("b.", " DESC")
        );
        let answer = self.port.run(sql).await;
        let answer =
            answer.map_err(|failed| failed.while_doing("to find the end of a backfill"))?;
        Ok(answer
            .rows()
            .first()
            .and_then(|row| row.iter().cloned().collect()))
    }
}
