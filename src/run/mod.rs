//! The runner: a state machine that asks for commands and is told their outcomes.
