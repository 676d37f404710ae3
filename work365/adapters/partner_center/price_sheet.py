"""Price sheets: the CSV of list prices for one market.

Source: "Get a price sheet", learn.microsoft.com/partner-center/developer/get-a-price-sheet,
and "Pricing and offers", section "New commerce price list".
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from decimal import Decimal

from work365.adapters.partner_center.field_values import plan_of, term_of
from work365.adapters.partner_center.files import (
    FileRefused,
    Row,
    Unreadable,
    moment_of,
    opened,
    text_of,
)
from work365.domain.catalog import (
    COMMERCIAL,
    PRICE_MONTHS,
    SKU_ID_LENGTH,
    BillingPlan,
    ListPrice,
    Sku,
    Term,
    price_months,
)
from work365.domain.findings import Finding, Reading, Severity

PRICE_MAX = Decimal(10) ** 9
PRICE_DECIMALS_MAX = 10

REQUIRED_COLUMNS = (
    "ProductId",
    "SkuId",
    "SkuTitle",
    "TermDuration",
    "BillingPlan",
    "Market",
    "Currency",
    "UnitPrice",
    "EffectiveStartDate",
    "EffectiveEndDate",
    "ERP Price",
)
OPTIONAL_COLUMNS = ("Publisher", "PricingTierRangeMin", "PricingTierRangeMax", "Segment")

_COLUMNS = {
    re.sub(r"\W", "", name).lower(): name for name in (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
}
_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_AMERICAN = re.compile(
    r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{4})"
    r"(?:\s+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
    r"(?:\s*(?P<half>[AaPp])[Mm])?)?"
)
_NOON = 12
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def read_price_sheet(text: str, *, file_name: str) -> Reading[ListPrice]:
    """Return the list prices in a price sheet of the "updatedlicensebased" view.

    Columns may stand in any order and others may stand between them. Days are those of
    UTC; a price that ends within a day holds for the whole of it. Prices by tiers of
    quantity are not read, and found.

    Raises: FileRefused: the text is not CSV, or lacks a column that a price needs.
    """
    rows = _rows(opened(text, file_name=file_name), file_name)
    _, header = next(rows, (1, []))
    columns = _columns(header, file_name)
    values: list[ListPrice] = []
    findings: list[Finding] = []
    for number, cells in rows:
        row = Row(file_name, number, _fields(columns, cells))
        price = _list_price(row) if _is_whole(row, columns, cells) else None
        if price is not None:
            values.append(price)
        findings += row.findings
    if not values and not findings:
        findings.append(_no_prices(file_name))
    return Reading(tuple(values), tuple(findings))


def _rows(text: str, file_name: str) -> Iterator[tuple[int, list[str]]]:
    first_line = text.lstrip().partition("\n")[0]
    if "," not in first_line and re.search(r"[;\t]", first_line):
        raise FileRefused(
            file_name,
            "The columns are not separated by commas, so a spreadsheet saved the file again"
            " and may have changed its numbers. Import the price sheet as it was downloaded.",
        )
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as error:
        raise FileRefused(
            file_name,
            f"The file is not CSV: {error}, line {reader.line_num}. Import the price sheet as"
            " it was downloaded.",
        ) from error


def _columns(header: Sequence[str], file_name: str) -> Sequence[str]:
    names = [_COLUMNS.get(_plain(cell), cell) for cell in header]
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    if missing:
        raise FileRefused(
            file_name,
            f"The file is no price sheet of licences: column(s) {', '.join(missing)} missing."
            " In Partner Center, choose Pricing, and then the price list of licences.",
        )
    twice = sorted({name for name in names if name in _COLUMNS.values() and names.count(name) > 1})
    if twice:
        raise FileRefused(file_name, f"Column(s) {', '.join(twice)} are in the file twice.")
    return names


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _fields(columns: Sequence[str], cells: Sequence[str]) -> Mapping[str, object]:
    # Spreadsheets put an apostrophe in front of what they are not to take for a number.
    return {
        name: cell.strip().removeprefix("'") for name, cell in zip(columns, cells, strict=False)
    }


def _is_whole(row: Row, columns: Sequence[str], cells: Sequence[str]) -> bool:
    if len(cells) != len(columns):
        row.report("not_a_row", "row", f"it must have {len(columns)} cells, and has {len(cells)}")
    return row.is_sound


def _no_prices(file_name: str) -> Finding:
    message = f"{file_name}: there is a header, and no price under it. Download it again."
    return Finding(Severity.WARNING, "no_prices", message, file_name)


def _list_price(row: Row) -> ListPrice | None:
    sku = Sku(
        product_id=row.read("ProductId", _identifier, otherwise=""),
        sku_id=row.read("SkuId", _identifier, otherwise="").zfill(SKU_ID_LENGTH),
        title=row.read("SkuTitle", text_of, otherwise=""),
        publisher=row.read_if_given("Publisher", text_of) or "",
    )
    term = row.read("TermDuration", term_of, otherwise=Term.MONTH)
    plan = row.read("BillingPlan", plan_of, otherwise=BillingPlan.MONTHLY)
    market = row.read("Market", _market, otherwise="")
    currency = row.read("Currency", _currency, otherwise="")
    unit_price = row.read("UnitPrice", _price, otherwise=Decimal(0))
    erp_price = row.read("ERP Price", _price, otherwise=Decimal(0))
    start = row.read("EffectiveStartDate", _moment, otherwise=_LONG_AGO).date()
    until = _first_day_without(row.read_if_given("EffectiveEndDate", _moment))
    if row.is_sound:
        _check(row, term=term, plan=plan, start=start, until=until)
    if not row.is_sound:
        return None
    return ListPrice(
        sku=sku,
        term=term,
        plan=plan,
        market=market,
        currency=currency,
        segment=row.read_if_given("Segment", text_of) or COMMERCIAL,
        unit_price=unit_price,
        erp_price=erp_price,
        price_months=price_months(term, plan),
        effective_from=start,
        effective_until=until,
    )


def _check(row: Row, *, term: Term, plan: BillingPlan, start: date, until: date | None) -> None:
    if (term, plan) not in PRICE_MONTHS:
        row.report("plan_not_sold", "BillingPlan", f"a term of {term.value} is not billed so")
    if until is not None and until <= start:
        row.report("ends_before_start", "EffectiveEndDate", f"it is before the start, {start}")
    for field in ("PricingTierRangeMin", "PricingTierRangeMax"):
        if row.read_if_given(field, text_of) is not None:
            row.report("tiered_price", field, "prices by tiers of quantity are not read")


def _first_day_without(end: datetime | None) -> date | None:
    if end is None or end.year == MAXYEAR:
        return None
    starts_a_day = end.time() == time()
    return end.date() if starts_a_day else end.date() + timedelta(days=1)


def _identifier(value: object) -> str:
    text = text_of(value).upper()
    if not text.isalnum() or not text.isascii():
        raise Unreadable("not_an_identifier", "it must be letters and digits only")
    return text


def _market(value: object) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", text_of(value)):
        raise Unreadable("unknown_market", "it must be a country's two letters, as DE")
    return text_of(value).upper()


def _currency(value: object) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", text_of(value)):
        raise Unreadable("unknown_currency", "it must be a currency's three letters, as EUR")
    return text_of(value).upper()


def _price(value: object) -> Decimal:
    text = text_of(value)
    if not _NUMBER.fullmatch(text):
        raise Unreadable(
            "not_a_number",
            "it must be a number with a point, as 1234.50, without separators and symbols",
        )
    price = Decimal(text)
    if price < 0:
        raise Unreadable("negative_price", "it must not be negative")
    if price >= PRICE_MAX:
        raise Unreadable("price_too_large", f"it must be less than {PRICE_MAX:,}")
    if price != round(price, PRICE_DECIMALS_MAX):
        raise Unreadable("price_too_fine", f"it must have {PRICE_DECIMALS_MAX} decimals at most")
    # 1.2E+2 and 120 are equal, but only one of them looks like a price.
    return Decimal(format(price, "f"))


def _moment(value: object) -> datetime:
    match = _AMERICAN.fullmatch(text_of(value))
    if match is None:
        return moment_of(value)
    hour = int(match["hour"] or 0)
    if match["half"]:
        if not 1 <= hour <= _NOON:
            raise _not_american()
        hour = hour % _NOON + (_NOON if match["half"] in "Pp" else 0)
    try:
        return datetime(
            year=int(match["year"]),
            month=int(match["month"]),
            day=int(match["day"]),
            hour=hour,
            minute=int(match["minute"] or 0),
            second=int(match["second"] or 0),
            tzinfo=UTC,
        )
    except ValueError as error:
        raise _not_american() from error


def _not_american() -> Unreadable:
    return Unreadable(
        "not_a_moment",
        "it must be month/day/year, as 1/31/2026 12:00:00 AM; if the day stands first, a"
        " spreadsheet saved the file again: import it as it was downloaded",
    )
