from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from work365.adapters.documents.figures import Days
from work365.adapters.documents.invoice_pdf import (
    InvoicePaper,
    PaperLine,
    Party,
    UnprintableInvoice,
    render,
)
from work365.domain.charges import Charge, PercentOff, Price, Slot
from work365.domain.currencies import Conversion, ExchangeRate
from work365.domain.invoices import InvoiceStatus
from work365.domain.lines import BilledLine, LineKind
from work365.domain.money import Money
from work365.domain.numbering import DocumentKind
from work365.domain.periods import Period
from work365.entrypoints.papers import paper_of, printed_rows
from work365.ports.invoice_book import CustomerAddress, InvoiceHead, KeptLine
from work365.settings import PartnerIdentity

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
FROM_THE_11TH = Period(date(2026, 1, 11), date(2026, 2, 1))
ADDRESSEE = CustomerAddress(name="Alpine Ski House", lines=("Bahnhofstrasse 7", "8001 Zürich"))
PARTNER = PartnerIdentity("Northwind Cloud", ("Hafenstraße 12", "20457 Hamburg"))
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


def line(
    quantity: int,
    per_unit: str = "12.40",
    *,
    months: int = 1,
    cycle_months: int = 1,
    days: Period = JANUARY,
    currency: str = "EUR",
) -> KeptLine:
    """Return a line of January, as it was kept."""
    price = Price("SUB-1", "license", currency, Decimal(per_unit), months)
    slot = Slot(price, JANUARY.start, JANUARY.end, cycle_months)
    charge = Charge(slot, days, Decimal(quantity))
    return KeptLine(
        billed=BilledLine(key="L-1", charge=charge, amount=charge.amount),
        invoice="CT-1-00001",
        position=1,
        description="Microsoft 365 Business Standard",
        rounding="half-away-from-zero/1",
    )


def priced(quantity: int, **price: Any) -> KeptLine:
    """Return a line of the days from the 11th on, at a price of another make."""
    kept = line(quantity, days=FROM_THE_11TH)
    charge = kept.billed.charge
    slot = charge.slot._replace(price=charge.slot.price._replace(**price))
    again = replace(charge, slot=slot)
    return replace(kept, billed=replace(kept.billed, charge=again, amount=again.amount))


def told(kept: KeptLine, **billed: Any) -> KeptLine:
    """Return `kept` with something else kept of it."""
    return replace(kept, billed=replace(kept.billed, **billed))


def part(quantity: int, per_unit: str, *, position: int, days: Period = JANUARY) -> KeptLine:
    """Return a line of a part of the bundle that the subscription of the other lines is."""
    kept = line(quantity, per_unit, days=days)
    charge = kept.billed.charge
    price = charge.slot.price._replace(subscription="SUB-2")
    other = replace(charge, slot=charge.slot._replace(price=price))
    return replace(
        told(kept, charge=other), description="Part", position=position, printed_with="SUB-1"
    )


def head(*lines: KeptLine, status: InvoiceStatus = InvoiceStatus.BILLED) -> InvoiceHead:
    currency = lines[0].billed.amount.currency if lines else "EUR"
    net = Money.total((each.billed.amount for each in lines), currency)
    return InvoiceHead(
        key="CT-1-00001",
        contract="CT-1",
        customer=ADDRESSEE.name,
        status=status,
        kind=DocumentKind.CREDIT_NOTE if net.amount < 0 else DocumentKind.INVOICE,
        invoice_on=date(2026, 2, 1),
        due_on=date(2026, 3, 3),
        net=net,
        line_count=len(lines),
    )


def put_on_paper(
    *lines: KeptLine,
    status: InvoiceStatus = InvoiceStatus.BILLED,
    partner: PartnerIdentity = PARTNER,
) -> InvoicePaper:
    return paper_of(
        head(*lines, status=status),
        lines,
        addressee=ADDRESSEE,
        partner=partner,
        created_at=NOON,
    )


def printed(paper: InvoicePaper) -> str:
    """Return the text of all pages, with single spaces and without break opportunities."""
    pages = PdfReader(BytesIO(render(paper))).pages
    text = " ".join(page.extract_text() for page in pages)
    return " ".join(text.replace("\u200b", "").split())


