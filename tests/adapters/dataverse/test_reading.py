import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from dataverse_schema.options import AnchorRule, ContractStatus
from dataverse_schema.table import Table
from dataverse_schema.tables.billing import (
    BillingContract,
    Invoice,
    InvoiceLine,
    OneTimeCharge,
    Subscription,
    SubscriptionChange,
)
from dataverse_schema.tables.standard import TransactionCurrency
from tests.adapters.dataverse.partner import NEW_YEAR, Partner
from work365.adapters.dataverse.reading import IDS_PER_QUERY_MAX, portions
from work365.domain.findings import Severity
from work365.ports.billing import Written

JAN_11 = date(2026, 1, 11)

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
    ({"proration": "moons/1"}, "field_wrong", "contract CT-1: the proration is wrong: .*name one"),
    ({"bill_day": 15}, "invalid_contract", "contract CT-1: bill day 15 with anchor rule anniv"),
    ({"anchor_rule": AnchorRule.BILL_DAY}, "invalid_contract", "a bill day is given with the"),
    ({"discount_percent": Decimal(0)}, "invalid_discount", "discount CT-1: 0 percent .*; correct"),
    ({"discount_percent": Decimal(120)}, "invalid_discount", "CT-1: 120 percent .*; correct it"),
    ({"name": None}, "dataverse_row_impossible", "name: it is empty; open the row, correct"),
    ({"key": None}, "dataverse_row_impossible", "key: it is empty; open the row, correct"),
]
WRONG_SUBSCRIPTIONS = [
    ({"discount_percent": Decimal(101)}, "invalid_discount", "discount sub-CT-1: 101 percent"),
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
WRONG_ONE_TIME_CHARGES = [
    ({"charged_on": None}, "field_missing", "charge one-1: the day is empty; enter the day"),
    ({"unit_price": None}, "field_missing", "charge one-1: the unit price is empty; enter"),
    ({"quantity": Decimal(0)}, "invalid_one_time_charge", "one-1: the quantity is 0; give a"),
    ({"name": None}, "dataverse_row_impossible", "name: it is empty; open the row, correct"),
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
        OneTimeCharge: partner.add_one_time_charge(contract, "one-1", NEW_YEAR, "950.00"),
    }


class TestFindings:
    @pytest.mark.parametrize(
        ("table", "values", "code", "words"),
        [
            *((BillingContract, *wrong) for wrong in WRONG_CONTRACTS),
            *((Subscription, *wrong) for wrong in WRONG_SUBSCRIPTIONS),
            *((SubscriptionChange, *wrong) for wrong in WRONG_CHANGES),
            *((OneTimeCharge, *wrong) for wrong in WRONG_ONE_TIME_CHARGES),
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


def add_currency(partner: Partner, code: str) -> UUID:
    return partner.add(
        TransactionCurrency,
        currency_name=code,
        iso_currency_code=code,
        currency_symbol=code,
        exchange_rate=Decimal("0.93"),
    )
