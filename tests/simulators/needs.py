"""Why a test cannot run against Stripe's test mode: the marks `simulator_only`, one for each reason."""

from __future__ import annotations

import pytest

mark = pytest.mark.simulator_only

passing_time = mark("Stripe's time does not pass on demand")
disputes = mark("at Stripe only the card that pays can bring a dispute, and of all of the payment")
failing_refunds = mark("at Stripe the card that pays decides whether a refund fails, not the test")
payouts = mark("Stripe pays out what has become available, and not on demand")
delivery = mark("Stripe cannot post to this machine; the test asks for its way of posting")
missed_events = mark("without a registered webhook Stripe knows of no event as missed")
lies = mark("Stripe tells no wrong amount, currency or mode on demand")
own_page = mark("the test reads or posts the simulator's own page")
simulator = mark("the test is about the simulator as a program")
other_threads = mark("a guest before Stripe's page is one browser in one thread")
