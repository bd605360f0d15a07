"""The recipe of docs/recipes/phpunit.md: PHPUnit, in processes that are started as ParaTest starts them.

ParaTest itself is to be had from Packagist only, which CI does not reach. What pgclone needs of it is the variable
TEST_TOKEN, with a number for each process.
"""
import shutil

import pytest
from support.machine import unavailable
from support.recipes import check_page, fails, passes

TWO_AT_ONCE = """
TEST_TOKEN=1 phpunit tests/ShelfOneTest.php & first=$!
TEST_TOKEN=2 phpunit tests/ShelfTwoTest.php & second=$!
wait $first; status=$?
wait $second && exit $status
"""


@pytest.fixture
def phpunit(sample):
    if shutil.which("phpunit") is None:
        unavailable("there is no phpunit: Debian's phpunit and php-pgsql have what it needs")
    return sample("phpunit")


def test_the_page_shows_what_is_run_here():
    check_page("phpunit.md", "phpunit/pgclone.yaml", "phpunit/tests/bootstrap.php", "phpunit/phpunit.xml")


def test_processes_have_databases_of_their_own(phpunit):
    passes(phpunit.in_run("sh", "-c", TWO_AT_ONCE), "OK (3 tests, 6 assertions)")
    assert phpunit.workers() == {"1", "2"}


def test_in_local_mode_the_configured_database_is_used(phpunit):
    passes(phpunit.serially("phpunit"), "OK (6 tests, 12 assertions)")


def test_a_shared_database_is_noticed(phpunit):
    fails(phpunit.on_one_database("sh", "-c", TWO_AT_ONCE), "somebody else is here")
