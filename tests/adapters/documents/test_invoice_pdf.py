from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from work365.adapters.documents.figures import Days
from work365.adapters.documents.invoice_pdf import (
    InvoicePaper,
    PaperLine,
    PaperTax,
    Party,
    UnprintableInvoice,
    render,
)
from work365.entrypoints import demo

MARCH = Days(date(2026, 3, 1), date(2026, 4, 1))
FROM_THE_11TH = Days(date(2026, 3, 11), date(2026, 4, 1))
SEATS = PaperLine(
    what="Microsoft 365 Business Premium",
    quantity=Decimal(25),
    unit_price=Decimal("20.6"),
    amount=Decimal("515.00"),
    days=MARCH,
)
ADDED_SEATS = PaperLine(
    what="Microsoft 365 Business Premium",
    quantity=Decimal(3),
    unit_price=Decimal("12.40"),
    amount=Decimal("25.20"),
    days=FROM_THE_11TH,
    charged_days=21,
    cycle_days=31,
    note="3 seats added on 11 March",
)
CREDIT = PaperLine(
    what="Exchange Online (Plan 1)",
    quantity=Decimal(-5),
    unit_price=Decimal("3.70"),
    amount=Decimal("-12.53"),
    days=FROM_THE_11TH,
    charged_days=21,
    cycle_days=31,
)
FLAT_FEE = PaperLine(what="Service desk, flat fee", amount=Decimal("1250.00"))
DEMO_LOGO = Path(demo.__file__).with_name("northwind-cloud.svg")
ONE_PIXEL_PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SVG_OF_A_FILE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    b'<image width="9" height="9" href="/etc/hostname.png"/></svg>'
)


def paper_of(*lines: PaperLine) -> InvoicePaper:
    return InvoicePaper(
        number="INV-2026-0042",
        partner=Party("Northwind Cloud", ("Hafenstraße 12", "20457 Hamburg"), ("VAT DE 1234",)),
        customer=Party("Alpine Ski House", ("Bahnhofstrasse 7", "8001 Zürich")),
        invoice_date=date(2026, 4, 1),
        due_date=date(2026, 5, 1),
        service_period=MARCH,
        currency="EUR",
        minor_unit_digits=2,
        lines=lines,
        total=sum((line.amount for line in lines), Decimal(0)),
        created_at=datetime(2026, 4, 1, 6, 30, tzinfo=UTC),
    )


def opened(paper: InvoicePaper) -> PdfReader:
    return PdfReader(BytesIO(render(paper)))


def read(paper: InvoicePaper) -> str:
    """Return the text of all pages, with single spaces and without break opportunities."""
    text = " ".join(page.extract_text() for page in opened(paper).pages)
    return " ".join(text.replace("\u200b", "").split())


def test_the_paper_names_both_parties() -> None:
    text = read(paper_of(SEATS))

    assert "Northwind Cloud Hafenstraße 12 20457 Hamburg VAT DE 1234" in text
    assert "Billed to Alpine Ski House Bahnhofstrasse 7 8001 Zürich" in text


@pytest.mark.parametrize(
    "expected",
    [
        "Number INV-2026-0042",
        "Invoice date 1 Apr 2026",
        "Due date 1 May 2026",
        "Service period 1\N{EN DASH}31 Mar 2026",
        "Currency EUR",
        "Total EUR 515.00",
        "Please pay by 1 May 2026.",
        "Page 1 of 1",
    ],
)
def test_the_paper_says_when_and_how_much(expected: str) -> None:
    assert expected in read(paper_of(SEATS))


def test_a_line_says_what_how_many_which_days_and_at_what_price() -> None:
    text = read(paper_of(SEATS))

    assert "Microsoft 365 Business Premium 1\N{EN DASH}31 Mar 2026 25 20.60 515.00" in text


def test_a_prorated_line_says_its_days_and_its_reason() -> None:
    text = read(paper_of(ADDED_SEATS))

    assert "11\N{EN DASH}31 Mar 2026 · 21 of 31 days 3 seats added on 11 March 3 12.40" in text


def test_a_credit_is_named_and_negative() -> None:
    text = read(paper_of(SEATS, CREDIT))

    assert "Credit · 11\N{EN DASH}31 Mar 2026 · 21 of 31 days" in text
    assert "\N{MINUS SIGN}5 3.70 \N{MINUS SIGN}12.53" in text
    assert "Total EUR 502.47" in text


