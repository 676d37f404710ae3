import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from work365.adapters.partner_center.files import FileRefused
from work365.adapters.partner_center.price_sheet import REQUIRED_COLUMNS, read_price_sheet
from work365.domain.catalog import BillingPlan, ListPrice, Sku, Term
from work365.domain.findings import Reading, Severity

DOCUMENTED = Path(__file__).parents[4] / "shared" / "fixtures" / "partner_center"

ROW = {
    "ProductTitle": "Power BI Pro",
    "ProductId": "CFQ7TTC0LHSF",
    "SkuId": "0001",
    "SkuTitle": "Power BI Pro",
    "Publisher": "Microsoft Corporation",
    "SkuDescription": "Reports,\nfor everybody",
    "UnitOfMeasure": "",
    "TermDuration": "P1Y",
    "BillingPlan": "Annual",
    "Market": "GB",
    "Currency": "GBP",
    "UnitPrice": "105.6",
    "PricingTierRangeMin": "",
    "PricingTierRangeMax": "",
    "EffectiveStartDate": "4/1/2025 12:00:00 AM",
    "EffectiveEndDate": "11/30/9999 11:59:59 PM",
    "Tags": "License",
    "ERP Price": "132",
    "Segment": "Commercial",
}


def sheet(*rows: dict[str, str], columns: dict[str, str] | None = None) -> str:
    """Return CSV of `rows`; `columns` maps a column to the name that its header has."""
    named = columns or {name: name for name in ROW}
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(named.values())
    writer.writerows([row[name] for name in named] for row in rows)
    return out.getvalue()


def read(text: str) -> Reading[ListPrice]:
    return read_price_sheet(text, file_name="prices.csv")


