"""The settings of the running application, for services: they may not know Flask."""

from flask import current_app

from config import Settings


def settings() -> Settings:
    """The frozen settings that `create_app` was given."""
    value = current_app.config["SETTINGS"]
    assert isinstance(value, Settings)
    return value
