//! The trigger functions of the table that release N+1 writes: they come to the source's row first.

use super::super::naming;
use super::{Form, Moved, Names, Side, blank};
use crate::schema::Column;

impl Moved {
    /// Before an UPDATE gives a column the value it has: that is a write too, unless the source says the same.
    pub(super) fn given(&self, names: &Names, at: usize) -> String {
        let (source, keys) = (self.source.name.to_sql(), names.keys.to_sql());
        let Some((from, to)) = self.columns.get(at) else {
            return String::new();
        };
        let s_is = self.each_key(" AND ", |at, key, _| {
            format!("s.{} = {}", key.to_sql(), self.target_key("OLD", at))
        });
        format!(
            "#variable_conflict use_column
BEGIN
  PERFORM FROM {source} AS s WHERE {s_is} AND ROW(s.{})::record *= ROW({})::record FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND AND EXISTS (SELECT FROM {source} AS s WHERE {s_is}) THEN
    INSERT INTO {keys} ({}, state) VALUES ({}, 'given_{}');
  END IF;
  RETURN NEW;
END",
            from.name.to_sql(),
            naming::field("NEW", &to.name),
            self.key_columns(""),
            self.each_key(", ", |at, _, _| self.target_key("OLD", at)),
            at + 1
        )
    }

    /// Before a row of the target is written: the source's is locked, and what it says newer is taken over.
    pub(super) fn meet(&self, names: &Names) -> String {
        let (source, keys) = (self.source.name.to_sql(), names.keys.to_sql());
        let key_columns = self.key_columns("");
        let declared = self.each_key("", |at, key, _| {
            format!(
                "  concertina_key_{at} {} := {};\n",
                self.key_type(key),
                format_args!(
                    "CASE TG_OP WHEN 'INSERT' THEN {} ELSE {} END",
                    self.target_key("NEW", at),
                    self.target_key("OLD", at)
                )
            )
        });
        let s_is = self.each_key(" AND ", |at, key, _| {
            format!("s.{} = concertina_key_{at}", key.to_sql())
        });
        let k_is = self.each_key(" AND ", |at, _, _| {
            format!("k.key_{at} = concertina_key_{at}")
        });
        let s_columns = self.each_column(", ", |from, _| format!("s.{}", from.name.to_sql()));
        let key_values = self.key_columns("concertina_");
        let (insert, update) = (
            self.meet_insert(names, &k_is),
            self.meet_update(names, &k_is),
        );
        let changed = self.each_key(" OR ", |at, _, _| {
            format!(
                "{} <> {}",
                self.target_key("NEW", at),
                self.target_key("OLD", at)
            )
        });
        let s_new = self.each_key(" AND ", |at, key, _| {
            format!("s.{} = {}", key.to_sql(), self.target_key("NEW", at))
        });
        let there = self.meet_there(names, &k_is);
        let gone = match self.form {
            Form::Merge => format!(
                "    IF concertina_found THEN
      INSERT INTO {keys} ({key_columns}, state) VALUES ({key_values}, 'own');
      DELETE FROM {source} AS s WHERE {s_is};
      DELETE FROM {keys} AS k WHERE {k_is};
    END IF;\n"
            ),
            Form::Out(_) | Form::In => String::new(),
        };
        let moved = match self.form {
            Form::Merge if !self.refers(&self.source, &self.target, "CASCADE") => gone.clone(),
            _ => String::new(),
        };
        format!(
            "#variable_conflict use_column
DECLARE
{declared}  concertina_s record;
  concertina_found boolean;
  concertina_gives_way boolean := false;
  concertina_began timestamptz := clock_timestamp();
  concertina_timeout text := current_setting('lock_timeout');
  concertina_wait int := 2;
BEGIN
{there}  SELECT {s_columns} INTO concertina_s FROM {source} AS s WHERE {s_is} FOR NO KEY UPDATE SKIP LOCKED;
  concertina_found := FOUND;
  IF NOT concertina_found THEN
    WHILE EXISTS (SELECT FROM {source} AS s WHERE {s_is}) LOOP
      -- Who has the source's row and waits for this one takes its values when it comes to it.
      concertina_gives_way := {waits}((SELECT s.xmax FROM {source} AS s WHERE {s_is}), concertina_began);
      EXIT WHEN concertina_gives_way;
      BEGIN
        PERFORM set_config('lock_timeout', concertina_wait::text, true);
        SELECT {s_columns} INTO concertina_s FROM {source} AS s WHERE {s_is} FOR NO KEY UPDATE;
        concertina_found := FOUND;
        PERFORM set_config('lock_timeout', concertina_timeout, true);
        EXIT;
      EXCEPTION
        WHEN lock_not_available THEN
          concertina_wait := least(concertina_wait + 1, 20);
        WHEN deadlock_detected THEN
          concertina_gives_way := true;
          EXIT;
      END;
    END LOOP;
  END IF;
  IF concertina_gives_way THEN
    INSERT INTO {keys} ({key_columns}, state) VALUES ({key_values}, 'ahead');
  END IF;
  IF TG_OP = 'DELETE' THEN
{gone}    RETURN OLD;
  END IF;
  IF TG_OP = 'INSERT' THEN
{insert}    RETURN NEW;
  END IF;
  IF {changed} THEN
{moved}    PERFORM FROM {source} AS s WHERE {s_new} FOR NO KEY UPDATE;
    RETURN NEW;
  END IF;
{update}  RETURN NEW;
END",
            waits = names.waits.to_sql(),
        )
    }

