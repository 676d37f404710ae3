from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.domain.microsoft.seen import BOOK, moment, price, prices
from work365.domain.catalog import SubscriptionStatus, Term
from work365.domain.microsoft.extended_service import (
    Course,
    Heading,
    TermEnding,
    extended_price,
    headings,
)
from work365.domain.microsoft.rules import ProductKind
from work365.domain.microsoft.subscriptions import TermEnd
from work365.domain.money import Money

AT = moment("2026-11-20 14:30:00")
RULE = BOOK.at(AT).after_term
ENDING = TermEnding(
    key="SUB-1",
    name="Business Basic",
    quantity=10,
    status=SubscriptionStatus.ACTIVE,
    term=Term.YEAR,
    renews_on=date(2026, 12, 1),
    bought_on=date(2025, 12, 1),
    term_end=None,
    prices=prices(monthly=price("14.40")),
)


def euros(amount: str) -> Money:
    return Money("EUR", Decimal(amount))


def found(*endings: TermEnding, through: date = date(2026, 12, 31)) -> list[Heading]:
    return headings(endings, book=BOOK, at=AT, through=through)


def test_what_neither_renews_nor_is_cancelled_goes_on_at_a_higher_price() -> None:
    [heading] = found(ENDING)

    assert (heading.course, heading.on) == (Course.WILL_EXTEND, date(2026, 12, 1))
    # 10 seats at 14.40 and three per cent, and 12.00 now.
    assert (heading.per_month, heading.more_per_month) == (euros("148.32"), euros("28.32"))
    assert heading.explanation == (
        "On 1 December 2026 Business Basic goes into its extended service term, with 10 seats,"
        " because it neither renews nor is cancelled.",
        "No decision of the customer is recorded; ask for one, and enter it.",
        "It would cost 148.32 EUR a month, 28.32 EUR more than now.",
    )
    assert heading.finding is not None
    assert heading.finding.code == "will_extend"


@pytest.mark.parametrize(
    "given",
    [
        {"term_end": TermEnd.RENEW},
        {"term_end": TermEnd.TRANSITION},
        {"term_end": TermEnd.CANCEL},
        {"bought_on": date(2025, 3, 31)},
        {"status": SubscriptionStatus.SUSPENDED},
        {"status": SubscriptionStatus.EXPIRED},
        {"is_trial": True},
        {"product": ProductKind.SOFTWARE_SUBSCRIPTION},
        {"renews_on": None},
        {"renews_on": date(2026, 11, 19)},
        {"renews_on": date(2027, 1, 1)},
    ],
)
def test_what_renews_ends_or_is_no_matter_of_it_is_not_told(given: dict[str, object]) -> None:
    assert found(replace(ENDING, **given)) == []  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("renews_on", "extends"), [(date(2026, 5, 4), False), (date(2026, 5, 5), True)]
)
def test_a_term_that_ends_on_4_may_2026_is_the_first_to_go_on(
    renews_on: date, extends: bool
) -> None:
    at = moment("2026-04-20 00:00:00")
    ending = replace(ENDING, renews_on=renews_on, bought_on=date(2025, 5, 4))

    told = headings([ending], book=BOOK, at=at, through=date(2026, 5, 31))

    assert [heading.course for heading in told] == ([Course.WILL_EXTEND] if extends else [])


def test_bought_on_1_april_2025_it_goes_on() -> None:
    [heading] = found(replace(ENDING, bought_on=date(2025, 4, 1)))

    assert heading.course is Course.WILL_EXTEND


def test_when_the_purchase_is_not_known_that_is_said() -> None:
    [heading] = found(replace(ENDING, bought_on=None))

    assert heading.explanation[1] == (
        "When it was bought is not known; bought before 1 April 2025, it would end."
    )


def test_what_the_customer_decided_is_no_finding() -> None:
    decided = replace(
        ENDING,
        term_end=TermEnd.EXTEND,
        decision=TermEnd.EXTEND,
        decided_on=date(2026, 11, 2),
    )

    [heading] = found(decided)

    assert heading.is_decided
    assert heading.finding is None
    assert heading.explanation[1] == "The customer decided on 2 November 2026: extend."


def test_extended_though_the_customer_decided_to_cancel_is_a_finding() -> None:
    [heading] = found(replace(ENDING, term_end=TermEnd.EXTEND, decision=TermEnd.CANCEL))

    assert heading.finding is not None
    assert "The customer decided: cancel; set that at Microsoft." in heading.explanation


def test_a_renewal_against_the_decision_is_told() -> None:
    [heading] = found(replace(ENDING, term_end=TermEnd.RENEW, decision=TermEnd.CANCEL))

    assert heading.course is Course.RENEWS_AGAINST_DECISION
    assert heading.explanation == (
        "On 1 December 2026 Business Basic renews at Microsoft.",
        "The customer decided: cancel; set that at Microsoft.",
    )
    assert heading.per_month is None


@pytest.mark.parametrize("decision", [TermEnd.RENEW, TermEnd.EXTEND])
def test_an_end_against_the_decision_is_told(decision: TermEnd) -> None:
    [heading] = found(replace(ENDING, term_end=TermEnd.CANCEL, decision=decision))

    assert heading.course is Course.ENDS_AGAINST_DECISION


def test_an_end_that_was_decided_is_not_told() -> None:
    assert found(replace(ENDING, term_end=TermEnd.CANCEL, decision=TermEnd.CANCEL)) == []


def test_what_is_in_it_now_is_told_whatever_its_day() -> None:
    ending = replace(ENDING, in_extended_term=True, renews_on=date(2027, 3, 1), prices=prices())

    [heading] = found(ending)

    assert heading.course is Course.IN_EXTENDED_TERM
    assert (heading.per_month, heading.more_per_month) == (euros("120.00"), None)
    assert heading.explanation[-1] == "It costs 120.00 EUR a month."


def test_without_prices_it_is_told_without_amounts() -> None:
    [heading] = found(replace(ENDING, prices=None))

    assert (heading.per_month, heading.more_per_month) == (None, None)


def test_the_first_to_come_is_at_the_front() -> None:
    later = replace(ENDING, key="SUB-0", renews_on=date(2026, 12, 24))
    same_day = replace(ENDING, key="SUB-2")

    assert [heading.key for heading in found(later, same_day, ENDING)] == [
        "SUB-1",
        "SUB-2",
        "SUB-0",
    ]


@pytest.mark.parametrize(
    ("term", "monthly", "partner", "expected"),
    [
        (Term.YEAR, price("14.40"), price("12"), Fraction("14.832")),
        # Of a monthly term the price that runs is the monthly one.
        (Term.MONTH, None, price("14.40"), Fraction("14.832")),
        # No monthly term is sold: 23 % on a month of the yearly price.
        (Term.YEAR, None, price("144", 12), Fraction("14.76")),
        (Term.YEAR, None, None, None),
    ],
)
def test_the_price_goes_by_what_is_sold(
    term: Term, monthly: object, partner: object, expected: Fraction | None
) -> None:
    known = prices(monthly=monthly, partner=partner)

    assert extended_price(RULE, known, term) == expected


def test_a_price_that_rises_before_the_end_of_the_term_is_the_new_one() -> None:
    yearly = prices(partner=price("144", 12), next_partner=price("156", 12))
    monthly = prices(partner=price("14.40"), monthly=price("15.00"))

    assert extended_price(RULE, yearly, Term.YEAR) == Fraction("15.99")
    assert extended_price(RULE, monthly, Term.MONTH) == Fraction("15.45")
