//! What a test suite sends through either driver becomes a recorded release.

use concertina::client::recorder::Recorder;
use concertina::project::load_release;
use postgres::{Client, NoTls};

use crate::server;

#[test]
fn what_both_drivers_send_becomes_a_release() {
    let url = server::shared().database();
    let recorder = Recorder::default();
    let mut client = recorder.wrap(Client::connect(&url, NoTls).unwrap());
    client.batch_execute("CREATE TABLE t (a int)").unwrap();
    client.execute("INSERT INTO t VALUES ($1)", &[&1]).unwrap();
    let mut transaction = recorder.wrap(client.transaction().unwrap());
    let row = transaction.query_one("SELECT a FROM t", &[]).unwrap();
    assert_eq!(row.get::<_, i32>(0), 1);
    transaction.into_inner().commit().unwrap();
    let statement = client.prepare("SELECT a + 1 FROM t").unwrap();
    let rows = client.into_inner().query(&statement, &[]).unwrap();
    assert_eq!(rows.len(), 1);

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let client = recorder.wrap_async(client);
        let rows = client
            .query("SELECT a FROM t WHERE a > $1", &[&0])
            .await
            .unwrap();
        assert_eq!(rows.len(), 1);
    });

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("1.4.0.json");
    let earlier = Recorder::default();
    earlier.note("DELETE FROM t");
    earlier.save("1.4.0", &file).unwrap();
    recorder.save("1.4.0", &file).unwrap();
    let release = load_release("1.4.0", &file).unwrap();
    let sent: Vec<&str> = release
        .queries
        .iter()
        .map(|query| query.sql.as_str())
        .collect();
    let expected = [
        "DELETE FROM t",
        "INSERT INTO t VALUES ($1)",
        "SELECT a + 1 FROM t",
        "SELECT a FROM t",
        "SELECT a FROM t WHERE a > $1",
    ];
    assert_eq!(sent, expected);
    assert!(
        release
            .queries
            .iter()
            .all(|query| query.file == "tests/it/recorder.rs")
    );
}
