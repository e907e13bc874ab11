"""The doors for processes: `gunicorn wsgi:app`, `flask --app wsgi`, `huey_consumer wsgi.queue`."""

from app import create_app
from config import Settings

app = create_app(Settings.from_env())
queue = app.extensions["huey"]
