"""The guest's door: a quote and who books, the booking behind its secret link, and finding it again."""

from flask import Blueprint

bp = Blueprint("bookings", __name__, url_prefix="/bookings")

from app.bookings.views import create, find, show  # noqa: E402, F401  (they put their views on the blueprint)
