"""Another session sits in the template."""
import threading
import time

import pytest

pytestmark = pytest.mark.core


def test_a_template_that_stays_busy_ends_with_5_and_names_who_is_in_it(server, pgclone):
    with server.session("circ", "tester", application_name="psql of Ingrid") as session:
        pid = session.get_backend_pid()
        started = time.monotonic()
        with server.unchanged():
            result = pgclone("create", "--template", "circ", "--workers", "4", "--wait", "1")
        took = time.monotonic() - started
    result.expect_error(5, str(pid), "tester", "circ").has_hint("--disconnect-template")
    assert 0.9 <= took < 6, f"waited {took:.1f} s of 1"


def test_another_users_session_is_named_too(server, pgclone):
    server.create_role("visitor")
    with server.session("circ", "visitor") as session:
        pid = session.get_backend_pid()
        pgclone("create", "--template", "circ", "--wait", "1").expect_error(5, str(pid), "visitor")


def test_wait_zero_does_not_wait(server, pgclone):
    with server.session("circ", "tester"):
        started = time.monotonic()
        pgclone("create", "--template", "circ", "--wait", "0").expect_error(5)
        assert time.monotonic() - started < 2


def test_create_goes_on_when_the_session_leaves_in_time(server, clone):
    session = server.connect("circ", "tester")
    timer = threading.Timer(1.0, session.close)
    timer.start()
    started = time.monotonic()
    try:
        made = clone("--workers", "3", "--wait", "20")
    finally:
        timer.join()
    took = time.monotonic() - started
    assert len(made.databases) == 3
    assert 0.9 < took < 8, f"went on after {took:.1f} s"


def test_disconnect_template_ends_the_sessions(server, clone):
    with server.session("circ", "tester") as session:
        pid = session.get_backend_pid()
        started = time.monotonic()
        clone("--workers", "2", "--disconnect-template", "--wait", "20")
        assert time.monotonic() - started < 10
        assert not server.query("SELECT 1 FROM pg_stat_activity WHERE pid = %s", (pid,))


def test_disconnecting_another_users_session_takes_the_right_to(server, pgclone):
    server.create_role("visitor")
    with server.session("circ", "visitor"):
        with server.unchanged():
            result = pgclone(
                "create", "--template", "circ", "--disconnect-template", "--wait", "1"
            )
        result.expect_error(6, "visitor").has_hint("pg_signal_backend")


def test_sessions_in_the_template_do_not_matter_for_empty_databases(server, pgclone):
    with server.session("circ", "tester"):
        pgclone.create("--workers", "2", "--wait", "0")
