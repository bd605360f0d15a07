"""The fingerprint: what makes a template another one, and what does not."""
import os
import re
import shutil
import time

import pytest

FOUND = "template.*(differ|chang)"


def replace(project, name, old, new):
    text = (project.folder / name).read_text()
    assert old in text
    project.write(name, text.replace(old, new, 1))


def settings(project, **changes):
    recipe = {"sql": ["schema.sql"], "command": ["sh", "migrate.sh"], "inputs": ["migrations", "migrate.sh"]}
    project.settings(**{**recipe, **changes})


# What is changed, and the part of the fingerprint that says so.
CHANGES = {
    "a byte of a sql file": (lambda p: replace(p, "schema.sql", "Moby", "Moby "), "sql"),
    "a byte of an input": (lambda p: replace(p, "migrations/0001.sql", "f", "F"), "inputs"),
    "a byte at an input's end": (lambda p: p.write("migrations/0001.sql", "-- first"), "inputs"),
    "an input's name": (
        lambda p: os.rename(p.folder / "migrations/0001.sql", p.folder / "migrations/0002.sql"), "inputs"),
    "another input": (lambda p: p.write("migrations/0002.sql", ""), "inputs"),
    "one deep below": (lambda p: p.write("migrations/a/b/c.py", "pass\n"), "inputs"),
    "an input that is gone": (lambda p: os.remove(p.folder / "migrations/0001.sql"), "inputs"),
    "a link in place of a file": (
        lambda p: (os.remove(p.folder / "migrations/0001.sql"),
                   os.symlink("../schema.sql", p.folder / "migrations/0001.sql")), "inputs"),
    "a name that begins with a dot": (lambda p: p.write("migrations/.env", "A=1\n"), "inputs"),
    "the command": (lambda p: settings(p, command=["sh", "./migrate.sh"]), "command"),
    "the command's words": (lambda p: settings(p, command=["sh", "migrate.sh", ""]), "command"),
    "a shell's command": (lambda p: settings(p, command="sh migrate.sh"), "command"),
    "no command": (lambda p: settings(p, command=None), "command"),
    "another sql file": (
        lambda p: (p.write("more.sql", "SELECT 1;\n"), settings(p, sql=["schema.sql", "more.sql"])), "sql"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_the_template_is_made_of_makes_another_one(server, project, change):
    """Else tests run on yesterday's schema."""
    project.usual()
    first = project.build()
    alter, part = CHANGES[change]
    alter(project)
    result = project.ok("template", "build", "-v")
    assert len(project.templates()) == 2, str(result)
    (second,) = project.templates() - {first}
    one, other = project.mark(first)["fingerprint"], project.mark(second)["fingerprint"]
    assert [name for name in one if one[name] != other[name]] == [part]
    (line,) = [line for line in result.stderr.splitlines() if re.search(FOUND, line)]
    named = [name for name in one if re.search(rf"\b{name}\b", line.replace(first, "").replace(second, ""))]
    assert named == [part], f"-v says which part has changed\n{result}"


def test_the_order_of_sql_files_counts(server, project):
    project.write("a.sql", "CREATE TABLE IF NOT EXISTS t AS SELECT 1 AS n;\n")
    project.write("b.sql", "CREATE TABLE IF NOT EXISTS t AS SELECT 2 AS n;\n")
    project.settings(["a.sql", "b.sql"])
    assert project.content(project.build(), "SELECT n FROM t") == 1
    project.settings(["b.sql", "a.sql"])
    assert project.content(project.build(), "SELECT n FROM t") == 2


def touch(project):
    for path in [project.folder / "schema.sql", *project.folder.rglob("migrations/*")]:
        os.utime(path, (time.time() - 86400, time.time() - 86400))


def chmod(project):
    for path in [project.folder / "schema.sql", project.folder / "migrate.sh"]:
        path.chmod(0o700)
    (project.folder / "migrations").chmod(0o750)


def rewrite(project):
    """As `git checkout` of the same commit does it: other inodes, in another order."""
    paths = sorted((project.folder / "migrations").iterdir(), reverse=True)
    texts = [path.read_text() for path in paths]
    for path in paths:
        path.unlink()
    for path, text in zip(paths, texts):
        path.write_text(text)


NO_CHANGES = {
    "touch": touch,
    "chmod": chmod,
    "written anew": rewrite,
    "an empty folder": lambda p: (p.folder / "migrations/empty").mkdir(),
    ".git": lambda p: p.write("migrations/.git/HEAD", "ref\n"),
    "__pycache__": lambda p: p.write("migrations/a/__pycache__/x.pyc", "times\n"),
    "another file beside them": lambda p: p.write("README", "hello\n"),
    "a comment in pgclone.yaml": lambda p: p.write(
        "pgclone.yaml", "# hello\n" + (p.folder / "pgclone.yaml").read_text()),
    "workers": lambda p: settings(p, head="template: shelf\nworkers: 3"),
}  # fmt: skip


@pytest.mark.parametrize("change", NO_CHANGES)
def test_what_does_not_count_builds_nothing(server, project, change):
    """Else every checkout in CI would build anew."""
    project.usual()
    project.change()
    project.build()
    NO_CHANGES[change](project)
    project.builds_nothing()
    assert project.runs == 1


def test_another_checkout_folder_has_the_same_fingerprint(server, project, tmp_path):
    project.usual()
    template = project.build()
    shutil.copytree(project.folder, tmp_path / "elsewhere" / "checkout")
    moved = type(project)(project.pgclone, server, tmp_path / "elsewhere" / "checkout")
    moved.builds_nothing()
    assert project.templates() == {template}
    assert project.ok("create").code == moved.ok("create").code == 0
    assert project.runs == 1


def test_the_callers_environment_does_not_count(server, project):
    project.usual()
    project.build()
    project.ok("create", env={"LC_ALL": "C", "LANG": "de_DE.UTF-8", "TZ": "Asia/Tokyo", "PGTZ": "UTC"})
    assert project.runs == 1 and len(project.templates()) == 1


@pytest.mark.core
def test_a_file_that_a_walk_finds_in_another_order_is_the_same(server, project):
    """Folders are walked in the order of bytes, whatever the locale and the file system say."""
    names = ["a.sql", "B.sql", "a/b.sql", "a-b.sql", "ä.sql", "Z", "_x", "10", "9"]
    project.write("schema.sql", "CREATE TABLE t ();\n")
    for name in names:
        project.write(f"one/in/{name}", name)
    for name in reversed(names):
        project.write(f"two/in/{name}", name)
    project.settings(["schema.sql"], inputs=["one/in"])
    first = project.build()
    shutil.rmtree(project.folder / "one")
    os.rename(project.folder / "two", project.folder / "one")
    project.builds_nothing()
    assert project.templates() == {first}


# ----------------------------------------------------------------------------------------- excludes


@pytest.mark.parametrize(
    "pattern, left_out, counts",
    [
        ("!*.pyc", ["migrations/x.pyc", "migrations/a/y.pyc"], ["migrations/x.py"]),
        ("!migrations/a", ["migrations/a/x", "migrations/a/b/c"], ["migrations/b/a2"]),
        ("!README*", ["migrations/README", "migrations/a/README.md"], ["migrations/my-README"]),
        ("!migrations/*.log", ["migrations/x.log"], ["migrations/x.log2"]),
    ],
)
def test_what_inputs_excludes_does_not_count(server, project, pattern, left_out, counts):
    project.usual()
    settings(project, inputs=["migrations", pattern])
    project.build()
    for name in left_out:
        project.write(name, "made by a tool\n")
    project.builds_nothing()
    for name in counts:
        project.write(name, "x\n")
        project.build()


def test_links_that_the_user_names_are_followed_and_others_count_by_their_target(server, project, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "0001.sql").write_text("-- one\n")
    project.write("schema.sql", "CREATE TABLE t ();\n")
    os.symlink(shared, project.folder / "migrations")
    project.settings(["schema.sql"], inputs=["migrations"])
    project.build()
    (shared / "0001.sql").write_text("-- two\n")
    project.build()
    os.symlink("no such file", shared / "dangling")
    project.build()
    os.symlink(tmp_path, shared / "around")  # a circle: the walk ends all the same
    project.build()
    (tmp_path / "elsewhere").write_text("not walked into\n")
    project.builds_nothing()


def test_files_that_cannot_be_read_to_an_end_do_not_hold_a_build_up(server, project):
    """A socket of an editor, a pipe of a file watcher."""
    project.usual()
    os.mkfifo(project.folder / "migrations" / "pipe")
    project.build()
    os.unlink(project.folder / "migrations" / "pipe")
    project.builds_nothing()


def test_another_locale_of_the_server_is_another_template(own_server, project):
    """An index sorted by one locale is broken under another, so a moved cluster builds anew."""
    here = own_server()
    project.server = here
    project.usual()
    first = project.build(server=here.url("circ"))
    here.query("UPDATE pg_database SET datcollate = 'POSIX', datctype = 'POSIX' WHERE datname = 'template0'")
    second = project.build(server=here.url("circ"))
    one, other = project.mark(first)["fingerprint"], project.mark(second)["fingerprint"]
    assert [name for name in one if one[name] != other[name]] == ["server"]
