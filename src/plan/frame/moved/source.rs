//! The trigger functions of the table that release N writes: they never wait for who waits for them.

use super::super::naming;
use super::{Form, Moved, Names, Side, blank};
use crate::schema::Column;
use crate::sql::ast::Ident;

impl Moved {
    /// After a row of the source was written: the target's gets its values.
    pub(super) fn send(&self, names: &Names) -> String {
        let (source, target, keys) = (
            self.source.name.to_sql(),
            self.target.name.to_sql(),
            names.keys.to_sql(),
        );
        let out = matches!(self.form, Form::Out(_));
        let t_is = self.each_key(" AND ", |at, _, key| {
            format!("t.{} = concertina_new.key_{at}", key.to_sql())
        });
        let s_is = self.each_key(" AND ", |at, key, _| {
            format!("s.{} = concertina_new.key_{at}", key.to_sql())
        });
        let k_is = self.each_key(" AND ", |at, _, _| {
            format!("k.key_{at} = concertina_new.key_{at}")
        });
        let key_columns = self.key_columns("");
        let key_values = self.key_columns("concertina_new.");
        let values = self.numbered(|at| format!("concertina_new.value_{at}"));
        let new_row = format!("ROW({values})::record");
        let t_columns = self.each_column(", ", |_, to| format!("t.{}", to.name.to_sql()));
        let t_row = self.row("concertina_t", Side::Target);
        let rows = self.written(out);
        let own = if matches!(self.form, Form::Merge) {
            let is_own = self.each_key(" AND ", |at, key, _| {
                format!("k.key_{at} = {}", naming::field("OLD", key))
            });
            format!(
                "  IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM {keys} AS k WHERE {is_own} AND k.state = 'own') THEN
    RETURN NULL;
  END IF;\n"
            )
        } else {
            String::new()
        };
        let newer = self.newer(&|to, _| naming::field("concertina_t", &to.name));
        let (lacking, lacking_end) = match self.wanted_newer() {
            Some(wanted) => {
                let newer = self.newer_back();
                (
                    format!(
                        "            IF ({wanted}) IS NOT TRUE THEN
              INSERT INTO {keys} ({key_columns}, state) VALUES ({key_values}, 'own');
              DELETE FROM {source} AS s WHERE {s_is};
              DELETE FROM {keys} AS k WHERE {k_is};
              UPDATE {target} AS t SET {newer} WHERE {t_is};
            ELSE\n"
                    ),
                    "            END IF;\n",
                )
            }
            None => (String::new(), ""),
        };
        let wanted = self.wanted(&|column| self.value_of(column));
        let unwanted = match &wanted {
            Some(wanted) => format!(
                "          ELSIF ({wanted}) IS NOT TRUE THEN
            INSERT INTO {keys} ({key_columns}, state) VALUES ({key_values}, 'own');
            DELETE FROM {target} AS t WHERE {t_is};
            DELETE FROM {keys} AS k WHERE {k_is};\n"
            ),
            None => String::new(),
        };
        let set = self.each_column(", ", |from, to| {
            format!("{} = {}", to.name.to_sql(), self.value_of(&from.name))
        });
        let make = if out {
            self.make(names, wanted.as_deref())
        } else {
            String::new()
        };
        let moved = if out {
            let changed = self.each_key(" OR ", |_, key, _| {
                let (new, old) = (naming::field("NEW", key), naming::field("OLD", key));
                format!("{new} <> {old}")
            });
            let was = self.each_key(" AND ", |at, key, _| {
                format!("k.key_{at} = {}", naming::field("OLD", key))
            });
            format!(
                "  IF TG_OP = 'UPDATE' AND ({changed}) THEN
    DELETE FROM {keys} AS k WHERE {was};
  END IF;\n"
            )
        } else {
            String::new()
        };
        format!(
            "#variable_conflict use_column
DECLARE
  concertina_new record;
  concertina_t record;
  concertina_began timestamptz := clock_timestamp();
BEGIN
{own}{moved}  FOR concertina_new IN
{rows}
  LOOP
    LOOP
      SELECT {t_columns} INTO concertina_t FROM {target} AS t WHERE {t_is} FOR NO KEY UPDATE SKIP LOCKED;
      IF FOUND THEN
        IF {t_row} *<> {new_row} THEN
          IF NOT concertina_new.cleared AND (TG_OP = 'INSERT' AND {is_blank}
             OR EXISTS (SELECT FROM {keys} AS k WHERE {k_is} AND k.state = 'ahead')
             AND NOT EXISTS (SELECT FROM {keys} AS k WHERE {k_is} AND k.state = 'late')) THEN
            DELETE FROM {keys} AS k WHERE {k_is} AND k.state IN ('late', 'ahead');
{lacking}            UPDATE {source} AS s SET {newer} WHERE {s_is};
{lacking_end}{unwanted}          ELSE
            DELETE FROM {keys} AS k WHERE {k_is} AND k.state IN ('late', 'ahead');
            UPDATE {target} AS t SET {set} WHERE {t_is};
          END IF;
        ELSE
          DELETE FROM {keys} AS k WHERE {k_is} AND k.state IN ('late', 'ahead');
        END IF;
        EXIT;
      END IF;
      SELECT t.xmax AS holder INTO concertina_t FROM {target} AS t WHERE {t_is};
      IF NOT FOUND THEN
{make}        EXIT;
      END IF;
      -- Who has the target's row waits for this one, and takes its values when it comes to it.
      IF {waits}(concertina_t.holder, concertina_began) THEN
        INSERT INTO {keys} ({key_columns}, state) VALUES ({key_values}, 'late');
        EXIT;
      END IF;
      PERFORM pg_sleep(0.001);
    END LOOP;
  END LOOP;
  RETURN NULL;
END",
            is_blank = self.is_blank("NEW", Side::Source),
            waits = names.waits.to_sql(),
        )
    }

