"""Findings as rows: open until what they say holds no longer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from dataverse_schema.options import FindingStatus, Severity
from dataverse_schema.tables.operations import Finding
from work365.adapters.dataverse.choices import option
from work365.adapters.dataverse.mapping import write_row
from work365.adapters.dataverse.operations import Operation, update_multiple, upsert_multiple
from work365.adapters.dataverse.writing import ROW_IDS
from work365.ports.billing import ContractFinding

TABLE = Finding.entity_set(), Finding.table_name()

Fields = Mapping[str, Any]


def open_finding(found: ContractFinding, at: datetime) -> Fields:
    """Return the fields of the row that `found` is kept in."""
    finding = found.finding
    words = uuid5(ROW_IDS, f"{finding.path}|{finding.message}")
    return {
        "key": f"{found.contract}_{finding.code}_{words}",
        "code": finding.code,
        "severity": option(finding.severity, Severity),
        "status": FindingStatus.OPEN,
        "message": finding.message,
        "path": finding.path,
        "contract": found.contract,
        "found_on": at,
    }


def deleted_change(row: UUID, at: datetime) -> Fields:
    """Return the fields of the finding that an entry of a change log was deleted."""
    return {
        "key": f"change_deleted_{row}",
        "code": "change_deleted",
        "severity": Severity.ERROR,
        "status": FindingStatus.OPEN,
        "message": (
            f"entry {row} of a change log was deleted; billing periods that were not over on the"
            " last closed invoice date are settled again without it, and what was invoiced for"
            " earlier ones stays as it is: add the entry again with its own day, and if it was"
            " wrong, take it back by a further entry of that day"
        ),
        "path": f"change {row}",
        "found_on": at,
    }


def homeless_row(row: UUID, name: str, at: datetime) -> Fields:
    """Return the fields of the finding that a row does not say whose it is."""
    owner = "subscription" if name.startswith("change ") else "contract"
    return {
        "key": f"belongs_nowhere_{row}",
        "code": "belongs_nowhere",
        "severity": Severity.ERROR,
        "status": FindingStatus.OPEN,
        "message": (
            f"{name} has no {owner}, and is not billed; choose its {owner}, and close this finding"
        ),
        "path": name,
        "found_on": at,
    }


def upsert_findings(rows: Sequence[Fields]) -> list[Operation]:
    """Return the request that opens `rows`, or opens them again."""
    key = Finding.column_name("key")
    targets = [({key: row["key"]}, write_row(Finding, row)) for row in rows]
    return [upsert_multiple(*TABLE, targets)] if targets else []


def close_findings(rows: Sequence[Finding]) -> list[Operation]:
    """Return the request that closes `rows`."""
    closed = {"status": FindingStatus.CLOSED}
    targets = [write_row(Finding, closed, row_id=row.row_id) for row in rows]
    return [update_multiple(*TABLE, targets)] if targets else []
