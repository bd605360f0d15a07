"""The recipe of docs/recipes/rails.md: Rails' own parallel tests, and processes that are started as parallel_tests
starts them. The gem itself is to be had from RubyGems only, which CI does not reach.

Each process notes in its database that it has been there, and finds out whether another one has. So where all share
one database a test fails, else the project would prove nothing.
"""
import shutil
import subprocess

import pytest
from support.machine import unavailable
from support.recipes import check_page, fails, passes

TEST = ["ruby", "bin/rails", "test"]
MIGRATE = "RAILS_ENV=test DATABASE_URL=$PGCLONE_SERVER ruby bin/rails db:migrate"
TWO_AT_ONCE = """
TEST_ENV_NUMBER= ruby test/models/novel_test.rb & first=$!
TEST_ENV_NUMBER=2 ruby test/models/tale_test.rb & second=$!
wait $first; status=$?
wait $second && exit $status
"""


@pytest.fixture(scope="session")
def ruby():
    gems = "require 'logger'; require 'rails'; require 'active_record/railtie'; require 'pg'"
    if shutil.which("ruby") is None or subprocess.run(["ruby", "-e", gems], capture_output=True).returncode != 0:
        unavailable("there is no Rails: Debian's ruby-railties, ruby-activerecord and ruby-pg have it")


@pytest.fixture
def rails(ruby, sample):
    return sample("rails")


def test_the_page_shows_what_is_run_here():
    check_page("rails.md", "rails/pgclone.yaml", "rails/config/environments/test.rb", "rails/test/test_helper.rb")


def test_rails_workers_have_databases_of_their_own(rails):
    passes(rails.in_run(*TEST), "10 runs, 18 assertions, 0 failures, 0 errors, 0 skips")
    assert {"1", "2"} <= rails.workers()


def test_rails_in_local_mode_uses_the_configured_database(rails):
    passes(rails.serially(*TEST, migrate=MIGRATE), "10 runs, 16 assertions, 0 failures, 0 errors, 2 skips")


def test_rails_notices_a_shared_database(rails):
    fails(rails.on_one_database(*TEST), "somebody else is here")


def test_processes_of_parallel_tests_have_databases_of_their_own(rails):
    passes(rails.in_run("sh", "-c", TWO_AT_ONCE), "4 runs, 8 assertions, 0 failures, 0 errors")
    assert rails.workers() == {"1", "2"}


def test_processes_of_parallel_tests_notice_a_shared_database(rails):
    fails(rails.on_one_database("sh", "-c", TWO_AT_ONCE), "somebody else is here")
