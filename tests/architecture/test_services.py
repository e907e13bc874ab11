"""A service is one verb that anybody can call: documented, keyword arguments only."""

from __future__ import annotations

import ast
from pathlib import Path, PurePosixPath

from tests.architecture.reading import ROOT, require_none, sources, write


def unclear(root: Path) -> list[str]:
    """Public functions of services without a docstring, or with positional arguments."""
    found = []
    for path, tree in sources(root, "app"):
        if not any(
            PurePosixPath(path).match(shape) for shape in ("app/*/services.py", "app/*/services/*.py")
        ):
            continue
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if ast.get_docstring(node) is None:
                found.append(f"{path}:{node.lineno}: {node.name} has no docstring")
            if node.args.args or node.args.posonlyargs or node.args.vararg:
                found.append(f"{path}:{node.lineno}: {node.name} takes positional arguments")
    return found


def test_services_are_clear() -> None:
    require_none(unclear(ROOT))


def test_an_unclear_service_is_found(tmp_path: Path) -> None:
    text = (
        "def hold(room):\n    pass\n\ndef free(*, room):\n    '''Free it.'''\n\ndef _own(room):\n    pass\n"
    )
    assert len(unclear(write(tmp_path, {"app/x/services/hold.py": text}))) == 2
