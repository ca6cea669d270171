//! What the service asks of its database.

const TAGGED: &str = "SELECT note_id FROM tags WHERE tag = $1";

async fn note(pool: &PgPool, id: i64) -> Result<Note> {
    sqlx::query_as!(Note, r#"SELECT id, title, body FROM notes WHERE id = $1"#, id)
        .fetch_one(pool)
        .await
}

async fn tagged(client: &Client, tag: &str) -> Result<Vec<Row>> {
    client.query(TAGGED, &[&tag]).await
}

async fn rename(client: &Client, id: i64, title: &str) -> Result<u64> {
    client
        .execute("UPDATE notes SET title = $2 WHERE id = $1", &[&id, &title])
        .await
}

fn search(connection: &mut PgConnection, column: &str) -> Result<Vec<Note>> {
    diesel::sql_query(format!("SELECT * FROM notes WHERE {column} LIKE $1")).load(connection)
}

#[cfg(test)]
mod tests {
    fn all(client: &mut Client) {
        client.query("SELECT body FROM notes", &[]);
    }
}
