"""Strategies: contracts, subscriptions, and what becomes known about them, on which day.

The logs that are made here always add up: an opening with a price, and so many seats that the
later changes together cannot take more away.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from work365.domain.accounts import Account
from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.commitments import Commitment
from work365.domain.contracts import (
    AnchorRule,
    BillingContract,
    ContractType,
    Subscription,
    Timing,
)
from work365.domain.day_counts import DayCount
from work365.domain.discounts import ALWAYS, Conditions, PercentageDiscount, Window
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.periods import MonthEnd
from work365.domain.policies import AddingUp, BillingPolicy, ChangeLines
from work365.domain.price_models import Package
from work365.domain.proration import BY_ACTUAL_DAYS, Proration, Rounding
from work365.domain.rounding import RoundingMode
from work365.domain.tiers import Graduated, Tier, Volume
from work365.domain.usage import UsageRecord

STORY_DAYS = 420
"""Facts are known, hold and are settled within so many days of the contract's start."""

FACTS_MAX = 4
CHANGES_MAX = 4
OPENING_SEATS_MIN = 20
SEATS_FEWER_MAX = 2
"""So that all changes together leave seats: 8 x 2 is less than 20."""

MONTH_ENDS = (
    date(2023, 1, 31),
    date(2023, 8, 31),
    date(2023, 11, 30),
    date(2024, 1, 30),
    date(2024, 2, 29),
)
starts = st.one_of(st.sampled_from(MONTH_ENDS), st.dates(date(2023, 1, 1), date(2024, 3, 31)))
prices = st.builds(
    UnitPrice,
    st.sampled_from([Decimal("12.40"), Decimal("7.77"), Decimal(100)]),
    st.sampled_from([1, 12]),
)
statuses = st.sampled_from(Status)
seat_changes = st.integers(-SEATS_FEWER_MAX, 4).map(Decimal)


def tier(up_to: int | None, per_unit: str, flat: str | None = None) -> Tier:
    """Return a tier of a price model."""
    return Tier(
        up_to=None if up_to is None else Decimal(up_to),
        per_unit=Decimal(per_unit),
        flat=None if flat is None else Decimal(flat),
    )


USAGE_MODEL = Graduated(tiers=(tier(10, "0.333"), tier(None, "0.25")))
prorations = st.sampled_from(
    [
        BY_ACTUAL_DAYS,
        BY_ACTUAL_DAYS,
        Proration(day_count=DayCount.START_MONTH),
        Proration(day_count=DayCount.STRICT_30_360),
        Proration(day_count=DayCount.NONE),
        Proration(
            day_count=DayCount.MONTHS_THEN_DAYS,
            rounding=Rounding(unit_price_digits=3, line_mode=RoundingMode.TOWARDS_ZERO),
        ),
    ]
)
policies = st.builds(
    BillingPolicy,
    proration=prorations,
    change_lines=st.sampled_from(ChangeLines),
    adding_up=st.sampled_from(AddingUp),
    refunds=st.booleans(),
    last_day_counts=st.booleans(),
    offset_days=st.sampled_from([0, 0, -10, 3]),
)

price_models = st.sampled_from(
    [
        Graduated(tiers=(tier(22, "9.99"), tier(None, "8.50", flat="7"))),
        Volume(tiers=(tier(24, "10"), tier(None, "8.25"))),
        Package(size=Decimal(10), price=Decimal("49.99")),
    ]
)


def day_after(start: date) -> st.SearchStrategy[date]:
    """Draw a day within the story of a contract that starts on `start`."""
    return st.integers(0, STORY_DAYS).map(lambda days: start + timedelta(days=days))


def recorded_on(day: date) -> datetime:
    """Return noon of `day`."""
    return datetime.combine(day, time(12), UTC)


@dataclass(frozen=True, slots=True)
class ChangeFact:
    """An entry of a subscription's log: a new one, or an edit of the one with its key."""

    known_on: date
    subscription: str
    change: Change

    def applied_to(self, account: Account) -> Account:
        """Return `account` once this is known."""
        part = _subscription(account, self.subscription)
        others = tuple(change for change in part.changes if change.key != self.change.key)
        return _with(account, replace(part, changes=(*others, self.change)))


@dataclass(frozen=True, slots=True)
class SubscriptionDaysFact:
    """A subscription's first day, and the first day on which it is not had any more."""

    known_on: date
    subscription: str
    start_on: date
    end_on: date | None

    def applied_to(self, account: Account) -> Account:
        """Return `account` once this is known."""
        part = _subscription(account, self.subscription)
        return _with(account, replace(part, start_on=self.start_on, end_on=self.end_on))


