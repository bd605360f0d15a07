"""What the machine that runs the tests has, and has not."""
import os

import pytest


def unavailable(reason):
    """Skips the test. Not in CI, whose machines can have everything: there it is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
