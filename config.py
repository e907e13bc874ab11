"""Settings: one frozen value, read once from the environment. Production refuses what is missing."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent
SHORTEST_KEY = 32


class ConfigError(RuntimeError):
    """A setting is missing or cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that differs between two installations. Times are in seconds unless the name says otherwise."""

    app_env: str = "development"
    site_name: str = "Sambang Desa"
    data_dir: Path = ROOT / "var"
    database_url: str
    secret_key: str = field(repr=False)
    refund_account_keys: tuple[str, ...] = field(repr=False)
    password_salt: str = field(repr=False)
    redis_url: str | None = field(default=None, repr=False)
    base_url: str = "http://127.0.0.1:5000"
    hold_seconds: int = 2100
    hold_max_seconds: int = 4500
    payment_grace_seconds: int = 600
    transfer_hold_hours: int = 24
    rate_limits: bool = True
    page_seconds: int = 10
    holds_per_guest: int = 20
    holds_per_address: int = 100
    collecting_account: str = "bersama"
    card_least: int = 8_000
    card_most: int = 9_999_999_999
    stripe_secret_key: str | None = field(default=None, repr=False)
    stripe_webhook_secret: str | None = field(default=None, repr=False)
    stripe_api_base: str | None = None
    mail_url: str | None = field(default=None, repr=False)
    mail_sender: str = "Sambang Desa <pesan@sambangdesa.example>"
    map_tiles_url: str | None = None
    trusted_proxies: int = 0
    complaints_email: str = "keluhan@sambangdesa.example"
    testing: bool = False

    @property
    def is_production(self) -> bool:
        """True where a missing secret must stop the start."""
        return self.app_env == "production"

    @classmethod
    def from_env(cls, environ: dict[str, str] | None = None) -> Settings:
        """Read the settings from the environment; an empty value counts as unset.

        Raises ConfigError when a value cannot be read or a secret is missing in production.
        """
        env = _Environment(os.environ if environ is None else environ)
        app_env = env.one_of("APP_ENV", "development", ("development", "production"))
        production = app_env == "production"
        data_dir = Path(env.text("DATA_DIR") or ROOT / "var").absolute()
        host, port = env.text("HOST") or "127.0.0.1", env.number("PORT", 5000)
        simulator = f"http://{host}:{env.number('SIMULATOR_PORT', port + 1)}"
        stripe_key, stripe_secret, stripe_base = _stripe(env, production, data_dir, simulator)
        return cls(
            app_env=app_env,
            data_dir=data_dir,
            site_name=env.text("SITE_NAME") or "Sambang Desa",
            database_url=env.secret("DATABASE_URL", production, lambda: _sqlite_url(data_dir)),
            secret_key=env.secret("SECRET_KEY", production, lambda: _kept_secret(data_dir, "secret_key")),
            refund_account_keys=_account_keys(env, production, data_dir),
            password_salt=env.secret(
                "PASSWORD_SALT", production, lambda: _kept_secret(data_dir, "password_salt")
            ),
            redis_url=env.text("REDIS_URL"),
            base_url=(env.secret("BASE_URL", production, lambda: f"http://{host}:{port}")).rstrip("/"),
            hold_seconds=env.number("HOLD_SECONDS", 2100),
            hold_max_seconds=env.number("HOLD_MAX_SECONDS", 4500),
            payment_grace_seconds=env.number("PAYMENT_GRACE_SECONDS", 600),
            transfer_hold_hours=env.number("TRANSFER_HOLD_HOURS", 24),
            rate_limits=env.one_of("RATE_LIMITS", "on", ("on", "off")) == "on",
            page_seconds=env.number("PAGE_SECONDS", 10),
            holds_per_guest=env.number("HOLDS_PER_GUEST", 20),
            holds_per_address=env.number("HOLDS_PER_ADDRESS", 100),
            collecting_account=env.text("COLLECTING_ACCOUNT") or "bersama",
            card_least=env.number("CARD_LEAST", cls.card_least),
            card_most=env.number("CARD_MOST", cls.card_most),
            stripe_secret_key=stripe_key,
            stripe_webhook_secret=stripe_secret,
            stripe_api_base=stripe_base,
            mail_url=env.secret("MAIL_URL", production, lambda: "") or None,
            mail_sender=env.text("MAIL_SENDER") or cls.mail_sender,
            map_tiles_url=env.text("MAP_TILES_URL"),
            trusted_proxies=env.number("TRUSTED_PROXIES", 0),
            complaints_email=env.text("COMPLAINTS_EMAIL") or cls.complaints_email,
        )


class _Environment:
    """Typed reading of the environment with messages that name the setting."""

    def __init__(self, values: object) -> None:
        self._values = dict(values)  # type: ignore[call-overload]

    def text(self, name: str) -> str | None:
        return (self._values.get(name) or "").strip() or None

    def number(self, name: str, default: int) -> int:
        raw = self.text(name)
        if raw is None:
            return default
        if not raw.isdigit():
            raise ConfigError(f"{name} must be a whole number, not {raw!r}")
        return int(raw)

    def one_of(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = (self.text(name) or default).lower()
        if value not in allowed:
            raise ConfigError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def secret(self, name: str, compulsory: bool, default: object) -> str:
        value = self.text(name)
        if value is not None:
            return value
        if compulsory:
            raise ConfigError(f"{name} must be set when APP_ENV=production")
        return str(default())  # type: ignore[operator]


def _stripe(
    env: _Environment, production: bool, data_dir: Path, simulator: str
) -> tuple[str | None, str | None, str | None]:
    """Who takes card payments: Stripe by the keys given, else the simulator that `make run` starts, else nobody.

    Raises ConfigError for half of it: without the webhook secret nobody would hear that a guest has paid.
    """
    names = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE")
    key, secret, base = (env.text(name) for name in names)
    wanted = env.one_of("STRIPE_SIMULATOR", "off" if production else "on", ("on", "off")) == "on"
    if not (key or secret or base) and wanted and not production:
        key = _kept_secret(data_dir, "stripe_secret_key", "sk_test_")
        secret, base = _kept_secret(data_dir, "stripe_webhook_secret", "whsec_"), simulator
    for name, value in (("STRIPE_SECRET_KEY", key), ("STRIPE_WEBHOOK_SECRET", secret)):
        if (key or secret or base) and not value:
            raise ConfigError(f"{name} must be set where another STRIPE_ setting is")
    return key, secret, base


def _account_keys(env: _Environment, production: bool, data_dir: Path) -> tuple[str, ...]:
    """Keys that lock guests' bank accounts, the newest first, between commas. Raises ConfigError for a short one."""
    text = env.secret("REFUND_ACCOUNT_KEY", production, lambda: _kept_secret(data_dir, "refund_account_key"))
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    if not keys or any(len(key) < SHORTEST_KEY for key in keys):
        raise ConfigError(f"each key in REFUND_ACCOUNT_KEY must have {SHORTEST_KEY} characters or more")
    return keys


def _sqlite_url(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'sambang.db'}"


def _kept_secret(data_dir: Path, name: str, prefix: str = "") -> str:
    """A secret made once and kept, so that links and sign-ins survive a restart of the demo."""
    path = data_dir / name
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_when_written(path)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(prefix + secrets.token_urlsafe(48))
    return path.read_text()


def _read_when_written(path: Path) -> str:
    """Another process may have made the file this very moment: an empty one is not yet the secret."""
    for _ in range(200):
        if value := path.read_text().strip():
            return value
        os.sched_yield()
    raise ConfigError(f"{path.name} in the data folder is empty: delete it and start again")
