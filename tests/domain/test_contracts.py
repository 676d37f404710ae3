from dataclasses import replace
from datetime import date, timedelta
from itertools import islice, takewhile
from typing import Any
from uuid import UUID

import pytest
from dateutil.relativedelta import (  # type: ignore[import-untyped]  # it has no type hints
    relativedelta,
)
from hypothesis import given

from tests.domain.strategies import contracts
from work365.domain.contracts import (
    AnchorRule,
    BillingContract,
    ContractType,
    InvalidContract,
    InvalidSubscription,
    Subscription,
    Timing,
)
from work365.domain.periods import Cycle, Period

START = date(2026, 1, 20)


def contract_of(**terms: Any) -> BillingContract:
    return replace(
        BillingContract(
            id=UUID(int=1), key="CT-1", customer=UUID(int=2), currency="EUR", start_on=START
        ),
        **terms,
    )


def subscription_of(**terms: Any) -> Subscription:
    return replace(
        Subscription(id=UUID(int=3), key="SUB-1", name="Business Basic", start_on=START), **terms
    )


class TestBillingContract:
    def test_an_end_before_the_start_is_refused(self) -> None:
        with pytest.raises(InvalidContract, match="ends on 2026-01-19, before it starts"):
            contract_of(end_on=date(2026, 1, 19))

    def test_may_end_on_the_day_it_starts(self) -> None:
        contract = contract_of(end_on=START)

        assert next(contract.invoice_dates(after=None)) == START

    @pytest.mark.parametrize(
        "edited",
        [
            {"type": ContractType.FLEXI},
            {"timing": Timing.ARREARS},
            {"anchor_rule": AnchorRule.CALENDAR},
            {"cycle_months": 3},
            {"currency": "USD"},
            {"start_on": date(2026, 1, 1)},
        ],
        ids=lambda edited: next(iter(edited)),
    )
    def test_fixed_terms_tell_an_edit(self, edited: dict[str, Any]) -> None:
        assert contract_of(**edited).fixed_terms != contract_of().fixed_terms

    @pytest.mark.parametrize(
        "edited",
        [
            {"end_on": date(2026, 6, 1)},
            {"payment_days": 60},
            {"review_days": 3},
            {"change_cycle_months": 3},
            {"active": False},
        ],
        ids=lambda edited: next(iter(edited)),
    )
    def test_other_terms_may_change_at_any_time(self, edited: dict[str, Any]) -> None:
        assert contract_of(**edited).fixed_terms == contract_of().fixed_terms


class TestCycle:
    def test_counts_from_the_start_on_an_anniversary(self) -> None:
        assert contract_of().cycle(3, START) == Cycle(START, 3)

    def test_counts_from_the_calendars_own_period(self) -> None:
        contract = contract_of(anchor_rule=AnchorRule.CALENDAR)

        assert contract.cycle(3, date(2026, 5, 20)) == Cycle(date(2026, 4, 1), 3)


