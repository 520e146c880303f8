"""What becomes of a test whose program is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

TESTS = Path(__file__).parents[1]

TWO_TIERS = """
import pytest

@pytest.mark.programs("curl")
def test_one(): pass

@pytest.mark.programs("curl", "swaks")
def test_two(): pass

def test_three(): pass
"""

A_SKIP = """
import pytest

def test_one(): pytest.skip("not today")
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """A function that runs *source* with this project's conftest, without programs."""
    pytester.makeconftest((TESTS / "conftest.py").read_text())
    pytester.makeini("[pytest]\nmarkers =\n    programs(*names): as in pyproject.toml\n")
    monkeypatch.setattr("support.programs.find", lambda _: None)

    def run(source: str, *, require: bool) -> pytest.RunResult:
        pytester.makepyfile(source)
        monkeypatch.setattr("support.programs.REQUIRED", require)
        return pytester.runpytest_inprocess("-p", "no:cacheprovider")

    return run


def test_it_is_left_out_with_a_line_for_each_program(run):
    result = run(TWO_TIERS, require=False)
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(
        [
            "curl is not installed: 2 tests left out (apt-get install curl)",
            "swaks is not installed: 1 test left out (apt-get install swaks)",
        ]
    )


def test_it_fails_where_programs_are_required(run):
    result = run(TWO_TIERS, require=True)
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(["*curl is not installed (apt-get install curl)*"])


def test_any_other_skip_fails_there_too(run):
    run(A_SKIP, require=False).assert_outcomes(skipped=1)
    run(A_SKIP, require=True).assert_outcomes(failed=1)


@pytest.mark.parametrize(("value", "required"), [("", False), ("0", False), ("1", True)])
def test_the_environment_says_what_is_required(value, required):
    code = "from support.programs import REQUIRED; print(REQUIRED)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"MAILCAP_REQUIRE_PROGRAMS": value, "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == f"{required}\n"


def test_no_setting_of_the_test_runs_own_reaches_a_test():
    assert [name for name in os.environ if name.startswith("MAILCAP_")] == []
