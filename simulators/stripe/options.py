"""How one simulator is set up: its secrets, where it is, and figures that an account at Stripe would have."""

from __future__ import annotations

from dataclasses import dataclass, field

MINUTE, HOUR, DAY = 60, 3600, 86400
API_VERSION = "2026-10-28.endive"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What does not change while it runs. Amounts are in hundredths of a rupiah, spans in seconds.

    The least amount is Stripe's "0.50 US dollar or equivalent" at a rounded rate, the most is twelve digits; neither is
    documented for IDR. Fee and rate are those of an invented account that settles in Singapore dollars.
    """

    secret_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    base: str
    webhook_url: str | None = None
    has_control: bool = True
    least: int = 800_000
    most: int = 999_999_999_999
    shortest_session: int = 30 * MINUTE
    longest_session: int = DAY
    keys_kept: int = DAY
    settlement_currency: str = "sgd"
    exchange_rate: float = 0.000082
    fee_basis_points: int = 390
    fee_fixed: int = 50
    fee_delay: float = 3
    refund_delay: float = 5
    dispute_delay: float = 5
    retry_delays: tuple[float, ...] = (2, 10, MINUTE, 5 * MINUTE, 30 * MINUTE) + (2 * HOUR,) * 35

    @property
    def live(self) -> bool:
        """Stripe tells real money from test money by the key alone."""
        return self.secret_key.startswith(("sk_live_", "rk_live_"))
