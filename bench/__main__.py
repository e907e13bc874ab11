"""Measure what is asked for (`python -m bench search pages`), or everything. See docs/measurements.md."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from bench import places
from bench.report import Figure, keep, table

PARTS = ("search", "booking", "flash", "pages", "connections", "seats")


def main(wanted: list[str]) -> None:
    """Each part on each database. The figures of a part take the place of its last ones, as soon as it is done."""
    names = tuple(os.environ.get("DATABASES", ",".join(places.NAMES)).split(","))
    if unknown := {*wanted} - {*PARTS} | {*names} - {*places.NAMES}:
        raise SystemExit(f"Unknown: {', '.join(sorted(unknown))}. Parts: {', '.join(PARTS)}.")
    figures: list[Figure] = []
    with places.server(names) as server_url:
        for part in wanted or PARTS:
            module = import_module(f"bench.{part}")
            found = [one for name in names for one in module.measure(places.Place(name, server_url))]
            keep(part, found)
            figures += found
    print(table(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
