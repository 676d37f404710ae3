"""The host of prices: sheets, the offer matrix, and exchange rates, as CSV or as a zip of it.

They need an app+user token for `https://api.partner.microsoft.com`.
Source: learn.microsoft.com/partner-center/developer/get-a-price-sheet, get-an-offer-matrix,
get-foreign-exchange-rates.
"""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import timedelta

from work365.emulators.partner_center.callers import PRICE_SHEET_AUDIENCES
from work365.emulators.partner_center.calls import Answer, Call, Endpoint
from work365.emulators.partner_center.catalogue import ONLINE_SERVICES, Product, Sku
from work365.emulators.partner_center.errors import invalid_input, not_found
from work365.emulators.partner_center.exchange_rates import currencies, dollars_a_unit
from work365.emulators.partner_center.months import Month
from work365.emulators.partner_center.price_sheets import (
    COLUMNS,
    KINDS,
    PREVIEW_DAYS,
    Sheet,
    rows_of,
)

ROOT = "/v1.0/sales"
MATRIX_COLUMNS = (
    "ProductTitle",
    "ProductId",
    "SkuId",
    "SkuTitle",
    "ProvisioningId",
    "ProvisioningString",
    "MinLicenses",
    "MaxLicenses",
    "AssetOwnershipLimit",
    "AssetOwnershipLimitType",
    "ProductSkuPreRequisites",
    "ProductSkuConversion",
    "Description",
    "AllowedCountries",
)
RATE_COLUMNS = ("CurrencyCode", "USDPerUnit", "Month")
_ZIP_TIME = (2020, 1, 1, 0, 0, 0)


def _price_sheet(call: Call) -> Answer:
    view = call.parameters["view"].casefold()
    market = call.parameters["market"].upper()
    if view not in KINDS:
        raise invalid_input(f"PricesheetView '{view}' is none of {', '.join(KINDS)}.")
    sheet = _sheet(call, market, view)
    rows = rows_of(call.world.catalogue, sheet)
    if not rows:
        raise not_found(f"There is no price sheet of '{view}' for '{market}' in that time.")
    return _file(call, "sheets", COLUMNS, rows)


def _sheet(call: Call, market: str, view: str) -> Sheet:
    timeline = call.query.get("timeline", "current").casefold()
    today = call.now.date()
    if timeline == "future":
        first, last = today + timedelta(days=1), today + timedelta(days=PREVIEW_DAYS)
        return Sheet(market=market, view=view, first=first, last=last, begins=True)
    if timeline == "history":
        month = _month(call, call.query.get("month", ""))
        return Sheet(market=market, view=view, first=month.first, last=month.last)
    if timeline != "current":
        raise invalid_input("'timeline' is current, history or future.")
    return Sheet(market=market, view=view, first=Month.of(today).first, last=today)


def _month(call: Call, text: str) -> Month:
    month = Month.read(text) if "-" not in text else None
    if month is None:
        raise invalid_input("'month' has to be YYYYMM.")
    if month > Month.of(call.now):
        raise not_found(f"There is nothing of '{text}' yet.")
    return month


def _asked_month(call: Call) -> Month:
    text = call.parameters["month"]
    return _month(call, text) if text else Month.of(call.now)


def _offer_matrix(call: Call) -> Answer:
    last = min(_asked_month(call).last, call.now.date())
    rows = [
        _offer_row(product, sku)
        for product in call.world.catalogue.products.values()
        if product.kind == ONLINE_SERVICES
        for sku in product.skus.values()
        if any(price.starts <= last for price in sku.prices)
    ]
    return _file(call, "updatedoffice", MATRIX_COLUMNS, rows)


def _offer_row(product: Product, sku: Sku) -> tuple[str, ...]:
    markets = dict.fromkeys(price.market for price in sku.prices)
    return (
        product.title,
        product.product,
        sku.sku,
        sku.title,
        sku.provisioning_id,
        sku.title.upper().replace(" ", "_"),
        str(sku.minimum),
        str(sku.maximum),
        str(sku.subscriptions_max or ""),
        "ConcurrentCount" if sku.subscriptions_max else "",
        ",".join(each.replace(":", "/") for each in sku.prerequisites),
        ",".join(each.replace(":", "/") for each in sku.upgrade_targets),
        sku.description,
        ";".join(market for market in markets if market not in sku.restricted_regions),
    )


def _rates(call: Call) -> Answer:
    month = _asked_month(call)
    rows = [
        (currency, f"{dollars_a_unit(currency, month.first):f}", f"{month.first:%Y%m}")
        for currency in currencies()
    ]
    return _file(call, "fxrates", RATE_COLUMNS, rows)


def _file(call: Call, name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Answer:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    writer.writerows(rows)
    content = text.getvalue().encode("utf-8")
    if "deflate" not in call.headers.get("accept-encoding", "").casefold():
        return _attachment(content, f"{name}.csv")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{name}.csv", _ZIP_TIME), content, zipfile.ZIP_DEFLATED)
    return _attachment(packed.getvalue(), f"{name}.zip")


def _attachment(content: bytes, name: str) -> Answer:
    headers = {"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "private"}
    return Answer(content, headers=headers, media_type="application/octet-stream")


_SHEET = f"{ROOT}/pricesheets(Market='{{market}}',PricesheetView='{{view}}')/$value"
_MATRIX = f"{ROOT}/offermatrix(Month='{{month}}')/$value"
_RATES = f"{ROOT}/fxrates(Month='{{month}}')/$value"

ENDPOINTS = tuple(
    Endpoint("GET", path, answer, needs_user=True, audiences=PRICE_SHEET_AUDIENCES)
    for path, answer in ((_SHEET, _price_sheet), (_MATRIX, _offer_matrix), (_RATES, _rates))
)
