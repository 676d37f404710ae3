from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.logs import LATER, START, entry, subscription, with_entries
from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.contracts import Subscription
from work365.domain.escalations import (
    Escalation,
    EscalationRule,
    Index,
    IndexFigureMissing,
    InvalidEscalation,
    Percent,
    escalations,
)
from work365.domain.rounding import RoundingMode

ONE_DAY = timedelta(days=1)
FIRST, SECOND, THIRD = date(2027, 3, 1), date(2028, 3, 1), date(2029, 3, 1)
PRICE = UnitPrice(Decimal("20.00"), 1)
OPENING = entry(START, 3, price=PRICE)
PART = subscription("S", OPENING)
YEARLY = EscalationRule(by=Percent(Decimal(4)), every_months=12)
CONSUMER_PRICES = Index(
    "consumer prices",
    {
        date(2025, 12, 1): Decimal(120),
        date(2026, 12, 1): Decimal(123),
        date(2027, 12, 1): Decimal("121.5"),
        date(2028, 12, 1): Decimal("129.15"),
    },
    lag_months=3,
)
INDEXED = EscalationRule(by=CONSUMER_PRICES, every_months=12)


def found(
    rule: EscalationRule, part: Subscription = PART, *, through: date = THIRD
) -> list[tuple[date, str]]:
    made = escalations(part, rule, through=through, recorded_at=LATER)
    return [(one.change.effective_on, price_of(one.change)) for one in made]


def price_of(change: Change) -> str:
    assert change.price is not None
    return str(change.price.amount)