def test_a_charge_is_not_called_a_credit() -> None:
    assert "Credit" not in read(paper_of(SEATS))


def test_a_line_without_quantity_and_days_is_its_amount() -> None:
    assert "Service desk, flat fee 1,250.00" in read(paper_of(FLAT_FEE))


def test_taxes_stand_between_subtotal_and_total() -> None:
    tax = PaperTax("VAT 19 %", Decimal("97.85"))

    text = read(replace(paper_of(SEATS), taxes=(tax,), total=Decimal("612.85")))

    assert "Subtotal 515.00 VAT 19 % 97.85 Total EUR 612.85" in text


@pytest.mark.parametrize(
    ("currency", "minor_unit_digits", "amount", "expected"),
    [
        ("JPY", 0, "1068750", "Total JPY 1,068,750"),
        ("KWD", 3, "1158.138", "Total KWD 1,158.138"),
    ],
)
def test_money_has_the_digits_of_its_currency(
    currency: str, minor_unit_digits: int, amount: str, expected: str
) -> None:
    line = replace(SEATS, amount=Decimal(amount))

    paper = replace(paper_of(line), currency=currency, minor_unit_digits=minor_unit_digits)

    assert expected in read(paper)


def test_a_draft_says_so_and_asks_for_nothing() -> None:
    text = read(replace(paper_of(SEATS), is_draft=True))

    assert "DRAFT" in text
    assert "Draft invoice" in text
    assert "not a request for payment" in text
    assert "Please pay" not in text


def test_a_credit_note_has_nothing_to_pay() -> None:
    paper = replace(paper_of(CREDIT), kind="Credit note", due_date=None)

    text = read(paper)

    assert "Credit note date 1 Apr 2026" in text
    assert "Due date" not in text
    assert "The total is credited to you. There is nothing to pay." in text


def test_an_invoice_that_falls_due_on_no_day_names_none() -> None:
    assert "Please pay" not in read(replace(paper_of(SEATS), due_date=None))


def test_an_invoice_of_nothing_is_still_an_invoice() -> None:
    text = read(paper_of())

    assert "No charges Subtotal 0.00 Total EUR 0.00 There is nothing to pay." in text


def test_notes_close_the_paper() -> None:
    notes = ("Bank account DE89 3704", "Purchase order 4711")

    text = read(replace(paper_of(SEATS), notes=notes))

    assert "Bank account DE89 3704 Purchase order 4711" in text


def test_many_lines_run_over_pages_that_all_carry_the_header() -> None:
    lines = [replace(SEATS, what=f"Site {number:02}.") for number in range(1, 61)]

    pages = [page.extract_text() for page in opened(paper_of(*lines)).pages]

    count = len(pages)
    assert count > 1
    assert all("Unit price" in page for page in pages)
    assert [f"Page {number} of {count}" in page for number, page in enumerate(pages, 1)] == [
        True
    ] * count
    assert all("Invoice INV-2026-0042" in page for page in pages[1:])
    assert all(sum(f"Site {number:02}." in page for page in pages) == 1 for number in range(1, 61))


@pytest.mark.parametrize(
    "markup",
    [
        "# ] $ \\ * _ ` < > @ ~ // /*",
        '#read("/etc/passwd") #panic()',
        "$ x^2 $ = heading - list",
        "\\u{41} \"quotes\" 'single' {json} \\",
    ],
)
def test_text_is_never_markup(markup: str) -> None:
    line = replace(SEATS, what=markup, note=markup)
    paper = replace(paper_of(line), notes=(markup,), customer=Party(markup, (markup,), (markup,)))

    assert read(paper).count(markup) == 6


@pytest.mark.parametrize("letters_count", [2_000, 6_000])
def test_a_word_wider_than_its_column_is_printed_whole(letters_count: int) -> None:
    text = read(paper_of(replace(SEATS, what="ж" * letters_count)))

    assert text.count("ж") == letters_count


def test_a_text_longer_than_a_page_is_printed_whole() -> None:
    pages = opened(paper_of(replace(SEATS, what="endless words " * 1_000))).pages

    assert len(pages) > 1
    assert sum(page.extract_text().count("endless") for page in pages) == 1_000


