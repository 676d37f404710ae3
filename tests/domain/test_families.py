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
from work365.domain.families import Step, following
from work365.domain.history import RecordedTooEarly, had_on

NINTH = date(2026, 3, 9)
TWENTIETH = date(2026, 3, 20)
ACTIVE, SUSPENDED = Status.ACTIVE, Status.SUSPENDED
AFTER_ALL = recorded_on(date(2030, 1, 1))

followers = subscriptions(CONTRACT, 1, 4)


@st.composite
def steps(draw: st.DrawFn, start_on: date) -> list[Step]:
    days = draw(st.lists(st.integers(-60, STORY_DAYS), max_size=4, unique=True).map(sorted))
    return [
        Step(
            start_on + timedelta(days=day),
            Decimal(draw(st.integers(0, 9))),
            draw(st.none() | st.sampled_from(Status)),
        )
        for day in days
    ]


def told(changes: list[Change]) -> list[tuple[date, int, Status | None]]:
    return [(change.effective_on, int(change.quantity), change.status) for change in changes]


def lacking(follower: Subscription, *wanted: Step) -> list[tuple[date, int, Status | None]]:
    return told(following(follower, wanted, cause="x", recorded_at=LATER))


class TestFollowing:
    def test_an_empty_log_lacks_everything(self) -> None:
        wanted = [Step(START, Decimal(4)), Step(NINTH, Decimal(6), SUSPENDED)]

        assert lacking(subscription("S"), *wanted) == [(START, 4, None), (NINTH, 2, SUSPENDED)]

    def test_nothing_is_wanted_before_the_first_step(self) -> None:
        follower = subscription("S", entry(START, 5))

        assert lacking(follower, Step(NINTH, Decimal(4))) == [(START, -5, None), (NINTH, 4, None)]

    def test_what_was_entered_by_hand_is_made_up_for_on_its_day(self) -> None:
        follower = subscription("S", entry(START, 4), entry(NINTH, 3))

        assert lacking(follower, Step(START, Decimal(4))) == [(NINTH, -3, None)]

    def test_a_late_step_moves_everything_from_its_day_on_by_one_entry(self) -> None:
        follower = subscription("S", entry(START, 4), entry(TWENTIETH, 2))
        wanted = [
            Step(START, Decimal(4)),
            Step(NINTH, Decimal(5)),
            Step(TWENTIETH, Decimal(7)),
        ]

        assert lacking(follower, *wanted) == [(NINTH, 1, None)]

    def test_a_state_is_set_again_where_the_follower_changed_it(self) -> None:
        follower = subscription("S", entry(START, 4), entry(NINTH, status=SUSPENDED))

        assert lacking(follower, Step(START, Decimal(4), ACTIVE)) == [(NINTH, 0, ACTIVE)]

    def test_a_state_named_twice_is_set_again_twice(self) -> None:
        follower = subscription(
            "S",
            entry(START, 4),
            entry(NINTH, status=SUSPENDED),
            entry(TWENTIETH, status=SUSPENDED),
        )

        assert lacking(follower, Step(START, Decimal(4), ACTIVE)) == [
            (NINTH, 0, ACTIVE),
            (TWENTIETH, 0, ACTIVE),
        ]

    def test_a_state_that_is_set_holds_until_the_follower_changes_it(self) -> None:
        follower = subscription("S", entry(START, 4), entry(TWENTIETH, 2))
        wanted = [Step(START, Decimal(4)), Step(NINTH, Decimal(4), SUSPENDED)]

        assert lacking(follower, *wanted) == [(NINTH, 0, SUSPENDED), (TWENTIETH, -2, None)]

    def test_without_a_state_the_follower_keeps_its_own(self) -> None:
        follower = subscription("S", entry(START, 4, status=SUSPENDED))

        assert lacking(follower, Step(START, Decimal(4))) == []

    def test_steps_before_the_first_day_are_entered_on_it(self) -> None:
        wanted = [
            Step(START - timedelta(days=9), Decimal(3)),
            Step(START - timedelta(days=2), Decimal(4), SUSPENDED),
        ]

        assert lacking(subscription("S"), *wanted) == [(START, 4, SUSPENDED)]

    def test_entries_before_the_first_day_count_from_it_on(self) -> None:
        follower = subscription("S", entry(START - timedelta(days=9), 4), entry(START, 1))

        assert lacking(follower, Step(START, Decimal(6))) == [(START, 1, None)]

    @pytest.mark.parametrize(
        ("end_on", "expected"),
        [
            (NINTH, [(START, 4, None)]),
            (NINTH + timedelta(days=1), [(START, 4, None), (NINTH, 2, None)]),
        ],
    )
    def test_days_from_its_end_on_are_not_looked_at(
        self, end_on: date, expected: list[tuple[date, int, None]]
    ) -> None:
        follower = subscription("S", end_on=end_on)

        assert lacking(follower, Step(START, Decimal(4)), Step(NINTH, Decimal(6))) == expected

    def test_what_a_step_takes_away_is_credited_where_the_step_says_so(self) -> None:
        follower = subscription("S", entry(TWENTIETH, 1))
        wanted = [
            Step(START, Decimal(4)),
            Step(NINTH, Decimal(2), refund=True),
        ]

        made = following(follower, wanted, cause="x", recorded_at=LATER)

        assert [(c.effective_on, c.refund) for c in made] == [
            (START, False),
            (NINTH, True),
            (TWENTIETH, False),
        ]

    def test_entries_carry_their_recording_and_a_key_of_their_content(self) -> None:
        follower = subscription("S-8")

        (made,) = following(follower, [Step(NINTH, Decimal(4))], cause="x", recorded_at=LATER)
        (again,) = following(follower, [Step(NINTH, Decimal(4))], cause="x", recorded_at=AFTER_ALL)

        assert made.recorded_at == LATER
        assert made.key.startswith("S-8_x_20260309_")
        assert again.key == made.key

    def test_a_state_that_would_not_hold_is_refused(self) -> None:
        late = replace(entry(NINTH, status=SUSPENDED), recorded_at=AFTER_ALL)

        with pytest.raises(RecordedTooEarly):
            lacking(subscription("S", late), Step(START, Decimal(0), ACTIVE))

    @given(followers, st.data())
    def test_a_log_says_on_every_day_what_it_should_once_its_entries_are_in(
        self, follower: Subscription, data: st.DataObject
    ) -> None:
        wanted = data.draw(steps(follower.start_on))
        days = data.draw(st.integers(0, STORY_DAYS))
        day = follower.start_on + timedelta(days=days)

        made = following(follower, wanted, cause="x", recorded_at=AFTER_ALL)

        whole = with_entries(follower, made)
        past = [step for step in wanted if step.start <= day]
        if follower.end_on is None or day < follower.end_on:
            had = had_on(whole.changes, day)
            assert had.quantity == (past[-1].quantity if past else 0)
            if past and past[-1].status:
                assert had.status is past[-1].status
        assert following(whole, wanted, cause="x", recorded_at=AFTER_ALL) == []
        assert len({change.key for change in whole.changes}) == len(whole.changes)
