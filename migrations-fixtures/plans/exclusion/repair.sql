DELETE FROM bookings a USING bookings b WHERE a.id <> b.id AND a.during && b.during;
