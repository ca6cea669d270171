UPDATE users SET bio = 'none' WHERE bio IS NULL;
