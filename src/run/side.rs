//! Parts of a run that go on side by side: what they ask for at one time is asked as one command.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::RunError;
use super::command::{Command, Failure, Outcome, Reply, Run};
use super::machine::{Port, Side};

/// What one part does.
pub(super) type Part<'a> = Pin<Box<dyn Future<Output = Result<(), RunError>> + Send + 'a>>;

struct Going<'a> {
    part: Part<'a>,
    side: Side,
    waits: Wait,
}

/// What a part waits for.
enum Wait {
    /// It can go on.
    Nothing,
    /// An answer.
    Run(Run),
    /// The time when it has slept enough.
    Until(Duration),
}

impl Port {
    /// Drives parts, each with the other end of its port, until all are over. One that fails ends the whole
    /// at once: nothing is under way then, and what the others have begun is rolled back with their
    /// connections.
    pub(super) async fn side_by_side(&self, parts: Vec<(Part<'_>, Side)>) -> Result<(), RunError> {
        let mut going: Vec<Going<'_>> = parts
            .into_iter()
            .map(|(part, side)| Going {
                part,
                side,
                waits: Wait::Nothing,
            })
            .collect();
        while !going.is_empty() {
            let mut still = Vec::with_capacity(going.len());
            for mut one in going {
                if self.advance(&mut one).await? {
                    still.push(one);
                }
            }
            going = still;
            self.ask_all(&mut going).await;
        }
        Ok(())
    }

    /// Lets a part go on until it waits; what needs no connection is answered at once. Gives whether it is
    /// still going.
    async fn advance(&self, one: &mut Going<'_>) -> Result<bool, RunError> {
        while matches!(one.waits, Wait::Nothing) {
            one.side.set_elapsed(self.elapsed());
            let polled = one
                .part
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(result) = polled {
                return result.map(|()| false);
            }
            match one.side.take() {
                None => return Err(RunError::Over),
                Some(Command::Run(run)) => one.waits = Wait::Run(run),
                Some(Command::Sleep(pause)) => one.waits = Wait::Until(self.elapsed() + pause),
                Some(
                    other @ (Command::Open(_)
                    | Command::Together(_)
                    | Command::Tell(_)
                    | Command::Consult(..)),
                ) => one.side.put(self.command(other).await),
            }
        }
        Ok(true)
    }

    /// Asks for all that the parts want to run, or sleeps until the first of them wakes.
    async fn ask_all(&self, going: &mut [Going<'_>]) {
        let runs: Vec<Run> = going
            .iter()
            .filter_map(|one| match &one.waits {
                Wait::Run(run) => Some(run.clone()),
                Wait::Nothing | Wait::Until(_) => None,
            })
            .collect();
        let mut now = Duration::ZERO;
        if runs.is_empty() {
            let wakes = going.iter().filter_map(|one| match one.waits {
                Wait::Until(time) => Some(time),
                Wait::Nothing | Wait::Run(_) => None,
            });
            if let Some(first) = wakes.min() {
                self.sleep(first.saturating_sub(self.elapsed())).await;
                now = first;
            }
        } else {
            let answered = self.command(Command::Together(runs)).await;
            let (all, failure) = match answered.reply {
                Reply::Together(all) => (all, None),
                Reply::Failed(failure) => (Vec::new(), Some(failure)),
                Reply::Done | Reply::Objection(_) | Reply::Results(_) => (Vec::new(), None),
            };
            let mut outcomes = all.into_iter();
            let none = || Outcome {
                reply: Reply::Failed(
                    failure
                        .clone()
                        .unwrap_or_else(|| Failure::connection("there was no answer")),
                ),
                ..Outcome::done()
            };
            for one in going.iter_mut() {
                if matches!(one.waits, Wait::Run(_)) {
                    one.side.put(outcomes.next().unwrap_or_else(none));
                    one.waits = Wait::Nothing;
                }
            }
        }
        now = now.max(self.elapsed());
        for one in going.iter_mut() {
            if matches!(one.waits, Wait::Until(time) if time <= now) {
                one.side.put(Outcome::done());
                one.waits = Wait::Nothing;
            }
        }
    }
}
