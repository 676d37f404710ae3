"""Price sheets: the documented file, and the documented address."""

import respx

from tests.adapters.partner_center.asking import SHEETS, errand
from tests.contract.partner_center.documented import text
from work365.adapters.partner_center.price_sheet import read_price_sheet
from work365.adapters.partner_center.price_sheet_downloads import PriceSheets
from work365.domain.microsoft.price_sheets import PriceSheetName, PriceSheetView, Timeline
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
