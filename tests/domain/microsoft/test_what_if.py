from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.microsoft.seen import BETTER, BOOK, BOUGHT, a_seen, moment, price, prices, seats
from work365.domain.catalog import BillingPlan, SubscriptionStatus, Term
from work365.domain.microsoft.intents import (
    AutoRenew,
    Cancel,
    ChangePlan,
    Reactivate,
    ScheduleRenewal,
    SetQuantity,
    SubscriptionIntent,
    Suspend,
    Upgrade,
)
from work365.domain.microsoft.rules import ProductKind
from work365.domain.microsoft.subscriptions import NextTerm, TermEnd
from work365.domain.microsoft.what_if import AtStake, Situation, what_if
from work365.domain.microsoft.windows import SeatMove, SeatMoveCause
from work365.domain.money import Money

AT = moment("2026-11-20 14:30:00")


def euros(amount: str) -> Money:
    return Money("EUR", Decimal(amount))


def asked(
    intent: SubscriptionIntent | Upgrade,
    situation: Situation | None = None,
    at: datetime = AT,
) -> AtStake:
    known = situation or Situation(seen=a_seen(), prices=prices())
    return what_if(intent, known, at=at, book=BOOK)


def codes(stake: AtStake) -> list[str]:
    return [finding.code for finding in stake.findings]


def test_two_more_seats_cost_the_rest_of_the_cycle_and_of_the_term() -> None:
    stake = asked(SetQuantity(10, 12))

    # 21 of the 30 days of November are left: 10 seats credited at 8.40, 12 charged.
    assert stake.microsoft == euros("16.80")
    # Nine whole months of two seats follow.
    assert stake.microsoft_to_term_end == euros("232.80")
    assert stake.customer == euros("21.00")
    assert stake.is_possible


def test_more_seats_are_free_for_a_day_and_can_be_given_back_for_seven() -> None:
    stake = asked(SetQuantity(10, 12))

    assert stake.free_until == moment("2026-11-21 14:30:00")
    assert stake.reversible_until == moment("2026-11-27 14:30:00")


def test_it_is_explained_in_sentences() -> None:
    stake = asked(SetQuantity(10, 12))

    assert stake.change == "12 seats instead of 10"
    assert stake.explanation == (
        "Microsoft credits 10 seats and charges 12 seats for the rest of the charge cycle: a"
        " charge of 16.80 EUR.",
        "Until the end of the term that comes to a charge of 232.80 EUR.",
        "The customer's next invoice has a charge of 21.00 EUR, without tax, by the days of"
        " Microsoft's cycle; the preview of the contract has the exact amount.",
        "The seats can be given back until 27 November 2026, 14:30:00 UTC, and cost nothing if"
        " that is before 21 November 2026, 14:30:00 UTC.",
        "As it is, 10 seats cost 1164.00 EUR from that day to the end of the term on"
        " 10 September 2027.",
    )


def test_seats_that_are_locked_cannot_go_and_what_they_cost_is_told() -> None:
    stake = asked(SetQuantity(10, 6))

    assert codes(stake) == ["seats_locked"]
    assert not stake.is_possible
    assert stake.microsoft is None
    assert stake.owed == euros("1164.00")
    assert "4 seats are to go, and 0 can be given back now" in stake.findings[0].message


def test_seats_of_our_own_record_are_an_estimate_and_that_is_said() -> None:
    situation = Situation(
        seen=a_seen(cancel_until=None),
        prices=prices(),
        moves=(SeatMove(at=AT, quantity=2, cause=SeatMoveCause.ADDITION),),
    )

    stake = asked(SetQuantity(10, 6), situation)

    assert "2 can be given back now, as far as our own record tells" in stake.findings[0].message


def test_fewer_seats_after_a_day_are_credited_from_that_day_on() -> None:
    seen = a_seen(quantity=12, refundable=(seats(2, "2026-11-25 09:00:00"),))
    situation = Situation(seen=seen, prices=prices(), customer_is_credited=True)

    stake = asked(SetQuantity(12, 10), situation)

    assert stake.microsoft == euros("-16.80")
    assert stake.microsoft_to_term_end == euros("-232.80")
    assert stake.customer == euros("-21.00")
    assert stake.reversible_until == moment("2026-11-25 09:00:00")


def test_fewer_seats_within_a_day_are_credited_from_their_first_day_on() -> None:
    # Added on the 19th at 20:00, given back on the 20th at 14:30.
    seen = a_seen(quantity=12, refundable=(seats(2, "2026-11-26 20:00:00"),))

    stake = asked(SetQuantity(12, 10), Situation(seen=seen, prices=prices()))

    # The 19th, 0.40 for a seat, is paid back too.
    assert stake.microsoft == euros("-17.60")


