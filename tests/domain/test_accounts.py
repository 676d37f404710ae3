from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from work365.domain.accounts import (
    Account,
    ChangeMoved,
    Memory,
    MemoryUnreadable,
    TermsChanged,
    change_content,
    contract_terms,
    reopened_from,
    settled_choices,
    usage_content,
)
from work365.domain.changes import Change, UnitPrice
from work365.domain.contracts import AnchorRule, BillingContract, ContractType, Subscription, Timing
from work365.domain.day_counts import DayCount
from work365.domain.discounts import PercentageDiscount
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.periods import MonthEnd
from work365.domain.policies import BillingPolicy, PolicyOverrides
from work365.domain.price_models import PerUnit
from work365.domain.proration import Proration
from work365.domain.usage import UsageBilled, UsageRecord

START = date(2026, 1, 1)
THROUGH = date(2026, 4, 1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OPENING = Change("SUB-1-0", START, NOON, Decimal(10), UnitPrice(Decimal("12.40"), 1))
MORE = Change("SUB-1-1", date(2026, 2, 11), NOON, Decimal(3))
SUBSCRIPTION = Subscription(
    id=UUID(int=3),
    key="SUB-1",
    name="Business Basic",
    start_on=START,
    end_on=date(2026, 12, 1),
    changes=(OPENING, MORE),
)
CONTRACT = BillingContract(
    id=UUID(int=1),
    key="CT-1",
    customer=UUID(int=2),
    currency="EUR",
    start_on=START,
    end_on=date(2026, 12, 31),
)
SETTLED = Account(
    contract=CONTRACT,
    subscriptions=(SUBSCRIPTION,),
    memory=Memory(
        through=THROUGH,
        sequence=4,
        terms=contract_terms(CONTRACT),
        subscriptions={SUBSCRIPTION.key: SUBSCRIPTION.terms},
        changes={
            change.key: change_content(change, subscription=SUBSCRIPTION.id)
            for change in SUBSCRIPTION.changes
        },
    ),
)


def with_contract(**terms: Any) -> Account:
    return replace(SETTLED, contract=replace(CONTRACT, **terms))


def with_subscription(**terms: Any) -> Account:
    return replace(SETTLED, subscriptions=(replace(SUBSCRIPTION, **terms),))


def with_changes(*changes: Change) -> Account:
    return with_subscription(changes=changes)


class TestReopenedFrom:
    def test_every_day_is_open_before_the_first_invoice_is_closed(self) -> None:
        assert reopened_from(replace(SETTLED, memory=Memory())) is None

    def test_nothing_older_is_reopened_when_no_fact_is_new(self) -> None:
        assert reopened_from(SETTLED) == THROUGH

    def test_the_earliest_of_several_facts_decides(self) -> None:
        late = Change("SUB-1-2", date(2026, 3, 5), NOON, Decimal(1))
        later = Change("SUB-1-3", date(2026, 3, 9), NOON, Decimal(1))

        assert reopened_from(with_changes(OPENING, MORE, later, late)) == date(2026, 3, 5)

    def test_the_log_is_that_of_all_subscriptions(self) -> None:
        assert list(SETTLED.entries) == [(SUBSCRIPTION, OPENING), (SUBSCRIPTION, MORE)]


class TestChangesReach:
    def test_a_new_entry_reaches_back_to_its_day(self) -> None:
        new = Change("SUB-1-2", date(2026, 3, 5), NOON, Decimal(1))

        assert reopened_from(with_changes(OPENING, MORE, new)) == date(2026, 3, 5)

    def test_an_entry_for_later_reopens_nothing(self) -> None:
        new = Change("SUB-1-2", date(2026, 5, 5), NOON, Decimal(1))

        assert reopened_from(with_changes(OPENING, MORE, new)) == THROUGH

    def test_an_edited_quantity_reaches_back_to_its_day(self) -> None:
        edited = replace(MORE, quantity=Decimal(4))

        assert reopened_from(with_changes(OPENING, edited)) == date(2026, 2, 11)

    @pytest.mark.parametrize(
        ("moved_to", "expected"),
        [
            (date(2026, 1, 20), date(2026, 1, 20)),
            (date(2026, 3, 20), date(2026, 2, 11)),
            (date(2026, 8, 20), date(2026, 2, 11)),
        ],
    )
    def test_a_moved_entry_reaches_back_to_the_earlier_of_its_days(
        self, moved_to: date, expected: date
    ) -> None:
        moved = replace(MORE, effective_on=moved_to)

        assert reopened_from(with_changes(OPENING, moved)) == expected

    def test_when_an_entry_was_recorded_does_not_matter(self) -> None:
        again = replace(MORE, recorded_at=datetime(2026, 6, 1, tzinfo=UTC))

        assert reopened_from(with_changes(OPENING, again)) == THROUGH

    def test_an_entry_that_was_moved_to_another_subscription_reaches_back_to_its_day(self) -> None:
        other = replace(
            SUBSCRIPTION, id=UUID(int=4), key="SUB-2", changes=(replace(OPENING, key="SUB-2-0"),)
        )
        before = replace(
            SETTLED,
            subscriptions=(SUBSCRIPTION, other),
            memory=replace(
                SETTLED.memory,
                subscriptions={"SUB-1": SUBSCRIPTION.terms, "SUB-2": other.terms},
                changes={
                    **SETTLED.memory.changes,
                    "SUB-2-0": change_content(OPENING, subscription=other.id),
                },
            ),
        )
        moved = replace(
            before,
            subscriptions=(
                replace(SUBSCRIPTION, changes=(OPENING,)),
                replace(other, changes=(*other.changes, MORE)),
            ),
        )

        assert reopened_from(before) == THROUGH
        assert reopened_from(moved) == date(2026, 2, 11)

    def test_an_entry_that_was_invoiced_under_another_contract_is_refused(self) -> None:
        elsewhere = change_content(MORE, subscription=UUID(int=99))
        changes = {**SETTLED.memory.changes, MORE.key: elsewhere}

        with pytest.raises(ChangeMoved, match=f"change {MORE.key}: it was invoiced under another"):
            reopened_from(replace(SETTLED, memory=replace(SETTLED.memory, changes=changes)))


class TestSubscriptionsReach:
    def test_a_new_one_reaches_back_to_its_start(self) -> None:
        added = replace(SUBSCRIPTION, key="SUB-2", start_on=date(2026, 2, 20), changes=())

        account = replace(SETTLED, subscriptions=(SUBSCRIPTION, added))

        assert reopened_from(account) == date(2026, 2, 20)

    @pytest.mark.parametrize(
        ("terms", "expected"),
        [
            ({"end_on": date(2026, 2, 15)}, date(2026, 2, 15)),
            ({"end_on": date(2026, 9, 1)}, THROUGH),
            ({"end_on": None}, THROUGH),
            ({"start_on": date(2026, 2, 1)}, START),
            ({"start_on": date(2025, 12, 1)}, date(2025, 12, 1)),
        ],
    )
    def test_a_moved_day_reaches_back_to_where_it_was_and_is(
        self, terms: dict[str, Any], expected: date
    ) -> None:
        assert reopened_from(with_subscription(**terms)) == expected

    def test_an_end_that_is_taken_back_reaches_back_to_where_it_was(self) -> None:
        ended = replace(SUBSCRIPTION, end_on=date(2026, 2, 15))
        memory = replace(SETTLED.memory, subscriptions={"SUB-1": ended.terms})

        assert reopened_from(replace(SETTLED, memory=memory)) == date(2026, 2, 15)

    def test_a_name_is_not_a_term(self) -> None:
        assert reopened_from(with_subscription(name="Business Standard")) == THROUGH

    def test_another_cycle_is_refused_where_it_says_what_is_charged(self) -> None:
        flexi = with_subscription(cycle_months=12)
        contract = replace(flexi.contract, type=ContractType.FLEXI)
        memory = replace(flexi.memory, terms=contract_terms(contract))

        with pytest.raises(TermsChanged, match="its billing cycle was - months"):
            reopened_from(replace(flexi, contract=contract, memory=memory))

    def test_another_cycle_reopens_nothing_where_the_contract_has_its_own(self) -> None:
        assert reopened_from(with_subscription(cycle_months=12)) == THROUGH


class TestContractsReach:
    @pytest.mark.parametrize(
        ("end_on", "expected"),
        [
            (date(2026, 2, 15), date(2026, 2, 15)),
            (date(2027, 2, 15), THROUGH),
            (None, THROUGH),
        ],
    )
    def test_a_moved_end_reaches_back_to_where_it_was_and_is(
        self, end_on: date | None, expected: date
    ) -> None:
        assert reopened_from(with_contract(end_on=end_on)) == expected

    def test_an_end_that_is_taken_back_reaches_back_to_where_it_was(self) -> None:
        ended = replace(CONTRACT, end_on=date(2026, 2, 15))
        memory = replace(SETTLED.memory, terms=contract_terms(ended))

        assert reopened_from(replace(SETTLED, memory=memory)) == date(2026, 2, 15)

    def test_a_memory_without_terms_reopens_nothing(self) -> None:
        memory = replace(SETTLED.memory, terms=None)

        assert reopened_from(replace(SETTLED, memory=memory)) == THROUGH

    @pytest.mark.parametrize(
        "edited",
        [
            {"cycle_months": 3},
            {"currency": "USD"},
            {"start_on": date(2026, 1, 2)},
            {"timing": Timing.ARREARS},
            {"anchor_rule": AnchorRule.CALENDAR},
        ],
        ids=lambda edited: next(iter(edited)),
    )
    def test_an_edit_of_a_fixed_term_is_refused(self, edited: dict[str, Any]) -> None:
        with pytest.raises(TermsChanged, match="set them back, end this contract"):
            reopened_from(with_contract(**edited))

    def test_other_terms_reopen_nothing(self) -> None:
        assert reopened_from(with_contract(payment_days=60, review_days=5)) == THROUGH


class TestTermsOfPrice:
    TENTH = PercentageDiscount(key="launch", percent=Decimal(10))
    FIFTH = PercentageDiscount(key="launch", percent=Decimal(20))

    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            ((), (), THROUGH),
            ((), (TENTH,), START),
            ((TENTH,), (), START),
            ((TENTH,), (FIFTH,), START),
            ((TENTH,), (TENTH,), THROUGH),
        ],
    )
    def test_of_a_contract_reach_back_to_its_start_when_edited(
        self,
        before: tuple[PercentageDiscount, ...],
        after: tuple[PercentageDiscount, ...],
        expected: date,
    ) -> None:
        terms = contract_terms(replace(CONTRACT, discounts=before))
        account = replace(
            with_contract(discounts=after), memory=replace(SETTLED.memory, terms=terms)
        )

        assert reopened_from(account) == expected

    def test_of_a_contract_reach_back_whatever_its_end(self) -> None:
        edited = with_contract(discounts=(self.TENTH,), end_on=date(2026, 2, 15))

        assert reopened_from(edited) == START

    @pytest.mark.parametrize(
        "priced",
        [
            {"discounts": (TENTH,)},
            {"currency": "USD"},
            {"price_model": PerUnit(Decimal(3))},
            {"usage_model": PerUnit(Decimal(3))},
            {"billable": False},
        ],
        ids=lambda priced: next(iter(priced)),
    )
    def test_of_a_subscription_reach_back_to_its_start_when_edited(
        self, priced: dict[str, Any]
    ) -> None:
        with_them = with_subscription(**priced)
        remembered = {"SUB-1": with_them.subscriptions[0].terms}
        without = replace(SETTLED, memory=replace(SETTLED.memory, subscriptions=remembered))

        assert reopened_from(with_them) == START
        assert reopened_from(without) == START
        assert reopened_from(replace(with_them, memory=without.memory)) == THROUGH


