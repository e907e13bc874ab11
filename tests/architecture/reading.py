"""How the house-rule tests read the house: its files, their syntax trees, and findings as `path:line: what`."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OWN_CODE = ("app", "simulators", "bench", "config.py", "wsgi.py")

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def sources(root: Path, *parts: str) -> Iterator[tuple[str, ast.Module]]:
    """Each Python file under the given parts of a house: (path relative to it, syntax tree)."""
    for part in parts or OWN_CODE:
        start = root / part
        files = [start] if start.is_file() else sorted(start.rglob("*.py"))
        for file in files:
            yield file.relative_to(root).as_posix(), ast.parse(file.read_text(), filename=str(file))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method in a tree."""
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function from `def` to its end, without the docstring."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def called(node: ast.Call) -> str:
    """The last name of what is called: `transaction` for both `transaction()` and `db.transaction()`."""
    target = node.func
    return (
        target.attr
        if isinstance(target, ast.Attribute)
        else target.id
        if isinstance(target, ast.Name)
        else ""
    )


def tracked(root: Path) -> list[Path]:
    """The files of the project: what git would keep, or everything where there is no git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return [root / name for name in listed.stdout.split("\0") if name and (root / name).is_file()]
    return [file for file in root.rglob("*") if file.is_file() and not {".venv", "var"} & set(file.parts)]


def write(root: Path, files: dict[str, str]) -> Path:
    """A small house, for the test of a test: `{"app/x/views.py": "..."}`."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def require_none(found: list[str]) -> None:
    """Fail with every finding on a line of its own."""
    assert not found, "\n" + "\n".join(found)
