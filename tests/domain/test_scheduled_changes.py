from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.logs import LATER, START, entry, subscription, with_entries
from work365.domain.changes import Change, Status, UnitPrice, quantity_on
from work365.domain.findings import Finding, Severity
from work365.domain.scheduled_changes import (
    MICROSOFT,
    InvalidSchedule,
    RampStep,
    ScheduledChange,
    SchedulePolicy,
    TooLateToWithdraw,
    check_schedule,
    due_changes,
    lost_by_change,
    pending_day,
    ramp,
    withdrawn,
)

ASKED_AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
ASKED_ON = ASKED_AT.date()
NINTH = date(2026, 3, 9)
RENEWAL = date(2027, 3, 1)
RENEWALS = (date(2028, 3, 1), RENEWAL, START)
ONE_DAY = timedelta(days=1)
PRICE = UnitPrice(Decimal("6.30"), 1)
PART = subscription("S", entry(START, 10, price=UnitPrice(Decimal("5.90"), 1)))
AT_RENEWAL = ScheduledChange(key="R", asked_at=ASKED_AT, quantity_to=Decimal(7))
ON_NINTH = ScheduledChange(key="D", asked_at=ASKED_AT, effective_on=NINTH, quantity_by=Decimal(2))


def due(*scheduled: ScheduledChange, through: date = NINTH) -> list[Change]:
    return due_changes(PART, scheduled, through=through, recorded_at=LATER, renewals=RENEWALS)


class TestScheduledChange:
    @pytest.mark.parametrize(
        ("terms", "why"),
        [
            ({}, "it changes nothing; enter"),
            (
                {"quantity_to": Decimal(1), "quantity_by": Decimal(1)},
                "a quantity and a difference are both given",
            ),
            ({"cancels": True, "quantity_by": Decimal(1)}, "it cancels and changes something"),
            ({"cancels": True, "quantity_to": Decimal(1)}, "it cancels and changes something"),
            ({"cancels": True, "price": PRICE}, "it cancels and changes something"),
            ({"quantity_to": Decimal(-1)}, "a quantity of -1; enter zero or more"),
            (
                {"quantity_to": Decimal(1), "effective_on": ASKED_ON - ONE_DAY},
                "2026-03-03 was over when it was asked",
            ),
        ],
    )
    def test_terms_that_contradict_each_other_are_refused(
        self, terms: dict[str, Decimal], why: str
    ) -> None:
        with pytest.raises(InvalidSchedule, match=f"scheduled change K: {why}"):
            ScheduledChange(key="K", asked_at=ASKED_AT, **terms)  # type: ignore[arg-type]  # any

    @pytest.mark.parametrize(
        "terms",
        [
            {"quantity_to": Decimal(0)},
            {"quantity_by": Decimal(-3)},
            {"price": PRICE, "quantity_to": Decimal(1)},
            {"cancels": True},
            {"cancels": True, "effective_on": ASKED_ON},
        ],
    )
    def test_terms_that_agree_are_kept(self, terms: dict[str, Decimal]) -> None:
        made = ScheduledChange(key="K", asked_at=ASKED_AT, **terms)  # type: ignore[arg-type]  # any

        assert {name: getattr(made, name) for name in terms} == terms

    def test_a_date_is_its_day(self) -> None:
        assert ON_NINTH.day(RENEWALS) == NINTH

    @pytest.mark.parametrize(
        ("renewals", "expected"),
        [
            (RENEWALS, RENEWAL),
            ((), None),
            ((ASKED_ON,), None),
            ((ASKED_ON, ASKED_ON + ONE_DAY), ASKED_ON + ONE_DAY),
        ],
    )
    def test_a_renewal_is_the_first_after_the_day_of_asking(
        self, renewals: tuple[date, ...], expected: date | None
    ) -> None:
        assert AT_RENEWAL.day(renewals) == expected

    @pytest.mark.parametrize(
        ("terms", "expected"),
        [
            ({"quantity_to": Decimal(7)}, "quantity 7"),
            ({"quantity_by": Decimal(2)}, "quantity +2"),
            ({"quantity_by": Decimal(-2), "price": PRICE}, "quantity -2, price 6.30"),
            ({"cancels": True}, "cancellation"),
        ],
    )
    def test_it_is_described_for_people(self, terms: dict[str, Decimal], expected: str) -> None:
        made = ScheduledChange(key="K", asked_at=ASKED_AT, **terms)  # type: ignore[arg-type]  # any

        assert made.described == expected


