"""People of the demo who sign in: one of each office, all sample, all with the same password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.db import transaction
from app.core.forms import normalise_phone
from app.revenue.queries import find_payee
from app.revenue.rules import PayeeKind
from app.seed.house_plans import HousePlan, plan_houses
from app.seed.houses import payee_name
from app.seed.packages import PackagePlan, plan_packages
from app.seed.products import plan_makers
from app.tours.rules import PriceUnit
from app.users.models import User
from app.users.rules import PAYEE_ROLES, VILLAGE_ROLES, Role
from app.users.services import create_user, give_office, set_password
from app.villages.models import Village
from app.villages.services import set_desk_phone

DEMO_PASSWORD = "sambang-menoreh-7"  # noqa: S105 - printed for everybody, and never set in production
DOMAIN = "sambangdesa.example"
IN_OFFICE_FOR = timedelta(days=300)


@dataclass(frozen=True)
class Person:
    """A demo sign-in: by e-mail, or by phone alone. `house` counts the houses of the village, 0 is its Balkondes.

    Guide and maker act for the first group of their village.
    """

    title: str
    role: Role
    village: str | None
    phone: str
    email: str | None
    house: int | None = None

    @property
    def contact(self) -> str:
        """What this person signs in with."""
        return self.email or self.phone


def _person(
    role: Role, title: str, number: int, village: str | None = None, house: int | None = None
) -> Person:
    word = role.value.removeprefix("bumdes_") if role != Role.BUMDES_MANAGER else "bumdes"
    return Person(title, role, village, f"0812 0000 00{number:02d}", f"{word}@{DOMAIN}", house)


PEOPLE = (
    _person(Role.HOST, "Tuan rumah (contoh)", 1, "karangrejo", 1),
    Person("Tuan rumah, hanya telepon (contoh)", Role.HOST, "tegalarum", "0812 0000 0002", None, 0),
    _person(Role.DESK, "Petugas desa (contoh)", 3, "karangrejo"),
    _person(Role.BUMDES_TREASURER, "Bendahara BUMDes (contoh)", 4, "karangrejo"),
    _person(Role.BUMDES_MANAGER, "Direktur BUMDes (contoh)", 5, "karangrejo"),
    _person(Role.MANAGER, "Pendamping (contoh)", 6),
    _person(Role.AUDITOR, "Pemeriksa (contoh)", 7, "karangrejo"),
    _person(Role.OBSERVER, "Pengamat (contoh)", 8),
    _person(Role.GUIDE, "Pemandu (contoh)", 9, "karangrejo"),
    _person(Role.MAKER, "Pembuat (contoh)", 10, "karangrejo"),
)


def seed_people(villages: Sequence[Village], *, today: date) -> dict[Role, int]:
    """Make the demo sign-ins that are not there yet; gives a user id for each role."""
    by_slug = {village.slug: village for village in villages}
    ids: dict[Role, int] = {}
    for person in PEOPLE:
        with transaction():
            user = _seed_person(person, by_slug.get(person.village or ""), today)
            ids.setdefault(person.role, user.id)
    return ids


def seed_desk_phones(villages: Sequence[Village]) -> None:
    """A sample number for every desk that has none, so that guests see whom they would ask."""
    with transaction():
        for place, village in enumerate(villages):
            if village.desk_phone is None:
                set_desk_phone(village_id=village.id, phone=normalise_phone(f"0812 0000 01{place:02d}"))


def _seed_person(person: Person, village: Village | None, today: date) -> User:
    user = create_user(name=person.title, email=person.email, phone=person.phone)
    if not user.password:
        set_password(user_id=user.id, password=DEMO_PASSWORD)
    if not any(office.role == person.role for office in user.roles):
        give_office(
            user_id=user.id,
            role=person.role,
            village_id=village.id if village and person.role in VILLAGE_ROLES else None,
            payee_id=_payee_id(person, village) if person.role in PAYEE_ROLES else None,
            starts_on=today - IN_OFFICE_FOR,
            note="Contoh / sample",
        )
    return user


def _payee_id(person: Person, village: Village | None) -> int | None:
    if village is None:
        return None
    kind = PayeeKind(person.role.value)
    payee = find_payee(kind=kind, village_id=village.id, name=_payee_name(person, village))
    return payee.id if payee else None


def _payee_name(person: Person, village: Village) -> str:
    """For whom this person acts."""
    if person.role == Role.GUIDE:
        return next(p.texts.guide_name for p in plan_packages() if p.village == village.slug and _is_led(p))
    if person.role == Role.MAKER:
        return next(maker.name for maker in plan_makers() if maker.village == village.slug)
    plan: HousePlan = plan_houses(village.slug, village.name)[person.house or 0]
    return payee_name(plan)


def _is_led(plan: PackagePlan) -> bool:
    """Whether people walk behind a guide, and are not driven: what a guide's page shows best."""
    return plan.price.unit == PriceUnit.PERSON
