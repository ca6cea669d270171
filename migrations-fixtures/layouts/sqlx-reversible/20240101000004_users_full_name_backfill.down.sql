-- Nothing to undo: the trigger keeps both columns equal.
SELECT 1;
