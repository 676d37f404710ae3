from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from dataverse_schema.tables.billing import Subscription
from dataverse_schema.tables.providers import Provider, ProviderAccount
from tests.adapters.dataverse.partner import NOW, Partner
from work365.adapters.dataverse.microsoft.rows import (
    SEEN_AGAIN_AFTER,
    ProviderRows,
    in_seconds,
    is_outdated,
    updates,
    upserts,
    within,
)
from work365.ports.providers import ProviderMissing


def test_a_row_is_read_with_what_billing_leaves_out(partner: Partner, rows: ProviderRows) -> None:
    subscription = partner.add_subscription(partner.add_contract(), friendly_name="Head office")

    [row] = rows.all(Subscription)

    assert (row.row_id, row.friendly_name) == (subscription, "Head office")
    assert partner.row(Subscription, "sub-1").friendly_name is None


def test_a_provider_is_known_by_its_key_and_the_other_way_round(
    partner: Partner, provider: UUID
) -> None:
    assert ProviderRows(partner.client).provider("microsoft") == provider
    assert ProviderRows(partner.client).provider_key(provider) == "microsoft"


def test_a_provider_is_asked_for_once(partner: Partner, rows: ProviderRows, provider: UUID) -> None:
    rows.provider("microsoft")

    with partner.counted() as counts:
        rows.provider("microsoft")
        rows.provider_key(provider)

    assert counts["requests"] == 0


def test_a_provider_that_is_not_there_is_refused_with_a_remedy(rows: ProviderRows) -> None:
    with pytest.raises(ProviderMissing, match="there is no provider 'contoso'; add it"):
        rows.provider("contoso")
    for named in (None, UUID(int=1)):
        with pytest.raises(ProviderMissing, match="names no provider: choose"):
            rows.provider_key(named)


def test_more_rows_than_a_message_takes_are_written_in_several_and_read_in_portions(
    partner: Partner, rows: ProviderRows, provider: UUID
) -> None:
    fields = [
        {"key": f"m_{number}", "name": "x", "tenant": f"{number}", "provider": provider}
        for number in range(1_001)
    ]

    writes = upserts(ProviderAccount, fields)
    rows.write(*writes)

    ids = [row.row_id for row in rows.all(ProviderAccount) if row.row_id is not None]
    found = list(rows.by_id(ProviderAccount, ProviderAccount.primary_id(), ids))
    assert len(writes) == 2
    assert len({row.key for row in found}) == 1_001


def test_what_has_not_changed_is_no_request() -> None:
    assert updates(Provider, [(UUID(int=1), {})]) == []
    assert upserts(Provider, []) == []


def test_a_moment_is_cut_off_to_the_second_in_utc() -> None:
    moment = datetime(2026, 1, 1, 1, 0, 0, 999_999, timezone(timedelta(hours=1)))

    assert in_seconds(moment) == datetime(2026, 1, 1, tzinfo=UTC)
    assert in_seconds(None) is None


def test_a_note_is_renewed_when_most_of_a_day_is_over() -> None:
    assert is_outdated(None, NOW)
    assert is_outdated(NOW - SEEN_AGAIN_AFTER, NOW)
    assert not is_outdated(NOW - SEEN_AGAIN_AFTER + timedelta(seconds=1), NOW)


def test_a_text_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert within(Provider, "name", "x" * 100) == "x" * 100
    assert within(Provider, "name", "x" * 101) == "x" * 99 + "…"