class TestWhatIsRead:
    def test_every_field_of_a_price(self) -> None:
        assert read(sheet(ROW)) == Reading(
            values=(
                ListPrice(
                    sku=Sku("CFQ7TTC0LHSF", "0001", "Power BI Pro", "Microsoft Corporation"),
                    term=Term.YEAR,
                    plan=BillingPlan.ANNUAL,
                    market="GB",
                    currency="GBP",
                    segment="Commercial",
                    unit_price=Decimal("105.6"),
                    erp_price=Decimal(132),
                    price_months=12,
                    effective_from=date(2025, 4, 1),
                    effective_until=None,
                ),
            ),
            findings=(),
        )

    @pytest.mark.parametrize(
        "columns",
        [
            {name: name for name in reversed(ROW)},
            {name: f" {name.lower()} " for name in ROW},
            {name: name.replace("ERP Price", "ERPPrice") for name in ROW},
            {name: name.replace("Price", " Price").replace("Id", " ID") for name in ROW},
            {name: f"'{name}" for name in ROW},
            {name: name for name in REQUIRED_COLUMNS} | {"Publisher": "Publisher"},
        ],
        ids=["order", "case", "joined", "spaced", "apostrophes", "fewer"],
    )
    def test_columns_by_any_name_and_in_any_order(self, columns: dict[str, str]) -> None:
        assert read(sheet(ROW, columns=columns)) == read(sheet(ROW))

    @pytest.mark.parametrize("start", ["\ufeff", "\r\n", "\ufeff\n"])
    def test_a_sheet_behind_a_byte_order_mark_or_a_blank_line(self, start: str) -> None:
        assert read(start + sheet(ROW)) == read(sheet(ROW))

    @pytest.mark.parametrize("line_end", ["\n", "\r\n"])
    def test_lines_that_end_in_any_way(self, line_end: str) -> None:
        text = sheet(ROW).replace("\r\n", line_end)

        assert len(read(text).values) == 1

    def test_cells_that_a_spreadsheet_kept_as_text(self) -> None:
        kept = {**ROW, "SkuId": "'0001", "UnitPrice": "'105.6"}

        assert read(sheet(kept)) == read(sheet(ROW))

    def test_a_sku_id_that_lost_its_zeros(self) -> None:
        assert read(sheet({**ROW, "SkuId": "1"})) == read(sheet(ROW))

    def test_a_sheet_or_a_row_without_segment_is_commercial(self) -> None:
        columns = {name: name for name in ROW if name != "Segment"}

        assert read(sheet(ROW, columns=columns)) == read(sheet(ROW))
        assert read(sheet({**ROW, "Segment": ""})) == read(sheet(ROW))

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("115.2", "115.2"),
            ("0", "0"),
            (".5", "0.5"),
            ("1.152E+2", "115.2"),
            ("1e2", "100"),
            ("12345678.0123456789", "12345678.0123456789"),
            ("144.000000000000", "144"),
        ],
    )
    def test_a_price_is_exact(self, written: str, expected: str) -> None:
        reading = read(sheet({**ROW, "UnitPrice": written, "ERP Price": written}))

        assert [(found.unit_price, found.erp_price) for found in reading.values] == [
            (Decimal(expected), Decimal(expected))
        ]
        assert "E" not in str(reading.values[0].unit_price)

    @given(st.decimals(0, 10**6, places=4))
    def test_any_price_comes_back_as_it_was_written(self, price: Decimal) -> None:
        reading = read(sheet({**ROW, "UnitPrice": f"{price:f}"}))

        assert [found.unit_price for found in reading.values] == [price]

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("2/1/2019 12:00:00 AM", date(2019, 2, 1)),
            ("2/1/2019 0:00", date(2019, 2, 1)),
            ("2/1/2019", date(2019, 2, 1)),
            # Newer systems write a narrow no-break space in front of AM and PM.
            ("2/1/2019 8:35:31\u202fPM", date(2019, 2, 1)),
            ("2019-02-01T00:00:00.0000000Z", date(2019, 2, 1)),
            ("2019-02-01", date(2019, 2, 1)),
            ("1/1/1753 12:00:00 AM", date(1753, 1, 1)),
        ],
    )
    def test_a_price_holds_from_the_day_of_its_start(self, written: str, expected: date) -> None:
        reading = read(sheet({**ROW, "EffectiveStartDate": written}))

        assert [found.effective_from for found in reading.values] == [expected]

    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("6/30/2026 11:59:59 PM", date(2026, 7, 1)),
            ("7/1/2026 12:00:00 AM", date(2026, 7, 1)),
            # It holds for the whole of the day within which it ends.
            ("7/1/2026 12:00:01 AM", date(2026, 7, 2)),
            ("7/1/2026 12:30:00 PM", date(2026, 7, 2)),
            ("2026-06-30T23:59:59.9999999Z", date(2026, 7, 1)),
            ("11/30/9999 23:59", None),
            ("12/31/9999 11:59:59 PM", None),
            ("", None),
        ],
    )
    def test_a_price_holds_until_the_first_day_that_it_does_not_touch(
        self, written: str, expected: date | None
    ) -> None:
        reading = read(sheet({**ROW, "EffectiveEndDate": written}))

        assert [found.effective_until for found in reading.values] == [expected]

    @pytest.mark.parametrize(
        ("term", "plan", "months"),
        [("P1M", "Monthly", 1), ("P1Y", "Monthly", 12), ("P3Y", "Annual", 36), ("P1M", "None", 1)],
    )
    def test_a_price_pays_for_its_term(self, term: str, plan: str, months: int) -> None:
        reading = read(sheet({**ROW, "TermDuration": term, "BillingPlan": plan}))

        assert [found.price_months for found in reading.values] == [months]

    def test_one_sheet_with_a_price_in_each_european_currency(self) -> None:
        reading = read(sheet(ROW, {**ROW, "Currency": "eur"}))

        assert [found.currency for found in reading.values] == ["GBP", "EUR"]