def test_where_the_contract_is_not_looked_at_the_customers_credit_is_not_told() -> None:
    seen = a_seen(quantity=12, refundable=(seats(2, "2026-11-25 09:00:00"),))
    situation = Situation(seen=seen, prices=prices(), customer_is_credited=None)

    fewer, more = asked(SetQuantity(12, 10), situation), asked(SetQuantity(12, 13), situation)

    assert fewer.customer is None
    assert any("if the contract processes refunds" in each for each in fewer.explanation)
    assert more.customer is not None


def test_a_contract_without_credits_credits_the_customer_nothing() -> None:
    seen = a_seen(quantity=12, refundable=(seats(2, "2026-11-25 09:00:00"),))
    situation = Situation(seen=seen, prices=prices(), customer_is_credited=False)

    stake = asked(SetQuantity(12, 10), situation)

    assert stake.customer == euros("0.00")
    assert (
        "The customer's contract credits nothing for seats that are taken away."
        in stake.explanation
    )


def test_prices_that_are_not_known_are_said_and_not_guessed() -> None:
    situation = Situation(seen=a_seen(), prices=prices(partner=None, customer=None))

    stake = asked(SetQuantity(10, 12), situation)

    assert (stake.microsoft, stake.customer, stake.owed) == (None, None, None)
    assert stake.is_possible
    text = " ".join(stake.explanation)
    assert "The partner's price is not known" in text
    assert "The customer's price is not known" in text


def test_a_cancellation_on_the_first_day_pays_everything_back() -> None:
    situation = Situation(seen=a_seen(), prices=prices(), customer_is_credited=True)

    stake = asked(Cancel(), situation, BOUGHT + timedelta(hours=23, minutes=59, seconds=59))

    # On the 12th 29 of 30 days are left, and the 11th is paid back as well.
    assert stake.microsoft == euros("-120.00")
    assert stake.free_until == moment("2026-09-12 10:00:00")
    assert stake.microsoft_to_term_end == euros("-1440.00")


def test_a_cancellation_after_a_day_pays_the_days_that_are_left() -> None:
    stake = asked(Cancel(), at=BOUGHT + timedelta(hours=24))

    assert stake.microsoft == euros("-116.00")
    assert stake.free_until is None
    assert stake.reversible_until == moment("2026-09-18 10:00:00")
    assert "It can be cancelled until 18 September 2026, 10:00:00 UTC" in stake.explanation[-2]


def test_microsofts_word_on_a_full_refund_counts_more_than_the_rule() -> None:
    seen = a_seen(full_refund_until=moment("2026-09-14 00:00:00"))
    situation = Situation(seen=seen, prices=prices())

    free = asked(Cancel(), situation, moment("2026-09-13 23:59:59"))
    over = asked(Cancel(), situation, moment("2026-09-14 00:00:00"))

    assert (free.free_until, free.microsoft) == (moment("2026-09-14 00:00:00"), euros("-120.00"))
    assert over.free_until is None


@pytest.mark.parametrize(("seconds", "is_possible"), [(-1, True), (0, False)])
def test_a_cancellation_ends_to_the_second(seconds: int, is_possible: bool) -> None:
    at = moment("2026-09-18 10:00:00") + timedelta(seconds=seconds)

    stake = asked(Cancel(), at=at)

    assert stake.is_possible is is_possible
    assert codes(stake) == ([] if is_possible else ["window_closed"])


def test_without_any_known_window_a_cancellation_is_not_promised() -> None:
    stake = asked(Cancel(), Situation(seen=a_seen(cancel_until=None), prices=prices()))

    assert codes(stake) == ["window_closed"]


def test_in_the_extended_term_a_cancellation_is_always_possible() -> None:
    seen = a_seen(
        term=Term.MONTH,
        effective_start=date(2026, 11, 11),
        commitment_last_day=date(2026, 12, 10),
        in_extended_term=True,
    )

    stake = asked(Cancel(), Situation(seen=seen, prices=prices()))

    assert stake.is_possible
    assert stake.microsoft == euros("-84.00")


def test_a_software_subscription_does_not_lose_single_licences() -> None:
    seen = a_seen(refundable=(seats(4, "2026-11-25 09:00:00"),))
    situation = Situation(seen=seen, prices=prices(), product=ProductKind.SOFTWARE_SUBSCRIPTION)

    stake = asked(SetQuantity(10, 8), situation)

    assert codes(stake) == ["seats_locked"]
    assert "some of such a product never can" in stake.findings[0].message


