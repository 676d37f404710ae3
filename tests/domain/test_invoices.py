from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest

from tests.domain.strategies import recorded_on
from work365.domain.accounts import Account
from work365.domain.changes import Change, UnitPrice
from work365.domain.charges import LICENSE, Charge, Price, Slot
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.invoices import Invoice, InvoiceStatus, Line, drawn_invoice, invoice_key
from work365.domain.lines import Drawn, LineKind
from work365.domain.money import Money
from work365.domain.numbering import DocumentKind
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.periods import Period
from work365.domain.settlements import settle_account

START = date(2026, 1, 1)
OPENING = Change(
    "SUB-1-0",
    START,
    datetime(2025, 12, 20, tzinfo=UTC),
    Decimal(10),
    UnitPrice(Decimal("12.40"), 1),
)


def contract_of(**terms: Any) -> BillingContract:
    return replace(
        BillingContract(
            id=UUID(int=1), key="CT-1", customer=UUID(int=2), currency="EUR", start_on=START
        ),
        **terms,
    )


def account_of(*changes: Change, ends_on: date | None = None, **terms: Any) -> Account:
    subscription = Subscription(
        id=UUID(int=3),
        key="SUB-1",
        name="Business Basic",
        start_on=START,
        end_on=ends_on,
        changes=(OPENING, *changes),
    )
    return Account(contract=contract_of(**terms), subscriptions=(subscription,))


def more_seats(seats: int, day: date) -> Change:
    return Change(f"SUB-1-{day}", day, recorded_on(day), Decimal(seats))


JANUARY = Period(START, date(2026, 2, 1))
PRICE = Price("SUB-1", LICENSE, "EUR", Decimal("12.40"), 1)
ONCE = OneTimeCharge(
    id=UUID(int=9),
    key="ONCE-1",
    name="Migration",
    on=START,
    quantity=Decimal(1),
    unit_price=Decimal(80),
)


class TestInvoice:
    def test_is_due_once_the_payment_days_have_passed(self) -> None:
        settlement = settle_account(account_of(payment_days=14), through=START)

        assert settlement.invoices[0].due_on == date(2026, 1, 15)

    def test_net_is_the_sum_of_its_rounded_lines(self) -> None:
        account = account_of(more_seats(3, date(2026, 1, 11)))

        settlement = settle_account(account, through=date(2026, 2, 1))

        # 10 x 12.40, then 13 x 12.40 = 161.20 and 3 x 12.40 x 21/31 = 25.20
        assert [invoice.net for invoice in settlement.invoices] == [
            Money("EUR", Decimal("124.00")),
            Money("EUR", Decimal("186.40")),
        ]

    def test_a_key_is_the_contract_and_a_number_of_five_digits(self) -> None:
        assert invoice_key(contract_of(), 7) == "CT-1-00007"

    def test_a_line_key_says_what_the_line_charges(self) -> None:
        settlement = settle_account(account_of(), through=START)

        assert settlement.invoices[0].lines[0].key == (
            "CT-1-00001_SUB-1_license_20260101_20260201_20260101_12.4x1"
        )


def drawn(
    quantity: int = 1,
    service: Period = JANUARY,
    period: Period = JANUARY,
    kind: LineKind = LineKind.CHARGE,
    corrects: str | None = None,
    **price: Any,
) -> Drawn:
    slot = Slot(PRICE._replace(**price), period.start, period.end, 1)
    charge = Charge(slot, service, Decimal(quantity))
    return Drawn(charge, charge.amount, kind, corrects)


def invoice_of(*lines: Drawn) -> Invoice:
    account = replace(account_of(), one_time=(ONCE,))
    return drawn_invoice(account, 7, START, closed=True, drawn=lines)


def keys(*lines: Drawn) -> list[str]:
    return [line.key.removeprefix("CT-1-00007_") for line in invoice_of(*lines).lines]


class TestKinds:
    @pytest.mark.parametrize(
        ("quantities", "kind"),
        [
            ((1,), DocumentKind.INVOICE),
            ((1, -2), DocumentKind.CREDIT_NOTE),
            ((1, -1), DocumentKind.INVOICE),
            ((), DocumentKind.INVOICE),
        ],
    )
    def test_a_credit_note_is_less_than_nothing(
        self, quantities: tuple[int, ...], kind: DocumentKind
    ) -> None:
        assert invoice_of(*map(drawn, quantities)).kind is kind

    def test_the_net_of_no_lines_is_nothing(self) -> None:
        assert invoice_of().net == Money.zero("EUR")


