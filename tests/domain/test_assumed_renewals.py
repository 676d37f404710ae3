from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.domain.logs import CONTRACT, START, entry, subscription
from work365.domain.accounts import Account
from work365.domain.assumed_renewals import NoRenewal, Renewal, RenewalPrice
from work365.domain.assumptions import InvalidAssumption, NotUnderContract
from work365.domain.changes import UnitPrice
from work365.domain.contracts import Subscription

NEXT = UnitPrice(Decimal("13.00"), 1)
YEARLY = replace(
    subscription("SUB-1", entry(START, 10, price=UnitPrice(Decimal("12.40"), 1))), term_months=12
)
NEXT_TERM = date(2027, 3, 1)


def account(part: Subscription = YEARLY) -> Account:
    return Account(contract=CONTRACT, subscriptions=(part,))


def renewal_price(after: date) -> RenewalPrice:
    return RenewalPrice(subscription="SUB-1", after=after, price=NEXT)


class TestRenewalPrice:
    @pytest.mark.parametrize(
        ("after", "on"),
        [
            (date(2025, 1, 1), NEXT_TERM),
            (START, NEXT_TERM),
            (date(2027, 2, 28), NEXT_TERM),
            (NEXT_TERM, date(2028, 3, 1)),
        ],
    )
    def test_holds_from_the_next_term_on(self, after: date, on: date) -> None:
        (assumed,) = renewal_price(after).applied_to(account()).subscriptions

        change = assumed.changes[-1]
        assert (change.effective_on, change.price, change.quantity) == (on, NEXT, Decimal(0))

    def test_of_a_subscription_without_terms_is_refused(self) -> None:
        with pytest.raises(NoRenewal) as refused:
            renewal_price(START).applied_to(account(replace(YEARLY, term_months=None)))

        assert str(refused.value) == (
            "subscription SUB-1: the length of its term is not known; enter its term months, or"
            " give the day of the new price"
        )

    def test_of_one_that_ends_with_its_term_is_refused(self) -> None:
        with pytest.raises(NoRenewal) as refused:
            renewal_price(START).applied_to(account(replace(YEARLY, end_on=NEXT_TERM)))

        assert str(refused.value) == (
            "subscription SUB-1: ends on 2027-03-01, before it would be renewed on 2027-03-01;"
            " assume its renewal first"
        )

    def test_of_one_that_ends_a_day_later_holds_for_that_day(self) -> None:
        part = replace(YEARLY, end_on=date(2027, 3, 2))

        (assumed,) = renewal_price(START).applied_to(account(part)).subscriptions

        assert assumed.changes[-1].effective_on == NEXT_TERM

    def test_is_described_with_its_day(self) -> None:
        assert renewal_price(START).described(account()) == (
            "SUB-1 at 13.00 EUR a month at its renewal on 2027-03-01"
        )


class TestRenewal:
    ENDING = replace(YEARLY, end_on=NEXT_TERM)

    @pytest.mark.parametrize("until", [None, date(2027, 3, 2), date(2028, 3, 1)])
    def test_moves_the_end(self, until: date | None) -> None:
        (assumed,) = (
            Renewal(subscription="SUB-1", until=until)
            .applied_to(account(self.ENDING))
            .subscriptions
        )

        assert assumed == replace(YEARLY, end_on=until)

    def test_has_its_price_from_the_old_end_on(self) -> None:
        renewal = Renewal(subscription="SUB-1", until=date(2028, 3, 1), price=NEXT)

        (assumed,) = renewal.applied_to(account(self.ENDING)).subscriptions

        assert assumed.end_on == date(2028, 3, 1)
        assert (assumed.changes[-1].effective_on, assumed.changes[-1].price) == (NEXT_TERM, NEXT)

    def test_of_one_without_an_end_is_refused(self) -> None:
        with pytest.raises(NoRenewal, match="it has no end; give the day of the new price instead"):
            Renewal(subscription="SUB-1").applied_to(account())

    @pytest.mark.parametrize("until", [NEXT_TERM, date(2027, 2, 28)])
    def test_until_no_later_day_is_refused(self, until: date) -> None:
        with pytest.raises(InvalidAssumption) as refused:
            Renewal(subscription="SUB-1", until=until).applied_to(account(self.ENDING))

        assert str(refused.value) == (
            f"subscription SUB-1: renewed until {until}, and it ends on 2027-03-01 anyway; give a"
            " later day"
        )

    def test_of_a_subscription_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(NotUnderContract):
            Renewal(subscription="SUB-9").applied_to(account())

    @pytest.mark.parametrize(
        ("until", "told"),
        [(None, "SUB-1 renewed"), (date(2028, 3, 1), "SUB-1 renewed until 2028-03-01")],
    )
    def test_is_described_with_its_end(self, until: date | None, told: str) -> None:
        assert Renewal(subscription="SUB-1", until=until).described(account()) == told
