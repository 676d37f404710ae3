from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from dataverse_schema.options import AnchorRule, BillingTiming, ContractStatus, ContractType
from dataverse_schema.table import Table
from dataverse_schema.tables import TABLES
from dataverse_schema.tables.billing import (
    BillingContract,
    Invoice,
    InvoiceLine,
    Subscription,
    SubscriptionChange,
)
from tests.adapters.dataverse.partner import NEW_YEAR, Partner
from work365.adapters.dataverse.mapping import (
    RowImpossible,
    read_row,
    select,
    whole_row,
    write_row,
)
from work365.http import read_json, write_json

ROW = UUID("5b6fb1ad-684f-4d60-b252-336957dac401")
LARGEST_AMOUNT = Decimal("922337203685477.5807")
"""What a currency column of Dataverse's database can hold at most: 19 digits."""

LARGEST_WRITABLE = Decimal("922337203685476.9999")
"""The largest amount with decimals that the Web API lets in."""

PRICES = [
    Decimal("0.0123456789"),
    Decimal("99999999999.9999999999"),
    Decimal("-0.0000000001"),
    Decimal(0),
]


def answered(table: type[Table], **values: Any) -> dict[str, Any]:
    """Return a row as the Web API answers it: every column, those without a value empty."""
    given = {table.read_name(field): value for field, value in values.items()}
    return {**dict.fromkeys(select(table)), table.primary_id(): str(ROW), **given}


def a_line(**values: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "key": "line-1",
        "position": 1,
        "description": "Seats",
        "component": "license",
        "quantity": Decimal(10),
        "unit_price": Decimal("12.40"),
        "price_months": 1,
        "cycle_months": 1,
        "service_start_on": "2026-01-01",
        "service_end_on": "2026-02-01",
        "period_start_on": "2026-01-01",
        "period_end_on": "2026-02-01",
        "service_days": 31,
        "period_days": 31,
        "proration": "actual-days/1",
        "rounding": "half-away-from-zero/1",
        "amount": Decimal("124.00"),
        **dict.fromkeys(("invoice", "contract", "subscription", "transactioncurrencyid"), str(ROW)),
    }
    return answered(InvoiceLine, **{**given, **values})


class TestDigits:
    def test_the_largest_amount_is_read_and_written_digit_for_digit(self) -> None:
        text = write_json(a_line(amount=LARGEST_AMOUNT))
        assert '"w365_amount":922337203685477.5807,' in text

        line = read_row(InvoiceLine, read_json(text))

        assert line.amount == LARGEST_AMOUNT
        assert write_json(write_row(InvoiceLine, {"amount": line.amount})) == (
            '{"w365_amount":922337203685477.5807}'
        )

    @pytest.mark.parametrize("price", PRICES)
    def test_a_price_comes_back_from_dataverse_to_the_last_decimal(
        self, partner: Partner, price: Decimal
    ) -> None:
        _, subscription = partner.open()
        partner.add_change(subscription, "change-1", NEW_YEAR, 1, unit_price=price, price_months=12)

        change = partner.row(SubscriptionChange, "change-1")

        assert str(change.unit_price.normalize()) == str(price.normalize())

    @pytest.mark.parametrize("amount", [LARGEST_WRITABLE, -LARGEST_WRITABLE, Decimal("0.0001")])
    def test_an_amount_comes_back_from_dataverse_to_the_last_decimal(
        self, partner: Partner, amount: Decimal
    ) -> None:
        row = an_invoice(partner, net_amount=amount)

        [invoice] = partner.rows(Invoice)

        assert (invoice.row_id, invoice.net_amount) == (row, amount)


class TestEmptyColumns:
    def test_mean_the_default_of_the_class(self) -> None:
        contract = read_row(BillingContract, answered(BillingContract, name="C", key="CT-1"))

        assert contract.status is ContractStatus.ACTIVE
        assert contract.contract_type is ContractType.RECURRING
        assert contract.timing is BillingTiming.ADVANCE
        assert contract.anchor_rule is AnchorRule.ANNIVERSARY
        assert (contract.cycle_months, contract.payment_days, contract.review_days) == (1, 30, 0)
        assert (contract.change_cycle_months, contract.start_on, contract.customer) == (None,) * 3
        assert contract.last_sequence == 0

    def test_mean_it_when_a_person_emptied_them_too(self, partner: Partner) -> None:
        contract, _ = partner.open(cycle_months=3, payment_days=14)
        partner.set(BillingContract, contract, cycle_months=None, payment_days=None, status=None)
        partner.set_change("CT-1-0", quantity_delta=None)

        row = partner.row(BillingContract, "CT-1")
        change = partner.row(SubscriptionChange, "CT-1-0")

        assert (row.cycle_months, row.payment_days, row.status) == (1, 30, ContractStatus.ACTIVE)
        assert change.quantity_delta == 0


