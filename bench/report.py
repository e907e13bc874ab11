"""Figures as rows of one table: on the screen, as JSON and as Markdown."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("flask", "sqlalchemy", "psycopg", "gunicorn")


@dataclass(frozen=True)
class Figure:
    """One measured value beside the raw one, and what it should keep to; None where there is nothing to compare."""

    part: str
    database: str
    what: str
    value: float
    unit: str
    raw: float | None = None
    wanted: str = ""
    kept: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of the raw one."""
        return self.value / self.raw if self.raw else None


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which that part (0 to 1) of them lies; values are not empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def keep(part: str, figures: Sequence[Figure], results: Path = RESULTS) -> None:
    """Write one part's figures in the place of its last ones of the same databases; the others stay as they are."""
    results.mkdir(exist_ok=True)
    file = results / "figures.json"
    runs: list[dict[str, Any]] = json.loads(file.read_text()) if file.exists() else []
    new = {figure.database for figure in figures}
    for run in runs:
        if run["part"] == part:
            run["figures"] = [row for row in run["figures"] if row["database"] not in new]
    rows = [asdict(figure) | {"ratio": figure.ratio} for figure in figures]
    runs.append({"part": part, "machine": _machine(), "figures": rows})
    runs = sorted((run for run in runs if run["figures"]), key=lambda run: str(run["part"]))
    file.write_text(json.dumps(runs, indent=1) + "\n")
    (results / "figures.md").write_text(_page(runs))


def _machine() -> dict[str, Any]:
    """When and with what was measured; nothing that says where."""
    return {
        "on": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": os.cpu_count(),
        "busy": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in LIBRARIES},
    }


def _page(runs: Sequence[dict[str, Any]]) -> str:
    parts = ["# Measured\n\nMade by `make bench`; what the rows mean is said in docs/measurements.md.\n"]
    for run in runs:
        figures = [
            Figure(**{key: value for key, value in row.items() if key != "ratio"}) for row in run["figures"]
        ]
        machine = ", ".join(f"{name} {value}" for name, value in run["machine"].items())
        parts.append(f"## {run['part']}\n\n{machine}\n\n{table(figures)}\n")
    return "\n".join(parts)


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    head = "| database | what | measured | raw | ratio | wanted | kept | note |\n|---|---|---|---|---|---|---|---|"
    return "\n".join([head, *(_row(figure) for figure in figures)])


def _row(figure: Figure) -> str:
    raw = "" if figure.raw is None else f"{figure.raw:,.2f} {figure.unit}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}×"
    kept = {True: "yes", False: "no", None: ""}[figure.kept]
    value = f"{figure.value:,.2f} {figure.unit}"
    cells = (figure.database, figure.what, value, raw, ratio, figure.wanted, kept)
    return f"| {' | '.join((*cells, figure.note))} |"
