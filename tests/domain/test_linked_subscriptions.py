from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.logs import CONTRACT, LATER, START, entry, subscription, with_entries
from tests.domain.strategies import STORY_DAYS, recorded_on, subscriptions
from work365.domain.changes import Change, Status
from work365.domain.contracts import Subscription
from work365.domain.findings import Finding, Severity
from work365.domain.history import had_on
from work365.domain.linked_subscriptions import (
    Mismatch,
    NotAChild,
    adopted,
    linked_changes,
    mismatches,
    provider_mismatch,
)

NINTH = date(2026, 3, 9)
TWENTIETH = date(2026, 3, 20)
AFTER_ALL = recorded_on(date(2030, 1, 1))
ROME = subscription("ROME", entry(START, 12), entry(NINTH, 5))
PISA = subscription("PISA", entry(START, 8), entry(TWENTIETH, -3))
CHILDREN = [ROME, PISA]

branches = st.lists(
    st.integers(1, 9).flatmap(lambda number: subscriptions(CONTRACT, number, 3)), max_size=3
)


def lacking(
    parent: Subscription, children: list[Subscription], **counted: frozenset[Status]
) -> list[tuple[date, int]]:
    changes = linked_changes(parent, children, recorded_at=LATER, **counted)
    return [(change.effective_on, int(change.quantity)) for change in changes]


def mismatch(start: date, end: date | None, expected: int, found: int) -> Mismatch:
    return Mismatch(start, end, Decimal(expected), Decimal(found))


class TestLinkedChanges:
    def test_a_parent_has_what_its_children_have_together(self) -> None:
        assert lacking(subscription("HQ"), CHILDREN) == [(START, 20), (NINTH, 5), (TWENTIETH, -3)]

    def test_a_branch_that_grows_raises_the_parent(self) -> None:
        parent = subscription("HQ", entry(START, 20), entry(NINTH, 5), entry(TWENTIETH, -3))
        grown = with_entries(PISA, [entry(NINTH, 4)])

        assert lacking(parent, [ROME, grown]) == [(NINTH, 4)]

    def test_a_parent_without_children_has_nothing(self) -> None:
        assert lacking(subscription("HQ", entry(START, 20)), []) == [(START, -20)]

    @pytest.mark.parametrize("status", [Status.SUSPENDED, Status.CANCELLED, Status.PAUSED])
    def test_the_units_of_a_child_that_is_not_active_are_given_back(self, status: Status) -> None:
        stopped = subscription("PISA", entry(START, 8), entry(NINTH, status=status))

        assert lacking(subscription("HQ"), [stopped]) == [(START, 8), (NINTH, -8)]

    def test_the_units_of_a_trial_are_provisioned(self) -> None:
        trial = subscription("PISA", entry(START, 8, status=Status.TRIAL))

        assert lacking(subscription("HQ"), [trial]) == [(START, 8)]

    def test_other_states_can_count(self) -> None:
        stopped = subscription("PISA", entry(START, 8), entry(NINTH, status=Status.SUSPENDED))
        counted = frozenset({Status.ACTIVE, Status.SUSPENDED})

        assert lacking(subscription("HQ"), [stopped], counted=counted) == [(START, 8)]

    def test_a_child_counts_on_its_own_days(self) -> None:
        child = subscription("PISA", entry(START, 8), start_on=NINTH, end_on=TWENTIETH)

        assert lacking(subscription("HQ"), [child]) == [(NINTH, 8), (TWENTIETH, -8)]

    def test_the_parents_state_is_its_own(self) -> None:
        parent = subscription("HQ", entry(START, 20, status=Status.SUSPENDED))

        changes = linked_changes(parent, CHILDREN, recorded_at=LATER)

        assert {change.status for change in changes} == {None}

    def test_the_key_names_the_parent_and_the_rule(self) -> None:
        (change,) = linked_changes(
            subscription("HQ"), [subscription("PISA", entry(START, 8))], recorded_at=LATER
        )

        assert change.key.startswith("HQ_linked_20260301_")

    @given(branches, st.integers(0, STORY_DAYS))
    def test_a_parent_that_follows_is_in_step_on_every_day(
        self, children: list[Subscription], days: int
    ) -> None:
        start_on = min((child.start_on for child in children), default=START)
        empty = subscription("HQ", start_on=start_on)
        day = start_on + timedelta(days=days)
        active = [
            had_on(child.changes, day)
            for child in children
            if child.end_on is None or day < child.end_on
        ]

        parent = with_entries(empty, linked_changes(empty, children, recorded_at=AFTER_ALL))

        assert had_on(parent.changes, day).quantity == sum(
            had.quantity for had in active if had.status in {Status.ACTIVE, Status.TRIAL}
        )
        assert mismatches(parent, children) == []
        assert linked_changes(parent, children, recorded_at=AFTER_ALL) == []