    /// What the statement itself has changed, and of the rest what the target says.
    fn newer(&self, rest: &dyn Fn(&Column, &Column) -> String) -> String {
        self.each_column(", ", |from, to| {
            format!(
                "{} = CASE WHEN TG_OP = 'UPDATE' AND ROW({new})::record *<> ROW({old})::record THEN {new} ELSE {} END",
                from.name.to_sql(),
                rest(to, from),
                new = naming::field("NEW", &from.name),
                old = naming::field("OLD", &from.name),
            )
        })
    }

    /// A column as the statement has changed it, else as the target has it.
    fn newest(&self, from: &Column, to: &Column) -> String {
        format!(
            "CASE WHEN TG_OP = 'UPDATE' AND ROW({new})::record *<> ROW({old})::record THEN {new} ELSE {} END",
            naming::field("concertina_t", &to.name),
            new = naming::field("NEW", &from.name),
            old = naming::field("OLD", &from.name),
        )
    }

    /// The same for all columns of the target.
    fn newer_back(&self) -> String {
        self.each_column(", ", |from, to| {
            format!("{} = {}", to.name.to_sql(), self.newest(from, to))
        })
    }

    /// Where what is newest makes a row of a source that is dropped; none where all does.
    fn wanted_newer(&self) -> Option<String> {
        if !matches!(self.form, Form::Merge) {
            return None;
        }
        let required = self.columns.iter().filter(|(from, _)| from.not_null);
        let tests: Vec<String> = required
            .map(|(from, to)| format!("({}) IS NOT NULL", self.newest(from, to)))
            .collect();
        (!tests.is_empty()).then(|| tests.join(" AND "))
    }

    /// The rows of the other table that a write concerns, with what they get.
    fn written(&self, out: bool) -> String {
        let keys = |record: &str| {
            self.each_key(", ", |at, key, _| {
                format!("{} AS key_{at}", naming::field(record, key))
            })
        };
        let mut at = 0;
        let mut values = String::new();
        let mut blanks = String::new();
        for (from, to) in &self.columns {
            at += 1;
            values += &format!("{} AS value_{at}, ", naming::field("NEW", &from.name));
            blanks += &format!("{}, ", blank(to));
        }
        let new = format!("    SELECT {}, {values}false AS cleared", keys("NEW"));
        if out {
            return new;
        }
        let changed = self.each_key(" OR ", |_, key, _| {
            let (new, old) = (naming::field("NEW", key), naming::field("OLD", key));
            format!("{new} <> {old}")
        });
        let old = self.each_key(", ", |_, key, _| naming::field("OLD", key));
        format!(
            "{new} WHERE TG_OP <> 'DELETE'
    UNION ALL
    SELECT {old}, {blanks}true WHERE TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND ({changed})"
        )
    }

