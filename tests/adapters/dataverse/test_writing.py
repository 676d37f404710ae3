from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from random import Random
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from dataverse_schema.options import LineKind
from dataverse_schema.tables.billing import (
    BillingContract,
    Invoice,
    InvoiceLine,
    Subscription,
    SubscriptionChange,
)
from tests.adapters.dataverse.partner import NEW_YEAR, PRICE, Partner, at_request, settled
from tests.adapters.dataverse.stories import (
    FEBRUARY,
    JAN_11,
    JAN_12,
    STORIES,
    Story,
    changed_draft,
    empty_date,
    first_invoice,
    new_draft,
    vanishing_draft,
)
from work365.adapters.dataverse.store import DataverseBillingStore
from work365.adapters.dataverse.writing import ROWS_PER_MESSAGE_MAX, Writes, row_id_of, writes_of
from work365.ports.billing import Overtaken, Written

REQUESTS_OF_A_RUN_MAX = 11
SEEDS = [1, 2]


class TestTwoRunsAtOnce:
    @STORIES
    @pytest.mark.parametrize("seed", SEEDS)
    def test_one_is_overtaken_and_the_rows_are_those_of_one_run(
        self, partner: Partner, story: Story, seed: int
    ) -> None:
        undisturbed, *contracts = story(partner, 4)
        both_have_read = Barrier(2)
        random = Random(seed)  # noqa: S311  nothing is kept secret with it
        orders = [random.sample(contracts, len(contracts)) for _ in range(2)]

        def run(mine: list[UUID]) -> str:
            store = DataverseBillingStore(partner.client)
            settlements = settled(store, *mine, through=FEBRUARY)
            both_have_read.wait()
            try:
                store.keep(settlements)
            except Overtaken:
                return "overtaken"
            return "kept"

        with ThreadPoolExecutor(max_workers=2) as pool:
            outcomes = sorted(pool.map(run, orders))

        assert outcomes == ["kept", "overtaken"]
        assert partner.bill(*contracts, through=FEBRUARY).written == Written()
        partner.bill(undisturbed, through=FEBRUARY)
        expected, *others = partner.kept_of_each().values()
        assert others == [expected] * 3

    def test_the_overtaken_run_reads_again_and_writes_what_the_other_did_not(
        self, partner: Partner
    ) -> None:
        both, mine = first_invoice(partner, 2)

        with partner.watched(at_request(0, lambda: partner.bill(both), table=Invoice)) as store:
            billed = partner.bill(both, mine, store=store)

        assert billed.written == Written(invoices=1, lines=1)
        assert [line[0] for line in partner.amounts()] == ["CT-00-00001", "CT-01-00001"]

    @pytest.mark.parametrize(
        ("story", "through", "other_through"),
        [
            (first_invoice, FEBRUARY, FEBRUARY),
            (new_draft, FEBRUARY, None),
            (new_draft, None, FEBRUARY),
            (changed_draft, FEBRUARY, None),
            (vanishing_draft, FEBRUARY, None),
            (vanishing_draft, None, FEBRUARY),
            (empty_date, FEBRUARY, FEBRUARY),
        ],
    )
    def test_a_whole_run_between_any_two_requests_of_another_changes_nothing(
        self, partner: Partner, story: Story, through: date | None, other_through: date | None
    ) -> None:
        contracts = story(partner, 1 + REQUESTS_OF_A_RUN_MAX)
        meetings = 0

        for number, contract in enumerate(contracts[1:]):

            def run_the_other(contract: UUID = contract) -> None:
                nonlocal meetings
                meetings += 1
                partner.bill(contract, through=other_through, as_of=other_through or JAN_12)

            with partner.watched(at_request(number, run_the_other)) as store:
                partner.bill(contract, through=through, as_of=through or JAN_12, store=store)

        partner.bill(*contracts, through=FEBRUARY)
        expected, *others = partner.kept_of_each().values()
        assert others == [expected] * REQUESTS_OF_A_RUN_MAX
        assert 5 <= meetings < REQUESTS_OF_A_RUN_MAX

    def test_a_fact_that_another_run_drafts_before_this_one_closes_is_on_the_closed_invoice(
        self, partner: Partner
    ) -> None:
        contracts, subscriptions = partner.open_many(1 + REQUESTS_OF_A_RUN_MAX, cycle_months=3)
        partner.bill(*contracts)
        partner.change_all(subscriptions, "more", JAN_11, 3)
        partner.change_all(subscriptions[:1], "fact", JAN_12, 2)
        methods: list[str] = []

        with partner.watched(lambda request: methods.append(request.method)) as store:
            partner.bill(contracts[0], through=FEBRUARY, store=store)
        requests = 1 + methods.index("POST")
        for number in range(1, 1 + requests):

            def become_known(number: int = number) -> None:
                partner.add_change(subscriptions[number], f"CT-{number:02d}-fact", JAN_12, 2)
                partner.bill(contracts[number], through=None, as_of=JAN_12)

            with partner.watched(at_request(number - 1, become_known)) as store:
                partner.bill(contracts[number], through=FEBRUARY, store=store)

        expected, *others = partner.kept_of_each().values()
        assert others[:requests] == [expected] * requests