class TestDrawnInvoice:
    @pytest.mark.parametrize(
        ("closed", "status"), [(True, InvoiceStatus.BILLED), (False, InvoiceStatus.DRAFT)]
    )
    def test_is_closed_or_a_draft(self, closed: bool, status: InvoiceStatus) -> None:
        invoice = drawn_invoice(account_of(), 7, START, closed=closed, drawn=[drawn()])

        assert invoice.status is status
        assert (invoice.sequence, invoice.invoice_on, invoice.key) == (7, START, "CT-1-00007")

    def test_keeps_everything_of_a_line(self) -> None:
        limited = drawn(-1, kind=LineKind.CREDIT, corrects="CT-1-00001_x")._replace(
            carried=Fraction(1, 300),
            limit=Money("EUR", Decimal("-12.40")),
        )

        (line,) = invoice_of(limited).lines

        assert line == Line(
            key=line.key,
            position=1,
            sold=account_of().subscriptions[0],
            **limited._asdict(),
        )

    def test_lines_follow_the_subscription_then_the_days_then_the_component(self) -> None:
        february = Period(date(2026, 2, 1), date(2026, 3, 1))
        from_the_11th = Period(date(2026, 1, 11), JANUARY.end)
        ordered = [
            drawn(1, subscription="ONCE-1"),
            drawn(-2, component="a"),
            drawn(1, component="a"),
            drawn(-5, component="b", corrects="1", kind=LineKind.CREDIT),
            drawn(-5, component="b", corrects="2", kind=LineKind.CREDIT),
            drawn(1, from_the_11th, period=Period(date(2026, 1, 11), date(2026, 4, 11))),
            drawn(1, february, period=february),
        ]

        lines = invoice_of(*reversed(ordered)).lines

        assert [line.charge for line in lines] == [line.charge for line in ordered]
        assert [line.position for line in lines] == [1, 2, 3, 4, 5, 6, 7]
        assert [line.corrects for line in lines[3:5]] == ["1", "2"]

    def test_a_line_knows_what_was_sold(self) -> None:
        once, seats = invoice_of(drawn(), drawn(subscription="ONCE-1")).lines

        assert (once.sold, seats.sold) == (ONCE, account_of().subscriptions[0])


class TestKeys:
    def test_say_what_a_line_is_for(self) -> None:
        from_the_11th = Period(date(2026, 1, 11), JANUARY.end)

        assert keys(drawn(1, from_the_11th, per_unit=Decimal("12.4000"), months=12)) == [
            "SUB-1_license_20260101_20260201_20260111_12.4x12"
        ]

    def test_say_what_a_line_does(self) -> None:
        lines = [
            drawn(-3, kind=LineKind.CREDIT, corrects="x"),
            drawn(-2, kind=LineKind.WAIVED),
            drawn(1),
        ]

        content = "SUB-1_license_20260101_20260201_20260101_12.4x1"
        assert keys(*lines) == [f"{content}_credit", f"{content}_waived", content]

    def test_of_lines_that_are_alike_are_numbered(self) -> None:
        lines = [drawn(quantity) for quantity in (1, 2, 3)]

        content = "SUB-1_license_20260101_20260201_20260101_12.4x1"
        assert keys(*lines) == [content, f"{content}_2", f"{content}_3"]

    @pytest.mark.parametrize(
        "other",
        [
            {"component": "support"},
            {"subscription": "ONCE-1"},
            {"per_unit": Decimal(13)},
            {"months": 12},
            {"service": Period(date(2026, 1, 11), JANUARY.end)},
            {"period": Period(START, date(2026, 3, 1))},
            {"kind": LineKind.WAIVED},
        ],
        ids=lambda other: next(iter(other)),
    )
    def test_of_other_lines_differ(self, other: dict[str, Any]) -> None:
        first, second = sorted(keys(drawn(), drawn(**other)), key=len)

        assert first != second
        assert not first.endswith("_2")
        assert not second.endswith("_2")


class TestPrints:
    @pytest.mark.parametrize(("printed_with", "prints"), [(None, True), ("SUB-2", False)])
    def test_a_part_of_a_bundle_does_not(self, printed_with: str | None, prints: bool) -> None:
        (line,) = invoice_of(drawn()).lines
        (part,) = account_of().subscriptions

        assert replace(line, sold=replace(part, printed_with=printed_with)).prints is prints

    def test_a_one_time_charge_does(self) -> None:
        (line,) = invoice_of(drawn(subscription="ONCE-1")).lines

        assert line.prints
