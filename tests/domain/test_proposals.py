from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from dateutil.relativedelta import (  # type: ignore[import-untyped]  # it has no type hints
    relativedelta,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.books import ByDay, by_day, days_of
from tests.domain.strategies import accounts, day_after, tier
from work365.domain.accounts import Account
from work365.domain.changes import Change, NegativeQuantity, PriceMissing, Status, UnitPrice
from work365.domain.charges import LICENSE, Charge, PercentOff, Price, Slot, settle
from work365.domain.commitments import Commitment
from work365.domain.contracts import (
    AnchorRule,
    BillingContract,
    ContractType,
    Subscription,
    Timing,
)
from work365.domain.currencies import (
    Conversion,
    ExchangeRate,
    ExchangeRateMissing,
    ExchangeTable,
)
from work365.domain.day_counts import DayCount
from work365.domain.discounts import Conditions, Level, PercentageDiscount, Window
from work365.domain.one_time_charges import OneTimeCharge, OneTimeKind
from work365.domain.periods import MonthEnd, Period
from work365.domain.policies import USUAL_POLICY, BillingPolicy
from work365.domain.price_models import Included, Package, PerUnit
from work365.domain.proposals import (
    UNPRORATED,
    Pin,
    Rates,
    propose,
    propose_one_time,
)
from work365.domain.proration import Proration
from work365.domain.rating import NegativeUsage
from work365.domain.tiers import Graduated
from work365.domain.usage import UsageRecord

START = date(2026, 1, 1)
JANUARY = Period(START, date(2026, 2, 1))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))
THE_11TH = date(2026, 1, 11)
BEFORE, AFTER = Period(START, THE_11TH), Period(THE_11TH, JANUARY.end)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PER_SEAT = Price("SUB-1", LICENSE, "EUR", Decimal("12.40"), 1)
SEAT = Slot(PER_SEAT, JANUARY.start, JANUARY.end, 1)
OPENING = Change("SUB-1-0", START, NOON, Decimal(10), UnitPrice(Decimal("12.40"), 1))
CONTRACT = BillingContract(
    id=UUID(int=1), key="CT-1", customer=UUID(int=2), currency="EUR", start_on=START
)


def subscription_of(*changes: Change, **terms: Any) -> Subscription:
    return replace(
        Subscription(
            id=UUID(int=3),
            key="SUB-1",
            name="Business Basic",
            start_on=START,
            changes=(OPENING, *changes),
        ),
        **terms,
    )


def proposed(
    subscription: Subscription, through: date, **terms: Any
) -> list[tuple[Period, Decimal]]:
    charges = propose(replace(CONTRACT, **terms), subscription, through=through)
    return [(charge.service_period, charge.quantity) for charge in charges]


class TestProposeInAdvance:
    def test_a_period_is_due_on_its_first_day(self) -> None:
        subscription = subscription_of()

        assert proposed(subscription, date(2025, 12, 31)) == []
        assert proposed(subscription, START) == [(JANUARY, Decimal(10))]
        assert proposed(subscription, date(2026, 1, 31)) == [(JANUARY, Decimal(10))]
        assert proposed(subscription, date(2026, 2, 1)) == [
            (JANUARY, Decimal(10)),
            (FEBRUARY, Decimal(10)),
        ]

    def test_a_change_cuts_the_period_from_its_day_on(self) -> None:
        subscription = subscription_of(Change("SUB-1-1", THE_11TH, NOON, Decimal(3)))

        assert proposed(subscription, THE_11TH - timedelta(days=1)) == [(JANUARY, Decimal(10))]
        assert proposed(subscription, THE_11TH) == [(BEFORE, Decimal(10)), (AFTER, Decimal(13))]

    def test_a_change_on_the_first_day_of_a_period_cuts_nothing(self) -> None:
        subscription = subscription_of(Change("SUB-1-1", FEBRUARY.start, NOON, Decimal(3)))

        assert proposed(subscription, FEBRUARY.start) == [
            (JANUARY, Decimal(10)),
            (FEBRUARY, Decimal(13)),
        ]

    def test_days_without_seats_are_no_charge(self) -> None:
        suspended = Change("SUB-1-1", THE_11TH, NOON, status=Status.SUSPENDED)

        assert proposed(subscription_of(suspended), THE_11TH) == [(BEFORE, Decimal(10))]

    def test_an_end_within_the_period_ends_the_charge(self) -> None:
        assert proposed(subscription_of(end_on=THE_11TH), START) == [(BEFORE, Decimal(10))]

    def test_a_subscription_that_starts_within_the_period_is_charged_from_then(self) -> None:
        assert proposed(subscription_of(start_on=THE_11TH), THE_11TH) == [(AFTER, Decimal(10))]

    def test_a_calendar_period_before_the_start_is_charged_in_part(self) -> None:
        charges = propose(
            replace(CONTRACT, start_on=THE_11TH, anchor_rule=AnchorRule.CALENDAR),
            subscription_of(),
            through=THE_11TH,
        )

        assert list(charges) == [Charge(SEAT, AFTER, Decimal(10))]

    def test_without_changes_there_is_nothing_to_charge(self) -> None:
        assert proposed(subscription_of(changes=()), date(2026, 6, 1)) == []

    def test_after_the_end_there_is_nothing_to_charge(self) -> None:
        subscription = subscription_of(start_on=date(2026, 3, 1))

        assert proposed(subscription, date(2026, 6, 1), end_on=FEBRUARY.start) == []


