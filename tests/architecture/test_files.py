"""What must not stand in any file: addresses in lock files, paths of one machine; and pins that agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.reading import ROOT, require_none, tracked

MACHINE_PATH = re.compile(r"(?<![\w.])/(?:wor[k]|far[m]|roo[t]|hom[e]/[a-z][\w-]*|User[s]/[A-Za-z][\w-]*)/")
LOCKS = ("requirements*.txt", "*.lock", "*lock.json", "*lock.toml")
PIN = re.compile(r"^([a-z0-9-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def machine_paths(files: list[Path]) -> list[str]:
    """Lines that name a folder of one machine."""
    found = []
    for file in files:
        try:
            text = file.read_text()
        except UnicodeDecodeError:
            continue
        found += [
            f"{file.name}:{n}" for n, line in enumerate(text.splitlines(), 1) if MACHINE_PATH.search(line)
        ]
    return found


def locks(root: Path) -> list[Path]:
    """The lock files of the project."""
    return [file for file in tracked(root) if any(file.match(shape) for shape in LOCKS)]


def pins(file: Path) -> dict[str, set[str]]:
    """Each library's pinned versions (several where they differ by Python version)."""
    found: dict[str, set[str]] = {}
    for name, version in PIN.findall(file.read_text()):
        found.setdefault(name, set()).add(version)
    return found


def test_no_file_names_a_folder_of_one_machine() -> None:
    require_none(machine_paths(tracked(ROOT)))


def test_a_machine_path_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("see /hom" + "e/budi/sambang\nsee docs/hom" + "e/x/\n/var/lib\n")
    assert machine_paths([tmp_path / "a.md"]) == ["a.md:1"]


def test_lock_files_name_no_address_and_hash_everything() -> None:
    assert len(locks(ROOT)) >= 3
    for lock in locks(ROOT):
        text = lock.read_text()
        assert "://" not in text, lock
        assert not re.search(r"==[^\n\\]*\n(?!\s+--hash)", text), f"{lock.name} pins something without a hash"


def test_the_checks_run_on_the_versions_the_site_runs_on() -> None:
    site, checks = pins(ROOT / "requirements.txt"), pins(ROOT / "requirements-dev.txt")
    assert len(site) > 20
    assert {name: checks.get(name) for name in site} == site


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "requirements-build"])
def test_everything_asked_for_is_pinned(name: str) -> None:
    asked = re.findall(r"^([A-Za-z][\w.-]*)", (ROOT / f"{name}.in").read_text(), re.MULTILINE)
    pinned = pins(ROOT / f"{name}.txt")
    assert [one for one in asked if one.lower().replace("_", "-") not in pinned] == []
