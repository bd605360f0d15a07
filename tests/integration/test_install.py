"""`cmake --install` from the folder that the program was built in."""
import subprocess
from pathlib import Path

import pytest

COMPLETION = {
    "bash": "bash-completion/completions/pgclone",
    "zsh": "zsh/site-functions/_pgclone",
    "fish": "fish/vendor_completions.d/pgclone.fish",
}


@pytest.fixture
def build_folder(pgclone):
    folder = Path(pgclone.binary).parent
    if not (folder / "cmake_install.cmake").exists():
        pytest.skip(f"{folder} is not where the program was built")
    return folder


def test_what_is_installed_works_and_has_its_manual_and_completion(build_folder, tmp_path):
    subprocess.run(
        ["cmake", "--install", build_folder, "--prefix", tmp_path], check=True, stdout=subprocess.DEVNULL
    )
    program = tmp_path / "bin" / "pgclone"
    assert subprocess.check_output([program, "--version"]).startswith(b"pgclone ")
    for manual in ("man1/pgclone.1", "man5/pgclone.yaml.5"):
        assert (tmp_path / "share" / "man" / manual).exists()
    for shell, place in COMPLETION.items():
        script = subprocess.check_output([program, "completion", shell])
        assert (tmp_path / "share" / place).read_bytes() == script


def test_the_release_build_needs_nothing_that_only_tests_need(build_folder):
    """Who builds a package of pgclone has no cmocka there."""
    if build_folder.name != "release":
        pytest.skip("another build than the release preset's")
    assert "CMOCKA" not in (build_folder / "CMakeCache.txt").read_text()
