//! One function over many items at once, on as many threads as the machine has processors.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};

/// Fewer items than this are not worth a thread.
const WORTH_A_THREAD: usize = 8;

/// What `work` makes of each item, in the order of the items.
pub(crate) fn map<I: Sync, O: Send>(items: &[I], work: impl Fn(&I) -> O + Sync) -> Vec<O> {
    let threads = processors().min(items.len() / WORTH_A_THREAD);
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    // Whoever is done takes the next item: files differ in size.
    let share = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            match items.get(at) {
                Some(item) => done.push((at, work(item))),
                None => return done,
            }
        }
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(share)).collect();
        let mut done = share();
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, made)| made).collect()
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many items that are made one after the other may wait for their work.
const AHEAD: usize = 16;

/// What `work` makes of each item, given to `take` with its index, in the order of the items; `items` is gone through on a thread of its
/// own, a little ahead.
pub(crate) fn stream<I: Send, O: Send>(
    items: impl Iterator<Item = I> + Send,
    work: impl Fn(usize, I) -> O + Sync,
    mut take: impl FnMut(usize, O),
) {
    let (made, queue) = sync_channel(AHEAD);
    let (done, results) = sync_channel(AHEAD);
    // It goes with the last worker, so that nobody goes on making items for none.
    let queue = Arc::new(Mutex::new(queue));
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for item in items.enumerate() {
                if made.send(item).is_err() {
                    break;
                }
            }
        });
        // The items are there sooner than what is made of them: one worker for each processor.
        for _ in 0..processors() {
            let (done, queue, work) = (done.clone(), queue.clone(), &work);
            scope.spawn(move || {
                let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok((at, item)) = next() {
                    if done.send((at, work(at, item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop((done, queue));
        let (mut next, mut early) = (0, BTreeMap::new());
        for (at, result) in results {
            early.insert(at, result);
            while let Some(result) = early.remove(&next) {
                take(next, result);
                next += 1;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_stream_keeps_its_order() {
        let mut taken = Vec::new();
        super::stream(
            0..1_000,
            |at, item: usize| (at, item * 2),
            |_, one| taken.push(one),
        );
        let expected: Vec<(usize, usize)> = (0..1_000).map(|item| (item, item * 2)).collect();
        assert_eq!(taken, expected);
    }

    #[test]
    fn the_order_is_that_of_the_items() {
        let items: Vec<usize> = (0..1_000).collect();
        let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
        assert_eq!(super::map(&items, |item| item * 2), doubled);
        assert_eq!(super::map(&items[..3], |item| item * 2), [0, 2, 4]);
    }
}
