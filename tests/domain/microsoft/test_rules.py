from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.microsoft.seen import BOOK
from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.rules import (
    Certainty,
    Milestone,
    PlanChange,
    ProductKind,
    RuleUnknown,
    Timing,
)
from work365.domain.reductions import (
    MICROSOFT_LICENSES,
    MICROSOFT_SOFTWARE,
    Behavior,
    rule_on,
)

DAYS = st.dates(date(2022, 1, 1), date(2040, 12, 31))
LICENCES, MONTHLY = ProductKind.LICENCES, BillingPlan.MONTHLY


@pytest.mark.parametrize(
    ("day", "percent"), [(date(2025, 3, 31), Decimal(0)), (date(2025, 4, 1), Decimal(5))]
)
def test_a_year_billed_monthly_costs_more_from_a_day_on(day: date, percent: Decimal) -> None:
    rules = BOOK.on(day)

    assert rules.uplifts[Term.YEAR, MONTHLY].percent == percent
    assert rules.uplifts[Term.MONTH, MONTHLY].percent == Decimal(20)


def test_a_subscription_goes_on_from_4_may_2026_and_not_the_day_before() -> None:
    before, since = BOOK.on(date(2026, 5, 3)).after_term, BOOK.on(date(2026, 5, 4)).after_term

    assert (before.extends, before.free_days) == (False, 30)
    assert (since.extends, since.free_days) == (True, 0)
    assert (since.percent, since.percent_without_monthly_term) == (Decimal(3), Decimal(23))
    assert since.certainty is Certainty.REPORTED


def test_the_windows_are_seven_days_thirty_days_and_72_hours() -> None:
    rules = BOOK.on(date(2026, 11, 1))

    windows = {kind: rules.cancellation(kind).window for kind in ProductKind}

    assert windows == {
        ProductKind.LICENCES: timedelta(days=7),
        ProductKind.SOFTWARE_SUBSCRIPTION: timedelta(days=7),
        ProductKind.PERPETUAL_SOFTWARE: timedelta(days=30),
        ProductKind.MARKETPLACE: timedelta(hours=72),
    }
    assert rules.cancellation(LICENCES).full_refund == timedelta(hours=24)


def test_a_rule_is_asked_for_by_the_day_in_utc() -> None:
    in_berlin = datetime(2026, 5, 4, 1, tzinfo=timezone(timedelta(hours=2)))

    assert not BOOK.at(in_berlin).after_term.extends
    assert BOOK.at(datetime(2026, 5, 4, tzinfo=UTC)).after_term.extends


@given(DAYS)
def test_windows_of_whole_days_end_no_later_than_those_to_the_second(day: date) -> None:
    licences = rule_on(MICROSOFT_LICENSES, day)
    software = rule_on(MICROSOFT_SOFTWARE, day)
    rules = BOOK.on(day)

    assert rules.cancellation(LICENCES).window == timedelta(days=licences.window_days)
    assert software.behavior is Behavior.DISALLOWED
    assert not rules.cancellation(ProductKind.SOFTWARE_SUBSCRIPTION).seats_reducible


@pytest.mark.parametrize(
    ("milestone", "day"),
    [
        (Milestone.BILLED_LINE_ITEMS_V1_FROZEN, date(2025, 4, 21)),
        (Milestone.UNBILLED_LINE_ITEMS_V1_RETIRED, date(2026, 3, 15)),
        (Milestone.MFA_ENFORCED, date(2026, 6, 8)),
        (Milestone.REFERENCE_ID_IS_JSON, date(2026, 6, 15)),
        (Milestone.LIST_PRICES_RISE, date(2026, 7, 1)),
    ],
)
def test_a_milestone_comes_on_its_day(milestone: Milestone, day: date) -> None:
    assert BOOK.day_of(milestone) == day
    assert BOOK.on(day).has(milestone)
    assert not BOOK.on(day - timedelta(days=1)).has(milestone)


def test_every_milestone_has_a_day() -> None:
    assert [BOOK.day_of(milestone) for milestone in Milestone]


def test_terms_become_longer_and_never_shorter() -> None:
    rules = BOOK.on(date(2026, 11, 1))

    longer = rules.change_allowed(
        term=Term.MONTH, plan=MONTHLY, to_term=Term.YEAR, to_plan=BillingPlan.ANNUAL
    )
    shorter = rules.change_allowed(
        term=Term.YEAR, plan=MONTHLY, to_term=Term.MONTH, to_plan=MONTHLY
    )
    within = rules.change_allowed(
        term=Term.THREE_YEARS,
        plan=MONTHLY,
        to_term=Term.THREE_YEARS,
        to_plan=BillingPlan.ANNUAL,
    )

    assert longer is not None
    assert longer.timing is Timing.NOW
    assert shorter is None
    assert within is not None
    assert within.timing is Timing.NEXT_CHARGE


def test_a_later_rule_without_plans_takes_one_back() -> None:
    [old, *_] = BOOK.plan_changes
    withdrawn = replace(old, effective_from=date(2027, 1, 1), to_plans=())
    book = replace(BOOK, plan_changes=(withdrawn, *BOOK.plan_changes))

    def is_allowed(change: PlanChange, day: date) -> bool:
        found = book.on(day).change_allowed(
            term=change.from_term,
            plan=change.from_plans[0],
            to_term=change.to_term,
            to_plan=old.to_plans[0],
        )
        return found is not None

    assert is_allowed(old, date(2026, 12, 31))
    assert not is_allowed(old, date(2027, 1, 1))


def test_before_the_first_rule_nothing_is_known_and_that_is_said() -> None:
    with pytest.raises(RuleUnknown, match="they are known from 2021-01-01 on"):
        BOOK.on(date(2020, 12, 31))


def test_a_product_without_a_rule_is_refused_with_the_remedy() -> None:
    none = replace(BOOK.on(date(2026, 11, 1)), cancellations={})

    with pytest.raises(RuleUnknown, match="no cancellation rule is known for licences; add one"):
        none.cancellation(LICENCES)


def test_a_milestone_without_a_day_is_refused() -> None:
    with pytest.raises(RuleUnknown, match="No day is known for mfa enforced"):
        replace(BOOK, happenings=()).day_of(Milestone.MFA_ENFORCED)


def test_a_rule_tells_since_when_and_how_certainly() -> None:
    assert BOOK.on(date(2026, 6, 1)).after_term.told == "rule since 4 May 2026, reported"


@given(DAYS)
def test_no_rule_is_from_a_later_day(day: date) -> None:
    rules = BOOK.on(day)

    told = [*rules.cancellations.values(), *rules.uplifts.values(), *rules.plan_changes]
    told += [rules.after_term, rules.renewal, rules.custom_term_ends, rules.arithmetic]

    assert all(rule.effective_from <= day for rule in told)


@given(DAYS, DAYS)
def test_what_has_happened_stays_so(one: date, other: date) -> None:
    earlier, later = sorted((one, other))

    assert BOOK.on(earlier).happened <= BOOK.on(later).happened
