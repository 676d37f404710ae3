"""Price sheets: the documented file, the documented address, and what their prices are for.

A price is for the whole term, in however many parts it is billed. Source:
learn.microsoft.com/partner-center/pricing/pricing-and-offers, which shows a year's price billed
at once beside the same billed monthly.
"""

import csv
from io import StringIO

import pytest
import respx

from tests.adapters.partner_center.asking import SHEETS, errand
from tests.contract.partner_center.documented import text
from tests.emulators.partner_center.room import STANDARD, room_at
from work365.adapters.partner_center.price_sheet import read_price_sheet
from work365.adapters.partner_center.price_sheet_downloads import PriceSheets
from work365.domain.microsoft.price_sheets import PriceSheetName, PriceSheetView, Timeline
from work365.emulators.partner_center.price_sheets import COLUMNS, Sheet, rows_of
from work365.identity.clouds import Audience


@respx.mock
def test_a_sheet_is_asked_for_and_read_as_documented() -> None:
    content = text("price_sheet_updatedlicensebased.csv")
    route = respx.get(url__startswith=f"{SHEETS}/v1.0/sales/").respond(content=content.encode())
    name = PriceSheetName(
        market="US", view=PriceSheetView.LICENCES, timeline=Timeline.HISTORY, month="202101"
    )

    found = PriceSheets(errand(Audience.PRICE_SHEETS)).prices(name)

    request = route.calls.last.request
    assert request.url.path == (
        "/v1.0/sales/pricesheets(Market='US',PricesheetView='updatedlicensebased')/$value"
    )
    assert dict(request.url.params) == {"timeline": "history", "month": "202101"}
    assert request.headers["Accept-Encoding"] == "deflate"
    assert found == read_price_sheet(content, file_name=str(name))
    assert found.values


@pytest.mark.parametrize(
    ("plan", "cycle_months"),
    [
        (("P1M", "monthly"), 1),
        (("P1Y", "monthly"), 1),
        (("P1Y", "annual"), 12),
        (("P3Y", "annual"), 12),
        (("P3Y", "triennial"), 36),
    ],
)
def test_a_price_of_the_twins_sheet_comes_to_what_the_twin_charges(
    plan: tuple[str, str], cycle_months: int
) -> None:
    room = room_at()
    today = room.now.date()
    sheet = Sheet(market="DE", view="updatedlicensebased", first=today, last=today)
    file = StringIO()
    csv.writer(file).writerows([COLUMNS, *rows_of(room.world.catalogue, sheet)])

    found = read_price_sheet(file.getvalue(), file_name="sheet.csv")
    bought = room.buy(room.customer(), 1, plan=plan)

    [price] = [
        each
        for each in found.values
        if each.sku.part_number == f"{STANDARD}:0001"
        and (each.term.value, each.plan.value.lower()) == plan
    ]
    [(_, _, charged)] = room.charged(bought)
    # The documentation has a year for 3,393.90 billed at once, and for 3,393.96 by the month.
    assert price.unit_price * cycle_months / price.price_months == charged