class TestEscalations:
    def test_a_percentage_is_on_the_price_before_each_time(self) -> None:
        assert found(YEARLY) == [(FIRST, "20.80"), (SECOND, "21.63"), (THIRD, "22.50")]

    def test_a_raise_is_an_entry_with_what_it_replaces(self) -> None:
        (one,) = escalations(PART, YEARLY, through=FIRST, recorded_at=LATER)

        new = UnitPrice(Decimal("20.80"), 1)
        assert one == Escalation(Change(one.change.key, FIRST, LATER, price=new), PRICE, FIRST)
        assert one.change.key.startswith("S_escalation_20270301_")

    @pytest.mark.parametrize(("through", "count"), [(FIRST - ONE_DAY, 0), (FIRST, 1)])
    def test_a_raise_is_made_when_its_day_comes(self, through: date, count: int) -> None:
        assert len(found(YEARLY, through=through)) == count

    def test_the_months_that_a_price_pays_for_stay(self) -> None:
        part = subscription("S", entry(START, 3, price=UnitPrice(Decimal(240), 12)))

        (one,) = escalations(part, YEARLY, through=FIRST, recorded_at=LATER)

        assert one.change.price == UnitPrice(Decimal("249.60"), 12)

    def test_a_rule_without_months_rises_at_each_renewal(self) -> None:
        rule = replace(YEARLY, every_months=None)
        renewals = [THIRD, START, date(2026, 9, 1), date(2026, 9, 1), START - ONE_DAY]

        made = escalations(PART, rule, through=THIRD, recorded_at=LATER, renewals=renewals)

        assert [one.change.effective_on for one in made] == [date(2026, 9, 1), THIRD]

    def test_renewals_do_not_matter_where_the_months_are_said(self) -> None:
        made = escalations(
            PART, YEARLY, through=FIRST, recorded_at=LATER, renewals=[date(2026, 9, 1)]
        )

        assert [one.change.effective_on for one in made] == [FIRST]

    @pytest.mark.parametrize(("months", "first"), [(12, FIRST), (13, SECOND), (24, SECOND)])
    def test_a_price_is_bound_for_so_many_months(self, months: int, first: date) -> None:
        rule = replace(YEARLY, bound_months=months)

        assert found(rule)[0] == (first, "20.80")

    def test_a_price_is_not_bound_where_nothing_is_said(self) -> None:
        rule = replace(YEARLY, every_months=None)

        made = escalations(PART, rule, through=FIRST, recorded_at=LATER, renewals=[START + ONE_DAY])

        assert [one.change.effective_on for one in made] == [START + ONE_DAY]

    @pytest.mark.parametrize(("end_on", "count"), [(FIRST, 0), (FIRST + ONE_DAY, 1), (None, 3)])
    def test_nothing_rises_from_its_end_on(self, end_on: date | None, count: int) -> None:
        assert len(found(YEARLY, replace(PART, end_on=end_on))) == count

    def test_nothing_rises_while_it_is_cancelled(self) -> None:
        cancelled = with_entries(PART, [entry(SECOND, status=Status.CANCELLED)])

        assert found(YEARLY, cancelled) == [(FIRST, "20.80")]

    def test_a_price_rises_while_it_is_suspended(self) -> None:
        suspended = with_entries(PART, [entry(SECOND, status=Status.SUSPENDED)])

        assert len(found(YEARLY, suspended)) == 3

    def test_without_a_price_nothing_rises(self) -> None:
        assert found(YEARLY, subscription("S", entry(START, 3))) == []

    def test_a_price_that_was_set_between_rises_from_there(self) -> None:
        lower = entry(date(2027, 7, 1), price=UnitPrice(Decimal("15.00"), 1))

        assert found(YEARLY, with_entries(PART, [lower])) == [
            (FIRST, "20.80"),
            (SECOND, "15.60"),
            (THIRD, "16.22"),
        ]

    def test_a_price_that_was_set_for_the_day_stands(self) -> None:
        agreed = entry(SECOND, price=UnitPrice(Decimal("20.50"), 1))

        assert found(YEARLY, with_entries(PART, [agreed])) == [(FIRST, "20.80"), (THIRD, "21.32")]

    def test_units_that_change_on_the_day_are_no_price(self) -> None:
        assert found(YEARLY, with_entries(PART, [entry(FIRST, 2)]))[0] == (FIRST, "20.80")

    def test_a_raise_of_nothing_is_no_entry(self) -> None:
        rule = EscalationRule(by=Percent(Decimal("0.01")), every_months=12)

        assert found(rule) == []

    def test_a_percentage_may_lower_a_price(self) -> None:
        rule = EscalationRule(by=Percent(Decimal(-10)), every_months=24)

        assert found(rule) == [(SECOND, "18.00")]

    @pytest.mark.parametrize(
        ("digits", "mode", "price"),
        [
            (2, RoundingMode.HALF_AWAY_FROM_ZERO, "21.03"),
            (2, RoundingMode.TOWARDS_ZERO, "21.02"),
            (4, RoundingMode.HALF_AWAY_FROM_ZERO, "21.0250"),
            (0, RoundingMode.AWAY_FROM_ZERO, "22"),
        ],
    )
    def test_the_new_price_is_rounded_once(
        self, digits: int, mode: RoundingMode, price: str
    ) -> None:
        rule = EscalationRule(
            by=Percent(Decimal("5.125")), every_months=12, digits=digits, mode=mode
        )

        assert found(rule, through=FIRST) == [(FIRST, price)]

    def test_a_price_is_rounded_to_two_digits_where_nothing_is_said(self) -> None:
        rule = EscalationRule(by=Percent(Decimal("5.125")), every_months=12)

        assert found(rule, through=FIRST) == [(FIRST, "21.03")]

    @given(st.lists(st.integers(0, 60), max_size=4), st.sampled_from([YEARLY, INDEXED]))
    def test_no_price_rises_twice_however_often_and_late_it_is_looked_at(
        self, months: list[int], rule: EscalationRule
    ) -> None:
        part = PART
        once = with_entries(
            part,
            [one.change for one in escalations(part, rule, through=THIRD, recorded_at=LATER)],
        )

        for count in [*sorted(months), 60]:
            through = min(THIRD, START + timedelta(days=30 * count))
            made = escalations(part, rule, through=through, recorded_at=LATER)
            part = with_entries(part, [one.change for one in made])

        made = escalations(part, rule, through=THIRD, recorded_at=LATER)
        assert with_entries(part, [one.change for one in made]) == once


