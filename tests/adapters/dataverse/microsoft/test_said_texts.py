from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from work365.adapters.dataverse.microsoft.said_texts import (
    details_of,
    next_term_of,
    next_term_text,
    refundable_of,
    refundable_text,
)
from work365.adapters.dataverse.row_faults import FieldWrong
from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.subscriptions import NextTerm, RefundableSeats

NEXT = NextTerm(
    part_number="CFQ7TTC0LH18:0001",
    availability="CFQ7TTC0K971",
    term=Term.YEAR,
    plan=BillingPlan.MONTHLY,
    quantity=12,
    promotion="39NFJQT1PFPB:0002",
    end_on=date(2027, 6, 30),
)
FIRST = RefundableSeats(5, datetime(2026, 1, 8, 10, 0, 0, 500_000, tzinfo=UTC))
SECOND = RefundableSeats(2, datetime(2026, 1, 9, tzinfo=UTC))


@pytest.mark.parametrize("next_term", [NEXT, NextTerm(quantity=3), NextTerm(), None])
def test_a_next_term_comes_back_as_it_was(next_term: NextTerm | None) -> None:
    assert next_term_of(next_term_text(next_term), "subscription x") == next_term


def test_only_what_is_named_is_written() -> None:
    assert next_term_text(NextTerm(quantity=3, term=Term.MONTH)) == '{"term":"P1M","quantity":3}'


def test_seats_come_back_to_the_last_microsecond_the_first_window_first() -> None:
    text = refundable_text([SECOND, FIRST])

    assert refundable_of(text, "subscription x") == (FIRST, SECOND)


def test_that_no_seat_can_be_given_back_is_told_from_nothing_said() -> None:
    assert (refundable_text(()), refundable_of("[]", "subscription x")) == ("[]", ())
    assert (refundable_text(None), refundable_of(None, "subscription x")) == (None, None)


def test_details_are_names_and_values() -> None:
    assert details_of('{"promotion": "P", "seats": 2}', "change x") == {
        "promotion": "P",
        "seats": 2,
    }
    assert details_of(None, "change x") == {}


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (next_term_of, "{", "subscription x: the next term '{' cannot be read; empty the field"),
        (next_term_of, '{"term":"P9Y"}', "cannot be read"),
        (next_term_of, '{"endOn":7}', "cannot be read"),
        (next_term_of, "[]", "cannot be read"),
        (refundable_of, '[{"quantity":1}]', "subscription x: the refundable seats"),
        (refundable_of, "7", "cannot be read"),
        (details_of, "promotion: P", "subscription x: the details are not JSON"),
        (details_of, "[1]", "are no JSON object; enter names and values"),
    ],
)
def test_what_cannot_be_read_is_named_with_a_remedy(
    read: Callable[[str, str], object], text: str, words: str
) -> None:
    with pytest.raises(FieldWrong) as refused:
        read(text, "subscription x")

    assert words in str(refused.value)
