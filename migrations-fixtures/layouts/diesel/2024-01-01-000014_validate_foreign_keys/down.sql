-- Nothing to undo: a validated constraint holds what it held before.
SELECT 1;