@dataclass(frozen=True, slots=True)
class ContractEndFact:
    """The first day that is not under contract any more."""

    known_on: date
    end_on: date | None

    def applied_to(self, account: Account) -> Account:
        """Return `account` once this is known."""
        return replace(account, contract=replace(account.contract, end_on=self.end_on))


@dataclass(frozen=True, slots=True)
class UsageFact:
    """A record of what was used."""

    known_on: date
    record: UsageRecord

    def applied_to(self, account: Account) -> Account:
        """Return `account` once this is known."""
        part = _subscription(account, self.record.subscription)
        return _with(account, replace(part, usage=(*part.usage, self.record)))


@dataclass(frozen=True, slots=True)
class OneTimeFact:
    """Something that was sold once."""

    known_on: date
    charge: OneTimeCharge

    def applied_to(self, account: Account) -> Account:
        """Return `account` once this is known."""
        return replace(account, one_time=(*account.one_time, self.charge))


Fact = ChangeFact | SubscriptionDaysFact | ContractEndFact | UsageFact | OneTimeFact


@dataclass(frozen=True, slots=True)
class Story:
    """An account as it begins, and what becomes known about it later."""

    account: Account
    facts: tuple[Fact, ...]

    @property
    def last_day(self) -> date:
        """A day on which everything is known."""
        return self.account.contract.start_on + timedelta(days=STORY_DAYS)

    @property
    def known_from_the_start(self) -> Account:
        """The account with all its facts."""
        account = self.account
        for fact in self.facts:
            account = fact.applied_to(account)
        return account


def _subscription(account: Account, key: str) -> Subscription:
    return next(part for part in account.subscriptions if part.key == key)


def _with(account: Account, changed: Subscription) -> Account:
    return replace(
        account,
        subscriptions=tuple(
            changed if part.key == changed.key else part for part in account.subscriptions
        ),
    )


@st.composite
def contracts(draw: st.DrawFn) -> BillingContract:
    """Draw a contract."""
    start_on = draw(starts)
    anchor_rule = draw(st.sampled_from(AnchorRule))
    return BillingContract(
        id=UUID(int=1),
        key="CT-1",
        customer=UUID(int=2),
        currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
        start_on=start_on,
        end_on=draw(st.none() | day_after(start_on)),
        type=draw(st.sampled_from([ContractType.RECURRING, ContractType.FLEXI])),
        timing=draw(st.sampled_from(Timing)),
        anchor_rule=anchor_rule,
        bill_day=(
            draw(st.sampled_from([1, 15, 31])) if anchor_rule is AnchorRule.BILL_DAY else None
        ),
        month_end=draw(st.sampled_from(MonthEnd)),
        cycle_months=draw(st.sampled_from([1, 3, 5, 6, 12, 36])),
        change_cycle_months=draw(st.sampled_from([1, 3, 12])),
        review_days=draw(st.sampled_from([0, 5, 40])),
        policy=draw(policies),
    )


@st.composite
def changes(draw: st.DrawFn, key: str, start: date) -> Change:
    """Draw a change of a subscription that starts on `start`."""
    return Change(
        key=key,
        effective_on=draw(day_after(start)),
        recorded_at=recorded_on(draw(day_after(start))),
        quantity=draw(seat_changes),
        price=draw(st.none() | prices),
        status=draw(st.none() | statuses),
        refund=draw(st.booleans()),
    )


@st.composite
def discounts(draw: st.DrawFn, key: str, start: date) -> PercentageDiscount:
    """Draw a discount, perhaps for some days, some months or some units only."""
    window = draw(st.sampled_from([ALWAYS, Window(start + timedelta(days=40), None)]))
    return PercentageDiscount(
        key=key,
        percent=draw(st.sampled_from([Decimal(10), Decimal("33.3"), Decimal(100)])),
        conditions=Conditions(
            service_days=window,
            months=draw(st.sampled_from([None, 2])),
            units_max=draw(st.sampled_from([None, Decimal(21)])),
            for_additions=draw(st.booleans()),
        ),
    )


