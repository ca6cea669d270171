//! One function over many items at once, on as many threads as the machine has processors.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Fewer items than this are not worth a thread.
const WORTH_A_THREAD: usize = 8;

/// What `work` makes of each item, in the order of the items.
pub(crate) fn map<I: Sync, O: Send>(items: &[I], work: impl Fn(&I) -> O + Sync) -> Vec<O> {
    let threads = processors(items.len() / WORTH_A_THREAD);
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

/// How many threads to take where up to `most` are of use. What the machine has is asked for only where that is more than
/// one: to answer takes the system a dozen calls.
fn processors(most: usize) -> usize {
    if most < 2 {
        return 1;
    }
    std::thread::available_parallelism().map_or(1, |all| all.get().min(most))
}

/// How many items that are made one after the other may wait for their work.
const AHEAD: usize = 16;

/// Makes items one after the other, and does the work on each beside it.
///
/// `make` goes through the indices from 0 to `count` on this thread, and may make nothing of one; `prepare` is called
/// for those ahead of it on others. What `work` makes of an item is given to `take` on this thread, in their order.
pub(crate) fn pipeline<I: Send, O: Send>(
    count: usize,
    prepare: impl Fn(usize) + Sync,
    mut make: impl FnMut(usize) -> Option<I>,
    work: impl Fn(I) -> O + Sync,
    mut take: impl FnMut(O),
) {
    let helpers = processors(count) - 1;
    if helpers == 0 {
        let items = (0..count).filter_map(make);
        return items.for_each(|item| take(work(item)));
    }
    let desk = Desk {
        count,
        papers: Mutex::default(),
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 0..helpers {
            scope.spawn(|| {
                let _leave = Leave(&desk);
                while let Some(task) = desk.task() {
                    match task {
                        Task::Work(at, item) => desk.done(at, work(item)),
                        Task::Prepare(at) => prepare(at),
                    }
                }
            });
        }
        let close = Close(&desk);
        let (mut made, mut taken) = (0, 0);
        for at in 0..count {
            while let Some((at, item)) = desk.take_over(AHEAD) {
                desk.done(at, work(item));
            }
            if let Some(item) = make(at) {
                desk.put(made, item);
                made += 1;
            }
            while let Some(result) = desk.result(taken) {
                take(result);
                taken += 1;
            }
        }
        drop(close);
        while taken < made {
            if let Some(result) = desk.result(taken) {
                take(result);
                taken += 1;
            } else if let Some((at, item)) = desk.take_over(1) {
                desk.done(at, work(item));
            } else if !desk.waits_for(taken) {
                break;
            }
        }
    });
}

/// Where the threads of a [`pipeline`] find what is to be done.
struct Desk<I, O> {
    count: usize,
    papers: Mutex<Papers<I, O>>,
    changed: Condvar,
}

struct Papers<I, O> {
    /// How many indices somebody has begun to prepare.
    prepared: usize,
    /// Items that nobody works on yet, with their places.
    waiting: VecDeque<(usize, I)>,
    done: BTreeMap<usize, O>,
    /// Nothing more is made.
    closed: bool,
    /// A helper went away in the middle of its work.
    left: bool,
    /// How many threads wait for a change.
    idle: usize,
}

enum Task<I> {
    Work(usize, I),
    Prepare(usize),
}

impl<I, O> Desk<I, O> {
    /// What a helper is to do next; nothing once everything is made and taken.
    fn task(&self) -> Option<Task<I>> {
        let mut papers = self.papers();
        loop {
            if let Some((at, item)) = papers.waiting.pop_front() {
                return Some(Task::Work(at, item));
            }
            if papers.closed {
                return None;
            }
            if papers.prepared < self.count {
                papers.prepared += 1;
                return Some(Task::Prepare(papers.prepared - 1));
            }
            papers = self.wait(papers);
        }
    }

    /// An item that is not worked on, where there are at least so many.
    fn take_over(&self, many: usize) -> Option<(usize, I)> {
        let mut papers = self.papers();
        let enough = papers.waiting.len() >= many;
        if enough {
            papers.waiting.pop_front()
        } else {
            None
        }
    }

    fn put(&self, at: usize, item: I) {
        self.change(|papers| papers.waiting.push_back((at, item)));
    }

    fn done(&self, at: usize, result: O) {
        self.change(|papers| drop(papers.done.insert(at, result)));
    }

    fn result(&self, at: usize) -> Option<O> {
        self.papers().done.remove(&at)
    }

    /// Waits for a result; false where it will not come, since its helper has gone.
    fn waits_for(&self, at: usize) -> bool {
        let mut papers = self.papers();
        while !papers.done.contains_key(&at) && !papers.left {
            papers = self.wait(papers);
        }
        papers.done.contains_key(&at)
    }

    fn papers(&self) -> MutexGuard<'_, Papers<I, O>> {
        self.papers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Papers<I, O>)) {
        let mut papers = self.papers();
        change(&mut papers);
        if papers.idle > 0 {
            self.changed.notify_all();
        }
    }

    fn wait<'a>(&self, mut papers: MutexGuard<'a, Papers<I, O>>) -> MutexGuard<'a, Papers<I, O>> {
        papers.idle += 1;
        let woken = self.changed.wait(papers);
        let mut papers = woken.unwrap_or_else(PoisonError::into_inner);
        papers.idle -= 1;
        papers
    }
}

impl<I, O> Default for Papers<I, O> {
    fn default() -> Self {
        Self {
            prepared: 0,
            waiting: VecDeque::new(),
            done: BTreeMap::new(),
            closed: false,
            left: false,
            idle: 0,
        }
    }
}

/// Tells the helpers that nothing more is made, in a panic too.
struct Close<'a, I, O>(&'a Desk<I, O>);

impl<I, O> Drop for Close<'_, I, O> {
    fn drop(&mut self) {
        self.0.change(|papers| papers.closed = true);
    }
}

/// Tells that a helper panicked, so that nobody waits for its result.
struct Leave<'a, I, O>(&'a Desk<I, O>);

impl<I, O> Drop for Leave<'_, I, O> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.change(|papers| papers.left = true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_pipeline_keeps_its_order() {
        let mut taken = Vec::new();
        let prepared: Vec<AtomicBool> = (0..1_000).map(|_| AtomicBool::new(false)).collect();
        super::pipeline(
            1_000,
            |at| prepared[at].store(true, Ordering::Relaxed),
            |at| at.is_multiple_of(3).then_some(at),
            |item| item * 2,
            |one| taken.push(one),
        );
        let expected: Vec<usize> = (0..1_000).step_by(3).map(|item| item * 2).collect();
        assert_eq!(taken, expected);
    }

    #[test]
    fn nobody_waits_for_a_helper_that_panicked() {
        let broken = std::panic::catch_unwind(|| {
            let work = |item: usize| assert_ne!(item, 70);
            super::pipeline(100, |_| {}, Some, work, |()| {});
        });
        assert!(broken.is_err());
    }

    #[test]
    fn the_order_is_that_of_the_items() {
        let items: Vec<usize> = (0..1_000).collect();
        let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
        assert_eq!(super::map(&items, |item| item * 2), doubled);
        assert_eq!(super::map(&items[..3], |item| item * 2), [0, 2, 4]);
    }
}
