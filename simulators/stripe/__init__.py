"""A simulator of Stripe: Checkout Sessions, refunds, disputes and signed events, spoken to by the real library.

It encodes our reading of Stripe's documentation: stateful, and as strict as the library's own generated types. No money
moves here, and every page says so. `python -m simulators.stripe --help` tells how to start it.
"""