def test_a_word_that_fits_is_copied_as_it_is() -> None:
    address = "billing@northwind-cloud.example"

    text = opened(replace(paper_of(SEATS), notes=(address,))).pages[0].extract_text()

    assert address in text


@pytest.mark.parametrize("name", ["שלום", "Ελληνικά", "Київстар"])
def test_names_in_other_alphabets_are_drawn(name: str) -> None:
    text = read(replace(paper_of(SEATS), customer=Party(name)))

    assert name in text
    assert "stands for a character" not in text


def test_a_name_in_arabic_is_drawn_without_boxes() -> None:
    text = read(replace(paper_of(SEATS), customer=Party("شركة الأفق.")))

    assert "□" not in text


def test_a_name_that_no_font_covers_is_boxes_with_a_note() -> None:
    text = read(replace(paper_of(SEATS), customer=Party("Contoso 株式会社")))

    assert "Contoso □□□□" in text
    assert "□ stands for a character" in text


@pytest.mark.parametrize(
    "logo", [DEMO_LOGO.read_bytes(), ONE_PIXEL_PNG], ids=["the demo's SVG", "a PNG"]
)
def test_a_logo_takes_the_place_of_the_name_in_the_letterhead(logo: bytes) -> None:
    text = read(paper_of(SEATS))

    with_logo = read(replace(paper_of(SEATS), logo=logo))

    assert with_logo.count("Northwind Cloud") == text.count("Northwind Cloud") - 1


@pytest.mark.parametrize("logo", [b"no picture", b"", SVG_OF_A_FILE], ids=["text", "empty", "link"])
def test_a_logo_that_cannot_be_drawn_names_the_invoice(logo: bytes) -> None:
    with pytest.raises(UnprintableInvoice, match="INV-2026-0042"):
        render(replace(paper_of(SEATS), logo=logo))


def test_lines_that_do_not_add_up_are_not_printed() -> None:
    paper = replace(paper_of(SEATS), total=Decimal("515.01"))

    with pytest.raises(UnprintableInvoice, match=r"INV-2026-0042: .* 515\.00, .* 515\.01"):
        render(paper)


def test_an_amount_finer_than_its_currency_is_not_printed() -> None:
    paper = paper_of(replace(SEATS, amount=Decimal("515.001")))

    with pytest.raises(UnprintableInvoice, match=r"INV-2026-0042: 515\.001"):
        render(paper)


def test_prorated_days_come_with_the_days_of_the_cycle() -> None:
    with pytest.raises(AssertionError):
        replace(ADDED_SEATS, cycle_days=None)


def test_the_file_is_pdf_a_3b_with_title_language_and_day() -> None:
    pdf = opened(paper_of(SEATS))

    assert pdf.metadata is not None
    assert pdf.metadata.title == "Invoice INV-2026-0042, Northwind Cloud"
    assert pdf.metadata.author == "Northwind Cloud"
    assert pdf.metadata.creation_date == datetime(2026, 4, 1, 6, 30, tzinfo=UTC)
    assert str(pdf.root_object["/Lang"]) == "en"
    assert pdf.xmp_metadata is not None
    assert pdf.xmp_metadata.pdfaid_part == "3"
    assert pdf.xmp_metadata.pdfaid_conformance == "B"


def test_the_page_is_a4() -> None:
    page = opened(paper_of(SEATS)).pages[0]

    width, height = page.mediabox.width, page.mediabox.height

    assert (round(width), round(height)) == (595, 842)


def test_the_same_paper_is_the_same_bytes_on_four_threads() -> None:
    paper = replace(paper_of(SEATS, ADDED_SEATS, CREDIT), logo=DEMO_LOGO.read_bytes())
    boxed = replace(paper, customer=Party("株式会社"))
    expected = [render(paper), render(boxed)]

    with ThreadPoolExecutor(4) as pool:
        rendered = list(pool.map(render, [paper, boxed] * 12))

    assert rendered == expected * 12


def test_another_creation_time_is_another_file() -> None:
    paper = paper_of(SEATS)
    later = replace(paper, created_at=datetime(2026, 4, 2, tzinfo=UTC))

    assert render(paper) != render(later)