class TestImpossibleRows:
    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("amount", "a lot", "amount: .*'a lot'"),
            ("amount", None, "amount: it is empty"),
            ("service_start_on", "2026-02-30", "service_start_on: .*'2026-02-30'"),
            ("position", Decimal("1.5"), r"position: .*Decimal\('1.5'\)"),
            ("invoice", "CT-1", "invoice: .*'CT-1'"),
        ],
    )
    def test_are_named_by_row_field_and_value(self, field: str, value: Any, words: str) -> None:
        with pytest.raises(RowImpossible, match=f"w365_invoiceline {ROW}: {words}"):
            read_row(InvoiceLine, a_line(**{field: value}))

    def test_have_a_choice_that_nobody_defined(self) -> None:
        row = answered(BillingContract, name="C", key="CT-1", status=365_000_009)

        with pytest.raises(RowImpossible, match=f"w365_billingcontract {ROW}: status: .*365000009"):
            read_row(BillingContract, row)

    def test_name_every_field_that_is_wrong(self) -> None:
        with pytest.raises(RowImpossible, match="name: it is empty; key: it is empty"):
            read_row(Subscription, answered(Subscription))

    def test_lack_a_column_of_the_provider_only_where_the_whole_row_was_asked_for(self) -> None:
        answer = dict.fromkeys(select(Subscription), None)
        answer |= {"w365_name": "Seats", "w365_key": "sub-1", "w365_subscriptionid": str(ROW)}

        assert read_row(Subscription, answer).in_extended_term is False
        with pytest.raises(RowImpossible, match="w365_inextendedterm, w365_extendedservice"):
            read_row(Subscription, answer, whole=True)

    def test_lack_a_column_that_was_asked_for(self) -> None:
        row = answered(Subscription, name="Seats", key="sub-1")
        del row["w365_endon"], row["_w365_contract_value"]

        with pytest.raises(
            RowImpossible, match="not answered: _w365_contract_value, w365_endon"
        ) as raised:
            read_row(Subscription, row)

        assert str(ROW) in str(raised.value)


class TestWriting:
    def test_a_lookup_is_bound_by_the_id_of_its_row(self) -> None:
        body = write_row(Subscription, {"contract": ROW, "product": None}, row_id=ROW)

        assert body == {
            "w365_subscriptionid": ROW,
            "w365_Contract@odata.bind": f"/w365_billingcontracts({ROW})",
            "w365_Product@odata.bind": None,
        }

    def test_a_row_comes_back_as_it_was_written(self, partner: Partner) -> None:
        contract, subscription = partner.open()
        values = {
            "name": "Three more",
            "key": "change-1",
            "subscription": subscription,
            "effective_on": date(2026, 1, 11),
            "recorded_on": datetime(2026, 1, 10, 23, 59, 58, tzinfo=UTC),
            "quantity_delta": Decimal("3.0000000001"),
            "unit_price": Decimal("12.40"),
            "price_months": 12,
            "reason": "Zoë's\nteam",
        }

        partner.add(SubscriptionChange, **values)

        row = partner.row(SubscriptionChange, "change-1")
        assert {field: getattr(row, field) for field in values} == values
        assert partner.row(Subscription, "sub-CT-1").contract == contract

    def test_a_whole_row_is_written_without_what_is_empty(self) -> None:
        row = Subscription(name="Seats", key="sub-1", contract=ROW, row_id=ROW)

        assert whole_row(row) == {
            "w365_subscriptionid": ROW,
            "w365_name": "Seats",
            "w365_key": "sub-1",
            "w365_Contract@odata.bind": f"/w365_billingcontracts({ROW})",
            "w365_billable": True,
            "w365_refundatend": False,
            "w365_autorenew": False,
        }


def test_dataverse_knows_the_columns_of_every_table(partner: Partner) -> None:
    contract, _ = partner.open()
    partner.bill(contract)

    rows = {table: partner.rows(table) for table in TABLES}

    assert all(row.row_id and row.etag for table in TABLES for row in rows[table])
    assert len(rows[InvoiceLine]) == 1


def an_invoice(partner: Partner, **values: Any) -> UUID:
    contract = partner.add_contract()
    given = {
        "name": "CT-1-00001",
        "key": "CT-1-00001",
        "contract": contract,
        "customer": partner.customer,
        "transactioncurrencyid": partner.euro,
        "sequence": 1,
        "invoice_on": NEW_YEAR,
        "due_on": NEW_YEAR,
        "line_count": 0,
    }
    return partner.add(Invoice, **{**given, **values})
