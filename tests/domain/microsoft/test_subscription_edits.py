"""What a subscription is to be like."""

from typing import Any

import pytest

from work365.domain.catalog import BillingPlan, SubscriptionStatus
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import NextTerm, TermEnd


@pytest.mark.parametrize(
    "edit",
    [
        {},
        {"quantity": 0},
        {"quantity": -1},
        {"next_term": NextTerm(quantity=3)},
        {"term_end": TermEnd.CANCEL, "next_term": NextTerm(quantity=3)},
        {"term_end": TermEnd.EXTEND, "next_term": NextTerm(quantity=3)},
    ],
)
def test_an_edit_that_means_nothing_is_none(edit: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        SubscriptionEdit(**edit)


@pytest.mark.parametrize(
    "edit",
    [
        {"quantity": 1},
        {"status": SubscriptionStatus.SUSPENDED},
        {"plan": BillingPlan.ANNUAL},
        {"term_end": TermEnd.CANCEL},
        {"term_end": TermEnd.RENEW, "next_term": NextTerm(quantity=3)},
        {"term_end": TermEnd.TRANSITION, "next_term": NextTerm(part_number="P:0001")},
    ],
)
def test_what_is_not_named_stays_as_it_is(edit: dict[str, Any]) -> None:
    made = SubscriptionEdit(**edit)

    assert {
        name: value for name in made.__slots__ if (value := getattr(made, name)) is not None
    } == edit
