import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from dataverse_schema.options import ContractStatus, ContractType
from dataverse_schema.table import Table
from dataverse_schema.tables.billing import (
    BillingContract,
    Invoice,
    InvoiceLine,
    Subscription,
    SubscriptionChange,
)
from dataverse_schema.tables.standard import TransactionCurrency
from tests.adapters.dataverse.partner import NEW_YEAR, PRICE, Partner, at_request
from work365.adapters.dataverse.reading import IDS_PER_QUERY_MAX, portions
from work365.domain.findings import Severity
from work365.ports import Overtaken, Written

JAN_11 = date(2026, 1, 11)
FEBRUARY = date(2026, 2, 1)
MARCH = date(2026, 3, 1)

LINES_OF_THREE_MONTHS = [
    ("CT-1-00001", "2026-01-01", "124.00"),
    ("CT-1-00002", "2026-02-01", "124.00"),
    ("CT-1-00003", "2026-03-01", "124.00"),
]

WRONG_CONTRACTS = [
    ({"customer": None}, "field_missing", "billing contract CT-1: the customer is empty; choose"),
    ({"currency": None}, "field_missing", "billing contract CT-1: the currency is empty; choose"),
    ({"start_on": None}, "field_missing", "billing contract CT-1: the start is empty; enter"),
    (
        {"status": ContractStatus.TERMINATED},
        "field_wrong",
        "billing contract CT-1: it is terminated and has no end; enter",
    ),
    (
        {"end_on": date(2025, 12, 31)},
        "invalid_contract",
        "CT-1: ends on 2025-12-31, before it starts on 2026-01-01; correct one",
    ),
    ({"name": None}, "dataverse_row_impossible", "name: it is empty; open the row, correct"),
    ({"key": None}, "dataverse_row_impossible", "key: it is empty; open the row, correct"),
]
WRONG_SUBSCRIPTIONS = [
    ({"start_on": None}, "field_missing", "subscription sub-CT-1: the start is empty; enter"),
    ({"name": None}, "dataverse_row_impossible", "name: it is empty; open the row, correct"),
    ({"key": None}, "dataverse_row_impossible", "key: it is empty; open the row, correct"),
]
WRONG_CHANGES = [
    ({"effective_on": None}, "field_missing", "change CT-1-0: the effective day is empty; enter"),
    ({"price_months": None}, "field_missing", "change CT-1-0: the price months is empty; enter"),
    (
        {"unit_price": Decimal("-12.40")},
        "field_wrong",
        "change CT-1-0: the unit price -12.4 is below zero; a credit is a negative quantity",
    ),
    ({"unit_price": None}, "price_missing", "change CT-1-0: 10 units .* have no price; add"),
    ({"quantity_delta": Decimal(-1)}, "negative_quantity", "change CT-1-0: .*; correct the"),
    ({"name": None}, "dataverse_row_impossible", "name: it is empty; open the row, correct"),
    ({"key": None}, "dataverse_row_impossible", "key: it is empty; open the row, correct"),
]


Rows = dict[type[Table], UUID]


def short(value: object) -> str:
    """Return what tells a case from the others."""
    match value:
        case type():
            return value.__name__
        case dict():
            return ",".join(f"{field}={given}" for field, given in value.items())
        case _:
            return ""


def of_one_contract(partner: Partner) -> Rows:
    """Add a contract; return the ids of its rows."""
    contract, subscription = partner.open()
    return {
        BillingContract: contract,
        Subscription: subscription,
        SubscriptionChange: partner.row(SubscriptionChange, "CT-1-0").row_id,
    }


def billed_for_three_months(partner: Partner, **terms: Any) -> tuple[UUID, UUID]:
    contract, subscription = partner.open(**terms)
    partner.bill(contract, through=MARCH)
    return contract, subscription


