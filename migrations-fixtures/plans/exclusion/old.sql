INSERT INTO bookings VALUES ({n} + 10000000, int4range({n}, {n} + 1000)) ON CONFLICT DO NOTHING
