SELECT FROM users WHERE (name, age) IS DISTINCT FROM (full_name, concertina_users_age_new);
