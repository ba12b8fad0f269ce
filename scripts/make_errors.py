"""Write anew the errors that the bad configurations of the tests give, each beside its file.

    .venv/bin/python -m scripts.make_errors

What stands there is what a beginner reads. A test holds every file to it.
"""

from __future__ import annotations

import os

from tests.config.test_loader import BAD, expected_errors

if __name__ == "__main__":
    os.environ["DELEGATOR_TEST_SECRET"] = "hunter2"
    os.environ.pop("CREDENTIALS_DIRECTORY", None)
    for found in BAD:
        errors = expected_errors(found)
        beside = found.with_suffix(".txt")
        if not beside.exists() or beside.read_text("utf-8") != errors:
            beside.write_text(errors, "utf-8")
            print(beside)
