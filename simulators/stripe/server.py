"""The server: one Flask app with three doors (API, hosted pages, control) on one simulated account."""

from __future__ import annotations

import logging

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from simulators.stripe import api, control, pages
from simulators.stripe.delivery import Courier
from simulators.stripe.world import World


class QuietHandler(WSGIRequestHandler):
    """HTTP/1.1, and no line for each request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the demo's terminal belongs to the site."""


def make_app(world: World) -> Flask:
    """The three doors on one account; without the control door it can do what Stripe's test mode can, and no more."""
    app = Flask(__name__, static_folder=None)
    app.extensions["world"] = world
    app.json.sort_keys = False  # type: ignore[attr-defined]
    for door in (api.bp, pages.bp, *([control.bp] if world.options.has_control else [])):
        app.register_blueprint(door)
    return app


def serve(world: World, host: str, port: int) -> None:
    """Answer and deliver until interrupted."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server: BaseWSGIServer = make_server(
        host, port, make_app(world), threaded=True, request_handler=QuietHandler
    )
    courier = Courier(world)
    courier.start()
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        courier.stop()
        server.server_close()
