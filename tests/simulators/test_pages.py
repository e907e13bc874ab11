"""The hosted page as a guest without JavaScript uses it: plain forms, two languages, honest on every page."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import stripe

from tests.machinery.clients import _Page
from tests.simulators import needs
from tests.simulators.provider import ASKS, DECLINES, PAYS, Provider

HONEST = {"en": "no money moves here", "id": "tidak ada uang yang berpindah"}


@pytest.fixture
def session(api: stripe.V1Services, wanted: dict[str, Any]) -> stripe.checkout.Session:
    """A page to pay on, in English."""
    return api.checkout.sessions.create(wanted)


def read(answer: requests.Response) -> _Page:
    """Forms, links and words of a page."""
    page = _Page()
    page.feed(answer.text)
    return page


@needs.own_page
def test_the_page_says_what_is_paid_and_that_it_is_not_real(
    stripe_simulator: Provider, session: stripe.checkout.Session
) -> None:
    answer = stripe_simulator.http.get(session.url)
    assert answer.status_code == 200
    words = " ".join("".join(read(answer).text).split())
    assert "Rp150.000" in words
    assert "Two nights in Karanganyar" in words
    assert HONEST["en"] in words
    assert "Never type the number of a real card" in words


@needs.own_page
def test_the_page_works_without_a_script(
    stripe_simulator: Provider, session: stripe.checkout.Session
) -> None:
    answer = stripe_simulator.http.get(session.url)
    assert "<script" not in answer.text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    page = read(answer)
    typed, chosen = page.forms
    assert {"number", "expiry", "cvc"} == typed.names
    cards = ["".join(card.split()) for card in (PAYS, DECLINES, ASKS)]
    assert chosen.buttons == [("card", card) for card in cards]
    assert ("Go back without paying", "http://site.example/pay") in page.links


@needs.own_page
@pytest.mark.parametrize("locale", ["id", "en"])
def test_the_page_speaks_the_language_of_the_site(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any], locale: str
) -> None:
    session = api.checkout.sessions.create(wanted | {"locale": locale})
    other = {"id": "en", "en": "id"}[locale]
    assert f'<html lang="{locale}">' in stripe_simulator.http.get(session.url).text
    assert f'<html lang="{other}">' in stripe_simulator.http.get(session.url + f"?lang={other}").text
    refused = stripe_simulator.http.post(session.url + f"?lang={other}", data={"number": DECLINES})
    assert f'<html lang="{other}">' in refused.text, "a language that was chosen stays"


@needs.own_page
@pytest.mark.parametrize("locale", ["id", "en"])
def test_every_page_says_that_it_is_a_simulator(
    stripe_simulator: Provider, api: stripe.V1Services, wanted: dict[str, Any], locale: str
) -> None:
    sessions = [api.checkout.sessions.create(wanted | {"locale": locale}) for _time in range(4)]
    opened, asking, paid, closed = (session.url for session in sessions)
    declined = stripe_simulator.decline(opened)
    stripe_simulator.pay(paid)
    api.checkout.sessions.expire(sessions[3].id)
    http, lang = stripe_simulator.http, f"?lang={locale}"
    pages = [http.get(opened).text, http.post(asking, data={"number": ASKS}).text, http.get(paid).text]
    pages += [
        http.get(closed).text,
        http.get(opened + "x" + lang).text,
        http.get(stripe_simulator.base + lang).text,
    ]
    for page in [*pages, declined]:
        assert HONEST[locale] in page
    assert len(set(pages)) == len(pages)


@needs.own_page
def test_a_card_that_pays(
    stripe_simulator: Provider, api: stripe.V1Services, session: stripe.checkout.Session
) -> None:
    answer = stripe_simulator.http.post(session.url, data={"number": PAYS}, allow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://site.example/back?session={session.id}"
    assert api.checkout.sessions.retrieve(session.id).payment_status == "paid"
    told = [event["type"] for event in stripe_simulator.events()]
    assert told == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (DECLINES, "card_declined"),
        ("4000000000009995", "card_declined"),
        ("4000000000000069", "expired_card"),
        ("4000000000000127", "incorrect_cvc"),
    ],
)
def test_a_card_that_is_declined_leaves_the_page_open(
    stripe_simulator: Provider,
    api: stripe.V1Services,
    session: stripe.checkout.Session,
    card: str,
    code: str,
) -> None:
    page = stripe_simulator.decline(session.url, card)
    assert "Nothing is paid yet" in page
    (failed,) = stripe_simulator.events("payment_intent.payment_failed")
    assert failed["data"]["object"]["last_payment_error"]["code"] == code
    assert api.checkout.sessions.retrieve(session.id).status == "open"
    stripe_simulator.pay(session.url)
    assert api.checkout.sessions.retrieve(session.id).status == "complete"


@needs.own_page
def test_a_number_that_is_no_test_card_is_neither_taken_nor_kept(
    stripe_simulator: Provider, api: stripe.V1Services, session: stripe.checkout.Session
) -> None:
    answer = stripe_simulator.http.post(session.url, data={"number": "4111 1111 1111 1111"})
    assert answer.status_code == 402
    assert "Only test cards work here" in answer.text
    assert "4111" not in answer.text
    assert stripe_simulator.events() == []
    assert api.checkout.sessions.retrieve(session.id).status == "open"


@needs.own_page
def test_the_bank_asks_and_the_guest_agrees(
    stripe_simulator: Provider, api: stripe.V1Services, session: stripe.checkout.Session
) -> None:
    asked = stripe_simulator.http.post(session.url, data={"number": ASKS})
    assert asked.url.split("?")[0] == session.url + "/3ds"
    assert [button for form in read(asked).forms for button in form.buttons] == [
        ("answer", "confirm"),
        ("answer", "refuse"),
    ]
    intent = api.payment_intents.retrieve(api.checkout.sessions.retrieve(session.id).payment_intent)
    assert intent.status == "requires_action"
    agreed = stripe_simulator.http.post(asked.url, data={"answer": "confirm"}, allow_redirects=False)
    assert agreed.headers["Location"].startswith("http://site.example/back")
    assert api.checkout.sessions.retrieve(session.id).payment_status == "paid"


@needs.own_page
def test_the_bank_asks_and_the_guest_refuses(
    stripe_simulator: Provider, api: stripe.V1Services, session: stripe.checkout.Session
) -> None:
    stripe_simulator.decline(session.url, ASKS)
    (failed,) = stripe_simulator.events("payment_intent.payment_failed")
    error = failed["data"]["object"]["last_payment_error"]
    assert error["code"] == "payment_intent_authentication_failure"
    assert api.checkout.sessions.retrieve(session.id).status == "open"
    question = stripe_simulator.http.get(session.url + "/3ds")
    assert question.url.split("?")[0] == session.url, "nobody asks any more"
    answer = stripe_simulator.http.post(session.url + "/3ds", data={"answer": "confirm"})
    assert answer.url.split("?")[0] == session.url
    assert api.checkout.sessions.retrieve(session.id).status == "open"


@needs.own_page
@pytest.mark.parametrize(("end", "status", "back"), [("pay", 200, "back"), ("expire", 410, "pay")])
def test_a_page_that_is_over_takes_no_card_and_leads_back(
    stripe_simulator: Provider,
    api: stripe.V1Services,
    session: stripe.checkout.Session,
    end: str,
    status: int,
    back: str,
) -> None:
    if end == "pay":
        stripe_simulator.pay(session.url)
    else:
        api.checkout.sessions.expire(session.id)
    before = stripe_simulator.events()
    for answer in (
        stripe_simulator.http.get(session.url),
        stripe_simulator.http.post(session.url, data={"number": PAYS}),
    ):
        assert answer.status_code == status
        assert any(link.startswith(f"http://site.example/{back}") for _words, link in read(answer).links)
    assert stripe_simulator.events() == before


@needs.own_page
def test_a_page_that_never_was(stripe_simulator: Provider) -> None:
    address = f"{stripe_simulator.base}/c/pay/cs_test_nothing"
    assert stripe_simulator.http.get(address).status_code == 404
    assert stripe_simulator.http.post(address, data={"number": PAYS}).status_code == 404
