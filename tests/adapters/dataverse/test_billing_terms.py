"""What may be chosen about a contract, from its rows to the lines of its invoices."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from dataverse_schema.options import ContractType, OwnYesNo
from dataverse_schema.tables.billing import (
    BillingContract,
    BillingSettings,
    InvoiceLine,
    OneTimeCharge,
)
from tests.adapters.dataverse.partner import NEW_YEAR, PRICE, REFUNDING, Partner
from work365.ports.billing import Written

JAN_11 = date(2026, 1, 11)
FEBRUARY = date(2026, 2, 1)
FEB_11 = date(2026, 2, 11)
MARCH = date(2026, 3, 1)


def settings(partner: Partner, *, key: str = "default", **values: Any) -> None:
    """Enter the environment's settings."""
    partner.add(BillingSettings, name="Ours", key=key, **values)


def opened_on_the_11th(partner: Partner, key: str) -> UUID:
    """Add a contract whose ten seats begin within its first billing period."""
    contract = partner.add_contract(key)
    subscription = partner.add_subscription(contract, f"sub-{key}", start_on=JAN_11)
    partner.add_change(subscription, f"{key}-0", JAN_11, 10, **PRICE)
    return contract


class TestSettings:
    """What the environment says about contracts that say nothing themselves."""

    def test_hold_for_a_contract_that_does_not_say_otherwise(self, partner: Partner) -> None:
        settings(partner, proration="none/1")
        plain, half = opened_on_the_11th(partner, "CT-1"), opened_on_the_11th(partner, "CT-2")
        partner.set(BillingContract, half, proration="actual-days/1")

        partner.bill(plain, half, through=JAN_11)

        assert partner.amounts() == [
            ("CT-1-00001", "2026-01-11", "124.00"),
            ("CT-2-00001", "2026-01-11", "84.00"),
        ]

    def test_that_change_leave_an_invoiced_contract_as_it_is(self, partner: Partner) -> None:
        contract, _ = partner.open()
        partner.bill(contract, through=FEBRUARY)
        before = partner.amounts()
        settings(partner, proration="none/1", last_day_counts=True, offset_days=-5)

        again = partner.bill(contract, through=FEBRUARY)
        partner.bill(contract, through=MARCH)

        assert (again.written, again.findings) == (Written(), ())
        assert partner.amounts() == [*before, ("CT-1-00003", "2026-03-01", "124.00")]

    def test_that_are_wrong_are_a_finding_of_whoever_needs_them(self, partner: Partner) -> None:
        invoiced, _ = partner.open("CT-1")
        partner.bill(invoiced)
        settings(partner, proration="moons/1")
        own, _ = partner.open("CT-2", proration="actual-days/1")
        new, _ = partner.open("CT-3")

        billed = partner.bill(invoiced, own, new, through=FEBRUARY)

        [found] = billed.findings
        assert (found.contract, found.finding.code) == (new, "field_wrong")
        assert "billing settings default: the proration is wrong" in found.finding.message
        assert billed.written == Written(invoices=3, lines=3)

    def test_of_another_key_are_not_the_environments(self, partner: Partner) -> None:
        settings(partner, key="an idea", proration="none/1")
        contract = opened_on_the_11th(partner, "CT-1")

        partner.bill(contract, through=JAN_11)

        assert partner.amounts() == [("CT-1-00001", "2026-01-11", "84.00")]

    def test_cost_no_request_of_their_own(self, partner: Partner) -> None:
        contract, _ = partner.open()
        partner.store.read_accounts([contract])

        with partner.counted() as counts:
            partner.store.read_accounts([contract])

        # Contracts, drafts, what is sold together with the settings, and changes.
        assert counts["requests"] == 4


class TestOffset:
    @pytest.mark.parametrize("offset_days", [-10, 10])
    def test_invoices_that_are_moved_are_settled_once(
        self, partner: Partner, offset_days: int
    ) -> None:
        contract, _ = partner.open(offset_days=offset_days)
        for day in (NEW_YEAR, JAN_11, FEBRUARY, FEB_11):
            partner.bill(contract, through=day)

        with partner.counted() as counts:
            again = partner.bill(contract, through=FEB_11)

        lines = [("2026-01-01", "124.00"), ("2026-02-01", "124.00")]
        assert [(day, amount) for _, day, amount in partner.amounts()] == lines
        assert again.written == Written()
        assert counts["w365_invoiceline"] == 1, "only what is still open is read"
        assert counts["requests"] == 6


