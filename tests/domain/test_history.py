from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.domain.logs import LATER, NOON, START, entry, subscription, with_entries
from work365.domain.changes import Change, Status, UnitPrice, in_order
from work365.domain.history import (
    Had,
    RecordedTooEarly,
    had_on,
    history,
    keyed,
    lifetime,
)

CHEAP = UnitPrice(Decimal("4.10"), 1)
DEAR = UnitPrice(Decimal("5.20"), 1)
SECOND_DAY = START + timedelta(days=1)
NINTH = date(2026, 3, 9)
ACTIVE, SUSPENDED, CANCELLED = Status.ACTIVE, Status.SUSPENDED, Status.CANCELLED


def had(
    start: date,
    quantity: int,
    status: Status = ACTIVE,
    price: UnitPrice | None = None,
    refund: bool = False,
) -> Had:
    return Had(start, Decimal(quantity), status, price, refund)


class TestHistory:
    def test_an_empty_log_has_none(self) -> None:
        assert history([]) == []

    def test_units_add_up_from_day_to_day_whether_they_are_charged_or_not(self) -> None:
        log = [entry(NINTH, -2, status=SUSPENDED), entry(START, 6, price=CHEAP)]

        assert history(log) == [had(START, 6, price=CHEAP), had(NINTH, 4, SUSPENDED, CHEAP)]

    def test_a_state_and_a_price_hold_until_they_are_named_again(self) -> None:
        log = [
            entry(START, 6, price=CHEAP, status=SUSPENDED),
            entry(SECOND_DAY, 1),
            entry(NINTH, price=DEAR, status=ACTIVE),
        ]

        assert history(log) == [
            had(START, 6, SUSPENDED, CHEAP),
            had(SECOND_DAY, 7, SUSPENDED, CHEAP),
            had(NINTH, 7, ACTIVE, DEAR),
        ]

    def test_of_one_day_what_was_recorded_last_holds(self) -> None:
        last = Change("a", START, LATER, Decimal(1), DEAR, ACTIVE)
        first = Change("b", START, NOON, Decimal(2), CHEAP, SUSPENDED)

        assert history([last, first]) == [had(START, 3, ACTIVE, DEAR)]

    def test_a_credit_is_asked_for_on_its_own_day_only(self) -> None:
        log = [
            entry(START, 6),
            entry(SECOND_DAY, -1, refund=True),
            entry(SECOND_DAY, -2),
            entry(NINTH, -1),
        ]

        assert [step.refund for step in history(log)] == [False, True, False]


def test_entries_are_in_order_of_day_then_recording_then_key() -> None:
    late, early = replace(entry(START, 1), key="0", recorded_at=LATER), entry(START, 2)
    twin, next_day = replace(entry(START, 3), key="~"), entry(SECOND_DAY, 4)

    assert in_order([next_day, late, twin, early]) == [early, twin, late, next_day]


class TestHadOn:
    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (START - timedelta(days=1), had(START - timedelta(days=1), 0)),
            (START, had(START, 6)),
            (NINTH - timedelta(days=1), had(START, 6)),
            (NINTH, had(NINTH, 8)),
        ],
    )
    def test_an_entry_counts_from_its_day_on(self, day: date, expected: Had) -> None:
        assert had_on([entry(START, 6), entry(NINTH, 2)], day) == expected