class TestOneTimeChargesReach:
    THE_11TH = date(2026, 2, 11)
    ONCE = OneTimeCharge(
        id=UUID(int=9),
        key="ONCE-1",
        name="Migration",
        on=THE_11TH,
        quantity=Decimal(1),
        unit_price=Decimal(80),
    )

    def account(self, *charges: OneTimeCharge, remembered: str | None = None) -> Account:
        known = {} if remembered is None else {"ONCE-1": f"{remembered} {SETTLED.contract.id}"}
        return replace(SETTLED, one_time=charges, memory=replace(SETTLED.memory, one_time=known))

    def test_a_new_one_reaches_back_to_its_day(self) -> None:
        assert reopened_from(self.account(self.ONCE)) == self.THE_11TH

    def test_one_that_was_billed_reaches_nowhere(self) -> None:
        assert reopened_from(self.account(self.ONCE, remembered=self.ONCE.content)) == THROUGH

    @pytest.mark.parametrize(
        ("moved_to", "expected"),
        [(date(2026, 3, 1), THE_11TH), (date(2026, 1, 20), date(2026, 1, 20))],
    )
    def test_one_that_is_moved_reaches_back_to_the_earlier_of_its_days(
        self, moved_to: date, expected: date
    ) -> None:
        moved = replace(self.ONCE, on=moved_to)

        assert reopened_from(self.account(moved, remembered=self.ONCE.content)) == expected

    @pytest.mark.parametrize("text", ["someday", "someday 1 80 one-time -"])
    def test_a_memory_that_was_edited_is_refused(self, text: str) -> None:
        with pytest.raises(MemoryUnreadable, match="one-time charge ONCE-1: the column 'settled"):
            reopened_from(self.account(self.ONCE, remembered=text))


