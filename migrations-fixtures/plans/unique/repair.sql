DELETE FROM users a WHERE EXISTS (SELECT FROM users b WHERE (a.id = b.id OR lower(a.email) = lower(b.email)) AND a.ctid < b.ctid);