class TestProposeInArrears:
    def test_a_period_is_due_on_the_day_after_its_last(self) -> None:
        subscription = subscription_of()

        assert proposed(subscription, date(2026, 1, 31), timing=Timing.ARREARS) == []
        assert proposed(subscription, date(2026, 2, 1), timing=Timing.ARREARS) == [
            (JANUARY, Decimal(10))
        ]

    def test_the_last_period_is_due_when_the_subscription_ends(self) -> None:
        subscription = subscription_of(end_on=THE_11TH)

        assert proposed(subscription, THE_11TH, timing=Timing.ARREARS) == [(BEFORE, Decimal(10))]

    def test_the_day_of_a_change_is_counted_once(self) -> None:
        subscription = subscription_of(Change("SUB-1-1", THE_11TH, NOON, Decimal(3)))

        assert proposed(subscription, JANUARY.end, timing=Timing.ARREARS) == [
            (BEFORE, Decimal(10)),
            (AFTER, Decimal(13)),
        ]


class TestProposeOnFlexiContracts:
    def test_periods_are_those_of_the_subscription(self) -> None:
        subscription = subscription_of(start_on=THE_11TH, cycle_months=12)

        assert proposed(subscription, THE_11TH, type=ContractType.FLEXI) == [
            (Period(THE_11TH, date(2027, 1, 11)), Decimal(10))
        ]


class TestProposeUnbilled:
    def test_what_is_not_billable_is_not_charged(self) -> None:
        subscription = subscription_of(
            billable=False, usage=(used(5, THE_11TH),), usage_model=PerUnit(Decimal(1))
        )

        assert proposed(subscription, date(2026, 6, 1)) == []


class TestProposeWithAnOffset:
    @pytest.mark.parametrize(
        ("offset_days", "before", "on"),
        [(3, date(2026, 1, 3), date(2026, 1, 4)), (-10, date(2025, 12, 21), date(2025, 12, 22))],
    )
    def test_a_period_is_due_so_many_days_from_its_start(
        self, offset_days: int, before: date, on: date
    ) -> None:
        policy = BillingPolicy(offset_days=offset_days)

        assert proposed(subscription_of(), before, policy=policy) == []
        assert proposed(subscription_of(), on, policy=policy) == [(JANUARY, Decimal(10))]

    @pytest.mark.parametrize(
        ("offset_days", "before", "on"),
        [(3, date(2026, 2, 3), date(2026, 2, 4)), (-10, date(2026, 1, 21), date(2026, 1, 22))],
    )
    def test_a_period_in_arrears_is_due_so_many_days_from_its_end(
        self, offset_days: int, before: date, on: date
    ) -> None:
        policy = BillingPolicy(offset_days=offset_days)

        assert proposed(subscription_of(), before, policy=policy, timing=Timing.ARREARS) == []
        assert proposed(subscription_of(), on, policy=policy, timing=Timing.ARREARS) == [
            (JANUARY, Decimal(10))
        ]

    @pytest.mark.parametrize(
        ("through", "expected"),
        [
            (date(2026, 1, 13), [(JANUARY, Decimal(10))]),
            (date(2026, 1, 14), [(BEFORE, Decimal(10)), (AFTER, Decimal(13))]),
        ],
    )
    def test_a_change_is_known_when_its_day_is_invoiced(
        self, through: date, expected: list[tuple[Period, Decimal]]
    ) -> None:
        more = subscription_of(Change("SUB-1-1", THE_11TH, NOON, Decimal(3)))

        assert proposed(more, through, policy=BillingPolicy(offset_days=3)) == expected


class TestProposeTheLastDay:
    def test_is_charged_where_it_counts(self) -> None:
        policy = BillingPolicy(last_day_counts=True)
        through_the_10th = subscription_of(end_on=date(2026, 1, 10))

        assert proposed(through_the_10th, START, policy=policy) == [(BEFORE, Decimal(10))]

    def test_of_a_cancellation_is_charged_where_it_counts(self) -> None:
        policy = BillingPolicy(last_day_counts=True)
        cancelled = Change("SUB-1-1", date(2026, 1, 10), NOON, status=Status.CANCELLED)

        assert proposed(subscription_of(cancelled), JANUARY.end, policy=policy) == [
            (BEFORE, Decimal(10))
        ]


class TestProposeByOtherRules:
    def test_the_rule_is_kept_on_the_price(self) -> None:
        rule = Proration(day_count=DayCount.STRICT_30_360)

        (charge,) = propose(
            replace(CONTRACT, policy=BillingPolicy(proration=rule)),
            subscription_of(end_on=THE_11TH),
            through=START,
        )

        assert charge.slot.price == PER_SEAT._replace(proration="strict-30-360/1")
        assert charge.amount.amount == Decimal("41.33")

    def test_a_usual_rule_that_is_written_out_is_the_usual_rule(self) -> None:
        policy = BillingPolicy(proration=Proration())

        (charge,) = propose(
            replace(CONTRACT, policy=policy), subscription_of(end_on=THE_11TH), through=START
        )

        assert charge.slot == SEAT


