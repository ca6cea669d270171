//! Parts of a run that go on side by side: what each asks for is begun, and whichever is answered goes on.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::RunError;
use super::command::{Command, Failure, Link, Outcome, Reply};
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
    /// The answer on its connection.
    Answer(Link),
    /// The time when it has slept enough.
    Until(Duration),
}

impl Port {
    /// Drives parts, each with the other end of its port, until all are over. Once one has failed no other goes
    /// on; what is under way is waited for, and what the others have begun is rolled back with their connections.
    pub(super) async fn side_by_side(&self, parts: Vec<(Part<'_>, Side)>) -> Result<(), RunError> {
        let mut going: Vec<Going<'_>> = parts
            .into_iter()
            .map(|(part, side)| Going {
                part,
                side,
                waits: Wait::Nothing,
            })
            .collect();
        let mut result = Ok(());
        loop {
            let mut still = Vec::with_capacity(going.len());
            for mut one in going {
                if result.is_ok() {
                    match self.advance(&mut one).await {
                        Ok(true) => still.push(one),
                        Ok(false) => {}
                        Err(error) => result = Err(error),
                    }
                } else if matches!(one.waits, Wait::Answer(_)) {
                    still.push(one);
                }
            }
            going = still;
            if going.is_empty() {
                return result;
            }
            self.wait(&mut going).await;
        }
    }

    /// Lets a part go on until it waits; what takes no time is answered at once. Gives whether it is still going.
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
                Some(Command::Run(run)) => {
                    one.waits = Wait::Answer(run.on);
                    self.command(Command::Begin(run)).await;
                }
                Some(Command::Sleep(pause)) => one.waits = Wait::Until(self.elapsed() + pause),
                Some(
                    other @ (Command::Open(_)
                    | Command::Begin(_)
                    | Command::Await(_)
                    | Command::Tell(_)
                    | Command::Consult(..)),
                ) => one.side.put(self.command(other).await),
            }
        }
        Ok(true)
    }

    /// Waits until one of the parts can go on.
    async fn wait(&self, going: &mut [Going<'_>]) {
        let wakes = going.iter().filter_map(|one| match one.waits {
            Wait::Until(time) => Some(time),
            Wait::Nothing | Wait::Answer(_) => None,
        });
        let first = wakes.min();
        let pause = first.map(|time| time.saturating_sub(self.elapsed()));
        let mut now = Duration::ZERO;
        match pause {
            Some(pause) if !going.iter().any(|one| matches!(one.waits, Wait::Answer(_))) => {
                self.sleep(pause).await;
                // However the time was measured, it is over.
                now = first.unwrap_or_default();
            }
            _ => {
                let answered = self.command(Command::Await(pause)).await;
                let reply = match answered.reply {
                    Reply::Done if pause.is_none() => {
                        Reply::Failed(Failure::connection("there was no answer"))
                    }
                    reply => reply,
                };
                match reply {
                    Reply::Answered(link, outcome) => {
                        let mut those = going.iter_mut();
                        if let Some(one) =
                            those.find(|one| matches!(one.waits, Wait::Answer(on) if on == link))
                        {
                            one.side.put(*outcome);
                            one.waits = Wait::Nothing;
                        }
                    }
                    // Nothing can be waited for any more.
                    Reply::Failed(failure) => {
                        for one in going
                            .iter_mut()
                            .filter(|one| matches!(one.waits, Wait::Answer(_)))
                        {
                            one.side.put(Outcome {
                                reply: Reply::Failed(failure.clone()),
                                ..Outcome::done()
                            });
                            one.waits = Wait::Nothing;
                        }
                    }
                    Reply::Done | Reply::Objection(_) | Reply::Results(_) => {}
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