class TestUsageReaches:
    THE_11TH = date(2026, 2, 11)
    USED = UsageRecord(
        key="u1",
        subscription="SUB-1",
        used_on=THE_11TH,
        quantity=Decimal("2.50"),
        recorded_at=NOON,
    )

    def account(self, remembered: str | None = None) -> Account:
        known = {} if remembered is None else {"u1": remembered}
        return replace(
            with_subscription(usage=(self.USED,)), memory=replace(SETTLED.memory, usage=known)
        )

    def test_a_new_record_reaches_back_to_its_day(self) -> None:
        assert reopened_from(self.account()) == self.THE_11TH

    def test_a_record_that_was_billed_reaches_nowhere(self) -> None:
        assert usage_content(self.USED) == "2026-02-11 2.5 SUB-1"
        assert reopened_from(self.account("2026-02-11 2.5 SUB-1")) == THROUGH

    def test_a_record_that_differs_reaches_back_to_both_days(self) -> None:
        assert reopened_from(self.account("2026-02-11 3 SUB-1")) == self.THE_11TH
        assert reopened_from(self.account("2026-01-09 2.5 SUB-1")) == date(2026, 1, 9)

    def test_a_record_that_was_billed_and_deleted_is_asked_for(self) -> None:
        account = self.account("2026-02-11 2.5 SUB-1")

        with pytest.raises(UsageBilled, match=r"usage u1: it was billed .* restore it"):
            reopened_from(replace(account, subscriptions=with_subscription().subscriptions))

    def test_a_memory_that_was_edited_is_refused(self) -> None:
        with pytest.raises(MemoryUnreadable, match="usage u1: the column 'settled as' is 'some'"):
            reopened_from(self.account("some day"))


