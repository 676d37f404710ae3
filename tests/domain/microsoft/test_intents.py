from datetime import date

import pytest

from tests.domain.microsoft.seen import BETTER, PRODUCT
from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.intents import (
    AssignLicences,
    AutoRenew,
    Cancel,
    CancelEntitlement,
    ChangePlan,
    Intent,
    Reactivate,
    ReactivateEntitlement,
    ScheduleRenewal,
    SetQuantity,
    Suspend,
    Upgrade,
    described,
    seats,
)
from work365.domain.microsoft.licences import LicenceUpdate
from work365.domain.microsoft.orders import Purchase
from work365.domain.microsoft.subscriptions import NextTerm, TermEnd

NEXT_TERM = NextTerm(
    part_number=BETTER,
    term=Term.MONTH,
    plan=BillingPlan.MONTHLY,
    quantity=8,
    promotion="39NFJQT1PFPB:0002",
    end_on=date(2027, 12, 31),
)


@pytest.mark.parametrize(
    ("intent", "said"),
    [
        (
            Purchase(part_number=PRODUCT, quantity=3, term=Term.YEAR, plan=BillingPlan.MONTHLY),
            f"3 seats of {PRODUCT} bought",
        ),
        (SetQuantity(10, 1), "1 seat instead of 10"),
        (Suspend(), "suspension"),
        (Reactivate(), "reactivation"),
        (Cancel(), "cancellation of all seats"),
        (AutoRenew(TermEnd.CANCEL), "cancel at the end of the term"),
        (
            ScheduleRenewal(NEXT_TERM),
            f"renewal with {BETTER}, 8 seats, a term of P1M, billing plan Monthly,"
            " promotion 39NFJQT1PFPB:0002, its end on 2027-12-31",
        ),
        (ScheduleRenewal(NextTerm()), "renewal with nothing else"),
        (ChangePlan(Term.YEAR, BillingPlan.ANNUAL), "a term of P1Y, billed Annual"),
        (Upgrade(part_number=BETTER, quantity=2), f"2 seats upgraded to {BETTER}"),
        (CancelEntitlement("e-1"), "Azure subscription e-1 cancelled"),
        (ReactivateEntitlement("e-1"), "Azure subscription e-1 reactivated"),
        (AssignLicences("u-1", LicenceUpdate(assign=("s-1",))), "licences of user u-1"),
    ],
)
def test_an_intent_is_told_in_a_few_words(intent: Intent, said: str) -> None:
    assert described(intent) == said


def test_seats_come_or_go() -> None:
    assert (SetQuantity(10, 12).difference, SetQuantity(10, 7).difference) == (2, -3)


@pytest.mark.parametrize(("count", "said"), [(1, "1 seat"), (2, "2 seats")])
def test_one_seat_is_not_plural(count: int, said: str) -> None:
    assert seats(count) == said