def used(quantity: int, day: date, key: str = "used") -> UsageRecord:
    return UsageRecord(
        key=f"{key}-{day}",
        subscription="SUB-1",
        used_on=day,
        quantity=Decimal(quantity),
        recorded_at=NOON,
    )


def priced_parts(charges: Iterable[Charge]) -> list[tuple[str, str, int, Period]]:
    """Return what each of `charges` is for, at what, and how many of it."""
    return [
        (
            charge.slot.price.component,
            str(charge.slot.price.per_unit),
            int(charge.quantity),
            charge.service_period,
        )
        for charge in charges
    ]


class TestProposeByAModel:
    TIERS = Graduated(tiers=(tier(8, "10"), tier(None, "7.5")))

    def test_each_part_is_a_charge_of_its_own(self) -> None:
        subscription = subscription_of(
            Change("SUB-1-1", THE_11TH, NOON, Decimal(3)), price_model=self.TIERS
        )

        charges = list(propose(CONTRACT, subscription, through=THE_11TH))

        assert priced_parts(charges) == [
            ("tier-1", "10", 8, BEFORE),
            ("tier-2", "7.5", 2, BEFORE),
            ("tier-1", "10", 8, AFTER),
            ("tier-2", "7.5", 5, AFTER),
        ]
        assert {charge.slot.price.months for charge in charges} == {1}

    def test_a_model_pays_for_the_months_that_the_log_says(self) -> None:
        yearly = replace(OPENING, price=UnitPrice(Decimal(0), 12))
        subscription = subscription_of(changes=(yearly,), price_model=self.TIERS)

        charges = propose(CONTRACT, subscription, through=START)

        assert {charge.slot.price.months for charge in charges} == {12}

    def test_a_model_pays_for_the_billing_period_where_the_log_says_nothing(self) -> None:
        unpriced = subscription_of(
            changes=(replace(OPENING, price=None),),
            price_model=Package(size=Decimal(5), price=Decimal(40)),
        )

        (charge,) = propose(replace(CONTRACT, cycle_months=3), unpriced, through=START)

        assert charge.slot.price.months == 3
        assert charge.amount.amount == Decimal("80.00")


