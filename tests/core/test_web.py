"""What every request shares: errors as pages or problem JSON, language, headers, request id."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask, abort
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from app.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PriceChanged,
    SoldOut,
    Unavailable,
    WrongState,
)
from app.core.web import CODES
from tests.machinery.databases import Database, close

Open = Callable[..., TestResponse]

FAILURES: dict[str, Callable[[], Exception]] = {
    "bug": lambda: ZeroDivisionError("rahasia 0812"),
    "database": lambda: OperationalError("SELECT rahasia", {}, Exception("rahasia")),
    "not-found": lambda: NotFound("Not here."),
    "forbidden": lambda: Forbidden("Not yours."),
    "conflict": lambda: Conflict("Moved.", code="idempotency_conflict"),
    "sold-out": lambda: SoldOut("Gone.", lines={"0": 1}),
    "price": lambda: PriceChanged("Now more.", total=5),
    "state": lambda: WrongState("Too late."),
    "invalid": lambda: Invalid("Look again.", errors=[("phone", "too short")]),
    "unavailable": lambda: Unavailable("Busy."),
}


@pytest.fixture(scope="module")
def _failing() -> Iterator[dict[str, Flask]]:
    made: dict[str, Flask] = {}
    yield made
    for app in made.values():
        close(app)


@pytest.fixture
def app(database: Database, _failing: dict[str, Flask]) -> Flask:
    """An app with doors that fail in every way, for pages (/fail/…) and programs (/api/fail/…); it writes nothing."""
    if database.name not in _failing:
        _failing[database.name] = _with_failing_doors(database.app_on(database.session_url))
    return _failing[database.name]


def _with_failing_doors(app: Flask) -> Flask:
    def fail(how: str) -> str:
        failure = FAILURES[how]()
        raise failure

    def stop(status: int) -> None:
        abort(status)

    for prefix in ("", "/api"):
        app.add_url_rule(f"{prefix}/fail/<how>", f"fail{prefix}", fail)
        app.add_url_rule(f"{prefix}/abort/<int:status>", f"abort{prefix}", stop)
    return app


@pytest.fixture
def opened(app: Flask) -> Open:
    return app.test_client().open


PROBLEMS = [
    ("bug", 500, "internal"),
    ("database", 503, "unavailable"),
    ("not-found", 404, "not_found"),
    ("forbidden", 403, "forbidden"),
    ("conflict", 409, "idempotency_conflict"),
    ("sold-out", 409, "sold_out"),
    ("price", 409, "price_changed"),
    ("state", 409, "wrong_state"),
    ("invalid", 422, "invalid"),
    ("unavailable", 503, "unavailable"),
]


@pytest.mark.parametrize(("how", "status", "code"), PROBLEMS)
def test_programs_get_a_problem_document(opened: Open, how: str, status: int, code: str) -> None:
    answer = opened(f"/api/fail/{how}")
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    problem = answer.get_json()
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"] == f"urn:sambang:problem:{code}"
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.parametrize(("how", "status", "_code"), PROBLEMS)
def test_people_get_a_page(opened: Open, how: str, status: int, _code: str) -> None:
    answer = opened(f"/fail/{how}?lang=en")
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    page = answer.get_data(as_text=True)
    assert '<html lang="en"' in page
    assert "<h1" in page


@pytest.mark.parametrize("how", ["bug", "database"])
@pytest.mark.parametrize("prefix", ["", "/api"])
def test_a_bug_tells_no_secrets(opened: Open, prefix: str, how: str) -> None:
    text = opened(f"{prefix}/fail/{how}").get_data(as_text=True)
    for word in ("rahasia", "Traceback", "ZeroDivision", "SELECT"):
        assert word not in text


def test_what_a_problem_carries(opened: Open) -> None:
    assert opened("/api/fail/sold-out").get_json()["lines"] == {"0": 1}
    assert opened("/api/fail/price").get_json()["total"] == 5
    assert opened("/api/fail/invalid").get_json()["errors"] == [{"field": "phone", "message": "too short"}]
    bug = opened("/api/fail/bug")
    assert bug.get_json()["request_id"] == bug.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "path", ["/fail/unavailable", "/api/fail/unavailable", "/fail/database", "/api/abort/429"]
)
def test_who_should_come_again_is_told_when(opened: Open, path: str) -> None:
    assert int(opened(path).headers["Retry-After"]) > 0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503])
def test_every_status_has_words_and_a_code(opened: Open, status: int) -> None:
    problem = opened(f"/api/abort/{status}").get_json()
    assert problem["status"] == status
    assert problem["code"] in set(CODES.values())
    assert "browser" not in problem["detail"]
    page = opened(f"/abort/{status}?lang=en")
    assert page.status_code == status
    assert page.mimetype == "text/html"


class TestBeforeAnyView:
    """What is refused before a view sees it: the same two faces."""

    def test_nothing_there(self, opened: Open) -> None:
        assert opened("/nowhere").mimetype == "text/html"
        for path in ("/api/nowhere", "/api", "/api/v1/nowhere"):
            answer = opened(path)
            assert (answer.status_code, answer.content_type) == (404, "application/problem+json")

    def test_wrong_method(self, opened: Open) -> None:
        page = opened("/healthz", method="DELETE")
        assert (page.status_code, page.mimetype) == (405, "text/html")
        problem = opened("/api/fail/bug", method="DELETE")
        assert (problem.status_code, problem.content_type) == (405, "application/problem+json")
        assert problem.get_json()["code"] == "method_not_allowed"
        assert "GET" in page.headers["Allow"]
        assert "GET" in problem.headers["Allow"]

    def test_too_large(self, opened: Open) -> None:
        body = b"a=" + b"x" * (1024 * 1024 + 1)
        page = opened("/login", method="POST", data=body, content_type="application/x-www-form-urlencoded")
        assert (page.status_code, page.mimetype) == (413, "text/html")
        problem = opened("/api/v1/quotes", method="POST", data=body, content_type="application/json")
        assert (problem.status_code, problem.get_json()["code"]) == (413, "too_large")

    def test_not_json(self, opened: Open) -> None:
        answer = opened("/api/v1/quotes", method="POST", data="lines", content_type="text/plain")
        assert (answer.status_code, answer.get_json()["code"]) == (415, "unsupported_media_type")

    @pytest.mark.parametrize(
        "body", ["{", "[" * 100_000, "\0", '{"a": NaN', "\ud800".encode(errors="surrogatepass")]
    )
    def test_malformed_json(self, opened: Open, body: str | bytes) -> None:
        answer = opened("/api/v1/quotes", method="POST", data=body, content_type="application/json")
        assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid")

    def test_a_form_without_its_token(self, opened: Open) -> None:
        answer = opened("/login", method="POST", data={"identity": "a@contoh.example", "password": "x"})
        assert (answer.status_code, answer.mimetype) == (400, "text/html")

    @pytest.mark.parametrize(
        "path", ["/villages/%00", "/homestays/a%00b", f"/manage/messages/{10**40}/sent", "/%FF"]
    )
    def test_addresses_that_cannot_be(self, opened: Open, path: str) -> None:
        assert opened(path).status_code in {404, 405}


class TestLanguage:
    """?lang=, then the cookie, then what the browser prefers, then Indonesian."""

    @staticmethod
    def of(answer: TestResponse) -> str:
        found = re.search(r'<html lang="(\w+)"', answer.get_data(as_text=True))
        assert found is not None
        return found[1]

    @pytest.mark.parametrize(
        ("query", "cookie", "header", "language"),
        [
            ("?lang=en", "id", "id", "en"),
            ("?lang=id", "en", "en", "id"),
            ("", "en", "id", "en"),
            ("", None, "en-GB,en;q=0.9", "en"),
            ("", None, "id-ID,id;q=0.9,en;q=0.8", "id"),
            ("", None, "fr,ja;q=0.9", "id"),
            ("", None, "fr,en;q=0.5", "en"),
            ("", None, None, "id"),
            ("?lang=fr", None, "en", "en"),
            ("?lang=", "xx", "en", "en"),
            ("?lang=<script>", None, "%%%;;q=,", "id"),
        ],
    )
    def test_who_decides(
        self, app: Flask, query: str, cookie: str | None, header: str | None, language: str
    ) -> None:
        client = app.test_client()
        if cookie is not None:
            client.set_cookie("lang", cookie)
        answer = client.get("/nowhere" + query, headers={"Accept-Language": header} if header else {})
        assert self.of(answer) == language

    def test_a_choice_is_remembered(self, app: Flask) -> None:
        client = app.test_client()
        chosen = client.get("/nowhere?lang=en")
        assert "lang=en" in chosen.headers["Set-Cookie"]
        assert "SameSite=Lax" in chosen.headers["Set-Cookie"]
        assert self.of(client.get("/nowhere")) == "en"
        client.get("/nowhere?lang=id")
        assert self.of(client.get("/nowhere", headers={"Accept-Language": "en"})) == "id"

    def test_switching_loses_nothing_and_shows_no_secret(self, opened: Open) -> None:
        page = opened("/nowhere?lang=en&adults=3&line=a&line=b&token=rahasia").get_data(as_text=True)
        link = re.search(r'href="([^"]*lang=id)"', page)
        assert link is not None
        assert link[1].replace("&amp;", "&") == "/nowhere?adults=3&line=a&line=b&lang=id"

    @pytest.mark.parametrize(
        ("button", "page"),
        [
            ("/bookings/ACDEFGH/pay", "/bookings/ACDEFGH"),
            ("/bookings/ACDEFGH/release", "/bookings/ACDEFGH"),
            ("/manage/messages/5/sent", "/manage/messages"),
            ("/account/password", "/account"),
            ("/login", "/login"),
            ("/nowhere/at/all", "/"),
        ],
    )
    def test_behind_a_button_switching_leads_to_a_page(self, opened: Open, button: str, page: str) -> None:
        """What a button was refused has no address of its own: a link to it would end in a 405."""
        refused = opened(f"{button}?lang=en", method="POST")
        assert refused.status_code in {400, 404}
        link = re.search(r'href="([^"]*lang=id)"', refused.get_data(as_text=True))
        assert link is not None
        assert link[1] == f"{page}?lang=id"

    @pytest.mark.parametrize("path", ["/%5Cevil.example", "/%2F%2Fevil.example", "/nowhere%3Fa=b"])
    def test_switching_never_leaves_the_site(self, opened: Open, path: str) -> None:
        """A browser reads a backslash as a slash, and what follows two of them as another site."""
        link = re.search(r'href="([^"]*lang=id)"', opened(f"{path}?lang=en").get_data(as_text=True))
        assert link is not None
        assert re.match(r"/[^/\\]", link[1])
        assert link[1].count("?") == 1

    def test_caches_keep_languages_apart(self, opened: Open) -> None:
        assert {"Cookie", "Accept-Language"} <= set(opened("/nowhere").headers["Vary"].split(", "))
