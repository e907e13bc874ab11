"""A guest's account: whoever opens a link that was sent to an address has proven it; once, for a while, one account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.codes import guest_key, hash_token
from app.core.db import transaction
from app.core.errors import Conflict, Forbidden, NotFound, WrongState
from app.users import queries, services
from app.users.models import AddressLink, ProvenAddress, User
from app.users.rules import ADDRESS_LINK_LIFE, DESK_LINK_LIFE, MOST_ADDRESS_LINKS, Role, Scope
from app.users.services import Arrival
from tests.users.world import SECRET, held, new

ANNA, OTHER, PHONE = "anna@sample.example", "anna@other.example", "+6281234567890"


def link_to(address: str, user_id: int | None = None) -> str:
    with transaction():
        token = services.create_address_link(address=address, user_id=user_id, name="Anna", language="en")
    assert token is not None
    return token


def use(token: str, user_id: int | None = None) -> Arrival:
    with transaction():
        return services.use_address_link(token=token, user_id=user_id)


def come_in(address: str) -> User:
    return use(link_to(address)).user


def add(address: str, user_id: int) -> Arrival:
    return use(link_to(address, user_id), user_id)


def addresses(user_id: int) -> list[str]:
    return [one.address for one in queries.list_proven_addresses(user_id)]


def refused(token: str, user_id: int | None = None) -> bool:
    with pytest.raises(WrongState):
        use(token, user_id)
    return True


def test_an_account_is_made_by_the_link_and_opened_by_the_next(session: Session) -> None:
    anna = come_in(ANNA)
    assert (anna.is_guest, anna.name, anna.language, anna.email, anna.phone) == (
        True,
        "Anna",
        "en",
        None,
        None,
    )
    assert addresses(anna.id) == [ANNA]
    assert come_in(ANNA).id == anna.id
    assert session.scalar(select(func.count()).select_from(User)) == 1


def test_a_link_works_once_and_only_its_hash_is_kept(session: Session) -> None:
    token = link_to(ANNA)
    link = session.scalars(select(AddressLink)).one()
    assert link.token_hash == hash_token(token)
    assert token not in str(vars(link))
    assert services.find_address_link(token=token) is not None
    use(token)
    assert services.find_address_link(token=token) is None
    assert refused(token)


@pytest.mark.parametrize(("address", "life"), [(ANNA, ADDRESS_LINK_LIFE), (PHONE, DESK_LINK_LIFE)])
def test_a_link_ends(
    session: Session, address: str, life: timedelta, set_clock: Callable[[timedelta], None]
) -> None:
    token = link_to(address)
    set_clock(life - timedelta(seconds=30))
    assert services.find_address_link(token=token) is not None
    set_clock(life + timedelta(seconds=30))
    assert services.find_address_link(token=token) is None
    assert refused(token)


@pytest.mark.parametrize("token", ["", "x", "\x00", "'; --", "🏠" * 50])
def test_a_forged_link_opens_nothing(session: Session, token: str) -> None:
    link_to(ANNA)
    assert services.find_address_link(token=token) is None
    assert refused(token)


def test_with_one_link_every_other_to_the_address_is_spent(session: Session) -> None:
    first, second, elsewhere = link_to(ANNA), link_to(ANNA), link_to(OTHER)
    use(first)
    assert refused(second)
    assert use(elsewhere).user.id != come_in(ANNA).id


def test_not_more_than_a_few_an_hour(session: Session, set_clock: Callable[[timedelta], None]) -> None:
    for _link in range(MOST_ADDRESS_LINKS):
        link_to(ANNA)
    with transaction():
        assert services.create_address_link(address=ANNA, user_id=None, name="A", language="id") is None
    link_to(OTHER)
    set_clock(timedelta(minutes=30))
    with transaction():
        services.forget_dead_links()
        assert services.create_address_link(address=ANNA, user_id=None, name="A", language="id") is None
    set_clock(timedelta(minutes=61))
    link_to(ANNA)
    with transaction():
        assert services.forget_dead_links() == MOST_ADDRESS_LINKS + 1


def test_another_address_is_added_by_the_same_proof(session: Session) -> None:
    anna = come_in(ANNA)
    assert add(PHONE, anna.id).user.id == anna.id
    assert addresses(anna.id) == [ANNA, PHONE]
    assert add(PHONE, anna.id).former is None, "proven again"
    assert come_in(PHONE).id == anna.id


def test_opened_elsewhere_it_comes_in_and_adds_nothing(session: Session) -> None:
    """Whoever asks for a link to another's address, and gets them to open it, has gained nothing."""
    anna, stranger = come_in(ANNA), come_in(OTHER)
    arrived = use(link_to(PHONE, stranger.id), anna.id)
    assert arrived.user.id not in {anna.id, stranger.id}
    assert addresses(stranger.id) == [OTHER]
    assert use(link_to(ANNA, stranger.id)).user.id == anna.id
    assert addresses(anna.id) == [ANNA]


def test_whoever_proves_it_last_has_it_and_the_former_is_told(session: Session) -> None:
    anna, other = come_in(ANNA), come_in(OTHER)
    add(PHONE, anna.id)
    moved = add(PHONE, other.id)
    assert (moved.former and moved.former.id, moved.told_at) == (anna.id, ANNA)
    assert (addresses(anna.id), addresses(other.id)) == ([ANNA], [OTHER, PHONE])
    entry = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "address_moved")).one()
    assert (entry.subject, entry.details) == (f"user:{anna.id}", {"to": f"user:{other.id}"})


