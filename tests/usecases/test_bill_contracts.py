from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.usecases.fakes import FakeBillingStore, OutOfOrder
from work365.domain.accounts import Account
from work365.domain.changes import Change, UnitPrice
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.findings import Finding, Severity
from work365.domain.invoices import InvoiceStatus
from work365.domain.lines import BilledLine, LineKind
from work365.domain.proposals import propose
from work365.ports.billing import ContractFinding, Overtaken, Written
from work365.usecases.bill_contracts import ATTEMPTS_MAX, Billed, bill_contracts

START = date(2026, 1, 1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FIRST = UUID(int=1)


def account(number: int, seats: int = 10) -> Account:
    opening = Change(f"SUB-{number}-0", START, NOON, Decimal(seats), UnitPrice(Decimal("12.40"), 1))
    subscription = Subscription(
        id=UUID(int=1_000 + number),
        key=f"SUB-{number}",
        name="Business Basic",
        start_on=START,
        changes=(opening,),
    )
    contract = BillingContract(
        id=UUID(int=number),
        key=f"CT-{number}",
        customer=UUID(int=2_000 + number),
        currency="EUR",
        start_on=START,
    )
    return Account(contract=contract, subscriptions=(subscription,))


def bill(store: FakeBillingStore, through: date = START, *more: UUID) -> Billed:
    return bill_contracts(
        contracts=[*store.rows, *more], through=through, as_of=through, at=NOON, store=store
    )


def seats_added(store: FakeBillingStore, contract: UUID, seats: int) -> None:
    row = store.rows[contract]
    (subscription,) = row.account.subscriptions
    more = Change("late", START, NOON, Decimal(seats))
    row.account = replace(
        row.account,
        subscriptions=(replace(subscription, changes=(*subscription.changes, more)),),
    )


def with_fault(account: Account, fault: str) -> Account:
    """Return `account` with something in it that billing refuses."""
    (part,) = account.subscriptions
    match fault:
        case "two with one key":
            return replace(account, subscriptions=(part, part))
        case "no price":
            unpriced = tuple(replace(change, price=None) for change in part.changes)
            return replace(account, subscriptions=(replace(part, changes=unpriced),))
        case "no exchange rate":
            return replace(account, subscriptions=(replace(part, currency="USD"),))
    (charge,) = propose(account.contract, part, through=START)
    credit = BilledLine(
        key="CT-1-00001_1",
        charge=replace(charge, quantity=-charge.quantity),
        amount=-charge.amount,
        kind=LineKind.CREDIT,
        corrects="CT-1-00000_1",
    )
    return replace(account, billed=(credit,))


class TestBilling:
    def test_every_contract_gets_its_invoice(self) -> None:
        store = FakeBillingStore([account(1), account(2)])

        billed = bill(store)

        assert billed == Billed(2, Written(invoices=2, lines=2), ())
        assert [
            [invoice.status for invoice in store.invoices_of(contract)] for contract in store.rows
        ] == [[InvoiceStatus.BILLED]] * 2

    def test_billing_twice_writes_nothing(self) -> None:
        store = FakeBillingStore([account(1)])
        bill(store, date(2026, 1, 20))

        again = bill(store, date(2026, 1, 20))

        assert again.written == Written()

    def test_a_draft_grows_as_facts_become_known(self) -> None:
        store = FakeBillingStore([account(1)])
        bill(store)
        seats_added(store, FIRST, 3)

        billed = bill(store, date(2026, 1, 11))

        assert billed.written == Written(invoices=1, lines=1)
        assert [invoice.status.value for invoice in store.invoices_of(FIRST)] == [
            "billed",
            "draft",
        ]

    def test_drafts_show_what_is_due_as_of_a_day_that_is_not_over(self) -> None:
        store = FakeBillingStore([account(1)])

        bill_contracts(
            contracts=[FIRST], through=date(2025, 12, 31), as_of=START, at=NOON, store=store
        )

        assert [invoice.status for invoice in store.invoices_of(FIRST)] == [InvoiceStatus.DRAFT]

    def test_a_contract_that_is_gone_is_left_out(self) -> None:
        store = FakeBillingStore([account(1)])

        billed = bill(store, START, UUID(int=99))

        assert billed.written == Written(invoices=1, lines=1)
        assert billed.findings == ()

    def test_an_empty_chunk_writes_nothing(self) -> None:
        store = FakeBillingStore([])

        assert bill(store) == Billed(0, Written(), ())
        assert store.sizes_kept == []


class TestFindings:
    def test_a_log_that_does_not_add_up_stops_its_contract_alone(self) -> None:
        store = FakeBillingStore([account(1, seats=-1), account(2)])

        billed = bill(store)

        assert billed.written == Written(invoices=1, lines=1)
        assert store.invoices_of(FIRST) == []
        assert store.codes_of(FIRST) == ["negative_quantity"]
        assert store.codes_of(UUID(int=2)) == []

    @pytest.mark.parametrize(
        ("fault", "code", "remedy"),
        [
            ("two with one key", "same_key", "have the key"),
            ("no price", "price_missing", "add a change with the unit price"),
            ("no exchange rate", "exchange_rate_missing", "enter one with its day and source"),
            ("a line was lost", "credited_twice", "restore that line from the audit history"),
        ],
    )
    def test_what_billing_refuses_is_found_and_the_run_goes_on(
        self, fault: str, code: str, remedy: str
    ) -> None:
        store = FakeBillingStore([with_fault(account(1), fault), account(2)])

        billed = bill(store)

        (found,) = billed.findings
        assert (found.contract, found.finding.code) == (FIRST, code)
        assert remedy in found.finding.message
        assert billed.written == Written(invoices=1, lines=1)
        assert store.invoices_of(FIRST) == []
        assert store.codes_of(FIRST) == [code]
        assert store.codes_of(UUID(int=2)) == []

    def test_a_finding_says_where_and_what_to_do(self) -> None:
        store = FakeBillingStore([account(1, seats=-1)])

        (found,) = bill(store).findings

        assert found.contract == FIRST
        assert found.finding.severity is Severity.ERROR
        assert found.finding.path == "billing contract CT-1"
        assert "correct the quantity or its date" in found.finding.message

    def test_a_contract_whose_rows_make_no_sense_keeps_its_finding(self) -> None:
        store = FakeBillingStore([account(1), account(2)])
        unreadable = ContractFinding(
            FIRST, Finding(Severity.ERROR, "field_missing", "The start is empty.", "contract")
        )
        store.unreadable[FIRST] = unreadable

        billed = bill(store)

        assert billed.findings == (unreadable,)
        assert store.codes_of(FIRST) == ["field_missing"]
        assert len(store.invoices_of(UUID(int=2))) == 1

    def test_a_finding_closes_once_the_fault_is_mended(self) -> None:
        store = FakeBillingStore([account(1, seats=-1)])
        bill(store)
        seats_added(store, FIRST, 5)

        bill(store)

        assert store.codes_of(FIRST) == []
        assert len(store.invoices_of(FIRST)) == 1

    def test_a_refused_contract_is_left_as_it_was(self) -> None:
        store = FakeBillingStore([account(1)])
        bill(store)
        seats_added(store, FIRST, -11)
        before = store.rows[FIRST].account

        bill(store, date(2026, 2, 1))

        assert store.rows[FIRST].account == before
        assert len(store.invoices_of(FIRST)) == 1


class TestHalves:
    @given(st.integers(1, 12), st.data())
    def test_what_cannot_be_kept_is_found_and_the_rest_is_kept(
        self, count: int, data: st.DataObject
    ) -> None:
        store = FakeBillingStore([account(number) for number in range(count)])
        store.refused = data.draw(st.sets(st.sampled_from(list(store.rows))))

        billed = bill(store)

        assert {found.contract for found in billed.findings} == store.refused
        assert billed.written.invoices == count - len(store.refused)
        for contract in store.rows:
            is_refused = contract in store.refused
            assert store.codes_of(contract) == (["cannot_be_kept"] if is_refused else [])
            assert len(store.invoices_of(contract)) == (0 if is_refused else 1)

    @pytest.mark.parametrize("bad", [1, 77, 200])
    def test_one_bad_contract_in_a_full_job_costs_a_few_writes(self, bad: int) -> None:
        store = FakeBillingStore([account(number) for number in range(1, 201)])
        store.refused = {UUID(int=bad)}

        bill(store)

        # 200 halves to one in at most eight steps, each of two writes.
        assert len(store.sizes_kept) <= 1 + 2 * 8


class TestOvertaken:
    def test_the_chunk_is_read_and_settled_again(self) -> None:
        store = FakeBillingStore([account(1), account(2)])
        store.overtakings[FIRST] = ATTEMPTS_MAX - 1

        billed = bill(store)

        assert billed.written == Written(invoices=2, lines=2)
        assert len(store.sizes_kept) == ATTEMPTS_MAX

    def test_is_raised_when_others_stay_faster(self) -> None:
        store = FakeBillingStore([account(1)])
        store.overtakings[FIRST] = ATTEMPTS_MAX

        with pytest.raises(Overtaken):
            bill(store)

        assert len(store.sizes_kept) == ATTEMPTS_MAX
        assert store.invoices_of(FIRST) == []
        assert store.findings == {}

    def test_nothing_is_doubled_when_half_a_chunk_was_written_before(self) -> None:
        # The first cannot be kept, so the second is kept by itself; then the third is overtaken.
        store = FakeBillingStore([account(number) for number in range(1, 5)])
        store.refused = {FIRST}
        store.overtakings[UUID(int=3)] = 1

        billed = bill(store)

        assert billed.written == Written(invoices=2, lines=2)
        assert [len(store.invoices_of(contract)) for contract in store.rows] == [0, 1, 1, 1]
        assert store.codes_of(FIRST) == ["cannot_be_kept"]


class TestCrash:
    def test_a_run_that_died_before_its_findings_is_made_good_by_the_next(self) -> None:
        store = FakeBillingStore([account(1), account(2, seats=-1)])
        store.dies_before_findings = True
        with pytest.raises(OutOfOrder):
            bill(store)
        written = store.invoices_of(FIRST)

        store.dies_before_findings = False
        again = bill(store)

        assert len(written) == 1
        assert store.invoices_of(FIRST) == written
        assert again.written == Written()
        assert store.codes_of(UUID(int=2)) == ["negative_quantity"]