class TestFindings:
    @pytest.mark.parametrize(
        ("table", "values", "code", "words"),
        [
            *((BillingContract, *wrong) for wrong in WRONG_CONTRACTS),
            *((Subscription, *wrong) for wrong in WRONG_SUBSCRIPTIONS),
            *((SubscriptionChange, *wrong) for wrong in WRONG_CHANGES),
        ],
        ids=short,
    )
    def test_what_is_missing_or_wrong_is_named_and_other_contracts_are_billed(
        self, partner: Partner, table: type[Table], values: dict[str, Any], code: str, words: str
    ) -> None:
        rows = of_one_contract(partner)
        others = [partner.open(key)[0] for key in ("CT-2", "CT-3")]
        partner.set(table, rows[table], **values)

        billed = partner.bill(others[0], rows[BillingContract], others[1])

        [found] = billed.findings
        assert (found.contract, found.finding.code) == (rows[BillingContract], code)
        assert found.finding.severity is Severity.ERROR
        assert re.search(words, found.finding.message)
        assert [row.message for row in partner.findings()] == [found.finding.message]
        assert billed.written == Written(invoices=2, lines=2)

    def test_a_row_that_cannot_be_is_named_by_table_and_id(self, partner: Partner) -> None:
        rows = of_one_contract(partner)
        partner.set_change("CT-1-0", name=None)

        [found] = partner.store.read_accounts([rows[BillingContract]]).findings

        assert found.finding.path == f"billing contract {rows[BillingContract]}"
        assert f"w365_subscriptionchange {rows[SubscriptionChange]}: " in found.finding.message

    def test_a_currency_that_iso_4217_does_not_have_is_a_finding(self, partner: Partner) -> None:
        currency = add_currency(partner, "QQQ")
        contract, _ = partner.open(currency=currency)

        [found] = partner.bill(contract).findings

        assert (found.finding.code, found.finding.path) == (
            "unknown_currency",
            "billing contract CT-1",
        )
        assert "currency 'QQQ'" in found.finding.message

    def test_an_invoice_made_by_hand_without_an_amount_stops_its_contract_alone(
        self, partner: Partner
    ) -> None:
        contract, _ = partner.open("CT-1")
        other, _ = partner.open("CT-2")
        partner.add(Invoice, name="By hand", key="By hand", contract=contract)

        billed = partner.bill(contract, other)

        [found] = billed.findings
        assert (found.contract, found.finding.code) == (contract, "dataverse_row_impossible")
        assert "net_amount: it is empty" in found.finding.message
        assert billed.written == Written(invoices=1, lines=1)


class TestCurrencies:
    def test_one_that_is_added_while_the_service_runs_is_known(self, partner: Partner) -> None:
        euros, _ = partner.open("CT-1")
        partner.bill(euros)
        francs, _ = partner.open("CT-2", currency=add_currency(partner, "CHF"))

        billed = partner.bill(francs)

        assert billed.findings == ()
        assert partner.row(BillingContract, "CT-2").settled_as.split()[4] == "CHF"

    def test_they_are_read_once(self, partner: Partner) -> None:
        contract, _ = partner.open()
        partner.store.read_accounts([contract])

        with partner.counted() as counts:
            partner.store.read_accounts([contract])

        assert "transactioncurrency" not in counts


class TestChunks:
    def test_a_contract_that_is_gone_is_left_out(self, partner: Partner) -> None:
        contract, _ = partner.open()

        reading = partner.store.read_accounts([uuid4(), contract])

        assert [kept.account.contract.id for kept in reading.accounts] == [contract]
        assert reading.findings == ()

    def test_nothing_is_asked_for_no_contracts(self, partner: Partner) -> None:
        with partner.counted() as counts:
            billed = partner.bill()

        assert billed.written == Written()
        assert counts == {"requests": 0, "rows_written": 0}

    def test_a_contract_in_draft_is_not_billed(self, partner: Partner) -> None:
        contract, _ = partner.open(status=ContractStatus.DRAFT)

        billed = partner.bill(contract)

        assert (billed.written, billed.findings) == (Written(), ())

    def test_portions_are_of_all_ids_in_order(self) -> None:
        ids = [uuid4() for _ in range(2 * IDS_PER_QUERY_MAX + 1)]

        parts = list(portions(ids))

        assert [len(part) for part in parts] == [IDS_PER_QUERY_MAX, IDS_PER_QUERY_MAX, 1]
        assert [row for part in parts for row in part] == ids

    def test_the_ids_of_a_portion_fit_the_address_of_a_query(self, partner: Partner) -> None:
        contract, _ = partner.open()
        partner.bill(contract)
        ids = [contract, *(uuid4() for _ in range(IDS_PER_QUERY_MAX - 1))]

        reading = partner.store.read_accounts(ids)

        [kept] = reading.accounts
        assert len(kept.account.billed) == 1