class TestProposeUsage:
    TIERS = Graduated(tiers=(tier(10, "0.50"), tier(None, "0.20")))

    def usage(
        self, *records: UsageRecord, through: date, ends_on: date | None = None, **terms: Any
    ) -> list[tuple[str, str, int, Period]]:
        subscription = subscription_of(
            changes=(), usage=records, usage_model=self.TIERS, end_on=ends_on
        )
        return priced_parts(propose(replace(CONTRACT, **terms), subscription, through=through))

    @pytest.mark.parametrize("timing", Timing)
    def test_is_due_once_its_billing_period_is_over(self, timing: Timing) -> None:
        record = used(6, THE_11TH)

        assert self.usage(record, through=date(2026, 1, 31), timing=timing) == []
        assert self.usage(record, through=JANUARY.end, timing=timing) == [
            ("usage-tier-1", "0.50", 6, JANUARY)
        ]

    def test_is_added_up_before_it_is_priced(self) -> None:
        records = (used(6, START), used(7, date(2026, 1, 31)), used(99, FEBRUARY.start))

        assert self.usage(*records, through=JANUARY.end) == [
            ("usage-tier-1", "0.50", 10, JANUARY),
            ("usage-tier-2", "0.20", 3, JANUARY),
        ]

    def test_that_is_told_twice_is_used_once(self) -> None:
        record = used(6, THE_11TH)

        assert self.usage(record, record, through=JANUARY.end) == [
            ("usage-tier-1", "0.50", 6, JANUARY)
        ]

    def test_has_a_discount_for_as_many_units_as_it_is_given_for(self) -> None:
        first_two = PercentageDiscount(
            key="first", percent=Decimal(50), conditions=Conditions(units_max=Decimal(2))
        )
        subscription = subscription_of(
            changes=(),
            usage=(used(6, START),),
            usage_model=PerUnit(Decimal(2)),
            discounts=(first_two,),
        )

        charges = list(propose(CONTRACT, subscription, through=JANUARY.end))

        assert [(one.quantity, len(one.slot.price.discounts)) for one in charges] == [
            (Decimal(2), 1),
            (Decimal(4), 0),
        ]

    def test_of_less_than_nothing_is_refused(self) -> None:
        with pytest.raises(NegativeUsage, match=r"SUB-1: the usage of .* adds up to -1;"):
            self.usage(used(6, START), used(-7, THE_11TH), through=JANUARY.end)

    def test_that_there_was_none_of_is_nothing_to_settle(self) -> None:
        subscription = subscription_of(changes=(), usage_model=self.TIERS)

        charges = propose(CONTRACT, subscription, through=JANUARY.end)

        assert settle(charges, []) == []

    def test_may_have_a_fee_where_nothing_was_used(self) -> None:
        with_a_fee = Included(fee=Decimal(15), units=Decimal(5), overage=PerUnit(Decimal(2)))
        subscription = subscription_of(changes=(), usage_model=with_a_fee)

        charges = propose(CONTRACT, subscription, through=JANUARY.end)

        assert priced_parts(charges) == [("usage-fee", "15", 1, JANUARY)]

    def test_is_for_the_whole_billing_period_wherever_the_end_is(self) -> None:
        records = (used(3, date(2026, 1, 10)), used(4, THE_11TH), used(9, FEBRUARY.start))

        assert self.usage(*records, through=FEBRUARY.end, ends_on=THE_11TH) == [
            ("usage-tier-1", "0.50", 7, JANUARY)
        ]

    def test_is_due_when_the_subscription_ends(self) -> None:
        record = used(3, date(2026, 1, 9))

        assert self.usage(record, through=date(2026, 1, 10), ends_on=THE_11TH) == []
        assert len(self.usage(record, through=THE_11TH, ends_on=THE_11TH)) == 1

    def test_is_never_prorated_and_keeps_its_discounts(self) -> None:
        tenth = PercentageDiscount(key="launch", percent=Decimal(10))
        subscription = subscription_of(
            changes=(),
            usage=(used(4, START),),
            usage_model=PerUnit(Decimal("0.25")),
            end_on=THE_11TH,
        )

        (charge,) = propose(
            replace(CONTRACT, cycle_months=3, discounts=(tenth,)), subscription, through=THE_11TH
        )

        assert charge.slot == Slot(
            Price(
                "SUB-1",
                "usage-unit",
                "EUR",
                Decimal("0.25"),
                1,
                UNPRORATED,
                (PercentOff("launch", Decimal(10)),),
            ),
            START,
            date(2026, 4, 1),
            1,
        )
        assert charge.amount.amount == Decimal("0.90")

    @pytest.mark.parametrize(
        ("conditions", "expected"),
        [
            (Conditions(service_days=Window(None, THE_11TH)), ["0.90", "1.00"]),
            (Conditions(service_days=Window(FEBRUARY.start, None)), ["1.00", "0.90"]),
            (Conditions(service_days=Window(THE_11TH, None)), ["1.00", "0.90"]),
            (Conditions(months=1), ["0.90", "1.00"]),
            (Conditions(bought_within=Window(None, START)), ["1.00", "1.00"]),
        ],
        ids=str,
    )
    def test_has_the_discounts_of_its_first_day(
        self, conditions: Conditions, expected: list[str]
    ) -> None:
        launch = PercentageDiscount(key="launch", percent=Decimal(10), conditions=conditions)
        subscription = subscription_of(
            changes=(),
            usage=(used(4, date(2026, 1, 31)), used(4, date(2026, 2, 28))),
            usage_model=PerUnit(Decimal("0.25")),
            discounts=(launch,),
            term_months=12,
        )

        charges = propose(CONTRACT, subscription, through=FEBRUARY.end)

        assert [str(charge.amount.amount) for charge in charges] == expected

    def test_without_a_model_is_not_charged(self) -> None:
        subscription = subscription_of(changes=(), usage=(used(4, START),))

        assert list(propose(CONTRACT, subscription, through=JANUARY.end)) == []

    def test_comes_after_the_seats_of_its_period(self) -> None:
        subscription = subscription_of(usage=(used(4, START),), usage_model=self.TIERS)

        assert priced_parts(propose(CONTRACT, subscription, through=JANUARY.end)) == [
            (LICENSE, "12.40", 10, JANUARY),
            ("usage-tier-1", "0.50", 4, JANUARY),
            (LICENSE, "12.40", 10, FEBRUARY),
        ]


class TestProposeCommitments:
    def components(
        self, quantity: int, ends_on: date | None = None
    ) -> list[tuple[str, int, Decimal]]:
        subscription = subscription_of(
            changes=(),
            usage=(used(quantity, START),),
            usage_model=PerUnit(Decimal("0.50")),
            commitment=Commitment(minimum=Decimal(31), maximum=Decimal(62)),
            end_on=ends_on,
        )
        charges = propose(CONTRACT, subscription, through=JANUARY.end)
        return [
            (charge.slot.price.component, int(charge.quantity), charge.amount.amount)
            for charge in charges
        ]

    @pytest.mark.parametrize(
        ("quantity", "component", "amount"),
        [
            (10, "usage-minimum-spend", "26.00"),
            (61, "usage-minimum-spend", "0.50"),
            (125, "usage-maximum-spend", "-0.50"),
            (200, "usage-maximum-spend", "-38.00"),
        ],
    )
    def test_what_is_lacking_is_charged_and_what_is_beyond_taken_off(
        self, quantity: int, component: str, amount: str
    ) -> None:
        assert self.components(quantity) == [
            ("usage-unit", quantity, Decimal(quantity) / 2),
            (component, 1, Decimal(amount)),
        ]

    @pytest.mark.parametrize("quantity", [62, 100, 124])
    def test_between_the_two_there_is_nothing_to_add(self, quantity: int) -> None:
        assert len(self.components(quantity)) == 1

    def test_what_is_lacking_is_of_the_subscription_and_never_prorated(self) -> None:
        subscription = subscription_of(
            changes=(), usage_model=PerUnit(Decimal(1)), commitment=Commitment(minimum=Decimal(31))
        )

        charges = settle(propose(CONTRACT, subscription, through=JANUARY.end), [])

        price = Price("SUB-1", "usage-minimum-spend", "EUR", Decimal("31.00"), 1, UNPRORATED)
        assert charges == [Charge(Slot(price, START, JANUARY.end, 1), JANUARY, Decimal(1))]

    def test_is_for_the_days_of_service(self) -> None:
        # Ten of thirty-one days: 10.00 at least, 20.00 at most.
        assert self.components(10, THE_11TH)[1:] == [("usage-minimum-spend", 1, Decimal("5.00"))]
        assert self.components(50, THE_11TH)[1:] == [("usage-maximum-spend", 1, Decimal("-5.00"))]


