//! A client without a database: a closure answers each command, and all of them are kept.

use crate::run::{Command, Machine, Outcome, Reply, RunError, Turn};

/// Drives a machine with made-up replies; gives its end and the commands it asked for.
pub fn drive<T>(
    mut machine: Machine<T>,
    mut answer: impl FnMut(&Command) -> Reply,
) -> (Result<T, RunError>, Vec<Command>) {
    let mut asked = Vec::new();
    let mut outcome = Outcome::done();
    loop {
        match machine.next(outcome) {
            Turn::Over(result) => return (result, asked),
            Turn::Ask(command) => {
                outcome = Outcome {
                    reply: answer(&command),
                    ..Outcome::done()
                };
                asked.push(command);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Failure, Link, Runner};

    #[test]
    fn a_run_without_a_server_ends_with_what_the_driver_says() {
        let refused = |_: &Command| Reply::Failed(Failure::connection("connection refused"));
        let (result, asked) = drive(Runner::new(Vec::new()).apply(), refused);
        assert!(matches!(result, Err(RunError::Connect(_))), "{result:?}");
        assert_eq!(asked, [Command::Open(Link::Work)]);
    }

    #[test]
    fn a_machine_that_is_over_says_so() {
        let mut machine = Runner::new(Vec::new()).apply();
        let failed = || Outcome {
            reply: Reply::Failed(Failure::connection("gone")),
            ..Outcome::done()
        };
        assert!(matches!(machine.next(Outcome::done()), Turn::Ask(_)));
        assert!(matches!(
            machine.next(failed()),
            Turn::Over(Err(RunError::Connect(_)))
        ));
        assert!(matches!(
            machine.next(failed()),
            Turn::Over(Err(RunError::Over))
        ));
    }
}
