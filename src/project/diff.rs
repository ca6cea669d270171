//! What edits would make of files, as a unified diff.

use std::fmt::Write;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// The unified diff from one text to another; empty where they are equal.
///
/// Both are split into the lines they share at the ends and one changed stretch between; where edits are
/// known to be few and local that is as good as a search for the shortest difference, stretch by stretch.
pub(super) fn unified(file: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (
        old.split_inclusive('\n').collect(),
        new.split_inclusive('\n').collect(),
    );
    let mut text = format!("--- a/{file}\n+++ b/{file}\n");
    let mut hunks: Vec<Hunk> = Vec::new();
    for hunk in changes(&old, &new) {
        match hunks.last_mut() {
            Some(last) if hunk.old.0 <= last.old.1 + 2 * CONTEXT => {
                last.old.1 = hunk.old.1;
                last.new.1 = hunk.new.1;
            }
            _ => hunks.push(hunk),
        }
    }
    for hunk in hunks {
        let before = hunk.old.0.saturating_sub(CONTEXT);
        let lead = hunk.old.0 - before;
        let after = (hunk.old.1 + CONTEXT).min(old.len());
        let (first, last) = (hunk.new.0 - lead, hunk.new.1 + (after - hunk.old.1));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "@@ -{},{} +{},{} @@",
            before + 1,
            after - before,
            first + 1,
            last - first
        );
        let body = &changes(&old[before..after], &new[first..last.min(new.len())]);
        let (mut at, inside_old, inside_new) =
            (0, &old[before..after], &new[first..last.min(new.len())]);
        for change in body {
            lines(&mut text, ' ', &inside_old[at..change.old.0]);
            lines(&mut text, '-', &inside_old[change.old.0..change.old.1]);
            lines(&mut text, '+', &inside_new[change.new.0..change.new.1]);
            at = change.old.1;
        }
        lines(&mut text, ' ', &inside_old[at..]);
    }
    text
}

/// Lines of the old text that were replaced by lines of the new one.
struct Hunk {
    old: (usize, usize),
    new: (usize, usize),
}

/// The stretches that differ: from the first difference, up to where the rest of both meets again.
fn changes(old: &[&str], new: &[&str]) -> Vec<Hunk> {
    let (mut hunks, mut i, mut j) = (Vec::new(), 0, 0);
    while i < old.len() || j < new.len() {
        if old.get(i).is_some() && old.get(i) == new.get(j) {
            i += 1;
            j += 1;
            continue;
        }
        let (next_i, next_j) = meet(&old[i..], &new[j..]);
        hunks.push(Hunk {
            old: (i, i + next_i),
            new: (j, j + next_j),
        });
        i += next_i;
        j += next_j;
    }
    hunks
}

/// How many lines of each must be passed over until both go on alike.
fn meet(old: &[&str], new: &[&str]) -> (usize, usize) {
    for distance in 1..=old.len() + new.len() {
        for skip_old in 0..=distance.min(old.len()) {
            let skip_new = distance - skip_old;
            let alike = old.get(skip_old).is_some() && old.get(skip_old) == new.get(skip_new);
            let ends = skip_old == old.len() && skip_new == new.len();
            if alike || ends {
                return (skip_old, skip_new);
            }
        }
    }
    (old.len(), new.len())
}

fn lines(text: &mut String, mark: char, lines: &[&str]) {
    for line in lines {
        text.push(mark);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn changed_lines_stand_between_three_that_did_not() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no";
        let new = "new\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nL\nm\nn\no";
        insta::assert_snapshot!(unified("x.sql", old, new), @r"
        --- a/x.sql
        +++ b/x.sql
        @@ -1,3 +1,4 @@
        +new
         a
         b
         c
        @@ -9,7 +10,7 @@
         i
         j
         k
        -l
        +L
         m
         n
         o
        \ No newline at end of file
        ");
        assert_eq!(unified("x.sql", old, old), "");
    }
}