class TestReachingBack:
    def test_older_lines_are_read_only_where_a_fact_reaches_back_to_them(
        self, partner: Partner
    ) -> None:
        contract, subscription = billed_for_three_months(partner)
        quiet = reading_counts(partner, contract)
        partner.add_change(subscription, "on time", date(2026, 3, 11), 1)
        on_time = reading_counts(partner, contract)
        partner.add_change(subscription, "late", JAN_11, 3)
        late = reading_counts(partner, contract)

        assert (quiet["w365_invoiceline"], on_time["w365_invoiceline"]) == (1, 1)
        assert on_time["requests"] == quiet["requests"]
        # The line of March was read before it was known that all three are needed.
        assert late["w365_invoiceline"] == 1 + 3
        assert late["requests"] == quiet["requests"] + 3

    def test_a_late_change_is_charged_from_its_day(self, partner: Partner) -> None:
        contract, subscription = billed_for_three_months(partner)
        partner.add_change(subscription, "late", JAN_11, 3)

        partner.bill(contract, through=MARCH)

        assert partner.amounts() == [
            *LINES_OF_THREE_MONTHS,
            ("CT-1-00004", "2026-01-11", "25.20"),
            ("CT-1-00004", "2026-02-01", "37.20"),
            ("CT-1-00004", "2026-03-01", "37.20"),
        ]

    def test_an_edited_change_is_settled_from_the_earlier_of_its_days(
        self, partner: Partner
    ) -> None:
        contract, _ = billed_for_three_months(partner)
        partner.set_change("CT-1-0", effective_on=FEBRUARY)

        partner.bill(contract, through=MARCH)

        assert partner.amounts() == [
            *LINES_OF_THREE_MONTHS,
            ("CT-1-00004", "2026-01-01", "-124.00"),
        ]

    def test_a_change_moved_to_another_subscription_is_credited_there_and_charged_here(
        self, partner: Partner
    ) -> None:
        contract, subscription = partner.open()
        partner.add_change(subscription, "moved", FEBRUARY, 2)
        other = partner.add_subscription(contract, "sub-2")
        partner.add_change(other, "other", NEW_YEAR, 1, **PRICE)
        partner.bill(contract, through=MARCH)
        closed = partner.amounts()
        partner.set_change("moved", subscription=other)

        partner.bill(contract, through=MARCH)

        assert sorted(set(partner.amounts()) - set(closed)) == [
            ("CT-1-00004", "2026-02-01", "-24.80"),
            ("CT-1-00004", "2026-02-01", "24.80"),
            ("CT-1-00004", "2026-03-01", "-24.80"),
            ("CT-1-00004", "2026-03-01", "24.80"),
        ]

    @pytest.mark.parametrize("table", [BillingContract, Subscription])
    def test_an_end_that_comes_after_the_invoices_is_credited(
        self, partner: Partner, table: type[Table]
    ) -> None:
        contract, subscription = billed_for_three_months(partner)
        ended = {BillingContract: contract, Subscription: subscription}[table]
        partner.set(table, ended, end_on=date(2026, 2, 15))

        partner.bill(contract, through=MARCH)

        assert partner.amounts()[3:] == [
            ("CT-1-00004", "2026-02-15", "-62.00"),
            ("CT-1-00004", "2026-03-01", "-124.00"),
        ]

    def test_an_end_that_is_taken_back_is_charged_again(self, partner: Partner) -> None:
        contract, subscription = partner.open()
        partner.set(Subscription, subscription, end_on=date(2026, 1, 16))
        partner.bill(contract, through=MARCH)
        partner.set(Subscription, subscription, end_on=None)

        partner.bill(contract, through=MARCH)

        assert partner.amounts() == [
            ("CT-1-00001", "2026-01-01", "60.00"),
            ("CT-1-00002", "2026-01-16", "64.00"),
            ("CT-1-00002", "2026-02-01", "124.00"),
            ("CT-1-00002", "2026-03-01", "124.00"),
        ]

    @pytest.mark.parametrize(
        ("table", "contract_type"),
        [(BillingContract, ContractType.RECURRING), (Subscription, ContractType.FLEXI)],
    )
    def test_a_cycle_that_was_edited_after_an_invoice_is_a_finding(
        self, partner: Partner, table: type[Table], contract_type: ContractType
    ) -> None:
        contract, subscription = billed_for_three_months(partner, contract_type=contract_type)
        edited = {BillingContract: contract, Subscription: subscription}[table]
        partner.set(table, edited, cycle_months=12)

        billed = partner.bill(contract, through=date(2026, 4, 1))

        [found] = billed.findings
        assert found.finding.code == "terms_changed"
        assert "set" in found.finding.message
        assert "back" in found.finding.message
        assert billed.written == Written()
        assert partner.amounts() == LINES_OF_THREE_MONTHS