class TestLifetime:
    def test_it_is_the_history_of_an_open_subscription(self) -> None:
        part = subscription("S", entry(START, 6), entry(NINTH, 2))

        assert lifetime(part) == history(part.changes)

    def test_what_was_entered_before_the_start_is_had_from_the_start(self) -> None:
        before = START - timedelta(days=5)
        part = subscription("S", entry(before, 6), entry(before + timedelta(days=1), 1))

        assert lifetime(part) == [had(START, 7)]

    def test_an_entry_of_the_first_day_counts_with_those_before_it(self) -> None:
        part = subscription("S", entry(START - timedelta(days=1), 6), entry(START, 1))

        assert lifetime(part) == [had(START, 7)]

    def test_it_is_cancelled_from_its_end_on_and_nothing_is_later(self) -> None:
        log = [entry(START, 6), entry(NINTH, 2), entry(NINTH + timedelta(days=1), 3)]
        part = subscription("S", *log, end_on=NINTH)

        assert lifetime(part) == [had(START, 6), had(NINTH, 6, CANCELLED)]

    @pytest.mark.parametrize("refund", [True, False])
    def test_its_end_is_credited_as_it_says(self, refund: bool) -> None:
        part = replace(subscription("S", entry(START, 6), end_on=NINTH), refund_at_end=refund)

        assert lifetime(part)[-1] == had(NINTH, 6, CANCELLED, refund=refund)

    def test_one_that_ends_on_its_first_day_was_never_had(self) -> None:
        part = subscription("S", entry(START - timedelta(days=1), 6), end_on=START)

        assert lifetime(part) == [had(START, 6, CANCELLED)]

    def test_one_without_entries_is_cancelled_at_its_end_all_the_same(self) -> None:
        assert lifetime(subscription("S", end_on=NINTH)) == [had(NINTH, 0, CANCELLED)]
        assert lifetime(subscription("S")) == []


class TestKeyed:
    def test_a_key_names_subscription_rule_and_day(self) -> None:
        made = keyed(entry(NINTH, 2), subscription("SUB-4"), cause="bundle")

        prefix, _, digest = made.key.rpartition("_")
        assert prefix == "SUB-4_bundle_20260309"
        assert len(digest) == 16

    def test_all_else_stays_as_it_was(self) -> None:
        change = entry(NINTH, 2, price=CHEAP, status=SUSPENDED, refund=True)

        made = keyed(change, subscription("S"), cause="bundle")

        assert replace(made, key=change.key) == change

    def test_the_same_facts_give_the_same_key_whenever_they_are_recorded(self) -> None:
        part = subscription("S", entry(START, 6))
        again = replace(entry(NINTH, 2), recorded_at=LATER, key="other")

        one, other = (keyed(c, part, cause="bundle") for c in (entry(NINTH, 2), again))

        assert one.key == other.key

    @pytest.mark.parametrize(
        "other",
        [entry(NINTH, 3), entry(NINTH, 2, price=CHEAP), entry(NINTH, 2, status=SUSPENDED)],
    )
    def test_other_facts_give_another_key(self, other: Change) -> None:
        part = subscription("S")

        made, another = (keyed(c, part, cause="x") for c in (entry(NINTH, 2), other))

        assert made.key != another.key

    def test_an_entry_of_the_same_content_can_be_made_again_on_its_day(self) -> None:
        part = subscription("S", entry(START, 6))
        first = keyed(entry(NINTH, 2), part, cause="x")
        taken_back = with_entries(part, [first, entry(NINTH, -2)])

        assert keyed(entry(NINTH, 2), taken_back, cause="x").key != first.key

    def test_entries_of_other_days_do_not_alter_the_key(self) -> None:
        more = subscription("S", entry(START, 6))

        made, another = (keyed(entry(NINTH, 2), p, cause="x") for p in (subscription("S"), more))

        assert made.key == another.key

    @pytest.mark.parametrize(
        ("made", "old"),
        [
            (entry(NINTH, price=DEAR), entry(NINTH, price=CHEAP)),
            (entry(NINTH, status=ACTIVE), entry(NINTH, status=SUSPENDED)),
        ],
    )
    def test_an_entry_that_would_not_hold_is_refused(self, made: Change, old: Change) -> None:
        part = subscription("S", replace(old, recorded_at=LATER))

        with pytest.raises(RecordedTooEarly, match=r"S: the entry 20260309\+0 of 2026-03-09"):
            keyed(made, part, cause="x")

    @pytest.mark.parametrize(
        ("made", "old"),
        [
            (entry(NINTH, price=DEAR), entry(NINTH, status=SUSPENDED)),
            (entry(NINTH, status=ACTIVE), entry(NINTH, 1, price=CHEAP)),
            (entry(NINTH, 2), entry(NINTH, 1, price=CHEAP, status=SUSPENDED)),
            (entry(NINTH, price=DEAR), entry(SECOND_DAY, price=CHEAP)),
        ],
    )
    def test_an_entry_recorded_later_about_something_else_is_no_matter(
        self, made: Change, old: Change
    ) -> None:
        part = subscription("S", replace(old, recorded_at=LATER))

        assert keyed(made, part, cause="x").content == made.content
