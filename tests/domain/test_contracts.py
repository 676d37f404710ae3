from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from itertools import islice, takewhile
from typing import Any
from uuid import UUID

import pytest
from dateutil.relativedelta import (  # type: ignore[import-untyped]  # it has no type hints
    relativedelta,
)
from hypothesis import given

from tests.domain.strategies import contracts
from work365.domain.commitments import Commitment
from work365.domain.contracts import (
    AnchorRule,
    BillingContract,
    ContractType,
    InvalidContract,
    InvalidSubscription,
    Subscription,
    Timing,
)
from work365.domain.day_counts import DayCount
from work365.domain.discounts import PercentageDiscount
from work365.domain.periods import Cycle, MonthEnd, Period
from work365.domain.policies import AddingUp, BillingPolicy, ChangeLines
from work365.domain.price_models import PerUnit
from work365.domain.proration import Proration
from work365.domain.tiers import Graduated, Tier

START = date(2026, 1, 20)
TENTH = PercentageDiscount(key="launch", percent=Decimal(10))
TENTH_TEXT = 'percentage "launch" 10 subscription (-..- -..- - - additions)'
FIFTH = PercentageDiscount(key="loyal", percent=Decimal(20))
FIFTH_TEXT = 'percentage "loyal" 20 subscription (-..- -..- - - additions)'
TIERED = Graduated(
    (
        Tier(up_to=Decimal(10), per_unit=Decimal("0.3330")),
        Tier(up_to=None, per_unit=Decimal("0.25")),
    )
)
REMEMBERED: list[tuple[dict[str, Any], str, str]] = [
    ({"price_model": PerUnit(Decimal(3))}, "price (per-unit 3)", "priced-151b5e804e0d"),
    ({"usage_model": PerUnit(Decimal(3))}, "usage (per-unit 3)", "priced-be441d4e29a3"),
    (
        {"price_model": TIERED},
        "price (graduated not-priced 10:0.333:-:- -:0.25:-:-)",
        "priced-169c74d13298",
    ),
    ({"commitment": Commitment(minimum=Decimal(31))}, "commitment 31 -", "priced-2775ebfa930c"),
    ({"currency": "USD"}, 'currency "USD"', "priced-edf19972d7e0"),
    ({"discounts": (TENTH,)}, f"discounts [{TENTH_TEXT}] term -", "priced-6de221cd359b"),
    (
        {"discounts": (TENTH, FIFTH), "term_months": 12},
        f"discounts [{TENTH_TEXT} {FIFTH_TEXT}] term 12",
        "priced-5db4cf733a79",
    ),
    (
        {
            "price_model": PerUnit(Decimal(3)),
            "usage_model": TIERED,
            "commitment": Commitment(),
            "currency": "USD",
            "discounts": (TENTH,),
            "term_months": 12,
        },
        "price (per-unit 3) usage (graduated not-priced 10:0.333:-:- -:0.25:-:-) commitment - -"
        f' currency "USD" discounts [{TENTH_TEXT}] term 12',
        "priced-4689ea07cdd6",
    ),
]
"""Terms of price, what is said of them, and the word that partners' rows have of it.

Rows keep the word for years: see docs/decisions/0025 before one is changed.
"""


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
        with pytest.raises(InvalidContract) as refused:
            contract_of(end_on=date(2026, 1, 19))

        assert str(refused.value) == (
            "contract CT-1: ends on 2026-01-19, before it starts on 2026-01-20; correct one of"
            " the two days"
        )

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
            {"anchor_rule": AnchorRule.BILL_DAY, "bill_day": 20},
            {"month_end": MonthEnd.KEEP_DISTANCE},
            {"policy": BillingPolicy(proration=Proration(day_count=DayCount.NONE))},
            {"policy": BillingPolicy(last_day_counts=True)},
            {"policy": BillingPolicy(offset_days=1)},
        ],
        ids=str,
    )
    def test_fixed_terms_tell_an_edit(self, edited: dict[str, Any]) -> None:
        assert contract_of(**edited).fixed_terms != contract_of().fixed_terms

    @pytest.mark.parametrize(
        ("terms", "told"),
        [
            ({}, "recurring advance anniversary 1 EUR 2026-01-20"),
            (
                {"anchor_rule": AnchorRule.BILL_DAY, "bill_day": 20, "timing": Timing.ARREARS},
                "recurring arrears bill_day-20 1 EUR 2026-01-20",
            ),
            (
                {
                    "type": ContractType.FLEXI,
                    "cycle_months": 12,
                    "month_end": MonthEnd.KEEP_DISTANCE,
                    "policy": BillingPolicy(
                        proration=Proration(day_count=DayCount.STRICT_30_360),
                        last_day_counts=True,
                        offset_days=-10,
                    ),
                },
                "flexi advance anniversary 12 EUR 2026-01-20 keep-distance strict-30-360/1"
                " last-day-counts offset-10",
            ),
            (
                {"policy": BillingPolicy(offset_days=3)},
                "recurring advance anniversary 1 EUR 2026-01-20 offset+3",
            ),
        ],
    )
    def test_fixed_terms_tell_what_is_not_usual(self, terms: dict[str, Any], told: str) -> None:
        assert contract_of(**terms).fixed_terms == told

    @pytest.mark.parametrize(
        "edited",
        [
            {"end_on": date(2026, 6, 1)},
            {"payment_days": 60},
            {"review_days": 3},
            {"change_cycle_months": 3},
            {"active": False},
            {"refund_at_end": True},
            {"discounts": (TENTH,)},
            {"policy": BillingPolicy(refunds=True)},
            {"policy": BillingPolicy(adding_up=AddingUp.LINE)},
            {"policy": BillingPolicy(change_lines=ChangeLines.CREDIT_AND_CHARGE)},
        ],
        ids=str,
    )
    def test_other_terms_may_change_at_any_time(self, edited: dict[str, Any]) -> None:
        assert contract_of(**edited).fixed_terms == contract_of().fixed_terms

    def test_discounts_are_its_terms_of_price(self) -> None:
        (word,) = contract_of(discounts=(TENTH,)).priced
        (other,) = contract_of(discounts=(replace(TENTH, percent=Decimal(11)),)).priced

        assert contract_of().priced == ()
        assert word.startswith("priced-")
        assert len(word) == len("priced-") + 12
        assert word != other

    def test_discounts_are_remembered_as_since_the_first_version(self) -> None:
        (word,) = contract_of(discounts=(TENTH, FIFTH)).priced

        assert word == "priced-754d05c33b3e"
        text = f"v1 discounts [{TENTH_TEXT} {FIFTH_TEXT}]"
        assert word == "priced-" + sha256(text.encode()).hexdigest()[:12]


