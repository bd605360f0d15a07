# The projects' own tests are run by test_runners.py, under pgclone.
collect_ignore = ["pytest_xdist", "jest"]
