"""The direction of dependencies, as pyproject.toml declares it; and proof that each contract bites."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.reading import ROOT, write

WITHOUT_ROLES = {"core", "api", "webhooks", "seed", "cli", "jobs"}
LINT = "from importlinter.cli import lint_imports_command as lint; lint(['--no-logo', '--no-cache'])"


def lint(house: Path) -> tuple[bool, str]:
    """Whether a house keeps its import contracts, and what the linter said."""
    done = subprocess.run(
        [sys.executable, "-c", LINT], cwd=house, capture_output=True, text=True, check=False
    )
    return done.returncode == 0, done.stdout + done.stderr


def contracts() -> list[dict[str, object]]:
    """The contracts as declared."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def test_imports_keep_their_direction() -> None:
    kept, said = lint(ROOT)
    assert kept, said


def test_every_package_keeps_the_order_of_its_roles() -> None:
    containers = next(one["containers"] for one in contracts() if one["id"] == "roles")
    packages = {f"app.{file.parent.name}" for file in (ROOT / "app").glob("*/__init__.py")}
    assert set(containers) == packages - {f"app.{name}" for name in WITHOUT_ROLES}


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """A house of empty files with every name that the contracts mention."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    containers = next(one["containers"] for one in contracts() if one["id"] == "roles")
    packages = {name.split(".")[1] for name in containers} | {"core", "homestays"}
    roles = ("rules", "models", "queries", "inventory", "services")
    files = ["app/__init__.py", "app/core/db.py", "app/core/clock.py", "app/bookings/services.py"]
    files += [f"app/{name}/__init__.py" for name in packages] + [f"app/homestays/{role}.py" for role in roles]
    return write(tmp_path, dict.fromkeys(files, ""))


def test_a_clean_house_is_kept(small_house: Path) -> None:
    kept, said = lint(small_house)
    assert kept, said


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("app/ledger/services.py", "import app.payments"),
        ("app/villages/services.py", "def up():\n    from app.bookings import services"),
        ("app/gifts/__init__.py", ""),
        ("app/homestays/models.py", "import app.homestays.services"),
        ("app/homestays/rules.py", "import sqlalchemy"),
        ("app/homestays/rules.py", "import app.core.clock"),
        ("app/homestays/services.py", "from flask import request"),
        ("app/bookings/calls.py", "import stripe"),
    ],
)
def test_a_wrong_import_is_found(small_house: Path, place: str, text: str) -> None:
    kept, said = lint(write(small_house, {place: text}))
    assert not kept
    assert "BROKEN" in said or "gifts" in said, said
