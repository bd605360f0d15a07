use std::env;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

/// The database of the slot in which nextest runs this test; with cargo test, that of the first.
pub fn of_slot() -> String {
    let slot = env::var("NEXTEST_TEST_GLOBAL_SLOT").unwrap_or_else(|_| "0".to_string());
    env::var(format!("PGCLONE_URL_{slot}")).expect("tests are run by pgclone run -- cargo nextest run")
}

/// A copy for one test, which goes with the connection. Needs pgclone run.
pub struct Fresh {
    pub url: String,
    _run: UnixStream,
}

pub fn fresh() -> Fresh {
    let mut run = UnixStream::connect(env::var("PGCLONE_SOCKET").unwrap()).unwrap();
    run.write_all(b"take\n").unwrap();
    let mut answer = String::new();
    BufReader::new(&run).read_line(&mut answer).unwrap();
    // Nothing in a URL is escaped in JSON.
    let (_, rest) = answer.split_once(r#""url":""#).expect(&answer);
    Fresh { url: rest.split('"').next().unwrap().to_string(), _run: run }
}