class TestNotice:
    RULE = replace(YEARLY, notice_days=30)
    NOTICE_BY = date(2027, 1, 30)

    def test_it_is_said_by_when_the_customer_is_told(self) -> None:
        (one,) = escalations(PART, self.RULE, through=FIRST, recorded_at=LATER)

        assert one.notice_by == self.NOTICE_BY

    @pytest.mark.parametrize(("days", "count"), [(-1, 1), (0, 1), (1, 0)])
    def test_a_raise_takes_place_where_the_customer_was_told_in_time(
        self, days: int, count: int
    ) -> None:
        told_on = {FIRST: self.NOTICE_BY + timedelta(days=days)}

        made = escalations(PART, self.RULE, through=FIRST, recorded_at=LATER, told_on=told_on)

        assert len(made) == count

    def test_a_raise_that_nobody_was_told_of_does_not_take_place(self) -> None:
        told_on = {SECOND: SECOND - 60 * ONE_DAY}

        made = escalations(PART, self.RULE, through=SECOND, recorded_at=LATER, told_on=told_on)

        assert [(one.change.effective_on, price_of(one.change)) for one in made] == [
            (SECOND, "20.80")
        ]


class TestIndex:
    def test_a_price_rises_as_the_index_did_since_it_was_set(self) -> None:
        assert found(INDEXED, through=FIRST) == [(FIRST, "20.50")]

    def test_a_price_falls_with_the_index_where_no_limit_is_set(self) -> None:
        assert found(INDEXED) == [(FIRST, "20.50"), (SECOND, "20.25"), (THIRD, "21.53")]

    def test_a_fall_that_was_not_passed_on_is_made_up_for_first(self) -> None:
        rule = replace(INDEXED, least_percent=Decimal(0))

        assert found(rule) == [(FIRST, "20.50"), (THIRD, "21.53")]

    def test_the_index_counts_from_a_price_that_was_agreed_for_the_day(self) -> None:
        agreed = entry(SECOND, price=UnitPrice(Decimal("30.00"), 1))

        assert found(INDEXED, with_entries(PART, [agreed])) == [
            (FIRST, "20.50"),
            (THIRD, "31.89"),
        ]

    def test_a_factor_is_exact(self) -> None:
        assert CONSUMER_PRICES.factor(since=FIRST, day=THIRD) == Fraction("129.15") / 123

    def test_a_figure_is_that_of_the_month_whatever_the_day(self) -> None:
        end_of_month = date(2027, 3, 31)

        assert CONSUMER_PRICES.factor(since=FIRST, day=end_of_month) == 1

    def test_without_a_lag_a_figure_is_that_of_its_own_month(self) -> None:
        index = Index("x", {FIRST: Decimal(2), SECOND: Decimal(3)})

        assert index.factor(since=FIRST, day=SECOND) == Fraction(3, 2)

    @pytest.mark.parametrize("figures", [{}, {date(2026, 12, 1): Decimal(0)}])
    def test_a_figure_that_is_not_known_is_refused(self, figures: dict[date, Decimal]) -> None:
        rule = EscalationRule(by=Index("x", figures, 3), every_months=12)

        with pytest.raises(IndexFigureMissing, match="index x has no figure for 2026-12, which"):
            found(rule)


class TestLimits:
    @pytest.mark.parametrize(
        ("least", "most", "price"),
        [
            (None, None, "20.80"),
            (None, 3, "20.60"),
            (None, 4, "20.80"),
            (None, 5, "20.80"),
            (3, None, "20.80"),
            (5, None, "21.00"),
            (5, 5, "21.00"),
        ],
    )
    def test_a_raise_stays_within_its_limits(
        self, least: int | None, most: int | None, price: str
    ) -> None:
        rule = replace(
            YEARLY,
            least_percent=None if least is None else Decimal(least),
            most_percent=None if most is None else Decimal(most),
        )

        assert found(rule, through=FIRST) == [(FIRST, price)]

    def test_limits_that_leave_nothing_are_refused(self) -> None:
        with pytest.raises(InvalidEscalation, match="at least 5 and at most 4 percent"):
            replace(YEARLY, least_percent=Decimal(5), most_percent=Decimal(4))

    @pytest.mark.parametrize("months", [0, -1])
    def test_a_rule_has_a_month_at_least_between_two_raises(self, months: int) -> None:
        with pytest.raises(InvalidEscalation, match=f"every {months} months; enter one month"):
            replace(YEARLY, every_months=months)

    def test_a_price_may_rise_every_month(self) -> None:
        assert len(found(replace(YEARLY, every_months=1), through=FIRST)) == 12
