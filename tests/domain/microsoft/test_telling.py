from decimal import Decimal

from tests.domain.microsoft.seen import BETTER, a_seen, moment
from work365.domain.microsoft import telling
from work365.domain.microsoft.intents import SetQuantity, Upgrade
from work365.domain.money import Money


def euros(amount: str) -> Money:
    return Money("EUR", Decimal(amount))


def test_a_moment_is_told_to_the_second_in_utc() -> None:
    assert telling.clock(moment("2026-02-28 23:59:59")) == "28 February 2026, 23:59:59 UTC"


def test_a_credit_is_told_without_a_sign() -> None:
    told = list(telling.quantity(SetQuantity(12, 10), euros("-16.80"), euros("-232.80")))

    assert told == [
        "Microsoft credits 12 seats and charges 10 seats for the rest of the charge cycle: a"
        " credit of 16.80 EUR.",
        "Until the end of the term that comes to a credit of 232.80 EUR.",
    ]


def test_nothing_is_told_of_amounts_that_are_not_known() -> None:
    assert list(telling.quantity(SetQuantity(12, 10), None, None)) == []
    assert list(telling.cancellation(10, None, None)) == []


def test_a_cancellation_that_saves_nothing_later_is_one_sentence() -> None:
    one = list(telling.cancellation(1, euros("-3.00"), euros("-3.00")))
    two = list(telling.cancellation(1, euros("-3.00"), euros("-9.00")))

    assert one == [
        "Microsoft pays back what is left of the charge cycle of 1 seat: a credit of 3.00 EUR."
    ]
    assert two[1] == "With the charges that do not come any more it is a credit of 9.00 EUR."


def test_an_upgrade_names_both_lines() -> None:
    upgrade = Upgrade(part_number=BETTER, quantity=4)

    told = list(telling.upgrade(upgrade, euros("-33.60"), euros("33.60"), euros("0.00")))

    assert told == [
        f"Microsoft credits 33.60 EUR for 4 seats, and charges 33.60 EUR for {BETTER}, for the"
        " rest of the charge cycle.",
        "Until the end of the term that comes to no change.",
    ]


def test_what_is_owed_names_the_last_day() -> None:
    assert telling.owed(a_seen(quantity=1), euros("9.00")) == (
        "As it is, 1 seat costs 9.00 EUR from that day to the end of the term on 10 September 2027."
    )
