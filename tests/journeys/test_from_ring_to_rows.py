"""From a change in Dataverse to an invoice line, over real HTTP all the way."""

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from tests.journeys.world import World, contract, customer, world
from work365.entrypoints.local_environment import WEBHOOK_KEY
from work365.entrypoints.webhooks import KEY_HEADER

ADDED_SEATS = (
    "CT-1-00002_sub-1_license_20260101_20260201_20260111_12.4x1",
    1, "Microsoft 365 Business Standard", 3, 12.4, "2026-01-11", "2026-02-01", 25.2,
)  # fmt: skip


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as here:
        here.people.keep_customers([customer("NC-1", contract("CT-1"))], provider="Microsoft")
        here.add_subscription("sub-1", "CT-1", name="Microsoft 365 Business Standard")
        here.open_with("change-1", "sub-1", 10, "12.40")
        here.settle()
        yield here


def test_a_new_subscription_is_invoiced_when_its_rows_ring(partner: World) -> None:
    [line] = partner.lines()

    assert line[0].startswith("CT-1-00001_sub-1")
    assert float(line[-1]) == 124.0


def test_seats_added_on_the_11th_are_on_the_draft_within_seconds(partner: World) -> None:
    partner.set_day(date(2026, 1, 11))
    partner.change("change-2", "sub-1", date(2026, 1, 11), 3)
    partner.settle()

    [_, draft] = partner.lines()
    assert (*draft[:3], *map(float, draft[3:5]), *draft[5:7], float(draft[7])) == ADDED_SEATS


def test_our_own_writes_do_not_wake_the_sweep(partner: World) -> None:
    rings = len(partner.control("GET", "webhooks")["deliveries"])
    partner.control("POST", "requests/reset")
    partner.set_day(date(2026, 2, 1))
    assert partner.host is not None

    partner.host.tick(datetime(2026, 2, 1, 6, 30, tzinfo=UTC))
    partner.settle()

    assert len(partner.control("GET", "webhooks")["deliveries"]) == rings


def test_a_ring_with_a_wrong_key_is_turned_away_and_logged(
    partner: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = httpx.post(
            partner.here.webhook_url,
            json={"MessageName": "Create"},
            headers={KEY_HEADER: "not-the-key", "x-ms-dynamics-organization": "somebody"},
            trust_env=False,
        )

    assert answer.status_code == 401
    assert "without the right key" in caplog.text
    assert "somebody" in caplog.text


def test_a_ring_without_its_contents_is_enough(partner: World) -> None:
    partner.control("POST", "faults", {"webhooks": {"drop_percent": 100}})
    partner.change("change-2", "sub-1", date(2026, 1, 11), 3)
    partner.settle()
    before = len(partner.lines())
    partner.set_day(date(2026, 1, 11))

    stripped = {
        "MessageName": "Create",
        "PrimaryEntityName": "w365_subscriptionchange",
        "PrimaryEntityId": "11111111-2222-3333-4444-555555555555",
        "ParentContext": None,
    }
    answer = httpx.post(
        partner.here.webhook_url,
        json=stripped,
        headers={KEY_HEADER: WEBHOOK_KEY, "x-ms-dynamics-msg-size-exceeded": "true"},
        trust_env=False,
    )
    partner.settle()

    assert answer.status_code == 202
    assert (before, len(partner.lines())) == (1, 2)