class TestDueChanges:
    def test_a_change_is_no_fact_before_its_day(self) -> None:
        assert due(ON_NINTH, AT_RENEWAL, through=NINTH - ONE_DAY) == []

    def test_a_difference_becomes_an_entry_when_its_day_comes(self) -> None:
        assert due(ON_NINTH) == [Change("S_scheduled_D", NINTH, LATER, Decimal(2))]

    def test_a_target_becomes_the_difference_to_what_is_had_that_day(self) -> None:
        assert due(AT_RENEWAL, through=RENEWAL) == [
            Change("S_scheduled_R", RENEWAL, LATER, Decimal(-3))
        ]

    def test_a_target_takes_account_of_what_comes_before_it(self) -> None:
        made = due(AT_RENEWAL, ON_NINTH, through=RENEWAL)

        assert [change.quantity for change in made] == [2, -5]

    def test_a_target_does_not_take_account_of_what_comes_after_it(self) -> None:
        target = replace(ON_NINTH, quantity_by=None, quantity_to=Decimal(7))
        later = with_entries(PART, [entry(NINTH + ONE_DAY, 4)])

        (made,) = due_changes(later, [target], through=RENEWAL, recorded_at=LATER)

        assert made.quantity == -3

    def test_of_one_day_what_was_asked_first_comes_first(self) -> None:
        target = ScheduledChange(
            key="A",
            asked_at=ASKED_AT + timedelta(minutes=1),
            effective_on=NINTH,
            quantity_to=Decimal(20),
        )

        assert [change.quantity for change in due(target, ON_NINTH)] == [2, 8]
        assert [change.key for change in due(replace(target, asked_at=ASKED_AT), ON_NINTH)] == [
            "S_scheduled_A",
            "S_scheduled_D",
        ]

    def test_price_cancellation_and_credit_are_in_the_entry(self) -> None:
        dearer = ScheduledChange(key="P", asked_at=ASKED_AT, effective_on=NINTH, price=PRICE)
        over = ScheduledChange(
            key="X", asked_at=ASKED_AT, effective_on=NINTH, cancels=True, refund=True
        )

        assert due(dearer, over) == [
            Change("S_scheduled_P", NINTH, LATER, price=PRICE),
            Change("S_scheduled_X", NINTH, LATER, status=Status.CANCELLED, refund=True),
        ]

    def test_one_that_changes_nothing_is_over_too(self) -> None:
        target = replace(ON_NINTH, quantity_by=None, quantity_to=Decimal(10))

        made = due(target)

        assert [change.quantity for change in made] == [0]
        later = with_entries(PART, [*made, entry(date(2026, 3, 12), 5)])
        assert due_changes(later, [target], through=RENEWAL, recorded_at=LATER) == []

    @given(
        st.lists(st.integers(0, 40), min_size=1, max_size=5, unique=True),
        st.integers(0, 50),
        st.integers(0, 50),
    )
    def test_none_is_applied_twice_however_often_and_late_it_is_looked_at(
        self, targets: list[int], first: int, second: int
    ) -> None:
        scheduled = [
            ScheduledChange(
                key=f"K{number}",
                asked_at=ASKED_AT,
                effective_on=ASKED_ON + timedelta(days=number),
                quantity_to=Decimal(number),
            )
            for number in targets
        ]
        part = PART

        for days in (*sorted((first, second)), 60, 60):
            through = ASKED_ON + timedelta(days=days)
            part = with_entries(
                part, due_changes(part, scheduled, through=through, recorded_at=LATER)
            )

        assert len(part.changes) == 1 + len(targets)
        assert quantity_on(part.changes, date.max) == max(targets)


