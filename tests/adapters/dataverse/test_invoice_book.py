from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from dataverse_schema.tables.billing import Subscription
from dataverse_schema.tables.standard import Account, TransactionCurrency
from tests.adapters.dataverse.partner import NEW_YEAR, PRICE, REFUNDING, Partner
from work365.adapters.dataverse.invoice_book import DataverseInvoiceBook, NotInTheBook
from work365.domain.charges import Price
from work365.domain.explanations import explain
from work365.domain.invoices import InvoiceStatus
from work365.domain.money import Money
from work365.domain.numbering import DocumentKind
from work365.ports.invoice_book import CustomerAddress, InvoiceHead

JAN_11 = date(2026, 1, 11)
FEBRUARY = date(2026, 2, 1)


@pytest.fixture
def book(partner: Partner) -> DataverseInvoiceBook:
    return DataverseInvoiceBook(partner.client)


@pytest.fixture
def contract(partner: Partner) -> UUID:
    """Billed for January and February, with a draft of March; a yearly price in February."""
    contract, subscription = partner.open(**REFUNDING)
    other = partner.add_subscription(contract, "sub-2", name="Mailboxes", start_on=FEBRUARY)
    partner.add_change(
        other, "other", FEBRUARY, 2, unit_price=Decimal("0.0123456789"), price_months=12
    )
    partner.add_change(subscription, "more", JAN_11, 3)
    partner.bill(contract, through=FEBRUARY)
    partner.add_change(subscription, "late", date(2026, 2, 15), -1, refund=True)
    partner.bill(contract, through=date(2026, 2, 15))
    return contract


class TestHeads:
    def test_are_read_as_they_are_kept(
        self, partner: Partner, book: DataverseInvoiceBook, contract: UUID
    ) -> None:
        first, _, draft = book.heads()

        assert first == InvoiceHead(
            key="CT-1-00001",
            contract="CT-1",
            customer="Hollerbach",
            status=InvoiceStatus.BILLED,
            kind=DocumentKind.INVOICE,
            invoice_on=NEW_YEAR,
            due_on=date(2026, 1, 31),
            net=Money("EUR", Decimal("124.00")),
            line_count=1,
        )
        assert (draft.status, draft.net) == (InvoiceStatus.DRAFT, Money("EUR", Decimal("-6.20")))
        assert draft.kind is DocumentKind.CREDIT_NOTE

    def test_are_in_the_order_of_customers_and_dates(
        self, partner: Partner, book: DataverseInvoiceBook, contract: UUID
    ) -> None:
        earlier = partner.add(Account, name="Ahrens", key="C-2")
        others, _ = partner.open("CT-2", customer=earlier)
        partner.bill(others, through=FEBRUARY)

        assert [head.key for head in book.heads()] == [
            "CT-2-00001",
            "CT-2-00002",
            "CT-1-00001",
            "CT-1-00002",
            "CT-1-00003",
        ]

    def test_can_be_those_of_one_contract(
        self, partner: Partner, book: DataverseInvoiceBook, contract: UUID
    ) -> None:
        others, _ = partner.open("CT-2")
        partner.bill(others)

        assert [head.key for head in book.heads(contract="CT-2")] == ["CT-2-00001"]

    def test_of_a_contract_that_is_not_there_are_refused(self, book: DataverseInvoiceBook) -> None:
        with pytest.raises(NotInTheBook, match="no billing contract 'CT-9'"):
            list(book.heads(contract="CT-9"))

    def test_there_are_none_where_nothing_was_billed(self, book: DataverseInvoiceBook) -> None:
        assert list(book.heads()) == []

    def test_amounts_have_the_digits_of_their_currency(
        self, partner: Partner, book: DataverseInvoiceBook
    ) -> None:
        yen = partner.add(
            TransactionCurrency,
            currency_name="Yen",
            iso_currency_code="JPY",
            currency_symbol="¥",
            exchange_rate=Decimal("171.3"),
        )
        contract, _ = partner.open(currency=yen)
        partner.bill(contract)

        [head] = book.heads()

        assert (head.net, str(head.net.amount)) == (Money("JPY", Decimal(124)), "124")


