from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dataverse_schema.tables import microsoft
from tests.adapters.dataverse.partner import NOW, Partner
from work365.adapters.dataverse.microsoft.provider_events import DataverseEventInbox
from work365.ports.provider_events import ProviderEvent

CHANGED = ProviderEvent(
    name="subscription-updated",
    path="/v1/customers/0c39d6d5-c70d-4c55-bc02-f620844f3fd1/subscriptions/abc",
    changed_at=datetime(2026, 1, 1, 5, 0, 0, 123_456, tzinfo=UTC),
)


@pytest.fixture
def inbox(partner: Partner, provider: UUID) -> DataverseEventInbox:
    return DataverseEventInbox(partner.client)


def test_an_event_that_comes_again_is_kept_once(
    partner: Partner, inbox: DataverseEventInbox
) -> None:
    first = inbox.remember("microsoft", CHANGED, at=NOW)
    again = inbox.remember("microsoft", CHANGED, at=NOW + timedelta(hours=48))

    [row] = partner.rows(microsoft.ProviderEvent)
    assert (first, again) == (True, False)
    assert (row.event_name, row.resource_path) == (CHANGED.name, CHANGED.path)
    assert row.received_on == NOW


@pytest.mark.parametrize(
    "other",
    [
        replace(CHANGED, name="invoice-ready"),
        replace(CHANGED, path=CHANGED.path + "d"),
        replace(CHANGED, changed_at=CHANGED.changed_at + timedelta(microseconds=1)),
    ],
    ids=["name", "path", "moment"],
)
def test_what_differs_in_anything_is_another_event(
    inbox: DataverseEventInbox, other: ProviderEvent
) -> None:
    inbox.remember("microsoft", CHANGED, at=NOW)

    assert inbox.remember("microsoft", other, at=NOW)


def test_the_oldest_change_that_nobody_handled_comes_first(inbox: DataverseEventInbox) -> None:
    events = [
        replace(CHANGED, changed_at=NOW - timedelta(hours=hours), path=f"/v1/{hours}")
        for hours in (1, 3, 2)
    ]
    for event in events:
        inbox.remember("microsoft", event, at=NOW)

    found = inbox.unhandled("microsoft", most=2)

    assert [each.event.path for each in found] == ["/v1/3", "/v1/2"]
    assert found[0].event == events[1]
    assert found[0].received_at == NOW


def test_what_is_handled_is_not_asked_for_again(
    partner: Partner, inbox: DataverseEventInbox
) -> None:
    inbox.remember("microsoft", CHANGED, at=NOW)

    events = inbox.unhandled("microsoft", most=10)
    inbox.mark_handled(events, at=NOW + timedelta(minutes=1), outcome="The subscription was read.")

    [row] = partner.rows(microsoft.ProviderEvent)
    assert inbox.unhandled("microsoft", most=10) == []
    assert row.handled_on == NOW + timedelta(minutes=1)
    assert row.outcome == "The subscription was read."
    assert not inbox.remember("microsoft", CHANGED, at=NOW + timedelta(days=1))


def test_one_whose_answer_was_lost_is_kept_once_and_called_new(
    partner: Partner, inbox: DataverseEventInbox
) -> None:
    inbox.remember("microsoft", replace(CHANGED, path="/v1/first"), at=NOW)
    partner.break_next(kind="drop", method="PATCH", path="w365_providerevents", after_work=True)

    new = inbox.remember("microsoft", CHANGED, at=NOW)

    assert new
    assert len(partner.rows(microsoft.ProviderEvent)) == 2