class TestOneTimeCharges:
    def test_are_invoiced_once_and_remembered(self, partner: Partner) -> None:
        contract, _ = partner.open(discount_percent=Decimal(10))
        partner.add_one_time_charge(contract, "one-1", JAN_11, "950.00")
        partner.add_one_time_charge(contract, "one-2", JAN_11, "50.00", discounted=False)

        partner.bill(contract, through=FEBRUARY)
        again = partner.bill(contract, through=FEBRUARY)

        assert again.written == Written()
        assert partner.amounts() == [
            ("CT-1-00001", "2026-01-01", "111.60"),
            ("CT-1-00002", "2026-01-11", "50.00"),
            ("CT-1-00002", "2026-01-11", "855.00"),
            ("CT-1-00002", "2026-02-01", "111.60"),
        ]
        row = partner.row(OneTimeCharge, "one-1")
        assert row.settled_as == f"2026-01-11 1 950 one-time - {contract}"
        line = partner.row(
            InvoiceLine, "CT-1-00002_one-1_one-time_20260111_20260112_20260111_950x1"
        )
        assert (line.one_time_charge, line.subscription) == (row.row_id, None)
        assert line.discounts == '[["CT-1", "10"]]'

    def test_that_are_edited_after_their_invoice_are_taken_back_and_charged_anew(
        self, partner: Partner
    ) -> None:
        contract, _ = partner.open()
        charge = partner.add_one_time_charge(contract, "one-1", NEW_YEAR, "950.00")
        partner.bill(contract, through=FEBRUARY)
        partner.set(OneTimeCharge, charge, unit_price=Decimal("900.00"))

        partner.bill(contract, through=MARCH)

        assert partner.amounts()[3:] == [
            ("CT-1-00003", "2026-01-01", "-950.00"),
            ("CT-1-00003", "2026-01-01", "900.00"),
            ("CT-1-00003", "2026-03-01", "124.00"),
        ]

    def test_can_be_all_that_a_contract_has(self, partner: Partner) -> None:
        contract = partner.add_contract(contract_type=ContractType.NON_RECURRING)
        partner.add_one_time_charge(contract, "one-1", NEW_YEAR, "950.00")

        partner.bill(contract)

        assert partner.amounts() == [("CT-1-00001", "2026-01-01", "950.00")]


class TestRefunds:
    def test_what_is_taken_away_is_waived_unless_the_change_says_otherwise(
        self, partner: Partner
    ) -> None:
        contract, subscription = partner.open(**REFUNDING)
        partner.bill(contract)
        partner.add_change(subscription, "given back", date(2026, 1, 17), -2, refund=True)
        partner.add_change(subscription, "given up", date(2026, 1, 25), -1)

        partner.bill(contract, through=FEBRUARY)
        again = partner.bill(contract, through=FEBRUARY)

        assert partner.amounts()[1:] == [
            ("CT-1-00002", "2026-01-17", "-6.40"),
            ("CT-1-00002", "2026-01-25", "-5.60"),
            ("CT-1-00002", "2026-01-25", "0.00"),
            ("CT-1-00002", "2026-02-01", "86.80"),
        ]
        assert again.written == Written()

    def test_none_are_given_where_the_contract_processes_none(self, partner: Partner) -> None:
        settings(partner, process_refunds=True)
        contract, subscription = partner.open(process_refunds=OwnYesNo.NO)
        partner.bill(contract)
        partner.add_change(subscription, "given back", date(2026, 1, 17), -2, refund=True)

        partner.bill(contract, through=FEBRUARY)

        assert partner.amounts()[1] == ("CT-1-00002", "2026-01-17", "0.00")


class TestBundles:
    def test_a_part_says_in_whose_row_it_is_printed(self, partner: Partner) -> None:
        contract, bundle = partner.open()
        part = partner.add_subscription(contract, "part", printed_with=bundle)
        partner.add_change(part, "part-0", NEW_YEAR, 10, **PRICE)
        free = partner.add_subscription(contract, "free", billable=False)
        partner.add_change(free, "free-0", NEW_YEAR, 10, **PRICE)

        partner.bill(contract)

        printed = {row.key.split("_")[1]: row.printed_with for row in partner.rows(InvoiceLine)}
        assert printed == {"sub-CT-1": None, "part": "sub-CT-1"}

    def test_a_part_of_another_contracts_bundle_is_a_finding(self, partner: Partner) -> None:
        _, foreign = partner.open("CT-2")
        contract, _ = partner.open("CT-1")
        partner.add_subscription(contract, "part", printed_with=foreign)

        [found] = partner.bill(contract).findings

        assert found.finding.code == "field_wrong"
        assert "subscription part: it is printed with row" in found.finding.message
