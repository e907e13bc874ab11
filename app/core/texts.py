"""Templates without a page: what messages are written with. There is no visitor, only what is handed in."""

from __future__ import annotations

from typing import Any, cast

from flask import Flask, current_app
from jinja2 import Environment, StrictUndefined

from app.core.words import force_locale


def init_app(app: Flask) -> None:
    """Prepare the templates' environment for texts: a forgotten value is an error, block lines leave no blank lines."""
    app.extensions["texts"] = app.jinja_env.overlay(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def write(template: str, *, language: str, values: dict[str, Any]) -> str:
    """The text of a template in a language, whatever language the visitor reads.

    Raises jinja2.UndefinedError when the template asks for a value that was not handed in.
    """
    environment = cast(Environment, current_app.extensions["texts"])
    settings = current_app.config["SETTINGS"]
    frame = {"language": language, "site_name": settings.site_name, "site_url": settings.base_url}
    with force_locale(language):
        return environment.get_template(template).render(frame | values)