def test_an_account_that_loses_its_last_address_ends(session: Session) -> None:
    anna, other = come_in(ANNA), come_in(OTHER)
    moved = add(ANNA, other.id)
    assert moved.former is None
    assert addresses(other.id) == [OTHER, ANNA]
    assert queries.find_address_owner(ANNA) is not None
    session.expire_all()
    assert session.get(User, anna.id) is None


def test_somebody_in_office_proves_an_address_and_a_link_never_opens_the_office(session: Session) -> None:
    with transaction():
        dewi = new("dewi")
        services.give_office(user_id=dewi.id, role=Role.OBSERVER)
    before = held(session, dewi.id)
    add(ANNA, dewi.id)
    assert addresses(dewi.id) == [ANNA]
    assert [office.role for office in before.offices_in_force()] == [Role.OBSERVER]
    token = link_to(ANNA)
    with pytest.raises(Conflict):
        use(token)
    assert services.find_address_link(token=token) is not None, "nothing was spent"
    assert come_in("dewi@sample.example").id != dewi.id, (
        "what they sign in with is not proven, and opens nothing"
    )


def test_a_guest_is_nobody_to_give_an_office_to(session: Session) -> None:
    anna = come_in(ANNA)
    with transaction():
        mira, invited = new("mira"), services.create_user(name="Anna", email=ANNA)
        services.give_office(user_id=mira.id, role=Role.MANAGER)
    assert invited.id != anna.id
    with pytest.raises(Forbidden), transaction():
        services.give_office(user_id=anna.id, role=Role.OBSERVER)
    with pytest.raises(Forbidden), transaction():
        services.create_sign_in_link(user_id=anna.id, made_by_id=mira.id)
    everything = Scope(everything=True)
    assert anna.id not in {one.id for one in queries.list_people(everything)}
    with pytest.raises(NotFound):
        queries.get_person(anna.id, everything)


def test_a_guest_signs_in_by_whatever_is_proven_and_others_by_their_own(session: Session) -> None:
    anna = come_in(ANNA)
    add(PHONE, anna.id)
    for text in ("Anna@Sample.example", "0812 3456 7890", PHONE):
        found = queries.find_user_to_sign_in(text)
        assert found is not None, text
        assert found.id == anna.id
    for text in ("nobody@sample.example", "x", "\x00", "0812"):
        assert queries.find_user_to_sign_in(text) is None
    with transaction():
        staff = new("anna")
        dewi = new("dewi")
    add(OTHER, dewi.id)
    assert queries.find_user_to_sign_in(ANNA) is staff, "somebody invited comes first"
    assert queries.find_user_to_sign_in(OTHER) is None


@pytest.mark.parametrize("typed", ["straße@sample.example", "STRASSE@sample.example"])
def test_no_mailbox_proves_another(typed: str) -> None:
    """Folded further than guests are counted by, one address would open the bookings of another."""
    assert queries.normalise_address(typed) == typed.lower()
    assert guest_key(queries.normalise_address(typed)) == guest_key(typed)


def test_an_address_is_given_up(session: Session) -> None:
    anna, other = come_in(ANNA), come_in(OTHER)
    add(PHONE, anna.id)
    first, second = queries.list_proven_addresses(anna.id)
    with pytest.raises(NotFound), transaction():
        services.forget_address(user_id=other.id, address_id=first.id)
    with transaction():
        services.forget_address(user_id=anna.id, address_id=second.id)
    with pytest.raises(WrongState), transaction():
        services.forget_address(user_id=anna.id, address_id=first.id)
    assert addresses(anna.id) == [ANNA]


def test_a_deleted_account_leaves_nothing(session: Session) -> None:
    anna = come_in(ANNA)
    add(PHONE, anna.id)
    with transaction():
        services.set_password(user_id=anna.id, password=SECRET, by_user_id=anna.id)
    asked, pending = link_to(OTHER, anna.id), link_to(ANNA)
    with transaction():
        services.delete_guest_account(user_id=anna.id)
    session.expire_all()
    assert session.get(User, anna.id) is None
    assert session.scalar(select(func.count()).select_from(ProvenAddress)) == 0
    assert refused(asked)
    assert refused(pending)
    assert {entry.user_id for entry in session.scalars(select(audit.AuditEntry))} == {None}
    assert come_in(ANNA).password is None, "whoever comes back begins anew"


def test_who_was_invited_is_not_deleted_here(session: Session) -> None:
    with transaction():
        dewi = new("dewi")
    with pytest.raises(WrongState), transaction():
        services.delete_guest_account(user_id=dewi.id)


def test_a_guest_put_to_rest_does_not_come_in(session: Session) -> None:
    anna = come_in(ANNA)
    with transaction():
        queries.get_user_for_update(anna.id).active = False
    assert refused(link_to(ANNA))
    assert refused(link_to(PHONE, anna.id), anna.id)


def test_signed_out_everywhere(session: Session) -> None:
    anna = come_in(ANNA)
    before = anna.fs_uniquifier
    with transaction():
        services.end_sessions(user_id=anna.id)
    assert held(session, anna.id).fs_uniquifier != before


@pytest.mark.parametrize("secret", ["0812345678", "6281234567890"])
def test_a_guests_pin_is_not_the_number_they_proved(session: Session, secret: str) -> None:
    anna = come_in(PHONE)
    assert services.fault_of_choice(user=anna, password=secret) is not None
