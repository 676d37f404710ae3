"""Refusals of the twin: in each situation the documented code, which the connector understands.

A row is a situation at the twin, Microsoft's code for it with the status of its list, and the
error that the connector makes of the twin's answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.contract.partner_center.documented import body
from tests.emulators.partner_center.room import (
    APP_ONLY,
    START,
    STRANGER,
    WITH_USER,
    WITHOUT_MFA,
    WRONG_AUDIENCE,
    Room,
    room_at,
)
from work365.adapters.partner_center import refusals
from work365.adapters.partner_center.error_codes import error_of
from work365.adapters.partner_center.errors import (
    Busy,
    Fault,
    PartnerCenterError,
    PendingOperation,
    SignInRejected,
    VersionChanged,
)

WINDOW = timedelta(days=7)
MOMENT = timedelta(seconds=1)
AZURE_PLAN = ("", "one_time")
NOBODY = "11111111-2222-4333-8444-555555555555"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the twin answered."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Situation:
    """Where Microsoft refuses; `ask` brings it about, and returns the twin's answer to it."""

    name: str
    code: str
    kind: type[PartnerCenterError]
    ask: Callable[[Room], Answer]


def call(room: Room, method: str, path: str, sent: Any = None, **headers: str) -> Answer:
    status, told, _ = room.call(method, path, sent, headers)
    return Answer(status, told)


def change(room: Room, bought: str, **fields: Any) -> Answer:
    return call(room, "PATCH", bought, room.get(bought) | fields)


def ten_seats(room: Room, **how: Any) -> str:
    return room.buy(room.customer(), 10, **how)


def as_(token: str, path: str = "/v1/customers") -> Callable[[Room], Answer]:
    def ask(room: Room) -> Answer:
        room.token = token
        return call(room, "GET", path)

    return ask


def changed(after: timedelta = timedelta(), **fields: Any) -> Callable[[Room], Answer]:
    """Return a change of ten seats, so long `after` they were bought."""

    def ask(room: Room) -> Answer:
        bought = ten_seats(room)
        room.now = START + after
        return change(room, bought, **fields)

    return ask


def seats_of_a_suspended_one(room: Room) -> Answer:
    bought = ten_seats(room)
    room.change(bought, status="suspended")
    return change(room, bought, quantity=11)


def change_of_a_deleted_one(room: Room) -> Answer:
    bought = ten_seats(room)
    room.change(bought, status="deleted")
    return change(room, bought, friendlyName="Büro")


def change_of_an_old_version(room: Room) -> Answer:
    bought = ten_seats(room)
    old = room.get(bought)
    room.change(bought, quantity=11)
    headers = {"If-Match": old["attributes"]["etag"]}
    return call(room, "PATCH", bought, old | {"quantity": 12}, **headers)


def change_before_the_last_is_done(room: Room) -> Answer:
    bought = ten_seats(room)
    room.world.lags.update_done = timedelta(minutes=5)
    room.change(bought, quantity=11)
    return change(room, bought, quantity=12)


def change_during_a_renewal(room: Room) -> Answer:
    bought = ten_seats(room, plan=("P1M", "monthly"))
    room.world.lags.renewal = timedelta(minutes=2)
    room.world.look_ahead()
    room.go_to(2026, 3, 10, 0, 1)
    return change(room, bought, quantity=11)


def one_change_too_many(room: Room) -> Answer:
    bought = ten_seats(room)
    room.world.subscriptions[bought.rpartition("/")[2]].updates = 1200
    return change(room, bought, friendlyName="Büro")


def scheduled_end(day: str) -> Callable[[Room], Answer]:
    def ask(room: Room) -> Answer:
        bought = ten_seats(room, plan=("P1M", "monthly"))
        product, sku, availability = room.line(1, plan=("P1M", "monthly"))["catalogItemId"].split(
            ":"
        )
        wanted = {
            "product": {
                "productId": product,
                "skuId": sku,
                "availabilityId": availability,
                "billingCycle": "monthly",
                "termDuration": "P1M",
            },
            "quantity": 10,
            "customTermEndDate": day,
        }
        return change(room, bought, scheduledNextTermInstructions=wanted)

    return ask


def cart_of(**fields: Any) -> Callable[[Room], Answer]:
    def ask(room: Room) -> Answer:
        customer = room.customer()
        line = room.line(10) | fields
        return call(room, "POST", f"/v1/customers/{customer}/carts", {"lineItems": [line]})

    return ask


def checked_out(
    spoil: Callable[[Room, str], None], *, signed: bool = True
) -> Callable[[Room], Answer]:
    def ask(room: Room) -> Answer:
        customer = room.customer(signed=signed)
        cart = room.cart(customer, room.line(3))["id"]
        spoil(room, customer)
        return call(room, "POST", f"/v1/customers/{customer}/carts/{cart}/checkout")

    return ask


def nothing(room: Room, customer: str) -> None:
    """Spoil nothing."""


def reissue(room: Room, customer: str) -> None:
    room.world.catalogue.reissues += 1


def review(room: Room, customer: str) -> None:
    room.world.customers[customer].validation_status = "UnderReview"


