from datetime import date
from decimal import Decimal

import pytest

from tests.domain.microsoft.seen import BETTER, BOOK, a_seen, moment, price, prices
from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.intents import AutoRenew, ChangePlan, ScheduleRenewal
from work365.domain.microsoft.renewal_stakes import Told, new_plan, next_term, suspension
from work365.domain.microsoft.rules import ProductKind
from work365.domain.microsoft.stakes import KnownPrices
from work365.domain.microsoft.subscriptions import NextTerm, SeenSubscription, TermEnd
from work365.domain.money import Money

AT = moment("2026-11-20 14:30:00")
OLD = {"effective_start": date(2025, 5, 4), "commitment_last_day": date(2026, 5, 3)}
NEW = {"effective_start": date(2025, 5, 5), "commitment_last_day": date(2026, 5, 4)}
LICENCES = ProductKind.LICENCES


def euros(amount: str) -> Money:
    return Money("EUR", Decimal(amount))


def told(
    intent: AutoRenew | ScheduleRenewal,
    seen: SeenSubscription | None = None,
    known: KnownPrices | None = None,
) -> Told:
    return next_term(intent, seen or a_seen(), known or prices(), BOOK, AT)


def test_a_renewal_as_it_is_costs_the_price_of_then() -> None:
    renewed = told(AutoRenew(TermEnd.RENEW), known=prices(next_partner=price("12.60")))

    assert renewed.amount == euros("1512.00")
    assert renewed.sentences == (
        "The next term of P1Y with 10 seats, billed Monthly, costs 1512.00 EUR in all.",
    )


def test_a_price_that_is_not_listed_yet_is_not_guessed() -> None:
    renewed = told(AutoRenew(TermEnd.RENEW))

    assert renewed.amount is None
    assert "listed on the day on which the term begins" in renewed.sentences[0]


def test_what_is_scheduled_counts_for_a_renewal() -> None:
    seen = a_seen(next_term=NextTerm(quantity=8))

    renewed = told(AutoRenew(TermEnd.RENEW), seen, prices(next_partner=price("12.60")))

    assert renewed.amount == euros("1209.60")
    assert renewed.sentences[0] == "What was scheduled for the renewal counts."


@pytest.mark.parametrize(
    ("next_terms", "amount"),
    [
        (NextTerm(quantity=1), "151.20"),
        (NextTerm(term=Term.MONTH), "126.00"),
        (NextTerm(term=Term.THREE_YEARS, quantity=2), "907.20"),
        (NextTerm(part_number=BETTER, plan=BillingPlan.ANNUAL), "1512.00"),
    ],
)
def test_a_renewal_can_have_other_seats_terms_and_plans(next_terms: NextTerm, amount: str) -> None:
    renewed = told(ScheduleRenewal(next_terms), known=prices(next_partner=price("12.60")))

    assert renewed.amount == euros(amount)
    assert "A change within the term deletes what is scheduled" in renewed.sentences[-1]


def test_a_plan_that_is_not_sold_for_the_term_has_no_amount() -> None:
    intent = ScheduleRenewal(NextTerm(term=Term.MONTH, plan=BillingPlan.ANNUAL))

    renewed = told(intent, known=prices(next_partner=price("12.60")))

    assert renewed.amount is None
    assert renewed.sentences[0] == "A term of P1M is not sold with plan Annual."


def test_what_has_no_term_does_not_renew() -> None:
    renewed = told(AutoRenew(TermEnd.RENEW), a_seen(term=None, plan=None))

    assert renewed.sentences == ("It has no term, so that nothing renews.",)


def test_cancelled_it_ends_with_the_term_and_at_once() -> None:
    ended = told(AutoRenew(TermEnd.CANCEL), a_seen(**NEW))

    assert ended.sentences == (
        "Nothing is charged after 4 May 2026. The customer cannot use it from the next day on"
        " (rule since 4 May 2026, reported).",
    )


def test_before_may_2026_it_could_be_used_for_thirty_days_more() -> None:
    ended = told(AutoRenew(TermEnd.CANCEL), a_seen(**OLD))

    assert "It can be used for 30 days more without being paid" in ended.sentences[0]


def test_extended_it_costs_three_percent_more_than_a_monthly_term() -> None:
    extended = told(AutoRenew(TermEnd.EXTEND), known=prices(monthly=price("14.40")))

    assert extended.amount == euros("148.32")
    assert extended.sentences[-1] == "That would cost 148.32 EUR a month."
    assert "3 % more, or 23 % more than a month of the yearly" in extended.sentences[0]


def test_a_term_that_ended_before_may_2026_was_not_extended() -> None:
    extended = told(AutoRenew(TermEnd.EXTEND), a_seen(**OLD))

    assert extended.sentences[0].startswith("There is no extended service term then")


def test_an_extended_price_that_is_not_known_is_said() -> None:
    extended = told(AutoRenew(TermEnd.EXTEND), known=prices(partner=None))

    assert extended.sentences[-1] == "The price is not known; import the price sheet."


def test_a_suspended_software_subscription_is_not_extended() -> None:
    licences = list(suspension(a_seen(), LICENCES, BOOK, AT))
    software = list(suspension(a_seen(), ProductKind.SOFTWARE_SUBSCRIPTION, BOOK, AT))

    assert len(licences) == len(software) + 1


def test_a_billing_plan_of_three_years_changes_with_the_next_charge() -> None:
    seen = a_seen(term=Term.THREE_YEARS)

    plan = new_plan(ChangePlan(Term.THREE_YEARS, BillingPlan.ANNUAL), seen, prices(), BOOK.at(AT))

    assert plan.sentences == (
        "Nothing is charged now: the other billing plan begins with the next charge.",
    )


def test_a_longer_term_says_what_is_not_documented() -> None:
    known = prices(next_partner=price("396", 36))

    plan = new_plan(
        ChangePlan(Term.THREE_YEARS, BillingPlan.TRIENNIAL), a_seen(), known, BOOK.at(AT)
    )

    assert plan.amount == euros("3960.00")
    assert "is not documented" in plan.sentences[0]


def test_without_a_term_there_is_no_other_plan() -> None:
    seen = a_seen(term=None, plan=None)

    assert new_plan(ChangePlan(Term.YEAR, BillingPlan.ANNUAL), seen, prices(), BOOK.at(AT)) == Told(
        None, ()
    )
