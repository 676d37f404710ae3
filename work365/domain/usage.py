"""Usage records: what was used, on which day, and when that became known.

A record is never altered: what was wrong is put right by a further record, with a negative
quantity where too much was told. What is billed for a period is what had arrived when it was;
what arrives later is late, and is billed by the total that it makes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from work365.domain.periods import Period
from work365.errors import Refusal


class UsageToldTwice(Refusal):
    """Two records with one key that do not say the same."""

    code = "usage_told_twice"


class UsageBilled(Refusal):
    """A record was to be deleted that is on an invoice."""

    code = "usage_billed"


class UsageUnknown(Refusal):
    """A record was to be deleted that there is none of."""

    code = "usage_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecord:
    """A quantity used on a day."""

    key: str
    subscription: str
    used_on: date
    quantity: Decimal
    recorded_at: datetime
    meter: str = ""
    upload: str = ""
    """The file or the call that it came with."""
    group: str = ""
    """What the customer wants it rated with, such as a department."""


class Grouping(Enum):
    """Which records of a billing period are rated together."""

    BILLING_PERIOD = "billing-period"
    DAY = "day"
    RECORD = "record"
    UPLOAD = "upload"
    GROUP = "group"


class GroupTotal(NamedTuple):
    """The usage of one group of a billing period."""

    group: str
    quantity: Decimal


def group_of(record: UsageRecord, grouping: Grouping) -> str:
    """Return the name of the group that `record` is rated with, within its billing period."""
    match grouping:
        case Grouping.BILLING_PERIOD:
            return ""
        case Grouping.DAY:
            return record.used_on.isoformat()
        case Grouping.RECORD:
            return record.key
        case Grouping.UPLOAD:
            return record.upload
        case Grouping.GROUP:
            return record.group


def totals(
    records: Iterable[UsageRecord], period: Period, grouping: Grouping
) -> tuple[GroupTotal, ...]:
    """Return the usage on the days of `period`, added up by group and sorted by its name.

    Raises: UsageToldTwice: two records have one key and do not say the same.
    """
    sums: dict[str, Decimal] = {}
    for record in distinct(records):
        if period.start <= record.used_on < period.end:
            group = group_of(record, grouping)
            sums[group] = sums.get(group, Decimal(0)) + record.quantity
    return tuple(GroupTotal(group, quantity) for group, quantity in sorted(sums.items()))


def distinct(records: Iterable[UsageRecord]) -> tuple[UsageRecord, ...]:
    """Return every record once, in the order they came; one told again is the same one.

    When it became known is not compared: the first time counts.
    Raises: UsageToldTwice: two records have one key and do not say the same.
    """
    known: dict[str, UsageRecord] = {}
    for record in records:
        first = known.setdefault(record.key, record)
        if _content(first) != _content(record):
            raise UsageToldTwice(
                f"usage record {record.key} says {record.quantity} on {record.used_on}, and"
                f" {first.quantity} on {first.used_on} before; give the correction its own key"
            )
        if record.recorded_at < first.recorded_at:
            known[record.key] = record
    return tuple(known.values())


def _content(record: UsageRecord) -> tuple[object, ...]:
    return (
        record.subscription,
        record.used_on,
        record.quantity,
        record.meter,
        record.upload,
        record.group,
    )


def arrived(records: Iterable[UsageRecord], *, by: datetime) -> tuple[UsageRecord, ...]:
    """Return the records that were known at `by`, whichever days they are of."""
    return tuple(record for record in records if record.recorded_at <= by)


def late(
    records: Iterable[UsageRecord], period: Period, *, billed_at: datetime
) -> tuple[UsageRecord, ...]:
    """Return the records of `period` that became known after it was billed."""
    return tuple(
        record
        for record in records
        if period.start <= record.used_on < period.end and record.recorded_at > billed_at
    )


def without(
    records: Sequence[UsageRecord], key: str, *, billed: frozenset[str]
) -> tuple[UsageRecord, ...]:
    """Return the records but the one of `key`, which is deleted; `billed` are on invoices.

    Raises: UsageBilled: it is on an invoice. UsageUnknown: there is none.
    """
    if key in billed:
        raise UsageBilled(
            f"usage record {key} is on an invoice and cannot be deleted;"
            " record its quantity again, negative, under a key of its own"
        )
    rest = tuple(record for record in records if record.key != key)
    if len(rest) == len(records):
        raise UsageUnknown(f"usage record {key} cannot be deleted; there is none with that key")
    return rest
