"""Read once a day what was changed at Microsoft, and look at the customers that it is about.

Messages from Microsoft may be late or lost. Audit records are kept for 90 days: a service that
did not read for longer cannot know any more on which day a change was made.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.audit import AuditRecord
from work365.domain.moments import local_day
from work365.ports.provider_lists import AuditTrail, ReadingMarks, SubscriptionList
from work365.usecases.intake import Imported
from work365.usecases.seat_history import SeatHistory, seat_history
from work365.usecases.sync_subscriptions import Scope, Stores, Synced, sync_subscriptions

DAYS_KEPT = 90
"""How far back Microsoft answers.
Source: "Get a record of Partner Center activity by user"."""
DAYS_READ_AGAIN = 2
"""Records may come late. Microsoft does not say how late; its messages may be by 48 hours."""

PATH = "audit records"
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What audit records tell, and until when they were read."""

    records: tuple[AuditRecord, ...]
    findings: tuple[Finding, ...]
    until: datetime
    history: SeatHistory = field(default_factory=dict)

    @property
    def tenants(self) -> frozenset[str]:
        """The customers that something was changed of."""
        return frozenset(
            record.customer for record in self.records if record.customer and record.succeeded
        )


def sync_audit(
    *,
    provider: str,
    trail: AuditTrail,
    marks: ReadingMarks,
    subscriptions: SubscriptionList,
    stores: Stores,
    at: datetime,
) -> Synced:
    """Read the subscriptions of the customers that something was changed of since last time.

    Raises: as `read_audit` and `sync_subscriptions` do; the same records are read again then.
    """
    audited = read_audit(provider=provider, trail=trail, marks=marks, at=at)
    synced = Synced(Imported(findings=audited.findings))
    if audited.tenants:
        synced += sync_subscriptions(
            provider=provider,
            subscriptions=subscriptions,
            stores=stores,
            scope=Scope(tenants=audited.tenants, history=audited.history),
            at=at,
            progress=lambda _: None,
        )
    keep_audit_mark(provider=provider, audited=audited, marks=marks)
    return synced


def read_audit(*, provider: str, trail: AuditTrail, marks: ReadingMarks, at: datetime) -> Audited:
    """Read the audit records since they were last read, and as far back as Microsoft has them.

    Nothing is remembered before `keep_audit_mark` is called, once what follows from the records
    is kept: a process that ends in between reads them again. A gap longer than Microsoft keeps
    records is a finding. `at` is the time of the reading, in UTC.

    Raises: Refusal, Unavailable, Contradiction: Microsoft gave no list.
    """
    today = local_day(at, UTC)
    oldest = today - (DAYS_KEPT - 1) * ONE_DAY
    read_until = marks.marks().get(_name(provider))
    first = oldest
    findings: list[Finding] = []
    if read_until is not None:
        wanted = local_day(read_until, UTC) - DAYS_READ_AGAIN * ONE_DAY
        first = max(oldest, wanted)
        if local_day(read_until, UTC) < oldest:
            findings.append(_gap(local_day(read_until, UTC), oldest))
    reading = trail.between(first, today)
    records = _once(reading.values)
    return Audited(
        records=records,
        findings=(*findings, *reading.findings),
        until=at,
        history=seat_history(records),
    )


def keep_audit_mark(*, provider: str, audited: Audited, marks: ReadingMarks) -> None:
    """Remember that all that `audited` tells is taken account of."""
    marks.keep(_name(provider), until=audited.until)


def _name(provider: str) -> str:
    return f"{provider}_audit"


def _once(records: Sequence[AuditRecord]) -> tuple[AuditRecord, ...]:
    # A list that grows while it is read may have a record on two pages.
    by_id = {record.id or index: record for index, record in enumerate(records)}
    return tuple(sorted(by_id.values(), key=lambda record: record.at))


def _gap(read_until: date, oldest: date) -> Finding:
    message = (
        f"Audit records were last read on {read_until}, and Microsoft has none before {oldest}."
        " Changes made at Microsoft in between are found by what the subscriptions are now, and"
        " are entered on the day of this sync: correct their days where it matters"
    )
    return Finding(Severity.WARNING, "audit_gap", message, PATH)
