"""With a test key marked tests are deselected, and the run says how many and why; without one nothing changes."""

from __future__ import annotations

import pytest

from tests.machinery.servers import ROOT

pytest_plugins = ["pytester"]

CONFTEST = """
from tests.machinery import left_out

def pytest_configure(config):
    config.addinivalue_line("markers", "simulator_only(reason): why")
    config.pluginmanager.register(left_out, "left-out")
"""
TESTS = """
import pytest

@pytest.mark.simulator_only("time does not pass")
@pytest.mark.parametrize("n", [1, 2])
def test_time(n): pass

@pytest.mark.simulator_only("nobody lies")
def test_lie(): pass

def test_sum(): pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Four tests, of which three are marked."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("STRIPE_TEST_KEY", raising=False)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_small=TESTS)
    return pytester


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_marked_are_left_out_and_named(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("STRIPE_TEST_KEY", "sk_test_x")
    result = suite.runpytest_subprocess("-p", "no:playwright", "-n", workers)
    result.stdout.fnmatch_lines(
        [
            "card provider: Stripe's test mode at https://api.stripe.com",
            "not run against Stripe's test mode: 3 tests that need the simulator",
            "  2 x time does not pass",
            "  1 x nobody lies",
        ]
    )
    assert result.parseoutcomes().get("passed") == 1
    assert "skipped" not in result.parseoutcomes()
    assert result.ret == pytest.ExitCode.OK


def test_without_a_key_all_run(suite: pytest.Pytester) -> None:
    result = suite.runpytest_subprocess("-p", "no:playwright", "-n", "0")
    result.assert_outcomes(passed=4)
    assert "Stripe" not in result.stdout.str()


@pytest.mark.parametrize("mark", ["", "()", "('')", "('a', 'b')"])
def test_a_mark_says_why(suite: pytest.Pytester, mark: str) -> None:
    suite.makepyfile(test_bare=f"import pytest\n@pytest.mark.simulator_only{mark}\ndef test_x(): pass\n")
    result = suite.runpytest_subprocess("-p", "no:playwright", "-n", "0")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*test_bare.py::test_x: simulator_only wants one reason"])
