"""Small enough to read: a file that outgrows its limit becomes a folder of the same name."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.reading import OWN_CODE, ROOT, functions, length, require_none, sources, write

FILE, FUNCTION, VIEW = 300, 40, 25
DOORS = ("views", "manage")


def oversized(root: Path) -> list[str]:
    """Files, functions and views over their limits. A docstring does not count as a line of its function."""
    found = []
    for path, tree in sources(root, *OWN_CODE, "tests"):
        lines = len((root / path).read_text().splitlines())
        if lines > FILE:
            found.append(f"{path}: {lines} lines, {FILE} at most")
        for function in functions(tree):
            limit = VIEW if _is_view(path, function) else FUNCTION
            if length(function) > limit:
                found.append(
                    f"{path}:{function.lineno}: {function.name} has {length(function)} lines, {limit} at most"
                )
    return found


def _is_view(path: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    parts = Path(path).with_suffix("").parts
    return bool(set(DOORS) & set(parts)) and any(
        "route" in ast.unparse(mark) for mark in function.decorator_list
    )


def test_nothing_is_oversized() -> None:
    require_none(oversized(ROOT))


def test_what_is_oversized_is_found(tmp_path: Path) -> None:
    body = "".join(f"    a{number} = {number}\n" for number in range(30))
    view = "@blueprint.get('/')\n@blueprint.route('/x')\ndef page():\n" + body
    long = "def long():\n" + body + body
    house = write(tmp_path, {"app/x/views.py": view, "app/x/rules.py": long, "app/x/models.py": "\n" * 301})
    found = oversized(house)
    assert [line.split(":")[0] for line in found] == ["app/x/models.py", "app/x/rules.py", "app/x/views.py"]


def test_a_docstring_is_free(tmp_path: Path) -> None:
    text = 'def short():\n    """' + "what\n" * 60 + '    """\n    return 1\n'
    assert oversized(write(tmp_path, {"app/x/rules.py": text})) == []