class TestProposeDiscounts:
    def charges(
        self, *discounts: PercentageDiscount, through: date = START, **terms: Any
    ) -> list[tuple[Period, int, tuple[str, ...]]]:
        subscription = subscription_of(discounts=discounts, **terms)
        return [
            (
                charge.service_period,
                int(charge.quantity),
                tuple(discount.name for discount in charge.slot.price.discounts),
            )
            for charge in propose(CONTRACT, subscription, through=through)
        ]

    def test_a_window_cuts_the_period(self) -> None:
        until = Conditions(service_days=Window(None, THE_11TH))
        since = Conditions(service_days=Window(THE_11TH, None))

        launch = PercentageDiscount(key="launch", percent=Decimal(10), conditions=until)
        loyal = PercentageDiscount(key="loyal", percent=Decimal(5), conditions=since)

        assert self.charges(launch) == [(BEFORE, 10, ("launch",)), (AFTER, 10, ())]
        assert self.charges(launch, loyal) == [(BEFORE, 10, ("launch",)), (AFTER, 10, ("loyal",))]

    @pytest.mark.parametrize(
        "window",
        [Window(START, JANUARY.end), Window(date(2025, 6, 1), date(2026, 8, 1)), Window()],
    )
    def test_a_window_that_holds_throughout_cuts_nothing(self, window: Window) -> None:
        launch = PercentageDiscount(
            key="launch", percent=Decimal(10), conditions=Conditions(service_days=window)
        )

        assert self.charges(launch) == [(JANUARY, 10, ("launch",))]

    def test_units_beyond_the_limit_are_a_layer_without_it(self) -> None:
        six = Conditions(units_max=Decimal(6))
        launch = PercentageDiscount(key="launch", percent=Decimal(10), conditions=six)

        assert self.charges(launch) == [(JANUARY, 6, ("launch",)), (JANUARY, 4, ())]

    def test_the_first_months_of_each_term_are_cut_off(self) -> None:
        first = Conditions(months=1)
        launch = PercentageDiscount(key="launch", percent=Decimal(10), conditions=first)
        mid_january: dict[str, Any] = {"start_on": date(2025, 12, 11), "term_months": 12}

        assert self.charges(launch, **mid_january) == [
            (BEFORE, 10, ("launch",)),
            (AFTER, 10, ()),
        ]

    def test_a_term_that_starts_within_the_period_has_its_discount_from_then(self) -> None:
        first = Conditions(months=1)
        launch = PercentageDiscount(key="launch", percent=Decimal(10), conditions=first)
        renewed: dict[str, Any] = {"start_on": date(2025, 1, 11), "term_months": 12}

        assert self.charges(launch, **renewed) == [(BEFORE, 10, ()), (AFTER, 10, ("launch",))]

    def test_added_units_are_a_layer_without_what_is_for_the_first_ones(self) -> None:
        upfront = PercentageDiscount(
            key="upfront", percent=Decimal(10), conditions=Conditions(for_additions=False)
        )
        more = Change("SUB-1-1", THE_11TH, NOON, Decimal(3))

        assert self.charges(upfront, through=THE_11TH, changes=(OPENING, more)) == [
            (BEFORE, 10, ("upfront",)),
            (AFTER, 10, ("upfront",)),
            (AFTER, 3, ()),
        ]

    def test_the_contracts_come_after_the_subscriptions_own(self) -> None:
        own = PercentageDiscount(key="own", percent=Decimal(10))
        ours = PercentageDiscount(key="ours", percent=Decimal(5), level=Level.CONTRACT)

        (charge,) = propose(
            replace(CONTRACT, discounts=(ours,)), subscription_of(discounts=(own,)), through=START
        )

        assert charge.slot.price.discounts == (
            PercentOff("own", Decimal(10)),
            PercentOff("ours", Decimal(5)),
        )
        assert charge.amount.amount == Decimal("106.02")


def rate(of: str, number: str, day: date = START) -> ExchangeRate:
    return ExchangeRate(
        from_currency=of, to_currency="EUR", rate=Decimal(number), valid_on=day, source="ECB"
    )


TABLE = ExchangeTable(rates=(rate("USD", "0.90"), rate("USD", "0.80", FEBRUARY.start)))