class TestMismatches:
    IN_STEP = (entry(START, 20), entry(NINTH, 5), entry(TWENTIETH, -3))

    def test_a_family_in_step_has_none(self) -> None:
        assert mismatches(subscription("HQ", *self.IN_STEP), CHILDREN) == []

    def test_a_direct_edit_is_out_of_step_from_its_day_on(self) -> None:
        edited = subscription("HQ", *self.IN_STEP, entry(date(2026, 3, 12), 2))

        assert mismatches(edited, CHILDREN) == [
            mismatch(date(2026, 3, 12), TWENTIETH, 25, 27),
            mismatch(TWENTIETH, None, 22, 24),
        ]

    def test_days_of_the_same_difference_are_one_mismatch(self) -> None:
        parent = subscription("HQ", entry(START, 20), entry(date(2026, 3, 5)), entry(NINTH, 5))
        children = [ROME, subscription("PISA", entry(START, 7), entry(date(2026, 3, 5)))]

        assert mismatches(parent, children) == [
            mismatch(START, NINTH, 19, 20),
            mismatch(NINTH, None, 24, 25),
        ]

    def test_a_difference_that_is_over_ends(self) -> None:
        late = subscription("HQ", entry(NINTH, 25), entry(TWENTIETH, -3))

        assert mismatches(late, CHILDREN) == [mismatch(START, NINTH, 20, 0)]

    def test_a_parent_that_is_cancelled_has_nothing(self) -> None:
        gone = subscription("HQ", *self.IN_STEP, entry(NINTH, status=Status.CANCELLED))

        assert mismatches(gone, CHILDREN) == [
            mismatch(NINTH, TWENTIETH, 25, 0),
            mismatch(TWENTIETH, None, 22, 0),
        ]

    def test_other_states_can_count(self) -> None:
        parent = subscription("HQ", entry(START, 8, status=Status.PAUSED))
        children = [subscription("PISA", entry(START, 8, status=Status.PAUSED))]

        assert mismatches(parent, children) == []
        assert mismatches(
            subscription("HQ", entry(START, 8)), children, counted=frozenset({Status.PAUSED})
        ) == [mismatch(START, None, 8, 0)]

    def test_it_is_told_with_both_ways_out(self) -> None:
        found = mismatch(NINTH, TWENTIETH, 25, 27).finding(subscription("HQ"))

        assert found == Finding(
            Severity.WARNING,
            "linked_subscription_out_of_step",
            "From 2026-03-09 until 2026-03-20 the linked subscriptions have 25 units together"
            " and the parent has 27: set the parent to 25, or add 2 to one of the linked"
            " subscriptions.",
            "subscription HQ",
        )

    def test_one_that_goes_on_is_told_without_an_end(self) -> None:
        found = mismatch(NINTH, None, 25, 27).finding(subscription("HQ"))

        assert found.message.startswith("From 2026-03-09 the linked subscriptions")


class TestProviderMismatch:
    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (START - timedelta(days=1), 0),
            (START, 20),
            (NINTH - timedelta(days=1), 20),
            (NINTH, 25),
            (TWENTIETH, 22),
        ],
    )
    def test_the_provider_should_have_what_the_children_have_that_day(
        self, day: date, expected: int
    ) -> None:
        assert provider_mismatch(CHILDREN, day=day, found=Decimal(expected)) is None
        assert provider_mismatch(CHILDREN, day=day, found=Decimal(99)) == mismatch(
            day, None, expected, 99
        )

    def test_other_states_can_count(self) -> None:
        paused = [subscription("PISA", entry(START, 8, status=Status.PAUSED))]
        counted = frozenset({Status.PAUSED})

        assert provider_mismatch(paused, day=START, found=Decimal(0)) is None
        assert provider_mismatch(paused, day=START, found=Decimal(8), counted=counted) is None


class TestAdopted:
    def test_a_difference_that_goes_on_is_booked_once(self) -> None:
        (made,) = adopted(mismatch(NINTH, None, 25, 27), PISA, recorded_at=LATER)

        assert made == Change(made.key, NINTH, LATER, Decimal(2))
        assert made.key.startswith("PISA_adopted_20260309_")

    def test_a_difference_that_is_over_is_booked_and_taken_back(self) -> None:
        made = adopted(mismatch(NINTH, TWENTIETH, 25, 21), PISA, recorded_at=LATER, refund=True)

        assert [(c.effective_on, int(c.quantity), c.refund) for c in made] == [
            (NINTH, -4, True),
            (TWENTIETH, 4, True),
        ]

    def test_what_was_adopted_puts_the_family_in_step(self) -> None:
        edited = subscription("HQ", *TestMismatches.IN_STEP, entry(NINTH, 2))
        children = list(CHILDREN)

        for found in mismatches(edited, children):
            children[1] = with_entries(children[1], adopted(found, children[1], recorded_at=LATER))

        assert mismatches(edited, children) == []

    @pytest.mark.parametrize(
        ("start_on", "end_on", "is_had"),
        [
            (NINTH, None, True),
            (NINTH + timedelta(days=1), None, False),
            (START, NINTH, False),
            (START, NINTH + timedelta(days=1), True),
        ],
    )
    def test_it_is_booked_on_a_child_that_is_had_then(
        self, start_on: date, end_on: date | None, is_had: bool
    ) -> None:
        child = replace(PISA, start_on=start_on, end_on=end_on)
        found = mismatch(NINTH, None, 25, 27)

        if is_had:
            assert len(adopted(found, child, recorded_at=LATER)) == 1
        else:
            with pytest.raises(NotAChild, match="PISA: it is not had on 2026-03-09"):
                adopted(found, child, recorded_at=LATER)
