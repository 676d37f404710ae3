from dataclasses import fields
from typing import Any

import pytest

from work365.domain.day_counts import DayCount
from work365.domain.policies import (
    USUAL_POLICY,
    AddingUp,
    BillingPolicy,
    ChangeLines,
    PolicyOverrides,
)
from work365.domain.proration import BY_ACTUAL_DAYS, Proration

GENERAL = BillingPolicy(
    proration=Proration(day_count=DayCount.STRICT_30_360),
    change_lines=ChangeLines.CREDIT_AND_CHARGE,
    adding_up=AddingUp.LINE,
    refunds=True,
    last_day_counts=True,
    offset_days=-10,
)


class TestTheUsualPolicy:
    def test_is_what_most_contracts_are_billed_by(self) -> None:
        assert BillingPolicy() == USUAL_POLICY
        assert USUAL_POLICY.proration == BY_ACTUAL_DAYS
        assert USUAL_POLICY.change_lines is ChangeLines.DELTA
        assert USUAL_POLICY.adding_up is AddingUp.PERIOD
        assert USUAL_POLICY.refunds is False
        assert USUAL_POLICY.last_day_counts is False
        assert USUAL_POLICY.offset_days == 0


class TestOverrides:
    def test_a_contract_that_says_nothing_has_what_its_environment_says(self) -> None:
        assert PolicyOverrides().over(GENERAL) == GENERAL
        assert PolicyOverrides().over(USUAL_POLICY) == USUAL_POLICY

    @pytest.mark.parametrize(
        "said",
        [
            {"proration": BY_ACTUAL_DAYS},
            {"change_lines": ChangeLines.DELTA},
            {"adding_up": AddingUp.PERIOD},
            # These are said, though they are nothing: only none is unsaid.
            {"refunds": False},
            {"last_day_counts": False},
            {"offset_days": 0},
        ],
        ids=lambda said: next(iter(said)),
    )
    def test_what_a_contract_says_holds_and_the_rest_stays(self, said: dict[str, Any]) -> None:
        ((name, value),) = said.items()

        policy = PolicyOverrides(**said).over(GENERAL)

        assert getattr(policy, name) == value
        others = [field.name for field in fields(policy) if field.name != name]
        assert [getattr(policy, other) for other in others] == [
            getattr(GENERAL, other) for other in others
        ]

    def test_every_choice_can_be_overridden(self) -> None:
        choices = [field.name for field in fields(BillingPolicy)]

        assert [field.name for field in fields(PolicyOverrides)] == choices
        assert PolicyOverrides(**{name: getattr(GENERAL, name) for name in choices}).over(
            USUAL_POLICY
        ) == (GENERAL)