class TestProposeInAnotherCurrency:
    def conversions(
        self, rates: Rates, through: date, currency: str | None = "USD"
    ) -> list[Conversion | None]:
        charges = propose(
            CONTRACT, subscription_of(currency=currency), through=through, rates=rates
        )
        return [charge.slot.price.conversion for charge in charges]

    def test_each_period_has_the_rate_of_its_first_day(self) -> None:
        assert self.conversions(Rates(table=TABLE), FEBRUARY.start) == [
            Conversion(TABLE.rates[0]),
            Conversion(TABLE.rates[1]),
        ]

    def test_a_rate_that_was_billed_stays(self) -> None:
        billed = Conversion(rate("USD", "0.95"))
        rates = Rates(table=TABLE, pinned={Pin("SUB-1", START, "USD"): billed})

        assert self.conversions(rates, FEBRUARY.start) == [billed, Conversion(TABLE.rates[1])]

    @pytest.mark.parametrize(
        "pin",
        [Pin("SUB-2", START, "USD"), Pin("SUB-1", THE_11TH, "USD"), Pin("SUB-1", START, "GBP")],
    )
    def test_a_rate_that_was_billed_for_something_else_does_not_count(self, pin: Pin) -> None:
        rates = Rates(table=TABLE, pinned={pin: Conversion(rate("GBP", "1.20"))})

        assert self.conversions(rates, START) == [Conversion(TABLE.rates[0])]

    @pytest.mark.parametrize("currency", [None, "EUR"])
    def test_the_contracts_own_currency_needs_no_rate(self, currency: str | None) -> None:
        assert self.conversions(Rates(), START, currency) == [None]

    def test_a_missing_rate_is_refused(self) -> None:
        with pytest.raises(ExchangeRateMissing, match="USD to EUR on or before 2026-01-01"):
            self.conversions(Rates(), START)

    @pytest.mark.parametrize(
        "terms",
        [
            {"discounts": (PercentageDiscount(key="launch", percent=Decimal(10)),)},
            {"price_model": PerUnit(Decimal(1))},
        ],
        ids=str,
    )
    def test_layers_and_parts_have_the_rate_of_the_first_day_too(
        self, terms: dict[str, Any]
    ) -> None:
        # From the 11th on, in a billing period that starts on the 1st.
        subscription = subscription_of(currency="USD", start_on=THE_11TH, **terms)
        rates = Rates(
            table=ExchangeTable(rates=(*TABLE.rates, rate("USD", "0.70", THE_11TH))),
        )

        (charge,) = propose(CONTRACT, subscription, through=THE_11TH, rates=rates)

        assert charge.slot.price.conversion == Conversion(TABLE.rates[0])

    def test_usage_is_converted_too(self) -> None:
        subscription = subscription_of(
            changes=(),
            usage=(used(10, START),),
            usage_model=PerUnit(Decimal(1)),
            currency="USD",
        )

        (charge,) = propose(CONTRACT, subscription, through=JANUARY.end, rates=Rates(table=TABLE))

        assert charge.amount.amount == Decimal("9.00")


class TestProposeOneTime:
    HOURS = OneTimeCharge(
        id=UUID(int=9),
        key="ONCE-1",
        name="Migration",
        on=THE_11TH,
        quantity=Decimal("2.5"),
        unit_price=Decimal(80),
        kind=OneTimeKind.EFFORT,
    )

    @pytest.mark.parametrize(
        ("through", "offset_days", "is_due"),
        [
            (date(2026, 1, 10), 0, False),
            (THE_11TH, 0, True),
            (date(2026, 1, 13), 3, False),
            (date(2026, 1, 14), 3, True),
            (date(2026, 1, 1), -10, True),
        ],
    )
    def test_is_due_on_its_day(self, through: date, offset_days: int, is_due: bool) -> None:
        contract = replace(CONTRACT, policy=BillingPolicy(offset_days=offset_days))

        charges = list(propose_one_time(contract, [self.HOURS], through=through))

        assert bool(charges) is is_due

    def test_is_charged_in_full_on_its_day(self) -> None:
        (charge,) = propose_one_time(CONTRACT, [self.HOURS], through=THE_11TH)

        day = Period(THE_11TH, date(2026, 1, 12))
        price = Price("ONCE-1", "effort", "EUR", Decimal(80), 1, UNPRORATED)
        assert charge == Charge(Slot(price, day.start, day.end, 1), day, Decimal("2.5"))
        assert charge.amount.amount == Decimal("200.00")

    @pytest.mark.parametrize(("discounted", "expected"), [(True, "180.00"), (False, "200.00")])
    def test_has_the_contracts_discounts_where_it_is_discounted(
        self, discounted: bool, expected: str
    ) -> None:
        tenth = PercentageDiscount(key="ours", percent=Decimal(10), level=Level.CONTRACT)
        hours = replace(self.HOURS, discounted=discounted)

        (charge,) = propose_one_time(
            replace(CONTRACT, discounts=(tenth,)), [hours], through=THE_11TH
        )

        assert str(charge.amount.amount) == expected

    @pytest.mark.parametrize(
        ("window", "expected"),
        [
            (Window(None, THE_11TH), "200.00"),
            (Window(None, date(2026, 1, 12)), "180.00"),
            (Window(THE_11TH, None), "180.00"),
            (Window(date(2026, 1, 12), None), "200.00"),
        ],
    )
    def test_has_only_the_discounts_of_its_day(self, window: Window, expected: str) -> None:
        tenth = PercentageDiscount(
            key="ours", percent=Decimal(10), conditions=Conditions(service_days=window)
        )

        (charge,) = propose_one_time(
            replace(CONTRACT, discounts=(tenth,)), [self.HOURS], through=THE_11TH
        )

        assert str(charge.amount.amount) == expected

    @pytest.mark.parametrize(
        ("conditions", "expected"),
        [
            (Conditions(months=1), "180.00"),
            (Conditions(for_additions=False), "180.00"),
            (Conditions(bought_within=Window(THE_11TH, None)), "180.00"),
            (Conditions(bought_within=Window(None, THE_11TH)), "200.00"),
        ],
        ids=str,
    )
    def test_is_a_term_of_its_own_that_starts_on_its_day(
        self, conditions: Conditions, expected: str
    ) -> None:
        tenth = PercentageDiscount(key="ours", percent=Decimal(10), conditions=conditions)

        (charge,) = propose_one_time(
            replace(CONTRACT, discounts=(tenth,)), [self.HOURS], through=THE_11TH
        )

        assert str(charge.amount.amount) == expected

    def test_has_the_rate_of_its_day(self) -> None:
        dollars = replace(self.HOURS, currency="USD")

        (charge,) = propose_one_time(
            CONTRACT, [dollars], through=THE_11TH, rates=Rates(table=TABLE)
        )

        assert charge.slot.price.conversion == Conversion(TABLE.rates[0])
        assert charge.amount.amount == Decimal("180.00")

    def test_has_the_rate_that_it_was_billed_at(self) -> None:
        billed = Conversion(rate("USD", "0.5"))
        rates = Rates(table=TABLE, pinned={Pin("ONCE-1", THE_11TH, "USD"): billed})

        (charge,) = propose_one_time(
            CONTRACT, [replace(self.HOURS, currency="USD")], through=THE_11TH, rates=rates
        )

        assert charge.slot.price.conversion == billed


