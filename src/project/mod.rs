//! What lies on disk: migration layouts and query sources.