class TestAStaleRun:
    @STORIES
    def test_that_comes_last_changes_nothing(self, partner: Partner, story: Story) -> None:
        contracts = story(partner, 2)
        stale = settled(partner.store, *contracts, through=JAN_12)
        partner.bill(*contracts, through=FEBRUARY)
        before = partner.kept()

        writes_nothing = not list(writes_of(stale).operations())
        if not writes_nothing:
            with pytest.raises(Overtaken):
                partner.store.keep(stale)
        partner.bill(*contracts, through=JAN_12)

        assert writes_nothing is (story is empty_date)
        assert partner.kept() == before

    def test_does_not_change_a_draft_that_somebody_touched(self, partner: Partner) -> None:
        [contract] = changed_draft(partner, 1)
        stale = settled(partner.store, contract, through=JAN_12)
        draft = partner.row(Invoice, "CT-00-00002").row_id
        partner.set(Invoice, draft, name="Looked at")

        with pytest.raises(Overtaken):
            partner.store.keep(stale)
        partner.bill(contract, through=JAN_12)

        assert partner.row(Invoice, "CT-00-00002").name == "CT-00-00002"
        assert partner.amounts()[1:] == [
            ("CT-00-00002", "2026-01-11", "1.24"),
            ("CT-00-00002", "2026-01-12", "163.27"),
        ]

    def test_does_not_delete_a_draft_that_is_wanted_again(self, partner: Partner) -> None:
        [contract] = vanishing_draft(partner, 1)
        stale = settled(partner.store, contract, through=JAN_12)
        subscription = partner.row(Subscription, "sub-CT-00").row_id
        partner.add_change(subscription, "again", JAN_11, 5)
        partner.bill(contract, through=JAN_12)
        before = partner.kept()

        with pytest.raises(Overtaken):
            partner.store.keep(stale)

        assert partner.kept() == before

    def test_does_not_mind_that_its_draft_is_gone_already(self, partner: Partner) -> None:
        [contract] = vanishing_draft(partner, 1)
        stale = settled(partner.store, contract, through=JAN_12)
        draft = partner.row(Invoice, "CT-00-00002").row_id
        for line in partner.rows(InvoiceLine):
            if line.invoice == draft:
                partner.delete(InvoiceLine, line.row_id)
        partner.delete(Invoice, draft)

        with pytest.raises(Overtaken):
            partner.store.keep(stale)
        billed = partner.bill(contract, through=JAN_12)

        assert (billed.written, billed.findings) == (Written(), ())

    def test_does_not_remember_a_change_that_was_deleted_meanwhile(self, partner: Partner) -> None:
        contract, subscription = partner.open()
        unneeded = partner.add_change(subscription, "unneeded", NEW_YEAR, 0)
        stale = settled(partner.store, contract, through=NEW_YEAR)
        partner.delete(SubscriptionChange, unneeded)

        with pytest.raises(Overtaken):
            partner.store.keep(stale)

        assert partner.rows(Invoice) == []


