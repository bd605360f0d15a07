//! Tests that commit, with fixed keys and exact counts. They ask by psql, so that nothing else is needed.
mod database;

use std::{env, process::Command, thread, time::Duration};

fn ask(url: &str, statement: &str) -> String {
    let done = Command::new("psql").args(["-qXAt", "-v", "ON_ERROR_STOP=1", url, "-c", statement]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_string()
}

fn one_more_book() {
    let url = database::of_slot();
    let slot = env::var("NEXTEST_TEST_GLOBAL_SLOT").unwrap_or_else(|_| "0".to_string());
    ask(&url, &format!("INSERT INTO visitor VALUES ('{slot}') ON CONFLICT DO NOTHING"));
    assert_eq!(ask(&url, "SELECT string_agg(worker, ' ') FROM visitor"), slot, "somebody else is here");
    ask(&url, "INSERT INTO book (id, author_id, title) VALUES (100, 1, 'Typee')");
    thread::sleep(Duration::from_millis(100));
    assert_eq!(ask(&url, "SELECT count(*) FROM book"), "6");
    ask(&url, "DELETE FROM book WHERE id = 100");
}

#[test]
fn typee() {
    one_more_book();
}

#[test]
fn omoo() {
    one_more_book();
}

#[test]
fn mardi() {
    one_more_book();
}

#[test]
fn an_empty_library() {
    if env::var("PGCLONE_SOCKET").is_err() {
        return; // local mode
    }
    let copy = database::fresh();
    ask(&copy.url, "TRUNCATE book");
    assert_eq!(ask(&copy.url, "SELECT count(*) FROM book"), "0");
}