def charged_again(printed_line: PaperLine, *, cycle: Fraction) -> Fraction:
    """Return what a reader gets who multiplies what is printed."""
    assert printed_line.quantity is not None
    assert printed_line.unit_price is not None
    return Fraction(printed_line.quantity) * Fraction(printed_line.unit_price) * cycle


class TestInvoice:
    def test_says_whom_it_is_from_and_whom_it_is_for(self) -> None:
        paper = put_on_paper(line(10))

        assert paper.partner == Party("Northwind Cloud", ("Hafenstraße 12", "20457 Hamburg"))
        assert paper.customer == Party("Alpine Ski House", ("Bahnhofstrasse 7", "8001 Zürich"))

    def test_says_what_is_owed_and_until_when(self) -> None:
        paper = put_on_paper(line(10), line(3, days=FROM_THE_11TH))

        assert (paper.kind, paper.number, paper.is_draft) == ("Invoice", "CT-1-00001", False)
        assert (paper.invoice_date, paper.due_date) == (date(2026, 2, 1), date(2026, 3, 3))
        assert (paper.total, paper.currency) == (Decimal("149.20"), "EUR")
        assert paper.created_at == NOON

    def test_covers_the_days_of_all_its_lines(self) -> None:
        first = line(10, days=Period(date(2026, 1, 5), date(2026, 1, 9)))

        paper = put_on_paper(first, line(3, days=FROM_THE_11TH))

        assert paper.service_period == Days(date(2026, 1, 5), date(2026, 2, 1))

    def test_of_a_draft_says_so(self) -> None:
        paper = put_on_paper(line(10), status=InvoiceStatus.DRAFT)

        text = printed(paper)
        assert paper.is_draft
        assert "Draft invoice" in text
        assert "not a request for payment" in text

    @pytest.mark.parametrize(("currency", "digits"), [("JPY", 0), ("EUR", 2), ("KWD", 3)])
    def test_has_the_digits_of_its_currency(self, currency: str, digits: int) -> None:
        paper = put_on_paper(line(10, "12", currency=currency))

        assert (paper.currency, paper.minor_unit_digits) == (currency, digits)

    def test_without_lines_can_be_printed(self) -> None:
        paper = put_on_paper()

        assert paper.service_period == Days(date(2026, 2, 1), date(2026, 2, 2))
        assert "There is nothing to pay." in printed(paper)

    def test_whose_lines_are_gone_is_refused(self) -> None:
        paper = paper_of(head(line(10)), [], addressee=ADDRESSEE, partner=PARTNER, created_at=NOON)

        with pytest.raises(UnprintableInvoice, match=r"add up to 0, its total is 124\.00"):
            render(paper)


class TestCredit:
    def test_is_a_credit_note_on_which_nothing_falls_due(self) -> None:
        paper = put_on_paper(line(-2, days=FROM_THE_11TH))

        assert (paper.kind, paper.due_date) == ("Credit note", None)
        assert paper.total == Decimal("-16.80")
        assert "There is nothing to pay." in printed(paper)

    def test_in_a_line_of_an_invoice_leaves_it_an_invoice(self) -> None:
        paper = put_on_paper(line(10), line(-2, days=FROM_THE_11TH))

        assert (paper.kind, paper.due_date) == ("Invoice", date(2026, 3, 3))
        assert [each.amount for each in paper.lines] == [Decimal("124.00"), Decimal("-16.80")]

    def test_that_an_invoice_comes_to_nothing_by_is_no_credit_note(self) -> None:
        paper = put_on_paper(line(10), line(-10))

        assert (paper.kind, paper.total) == ("Invoice", Decimal(0))

    def test_of_a_draft_is_a_draft(self) -> None:
        paper = put_on_paper(line(-2), status=InvoiceStatus.DRAFT)

        assert "Draft credit note" in printed(paper)


