"""What is read of the past: only what a fact reaches back to, and that all at one time."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from dataverse_schema.options import ContractType
from dataverse_schema.table import Table
from dataverse_schema.tables.billing import BillingContract, Invoice, InvoiceLine, Subscription
from tests.adapters.dataverse.partner import NEW_YEAR, PRICE, REFUNDING, Partner, at_request
from work365.ports.billing import Overtaken, Written

JAN_11 = date(2026, 1, 11)
FEBRUARY = date(2026, 2, 1)
MARCH = date(2026, 3, 1)

LINES_OF_THREE_MONTHS = [
    ("CT-1-00001", "2026-01-01", "124.00"),
    ("CT-1-00002", "2026-02-01", "124.00"),
    ("CT-1-00003", "2026-03-01", "124.00"),
]


def billed_for_three_months(partner: Partner, **terms: Any) -> tuple[UUID, UUID]:
    contract, subscription = partner.open(**terms)
    partner.bill(contract, through=MARCH)
    return contract, subscription


def reading_counts(partner: Partner, contract: UUID) -> dict[str, int]:
    with partner.counted() as counts:
        partner.store.read_accounts([contract])
    return counts


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
        contract, subscription = billed_for_three_months(partner, **REFUNDING)
        ended = {BillingContract: contract, Subscription: subscription}[table]
        partner.set(table, ended, end_on=date(2026, 2, 15))

        partner.bill(contract, through=MARCH)

        assert partner.amounts()[3:] == [
            ("CT-1-00004", "2026-02-15", "-62.00"),
            ("CT-1-00004", "2026-03-01", "-124.00"),
        ]

    @pytest.mark.parametrize("table", [BillingContract, Subscription])
    def test_an_end_without_a_refund_is_waived(self, partner: Partner, table: type[Table]) -> None:
        contract, subscription = billed_for_three_months(partner)
        ended = {BillingContract: contract, Subscription: subscription}[table]
        partner.set(table, ended, end_on=date(2026, 2, 15))

        partner.bill(contract, through=MARCH)
        again = partner.bill(contract, through=MARCH)

        assert partner.amounts()[3:] == [
            ("CT-1-00004", "2026-02-15", "0.00"),
            ("CT-1-00004", "2026-03-01", "0.00"),
        ]
        assert again.written == Written()

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
        contract, subscription = billed_for_three_months(partner, **REFUNDING)
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
