"""The public pages: home and villages; how money is divided; terms, privacy, complaints; what machines ask for."""

from app.pages.views import about, home, villages
from app.pages.views.base import bp

__all__ = ["about", "bp", "home", "villages"]
