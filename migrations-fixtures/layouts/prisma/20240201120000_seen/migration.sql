-- one statement alone runs outside a transaction
CREATE INDEX CONCURRENTLY "User_seen" ON "User"("email", "id");