    /// An INSERT that meets a row of the target goes on as an UPDATE or not at all: whoever comes to both rows comes to
    /// the target's first.
    fn meet_there(&self, names: &Names, k_is: &str) -> String {
        let (target, keys) = (self.target.name.to_sql(), names.keys.to_sql());
        let t_is = self.each_key(" AND ", |at, _, key| {
            format!("t.{} = concertina_key_{at}", key.to_sql())
        });
        let remade = if matches!(self.form, Form::Out(_)) {
            format!(
                "    IF EXISTS (SELECT FROM {keys} AS k WHERE {k_is} AND k.state = 'made') THEN
      PERFORM FROM {target} AS t WHERE {t_is} FOR UPDATE;
    ELSE
      RETURN NEW;
    END IF;\n"
            )
        } else {
            "    RETURN NEW;\n".to_owned()
        };
        format!(
            "  IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM {target} AS t WHERE {t_is}) THEN
{remade}  END IF;\n"
        )
    }

    /// A row of the target that is new to release N+1: the database may have made one for release N, and what release N
    /// wrote stands where the row says nothing.
    fn meet_insert(&self, names: &Names, k_is: &str) -> String {
        let take = self.each_column("", |from, to| {
            format!(
                "      {} := {};\n",
                naming::field("NEW", &to.name),
                naming::field("concertina_s", &from.name)
            )
        });
        let remade = if matches!(self.form, Form::Out(_)) {
            let (target, keys) = (self.target.name.to_sql(), names.keys.to_sql());
            let key_columns = self.key_columns("");
            let t_is = self.each_key(" AND ", |at, _, key| {
                format!("t.{} = concertina_key_{at}", key.to_sql())
            });
            let key_values = self.key_columns("concertina_");
            format!(
                "    IF concertina_found AND EXISTS (SELECT FROM {keys} AS k WHERE {k_is} AND k.state = 'made') THEN
      INSERT INTO {keys} ({key_columns}, state) VALUES ({key_values}, 'own');
      DELETE FROM {target} AS t WHERE {t_is};
      DELETE FROM {keys} AS k WHERE {k_is};
    END IF;\n"
            )
        } else {
            String::new()
        };
        format!(
            "{remade}    IF concertina_found AND {is_blank} AND NOT {s_blank} THEN
{take}    END IF;\n",
            is_blank = self.is_blank("NEW", Side::Target),
            s_blank = self.is_blank("concertina_s", Side::Source),
        )
    }