class TestProposeReopened:
    def test_periods_that_are_over_are_left_out(self) -> None:
        charges = propose(
            CONTRACT, subscription_of(), through=date(2026, 2, 1), reopened_from=JANUARY.end
        )

        assert [charge.service_period for charge in charges] == [FEBRUARY]

    def test_a_period_that_is_not_over_is_proposed_as_a_whole(self) -> None:
        charges = propose(CONTRACT, subscription_of(), through=START, reopened_from=THE_11TH)

        assert [charge.service_period for charge in charges] == [JANUARY]

    @pytest.mark.parametrize("reopened_from", [date(2026, 1, 11), date(2026, 1, 20)])
    def test_a_period_that_is_not_over_is_proposed_when_its_service_is(
        self, reopened_from: date
    ) -> None:
        charges = propose(
            CONTRACT,
            subscription_of(end_on=THE_11TH),
            through=date(2026, 1, 20),
            reopened_from=reopened_from,
        )

        assert [charge.service_period for charge in charges] == [BEFORE]

    @given(accounts(), st.data())
    def test_gives_the_charges_of_the_whole_history_in_periods_that_are_not_over(
        self, account: Account, data: st.DataObject
    ) -> None:
        through = data.draw(day_after(account.contract.start_on))
        reopened_from = data.draw(day_after(account.contract.start_on))

        for subscription in account.subscriptions:
            every = propose(account.contract, subscription, through=through)
            some = propose(
                account.contract, subscription, through=through, reopened_from=reopened_from
            )
            assert list(some) == [charge for charge in every if charge.slot.end > reopened_from]


class TestProposeRefusals:
    def test_a_log_that_does_not_add_up_is_refused(self) -> None:
        subscription = subscription_of(Change("SUB-1-1", THE_11TH, NOON, Decimal(-11)))

        with pytest.raises(NegativeQuantity):
            proposed(subscription, THE_11TH)

    def test_seats_without_a_price_are_refused(self) -> None:
        with pytest.raises(PriceMissing):
            proposed(subscription_of(changes=(replace(OPENING, price=None),)), START)


class TestLaws:
    @given(accounts(), st.data())
    def test_what_is_proposed_is_what_counting_day_by_day_gives(
        self, account: Account, data: st.DataObject
    ) -> None:
        account = plain(account)
        contract = account.contract
        through = data.draw(day_after(contract.start_on))

        for subscription in account.subscriptions:
            charges = propose(contract, subscription, through=through)
            assert by_day(charges) == counted(contract, subscription, through)


def plain(account: Account) -> Account:
    """Return `account` without what `counted` does not know."""
    by_bill_day = account.contract.anchor_rule is AnchorRule.BILL_DAY
    contract = replace(
        account.contract,
        policy=USUAL_POLICY,
        month_end=MonthEnd.CLAMP,
        anchor_rule=AnchorRule.ANNIVERSARY if by_bill_day else account.contract.anchor_rule,
        bill_day=None,
    )
    subscriptions = (
        replace(part, price_model=None, discounts=(), commitment=None)
        for part in account.subscriptions
    )
    return replace(account, contract=contract, subscriptions=tuple(subscriptions))


