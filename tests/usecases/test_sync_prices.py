from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest

from tests.usecases.fake_catalog import FakeCatalog, a_price
from tests.usecases.provider_ends import UNREADABLE, OutOfReach, RefusedHere
from tests.usecases.test_sync_agreements import NeedsDelegated
from work365.domain.catalog import ListPrice
from work365.domain.findings import Finding, Reading, Severity
from work365.domain.microsoft.price_sheets import PriceSheetName, PriceSheetView
from work365.errors import Work365Error
from work365.usecases.intake import Imported
from work365.usecases.sync_prices import last_months, sheets_of, sync_prices

CURRENT, FUTURE = "updatedlicensebased-DE-current.csv", "updatedlicensebased-DE-future.csv"
NEXT_MONTH = a_price(effective_from=date(2026, 4, 1), erp_price=Decimal("70.00"))


@dataclass
class Shelf:
    """A `PriceSheetShelf`."""

    sheets: Mapping[str, Sequence[ListPrice] | Work365Error]
    findings: Sequence[Finding] = ()
    asked: list[str] = field(default_factory=list)

    def prices(self, name: PriceSheetName) -> Reading[ListPrice]:
        self.asked.append(str(name))
        found = self.sheets.get(str(name), ())
        if isinstance(found, Work365Error):
            raise found
        return Reading(tuple(found), tuple(self.findings))


def synced(shelf: Shelf, store: FakeCatalog) -> Imported:
    return sync_prices(sheets=sheets_of(["DE"]), shelf=shelf, store=store, progress=lambda _: None)


def test_prices_of_this_month_and_the_next_are_added() -> None:
    store = FakeCatalog(prices=[])

    synced(Shelf({CURRENT: [a_price()], FUTURE: [NEXT_MONTH]}), store)

    assert store.prices == [a_price(), NEXT_MONTH]


def test_a_price_that_is_kept_is_not_overwritten() -> None:
    store = FakeCatalog()

    imported = synced(Shelf({CURRENT: [a_price(erp_price=Decimal("99.00"))]}), store)

    assert store.prices == [a_price()]
    assert [finding.code for finding in imported.findings] == ["price_differs"]


def test_a_row_that_cannot_be_read_is_found() -> None:
    imported = synced(Shelf({}, findings=[UNREADABLE]), FakeCatalog())

    assert UNREADABLE in imported.findings


def test_a_sheet_that_is_refused_stops_no_other() -> None:
    store = FakeCatalog(prices=[])

    imported = synced(Shelf({CURRENT: RefusedHere("no"), FUTURE: [NEXT_MONTH]}), store)

    assert store.prices == [NEXT_MONTH]
    [finding] = imported.findings
    assert (finding.severity, finding.path) == (Severity.ERROR, f"price sheet {CURRENT}")


def test_without_the_delegated_connection_no_sheet_is_asked_for_again() -> None:
    shelf = Shelf({CURRENT: NeedsDelegated("consent first")})

    imported = synced(shelf, FakeCatalog())

    assert shelf.asked == [CURRENT]
    assert [finding.severity for finding in imported.findings] == [Severity.WARNING]


def test_where_microsoft_is_out_of_reach_the_sync_ends() -> None:
    with pytest.raises(OutOfReach):
        synced(Shelf({CURRENT: OutOfReach("down")}), FakeCatalog())


def test_prices_of_the_extended_service_term_are_no_list_prices() -> None:
    views = {sheet.view for sheet in sheets_of(["DE"])}

    assert PriceSheetView.EXTENDED_TERM not in views
    assert PriceSheetView.LICENCES in views


def test_past_months_are_named_from_the_oldest() -> None:
    names = last_months("DE", PriceSheetView.LICENCES, months=3, today=date(2026, 2, 28))

    assert [name.month for name in names] == ["202511", "202512", "202601"]