    /// What release N wrote and could not give, or the backfill has not come to, is taken over column by column.
    fn meet_update(&self, names: &Names, k_is: &str) -> String {
        let (target, keys) = (self.target.name.to_sql(), names.keys.to_sql());
        let key_columns = self.key_columns("");
        let unchanged = |to: &Column| {
            let mut columns = self.columns.iter();
            let at = columns.position(|(_, own)| own.name == to.name);
            format!(
                "ROW({})::record *= ROW({})::record AND NOT EXISTS (SELECT FROM {keys} AS k WHERE {k_is} AND k.state = 'given_{}')",
                naming::field("NEW", &to.name),
                naming::field("OLD", &to.name),
                at.unwrap_or(0) + 1
            )
        };
        let take = self.each_column("", |from, to| {
            let value = naming::field("concertina_s", &from.name);
            let required = if to.not_null && matches!(self.form, Form::Out(_)) {
                format!(" AND {value} IS NOT NULL")
            } else {
                String::new()
            };
            format!(
                "    IF {}{required} THEN
      {} := {value};
    END IF;\n",
                unchanged(to),
                naming::field("NEW", &to.name),
            )
        });
        let unwanted = match self.wanted(&|column| naming::field("concertina_s", column)) {
            Some(wanted) => {
                let t_is = self.each_key(" AND ", |at, _, key| {
                    format!("t.{} = concertina_key_{at}", key.to_sql())
                });
                format!(
                    "    IF ({wanted}) IS NOT TRUE AND {new} *= {old}
       AND NOT EXISTS (SELECT FROM {keys} AS k WHERE {k_is} AND k.state LIKE 'given%') THEN
      INSERT INTO {keys} ({key_columns}, state) VALUES ({key_values}, 'own');
      DELETE FROM {target} AS t WHERE {t_is};
      DELETE FROM {keys} AS k WHERE {k_is};
      RETURN NULL;
    END IF;\n",
                    key_values = self.key_columns("concertina_"),
                    new = self.row("NEW", Side::Target),
                    old = self.row("OLD", Side::Target),
                )
            }
            None => String::new(),
        };
        let cleared = if matches!(self.form, Form::Out(_)) {
            String::new()
        } else {
            let clear = self.each_column("", |_, to| {
                format!(
                    "    IF {} THEN
      {} := {};
    END IF;\n",
                    unchanged(to),
                    naming::field("NEW", &to.name),
                    blank(to)
                )
            });
            format!(
                "  ELSIF NOT concertina_found AND NOT concertina_gives_way
     AND EXISTS (SELECT FROM {keys} AS k WHERE {k_is} AND k.state = 'late') THEN
{clear}"
            )
        };
        format!(
            "  IF concertina_found AND {new} *<> {s_row}
     AND (NOT EXISTS (SELECT FROM {keys} AS k WHERE {k_is} AND k.state = 'ahead')
          OR EXISTS (SELECT FROM {keys} AS k WHERE {k_is} AND k.state = 'late')) THEN
{unwanted}{take}{cleared}  END IF;\n",
            new = self.row("NEW", Side::Target),
            s_row = self.row("concertina_s", Side::Source),
        )
    }

