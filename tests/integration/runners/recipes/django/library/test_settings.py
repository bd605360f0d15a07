import os, subprocess

# With pytest-xdist the database of this process, with Django's own runner that of the first worker.
os.environ["DATABASE_URL"] = subprocess.check_output(["pgclone", "url"], text=True).strip()

from library.settings import *

TEST_RUNNER = "library.test_runner.Runner"