class TestFactsThatChangeWhileTheyAreRead:
    @pytest.mark.parametrize("fact", ["change", "end", "new change"])
    def test_the_contract_is_read_again(self, partner: Partner, fact: str) -> None:
        contract, subscription = billed_for_three_months(partner)
        partner.add_change(subscription, "late", date(2026, 2, 10), 1)
        happens: dict[str, Callable[[], object]] = {
            "change": lambda: partner.set_change("CT-1-0", effective_on=date(2026, 1, 16)),
            "end": lambda: partner.set(Subscription, subscription, end_on=date(2026, 1, 16)),
            "new change": lambda: partner.add_change(subscription, "new", JAN_11, 1),
        }
        # The facts are read a second time because the late change reaches back.
        hook = at_request(1, happens[fact], table=Subscription)

        with partner.watched(hook) as store, pytest.raises(Overtaken, match="CT-1: changed while"):
            store.read_accounts([contract])

    def test_nothing_is_charged_twice_when_an_end_moves_behind_the_lines_that_were_read(
        self, partner: Partner
    ) -> None:
        contract, subscription = billed_for_three_months(partner)
        partner.add_change(subscription, "late", date(2026, 2, 10), 1)

        def end() -> None:
            partner.set(Subscription, subscription, end_on=date(2026, 1, 16))

        with partner.watched(at_request(1, end, table=Subscription)) as store:
            partner.bill(contract, through=MARCH, store=store)

        assert partner.amounts() == [
            *LINES_OF_THREE_MONTHS,
            ("CT-1-00004", "2026-01-16", "-64.00"),
            ("CT-1-00004", "2026-02-01", "-124.00"),
            ("CT-1-00004", "2026-03-01", "-124.00"),
        ]

    def test_a_draft_that_another_run_makes_meanwhile_does_not_count_as_billed(
        self, partner: Partner
    ) -> None:
        contract, subscription = partner.open(cycle_months=3)
        partner.bill(contract)
        partner.add_change(subscription, "late", JAN_11, 3)

        def make_draft() -> None:
            partner.bill(contract, through=None, as_of=JAN_11)

        with partner.watched(at_request(0, make_draft, table=InvoiceLine)) as store:
            partner.bill(contract, through=FEBRUARY, store=store)

        invoice = partner.row(Invoice, "CT-1-00002")
        assert (invoice.invoice_on, invoice.status.name) == (FEBRUARY, "BILLED")
        assert partner.amounts() == [
            ("CT-1-00001", "2026-01-01", "372.00"),
            ("CT-1-00002", "2026-01-11", "99.20"),
        ]


def test_a_line_that_somebody_wrote_on_a_draft_is_taken_off_again(partner: Partner) -> None:
    other, _ = partner.open("CT-2")
    contract, subscription = partner.open("CT-1")
    partner.bill(contract)
    partner.add_change(subscription, "more", JAN_11, 3)
    partner.bill(contract, through=JAN_11)
    before = partner.amounts()
    draft = partner.row(Invoice, "CT-1-00002")
    line = partner.rows(InvoiceLine)[0]
    values = {field: getattr(line, field) for field in InvoiceLine.columns()}
    by_hand = {"key": "by hand", "invoice": draft.row_id, "contract": other}
    partner.add(InvoiceLine, **{**values, **by_hand})
    assert partner.amounts() != before

    partner.bill(contract, through=JAN_11)

    assert partner.amounts() == before


def reading_counts(partner: Partner, contract: UUID) -> dict[str, int]:
    with partner.counted() as counts:
        partner.store.read_accounts([contract])
    return counts


def add_currency(partner: Partner, code: str) -> UUID:
    return partner.add(
        TransactionCurrency,
        currency_name=code,
        iso_currency_code=code,
        currency_symbol=code,
        exchange_rate=Decimal("0.93"),
    )