class TestWhatIsFound:
    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("UnitPrice", "1,234.50", "not_a_number"),
            ("UnitPrice", "12,40", "not_a_number"),
            ("UnitPrice", "£12", "not_a_number"),
            ("UnitPrice", "1 234", "not_a_number"),
            ("UnitPrice", "NaN", "not_a_number"),
            ("UnitPrice", "١٢", "not_a_number"),
            ("UnitPrice", "", "missing"),
            ("UnitPrice", "-1", "negative_price"),
            ("UnitPrice", "1e999", "price_too_large"),
            ("UnitPrice", "0.00000000001", "price_too_fine"),
            ("ERP Price", "free", "not_a_number"),
            ("ProductId", "", "missing"),
            ("ProductId", "CFQ7 TTC0", "not_an_identifier"),
            ("SkuTitle", "", "missing"),
            ("TermDuration", "P5Y", "unknown_term"),
            ("BillingPlan", "Weekly", "unknown_plan"),
            ("BillingPlan", "Triennial", "plan_not_sold"),
            ("Market", "Germany", "unknown_market"),
            ("Currency", "€", "unknown_currency"),
            ("EffectiveStartDate", "31/12/2025 00:00:00", "not_a_moment"),
            ("EffectiveStartDate", "1/1/2025 13:00:00 PM", "not_a_moment"),
            ("EffectiveStartDate", "1/1/2025 0:00:00 AM", "not_a_moment"),
            ("EffectiveStartDate", "2/30/2025", "not_a_moment"),
            ("EffectiveStartDate", "45678", "not_a_moment"),
            ("EffectiveStartDate", "", "missing"),
            ("EffectiveEndDate", "4/1/2025 12:00:00 AM", "ends_before_start"),
            ("EffectiveEndDate", "never", "not_a_moment"),
            ("PricingTierRangeMin", "50", "tiered_price"),
        ],
    )
    def test_a_bad_cell_is_named_and_only_its_row_stays_out(
        self, field: str, value: str, code: str
    ) -> None:
        reading = read(sheet(ROW, {**ROW, field: value}, ROW))

        assert len(reading.values) == 2
        assert [(found.severity, found.code, found.path) for found in reading.findings] == [
            (Severity.ERROR, code, f"prices.csv#3/{field}")
        ]

    def test_rows_are_counted_as_a_spreadsheet_counts_them(self) -> None:
        # A blank line is a row; a description of two lines is not two rows.
        text = "\r\n" + sheet(ROW, {**ROW, "Market": "?"})

        assert [finding.message for finding in read(text).findings] == [
            'prices.csv, row 4: Market is "?"; it must be a country\'s two letters, as DE.'
        ]

    @pytest.mark.parametrize("line", ["======= Truncated =======", "a,b,c"])
    def test_a_line_that_is_no_row_is_found(self, line: str) -> None:
        reading = read(f"{sheet(ROW)}{line}\r\n{sheet(ROW).split(chr(10), 1)[1]}")

        assert len(reading.values) == 2
        assert [found.code for found in reading.findings] == ["not_a_row"]

    def test_a_sheet_without_a_price_is_a_warning(self) -> None:
        reading = read(sheet())

        assert [(found.severity, found.code) for found in reading.findings] == [
            (Severity.WARNING, "no_prices")
        ]


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "empty"),
            (",,,\n,,", "ProductId, SkuId"),
            ('{"items": []}', "no price sheet"),
            ("PK\x03\x04\x00", "not text"),
            (sheet(ROW).replace(",", ";"), "not separated by commas"),
            (sheet(ROW).replace(",", "\t"), "not separated by commas"),
            (sheet(ROW, columns={"ProductId": "ProductId"}), "SkuId, SkuTitle, TermDuration"),
            (sheet(ROW).replace("Tags", "Unit Price", 1), "UnitPrice are in the file twice"),
            (sheet(ROW).rstrip()[:-1], "not CSV: unexpected end of data, line 3"),
            (sheet(ROW).replace('"Tags"', '"Tags"x'), "not CSV"),
            (sheet({**ROW, "SkuDescription": "x" * 200_000}), "field larger than field limit"),
        ],
    )
    def test_what_is_no_price_sheet_is_refused_with_a_reason(self, text: str, reason: str) -> None:
        with pytest.raises(FileRefused, match=r"^prices\.csv: ") as refusal:
            read(text)

        assert reason in str(refusal.value)


@pytest.mark.skipif(not DOCUMENTED.is_dir(), reason="Microsoft's own examples are not here")
def test_the_documented_price_sheet_is_read() -> None:
    text = (DOCUMENTED / "price_sheet_updatedlicensebased.csv").read_text()

    reading = read(text)

    assert [
        (found.sku.part_number, found.unit_price, found.erp_price, found.effective_until)
        for found in reading.values
    ] == [("CFQ7TTC0HDK0:0001", Decimal("115.2"), Decimal(144), date(2021, 2, 5))]
    assert reading.findings == ()
