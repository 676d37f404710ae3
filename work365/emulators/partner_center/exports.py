"""Billing exports: what was asked for, how far it is, and the rows that come of it."""

import gzip
from base64 import b64decode, b64encode
from datetime import timedelta
from hashlib import sha256

from work365.emulators.partner_center.annexes import (
    Record,
    moment_kept,
    moment_of,
    records,
)
from work365.emulators.partner_center.azure_usage import usage_of
from work365.emulators.partner_center.conduct import Conduct, conduct_of
from work365.emulators.partner_center.invoices import (
    INVOICE,
    invoices,
    lines_of,
    unbilled_lines,
)
from work365.emulators.partner_center.months import Month
from work365.emulators.partner_center.payloads import json_text
from work365.emulators.partner_center.reconciliation import row_of
from work365.emulators.partner_center.state import State
from work365.emulators.partner_center.usage_rows import usage_row

ANNEX = "exports"
RUNNING, SUCCEEDED, FAILED = "running", "succeeded", "failed"
RECONCILIATION, USAGE = "reconciliation", "usage"


def operations(state: State) -> dict[str, Record]:
    """Return all operations by id."""
    return records(state, ANNEX, "operations")


def manifests(state: State) -> dict[str, Record]:
    """Return all manifests by id."""
    return records(state, ANNEX, "manifests")


def start(state: State, partner: str, asked: Record) -> Record:
    """Begin an export; `asked` says what of, and which invoice or currency and month."""
    now = moment_kept(state.now)
    operation: Record = {
        "id": state.new_id(),
        "partner": partner,
        "asked": asked,
        "status": RUNNING,
        "polls": 0,
        "manifest": "",
        "created": now,
        "acted": now,
    }
    operations(state)[operation["id"]] = operation
    return operation


def poll(state: State, operation: Record) -> None:
    """Look at an operation; it ends when it was looked at often enough."""
    if operation["status"] != RUNNING:
        return
    operation["acted"] = moment_kept(state.now)
    operation["polls"] += 1
    if operation["polls"] <= conduct_of(state).export_polls:
        return
    rows = _rows(state, operation)
    if not rows:
        operation["status"] = FAILED
        return
    operation["manifest"] = _manifest(state, operation, rows)
    operation["status"] = SUCCEEDED


def is_gone(state: State, kept: Record) -> bool:
    """Return whether an operation or a manifest may no longer be read."""
    hours = timedelta(hours=conduct_of(state).export_hours)
    return moment_of(kept["created"]) + hours <= state.now


def _rows(state: State, operation: Record) -> list[Record]:
    asked, partner = operation["asked"], operation["partner"]
    is_usage = asked["of"] == USAGE
    if asked["invoice"]:
        return _billed_rows(state, partner, asked, is_usage=is_usage)
    month = Month.read(asked["month"])
    assert month is not None, "an export's month is one"
    if is_usage:
        return [
            usage_row(state, each, "", asked["attributes"])
            for each in usage_of(state, partner, month, state.now)
            if each.currency == asked["currency"]
        ]
    lines = unbilled_lines(state, partner, asked["currency"], month)
    return [row_of(state, line, None) for line in lines]


def _billed_rows(state: State, partner: str, asked: Record, *, is_usage: bool) -> list[Record]:
    invoice = invoices(state).get(asked["invoice"])
    if invoice is None or invoice["partner"] != partner:
        return []
    if not is_usage:
        return [row_of(state, line, invoice) for line in lines_of(state, invoice)]
    if invoice["kind"] != INVOICE:
        return []
    month = Month.read(invoice["month"])
    assert month is not None, "an invoice's month is one"
    return [
        usage_row(state, each, invoice["id"], asked["attributes"])
        for each in usage_of(state, partner, month, month.end + timedelta(days=1))
        if each.currency == invoice["currency"]
    ]


def _manifest(state: State, operation: Record, rows: list[Record]) -> str:
    conduct = conduct_of(state)
    # The service promises no order; a fixed shuffle keeps anyone from relying on one.
    lines = sorted(
        (json_text(row) for row in rows), key=lambda text: sha256(text.encode()).digest()
    )
    key = state.new_id()
    blobs = {
        f"part-{number:05}-{key}.c000.json.gz": b64encode(
            _packed(lines[at : at + conduct.blob_rows_max], conduct)
        ).decode("ascii")
        for number, at in enumerate(range(0, len(lines), conduct.blob_rows_max))
    }
    asked = operation["asked"]
    manifests(state)[key] = {
        "id": key,
        "partner": operation["partner"],
        "created": moment_kept(state.now),
        "etag": sha256("\n".join(lines).encode()).hexdigest()[:17],
        "format": conduct.data_format,
        "path": (
            f"{asked['of']}/v1/PartnerTenantId={operation['partner']}/"
            f"{asked['invoice'] or asked['month']}/Fragment={asked['attributes']}/{key}"
        ),
        "blobs": blobs,
    }
    return key


def _packed(lines: list[str], conduct: Conduct) -> bytes:
    """Return the lines as gzip, in as many members as asked for."""
    each = -(-len(lines) // max(conduct.blob_members, 1))
    members = [lines[at : at + each] for at in range(0, len(lines), each)]
    return b"".join(
        gzip.compress("".join(f"{line}\n" for line in member).encode(), mtime=0)
        for member in members
    )


def blob_of(manifest: Record, name: str) -> bytes | None:
    """Return a blob's bytes; None where there is none of the name."""
    text = manifest["blobs"].get(name)
    return None if text is None else b64decode(text)
