SELECT FROM users WHERE (name, room) IS DISTINCT FROM (full_name, seat);
