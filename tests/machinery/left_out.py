"""With a key of Stripe's test mode the tests that need the simulator are left out; the run says how many, and why."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.machinery import chromium
from tests.simulators import testmode

MARK = "simulator_only"
left_out: Counter[str] = Counter()
"""How many tests, by reason; of one worker where several share the run, for each of them collects all."""


def pytest_report_header() -> list[str]:
    """Who the card provider of this run is."""
    found = testmode.chosen()
    return [f"card provider: Stripe's test mode at {found[1]}"] if found else []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Read the marks; leave the marked tests out where there is no simulator."""
    marked = {item: reason_of(item) for item in items if item.get_closest_marker(MARK)}
    if not testmode.chosen() or not marked:
        return
    left_out.update(marked.values())
    config.hook.pytest_deselected(items=list(marked))
    items[:] = [item for item in items if item not in marked]
    if hasattr(config, "workeroutput"):
        config.workeroutput[MARK] = dict(left_out)


def reason_of(item: pytest.Item) -> str:
    """Why a test needs the simulator. Raises UsageError for a mark that does not say."""
    mark = item.get_closest_marker(MARK)
    assert mark
    if len(mark.args) != 1 or not mark.args[0]:
        raise pytest.UsageError(f"{item.nodeid}: {MARK} wants one reason")
    return str(mark.args[0])


def pytest_report_collectionfinish() -> list[str]:
    """How many are left out, and why."""
    return lines()


def lines() -> list[str]:
    """The same as text, the most frequent reason first."""
    if not left_out:
        return []
    head = f"not run against Stripe's test mode: {left_out.total()} tests that need the simulator"
    return [head, *(f"  {count} x {reason}" for reason, count in left_out.most_common())]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker has ended: what it left out, every other left out too."""
    told = getattr(node, "workeroutput", {}).get(MARK, {})
    if not left_out:
        left_out.update(told)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The same once more at the end."""
    for line in lines():
        terminalreporter.write_line(line, yellow=True)


def require_browser() -> None:
    """Test mode pays on Stripe's own page. Raises UsageError without a browser for it, and for a key that is live."""
    if testmode.chosen() and (why := chromium.why_missing()):
        raise pytest.UsageError(f"STRIPE_TEST_KEY is set, and guests cannot pay without a browser: {why}")
