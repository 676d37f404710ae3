"""Where Microsoft tells what happened."""

import pytest

from work365.domain.microsoft.webhooks import WebhookRegistration, WebhookTrial


def test_the_order_of_the_events_makes_no_difference() -> None:
    one = WebhookRegistration(url="https://a.example", events=frozenset({"x", "y"}))
    other = WebhookRegistration(url="https://a.example", events=frozenset({"y", "x"}))

    assert one == other


@pytest.mark.parametrize(
    ("status", "answers", "arrived"),
    [
        ("completed", ("OK",), True),
        ("Completed", ("InternalServerError", "OK"), True),
        ("completed", ("NotFound",), False),
        ("running", ("OK",), False),
        ("completed", (), False),
    ],
)
def test_a_test_event_arrived_when_it_was_taken(
    status: str, answers: tuple[str, ...], arrived: bool
) -> None:
    assert WebhookTrial(status=status, answers=answers).arrived is arrived