class TestAnOffset:
    @pytest.mark.parametrize(
        ("offset_days", "expected"),
        [(5, date(2026, 3, 27)), (-5, date(2026, 4, 6)), (0, THROUGH)],
    )
    def test_moves_what_was_known_when_the_last_invoice_was_closed(
        self, offset_days: int, expected: date
    ) -> None:
        contract = replace(CONTRACT, policy=BillingPolicy(offset_days=offset_days))
        memory = replace(SETTLED.memory, terms=contract_terms(contract))

        assert reopened_from(replace(SETTLED, contract=contract, memory=memory)) == expected


class TestAccount:
    def test_sells_subscriptions_and_one_time_charges(self) -> None:
        once = TestOneTimeChargesReach.ONCE

        assert replace(SETTLED, one_time=(once,)).sold == (SUBSCRIPTION, once)

    def test_has_the_entries_of_all_its_logs(self) -> None:
        other = replace(SUBSCRIPTION, key="SUB-2", changes=(MORE,))
        account = replace(SETTLED, subscriptions=(SUBSCRIPTION, other))

        assert list(account.entries) == [
            (SUBSCRIPTION, OPENING),
            (SUBSCRIPTION, MORE),
            (other, MORE),
        ]


class TestSettledChoices:
    @pytest.mark.parametrize(
        "policy",
        [
            BillingPolicy(),
            BillingPolicy(proration=Proration(day_count=DayCount.STRICT_30_360)),
            BillingPolicy(last_day_counts=True),
            BillingPolicy(offset_days=-5),
            BillingPolicy(
                proration=Proration(day_count=DayCount.NONE), last_day_counts=True, offset_days=12
            ),
        ],
    )
    @pytest.mark.parametrize(
        "terms",
        [
            {},
            {"end_on": date(2027, 1, 1), "month_end": MonthEnd.KEEP_DISTANCE},
            {"discounts": (PercentageDiscount(key="CT-1", percent=Decimal(5)),)},
        ],
    )
    def test_are_those_that_the_terms_were_written_by(
        self, policy: BillingPolicy, terms: dict[str, Any]
    ) -> None:
        written = contract_terms(replace(CONTRACT, policy=policy, **terms))

        assert settled_choices(written) == PolicyOverrides(
            proration=policy.proration,
            last_day_counts=policy.last_day_counts,
            offset_days=policy.offset_days,
        )

    def test_leave_the_choices_that_can_change_to_the_environment(self) -> None:
        settled = settled_choices(contract_terms(CONTRACT))

        assert (settled.change_lines, settled.adding_up, settled.refunds) == (None, None, None)

    def test_keep_the_terms_of_a_contract_as_they_were(self) -> None:
        contract = replace(CONTRACT, policy=BillingPolicy(last_day_counts=True, offset_days=3))
        written = contract_terms(contract)
        environment = BillingPolicy(proration=Proration(day_count=DayCount.NONE), offset_days=-9)

        again = replace(contract, policy=settled_choices(written).over(environment))

        assert contract_terms(again) == written

    @pytest.mark.parametrize("word", ["moons/1", "offset", "offset+x"])
    def test_of_terms_that_were_edited_by_hand_are_refused(self, word: str) -> None:
        terms = f"{CONTRACT.fixed_terms} {word} -"

        with pytest.raises(MemoryUnreadable, match="contract: the column 'settled as'") as caught:
            settled_choices(terms)

        assert word in str(caught.value)