class TestLine:
    def test_of_a_whole_period_says_no_days_of_it(self) -> None:
        (shown,) = put_on_paper(line(10)).lines

        assert shown == PaperLine(
            what="Microsoft 365 Business Standard",
            amount=Decimal("124.00"),
            quantity=Decimal(10),
            unit_price=Decimal("12.40"),
            days=Days(date(2026, 1, 1), date(2026, 2, 1)),
        )

    def test_of_a_part_says_which_part(self) -> None:
        (shown,) = put_on_paper(line(3, days=FROM_THE_11TH)).lines

        assert (shown.charged_days, shown.cycle_days) == (21, 31)
        assert shown.days == Days(date(2026, 1, 11), date(2026, 2, 1))
        assert shown.amount == Decimal("25.20")

    def test_of_a_yearly_price_shows_its_exact_twelfth(self) -> None:
        (shown,) = put_on_paper(line(7, "142.80", months=12)).lines

        assert (shown.unit_price, shown.note) == (Decimal("11.90"), "")
        assert shown.amount == Decimal("83.30")

    def test_shows_the_listed_price_where_its_twelfth_never_ends(self) -> None:
        (shown,) = put_on_paper(line(7, "100.00", months=12)).lines

        assert shown.unit_price == Decimal("100.00")
        assert shown.note == "unit price for 12 months, of which 1 are charged"
        assert shown.amount == Decimal("58.33")

    def test_of_a_monthly_price_in_a_long_cycle_shows_the_price_of_the_cycle(self) -> None:
        (shown,) = put_on_paper(line(2, "12.40", cycle_months=3)).lines

        assert (shown.unit_price, shown.note) == (Decimal("37.20"), "")

    @pytest.mark.parametrize(
        ("per_unit", "months", "cycle_months", "unit_price"),
        [
            ("99999999999.9999999999", 12, 12, "99999999999.9999999999"),
            ("99999999999.9999999999", 1, 36, "3599999999999.9999999964"),
            ("0.0000000001", 36, 9, "0.000000000025"),
        ],
    )
    def test_shows_every_digit_of_its_price(
        self, per_unit: str, months: int, cycle_months: int, unit_price: str
    ) -> None:
        kept = line(1, per_unit, months=months, cycle_months=cycle_months)

        (shown,) = put_on_paper(kept).lines

        assert shown.unit_price == Decimal(unit_price)

    @given(
        quantity=st.integers(-1_000, 1_000).filter(bool),
        price=st.decimals("0.0001", "100000", places=4),
        months=st.sampled_from([1, 12, 36]),
        cycle_months=st.sampled_from([1, 3, 12, 36]),
    )
    def test_can_be_worked_out_again_from_what_is_printed(
        self, quantity: int, price: Decimal, months: int, cycle_months: int
    ) -> None:
        kept = line(quantity, str(price), months=months, cycle_months=cycle_months)

        (shown,) = put_on_paper(kept).lines

        cycle = Fraction(cycle_months, months) if shown.note else Fraction(1)
        exact = charged_again(shown, cycle=cycle)
        assert Money.round(exact, "EUR").amount == shown.amount


class TestNotes:
    """What a line says of itself, beside quantity, unit price and days."""

    def test_a_discount_is_told(self) -> None:
        discounts = (PercentOff("SUB-1", Decimal("12.5")), PercentOff("CT-1", Decimal(5)))

        (shown,) = put_on_paper(priced(10, discounts=discounts)).lines

        assert (shown.unit_price, shown.note) == (Decimal("12.40"), "less 12.5 %; less 5 %")

    def test_a_price_of_another_currency_is_told_with_its_rate(self) -> None:
        rate = ExchangeRate(
            from_currency="USD",
            to_currency="EUR",
            rate=Decimal("0.92"),
            valid_on=date(2025, 12, 31),
            source="ECB",
        )

        (shown,) = put_on_paper(priced(10, conversion=Conversion(rate))).lines

        assert shown.unit_price is None
        assert shown.note == ("12.40 USD a unit 21/31 times, 1 USD = 0.92 EUR on 2025-12-31 (ECB)")
        assert shown.amount == Decimal("77.28")

    def test_a_rule_that_does_not_count_days_is_told_with_its_share(self) -> None:
        (shown,) = put_on_paper(priced(10, proration="strict-30-360/1")).lines

        assert (shown.charged_days, shown.cycle_days) == (None, None)
        assert shown.unit_price == Decimal("12.40")
        assert shown.note == "charged 2/3 times, by the rule strict-30-360/1"

    def test_what_is_never_prorated_has_no_days_of_it(self) -> None:
        (shown,) = put_on_paper(priced(10, proration="none/1")).lines

        assert (shown.charged_days, shown.note) == (None, "")

    def test_rounding_that_was_carried_is_told(self) -> None:
        more = Money("EUR", Decimal("124.01"))

        (shown,) = put_on_paper(told(line(10), amount=more, carried=Fraction(1, 200))).lines

        assert shown.note == "with the rounding of earlier lines"

    def test_rounding_that_makes_no_difference_is_not_told(self) -> None:
        (shown,) = put_on_paper(told(line(10), carried=Fraction(1, 300))).lines

        assert shown.note == ""

    def test_a_limited_credit_names_the_invoice_that_it_takes_from(self) -> None:
        limit = Money("EUR", Decimal("-1.00"))
        corrects = "CT-1-00001_SUB-1_license_20260101_20260201_20260101_12.4x1"
        limited = told(line(-10), amount=limit, limit=limit, corrects=corrects)

        (shown,) = put_on_paper(limited).lines

        assert shown.note == "charged on invoice CT-1-00001; limited to what was left of it"

    def test_what_rounding_alone_adds_is_no_product(self) -> None:
        cent = Money("EUR", Decimal("-0.01"))

        (shown,) = put_on_paper(told(line(0), amount=cent, limit=cent)).lines

        assert (shown.quantity, shown.unit_price) == (None, None)
        assert shown.amount == Decimal("-0.01")


