"""One transaction, opened at the door; commit and rollback nowhere but in core/db.py."""

from __future__ import annotations

import ast
from pathlib import Path, PurePosixPath

import pytest

from tests.architecture.reading import ROOT, called, require_none, sources, write

KEEPER = "app/core/db.py"
DOORS = (
    *("app/*/views.py", "app/*/views/*.py", "app/*/manage.py", "app/*/manage/*.py"),
    *("app/api/*.py", "app/api/*/*.py", "app/webhooks/*.py", "app/seed/*.py", "app/payments/calls.py"),
    *("app/jobs.py", "app/jobs/*.py", "app/cli.py", "app/cli/*.py"),
)
ENDINGS = {"commit", "rollback"}


def is_door(path: str) -> bool:
    """Whether a file may open a transaction."""
    return any(PurePosixPath(path).match(door) for door in DOORS)


def strays(root: Path) -> list[str]:
    """Transactions opened behind the doors, commits and rollbacks outside of the keeper."""
    found = []
    for path, tree in sources(root, "app"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = called(node)
            if name == "transaction" and not is_door(path) and path != KEEPER:
                found.append(f"{path}:{node.lineno}: transaction() is opened behind the door")
            if name in ENDINGS and isinstance(node.func, ast.Attribute) and path != KEEPER:
                found.append(f"{path}:{node.lineno}: {name}() belongs to {KEEPER}")
    return found


def provider_calls_inside(root: Path) -> list[str]:
    """Calls to the gateway from within `with transaction():` — the network has no place there."""
    found = []
    for path, tree in sources(root, "app"):
        for block in ast.walk(tree):
            if not isinstance(block, ast.With) or not any(_opens(item.context_expr) for item in block.items):
                continue
            for node in ast.walk(block):
                target = node.func if isinstance(node, ast.Call) else None
                if isinstance(target, ast.Attribute) and ast.unparse(target.value) in {"gateway", "calls"}:
                    found.append(f"{path}:{node.lineno}: {ast.unparse(target)}() inside transaction()")
    return found


def _opens(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Call) and called(expression) == "transaction"


def test_transactions_are_opened_at_doors_and_ended_in_one_place() -> None:
    require_none(strays(ROOT))


def test_no_provider_is_called_inside_a_transaction() -> None:
    require_none(provider_calls_inside(ROOT))


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("app/x/services.py", "def hold():\n    with transaction():\n        pass\n"),
        ("app/x/queries.py", "def find():\n    db.session.commit()\n"),
        ("app/x/views.py", "def page():\n    session.rollback()\n"),
    ],
)
def test_a_stray_is_found(tmp_path: Path, place: str, text: str) -> None:
    assert len(strays(write(tmp_path, {place: text}))) == 1


def test_doors_are_not_strays(tmp_path: Path) -> None:
    text = "with transaction():\n    pass\n"
    doors = dict.fromkeys(
        ("app/x/views.py", "app/x/manage/calendar.py", "app/jobs.py", "app/api/stays.py", "app/core/db.py"),
        text,
    )
    assert strays(write(tmp_path, doors)) == []


def test_a_provider_call_inside_is_found(tmp_path: Path) -> None:
    text = "with transaction():\n    if late:\n        gateway.refund(1)\ngateway.ask(2)\n"
    assert len(provider_calls_inside(write(tmp_path, {"app/x/views.py": text}))) == 1