class TestDifference:
    def test_of_a_draft_only_lines_that_differ_are_written(self, partner: Partner) -> None:
        contract, subscription = partner.open()
        other = partner.add_subscription(contract, "sub-2")
        partner.add_change(other, "other", NEW_YEAR, 1, **PRICE)
        partner.bill(contract)
        partner.add_change(subscription, "more", JAN_11, 3)
        partner.add_change(other, "more of the other", JAN_11, 1)
        partner.bill(contract, through=JAN_11)
        untouched = {row.key: row.etag for row in partner.rows(InvoiceLine)}
        partner.add_change(subscription, "again", JAN_11, 1)

        written = partner.bill(contract, through=JAN_11).written

        touched = {row.key for row in partner.rows(InvoiceLine) if untouched[row.key] != row.etag}
        assert written == Written(invoices=1, lines=1)
        assert len(touched) == 1
        assert touched.pop().startswith("CT-1-00002_sub-CT-1")

    def test_a_draft_is_written_even_where_only_a_line_differs(self, partner: Partner) -> None:
        [contract] = changed_draft(partner, 1)
        partner.bill(contract, through=JAN_12)
        draft = partner.row(Invoice, "CT-00-00002")
        subscription = partner.row(Subscription, "sub-CT-00").row_id
        partner.set(Subscription, subscription, name="Seats, renamed")

        partner.bill(contract, through=JAN_12)

        again = partner.row(Invoice, "CT-00-00002")
        assert (again.net_amount, again.etag != draft.etag) == (draft.net_amount, True)

    def test_billing_again_sends_nothing_to_be_written(self, partner: Partner) -> None:
        contracts = changed_draft(partner, 2)
        partner.bill(*contracts, through=JAN_12)

        writes = writes_of(settled(partner.store, *contracts, through=JAN_12))

        assert list(writes.operations()) == []
        assert writes.written() == Written()

    def test_a_billed_invoice_is_never_written_again(self, partner: Partner) -> None:
        contract, subscription = partner.open()
        partner.bill(contract, through=FEBRUARY)
        before = {row.key: row.etag for row in partner.rows(Invoice) + partner.rows(InvoiceLine)}
        partner.add_change(subscription, "late", JAN_11, 3)
        partner.set(Subscription, subscription, name="Seats, renamed")

        partner.bill(contract, through=date(2026, 3, 1))

        after = {row.key: row.etag for row in partner.rows(Invoice) + partner.rows(InvoiceLine)}
        assert {key: after[key] for key in before} == before

    def test_a_line_keeps_every_input_that_it_was_made_from(self, partner: Partner) -> None:
        contract, subscription = partner.open(cycle_months=3)
        partner.add_change(subscription, "more", JAN_11, 3)

        partner.bill(contract, through=FEBRUARY)

        [_, line] = sorted(partner.rows(InvoiceLine), key=lambda row: str(row.key))
        inputs = line.model_dump(exclude={"row_id", "etag", "invoice", "transactioncurrencyid"})
        assert inputs == {
            "key": "CT-1-00002_sub-CT-1_license_20260101_20260401_20260111_12.4x1",
            "contract": contract,
            "subscription": subscription,
            "one_time_charge": None,
            "printed_with": None,
            "kind": LineKind.CHARGE,
            "corrects": None,
            "position": 1,
            "description": "Seats",
            "component": "license",
            "quantity": 3,
            "unit_price": Decimal("12.4"),
            "price_months": 1,
            "cycle_months": 3,
            "discounts": None,
            "price_currency": None,
            "exchange_rate": None,
            "rate_valid_on": None,
            "rate_source": None,
            "rate_is_inverse": False,
            "service_start_on": JAN_11,
            "service_end_on": date(2026, 4, 1),
            "period_start_on": NEW_YEAR,
            "period_end_on": date(2026, 4, 1),
            "service_days": 80,
            "period_days": 90,
            "proration": "actual-days/1",
            "carried": None,
            "is_limited": False,
            "rounding": "half-away-from-zero/1",
            "amount": Decimal("99.20"),
        }


class TestWrites:
    def test_rows_go_in_messages_of_a_thousand_and_before_those_that_refer_to_them(self) -> None:
        writes = Writes()
        for number in range(ROWS_PER_MESSAGE_MAX + 1):
            writes.create(InvoiceLine, UUID(int=number), {"key": str(number)})
        writes.create(Invoice, UUID(int=1), {"key": "CT-1-00001"})
        writes.update(BillingContract, UUID(int=2), {"last_sequence": 1})

        sent = [(each.path, len(targets(each.body))) for each in writes.operations()]

        crm = "Microsoft.Dynamics.CRM"
        assert sent == [
            (f"w365_invoices/{crm}.CreateMultiple", 1),
            (f"w365_invoicelines/{crm}.CreateMultiple", ROWS_PER_MESSAGE_MAX),
            (f"w365_invoicelines/{crm}.CreateMultiple", 1),
            (f"w365_billingcontracts/{crm}.UpdateMultiple", 1),
        ]

    def test_an_update_without_a_difference_is_none(self) -> None:
        writes = Writes()

        writes.update(BillingContract, UUID(int=2), {})

        assert list(writes.operations()) == []

    def test_the_same_key_is_the_same_row_wherever_it_is_made(self) -> None:
        assert row_id_of("CT-1-00001") == UUID("22d4e104-44a8-5736-ae76-31740f0e74e7")
        assert row_id_of("CT-1-00001") != row_id_of("CT-1-00002")


def targets(body: Any) -> list[Any]:
    rows = body["Targets"]
    assert isinstance(rows, list)
    return rows
