//! The word that somebody may have meant.

/// Of some words the one nearest to another, where it is near enough to have been meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let measured = known.into_iter().map(|one| (distance(one, word), one));
    let (distance, near) = measured.min_by_key(|(distance, _)| *distance)?;
    (distance <= (word.len() / 3).max(1)).then_some(near)
}

/// How many letters must change to come from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, (b, costs)) in to.iter().zip(row.windows(2)).enumerate() {
            let replaced = costs.first().copied().unwrap_or(0) + usize::from(a != *b);
            let skipped = costs.get(1).copied().unwrap_or(0) + 1;
            let added = next.get(j).copied().unwrap_or(0) + 1;
            next.push(replaced.min(skipped).min(added));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