    /// After a row of the target was written: the source's gets its values.
    pub(super) fn answer(&self, names: &Names) -> String {
        let (source, keys) = (self.source.name.to_sql(), names.keys.to_sql());
        let key_columns = self.key_columns("");
        let s_columns = self.each_column(", ", |from, _| format!("s.{}", from.name.to_sql()));
        let is = |alias: &str, record: &'static str| {
            self.each_key(" AND ", |at, key, _| {
                let column = match alias {
                    "s" => key.to_sql().into_owned(),
                    _ => format!("key_{at}"),
                };
                format!("{alias}.{column} = {}", self.target_key(record, at))
            })
        };
        let old = self.each_key(", ", |at, _, _| self.target_key("OLD", at));
        let new = self.each_key(", ", |at, _, _| self.target_key("NEW", at));
        let changed = self.each_key(" OR ", |at, _, _| {
            format!(
                "{} <> {}",
                self.target_key("NEW", at),
                self.target_key("OLD", at)
            )
        });
        let gone = match self.form {
            Form::Out(_) => {
                let clear = self.each_column(", ", |from, _| {
                    format!("{} = {}", from.name.to_sql(), blank(from))
                });
                format!(
                    "    IF EXISTS (SELECT FROM {keys} AS k WHERE {k_old} AND k.state = 'own') THEN
      RETURN NULL;
    END IF;
    PERFORM FROM {source} AS s WHERE {s_old} FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND THEN
      DELETE FROM {keys} AS k WHERE {k_old};
      INSERT INTO {keys} ({key_columns}, state) VALUES ({old}, 'gone');
      UPDATE {source} AS s SET {clear} WHERE {s_old};
    END IF;\n",
                    k_old = is("k", "OLD"),
                    s_old = is("s", "OLD"),
                )
            }
            Form::In | Form::Merge => {
                format!("    DELETE FROM {keys} AS k WHERE {};\n", is("k", "OLD"))
            }
        };
        let set = self.each_column(", ", |from, to| {
            format!(
                "{} = {}",
                from.name.to_sql(),
                naming::field("NEW", &to.name)
            )
        });
        let (s_new, k_new) = (is("s", "NEW"), is("k", "NEW"));
        let mut write = format!("    UPDATE {source} AS s SET {set} WHERE {s_new};\n");
        let mut make = String::new();
        if matches!(self.form, Form::Merge) {
            let wanted = self.wanted_back("NEW");
            if let Some(wanted) = &wanted {
                write = format!(
                    "    IF ({wanted}) IS NOT TRUE THEN
      INSERT INTO {keys} ({key_columns}, state) VALUES ({new}, 'own');
      DELETE FROM {source} AS s WHERE {s_new};
      DELETE FROM {keys} AS k WHERE {k_new};
    ELSE
  {write}    END IF;\n"
                );
            }
            let wanted = wanted.map_or_else(String::new, |wanted| format!("{wanted} AND "));
            let s_keys = self.each_key(", ", |_, key, _| key.to_sql().into_owned());
            let names = self.each_column(", ", |from, _| from.name.to_sql().into_owned());
            let values = self.each_column(", ", |_, to| naming::field("NEW", &to.name));
            let excluded = self.each_column(", ", |from, _| {
                let column = from.name.to_sql();
                format!("{column} = EXCLUDED.{column}")
            });
            make = format!(
                "    IF {wanted}NOT {is_blank} THEN
      INSERT INTO {source} ({s_keys}, {names}) VALUES ({new}, {values})
        ON CONFLICT ({s_keys}) DO UPDATE SET {excluded};
    END IF;\n",
                is_blank = self.is_blank("NEW", Side::Target),
            );
        }
        let kept = match self.form {
            Form::Out(_) => format!(
                " AND (k.state <> 'made' OR TG_OP = 'UPDATE' AND {} *= {})",
                self.row("NEW", Side::Target),
                self.row("OLD", Side::Target)
            ),
            Form::In | Form::Merge => String::new(),
        };
        format!(
            "#variable_conflict use_column
DECLARE
  concertina_s record;
BEGIN
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND ({changed}) THEN
{gone}    IF TG_OP = 'DELETE' THEN
      RETURN NULL;
    END IF;
  END IF;
  SELECT {s_columns} INTO concertina_s FROM {source} AS s WHERE {s_new} FOR NO KEY UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    IF EXISTS (SELECT FROM {source} AS s WHERE {s_new}) THEN
      DELETE FROM {keys} AS k WHERE {k_new} AND k.state LIKE 'given%';
      RETURN NULL;
    END IF;
    DELETE FROM {keys} AS k WHERE {k_new};
{make}  ELSIF {s_row} *<> {new_row} THEN
    DELETE FROM {keys} AS k WHERE {k_new};
{write}  ELSE
    DELETE FROM {keys} AS k WHERE {k_new}{kept};
  END IF;
  RETURN NULL;
END",
            s_row = self.row("concertina_s", Side::Source),
            new_row = self.row("NEW", Side::Target),
        )
    }

    /// The key of a record of the target, by its number.
    fn target_key(&self, record: &str, at: usize) -> String {
        let key = self.keys.get(at - 1).map(|(_, key)| key);
        key.map_or_else(String::new, |key| naming::field(record, key))
    }
}