def test_a_suspension_is_charged_on_and_loses_its_renewal() -> None:
    stake = asked(Suspend())

    text = " ".join(stake.explanation)
    assert "Microsoft goes on charging for a suspended subscription" in text
    assert "turns automatic renewal off" in text
    assert "it would go into the paid extended service term" in text


def test_a_reactivation_costs_nothing() -> None:
    seen = a_seen(status=SubscriptionStatus.SUSPENDED)

    stake = asked(Reactivate(), Situation(seen=seen, prices=prices()))

    assert stake.explanation[0] == "Microsoft charges nothing for it: it was paid all along."


def test_what_is_so_already_changes_nothing() -> None:
    stake = asked(SetQuantity(8, 10))

    assert codes(stake) == ["changes_nothing"]
    assert stake.is_possible
    assert stake.microsoft is None


def test_while_the_renewal_may_be_under_way_nothing_can_be_done() -> None:
    stake = asked(SetQuantity(10, 12), at=moment("2027-09-11 05:00:00"))

    assert codes(stake) == ["not_now"]
    assert "Try again after 11 September 2027, 05:02:00 UTC." in stake.findings[0].message
    assert stake.owed is None


def test_without_a_term_no_amount_is_told() -> None:
    seen = a_seen(term=None, plan=None, commitment_last_day=None)

    stake = asked(SetQuantity(10, 12), Situation(seen=seen, prices=prices()))

    assert stake.microsoft is None
    assert "It has no term on that day, so that no amount can be told." in stake.explanation


def test_an_upgrade_is_a_credit_and_a_charge_and_opens_no_window() -> None:
    situation = Situation(seen=a_seen(), prices=prices(next_partner=price("20.00")))

    stake = asked(Upgrade(part_number=BETTER, quantity=4), situation)

    # 21 of 30 days: 4 seats credited at 8.40 and charged at 14.00.
    assert stake.microsoft == euros("22.40")
    assert stake.microsoft_to_term_end == euros("310.40")
    assert "An upgrade opens no window of its own" in " ".join(stake.explanation)


def test_an_upgrade_without_a_price_says_so() -> None:
    stake = asked(Upgrade(part_number=BETTER, quantity=4))

    assert stake.microsoft is None
    assert f"The price of {BETTER} is not known" in stake.explanation[0]


def test_more_seats_than_there_are_are_not_upgraded() -> None:
    stake = asked(Upgrade(part_number=BETTER, quantity=11))

    assert codes(stake) == ["too_many_seats"]


def test_the_end_of_the_term_is_told_without_what_is_owed_until_then() -> None:
    stake = asked(AutoRenew(TermEnd.EXTEND))

    assert stake.next_term == euros("147.60")
    assert not any(sentence.startswith("As it is") for sentence in stake.explanation)


def test_a_renewal_with_fewer_seats_costs_less() -> None:
    situation = Situation(seen=a_seen(), prices=prices(next_partner=price("12.60")))

    stake = asked(ScheduleRenewal(NextTerm(quantity=8)), situation)

    assert stake.next_term == euros("1209.60")


def test_another_plan_within_the_term_tells_what_it_costs() -> None:
    situation = Situation(seen=a_seen(), prices=prices(next_partner=price("396", 36)))

    stake = asked(ChangePlan(Term.THREE_YEARS, BillingPlan.TRIENNIAL), situation)

    assert stake.next_term == euros("3960.00")


@given(
    st.integers(1, 200),
    st.integers(1, 200),
    st.integers(0, 60 * 24 * 365 - 1),
)
def test_seats_that_are_added_cost_and_seats_that_go_are_credited(
    before: int, after: int, minutes: int
) -> None:
    at = moment("2026-09-11 00:00:00") + timedelta(minutes=minutes)
    until = at + timedelta(days=2)
    seen = a_seen(quantity=before, refundable=(seats(before, until.strftime("%Y-%m-%d %H:%M:%S")),))

    stake = asked(SetQuantity(before, after), Situation(seen=seen, prices=prices()), at)

    if before == after:
        assert codes(stake) == ["changes_nothing"]
        return
    assert stake.microsoft is not None
    assert stake.microsoft_to_term_end is not None
    nothing = euros("0.00")
    assert (stake.microsoft > nothing) == (after > before)
    assert abs(stake.microsoft.amount) <= abs(stake.microsoft_to_term_end.amount)
