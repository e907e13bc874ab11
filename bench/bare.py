"""What the pages are compared with: Flask, SQLAlchemy, one query, a short page."""

import os

from flask import Flask
from sqlalchemy import create_engine, text

app = Flask(__name__)
engine = create_engine(os.environ["DATABASE_URL"])


@app.get("/")
def page() -> str:
    """How many houses there are."""
    with engine.connect() as connection:
        count = connection.execute(text("SELECT count(*) FROM homestays")).scalar()
    return f"<!doctype html><title>Bare</title><h1>{count} houses</h1>"


@app.get("/healthz")
def alive() -> str:
    """It answers."""
    return "ok"