@st.composite
def subscriptions(
    draw: st.DrawFn, contract: BillingContract, number: int, changes_max: int = 0
) -> Subscription:
    """Draw a subscription under `contract`, with an opening and perhaps further changes."""
    start_on = contract.start_on + timedelta(days=draw(st.integers(-50, 150)))
    key = f"SUB-{number}"
    opening = Change(
        key=f"{key}-0",
        effective_on=start_on,
        recorded_at=recorded_on(start_on),
        quantity=Decimal(draw(st.integers(OPENING_SEATS_MIN, 30))),
        price=draw(prices),
    )
    further = [
        draw(changes(f"{key}-{position}", start_on))
        for position in range(1, 1 + draw(st.integers(0, changes_max)))
    ]
    return Subscription(
        id=UUID(int=10 + number),
        key=key,
        name=f"Product {number}",
        start_on=start_on,
        end_on=draw(st.none() | day_after(start_on)),
        cycle_months=draw(st.sampled_from([None, 1, 3, 12])),
        changes=(opening, *further),
        price_model=draw(st.none() | st.none() | price_models),
        usage_model=draw(st.sampled_from([None, USAGE_MODEL])),
        commitment=draw(
            st.sampled_from([None, None, Commitment(minimum=Decimal(3), maximum=Decimal("7.5"))])
        ),
        discounts=tuple(
            draw(discounts(name, start_on))
            for name in draw(st.sampled_from([(), (), ("launch",), ("launch", "loyal")]))
        ),
        term_months=draw(st.sampled_from([None, 1, 12])),
        refund_at_end=draw(st.booleans()),
    )


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Draw an account that was never billed."""
    contract = draw(contracts())
    count = draw(st.integers(1, 2))
    return Account(
        contract=contract,
        subscriptions=tuple(
            draw(subscriptions(contract, number, CHANGES_MAX)) for number in range(count)
        ),
    )


@st.composite
def change_facts(draw: st.DrawFn, account: Account, name: str) -> ChangeFact:
    """Draw the entry `name` of one of the logs of `account`."""
    part = draw(st.sampled_from(account.subscriptions))
    change = draw(changes(f"{part.key}-{name}", part.start_on))
    known_on = draw(day_after(account.contract.start_on))
    return ChangeFact(known_on, part.key, replace(change, recorded_at=recorded_on(known_on)))


@st.composite
def _facts(draw: st.DrawFn, account: Account, number: int) -> Fact:
    contract = account.contract
    known_on = draw(day_after(contract.start_on))
    match draw(st.sampled_from(["change", "edit", "days", "end", "usage", "once"])):
        case "usage":
            part = draw(st.sampled_from(account.subscriptions))
            # Without a usage model a record of usage is not billed, which is a case as well.
            return UsageFact(
                known_on,
                UsageRecord(
                    key=f"{part.key}-used{number}",
                    subscription=part.key,
                    used_on=draw(day_after(part.start_on)),
                    quantity=Decimal(draw(st.integers(1, 30))),
                    recorded_at=recorded_on(known_on),
                ),
            )
        case "once":
            return OneTimeFact(
                known_on,
                OneTimeCharge(
                    id=UUID(int=100 + number),
                    key=f"ONCE-{number}",
                    name="Migration",
                    on=draw(day_after(contract.start_on)),
                    quantity=Decimal("1.5"),
                    unit_price=draw(st.sampled_from([Decimal("80.01"), Decimal(-20)])),
                ),
            )
        case "days":
            part = draw(st.sampled_from(account.subscriptions))
            moved = part.start_on + timedelta(days=draw(st.sampled_from([0, 0, -20, 9])))
            end_on = draw(st.none() | day_after(moved))
            return SubscriptionDaysFact(known_on, part.key, moved, end_on)
        case "end":
            return ContractEndFact(known_on, draw(st.none() | day_after(contract.start_on)))
        case "edit":
            return draw(change_facts(account, "1"))
    return draw(change_facts(account, f"late{number}"))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Draw a story: facts become known on any day, and hold from any other."""
    contract = draw(contracts())
    account = Account(
        contract=contract,
        subscriptions=tuple(
            draw(subscriptions(contract, number, 1)) for number in range(draw(st.integers(1, 2)))
        ),
    )
    facts = [draw(_facts(account, number)) for number in range(draw(st.integers(0, FACTS_MAX)))]
    return Story(account, tuple(sorted(facts, key=lambda fact: fact.known_on)))


@st.composite
def run_days(draw: st.DrawFn, story_start: date) -> list[date]:
    """Draw the days on which billing runs, oldest first."""
    return sorted(draw(st.sets(day_after(story_start), max_size=12)))
