from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.logs import CONTRACT, LATER, START, entry, subscription, with_entries
from tests.domain.strategies import STORY_DAYS, recorded_on, subscriptions
from work365.domain.bundles import (
    Bundle,
    InvalidBundle,
    Part,
    bundle_changes,
    changes_of_bundle,
)
from work365.domain.changes import Status
from work365.domain.contracts import Subscription
from work365.domain.history import had_on

NINTH = date(2026, 3, 9)
TWENTIETH = date(2026, 3, 20)
TWO = Decimal(2)
AFTER_ALL = recorded_on(date(2030, 1, 1))

families = st.tuples(subscriptions(CONTRACT, 1, 3), subscriptions(CONTRACT, 2, 3))


def lacking(
    parent: Subscription, child: Subscription, ratio: Decimal = TWO
) -> list[tuple[date, Decimal | int, Status | None]]:
    changes = bundle_changes(parent, child, ratio=ratio, recorded_at=LATER)
    return [(change.effective_on, change.quantity, change.status) for change in changes]


class TestBundleChanges:
    def test_two_mailboxes_a_bundle_are_twice_the_bundles_on_every_day(self) -> None:
        parent = subscription("OFFICE", entry(START, 5), entry(NINTH, -1))

        assert lacking(parent, subscription("MAIL")) == [(START, 10, None), (NINTH, -2, None)]

    def test_a_ratio_may_be_a_part_of_a_unit(self) -> None:
        parent = subscription("OFFICE", entry(START, 5))

        changes = lacking(parent, subscription("BACKUP"), Decimal("0.5"))

        assert changes == [(START, Decimal("2.5"), None)]

    def test_the_state_follows_too(self) -> None:
        parent = subscription(
            "OFFICE",
            entry(START, 5),
            entry(NINTH, status=Status.SUSPENDED),
            entry(TWENTIETH, status=Status.ACTIVE),
        )

        assert lacking(parent, subscription("MAIL")) == [
            (START, 10, None),
            (NINTH, 0, Status.SUSPENDED),
            (TWENTIETH, 0, Status.ACTIVE),
        ]

    def test_a_part_is_cancelled_when_its_parent_ends(self) -> None:
        parent = subscription("OFFICE", entry(START, 5), end_on=NINTH)

        assert lacking(parent, subscription("MAIL")) == [
            (START, 10, None),
            (NINTH, 0, Status.CANCELLED),
        ]

    def test_a_part_that_was_there_first_has_nothing_until_the_bundle_begins(self) -> None:
        parent = subscription("OFFICE", entry(NINTH, 5))
        child = subscription("MAIL", entry(START, 3, status=Status.SUSPENDED))

        assert lacking(parent, child) == [
            (START, -3, Status.ACTIVE),
            (NINTH, 10, None),
        ]

    def test_a_part_of_a_bundle_without_entries_has_nothing(self) -> None:
        assert lacking(subscription("OFFICE"), subscription("MAIL", entry(NINTH, 3))) == [
            (NINTH, -3, None)
        ]

    def test_a_parent_that_begins_with_its_part_says_the_state_from_then_on(self) -> None:
        parent = subscription("OFFICE", entry(START, 5, status=Status.SUSPENDED))

        assert lacking(parent, subscription("MAIL")) == [(START, 10, Status.SUSPENDED)]

    def test_a_part_that_joins_later_follows_from_its_own_first_day(self) -> None:
        parent = subscription("OFFICE", entry(START, 5))

        assert lacking(parent, subscription("MAIL", start_on=NINTH)) == [(NINTH, 10, None)]

    def test_a_part_is_credited_where_its_parent_is(self) -> None:
        parent = subscription("OFFICE", entry(START, 5), entry(NINTH, -1, refund=True))

        changes = bundle_changes(parent, subscription("MAIL"), ratio=TWO, recorded_at=LATER)

        assert [change.refund for change in changes] == [False, True]

    def test_the_key_names_the_part_and_the_rule(self) -> None:
        parent = subscription("OFFICE", entry(START, 5))

        (change,) = bundle_changes(parent, subscription("MAIL"), ratio=TWO, recorded_at=LATER)

        assert change.key.startswith("MAIL_bundle_20260301_")

    @given(families, st.sampled_from([Decimal(1), TWO, Decimal("0.5")]), st.data())
    def test_a_part_is_its_ratio_of_the_parent_on_every_day(
        self, family: tuple[Subscription, Subscription], ratio: Decimal, data: st.DataObject
    ) -> None:
        parent, child = replace(family[0], end_on=None), replace(family[1], end_on=None)
        day = child.start_on + timedelta(days=data.draw(st.integers(0, STORY_DAYS)))

        made = bundle_changes(parent, child, ratio=ratio, recorded_at=AFTER_ALL)

        whole = with_entries(child, made)
        had, driving = had_on(whole.changes, day), had_on(parent.changes, day)
        assert (had.quantity, had.status) == (driving.quantity * ratio, driving.status)
        assert bundle_changes(parent, whole, ratio=ratio, recorded_at=AFTER_ALL) == []


class TestBundle:
    PARENT = subscription("OFFICE", entry(START, 5))
    MAIL = Part(subscription("MAIL"), TWO)
    ADD_ON = Part(subscription("PHONE", entry(START, 1)), None, prints=True)

    def test_parts_follow_and_add_ons_have_a_quantity_of_their_own(self) -> None:
        bundle = Bundle(self.PARENT, (self.MAIL, self.ADD_ON))

        changes = changes_of_bundle(bundle, recorded_at=LATER)

        assert {key: [c.quantity for c in made] for key, made in changes.items()} == {"MAIL": [10]}

    def test_a_part_that_lacks_nothing_is_left_out(self) -> None:
        bundle = Bundle(self.PARENT, (Part(subscription("MAIL", entry(START, 10)), TWO),))

        assert changes_of_bundle(bundle, recorded_at=LATER) == {}

    def test_only_the_parent_prints_where_nothing_else_is_said(self) -> None:
        bundle = Bundle(self.PARENT, (self.MAIL, self.ADD_ON))

        assert bundle.printed_with(self.MAIL) == "OFFICE"
        assert bundle.printed_with(self.ADD_ON) is None

    @pytest.mark.parametrize("ratio", [Decimal(0), Decimal(-1)])
    def test_a_ratio_is_above_zero(self, ratio: Decimal) -> None:
        with pytest.raises(InvalidBundle, match=f"MAIL: a ratio of {ratio} to its bundle"):
            Part(subscription("MAIL"), ratio)

    @pytest.mark.parametrize("twice", ["MAIL", "OFFICE"])
    def test_no_subscription_is_in_a_bundle_twice(self, twice: str) -> None:
        parts = (self.MAIL, Part(subscription(twice), None))

        with pytest.raises(InvalidBundle, match=f"bundle OFFICE: subscription {twice} is in it"):
            Bundle(self.PARENT, parts)
