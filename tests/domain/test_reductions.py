from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.logs import CONTRACT, LATER, START, entry, subscription, with_entries
from tests.domain.strategies import STORY_DAYS, recorded_on, subscriptions
from work365.domain.changes import Change, Status, quantity_on
from work365.domain.contracts import Subscription
from work365.domain.reductions import (
    MICROSOFT_LICENSES,
    MICROSOFT_SOFTWARE,
    Batch,
    Behavior,
    DatedRule,
    Held,
    InvalidReductionRule,
    Reducible,
    ReductionPolicy,
    ReductionRefused,
    ReductionRule,
    ReductionRuleMissing,
    reducible,
    reduction,
    rule_on,
)

NINTH = date(2026, 3, 9)
ONE_DAY = timedelta(days=1)
NOTHING_ELSE = Held()
LONG_AGO = date(2020, 1, 1)


def policy(rule: ReductionRule) -> ReductionPolicy:
    return [DatedRule(LONG_AGO, rule, "made up")]


ALWAYS = policy(ReductionRule(Behavior.ALLOWED))
NEVER = policy(ReductionRule(Behavior.DISALLOWED))
FIVE_DAYS = policy(ReductionRule(Behavior.WITHIN_WINDOW, window_days=5))
OPENING = entry(START, 10)
MORE = entry(NINTH, 4)


def found(
    *changes: Change,
    day: date,
    rules: ReductionPolicy = FIVE_DAYS,
    provisioned: Mapping[str, date] | None = None,
    renewals: tuple[date, ...] = (),
) -> list[tuple[str, int, date, date | None]]:
    held = Held(provisioned or {}, renewals)
    batches = reducible(changes, rules, day=day, held=held).batches
    return [(b.change, int(b.quantity), b.opened_on, b.until) for b in batches]


class TestRuleOn:
    @pytest.mark.parametrize(
        ("day", "window_days"),
        [
            (date(2022, 1, 1), 3),
            (date(2022, 6, 30), 3),
            (date(2022, 7, 1), 7),
            (date(2026, 3, 1), 7),
        ],
    )
    def test_microsofts_window_was_three_days_and_is_seven(
        self, day: date, window_days: int
    ) -> None:
        rule = ReductionRule(
            Behavior.WITHIN_WINDOW, window_days=window_days, while_suspended=False, refunds=True
        )

        assert rule_on(MICROSOFT_LICENSES, day) == rule

    def test_the_order_of_the_rules_does_not_matter(self) -> None:
        backwards = tuple(reversed(MICROSOFT_LICENSES))

        assert rule_on(backwards, date(2022, 7, 1)).window_days == 7

    def test_a_day_before_the_first_rule_is_refused(self) -> None:
        with pytest.raises(ReductionRuleMissing, match="could be taken away on 2021-12-31"):
            rule_on(MICROSOFT_LICENSES, date(2021, 12, 31))

    def test_seats_of_a_software_subscription_are_never_taken_away(self) -> None:
        assert rule_on(MICROSOFT_SOFTWARE, START).behavior is Behavior.DISALLOWED
        assert found(OPENING, day=START, rules=MICROSOFT_SOFTWARE) == []

    @pytest.mark.parametrize("dated", [*MICROSOFT_LICENSES, *MICROSOFT_SOFTWARE])
    def test_every_rule_says_where_it_is_from(self, dated: DatedRule) -> None:
        assert "cancellation" in dated.source


class TestReductionRule:
    @pytest.mark.parametrize(
        ("behavior", "window_days"),
        [
            (Behavior.ALLOWED, 1),
            (Behavior.DISALLOWED, 7),
            (Behavior.WITHIN_WINDOW, 0),
            (Behavior.WITHIN_WINDOW, -1),
        ],
    )
    def test_a_window_and_its_days_go_together(self, behavior: Behavior, window_days: int) -> None:
        with pytest.raises(InvalidReductionRule, match=f"with a window of {window_days} days"):
            ReductionRule(behavior, window_days=window_days)

    def test_a_window_may_be_a_single_day(self) -> None:
        rules = policy(ReductionRule(Behavior.WITHIN_WINDOW, window_days=1))

        assert len(found(OPENING, day=START, rules=rules)) == 1
        assert found(OPENING, day=START + ONE_DAY, rules=rules) == []


