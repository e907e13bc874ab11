"""Sambang Desa: the application factory. Extensions, blueprints, error pages; nothing else."""

from __future__ import annotations

from inspect import iscoroutinefunction

from flask import Flask
from flask_alembic import Alembic
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core import db as database
from app.core import filters, kept_pages, logs, texts, uploads, web
from app.core.db import Base, db
from app.core.limits import limiter
from config import ROOT, Settings

alembic = Alembic(metadatas=Base.metadata)
csrf = CSRFProtect()


def create_app(settings: Settings) -> Flask:
    """Build the application for these settings. Raises ConfigError when they cannot work."""
    app = Flask(__name__, static_folder="static", template_folder="templates")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _configure(app, settings)
    _trust_proxies(app, settings.trusted_proxies)
    logs.init_app(app)
    _init_database(app)
    uploads.init_app(app)
    web.init_app(app)
    filters.init_app(app)
    texts.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    kept_pages.init_app(app)
    _know_models()
    _register_guests(app)
    _register_desks(app)
    _register_machines(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        TESTING=settings.testing,
        # Without its parameters a failed statement in the log says nothing about a person.
        SQLALCHEMY_ENGINES={
            "default": {"url": settings.database_url, "hide_parameters": settings.is_production}
        },
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=256 * 1024,
        BABEL_TRANSLATION_DIRECTORIES="translations",
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        ALEMBIC={"script_location": str(ROOT / "migrations")},
        ALEMBIC_CONTEXT={"render_item": render_item, "render_as_batch": True, "compare_type": True},
    )


def _trust_proxies(app: Flask, many: int) -> None:
    """Believe what so many proxies in front of us say of the visitor's address and of https; nobody else."""
    if many:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=many, x_proto=many, x_host=0)  # type: ignore[method-assign]


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our column types into migrations as what they are underneath, so that migrations import no app code."""
    from sqlalchemy.types import TypeDecorator

    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


def _init_database(app: Flask) -> None:
    db.init_app(app)
    # There are no async sessions to close, and closing none would start an event loop at the end of every request.
    app.teardown_appcontext_funcs = [f for f in app.teardown_appcontext_funcs if not iscoroutinefunction(f)]
    alembic.init_app(app)
    with app.app_context():
        database.tune(db.engine)
        database.guard(db.sessionmaker)


def _know_models() -> None:
    """Models that no door imports: they belong to the metadata all the same."""
    from app.core import audit, counters, idempotency  # noqa: F401
    from app.homestays import models as _homestays  # noqa: F401
    from app.ledger import models as _ledger  # noqa: F401
    from app.payments import models as _payments  # noqa: F401
    from app.revenue import models as _revenue  # noqa: F401


def _register_guests(app: Flask) -> None:
    """The doors of guests and visitors."""
    from app.bookings.views import bp as bookings
    from app.bookings.views.trail import bp as trail
    from app.bookings.views.trip import bp as trip
    from app.homestays.views import bp as homestays
    from app.pages.views import bp as pages
    from app.showcase.views import bp as showcase
    from app.tours.views import bp as packages

    for blueprint in (bookings, homestays, packages, pages, showcase, trail, trip):
        app.register_blueprint(blueprint)


def _register_desks(app: Flask) -> None:
    """The doors of hosts, guides, makers and staff, and how they sign in."""
    from app.bookings.manage import bp as bookings
    from app.dashboard.views import bp as dashboard
    from app.homestays.manage import bp as homestays
    from app.notifications.manage import bp as notifications
    from app.notifications.services import queue_message
    from app.showcase.manage import bp as showcase
    from app.tours.manage import bp as packages
    from app.users import signin
    from app.users import views as users_views
    from app.users.manage import bp as users
    from app.villages.manage import bp as villages

    signin.init_app(app, queue=queue_message)
    users_views.init_app(app)
    for blueprint in (bookings, dashboard, homestays, notifications, packages, showcase, users, villages):
        app.register_blueprint(blueprint)


def _register_machines(app: Flask) -> None:
    """The doors of programs, the worker's jobs, the command line, and the card provider on both its sides."""
    from app import cli, jobs
    from app.api import v1 as api
    from app.core import health
    from app.notifications import views as mailbox
    from app.payments import gateway
    from app.webhooks.views import bp as webhooks

    api.init_app(app)
    app.register_blueprint(health.bp)
    if not app.config["SETTINGS"].is_production:
        app.register_blueprint(mailbox.bp)
    gateway.init_app(app)
    csrf.exempt(webhooks)  # proved by its signature, not by a form
    app.register_blueprint(webhooks)
    jobs.init_app(app)
    cli.init_app(app)
