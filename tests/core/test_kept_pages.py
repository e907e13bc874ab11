"""A public page is rendered once for all who come without a cookie; everybody else sees it as it is now."""

from __future__ import annotations

from time import monotonic

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import transaction
from app.villages.queries import get_village
from tests.factories import make_house, make_product, make_village

pytestmark = pytest.mark.settings(page_seconds=10)

PAGE = "/villages/sarihayu"


@pytest.fixture
def village(app: Flask) -> None:
    """A village with one house, whose page has been looked at."""
    with app.app_context(), transaction():
        make_house(make_village())
    assert "Sarihayu" in see(app.test_client())


def rename(app: Flask) -> None:
    """Now a page that is made anew is another one."""
    with app.app_context(), transaction():
        get_village("sarihayu").name = "Desa Baru"


def see(client: FlaskClient, page: str = PAGE, **given: object) -> str:
    answer = client.get(page, **given)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.usefixtures("village")
class TestKept:
    def test_the_next_visitor_gets_the_same_page(self, app: Flask) -> None:
        rename(app)
        assert "Desa Baru" not in see(app.test_client())

    def test_for_as_long_as_the_setting_says(self, app: Flask) -> None:
        rename(app)
        pages = app.extensions["kept_pages"]._pages
        pages.expire(monotonic() + 9)
        assert "Desa Baru" not in see(app.test_client())
        pages.expire(monotonic() + 11)
        assert "Desa Baru" in see(app.test_client())

    def test_headers_are_made_for_each_visitor(self, app: Flask) -> None:
        first, second = (app.test_client().get(PAGE).headers for _ in range(2))
        assert first["X-Request-Id"] != second["X-Request-Id"]
        assert first["Content-Security-Policy"] != second["Content-Security-Policy"]

    def test_a_wish_for_a_language_is_remembered(self, app: Flask) -> None:
        for _turn in range(2):
            client = app.test_client()
            assert '<html lang="en"' in see(client, PAGE + "?lang=en")
            assert '<html lang="en"' in see(client)


@pytest.mark.usefixtures("village")
class TestNotKept:
    def test_whoever_has_a_session_sees_it_as_it_is(self, app: Flask) -> None:
        rename(app)
        client = app.test_client()
        with client.session_transaction() as session:
            session["trip"] = []
        assert "Desa Baru" in see(client)
        assert "Desa Baru" not in see(app.test_client())

    def test_whoever_is_remembered_sees_it_as_it_is(self, app: Flask) -> None:
        rename(app)
        client = app.test_client()
        client.set_cookie("remember_token", "anything")
        assert "Desa Baru" in see(client)

    def test_another_language_is_another_page(self, app: Flask) -> None:
        assert '<html lang="id"' in see(app.test_client())
        assert '<html lang="en"' in see(app.test_client(), headers={"Accept-Language": "en"})
        client = app.test_client()
        client.set_cookie("lang", "en")
        assert '<html lang="en"' in see(client)

    def test_another_host_is_another_page(self, app: Flask) -> None:
        rename(app)
        assert "Desa Baru" in see(app.test_client(), headers={"Host": "elsewhere.example"})

    def test_another_question_is_another_page(self, app: Flask) -> None:
        rename(app)
        assert "Desa Baru" in see(app.test_client(), PAGE + "?adults=3")

    def test_a_page_with_a_form_of_the_visitors_own(self, app: Flask) -> None:
        with app.app_context(), transaction():
            product = make_product(get_village("sarihayu")).slug
        pages = [see(app.test_client(), f"/showcase/{product}") for _visitor in range(2)]
        first, second = (
            page.partition('csrf_token" type="hidden" value="')[2].partition('"')[0] for page in pages
        )
        assert first
        assert first != second

    def test_what_was_refused(self, app: Flask) -> None:
        for _turn in range(2):
            assert app.test_client().get("/homestays?arrival=never").status_code == 422
            assert app.test_client().get("/villages/nowhere").status_code == 404
        assert not [key for key in app.extensions["kept_pages"]._pages if PAGE not in key[1]]


@pytest.mark.settings(page_seconds=0)
def test_nothing_is_kept_where_the_setting_is_0(app: Flask) -> None:
    with app.app_context(), transaction():
        make_village()
    see(app.test_client())
    rename(app)
    assert "Desa Baru" in see(app.test_client())