class TestBillDay:
    @pytest.mark.parametrize(
        ("rule", "day"),
        [(AnchorRule.BILL_DAY, None), (AnchorRule.ANNIVERSARY, 15), (AnchorRule.CALENDAR, 1)],
    )
    def test_is_given_with_its_rule_and_only_with_it(
        self, rule: AnchorRule, day: int | None
    ) -> None:
        with pytest.raises(InvalidContract) as refused:
            contract_of(anchor_rule=rule, bill_day=day)

        assert str(refused.value) == (
            f"contract CT-1: bill day {day} with anchor rule {rule.value}; a bill day is given"
            " with the rule bill_day, and only with it"
        )

    @pytest.mark.parametrize("day", [-1, 0, 32])
    def test_that_no_month_has_is_refused(self, day: int) -> None:
        with pytest.raises(InvalidContract) as refused:
            contract_of(anchor_rule=AnchorRule.BILL_DAY, bill_day=day)

        assert str(refused.value) == (
            f"contract CT-1: bill day {day} is not a day of the month; give one from 1 to 31"
        )

    @pytest.mark.parametrize(
        ("day", "anchor"), [(1, date(2026, 1, 1)), (15, date(2026, 1, 15)), (31, date(2026, 1, 31))]
    )
    def test_is_what_periods_are_counted_from(self, day: int, anchor: date) -> None:
        contract = contract_of(anchor_rule=AnchorRule.BILL_DAY, bill_day=day)

        assert contract.cycle(1, START) == Cycle(anchor, 1)


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
            (
                {"start_on": date(2026, 2, 28), "month_end": MonthEnd.KEEP_DISTANCE},
                None,
                ["2026-02-28", "2026-03-31", "2026-04-30"],
            ),
            # Moved by an offset: what comes after is counted from where it was.
            (
                {"policy": BillingPolicy(offset_days=-10)},
                None,
                ["2026-01-10", "2026-02-10", "2026-03-10"],
            ),
            (
                {"policy": BillingPolicy(offset_days=3)},
                date(2026, 1, 23),
                ["2026-02-23", "2026-03-23", "2026-04-23"],
            ),
            (
                {"policy": BillingPolicy(offset_days=3)},
                date(2026, 1, 22),
                ["2026-01-23", "2026-02-23", "2026-03-23"],
            ),
            (
                {"end_on": date(2026, 2, 10), "policy": BillingPolicy(offset_days=3)},
                None,
                ["2026-01-23", "2026-02-13", "2026-02-23"],
            ),
        ],
    )
    def test_are(self, terms: dict[str, Any], after: date | None, expected: list[str]) -> None:
        dates = islice(contract_of(**terms).invoice_dates(after=after), 3)

        assert [str(day) for day in dates] == expected

    @pytest.mark.parametrize(
        ("terms", "expected"),
        [
            # A year from February starts on its last day: the months in between have their own.
            ({}, ["2026-02-10", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
            (
                {"bill_day": 30},
                ["2026-02-10", "2026-02-28", "2026-03-30", "2026-04-30", "2026-05-30"],
            ),
            # Quarters are counted from the month of the start, as the year is.
            (
                {"change_cycle_months": 3},
                ["2026-02-10", "2026-02-28", "2026-05-31", "2026-08-31", "2026-11-30"],
            ),
            (
                {"start_on": date(2026, 4, 30), "cycle_months": 6, "change_cycle_months": 2},
                ["2026-04-30", "2026-06-30", "2026-08-31", "2026-10-31", "2026-12-31"],
            ),
            # Periods that keep their distance from the month's end end with it, as the year does.
            (
                {"bill_day": 30, "month_end": MonthEnd.KEEP_DISTANCE},
                ["2026-02-10", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"],
            ),
        ],
    )
    def test_of_changes_within_a_long_cycle_are_on_the_bill_day(
        self, terms: dict[str, Any], expected: list[str]
    ) -> None:
        yearly: dict[str, Any] = {
            "start_on": date(2026, 2, 10),
            "anchor_rule": AnchorRule.BILL_DAY,
            "bill_day": 31,
            "cycle_months": 12,
        }

        dates = islice(contract_of(**(yearly | terms)).invoice_dates(after=None), 5)

        assert [str(day) for day in dates] == expected

    def test_of_changes_are_counted_from_the_calendars_own_period_of_the_whole_cycle(self) -> None:
        contract = contract_of(
            anchor_rule=AnchorRule.CALENDAR,
            start_on=date(2026, 5, 20),
            cycle_months=12,
            change_cycle_months=5,
        )

        dates = islice(contract.invoice_dates(after=None), 4)

        assert [str(day) for day in dates] == [
            "2026-05-20",
            "2026-06-01",
            "2026-11-01",
            "2027-01-01",
        ]

    @given(contracts())
    def test_on_a_bill_day_are_on_it_or_on_the_last_day_of_a_shorter_month(
        self, contract: BillingContract
    ) -> None:
        contract = replace(
            contract,
            anchor_rule=AnchorRule.BILL_DAY,
            bill_day=31,
            month_end=MonthEnd.CLAMP,
            end_on=None,
            policy=BillingPolicy(),
        )

        dates = islice(contract.invoice_dates(after=contract.start_on), 12)

        assert {(day + timedelta(days=1)).day for day in dates} == {1}

    @given(contracts())
    def test_follow_each_other_and_have_every_start_of_a_cycle(
        self, contract: BillingContract
    ) -> None:
        contract = replace(contract, month_end=MonthEnd.CLAMP)
        until = contract.start_on + timedelta(days=800)
        offset = timedelta(days=contract.policy.offset_days)

        dates = [
            day - offset
            for day in takewhile(lambda day: day < until, contract.invoice_dates(after=None))
        ]

        assert dates == sorted(set(dates))
        assert dates[0] == contract.start_on
        anchor = contract.cycle(contract.cycle_months, contract.start_on).anchor
        starts = (anchor + relativedelta(months=n * contract.cycle_months) for n in range(900))
        for start in takewhile(lambda day: day + offset < until, starts):
            assert start in dates or start < contract.start_on

    @given(contracts())
    def test_go_on_where_they_were_left(self, contract: BillingContract) -> None:
        dates = list(islice(contract.invoice_dates(after=None), 8))

        for number, day in enumerate(dates):
            later = list(islice(contract.invoice_dates(after=day), 7 - number))
            assert later == dates[number + 1 :]


class TestKnownThrough:
    @pytest.mark.parametrize(
        ("offset_days", "expected"),
        [(0, date(2026, 3, 10)), (3, date(2026, 3, 7)), (-10, date(2026, 3, 20))],
    )
    def test_is_the_last_day_whose_facts_are_on_an_invoice(
        self, offset_days: int, expected: date
    ) -> None:
        contract = contract_of(policy=BillingPolicy(offset_days=offset_days))

        assert contract.known_through(date(2026, 3, 10)) == expected


class TestSubscription:
    def test_that_ends_before_it_starts_is_refused(self) -> None:
        with pytest.raises(InvalidSubscription) as refused:
            subscription_of(start_on=START, end_on=date(2025, 12, 31))

        assert str(refused.value) == (
            "subscription SUB-1: ends on 2025-12-31, before it starts on 2026-01-20; correct one"
            " of the two days"
        )

    def test_may_end_on_the_day_it_starts(self) -> None:
        subscription = subscription_of(end_on=START)

        service = subscription.service_period(contract_of(), until=date(2026, 12, 31))

        assert service == Period(START, START)

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
        assert subscription_of(billable=False).terms == "2026-01-20 - - unbilled"

    @pytest.mark.parametrize(
        "priced",
        [
            {"price_model": PerUnit(Decimal(3))},
            {"usage_model": PerUnit(Decimal(3))},
            {"currency": "USD"},
            {"discounts": (TENTH,)},
        ],
        ids=lambda priced: next(iter(priced)),
    )
    def test_terms_tell_that_it_is_priced_specially(self, priced: dict[str, Any]) -> None:
        terms = subscription_of(**priced).terms

        assert terms.startswith("2026-01-20 - - priced-")
        assert len(terms) == len("2026-01-20 - - priced-") + 12
        assert terms == subscription_of(**priced).terms

    def test_terms_tell_an_edit_of_how_it_is_priced(self) -> None:
        three, four = (
            subscription_of(usage_model=PerUnit(Decimal(price))).terms for price in (3, 4)
        )

        assert three != four

    @pytest.mark.parametrize(
        ("priced", "text", "word"), REMEMBERED, ids=[row[1] for row in REMEMBERED]
    )
    def test_terms_of_price_are_remembered_as_since_the_first_version(
        self, priced: dict[str, Any], text: str, word: str
    ) -> None:
        *_, remembered = subscription_of(**priced).terms.split(" ")

        assert remembered == word
        assert remembered == "priced-" + sha256(f"v1 {text}".encode()).hexdigest()[:12]

    def test_the_length_of_a_term_is_a_term_of_price_with_a_discount_only(self) -> None:
        assert subscription_of(term_months=12).terms == subscription_of().terms

    def test_usage_and_a_name_are_not_terms(self) -> None:
        renamed = subscription_of(name="Other", refund_at_end=True)

        assert renamed.terms == subscription_of().terms

    def test_terms_follow_each_other_from_its_start(self) -> None:
        assert subscription_of(term_months=12).terms_cycle == Cycle(START, 12)

    def test_a_term_without_a_length_does_not_end(self) -> None:
        (term,) = subscription_of().terms_cycle.periods(Period(START, date(2999, 1, 1)))

        assert term == Period(START, date(3026, 1, 20))

    @pytest.mark.parametrize(
        ("own", "contracts", "expected"),
        [
            (date(2026, 5, 1), None, date(2026, 5, 2)),
            (None, date(2026, 6, 1), date(2026, 6, 2)),
            (date(2026, 5, 1), date(2026, 6, 1), date(2026, 5, 2)),
            (None, None, date(2026, 12, 31)),
            (date(2026, 12, 31), None, date(2026, 12, 31)),
        ],
    )
    def test_the_day_of_an_end_is_had_where_it_counts(
        self, own: date | None, contracts: date | None, expected: date
    ) -> None:
        contract = contract_of(end_on=contracts, policy=BillingPolicy(last_day_counts=True))

        period = subscription_of(end_on=own).service_period(contract, until=date(2026, 12, 31))

        assert period == Period(START, expected)


class TestTermsOfPrice:
    LOYAL = PercentageDiscount(key="loyal", percent=Decimal(10))

    def subscription(self, percent: str, term_months: int | None = None) -> Subscription:
        return Subscription(
            id=UUID(int=3),
            key="SUB-1",
            name="Basic",
            start_on=date(2026, 1, 1),
            discounts=(replace(self.LOYAL, percent=Decimal(percent)),),
            term_months=term_months,
        )

    def test_are_remembered_by_value_and_not_by_how_numbers_are_written(self) -> None:
        assert self.subscription("10").terms == self.subscription("10.00").terms
        assert self.subscription("10").terms != self.subscription("11").terms

    def test_are_others_with_another_term_where_there_are_discounts(self) -> None:
        assert self.subscription("10", 12).terms != self.subscription("10", 36).terms

        bare = [replace(self.subscription("10", months), discounts=()) for months in (12, 36)]
        assert bare[0].terms == bare[1].terms
