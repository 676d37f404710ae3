"""What closed invoices took account of, told as what is to be kept beside the facts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from work365.domain.accounts import Account, Memory
from work365.domain.changes import Change, UnitPrice
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.policies import BillingPolicy
from work365.domain.remembering import extended, learned
from work365.domain.usage import UsageRecord

START, THROUGH, AFTER = date(2026, 1, 1), date(2026, 2, 1), date(2026, 2, 2)
TOLD_AT = datetime(2026, 1, 1, tzinfo=UTC)
CONTRACT = BillingContract(
    id=UUID(int=1), key="CT-1", customer=UUID(int=2), currency="EUR", start_on=START
)


def seat(key: str, on: date) -> Change:
    price = UnitPrice(Decimal("12.40"), 1)
    return Change(key, on, TOLD_AT, Decimal(1), price)


def once(key: str, on: date) -> OneTimeCharge:
    return OneTimeCharge(
        id=UUID(int=7), key=key, name=key, on=on, quantity=Decimal(1), unit_price=Decimal(80)
    )


def used(key: str, on: date) -> UsageRecord:
    return UsageRecord(
        key=key, subscription="SUB-1", used_on=on, quantity=Decimal(2), recorded_at=TOLD_AT
    )


def sold(key: str, start: date) -> Subscription:
    return Subscription(
        id=UUID(int=3),
        key=key,
        name=key,
        start_on=start,
        changes=tuple(seat(f"{key}-{day}", day) for day in (THROUGH, AFTER)),
        usage=tuple(used(f"{key}-{day}", day) for day in (THROUGH, AFTER)),
    )


ACCOUNT = Account(
    contract=CONTRACT,
    subscriptions=(sold("SUB-1", THROUGH), sold("SUB-2", AFTER)),
    one_time=(once("ON", THROUGH), once("LATER", AFTER)),
)


class TestLearned:
    def test_is_every_fact_up_to_the_last_day_that_is_known(self) -> None:
        found = learned(ACCOUNT, through=THROUGH, sequence=4)

        assert (found.through, found.sequence) == (THROUGH, 4)
        assert found.terms == "recurring advance anniversary 1 EUR 2026-01-01 -"
        assert found.subscriptions == {"SUB-1": "2026-02-01 - -"}
        assert list(found.changes) == ["SUB-1-2026-02-01", "SUB-2-2026-02-01"]
        assert list(found.one_time) == ["ON"]
        assert list(found.usage) == ["SUB-1-2026-02-01", "SUB-2-2026-02-01"]

    def test_knows_less_where_invoices_come_later(self) -> None:
        later = replace(CONTRACT, policy=BillingPolicy(offset_days=1))

        found = learned(replace(ACCOUNT, contract=later), through=THROUGH, sequence=4)

        assert not any((found.subscriptions, found.changes, found.one_time, found.usage))

    def test_what_is_remembered_is_not_learned_again_unless_it_was_edited(self) -> None:
        memory = learned(ACCOUNT, through=THROUGH, sequence=4)
        edited = replace(ACCOUNT, one_time=(replace(once("ON", THROUGH), quantity=Decimal(3)),))

        again = learned(replace(ACCOUNT, memory=memory), through=THROUGH, sequence=5)
        changed = learned(replace(edited, memory=memory), through=THROUGH, sequence=5)

        assert not any((again.subscriptions, again.changes, again.one_time, again.usage))
        assert list(changed.one_time) == ["ON"]


class TestExtended:
    def test_later_facts_are_added_and_edited_ones_take_their_place(self) -> None:
        before = Memory(
            through=START,
            sequence=1,
            terms="old",
            subscriptions={"S": "1", "T": "1"},
            changes={"C": "1"},
            one_time={"O": "1"},
            usage={"U": "1"},
        )
        later = Memory(
            through=THROUGH,
            sequence=2,
            terms="new",
            subscriptions={"S": "2"},
            changes={"D": "2"},
            one_time={"P": "2"},
            usage={"V": "2"},
        )

        assert extended(before, by=later) == Memory(
            through=THROUGH,
            sequence=2,
            terms="new",
            subscriptions={"S": "2", "T": "1"},
            changes={"C": "1", "D": "2"},
            one_time={"O": "1", "P": "2"},
            usage={"U": "1", "V": "2"},
        )

    def test_terms_stay_where_nothing_was_learned_of_them(self) -> None:
        assert extended(Memory(terms="old"), by=Memory(sequence=2)) == Memory(
            sequence=2, terms="old"
        )
