from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.logs import START, entry, subscription
from work365.domain.accounts import Account
from work365.domain.changes import UnitPrice
from work365.domain.contracts import BillingContract
from work365.domain.group_billing import (
    Document,
    Grouping,
    GroupPolicy,
    InvoiceTwice,
    Member,
    NotInGroup,
    Place,
    group_invoices,
)
from work365.domain.invoices import Invoice
from work365.domain.money import Money
from work365.domain.settlements import settle_account

HEAD, VIENNA, BASEL, OTHER = (UUID(int=number) for number in range(1, 5))
IN_VIENNA = Place("AT", None, "1010", "Wien", "Graben 1")
IN_BASEL = Place("CH", "CH-BS", "4001", "Basel", "Freie Strasse 2")
MEMBERS = {VIENNA: Member(IN_VIENNA, HEAD), BASEL: Member(IN_BASEL, HEAD)}
EACH_PAYS = {VIENNA: Member(IN_VIENNA, VIENNA), BASEL: Member(IN_BASEL, BASEL)}


def invoice(
    key: str,
    customer: UUID,
    seats: int = 1,
    *,
    currency: str = "EUR",
    invoice_on: date = START,
    payment_days: int = 30,
) -> Invoice:
    contract = BillingContract(
        id=UUID(int=9),
        key=key,
        customer=customer,
        currency=currency,
        start_on=START,
        payment_days=payment_days,
    )
    part = subscription(key, entry(START, seats, price=UnitPrice(Decimal("7.50"), 1)))
    account = Account(contract=contract, subscriptions=(part,))
    return replace(settle_account(account, through=START).invoices[0], invoice_on=invoice_on)


A1, A2 = invoice("A1", VIENNA, 2), invoice("A2", VIENNA, 4, payment_days=14)
B1 = invoice("B1", BASEL, 6, payment_days=45)
ALL = [A1, A2, B1]


def grouped(
    invoices: list[Invoice], grouping: Grouping, members: dict[UUID, Member] = MEMBERS
) -> list[Document]:
    return group_invoices(invoices, GroupPolicy(grouping, members))


def keys(documents: list[Document]) -> list[list[str]]:
    return [[section.invoice.contract.key for section in d.sections] for d in documents]


