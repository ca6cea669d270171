//! Findings and plans as text for people and as documents for machines.
