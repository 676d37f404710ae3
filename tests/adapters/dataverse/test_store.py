from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from dataverse_schema.options import ContractStatus
from dataverse_schema.tables.billing import BillingContract, Invoice, InvoiceLine, Subscription
from tests.adapters.dataverse.partner import NEW_YEAR, PRICE, Partner, settled
from tests.adapters.dataverse.stories import FEBRUARY, STORIES, Story, changed_draft
from work365.adapters.dataverse import batch
from work365.adapters.dataverse.errors import RequestRefused
from work365.errors import Unavailable
from work365.http import ATTEMPTS_MAX
from work365.ports.billing import Overtaken, Written

TOO_MUCH = Decimal("99999999999.9999999999")
"""A quantity and a price that a row can hold, the product of which no amount can."""


class TestACrash:
    @STORIES
    def test_before_the_answer_leaves_each_row_once(self, partner: Partner, story: Story) -> None:
        undisturbed, *contracts = story(partner, 3)
        settlements = settled(partner.store, *contracts, through=FEBRUARY)
        partner.break_next(kind="drop", method="POST", path="$batch", after_work=True)

        # Sent again, because nobody knows what became of it, the change set meets its own rows.
        with pytest.raises(Overtaken):
            partner.store.keep(settlements)
        repeated = partner.bill(*contracts, through=FEBRUARY)

        assert repeated.written == Written()
        partner.bill(undisturbed, through=FEBRUARY)
        expected, *others = partner.kept_of_each().values()
        assert others == [expected] * 2

    def test_of_which_nobody_hears_is_made_good_by_the_next_run(self, partner: Partner) -> None:
        undisturbed, *contracts = changed_draft(partner, 3)
        settlements = settled(partner.store, *contracts, through=FEBRUARY)
        drops = {"kind": "drop", "method": "POST", "path": "$batch", "count": ATTEMPTS_MAX}
        partner.break_next(**drops, after_work=True)

        with pytest.raises(Unavailable):
            partner.store.keep(settlements)
        repeated = partner.bill(*contracts, through=FEBRUARY)

        assert repeated.written == Written()
        partner.bill(undisturbed, through=FEBRUARY)
        expected, *others = partner.kept_of_each().values()
        assert others == [expected] * 2

    def test_before_the_work_is_made_good_by_sending_it_again(
        self, partner: Partner, sleeps: list[float]
    ) -> None:
        contract, _ = partner.open()
        partner.break_next(kind="drop", method="POST", path="$batch")

        billed = partner.bill(contract)

        assert billed.written == Written(invoices=1, lines=1)
        assert len(sleeps) == 1


class TestRefusals:
    def test_what_dataverse_refuses_is_found_by_halves_and_the_rest_is_kept(
        self, partner: Partner
    ) -> None:
        contracts = [partner.open(f"CT-{number:02d}")[0] for number in range(7)]
        impossible = expensive(partner, "CT-99")

        billed = partner.bill(*contracts[:3], impossible, *contracts[3:])

        [found] = billed.findings
        assert (found.contract, found.finding.code) == (impossible, "dataverse_refused")
        assert found.finding.path == "billing contract CT-99"
        assert "outside the valid range" in found.finding.message
        assert billed.written == Written(invoices=7, lines=7)
        assert [row.message for row in partner.findings()] == [found.finding.message]
        assert "CT-99-00001" not in {row.key for row in partner.rows(Invoice)}

    def test_a_refused_change_set_leaves_nothing_behind(self, partner: Partner) -> None:
        good, _ = partner.open("CT-01")
        impossible = expensive(partner, "CT-99")

        with pytest.raises(RequestRefused):
            partner.store.keep(settled(partner.store, good, impossible, through=NEW_YEAR))

        assert partner.rows(Invoice) + partner.rows(InvoiceLine) == []
        assert partner.row(BillingContract, "CT-01").settled_through is None

    def test_more_deletions_than_one_change_set_takes_are_done_in_halves(
        self, partner: Partner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batch, "OPERATIONS_MAX", 10)
        # Each draft has three lines, and all of them go: 16 operations that cannot be bundled.
        contracts, subscriptions = subscribed(partner, contracts=4, each=3)
        partner.bill(*contracts, through=None, as_of=NEW_YEAR)
        partner.change_all(subscriptions, "taken back", NEW_YEAR, -7)

        billed = partner.bill(*contracts, through=None, as_of=NEW_YEAR)

        assert billed.findings == ()
        assert billed.written == Written(invoices=4, lines=12)
        assert partner.rows(Invoice) + partner.rows(InvoiceLine) == []