def below_a_customer(path: str) -> Callable[[Room], Answer]:
    return lambda room: call(room, "GET", f"/v1/customers/{room.customer()}/{path}")


def order_that_has_not_appeared(room: Room) -> Answer:
    room.world.lags.order_seen = timedelta(minutes=15)
    customer = room.customer()
    [order] = room.checkout(customer, room.line(3))
    return call(room, "GET", f"/v1/customers/{customer}/orders/{order['id']}")


SITUATIONS = (
    Situation("no token", "800001", SignInRejected, as_("nobody's")),
    Situation(
        "token for another interface", "900420", refusals.AudienceRefused, as_(WRONG_AUDIENCE)
    ),
    Situation("user without a second factor", "900421", refusals.MfaMissing, as_(WITHOUT_MFA)),
    Situation(
        "application alone",
        "900329",
        refusals.NeedsDelegatedConnection,
        as_(APP_ONLY, "/v1/agreements"),
    ),
    Situation("no partner", "2032", refusals.RoleMissing, as_(STRANGER)),
    Situation(
        "somebody else's customer",
        "20002",
        refusals.RelationshipMissing,
        as_(WITH_USER, f"/v1/customers/{NOBODY}"),
    ),
    Situation(
        "agreement missing",
        "13605",
        refusals.CustomerAgreementMissing,
        checked_out(nothing, signed=False),
    ),
    Situation(
        "availability issued anew", "400019", refusals.AvailabilityChanged, checked_out(reissue)
    ),
    Situation("customer under review", "800074", refusals.CustomerUnderReview, checked_out(review)),
    Situation(
        "promotion that there is not",
        "27007",
        refusals.PromotionRefused,
        cart_of(promotionId="39NFJQT1PFPB:0009:39NFJQT1Q5KN"),
    ),
    Situation(
        "end of a first term that is nobody's",
        "900242",
        refusals.TermEndRefused,
        cart_of(customTermEndDate="2026-09-17T00:00:00Z"),
    ),
    Situation("no such cart", "800008", refusals.CartNotFound, below_a_customer(f"carts/{NOBODY}")),
    Situation(
        "no such subscription",
        "20003",
        refusals.SubscriptionNotFound,
        below_a_customer(f"subscriptions/{NOBODY}"),
    ),
    Situation("order not seen yet", "20000", refusals.OrderNotFound, order_that_has_not_appeared),
    Situation(
        "fewer seats after the window",
        "800090",
        refusals.SeatWindowPassed,
        changed(WINDOW + MOMENT, quantity=9),
    ),
    Situation(
        "cancelled after the window",
        "900117",
        refusals.CancellationWindowPassed,
        changed(WINDOW + MOMENT, status="deleted"),
    ),
    Situation("more seats than are sold", "2002", refusals.QuantityRefused, changed(quantity=301)),
    Situation(
        "seats of a suspended one", "2001", refusals.QuantityRefused, seats_of_a_suspended_one
    ),
    Situation("change of a deleted one", "2011", refusals.ChangesClosed, change_of_a_deleted_one),
    Situation(
        "status that is not given", "800040", refusals.ChangesClosed, changed(status="expired")
    ),
    Situation(
        "billing plan within a year",
        "800097",
        refusals.BillingCycleByOrder,
        changed(billingCycle="annual"),
    ),
    Situation("shorter term", "800122", refusals.TermRefused, changed(termDuration="P1M")),
    Situation("old version", "2055", VersionChanged, change_of_an_old_version),
    Situation(
        "change before the last is done",
        "900278",
        PendingOperation,
        change_before_the_last_is_done,
    ),
    Situation("change during a renewal", "800082", Busy, change_during_a_renewal),
    Situation("one change too many", "900311", refusals.TooManyUpdates, one_change_too_many),
    Situation(
        "scheduled end after the next term",
        "900245",
        refusals.TermEndRefused,
        scheduled_end("2026-06-30"),
    ),
    Situation(
        "scheduled end that is nobody's",
        "900246",
        refusals.TermEndRefused,
        scheduled_end("2026-04-05"),
    ),
)
named = pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each.name)


@named
def test_the_twin_refuses_with_the_documented_code(situation: Situation) -> None:
    documented = documented_statuses()

    answer = situation.ask(room_at())

    assert (str(answer.body["code"]), answer.status) == (
        situation.code,
        documented[situation.code],
    )
    assert answer.body["description"]


@named
def test_the_connector_understands_the_refusal(situation: Situation) -> None:
    answer = situation.ask(room_at())

    error = error_of(
        Fault(
            operation="asked of the twin",
            description=answer.body["description"],
            status=answer.status,
            code=str(answer.body["code"]),
        ),
        None,
    )

    assert type(error) is situation.kind
    assert error.words in str(error)


def documented_statuses() -> dict[str, int]:
    """Return Microsoft's status for each code: of its list, and of those that came later."""
    later = body("specs/mcp_errors")["errors"]
    return {
        # Announced, and in neither list.
        "900421": 401,
        **{str(each["errorCode"]): each["httpStatus"] for each in later},
        **{each["code"]: each["httpStatus"] for each in body("error_codes")},
    }