class TestLines:
    def test_are_in_the_order_in_which_they_are_printed(
        self, book: DataverseInvoiceBook, contract: UUID
    ) -> None:
        lines = book.lines("CT-1-00002")

        assert [
            (line.position, line.description, str(line.billed.amount.amount)) for line in lines
        ] == [
            (1, "Mailboxes", "0.00"),
            (2, "Seats", "25.20"),
            (3, "Seats", "161.20"),
        ]
        assert {line.invoice for line in lines} == {"CT-1-00002"}

    def test_have_every_input_of_their_amount(
        self, book: DataverseInvoiceBook, contract: UUID
    ) -> None:
        lines = [line for head in book.heads() for line in book.lines(head.key)]

        explained = [
            explain(line.billed, name=line.description, rounding=line.rounding) for line in lines
        ]

        assert [each.amount for each in explained] == [line.billed.amount for line in lines]
        assert lines[1].billed.charge.slot.price == Price(
            "sub-2", "license", "EUR", Decimal("0.0123456789"), 12
        )

    def test_of_an_invoice_that_is_not_there_are_refused(self, book: DataverseInvoiceBook) -> None:
        with pytest.raises(NotInTheBook, match="no invoice 'CT-9-00001'"):
            book.lines("CT-9-00001")


class TestLine:
    def test_is_found_by_key_and_by_position(
        self, book: DataverseInvoiceBook, contract: UUID
    ) -> None:
        [_, line, _] = book.lines("CT-1-00002")

        assert book.line("CT-1-00002/2") == line
        assert book.line(line.billed.key) == line

    def test_is_found_where_a_key_has_a_slash(
        self, partner: Partner, book: DataverseInvoiceBook
    ) -> None:
        contract = partner.add_contract("2026/7")
        subscription = partner.add_subscription(contract, "A/1")
        partner.add_change(subscription, "change-1", NEW_YEAR, 1, **PRICE)
        partner.bill(contract)

        [line] = book.lines("2026/7-00001")

        assert book.line("2026/7-00001/1") == line
        assert book.line(line.billed.key) == line

    @pytest.mark.parametrize(
        ("key", "words"),
        [
            ("CT-1-00002/4", "invoice CT-1-00002 has no line 4"),
            ("CT-9-00001/1", "no invoice 'CT-9-00001'"),
            ("CT-9-00001_sub-1", "no invoice line 'CT-9-00001_sub-1'"),
            ("/1", "no invoice line '/1'"),
        ],
    )
    def test_that_is_not_there_is_refused(
        self, book: DataverseInvoiceBook, contract: UUID, key: str, words: str
    ) -> None:
        with pytest.raises(NotInTheBook, match=words):
            book.line(key)


class TestAddressee:
    def test_is_the_customer_with_the_lines_that_its_address_has(
        self, partner: Partner, book: DataverseInvoiceBook, contract: UUID
    ) -> None:
        partner.set(
            Account,
            partner.customer,
            address1_line1="Am Hafen 1",
            address1_postalcode="20457",
            address1_city="Hamburg",
            address1_country="Germany",
        )

        assert book.addressee("CT-1-00001") == CustomerAddress(
            name="Hollerbach", lines=("Am Hafen 1", "20457 Hamburg", "Germany")
        )

    def test_without_an_address_is_a_name(self, book: DataverseInvoiceBook, contract: UUID) -> None:
        assert book.addressee("CT-1-00001") == CustomerAddress(name="Hollerbach", lines=())

    def test_of_an_invoice_that_is_not_there_is_refused(self, book: DataverseInvoiceBook) -> None:
        with pytest.raises(NotInTheBook, match="no invoice 'CT-9-00001'"):
            book.addressee("CT-9-00001")


def test_a_subscription_that_was_renamed_keeps_its_old_name_on_old_invoices(
    partner: Partner, book: DataverseInvoiceBook, contract: UUID
) -> None:
    partner.set(Subscription, partner.row(Subscription, "sub-CT-1").row_id, name="Renamed")

    partner.bill(contract, through=date(2026, 3, 1))

    names = {line.invoice: line.description for line in map(book.line, first_lines(book))}
    assert names == {"CT-1-00001": "Seats", "CT-1-00002": "Mailboxes", "CT-1-00003": "Mailboxes"}


def first_lines(book: DataverseInvoiceBook) -> list[str]:
    return [f"{head.key}/1" for head in book.heads()]
