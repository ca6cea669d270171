//! Effects against measurements of real servers, and against the server of this machine.

mod circles;
mod measured;
mod phases;
mod server;
