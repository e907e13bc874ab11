"""`python -m simulators.stripe`: start the simulator of Stripe. Secrets come from the environment, as for the site."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from simulators.stripe.options import Options
from simulators.stripe.server import serve
from simulators.stripe.store import Store
from simulators.stripe.world import World


def main() -> None:
    """Read the options, serve until SIGTERM or Ctrl-C."""
    given = _read()
    secret, webhook = os.environ.get("STRIPE_SECRET_KEY"), os.environ.get("STRIPE_WEBHOOK_SECRET")
    if not secret or not webhook:
        sys.exit("The simulator needs STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, the same as the site has.")
    options = Options(
        secret_key=secret,
        webhook_secret=webhook,
        base=(given.base or f"http://{given.host}:{given.port}").rstrip("/"),
        webhook_url=given.webhook_url,
        has_control=not given.without_control,
    )
    signal.signal(signal.SIGTERM, _end)
    try:
        serve(World(options, Store(given.state)), given.host, given.port)
    except (KeyboardInterrupt, SystemExit):
        return


def _end(*_: object) -> None:
    raise SystemExit


def _read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators.stripe", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5001)
    parser.add_argument("--base", help="the address guests reach it at (default: http://HOST:PORT)")
    parser.add_argument(
        "--webhook-url", default=os.environ.get("WEBHOOK_URL"), help="where events are posted to"
    )
    parser.add_argument("--state", help="a SQLite file to remember everything in (default: memory)")
    parser.add_argument("--without-control", action="store_true", help="no /_control: as Stripe itself")
    return parser.parse_args()


if __name__ == "__main__":
    main()
