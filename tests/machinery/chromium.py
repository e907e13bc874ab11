"""Which Chromium drives the browser tests. None is ever downloaded."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",  # Chromium refuses its sandbox to root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


@cache
def find() -> str | None:
    """The program to start: CHROMIUM from the environment, one installed, or one that Playwright brought earlier."""
    given = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else []
    installed = [path for name in PROGRAMS if (path := shutil.which(name))]
    brought = sorted(
        (Path.home() / ".cache/ms-playwright").glob("chromium-*/chrome-linux*/chrome"), reverse=True
    )
    return next((path for path in [*given, *installed, *map(str, brought)] if _starts(path)), None)


@cache
def why_missing() -> str | None:
    """What stands in the way of browser tests, in words, or None."""
    if find() is None:
        return "Chromium is not installed (apt install chromium); CHROMIUM may name another one"
    if not _starts(compute_driver_executable()[0]):
        return "Playwright's driver does not start here: a library of the system is missing (apt install libatomic1)"
    return None


def _starts(path: str) -> bool:
    """Ubuntu's `chromium-browser` may be a note that tells to install a snap: only one that says its version counts."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
