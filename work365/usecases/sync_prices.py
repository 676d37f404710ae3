"""Bring over list prices from Microsoft's price sheets, those of next month among them."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import product

from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.price_sheets import PriceSheetName, PriceSheetView, Timeline
from work365.errors import Refusal
from work365.ports.catalog import CatalogStore
from work365.ports.provider_lists import PriceSheetShelf
from work365.usecases.import_prices import import_prices
from work365.usecases.intake import Imported, Progress, Provided

LIST_PRICE_VIEWS = (PriceSheetView.LICENCES, PriceSheetView.END_OF_SALE)
"""Views whose rows are list prices, the one that wins first.

The view of the extended service term prices the same SKUs, terms and plans higher: taken in, it
would stand for the list price. What is paid once or by usage (software, marketplace, Azure) is
priced by no term and plan.
"""
NOW_AND_NEXT = (Timeline.CURRENT, Timeline.FUTURE)
NEEDS_DELEGATED = "needs_delegated_connection"


def sheets_of(
    markets: Iterable[str], *, views: Iterable[PriceSheetView] = LIST_PRICE_VIEWS
) -> list[PriceSheetName]:
    """Return the sheets of this month and the preview of the next for `markets`."""
    names = product(markets, views, NOW_AND_NEXT)
    return [
        PriceSheetName(market=market, view=view, timeline=timeline)
        for market, view, timeline in names
    ]


def last_months(
    market: str, view: PriceSheetView, *, months: int, today: date
) -> list[PriceSheetName]:
    """Return the sheets of the last `months` months, the oldest first.

    They are needed once, for the prices that subscriptions were bought at.
    """
    names: list[PriceSheetName] = []
    month = today.replace(day=1)
    for _ in range(months):
        month = (month - timedelta(days=1)).replace(day=1)
        names.append(
            PriceSheetName(
                market=market, view=view, timeline=Timeline.HISTORY, month=f"{month:%Y%m}"
            )
        )
    return names[::-1]


def sync_prices(
    *,
    sheets: Sequence[PriceSheetName],
    shelf: PriceSheetShelf,
    store: CatalogStore,
    progress: Progress,
) -> Imported:
    """Add the prices of `sheets` that are not kept; a kept price is never overwritten.

    A sheet that Microsoft refuses is a finding, and the others are read; without the delegated
    connection none is asked for again. `progress` counts sheets.

    Raises: Unavailable, Contradiction: Microsoft gives no sheet, or none that can be true.
    """
    imported = Imported()
    for name in sheets:
        try:
            reading = shelf.prices(name)
        except Refusal as refusal:
            imported += Imported(findings=(_refused(name, refusal),))
            if refusal.code == NEEDS_DELEGATED:
                return imported
            continue
        imported += Imported(findings=reading.findings)
        imported += import_prices(
            prices=[Provided(price, str(name)) for price in reading.values],
            store=store,
            progress=lambda _: None,
        )
        progress(1)
    return imported


def _refused(name: PriceSheetName, refusal: Refusal) -> Finding:
    message = f"Price sheet {name} was not read: {refusal}"
    # Of what is no longer sold there may be nothing; the main sheet is always there.
    is_needed = name.view is PriceSheetView.LICENCES and refusal.code != NEEDS_DELEGATED
    severity = Severity.ERROR if is_needed else Severity.WARNING
    return Finding(severity, refusal.code, message, f"price sheet {name}")
