"""What a run of the tests could not do, said by name. With CI=true nothing may be missing and nothing skipped."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import Any

import pytest

from tests.machinery import chromium, postgres

BROWSER_FIXTURES = frozenset({"page", "context", "browser", "new_context", "launch_browser"})


def is_ci() -> bool:
    """Whether a machine judges this run, so that a skipped test is a failed one."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def missing(databases: list[str]) -> dict[str, str]:
    """What this machine lacks, with the reason: keys are 'postgresql' and 'chromium'."""
    reasons = {"chromium": chromium.why_missing()}
    if "postgresql" in databases:
        reasons["postgresql"] = postgres.why_missing()
    return {name: reason for name, reason in reasons.items() if reason}


def mark_skipped(items: list[pytest.Item], lacking: dict[str, str]) -> None:
    """Mark what cannot run; say which tests drive a browser."""
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
            if "chromium" in lacking:
                item.add_marker(pytest.mark.skip(reason=lacking["chromium"]))
        call = getattr(item, "callspec", None)
        if call is not None and call.params.get("database") in lacking:
            item.add_marker(pytest.mark.skip(reason=lacking[call.params["database"]]))


def judge(session: pytest.Session) -> None:
    """With CI=true a skipped test fails the run."""
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if is_ci() and session.exitstatus == pytest.ExitCode.OK and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def name_the_skipped(reporter: Any) -> None:
    """A section that lists every skipped test under the reason."""
    by_reason: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for skipped in reporter.stats.get("skipped", []):
        reason = str(skipped.longrepr[2] if isinstance(skipped.longrepr, tuple) else skipped.longrepr)
        path, _, test = skipped.nodeid.partition("::")
        by_reason[reason.removeprefix("Skipped: ")][path].append(test)
    for reason, files in by_reason.items():
        reporter.section("not run", sep="-", yellow=True)
        reporter.line(reason, yellow=True)
        for path, tests in sorted(files.items()):
            reporter.line(f"  {path}: {', '.join(sorted(tests))}")
