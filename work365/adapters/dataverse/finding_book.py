"""Findings of looks at a provider, as rows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import uuid5

from dataverse_schema.options import FindingStatus, Severity
from dataverse_schema.tables.operations import Finding
from work365.adapters.dataverse.choices import option
from work365.adapters.dataverse.client import DataverseClient
from work365.adapters.dataverse.microsoft.rows import (
    Fields,
    ProviderRows,
    in_seconds,
    is_outdated,
    updates,
    upserts,
    within,
)
from work365.adapters.dataverse.operations import Operation, equals
from work365.adapters.dataverse.writing import ROW_IDS
from work365.domain import findings as domain


class DataverseFindingBook:
    """`FindingBook` on one environment."""

    def __init__(self, client: DataverseClient) -> None:
        self._rows = ProviderRows(client)

    def keep(
        self,
        origin: str,
        findings: Sequence[domain.Finding],
        *,
        at: datetime,
        paths: Collection[str] | None,
    ) -> None:
        """Open `findings` of the look called `origin`, or note that they were found again.

        What it found before at one of `paths`, or anywhere where they are None, and does not find
        now is closed.
        """
        kept = self._open(origin)
        found = {row["key"]: row for row in (_fields(origin, one, at) for one in findings)}
        opened = [row for key, row in found.items() if _is_news(kept.get(key), at)]
        seen = None if paths is None else {within(Finding, "path", path) for path in paths}
        gone = [
            row
            for key, row in kept.items()
            if key not in found and (seen is None or row.path in seen)
        ]
        self._rows.write(*upserts(Finding, opened), *_closing(gone))

    def close_older(self, origin: str, moment: datetime) -> int:
        """Close what the look called `origin` found last before `moment`; return how many."""
        old = [row for row in self._open(origin).values() if row.found_on < moment]
        self._rows.write(*_closing(old))
        return len(old)

    def _open(self, origin: str) -> Mapping[str, Finding]:
        rows = self._rows.all(
            Finding,
            equals(Finding.column_name("origin"), origin),
            equals(Finding.column_name("status"), int(FindingStatus.OPEN)),
        )
        return {row.key: row for row in rows}


def _is_news(kept: Finding | None, at: datetime) -> bool:
    return kept is None or is_outdated(kept.found_on, at)


def _closing(rows: Sequence[Finding]) -> list[Operation]:
    return updates(Finding, [(row.row_id, {"status": FindingStatus.CLOSED}) for row in rows])


def _fields(origin: str, finding: domain.Finding, at: datetime) -> Fields:
    words = uuid5(ROW_IDS, f"{finding.path}|{finding.message}")
    return {
        "key": f"{origin}_{finding.code}_{words}",
        "code": within(Finding, "code", finding.code),
        "severity": option(finding.severity, Severity),
        "status": FindingStatus.OPEN,
        "message": within(Finding, "message", finding.message),
        "path": within(Finding, "path", finding.path),
        "found_on": in_seconds(at),
        "origin": origin,
    }
