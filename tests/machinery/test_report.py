"""What cannot be run is said by name; where a machine judges, a skipped test is a failure."""

from __future__ import annotations

import pytest

from tests.machinery.servers import ROOT

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest
from tests.machinery import report

@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    return request.param

@pytest.fixture
def page():
    raise RuntimeError("there is no browser")

def pytest_collection_modifyitems(items):
    report.mark_skipped(items, {"postgresql": "no server here", "chromium": "no browser here"})

def pytest_sessionfinish(session):
    report.judge(session)

def pytest_terminal_summary(terminalreporter):
    report.name_the_skipped(terminalreporter)
"""
TESTS = """
def test_rows(database): pass
def test_click(page): pass
def test_sum(): pass
"""


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_the_skipped_are_named(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, code: int
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\nmarkers = browser: drives Chromium")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_small=TESTS)
    result = pytester.runpytest_subprocess("-p", "no:playwright")
    result.stdout.fnmatch_lines(
        [
            "no server here",
            "  test_small.py: test_rows[[]postgresql[]]",
            "no browser here",
            "  test_small.py: test_click",
        ],
        consecutive=False,
    )
    result.assert_outcomes(passed=2, skipped=2)
    assert result.ret == code
