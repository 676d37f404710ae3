"""Exports of what Microsoft bills: reconciliation lines and daily rated usage."""

from dataclasses import dataclass
from enum import Enum


class ExportKind(Enum):
    """What is exported."""

    RECONCILIATION = "reconciliation"
    USAGE = "usage"


class BillingPeriod(Enum):
    """Which month of what is not billed yet."""

    CURRENT = "current"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class BilledExport:
    """What is on an invoice."""

    kind: ExportKind
    invoice: str


@dataclass(frozen=True, slots=True)
class UnbilledExport:
    """What will be on the next invoice, as far as it is known."""

    kind: ExportKind
    currency: str
    period: BillingPeriod


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of an export. Its name holds no key; the key is kept by whoever downloads."""

    name: str
    partition: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportManifest:
    """What an export consists of.

    `version` changes when, and only when, the data did; an import of the same one can be
    left out.
    """

    id: str
    version: str
    schema_version: str
    files: tuple[ExportFile, ...]
