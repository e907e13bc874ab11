"""A visitor without JavaScript sends what a browser would send, and nothing a form does not have."""

from __future__ import annotations

import pytest
from flask import Flask, redirect, request

from tests.machinery.clients import Visitor

PAGE = """
<a href="next?x=1">On to <b>the next</b></a><script>let hidden</script>
<form action="/search"><input name="q" value="old"></form>
<form action="/book" method="post">
  <input type="hidden" name="csrf_token" value="t0ken">
  <input name="name">
  <input type="checkbox" name="meal" value="lunch"><input type="checkbox" name="meal" value="dinner" checked>
  <input type="radio" name="pay" value="cash"><input type="radio" name="pay" value="bank" checked>
  <select name="room"><option value="a">A</option><option value="b" selected>B</option></select>
  <select name="bed"><option value="1">1</option><option value="2">2</option></select>
  <textarea name="note">As before</textarea><input name="off" value="no" disabled>
  <button name="go" value="hold">Hold</button><button name="go" value="ask">Ask</button>
</form>
"""


@pytest.fixture
def small_site() -> Visitor:
    """A site of one page whose form answers with what it got."""
    app = Flask("small", static_folder=None)
    app.add_url_rule("/", "home", view_func=lambda: PAGE)
    app.add_url_rule("/next", "next", view_func=lambda: f"x is {request.args['x']}")
    app.add_url_rule("/search", "search", view_func=lambda: f"looking for {request.args['q']}")
    app.add_url_rule(
        "/book", view_func=lambda: redirect(f"/said?form={_said()}"), methods=["POST"], endpoint="book"
    )
    app.add_url_rule("/said", "said", view_func=lambda: request.args["form"])
    return Visitor(app.test_client()).open("/")


def _said() -> str:
    return ";".join(f"{name}={','.join(request.form.getlist(name))}" for name in sorted(request.form))


def test_follows_links_by_their_words(small_site: Visitor) -> None:
    small_site.follow("the next")
    assert (small_site.status, small_site.path, small_site.text) == (200, "/next?x=1", "x is 1")


def test_sends_what_stands_in_the_form(small_site: Visitor) -> None:
    small_site.submit("/book", name="Bu Sri", meal=["lunch", "dinner"], button="ask")
    assert small_site.text == (
        "bed=1;csrf_token=t0ken;go=ask;meal=lunch,dinner;name=Bu Sri;note=As before;pay=bank;room=b"
    )


def test_a_box_can_be_unticked_and_a_choice_changed(small_site: Visitor) -> None:
    small_site.submit("/book", meal=None, room="a", pay="cash", note="", button="hold")
    assert small_site.text == "bed=1;csrf_token=t0ken;go=hold;name=;note=;pay=cash;room=a"


def test_searches_by_get(small_site: Visitor) -> None:
    assert small_site.submit("/search", q="kamar").text == "looking for kamar"


def test_cannot_fill_in_what_is_not_there(small_site: Visitor) -> None:
    with pytest.raises(AssertionError, match="no form"):
        small_site.submit("/book", price="1")
