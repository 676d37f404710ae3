import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dataverse_schema.options import FindingStatus
from dataverse_schema.tables import operations
from work365.adapters.dataverse.microsoft.rows import ProviderRows
from work365.bootstrap import Services
from work365.domain.findings import Finding, Severity
from work365.emulators.dataverse.app import create_app
from work365.entrypoints.local_environment import TOKEN
from work365.entrypoints.provider_findings import keep_findings
from work365.entrypoints.serving import LocalServer
from work365.settings import Settings

AT = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
UNMAPPED = Finding(Severity.WARNING, "unmapped", "nobody is t-1; choose its account", "account t-1")
TORN = Finding(Severity.ERROR, "changed_at_both_ends", "5 here, 6 there", "subscription SUB-1")


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with LocalServer(create_app(state=tmp_path / "rows.sqlite", clock=lambda: AT)) as server:
        services = Services(Settings(dataverse_url=server.url, dataverse_token=TOKEN))
        yield services
        services.close()


def kept(services: Services) -> list[tuple[str, FindingStatus]]:
    rows = ProviderRows(services.dataverse).all(operations.Finding)
    return sorted((row.code, FindingStatus(row.status)) for row in rows)


def test_what_is_found_is_in_the_log_and_in_dataverse(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    keep_findings(services, [UNMAPPED, TORN], origin="sync of subscriptions", at=AT)

    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.ERROR]
    assert "nobody is t-1; choose its account (account t-1)" in caplog.text
    assert kept(services) == [
        ("changed_at_both_ends", FindingStatus.OPEN),
        ("unmapped", FindingStatus.OPEN),
    ]


@pytest.mark.parametrize(
    ("is_whole", "status"), [(True, FindingStatus.CLOSED), (False, FindingStatus.OPEN)]
)
def test_what_is_not_found_any_more_is_closed_by_a_whole_look(
    services: Services, is_whole: bool, status: FindingStatus
) -> None:
    keep_findings(services, [TORN], origin="audit", at=AT)

    keep_findings(services, [], origin="audit", at=AT + DAY, paths=None if is_whole else ())

    assert kept(services) == [("changed_at_both_ends", status)]