class TestWhatWasEditedByHand:
    def test_a_changes_memory_without_a_subscription_is_refused(self) -> None:
        changes = {**SETTLED.memory.changes, MORE.key: "ok"}

        with pytest.raises(MemoryUnreadable, match=f"change {MORE.key}: .*restore it"):
            reopened_from(replace(SETTLED, memory=replace(SETTLED.memory, changes=changes)))

    @pytest.mark.parametrize("terms", ["garbage", "2026-01-01 soon -"])
    def test_a_subscriptions_memory_is_refused_with_a_remedy(self, terms: str) -> None:
        memory = replace(SETTLED.memory, subscriptions={"SUB-1": terms})

        with pytest.raises(MemoryUnreadable, match=r"subscription SUB-1: .*restore it"):
            reopened_from(replace(SETTLED, memory=memory))

    def test_a_changes_memory_is_refused_with_a_remedy(self) -> None:
        changes = {**SETTLED.memory.changes, MORE.key: f"garbage {SUBSCRIPTION.id}"}

        with pytest.raises(MemoryUnreadable, match=f"change {MORE.key}: .*restore it"):
            reopened_from(replace(SETTLED, memory=replace(SETTLED.memory, changes=changes)))

    def test_a_contracts_memory_is_refused_with_a_remedy(self) -> None:
        terms = f"{SETTLED.contract.fixed_terms} someday"

        with pytest.raises(MemoryUnreadable, match=r"contract CT-1: .*restore it"):
            reopened_from(replace(SETTLED, memory=replace(SETTLED.memory, terms=terms)))
