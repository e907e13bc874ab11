"""What guests, hosts and desks do in the demo season: each act is a call of the service that a person would cause."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import accumulate

from app.bookings.queries import find_booking, ordinary_approvers
from app.bookings.rules import BookingState, LineKind, Plan, transfer_offered
from app.bookings.services import (
    Guest,
    RefundAccount,
    approve_refund,
    confirm_refund,
    give_account,
    hand_over,
    hold_trip,
    mark_ready,
    note_transfer,
    receive_payment,
    release_hold,
)
from app.core import clock
from app.core.dates import village_date, village_instant
from app.core.db import savepoint
from app.core.errors import Conflict, DomainError
from app.homestays.inventory import StayChoice
from app.homestays.models import Homestay
from app.homestays.services import block_nights
from app.payments.models import Refund
from app.payments.queries import find_last_payment, list_open_refunds
from app.payments.rules import PaymentMethod
from app.seed.season_extras import Extra, Extras, Places
from app.seed.season_plans import BlockPlan, Course, GuestPlan
from app.seed.season_rows import SOURCE, Known, RoomsForSale, known_of, list_rooms_for_sale
from app.users.rules import Role, Scope

ON_ARRIVAL_DAYS = 12
ASIDE_AT = time(9, 30)
FORGETS = 25
"""One guest in so many does not fetch what was kept."""

LATE_BY = timedelta(hours=3)
Act = Callable[[], None]


@dataclass(frozen=True)
class Wish:
    """What a guest wants to book now, and how it is paid for; `extras` are what of it lies beside the room."""

    choices: list[object]
    extras: list[Extra]
    method: PaymentMethod


@dataclass
class Acts:
    """Does things, and counts them. `people` has a user id for each role; the season begins on its `first` day."""

    people: dict[Role, int]
    houses: Sequence[Homestay]
    first: date
    done: Counter[str] = field(default_factory=Counter)
    _for_sale: list[RoomsForSale] = field(init=False)
    _hosts: dict[int, tuple[int, ...]] = field(init=False)
    _extras: Extras = field(init=False)

    def __post_init__(self) -> None:
        """Read the houses once: they stand still while the season passes."""
        self._for_sale = list_rooms_for_sale(self.houses)
        self._extras = Extras(self.first)
        self._hosts = {house.id: tuple(room.id for room in house.rooms) for house in self.houses}

    def staff(self) -> int:
        """Who records money and sends messages: somebody of the assisting company."""
        return self.people[Role.MANAGER]

    # Booking

    def book(self, plan: GuestPlan) -> Known | None:
        """Hold what this guest wants, another room if the first is full; None when nothing was found."""
        for draw in plan.draws:
            wish = self._wish(plan, draw) if plan.wishes.stay else self._visit(plan)
            if wish is None:
                continue
            try:
                with savepoint():
                    booking = hold_trip(
                        choices=wish.choices,
                        guest=Guest(plan.name, plan.email, plan.phone, plan.country, plan.language),
                        method=wish.method,
                        expected_total=None,
                        source=SOURCE,
                        address=None,
                    )
            except DomainError:
                continue
            for extra in wish.extras:
                extra.left -= extra.units_for(plan)
            self.done["booked"] += 1
            return known_of(booking)
        self.done["found nothing"] += 1
        return None

    def _visit(self, plan: GuestPlan) -> Wish | None:
        """A day without a night."""
        if not transfer_offered(clock.now(), plan.nights.arrival):
            return None
        extras = self._extras.wanted_by(plan, None)
        if not any(isinstance(extra, Places) for extra in extras):
            return None
        return Wish([extra.choice(plan) for extra in extras], extras, PaymentMethod.TRANSFER)

    def _wish(self, plan: GuestPlan, draw: float) -> Wish | None:
        by_transfer = transfer_offered(clock.now(), plan.nights.arrival)
        days = (plan.nights.arrival - village_date(plan.made_at)).days
        at_the_door = days <= ON_ARRIVAL_DAYS and (not by_transfer or plan.number % 6 == 0)
        fitting = [
            rooms
            for rooms in self._for_sale
            if rooms.fits(plan) and (rooms.pay_on_arrival or not at_the_door)
        ]
        if not fitting:
            return None
        sums = list(accumulate(rooms.weight for rooms in fitting))
        chosen = fitting[min(bisect(sums, draw * sums[-1]), len(fitting) - 1)]
        # Whoever pays at the door takes a room alone: the rest is paid for beforehand.
        extras = [] if at_the_door else self._extras.wanted_by(plan, chosen.village_id)
        choices: list[object] = [_choice(plan, chosen), *(extra.choice(plan) for extra in extras)]
        return Wish(choices, extras, PaymentMethod.CASH if at_the_door else PaymentMethod.TRANSFER)

    # What follows

    def course_of(self, plan: GuestPlan, known: Known) -> Iterator[tuple[datetime, Act]]:
        """What will happen to a booking from here on, with its times."""
        ends = known.hold_expires_at or known.created_at
        if plan.course in {Course.LETS_GO, Course.LETS_GO_TOO_LATE}:
            yield known.created_at + timedelta(minutes=50), partial(self.let_go, known.code)
            if plan.course == Course.LETS_GO_TOO_LATE and known.method == PaymentMethod.TRANSFER:
                yield known.created_at + timedelta(hours=4), partial(self.transfer, known.code)
                yield known.created_at + timedelta(hours=26), partial(self.send_back, known.code)
        elif plan.course == Course.NEVER_PAYS:
            return
        elif known.method == PaymentMethod.CASH:
            arrives_at = max(plan.arrives_at, known.created_at + timedelta(minutes=30))
            yield arrives_at, partial(self.pay_at_the_door, known.code)
        else:
            is_late = plan.course == Course.PAYS_LATE
            pays_at = min(known.created_at + plan.pays_after, ends - timedelta(minutes=5))
            yield ends + LATE_BY if is_late else pays_at, partial(self.transfer, known.code)
            if known.plan == Plan.DEPOSIT and known.balance_on is not None:
                evening = village_instant(known.balance_on - timedelta(days=1), time(19, plan.number % 60))
                forgets = plan.number % 7 == 0
                yield (
                    (plan.arrives_at, partial(self.pay_at_the_door, known.code))
                    if forgets
                    else (evening, partial(self.transfer_balance, known.code))
                )

    def pickups_of(self, plan: GuestPlan, known: Known) -> Iterator[tuple[datetime, Act]]:
        """What happens to the products of a booking, with its times; a few guests forget to fetch them."""
        if plan.wishes.pieces:
            yield village_instant(plan.nights.arrival, ASIDE_AT), partial(self.put_aside, known.code)
            if plan.number % FORGETS:
                yield plan.arrives_at + timedelta(minutes=40), partial(self.fetch, known.code)

    def put_aside(self, code: str) -> None:
        """The desk puts the guest's products aside."""
        for position in self._paid_products(code):
            mark_ready(code=code, position=position, by_user_id=self.staff(), scope=Scope(everything=True))

    def fetch(self, code: str) -> None:
        """The guest fetches the products."""
        for position in self._paid_products(code):
            hand_over(code=code, position=position, by_user_id=self.staff(), scope=Scope(everything=True))
            self.done["handed over"] += 1

    def _paid_products(self, code: str) -> list[int]:
        booking = find_booking(code)
        if booking is None or booking.state != BookingState.CONFIRMED or booking.amount_due:
            return []
        waiting = [line for line in booking.lines if line.kind == LineKind.PRODUCT]
        return [line.position for line in waiting if line.handed_over_at is None]

    def transfer(self, code: str) -> None:
        """The money that was asked for arrives, with its unique code; somebody sees it in the account."""
        booking = find_booking(code)
        if booking is None or booking.paid or booking.state not in _UNPAID:
            return
        payment = find_last_payment(booking.reference, PaymentMethod.TRANSFER)
        if payment is not None:
            self._receive(code, PaymentMethod.TRANSFER, payment.amount_with_code)

    def transfer_balance(self, code: str) -> None:
        """The rest after a deposit arrives."""
        booking = find_booking(code)
        if booking is not None and booking.state == BookingState.CONFIRMED and booking.amount_due:
            self._receive(code, PaymentMethod.TRANSFER, booking.amount_due)

    def pay_at_the_door(self, code: str) -> None:
        """The guest has come and pays in cash what is missing."""
        booking = find_booking(code)
        if booking is None or booking.state_now not in {BookingState.HELD, BookingState.CONFIRMED}:
            return
        if missing := booking.total - booking.received:
            self._receive(code, PaymentMethod.CASH, missing)

    def send_back(self, code: str) -> None:
        """The desk sends back what came for a booking that had ended."""
        booking, everywhere = find_booking(code), Scope(everything=True)
        refunds = list_open_refunds([f"booking:{code}"])
        if booking is None or not refunds:
            return
        others = ordinary_approvers(booking, clock.today()) - {self.staff()}
        second = min(others or set(self.people.values()) - {self.staff()})
        account = RefundAccount("Bank Contoh", "0000012345", booking.guest_name)
        for refund, hand in zip(refunds, give_account(code=code, account=account), strict=True):
            approve_refund(
                refund_id=refund.id, version=hand.version, note="", by_user_id=second, scope=everywhere
            )
            self._transfer_back(refund)

    def _transfer_back(self, refund: Refund) -> None:
        """Somebody of the assisting company transfers an approved refund, and sees it on the statement."""
        by, everywhere, proof = self.staff(), Scope(everything=True), f"Contoh {refund.id}"
        note_transfer(
            refund_id=refund.id,
            account=refund.keeper.partition(":")[2],
            sent_on=clock.today(),
            bank_reference=proof,
            by_user_id=by,
            scope=everywhere,
        )
        confirm_refund(refund_id=refund.id, proof=proof, by_user_id=by, scope=everywhere)
        self.done["sent back"] += 1

    def _receive(self, code: str, method: PaymentMethod, amount: int) -> None:
        receive_payment(code=code, method=method, amount=amount, by_user_id=self.staff())
        self.done["paid"] += 1

    def let_go(self, code: str) -> None:
        """The guest has changed plans before paying."""
        booking = find_booking(code)
        if booking is not None and booking.state_now == BookingState.HELD and not booking.received:
            release_hold(code=code)
            self.done["let go"] += 1

    # Hosts

    def block(self, plan: BlockPlan) -> None:
        """A host takes a room off sale; where a guest has it already, nothing happens."""
        house_ids = sorted(self._hosts)
        house_id = house_ids[int(plan.draw * len(house_ids))]
        rooms = self._hosts[house_id]
        try:
            with savepoint():
                block_nights(
                    homestay_id=house_id,
                    nights=plan.nights,
                    by_user_id=self.staff(),
                    room_id=rooms[int(plan.draw * 1000) % len(rooms)],
                    note=plan.note,
                )
        except Conflict:
            return
        self.done["blocked"] += 1


_UNPAID = frozenset({BookingState.HELD, BookingState.EXPIRED, BookingState.CANCELLED})


def _choice(plan: GuestPlan, rooms: RoomsForSale) -> StayChoice:
    needed = rooms.rooms_for(plan.party)
    return StayChoice(rooms.room_type, plan.nights, needed, plan.adults, plan.children)