class TestWithdrawn:
    def test_what_was_withdrawn_never_becomes_a_fact(self) -> None:
        off = withdrawn(ON_NINTH, on=NINTH - ONE_DAY)

        assert off == replace(ON_NINTH, withdrawn_on=NINTH - ONE_DAY)
        assert due(off, through=RENEWAL) == []
        assert pending_day(off, RENEWALS) is None

    @pytest.mark.parametrize("on", [NINTH, NINTH + ONE_DAY])
    def test_what_took_effect_cannot_be_withdrawn(self, on: date) -> None:
        with pytest.raises(TooLateToWithdraw, match="took effect on 2026-03-09 and cannot"):
            withdrawn(ON_NINTH, on=on)

    def test_a_change_at_renewal_can_be_withdrawn_until_the_renewal(self) -> None:
        off = withdrawn(AT_RENEWAL, on=RENEWAL - ONE_DAY, renewals=RENEWALS)

        assert due(off, through=RENEWAL) == []
        with pytest.raises(TooLateToWithdraw):
            withdrawn(AT_RENEWAL, on=RENEWAL, renewals=RENEWALS)

    def test_a_renewal_that_is_not_known_has_not_come(self) -> None:
        assert withdrawn(AT_RENEWAL, on=date.max).withdrawn_on == date.max

    def test_withdrawing_twice_keeps_the_first_day(self) -> None:
        off = withdrawn(withdrawn(ON_NINTH, on=ASKED_ON), on=ASKED_ON + ONE_DAY)

        assert off.withdrawn_on == ASKED_ON

    @pytest.mark.parametrize(("days", "expected"), [(-1, None), (0, NINTH), (1, NINTH)])
    def test_a_withdrawal_counts_before_the_day_only(
        self, days: int, expected: date | None
    ) -> None:
        off = replace(ON_NINTH, withdrawn_on=NINTH + timedelta(days=days))

        assert pending_day(off, RENEWALS) == expected

    def test_one_without_a_known_renewal_is_pending_on_no_day(self) -> None:
        assert pending_day(AT_RENEWAL, ()) is None


class TestLostByChange:
    def lost(
        self,
        *scheduled: ScheduledChange,
        policy: SchedulePolicy = MICROSOFT,
        on: date = NINTH,
        suspends: bool = False,
    ) -> list[str]:
        lost = lost_by_change(scheduled, policy, on=on, suspends=suspends, renewals=RENEWALS)
        return [one.key for one, _ in lost]

    def test_microsoft_deletes_what_is_scheduled_for_the_renewal(self) -> None:
        assert self.lost(AT_RENEWAL, ON_NINTH) == ["R"]
        assert self.lost(AT_RENEWAL, suspends=True) == ["R"]
        assert "create-scheduled-changes" in MICROSOFT.source

    def test_it_is_said_what_would_be_lost(self) -> None:
        ((one, finding),) = lost_by_change([AT_RENEWAL], MICROSOFT, on=NINTH, renewals=RENEWALS)

        assert one is AT_RENEWAL
        assert finding == Finding(
            Severity.WARNING,
            "scheduled_change_lost",
            "The change of 2026-03-09 deletes what is scheduled for the renewal at the provider:"
            " quantity 7. Schedule it again afterwards.",
            "scheduled change R",
        )

    def test_a_suspension_is_called_one(self) -> None:
        ((_, finding),) = lost_by_change([AT_RENEWAL], MICROSOFT, on=NINTH, suspends=True)

        assert finding.message.startswith("The suspension of 2026-03-09 deletes")

    @pytest.mark.parametrize(
        ("by_change", "by_suspension", "suspends", "keys"),
        [
            (True, False, False, ["R"]),
            (True, False, True, []),
            (False, True, False, []),
            (False, True, True, ["R"]),
        ],
    )
    def test_other_providers_delete_as_they_say(
        self, by_change: bool, by_suspension: bool, suspends: bool, keys: list[str]
    ) -> None:
        policy = SchedulePolicy(
            deleted_by_change=by_change,
            deleted_by_suspension=by_suspension,
            needs_auto_renew=False,
            source="made up",
        )

        assert self.lost(AT_RENEWAL, policy=policy, suspends=suspends) == keys

    @pytest.mark.parametrize(
        ("on", "keys"),
        [
            (ASKED_ON - ONE_DAY, []),
            (ASKED_ON, ["R"]),
            (RENEWAL - ONE_DAY, ["R"]),
            (RENEWAL, []),
        ],
    )
    def test_only_what_is_asked_and_not_over_can_be_lost(self, on: date, keys: list[str]) -> None:
        assert self.lost(AT_RENEWAL, on=on) == keys

    def test_what_was_withdrawn_cannot_be_lost(self) -> None:
        assert self.lost(replace(AT_RENEWAL, withdrawn_on=ASKED_ON)) == []

    def test_a_renewal_that_is_not_known_is_still_to_come(self) -> None:
        lost = lost_by_change([AT_RENEWAL], MICROSOFT, on=RENEWAL)

        assert [one.key for one, _ in lost] == ["R"]


