"""init: writes what the folder shows, which the program reads; says what it found, replaces nothing."""
import json

import pytest

PROJECTS = {
    "django": {"manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "x")', "shop/migrations/0001.py": ""},
    "rails": {"config/database.yml": "test:\n", "db/schema.rb": "", "Gemfile": "gem 'parallel_tests'\n"},
    "alembic": {"alembic.ini": "script_location = migrations\n", "migrations/env.py": "", "tox.ini": "pytest-xdist"},
    "prisma": {"prisma/schema.prisma": "", "package.json": '{"scripts": {"test": "vitest run"}}'},
    "ecto": {"mix.exs": "{:ecto_sql, 1}", "priv/repo/migrations/1.exs": ""},
    "sqlx": {"Cargo.toml": "sqlx = 1", "migrations/1.sql": "", ".config/nextest.toml": ""},
    "go": {"go.mod": "require github.com/pressly/goose/v3 v3.0.0", "migrations/1.sql": ""},
    "flyway": {"src/main/resources/db/migration/V1__a.sql": ""},
    "liquibase": {"liquibase.properties": ""},
    "sql": {"db/schema.sql": "CREATE TABLE a (a int);", "composer.json": '{"require-dev": {"phpunit/phpunit": "1"}}'},
    "nothing": {},
}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "My shop"
    made.mkdir()
    return made


def fill(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.mark.parametrize("files", PROJECTS.values(), ids=PROJECTS)
def test_what_it_writes_has_no_mistake(pgclone, folder, files):
    fill(folder, files)
    result = pgclone.ok("init", server=None, cwd=folder)
    assert result.stdout == ""
    assert "pgclone: found " in result.stderr
    found = pgclone("doctor", "--format", "json", server="postgresql://127.0.0.1:1/", cwd=folder).json["findings"]
    assert [finding["severity"] for finding in found if finding["check"] in ("settings", "scope", "build")] == (
        ["ok"] * (3 if files else 2)
    )


@pytest.mark.parametrize("database", ['a"b', "a: b", "# x", "${HOME}", "{}", "a'b", "é", "a\\b", "%", "!a", "$$"])
def test_odd_names(pgclone, folder, database):
    from urllib.parse import quote

    url = f"postgresql://us%22er:pass%24word@127.0.0.1:1/{quote(database, safe='')}"
    fill(folder, {".env": f"DATABASE_URL={url}\n", "schema.sql": ""})
    pgclone.ok("init", server=None, cwd=folder)
    assert "pass" not in folder.joinpath("pgclone.yaml").read_text().replace("password", "").replace("~/.pgpass", "")
    found = pgclone("doctor", "--format", "json", server=None, cwd=folder).expect(3).json["findings"]
    (scope,) = [finding for finding in found if finding["check"] == "scope"]
    assert f'project "{database}"' in scope["text"]


def test_it_replaces_nothing(pgclone, folder):
    fill(folder, {"pgclone.yaml": "workers: 3\n"})
    pgclone("init", server=None, cwd=folder).expect_error(4, "pgclone.yaml").has_hint("--dry-run")
    assert folder.joinpath("pgclone.yaml").read_text() == "workers: 3\n"


def test_dry_run_writes_nothing(pgclone, folder):
    result = pgclone.ok("init", "--dry-run", server=None, cwd=folder)
    assert "workers: auto" in result.stdout
    assert not list(folder.iterdir())


def test_from_nothing_to_databases(pgclone, server, folder):
    """init, doctor, create: with a schema in SQL and DATABASE_URL, and no other setting."""
    fill(folder, {"schema.sql": "CREATE TABLE author (name text);", "requirements.txt": "pytest-xdist\n"})
    env = {"DATABASE_URL": server.url("library")}
    pgclone.ok("init", server=None, env=env, cwd=folder)
    pgclone.ok("doctor", server=None, env=env, cwd=folder)
    made = pgclone.ok("create", "--format", "json", "-w", "2", server=None, env=env, cwd=folder)
    assert [entry["name"] for entry in json.loads(made.stdout)["databases"]] == ["library_gw0", "library_gw1"]
    assert server.query("SELECT * FROM author", database="library_gw0") == []