class TestRows:
    def test_what_is_waived_is_not_printed(self) -> None:
        nothing = Money("EUR", Decimal("0.00"))
        waived = told(line(-2), kind=LineKind.WAIVED, amount=nothing)

        paper = put_on_paper(line(10), waived)

        assert [each.amount for each in paper.lines] == [Decimal("124.00")]
        assert printed_rows([waived]) == []

    def test_parts_of_a_bundle_are_in_its_row(self) -> None:
        parts = part(10, "2.00", position=2), part(-1, "0.50", position=3)

        (shown,) = put_on_paper(line(10), *parts).lines

        assert shown.amount == Decimal("143.50")
        assert (shown.quantity, shown.unit_price) == (Decimal(10), None)
        assert shown.note == "price of the bundle with its parts"

    def test_a_part_is_in_the_row_of_its_own_kind_and_days(self) -> None:
        whole, rest = line(10), line(3, days=FROM_THE_11TH)
        credit = told(line(-2, days=FROM_THE_11TH), kind=LineKind.CREDIT)
        added = part(3, "2.00", position=4, days=FROM_THE_11TH)
        taken = told(part(-2, "2.00", position=5), kind=LineKind.CREDIT)
        both = [added, taken]

        rows = put_on_paper(whole, credit, rest, *both).lines

        assert [each.amount for each in rows] == [
            Decimal("124.00"),
            Decimal("-20.80"),
            Decimal("29.26"),
        ]

    def test_a_part_whose_bundle_is_not_on_the_invoice_has_its_own_row(self) -> None:
        (shown,) = put_on_paper(part(10, "2.00", position=1)).lines

        assert (shown.what, shown.amount) == ("Part", Decimal("20.00"))

    def test_rows_keep_the_order_of_their_lines(self) -> None:
        first = replace(part(10, "2.00", position=1), printed_with="SUB-9")
        second = replace(line(10), position=2)

        rows = printed_rows([second, first])

        assert [row.line.position for row in rows] == [1, 2]

    def test_a_credit_note_is_what_its_head_says(self) -> None:
        kept = line(10)
        credit = replace(head(kept), kind=DocumentKind.CREDIT_NOTE)

        paper = paper_of(credit, [kept], addressee=ADDRESSEE, partner=PARTNER, created_at=NOON)

        assert (paper.kind, paper.due_date) == ("Credit note", None)


class TestLogo:
    def test_is_that_of_the_partner(self, tmp_path: Path) -> None:
        logo = tmp_path / "logo.svg"
        logo.write_bytes(b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')

        paper = put_on_paper(line(10), partner=replace(PARTNER, logo=logo))

        assert paper.logo == logo.read_bytes()
        assert "CT-1-00001" in printed(paper)

    def test_is_left_out_where_there_is_none(self) -> None:
        paper = put_on_paper(line(10))

        assert paper.logo is None
        assert "Northwind Cloud" in printed(paper)
