"""Rate limits: how often one address may ask. Switched off with RATE_LIMITS=off; shared over processes by Redis."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(
    key_func=get_remote_address, default_limits=[], headers_enabled=False, strategy="moving-window"
)

WRITES = "60 per minute"
SIGN_INS = "10 per minute; 60 per hour"
READS = "600 per minute"
