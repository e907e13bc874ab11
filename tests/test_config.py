"""Settings from the environment: who takes card payments, and that production invents nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import ConfigError, Settings

PRODUCTION = {
    "APP_ENV": "production",
    "DATABASE_URL": "postgresql+psycopg://site@db/site",
    "SECRET_KEY": "s",
    "PASSWORD_SALT": "p",
    "REFUND_ACCOUNT_KEY": "a" * 32,
    "BASE_URL": "https://site.example",
    "MAIL_URL": "smtp://mail.example",
}
KEYS = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}


def read(folder: Path, **environment: str) -> Settings:
    """Settings in a folder of their own."""
    return Settings.from_env({"DATA_DIR": str(folder)} | environment)


def stripe_of(settings: Settings) -> tuple[str | None, str | None, str | None]:
    """Key, webhook secret and address."""
    return settings.stripe_secret_key, settings.stripe_webhook_secret, settings.stripe_api_base


def test_in_development_the_simulator_takes_cards(tmp_path: Path) -> None:
    key, secret, base = stripe_of(read(tmp_path))
    assert key
    assert key.startswith("sk_test_")
    assert secret
    assert secret.startswith("whsec_")
    assert base == "http://127.0.0.1:5001"


def test_its_secrets_are_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    first = stripe_of(read(tmp_path / "a"))
    assert stripe_of(read(tmp_path / "a")) == first
    assert stripe_of(read(tmp_path / "b"))[:2] != first[:2]
    assert {
        (tmp_path / "a" / f"stripe_{name}").stat().st_mode & 0o777
        for name in ("secret_key", "webhook_secret")
    } == {0o600}


def test_it_stands_beside_the_site(tmp_path: Path) -> None:
    assert read(tmp_path, HOST="127.0.0.2", PORT="7000").stripe_api_base == "http://127.0.0.2:7001"
    assert read(tmp_path, PORT="7000", SIMULATOR_PORT="9000").stripe_api_base == "http://127.0.0.1:9000"


def test_keys_that_are_given_are_used(tmp_path: Path) -> None:
    assert stripe_of(read(tmp_path, **KEYS)) == ("sk_test_1", "whsec_1", None)
    assert read(tmp_path, **KEYS, STRIPE_API_BASE="http://x").stripe_api_base == "http://x"
    assert list(tmp_path.glob("stripe_*")) == []


def test_the_simulator_can_be_left_out(tmp_path: Path) -> None:
    assert stripe_of(read(tmp_path, STRIPE_SIMULATOR="off")) == (None, None, None)


@pytest.mark.parametrize("more", [{}, {"STRIPE_SIMULATOR": "on"}])
def test_production_takes_no_card_without_a_key(tmp_path: Path, more: dict[str, str]) -> None:
    assert stripe_of(read(tmp_path, **PRODUCTION, **more)) == (None, None, None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("left_out", KEYS)
@pytest.mark.parametrize("place", [{}, PRODUCTION], ids=["development", "production"])
def test_half_of_the_keys_is_refused(tmp_path: Path, left_out: str, place: dict[str, str]) -> None:
    given = {name: value for name, value in KEYS.items() if name != left_out}
    with pytest.raises(ConfigError, match=left_out):
        read(tmp_path, **place, **given)
    with pytest.raises(ConfigError, match=left_out):
        read(tmp_path, **place, **given, **{left_out: " "})


def test_no_secret_is_shown(tmp_path: Path) -> None:
    shown = repr(read(tmp_path, **KEYS))
    assert "sk_test_1" not in shown
    assert "whsec_1" not in shown


def test_what_a_card_may_be_charged_is_a_setting(tmp_path: Path) -> None:
    found = read(tmp_path, CARD_LEAST="10000", CARD_MOST="999999")
    assert (found.card_least, found.card_most) == (10_000, 999_999)
    with pytest.raises(ConfigError, match="CARD_MOST"):
        read(tmp_path, CARD_MOST="much")


def test_guests_accounts_need_a_key_of_their_own_in_production(tmp_path: Path) -> None:
    without = {name: value for name, value in PRODUCTION.items() if name != "REFUND_ACCOUNT_KEY"}
    with pytest.raises(ConfigError, match="REFUND_ACCOUNT_KEY"):
        read(tmp_path, **without)
    for short in ("b" * 31, f"{'a' * 32},b", " , "):
        with pytest.raises(ConfigError, match="REFUND_ACCOUNT_KEY"):
            read(tmp_path, **without, REFUND_ACCOUNT_KEY=short)
    both = read(tmp_path, **without, REFUND_ACCOUNT_KEY=f"{'n' * 32}, {'o' * 32}")
    assert both.refund_account_keys == ("n" * 32, "o" * 32)
    assert "n" * 32 not in repr(both)
    kept = read(tmp_path).refund_account_keys
    assert read(tmp_path).refund_account_keys == kept, "the demo keeps its own"