class TestCheckSchedule:
    def test_microsoft_keeps_nothing_for_a_renewal_that_does_not_come(self) -> None:
        with pytest.raises(InvalidSchedule, match="change R: the subscription does not renew"):
            check_schedule(AT_RENEWAL, MICROSOFT, auto_renews=False)

    @pytest.mark.parametrize(
        ("scheduled", "needs", "auto_renews"),
        [(AT_RENEWAL, True, True), (ON_NINTH, True, False), (AT_RENEWAL, False, False)],
    )
    def test_anything_else_is_kept(
        self, scheduled: ScheduledChange, needs: bool, auto_renews: bool
    ) -> None:
        policy = replace(MICROSOFT, needs_auto_renew=needs)

        check_schedule(scheduled, policy, auto_renews=auto_renews)


class TestRamp:
    STEPS = (
        RampStep(date(2026, 9, 1), quantity=Decimal(40)),
        RampStep(date(2026, 6, 1), Decimal(20), PRICE),
        RampStep(date(2027, 1, 1), price=UnitPrice(Decimal("5.10"), 1)),
    )

    def test_a_ramp_is_a_row_of_scheduled_changes(self) -> None:
        scheduled = ramp("RAMP", self.STEPS, asked_at=ASKED_AT)

        made = due_changes(PART, scheduled, through=date.max, recorded_at=LATER)

        assert [(c.key, c.effective_on, int(c.quantity), c.price) for c in made] == [
            ("S_scheduled_RAMP_20260601", date(2026, 6, 1), 10, PRICE),
            ("S_scheduled_RAMP_20260901", date(2026, 9, 1), 20, None),
            ("S_scheduled_RAMP_20270101", date(2027, 1, 1), 0, UnitPrice(Decimal("5.10"), 1)),
        ]

    def test_its_steps_come_in_the_order_of_their_days(self) -> None:
        scheduled = ramp("RAMP", self.STEPS, asked_at=ASKED_AT)

        assert [one.effective_on for one in scheduled] == sorted(s.start for s in self.STEPS)

    def test_a_step_may_be_withdrawn_by_itself(self) -> None:
        first, *others = ramp("RAMP", self.STEPS, asked_at=ASKED_AT)

        off = withdrawn(first, on=ASKED_ON)

        assert len(due_changes(PART, [off, *others], through=date.max, recorded_at=LATER)) == 2

    def test_two_steps_on_one_day_are_refused(self) -> None:
        steps = (*self.STEPS, RampStep(date(2026, 9, 1), price=PRICE))

        with pytest.raises(InvalidSchedule, match="ramp RAMP: two steps on 2026-09-01"):
            ramp("RAMP", steps, asked_at=ASKED_AT)
