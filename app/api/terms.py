"""The cancellation terms as the contract says them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from app.api.fields import Answer, Moment
from app.villages.rules import DatedStep, Keeps, Terms

KEEPS = [keeps.value for keeps in Keeps]


class StepAnswer(Answer):
    """Until this instant, the village keeps this; `until` null: from the last deadline on."""

    until = Moment(allow_none=True)
    keeps = fields.String(metadata={"enum": KEEPS})


class TermsAnswer(Answer):
    """A named set of cancellation terms with its deadlines."""

    code = fields.String(metadata={"enum": [terms.value for terms in Terms]})
    steps = fields.List(fields.Nested(StepAnswer))


def shown_terms(code: str, steps: Sequence[DatedStep]) -> dict[str, Any]:
    """A set of terms with its deadlines."""
    return {"code": code, "steps": [{"until": step.until, "keeps": step.keeps.value} for step in steps]}


def rate_plan(breakfast: bool) -> str:
    """How a house sells its nights."""
    return "with_breakfast" if breakfast else "room_only"


RATE_PLANS = ("room_only", "with_breakfast")
