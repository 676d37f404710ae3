"""Which price sheets Microsoft publishes."""

from dataclasses import dataclass
from enum import Enum


class PriceSheetView(Enum):
    """What a price sheet lists, as Partner Center spells it."""

    LICENCES = "updatedlicensebased"
    SOFTWARE = "software"
    MARKETPLACE = "marketplace"
    AZURE_CONSUMPTION = "azure_consumption"
    AZURE_RESERVATIONS = "azure_reservations"
    EXTENDED_TERM = "licensebasedest"
    END_OF_SALE = "licensebasedeos"


class Timeline(Enum):
    """Which prices."""

    CURRENT = "current"
    HISTORY = "history"
    FUTURE = "future"
    """Those of the next month, published up to 30 days before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSheetName:
    """One price sheet of one market.

    `month` is written as 202611, and is said for the history, and only then.
    """

    market: str
    view: PriceSheetView
    timeline: Timeline = Timeline.CURRENT
    month: str | None = None

    def __post_init__(self) -> None:
        assert (self.month is not None) == (self.timeline is Timeline.HISTORY), self
        assert self.month is None or (self.month.isdecimal() and len(self.month) == len("YYYYMM"))

    def __str__(self) -> str:
        parts = (self.view.value, self.market, self.month or self.timeline.value)
        return f"{'-'.join(parts)}.csv"