def counted(contract: BillingContract, subscription: Subscription, through: date) -> ByDay:
    """Return what is due through `through`, found without any of the engine's own arithmetic."""
    flexi = contract.type is ContractType.FLEXI
    months = (flexi and subscription.cycle_months) or contract.cycle_months
    anchor = subscription.start_on if flexi else contract.start_on
    if contract.anchor_rule is AnchorRule.CALENDAR:
        anchor = anchor.replace(day=1)
        if 12 % months == 0 or months % 12 == 0:
            anchor = max(
                anchor.replace(month=month)
                for month in range(1, 13, min(months, 12))
                if month <= anchor.month
            )
    starts = [anchor + relativedelta(months=months * number) for number in range(-60, 60)]
    first = max(subscription.start_on, contract.start_on)
    last = min(day for day in (subscription.end_on, contract.end_on, date.max) if day)
    quantities: ByDay = {}
    for start, end in pairwise(starts):
        due_on = start if contract.timing is Timing.ADVANCE else min(end, last)
        if due_on > through or last <= first:
            continue
        for day in days_of(Period(max(start, first), max(start, first, min(end, last)))):
            seats, price = held(subscription, min(day, through))
            if seats and price:
                per_seat = Price(subscription.key, LICENSE, contract.currency, *price)
                quantities[Slot(per_seat, start, end, months), day] = seats
    return quantities


@cache
def held(subscription: Subscription, day: date) -> tuple[Decimal, UnitPrice | None]:
    """Return the seats that are charged on `day`, and at what price."""
    log = sorted(
        (change for change in subscription.changes if change.effective_on <= day),
        key=lambda change: (change.effective_on, change.recorded_at, change.key),
    )
    seats, price, status = Decimal(0), None, Status.ACTIVE
    for change in log:
        seats += change.quantity
        price = change.price or price
        status = change.status or status
    return (seats if status is Status.ACTIVE else Decimal(0)), price


class TestADiscountForSoManyUnits:
    """15 units, the first ten at 12.00 and the others at 10.00, half price for some."""

    TIERS = Graduated(tiers=(tier(10, "12"), tier(None, "10")))

    def half_price(self, units_max: int) -> PercentageDiscount:
        limited = Conditions(units_max=Decimal(units_max))
        return PercentageDiscount(key="half", percent=Decimal(50), conditions=limited)

    @pytest.mark.parametrize(("units_max", "total"), [(5, 140), (10, 110), (12, 100), (15, 85)])
    def test_counts_seats_across_tiers(self, units_max: int, total: int) -> None:
        opening = replace(OPENING, quantity=Decimal(15))
        subscription = replace(
            subscription_of(changes=(opening,), price_model=self.TIERS),
            discounts=(self.half_price(units_max),),
        )

        charges = list(propose(CONTRACT, subscription, through=START))

        assert sum(charge.amount.amount for charge in charges) == total

    @pytest.mark.parametrize(("units_max", "total"), [(5, 140), (12, 100)])
    def test_counts_usage_across_tiers(self, units_max: int, total: int) -> None:
        subscription = replace(
            subscription_of(changes=(), usage=(used(15, START),), usage_model=self.TIERS),
            discounts=(self.half_price(units_max),),
        )

        charges = list(propose(CONTRACT, subscription, through=JANUARY.end))

        assert sum(charge.amount.amount for charge in charges) == total

    def test_takes_nothing_off_the_fee_of_a_tier_of_usage(self) -> None:
        subscription = replace(
            subscription_of(
                changes=(),
                usage=(used(5, START),),
                usage_model=Graduated(tiers=(tier(None, "12", flat="7"),)),
            ),
            discounts=(self.half_price(5),),
        )

        charges = list(propose(CONTRACT, subscription, through=JANUARY.end))

        assert sum(charge.amount.amount for charge in charges) == 5 * 6 + 7

    def test_counts_all_usage_as_had_from_the_beginning(self) -> None:
        not_added = PercentageDiscount(
            key="half", percent=Decimal(50), conditions=Conditions(for_additions=False)
        )
        subscription = replace(
            subscription_of(changes=(), usage=(used(15, START),), usage_model=self.TIERS),
            discounts=(not_added,),
        )

        charges = list(propose(CONTRACT, subscription, through=JANUARY.end))

        assert sum(charge.amount.amount for charge in charges) == 85

    def test_takes_nothing_off_the_fee_of_a_tier(self) -> None:
        with_fee = Graduated(tiers=(tier(None, "12", flat="7"),))
        subscription = replace(
            subscription_of(changes=(replace(OPENING, quantity=Decimal(5)),), price_model=with_fee),
            discounts=(self.half_price(5),),
        )

        charges = list(propose(CONTRACT, subscription, through=START))

        assert sum(charge.amount.amount for charge in charges) == 5 * 6 + 7

    def test_is_not_lost_by_an_entry_that_is_not_effective_yet(self) -> None:
        from_the_20th = PercentageDiscount(
            key="half",
            percent=Decimal(50),
            conditions=Conditions(
                service_days=Window(date(2026, 1, 20), None), for_additions=False
            ),
        )
        fewer = Change("SUB-1-1", date(2026, 1, 15), NOON, Decimal(-4))
        subscription = replace(
            subscription_of(changes=(replace(OPENING, price=UnitPrice(Decimal(31), 1)), fewer)),
            discounts=(from_the_20th,),
        )

        charges = list(propose(CONTRACT, subscription, through=START))

        assert sum(charge.amount.amount for charge in charges) == 250
