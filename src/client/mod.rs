//! The port the runner talks to, and the two drivers that speak it.