class TestReducible:
    def test_nothing_can_be_taken_of_nothing(self) -> None:
        assert found(day=START, rules=ALWAYS) == []

    def test_all_can_be_taken_on_any_day_where_it_is_allowed(self) -> None:
        assert found(OPENING, MORE, day=date(2028, 1, 1), rules=ALWAYS) == [
            (MORE.key, 4, NINTH, None),
            (OPENING.key, 10, START, None),
        ]

    def test_nothing_can_be_taken_where_it_is_not_allowed(self) -> None:
        assert found(OPENING, MORE, day=NINTH, rules=NEVER) == []

    @pytest.mark.parametrize(
        ("day", "quantity"),
        [(START, 10), (START + 4 * ONE_DAY, 10), (START + 5 * ONE_DAY, 0)],
    )
    def test_a_window_holds_its_days_the_first_one_counted(self, day: date, quantity: int) -> None:
        possible = reducible([OPENING], FIVE_DAYS, day=day, held=NOTHING_ELSE)

        assert possible.quantity == quantity

    def test_each_addition_opens_a_window_of_its_own(self) -> None:
        assert found(OPENING, MORE, day=NINTH + 4 * ONE_DAY) == [
            (MORE.key, 4, NINTH, NINTH + 5 * ONE_DAY)
        ]

    def test_windows_that_overlap_are_newest_first(self) -> None:
        soon = entry(START + 2 * ONE_DAY, 3)

        assert found(OPENING, soon, day=START + 3 * ONE_DAY) == [
            (soon.key, 3, START + 2 * ONE_DAY, START + 7 * ONE_DAY),
            (OPENING.key, 10, START, START + 5 * ONE_DAY),
        ]

    def test_a_later_addition_does_not_exist_yet(self) -> None:
        assert found(OPENING, MORE, day=START) == [(OPENING.key, 10, START, START + 5 * ONE_DAY)]

    def test_the_window_opens_when_it_was_provisioned(self) -> None:
        provisioned = {OPENING.key: START + 3 * ONE_DAY}

        assert found(OPENING, day=START + 7 * ONE_DAY, provisioned=provisioned) == [
            (OPENING.key, 10, START + 3 * ONE_DAY, START + 8 * ONE_DAY)
        ]

    def test_windows_open_again_at_a_renewal(self) -> None:
        renewal = date(2027, 3, 1)

        assert found(OPENING, MORE, day=renewal + 4 * ONE_DAY, renewals=(renewal,)) == [
            (MORE.key, 4, renewal, renewal + 5 * ONE_DAY),
            (OPENING.key, 10, renewal, renewal + 5 * ONE_DAY),
        ]
        assert found(OPENING, day=renewal + 5 * ONE_DAY, renewals=(renewal,)) == []

    @pytest.mark.parametrize(("before", "count"), [(ONE_DAY, 0), (timedelta(0), 1)])
    def test_a_renewal_opens_nothing_before_its_day(self, before: timedelta, count: int) -> None:
        renewal = date(2027, 3, 1)

        assert len(found(OPENING, day=renewal - before, renewals=(renewal,))) == count

    def test_the_last_renewal_counts(self) -> None:
        renewals = (date(2028, 3, 1), date(2027, 3, 1), date(2029, 3, 1))

        assert found(OPENING, day=date(2028, 3, 2), renewals=renewals) == [
            (OPENING.key, 10, date(2028, 3, 1), date(2028, 3, 6))
        ]

    def test_a_batch_that_came_after_the_renewal_keeps_its_own_window(self) -> None:
        renewal = date(2026, 3, 5)

        assert found(OPENING, MORE, day=NINTH, renewals=(renewal,)) == [
            (MORE.key, 4, NINTH, NINTH + 5 * ONE_DAY),
            (OPENING.key, 10, renewal, renewal + 5 * ONE_DAY),
        ]

    def test_the_rule_of_the_day_on_which_a_window_opened_counts(self) -> None:
        june = entry(date(2022, 6, 30), 10)
        july = entry(date(2022, 7, 1), 4)

        assert found(june, july, day=date(2022, 7, 2), rules=MICROSOFT_LICENSES) == [
            (july.key, 4, date(2022, 7, 1), date(2022, 7, 8)),
            (june.key, 10, date(2022, 6, 30), date(2022, 7, 3)),
        ]
        assert found(june, july, day=date(2022, 7, 3), rules=MICROSOFT_LICENSES) == [
            (july.key, 4, date(2022, 7, 1), date(2022, 7, 8))
        ]

    def test_what_was_taken_away_was_of_the_newest_batch(self) -> None:
        fewer = entry(NINTH + ONE_DAY, -3)

        assert found(OPENING, MORE, fewer, day=NINTH + ONE_DAY) == [
            (MORE.key, 1, NINTH, NINTH + 5 * ONE_DAY)
        ]

    def test_what_was_taken_away_beyond_the_newest_batch_was_of_the_one_before(self) -> None:
        fewer = entry(NINTH + ONE_DAY, -6)

        assert found(OPENING, MORE, fewer, day=NINTH + ONE_DAY, rules=ALWAYS) == [
            (OPENING.key, 8, START, None)
        ]

    def test_a_batch_that_was_taken_away_whole_is_gone(self) -> None:
        fewer = entry(NINTH + ONE_DAY, -4)

        assert found(OPENING, MORE, fewer, day=NINTH + ONE_DAY, rules=ALWAYS) == [
            (OPENING.key, 10, START, None)
        ]

    def test_what_comes_on_the_day_is_there_to_be_taken_away_that_day(self) -> None:
        fewer = replace(entry(NINTH, -3), recorded_at=OPENING.recorded_at - ONE_DAY)

        assert found(OPENING, fewer, MORE, day=NINTH) == [(MORE.key, 1, NINTH, NINTH + 5 * ONE_DAY)]

    def test_several_reductions_of_one_day_count_together(self) -> None:
        fewer, fewer_still = entry(NINTH + ONE_DAY, -3), entry(NINTH + ONE_DAY, -2)

        assert found(OPENING, MORE, fewer, fewer_still, day=NINTH + ONE_DAY, rules=ALWAYS) == [
            (OPENING.key, 9, START, None)
        ]

    def test_batches_of_one_day_are_newest_first_as_they_were_recorded(self) -> None:
        first, second = entry(START, 7), replace(OPENING, recorded_at=LATER)

        assert found(second, first, day=START, rules=ALWAYS) == [
            (second.key, 10, START, None),
            (first.key, 7, START, None),
        ]

    def test_what_the_log_takes_away_later_cannot_be_taken_now(self) -> None:
        later = entry(NINTH + 9 * ONE_DAY, -12)

        assert found(OPENING, MORE, later, day=NINTH, rules=ALWAYS) == [(MORE.key, 2, NINTH, None)]

    def test_what_the_log_adds_later_is_not_had_now(self) -> None:
        assert found(OPENING, MORE, day=START, rules=ALWAYS) == [(OPENING.key, 10, START, None)]

    def test_a_log_that_falls_to_nothing_leaves_nothing_to_take(self) -> None:
        assert found(OPENING, entry(NINTH, -10), day=START, rules=ALWAYS) == []

    def test_what_was_kept_free_is_shared_between_the_batches(self) -> None:
        later = entry(NINTH + 9 * ONE_DAY, -5)

        assert found(OPENING, MORE, later, day=NINTH, rules=ALWAYS) == [
            (MORE.key, 4, NINTH, None),
            (OPENING.key, 5, START, None),
        ]

    @pytest.mark.parametrize(
        ("status", "while_suspended", "count"),
        [
            (Status.ACTIVE, False, 1),
            (Status.TRIAL, False, 1),
            (Status.SUSPENDED, False, 0),
            (Status.SUSPENDED, True, 1),
            (Status.CANCELLED, True, 0),
        ],
    )
    def test_a_state_in_which_nothing_can_be_taken_away(
        self, status: Status, while_suspended: bool, count: int
    ) -> None:
        rules = policy(ReductionRule(Behavior.ALLOWED, while_suspended=while_suspended))
        stopped = entry(NINTH, status=status)

        assert len(found(OPENING, stopped, day=NINTH, rules=rules)) == count

    def test_units_can_be_taken_away_while_suspended_where_nothing_is_said(self) -> None:
        stopped = entry(NINTH, status=Status.SUSPENDED)

        assert len(found(OPENING, stopped, day=NINTH, rules=ALWAYS)) == 1

    def test_the_state_is_that_of_the_day(self) -> None:
        rules = policy(ReductionRule(Behavior.ALLOWED, while_suspended=False))
        stopped = entry(NINTH, status=Status.SUSPENDED)

        assert len(found(OPENING, stopped, day=NINTH - ONE_DAY, rules=rules)) == 1

    def test_the_quantity_is_that_of_all_batches(self) -> None:
        batches = (Batch("b", Decimal(4), NINTH, None), Batch("a", Decimal(3), START, None))

        assert Reducible(batches).quantity == 7
        assert Reducible(()).quantity == 0

    @given(subscriptions(CONTRACT, 1, 4), st.integers(0, STORY_DAYS))
    def test_all_that_is_had_can_be_taken_away_at_the_end_where_it_is_allowed(
        self, part: Subscription, days: int
    ) -> None:
        day = part.start_on + timedelta(days=days)
        log = [change for change in part.changes if change.effective_on <= day]
        rest = [replace(change, status=None) for change in log]

        possible = reducible(rest, ALWAYS, day=day, held=NOTHING_ELSE)

        assert possible.quantity == quantity_on(log, day)

    @given(subscriptions(CONTRACT, 1, 4), st.integers(0, STORY_DAYS), st.integers(0, 3))
    def test_what_can_be_taken_away_leaves_a_log_that_adds_up(
        self, part: Subscription, days: int, fewer: int
    ) -> None:
        day = part.start_on + timedelta(days=days)
        possible = reducible(part.changes, ALWAYS, day=day, held=NOTHING_ELSE).quantity
        quantity = possible - min(Decimal(fewer), possible - 1)
        if possible:
            made = reduction(
                part,
                quantity,
                ALWAYS,
                day=day,
                held=NOTHING_ELSE,
                recorded_at=recorded_on(date(2030, 1, 1)),
            )
            log = (*part.changes, made)

            assert all(quantity_on(log, change.effective_on) >= 0 for change in log)
            left = reducible(log, ALWAYS, day=day, held=NOTHING_ELSE).quantity
            assert left == possible - quantity


