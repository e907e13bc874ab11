"""A name says what a thing is for; and a package has only the files whose meaning everybody knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.reading import ROOT, require_none, sources, write

FORBIDDEN = {"util", "utils", "helper", "helpers", "data"}
ROLES = {"__init__", "rules", "models", "queries", "services", "inventory", "forms", "views", "manage"}
MORE = {
    "notifications": {"sender"},  # carries the outbox out
    "payments": {"gateway", "calls"},  # the only `import stripe`, and the conversations held through it
    "users": {"signin"},  # the sign-in library, wired
    "bookings": {"sellables", "line_texts"},  # the one list of what can be sold; a trip in an address
}
FREE = {"core", "api", "webhooks", "seed", "cli", "jobs"}  # one file per subject


def empty_names(root: Path) -> list[str]:
    """Files, folders, functions, classes, arguments and variables with a name that says nothing."""
    found = []
    for path, tree in sources(root):
        if FORBIDDEN & set(Path(path).with_suffix("").parts):
            found.append(f"{path}: the name says nothing")
        found += [f"{path}:{line}: {name!r} says nothing" for name, line in _given(tree) if name in FORBIDDEN]
    return found


def _given(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno


def unknown_files(root: Path) -> list[str]:
    """Modules of a package that are none of the known roles."""
    found = []
    for package in sorted(folder for folder in (root / "app").iterdir() if (folder / "__init__.py").exists()):
        if package.name in FREE:
            continue
        known = ROLES | MORE.get(package.name, set())
        here = {
            entry.stem
            for entry in package.iterdir()
            if entry.suffix == ".py" or (entry / "__init__.py").exists()
        }
        found += [f"app/{package.name}: {name} is none of the known files" for name in sorted(here - known)]
    return found


def test_names_say_something() -> None:
    require_none(empty_names(ROOT))


def test_packages_have_the_known_shape() -> None:
    require_none(unknown_files(ROOT))


def test_empty_names_are_found(tmp_path: Path) -> None:
    house = write(
        tmp_path, {"app/x/utils.py": "a = 1\n", "app/x/rules.py": "def f(data):\n    helpers = data\n"}
    )
    assert len(empty_names(house)) == 3


def test_an_unknown_file_is_found(tmp_path: Path) -> None:
    house = write(
        tmp_path, dict.fromkeys(("app/x/__init__.py", "app/x/managers.py", "app/x/services/__init__.py"), "")
    )
    assert unknown_files(house) == ["app/x: managers is none of the known files"]