class TestGroupInvoices:
    @pytest.mark.parametrize(
        ("grouping", "expected"),
        [
            (Grouping.CONTRACT, [["A1"], ["A2"], ["B1"]]),
            (Grouping.SUBSIDIARY, [["A1", "A2"], ["B1"]]),
            (Grouping.GROUP, [["A1", "A2", "B1"]]),
        ],
    )
    def test_invoices_are_sent_together_as_the_policy_says(
        self, grouping: Grouping, expected: list[list[str]]
    ) -> None:
        assert keys(grouped([B1, A2, A1], grouping)) == expected

    def test_a_document_is_for_its_payer_with_the_totals_of_its_sections(self) -> None:
        (document,) = grouped(ALL, Grouping.GROUP)

        assert document.payer == HEAD
        assert document.currency == "EUR"
        assert document.invoice_on == START
        assert document.net == Money("EUR", Decimal("90.00"))

    def test_a_section_is_its_invoice_and_its_subsidiarys_place(self) -> None:
        (document,) = grouped(ALL, Grouping.GROUP)

        assert [(s.invoice, s.customer, s.place) for s in document.sections] == [
            (A1, VIENNA, IN_VIENNA),
            (A2, VIENNA, IN_VIENNA),
            (B1, BASEL, IN_BASEL),
        ]
        assert [section.net.amount for section in document.sections] == [15, 30, 45]

    def test_tax_is_owed_where_the_subsidiaries_are(self) -> None:
        (document,) = grouped(ALL, Grouping.GROUP)

        assert document.net_by_place == {
            IN_VIENNA: Money("EUR", Decimal("45.00")),
            IN_BASEL: Money("EUR", Decimal("45.00")),
        }

    def test_subsidiaries_that_pay_themselves_have_their_own(self) -> None:
        documents = grouped(ALL, Grouping.GROUP, EACH_PAYS)

        assert [(d.payer, len(d.sections)) for d in documents] == [(VIENNA, 2), (BASEL, 1)]

    def test_currencies_are_never_mixed(self) -> None:
        francs = invoice("F1", BASEL, currency="CHF")

        assert [(d.currency, d.net.currency) for d in grouped([*ALL, francs], Grouping.GROUP)] == [
            ("CHF", "CHF"),
            ("EUR", "EUR"),
        ]

    def test_invoice_dates_are_never_mixed_and_the_oldest_comes_first(self) -> None:
        older = invoice("Z1", VIENNA, invoice_on=START - timedelta(days=1))

        assert keys(grouped([*ALL, older], Grouping.GROUP)) == [["Z1"], ["A1", "A2", "B1"]]

    def test_the_latest_due_date_holds_where_nothing_is_said(self) -> None:
        (document,) = grouped([A2, A1], Grouping.GROUP)

        assert document.due_on == START + timedelta(days=30)

    def test_payment_days_of_the_group_are_for_documents_of_several_invoices(self) -> None:
        policy = GroupPolicy(Grouping.SUBSIDIARY, MEMBERS, payment_days=10)

        documents = group_invoices(ALL, policy)

        assert [document.due_on for document in documents] == [
            START + timedelta(days=10),
            START + timedelta(days=45),
        ]

    def test_a_document_of_one_invoice_has_its_key(self) -> None:
        assert [d.key for d in grouped(ALL, Grouping.CONTRACT)] == [A1.key, A2.key, B1.key]

    def test_the_same_invoices_have_the_same_key_and_others_another(self) -> None:
        (one,), (other,) = grouped(ALL, Grouping.GROUP), grouped(ALL[::-1], Grouping.GROUP)
        (fewer,) = grouped([A1, B1], Grouping.GROUP)

        assert one == other
        assert one.key != fewer.key
        assert one.key.startswith("group_")
        assert len(one.key) == len("group_") + 16

    def test_a_customer_that_the_group_does_not_know_is_refused(self) -> None:
        with pytest.raises(NotInGroup, match=f"X1-00001: customer {OTHER} of contract X1 is not"):
            grouped([*ALL, invoice("X1", OTHER)], Grouping.GROUP)

    @pytest.mark.parametrize("grouping", Grouping)
    def test_an_invoice_that_is_given_twice_is_refused(self, grouping: Grouping) -> None:
        with pytest.raises(InvoiceTwice, match="invoice A2-00001 is given twice"):
            grouped([A2, B1, A1, A2], grouping)

    def test_no_invoices_are_no_documents(self) -> None:
        assert grouped([], Grouping.GROUP) == []

    @given(
        st.lists(
            st.tuples(
                st.sampled_from([VIENNA, BASEL]),
                st.integers(1, 9),
                st.sampled_from(["EUR", "CHF"]),
                st.integers(0, 1),
            ),
            max_size=5,
        ),
        st.sampled_from(Grouping),
    )
    def test_every_invoice_is_sent_once_and_the_sums_are_theirs(
        self, rows: list[tuple[UUID, int, str, int]], grouping: Grouping
    ) -> None:
        invoices = [
            invoice(
                f"K{number}",
                customer,
                seats,
                currency=currency,
                invoice_on=START + timedelta(days=days),
            )
            for number, (customer, seats, currency, days) in enumerate(rows)
        ]

        documents = grouped(invoices, grouping)

        sent = [section.invoice.key for d in documents for section in d.sections]
        assert sorted(sent) == sorted(one.key for one in invoices)
        for currency in ("EUR", "CHF"):
            nets = [one.net for one in invoices if one.net.currency == currency]
            totals = [d.net for d in documents if d.currency == currency]
            assert Money.total(totals, currency) == Money.total(nets, currency)
        for document in documents:
            by_place = Money.total(document.net_by_place.values(), document.currency)
            assert by_place == document.net
