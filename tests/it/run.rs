//! The runner against a real server: kills, races, locks, gates, histories of other tools.

mod adopt;
mod backfill;
mod faces;
mod gate;
mod kill;
mod locks;
mod observers;
mod operate;
mod pools;
mod recipes;
mod scenario;
mod starters;
mod tenants;
mod workers;
