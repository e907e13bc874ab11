"""What happens by itself when the clock comes round: pages lapse, fees become known, refunds fail or arrive,
guests have payments taken back."""

from __future__ import annotations

from collections.abc import Callable

from simulators.stripe import checkout, disputes, payments, refunds
from simulators.stripe.world import World

WHAT: dict[str, Callable[[World, str], object]] = {
    "expire": checkout.lapse,
    "settle": payments.settle,
    "dispute": disputes.open_one,
    "inquire": lambda world, charge: disputes.open_one(world, charge, inquiry=True),
    "fail": refunds.fail,
    "succeed": refunds.succeed,
}


def catch_up(world: World) -> None:
    """Do everything that is due, in its order."""
    due = [timer for timer in world.store.list("timer") if timer["due"] <= world.now()]
    for timer in sorted(due, key=lambda timer: timer["due"]):
        if world.keep_promise(timer["what"], timer["about"]):
            WHAT[timer["what"]](world, timer["about"])