class TestInvoiceDates:
    @pytest.mark.parametrize(
        ("terms", "after", "expected"),
        [
            ({}, None, ["2026-01-20", "2026-02-20", "2026-03-20"]),
            ({}, date(2026, 2, 20), ["2026-03-20", "2026-04-20", "2026-05-20"]),
            (
                {"anchor_rule": AnchorRule.CALENDAR},
                None,
                ["2026-01-20", "2026-02-01", "2026-03-01"],
            ),
            # Changes inside a longer cycle are invoiced monthly, unless the contract says less.
            ({"cycle_months": 3}, None, ["2026-01-20", "2026-02-20", "2026-03-20"]),
            (
                {"cycle_months": 12, "change_cycle_months": 3},
                None,
                ["2026-01-20", "2026-04-20", "2026-07-20"],
            ),
            (
                {"cycle_months": 3, "change_cycle_months": 12},
                None,
                ["2026-01-20", "2026-04-20", "2026-07-20"],
            ),
            ({"end_on": date(2026, 2, 10)}, None, ["2026-01-20", "2026-02-10", "2026-02-20"]),
            # Late facts still find an invoice date after the end.
            (
                {"end_on": date(2026, 2, 10)},
                date(2026, 2, 10),
                ["2026-02-20", "2026-03-20", "2026-04-20"],
            ),
            ({"end_on": date(2026, 2, 20)}, None, ["2026-01-20", "2026-02-20", "2026-03-20"]),
            ({"start_on": date(2026, 1, 31)}, None, ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ],
    )
    def test_are(self, terms: dict[str, Any], after: date | None, expected: list[str]) -> None:
        dates = islice(contract_of(**terms).invoice_dates(after=after), 3)

        assert [str(day) for day in dates] == expected

    @given(contracts())
    def test_follow_each_other_and_have_every_start_of_a_cycle(
        self, contract: BillingContract
    ) -> None:
        until = contract.start_on + timedelta(days=800)

        dates = list(takewhile(lambda day: day < until, contract.invoice_dates(after=None)))

        assert dates == sorted(set(dates))
        assert dates[0] == contract.start_on
        anchor = contract.cycle(contract.cycle_months, contract.start_on).anchor
        starts = (anchor + relativedelta(months=n * contract.cycle_months) for n in range(900))
        for start in takewhile(lambda day: day < until, starts):
            assert start in dates or start < contract.start_on

    @given(contracts())
    def test_go_on_where_they_were_left(self, contract: BillingContract) -> None:
        dates = list(islice(contract.invoice_dates(after=None), 8))

        for number, day in enumerate(dates):
            later = list(islice(contract.invoice_dates(after=day), 7 - number))
            assert later == dates[number + 1 :]


class TestSubscription:
    def test_that_ends_before_it_starts_is_refused(self) -> None:
        with pytest.raises(InvalidSubscription, match="ends on 2025-12-31, before it starts"):
            subscription_of(start_on=START, end_on=date(2025, 12, 31))

    def test_follows_the_contracts_cycle(self) -> None:
        subscription = subscription_of(start_on=date(2026, 2, 5), cycle_months=12)

        assert subscription.billing_cycle(contract_of()) == Cycle(START, 1)

    def test_has_its_own_cycle_on_a_flexi_contract(self) -> None:
        contract = contract_of(type=ContractType.FLEXI)
        subscription = subscription_of(start_on=date(2026, 2, 5), cycle_months=12)

        assert subscription.billing_cycle(contract) == Cycle(date(2026, 2, 5), 12)

    def test_has_the_contracts_months_on_a_flexi_contract_when_it_has_none(self) -> None:
        contract = contract_of(type=ContractType.FLEXI, cycle_months=3)
        subscription = subscription_of(start_on=date(2026, 2, 5))

        assert subscription.billing_cycle(contract) == Cycle(date(2026, 2, 5), 3)

    @pytest.mark.parametrize(
        ("terms", "contract_end", "expected"),
        [
            ({}, None, Period(START, date(2026, 12, 31))),
            ({"start_on": date(2026, 1, 1)}, None, Period(START, date(2026, 12, 31))),
            (
                {"start_on": date(2026, 3, 1)},
                None,
                Period(date(2026, 3, 1), date(2026, 12, 31)),
            ),
            ({"end_on": date(2026, 5, 1)}, date(2026, 6, 1), Period(START, date(2026, 5, 1))),
            ({"end_on": date(2026, 7, 1)}, date(2026, 6, 1), Period(START, date(2026, 6, 1))),
            (
                {"start_on": date(2026, 7, 1)},
                date(2026, 6, 1),
                Period(date(2026, 7, 1), date(2026, 7, 1)),
            ),
        ],
    )
    def test_runs_while_both_it_and_its_contract_run(
        self, terms: dict[str, Any], contract_end: date | None, expected: Period
    ) -> None:
        contract = contract_of(end_on=contract_end)

        period = subscription_of(**terms).service_period(contract, until=date(2026, 12, 31))

        assert period == expected

    def test_terms_tell_its_days_and_its_cycle(self) -> None:
        ended = subscription_of(end_on=date(2026, 5, 1), cycle_months=12)

        assert subscription_of().terms == "2026-01-20 - -"
        assert ended.terms == "2026-01-20 2026-05-01 12"