class TestReduction:
    PART = subscription("S", OPENING, MORE)
    HELD = Held(renewals=(date(2028, 3, 1), date(2027, 3, 1), START))

    def taken(self, quantity: int, rules: ReductionPolicy = FIVE_DAYS, held: Held = HELD) -> Change:
        return reduction(
            self.PART, Decimal(quantity), rules, day=NINTH, held=held, recorded_at=LATER
        )

    def test_what_can_be_taken_away_is_an_entry(self) -> None:
        made = self.taken(4)

        assert made == Change(made.key, NINTH, LATER, Decimal(-4), refund=True)
        assert made.key.startswith("S_reduction_20260309_")

    def test_it_is_credited_as_the_rule_of_the_day_says(self) -> None:
        kept = ReductionRule(Behavior.ALLOWED, refunds=False)
        rules = [DatedRule(NINTH, kept, "made up"), *ALWAYS]

        assert self.taken(4, rules).refund is False
        assert self.taken(4, ALWAYS).refund is True

    def test_more_is_refused_with_how_many_until_when_and_what_else(self) -> None:
        with pytest.raises(ReductionRefused) as refusal:
            self.taken(6)

        assert str(refusal.value) == (
            "subscription S: 6 units cannot be taken away on 2026-03-09, 4 can (4 before"
            " 2026-03-14); schedule the other 2 for the renewal on 2027-03-01"
        )

    def test_batches_are_told_apart_and_a_renewal_may_not_be_known(self) -> None:
        with pytest.raises(ReductionRefused) as refusal:
            self.taken(20, ALWAYS, NOTHING_ELSE)

        assert str(refusal.value).endswith(
            "14 can (4 any day, 10 any day); schedule the other 6 for the renewal"
        )

    def test_a_renewal_on_the_day_itself_is_not_the_next_one(self) -> None:
        with pytest.raises(ReductionRefused, match="renewal on 2027-03-09"):
            self.taken(20, NEVER, Held(renewals=(NINTH, date(2027, 3, 9))))

    def test_none_is_said_where_none_can(self) -> None:
        with pytest.raises(ReductionRefused, match="2026-03-09, none can; schedule the other 1 "):
            self.taken(1, NEVER)

    @pytest.mark.parametrize("quantity", [0, -1])
    def test_a_reduction_is_above_zero(self, quantity: int) -> None:
        with pytest.raises(ReductionRefused, match=f"S: {quantity} units cannot be taken away;"):
            self.taken(quantity, ALWAYS)

    def test_a_single_unit_can_be_taken_away(self) -> None:
        assert self.taken(1).quantity == -1

    def test_taken_once_it_cannot_be_taken_again(self) -> None:
        after = with_entries(self.PART, [self.taken(4)])

        possible = reducible(after.changes, FIVE_DAYS, day=NINTH, held=NOTHING_ELSE)

        assert possible.quantity == 0
