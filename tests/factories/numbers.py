"""Numbers that make names different from each other."""

from __future__ import annotations

from itertools import count

numbers = count(1)