    /// Makes the row of the target that is not there.
    fn make(&self, names: &Names, wanted: Option<&str>) -> String {
        let (target, keys) = (self.target.name.to_sql(), names.keys.to_sql());
        let key_columns = self.key_columns("");
        let k_is = self.each_key(" AND ", |at, _, _| {
            format!("k.key_{at} = concertina_new.key_{at}")
        });
        let key_values = self.key_columns("concertina_new.");
        let values = self.numbered(|at| format!("concertina_new.value_{at}"));
        let t_keys = self.each_key(", ", |_, _, key| key.to_sql().into_owned());
        let t_columns = self.each_column(", ", |_, to| to.name.to_sql().into_owned());
        let set = self.each_column(", ", |_, to| {
            let column = to.name.to_sql();
            format!("{column} = EXCLUDED.{column}")
        });
        let is_blank = self.is_blank("NEW", Side::Source);
        let wanted = wanted.map_or_else(String::new, |wanted| format!("{wanted} AND "));
        let newer = self.newer(&|_, from| blank(from));
        let s_is = self.each_key(" AND ", |at, key, _| {
            format!("s.{} = concertina_new.key_{at}", key.to_sql())
        });
        let source = self.source.name.to_sql();
        format!(
            "        IF EXISTS (SELECT FROM {keys} AS k WHERE {k_is} AND k.state = 'ahead') THEN
          DELETE FROM {keys} AS k WHERE {k_is};
          INSERT INTO {keys} ({key_columns}, state) VALUES ({key_values}, 'gone');
          UPDATE {source} AS s SET {newer} WHERE {s_is};
        ELSIF {wanted}NOT ({is_blank} AND EXISTS (SELECT FROM {keys} AS k WHERE {k_is} AND k.state = 'gone')) THEN
          INSERT INTO {target} ({t_keys}, {t_columns}) VALUES ({key_values}, {values})
            ON CONFLICT ({t_keys}) DO UPDATE SET {set};
          IF TG_OP = 'INSERT' AND {is_blank} THEN
            INSERT INTO {keys} ({key_columns}, state) VALUES ({key_values}, 'made');
          END IF;
        END IF;\n"
        )
    }

    /// Before a row of the source goes, or its key changes: the target's row goes first, which may refer to it.
    pub(super) fn leave(&self, names: &Names) -> String {
        let (target, keys) = (self.target.name.to_sql(), names.keys.to_sql());
        let key_columns = self.key_columns("");
        let t_is = self.each_key(" AND ", |_, source, key| {
            format!("t.{} = {}", key.to_sql(), naming::field("OLD", source))
        });
        let k_is = self.each_key(" AND ", |at, key, _| {
            format!("k.key_{at} = {}", naming::field("OLD", key))
        });
        let key_values = self.each_key(", ", |_, key, _| naming::field("OLD", key));
        let same = self.each_key(" AND ", |_, key, _| {
            let (new, old) = (naming::field("NEW", key), naming::field("OLD", key));
            format!("{new} = {old}")
        });
        format!(
            "#variable_conflict use_column
DECLARE
  concertina_began timestamptz := clock_timestamp();
  concertina_timeout text := current_setting('lock_timeout');
  concertina_wait int := 20;
BEGIN
  IF TG_OP = 'UPDATE' AND {same} THEN
    RETURN NEW;
  END IF;
  LOOP
    PERFORM FROM {target} AS t WHERE {t_is} FOR UPDATE SKIP LOCKED;
    IF FOUND THEN
      INSERT INTO {keys} ({key_columns}, state) VALUES ({key_values}, 'own');
      DELETE FROM {target} AS t WHERE {t_is};
      EXIT;
    END IF;
    EXIT WHEN NOT EXISTS (SELECT FROM {target} AS t WHERE {t_is});
    -- Who has it and waits for the row that goes sees us wait, and goes on without it.
    BEGIN
      PERFORM set_config('lock_timeout', concertina_wait::text, true);
      PERFORM FROM {target} AS t WHERE {t_is} FOR UPDATE;
      PERFORM set_config('lock_timeout', concertina_timeout, true);
    EXCEPTION WHEN lock_not_available THEN
      PERFORM {waits}(NULL, concertina_began);
      concertina_wait := concertina_wait * 2;
    END;
  END LOOP;
  DELETE FROM {keys} AS k WHERE {k_is};
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END",
            waits = names.waits.to_sql(),
        )
    }

    /// The values by their numbers.
    fn numbered(&self, text: impl Fn(usize) -> String) -> String {
        let texts: Vec<String> = (1..=self.columns.len()).map(text).collect();
        texts.join(", ")
    }

    fn value_of(&self, column: &Ident) -> String {
        let mut names = self.columns.iter().map(|(from, _)| &from.name);
        let at = names.position(|name| name == column).unwrap_or(0);
        format!("concertina_new.value_{}", at + 1)
    }
}