class TestOneLargeContract:
    def test_whose_draft_loses_more_lines_than_a_change_set_takes_is_settled(
        self, partner: Partner
    ) -> None:
        [contract], subscriptions = subscribed(partner, contracts=1, each=1_100)
        partner.bill(contract, through=None, as_of=NEW_YEAR)
        partner.change_all(subscriptions, "gone", NEW_YEAR, -7)

        billed = partner.bill(contract, through=None, as_of=NEW_YEAR)

        assert billed.findings == ()
        assert partner.rows(InvoiceLine) == []
        assert partner.rows(Invoice) == []


class TestChunk:
    def test_of_200_contracts_costs_a_handful_of_requests(self, partner: Partner) -> None:
        contracts, _ = subscribed(partner, contracts=200, each=5)

        with partner.counted() as first:
            billed = partner.bill(*contracts)
        with partner.counted() as again:
            partner.bill(*contracts)

        assert billed.written == Written(invoices=200, lines=1_000)
        assert billed.findings == ()
        assert first["requests"] <= 12
        assert again["requests"] <= 8
        assert again["rows_written"] == 0


class TestDueContracts:
    def test_one_that_was_never_settled_is_due(self, partner: Partner) -> None:
        contract, _ = partner.open()

        assert list(partner.store.due_contracts(date(2025, 12, 1))) == [contract]

    def test_one_is_due_again_when_its_next_invoice_date_is_over(self, partner: Partner) -> None:
        contract, _ = partner.open()
        partner.bill(contract)

        assert list(partner.store.due_contracts(date(2026, 1, 31))) == []
        assert list(partner.store.due_contracts(FEBRUARY)) == [contract]

    def test_one_that_ended_is_not_due_again(self, partner: Partner) -> None:
        contract, _ = partner.open(end_on=FEBRUARY)
        partner.bill(contract, through=date(2026, 3, 1))

        assert list(partner.store.due_contracts(date(2030, 1, 1))) == []

    def test_a_draft_is_neither_due_nor_counted(self, partner: Partner) -> None:
        partner.open(status=ContractStatus.DRAFT)

        assert list(partner.store.due_contracts(FEBRUARY)) == []
        assert list(partner.store.all_contracts()) == []

    def test_an_empty_status_means_that_it_is_billed(self, partner: Partner) -> None:
        contract, _ = partner.open()
        partner.set(BillingContract, contract, status=None)

        assert list(partner.store.due_contracts(FEBRUARY)) == [contract]
        assert list(partner.store.all_contracts()) == [contract]
        assert partner.bill(contract).written == Written(invoices=1, lines=1)

    def test_all_contracts_are_those_that_are_no_drafts(self, partner: Partner) -> None:
        ended, _ = partner.open("CT-1", status=ContractStatus.TERMINATED, end_on=FEBRUARY)
        active, _ = partner.open("CT-2")
        partner.open("CT-3", status=ContractStatus.DRAFT)

        assert set(partner.store.all_contracts()) == {ended, active}


def expensive(partner: Partner, key: str) -> UUID:
    """Add a contract whose first invoice comes to more than an amount can be."""
    contract = partner.add_contract(key)
    subscription = partner.add_subscription(contract, f"sub-{key}")
    partner.add_change(
        subscription, f"change-{key}", NEW_YEAR, int(TOO_MUCH), unit_price=TOO_MUCH, price_months=1
    )
    return contract


def subscribed(partner: Partner, *, contracts: int, each: int) -> tuple[list[UUID], list[UUID]]:
    """Add contracts with several subscriptions of seven seats each; return the ids of both."""
    common = {"customer": partner.customer, "currency": partner.euro, "start_on": NEW_YEAR}
    keys = range(contracts)
    rows = partner.add_all(
        BillingContract, [{"name": f"C{key}", "key": f"CT-{key}", **common} for key in keys]
    )
    subscriptions = partner.add_all(
        Subscription,
        [
            {"name": "Seats", "key": f"sub-{key}-{n}", "contract": row, "start_on": NEW_YEAR}
            for key, row in enumerate(rows)
            for n in range(each)
        ],
    )
    partner.change_all(subscriptions, "opening", NEW_YEAR, 7, **PRICE)
    return rows, subscriptions
