"""Transitions as Partner Center shows them."""

from datetime import UTC, datetime
from typing import Any

import pytest
import respx

from tests.adapters.partner_center.asking import API, errand
from work365.adapters.partner_center.transitions import Transitions
from work365.domain.microsoft.transitions import Transition, TransitionStatus

BEGAN = "2026-03-02T18:01:14.7488618Z"


def shown(events: list[dict[str, Any]]) -> Transition:
    told = {"operationId": "o-1", "toCatalogItemId": "A:B:C", "quantity": 1, "events": events}
    with respx.mock:
        respx.get(f"{API}/v1/customers/c1/subscriptions/s1/transitions").respond(
            json={"transition": [told]}
        )
        [found] = Transitions(errand()).all("c1", "s1").values
    return found


@pytest.mark.parametrize("is_turned", [False, True])
def test_a_transition_began_with_its_first_event_and_is_what_the_last_one_says(
    is_turned: bool,
) -> None:
    events = [
        {"status": "Started ", "timestamp": BEGAN},
        {"status": "Completed", "timestamp": "2026-03-02T18:37:41Z"},
    ]

    found = shown(events[::-1] if is_turned else events)

    assert found.status is TransitionStatus.COMPLETED
    assert found.began_at == datetime(2026, 3, 2, 18, 1, 14, tzinfo=UTC)


def test_one_without_events_is_started_and_nobody_knows_when() -> None:
    found = shown([])

    assert (found.status, found.began_at) == (TransitionStatus.STARTED, None)
