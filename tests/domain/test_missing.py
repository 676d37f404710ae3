from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from work365.domain.accounts import Account
from work365.domain.changes import Change, UnitPrice
from work365.domain.charges import OverlappingCharges
from work365.domain.contracts import BillingContract, Subscription, Timing
from work365.domain.currencies import ExchangeRate, ExchangeTable
from work365.domain.lines import BilledLine, CreditedTwice, LineKind
from work365.domain.missing import missing_lines
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.policies import AddingUp, BillingPolicy, ChangeLines
from work365.domain.price_models import PerUnit

START = date(2026, 4, 1)
"""April has thirty days."""
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
OPENING = Change("SUB-1-0", START, NOON, Decimal(10), UnitPrice(Decimal(30), 1))
SUBSCRIPTION = Subscription(
    id=UUID(int=3), key="SUB-1", name="Business Basic", start_on=START, changes=(OPENING,)
)
CONTRACT = BillingContract(
    id=UUID(int=1), key="CT-1", customer=UUID(int=2), currency="EUR", start_on=START
)
ACCOUNT = Account(contract=CONTRACT, subscriptions=(SUBSCRIPTION,))


def change(day: int, quantity: int, **facts: Any) -> Change:
    on = date(2026, 4, day)
    return replace(Change(f"on-{day}", on, NOON, Decimal(quantity)), **facts)


def account_of(*changes: Change, terms: Any = None, **policy: Any) -> Account:
    return replace(
        ACCOUNT,
        contract=replace(CONTRACT, policy=BillingPolicy(**policy)),
        subscriptions=(replace(SUBSCRIPTION, changes=(OPENING, *changes), **(terms or {})),),
    )


def billed(account: Account, on: date = START) -> list[BilledLine]:
    drawn = missing_lines(account, [], as_of=on, reopened_from=None)
    return [
        BilledLine(key=f"CT-1-00001_{number}", **line._asdict())
        for number, line in enumerate(drawn)
    ]


def missing(
    account: Account, before: list[BilledLine], on: int, reopened_from: date | None = None
) -> list[tuple[str, str, Decimal]]:
    """Return what is missing on that day of April: what it is, how many, and the money."""
    as_of = date(2026, 4, on)
    return [
        (line.kind.value, str(line.charge.quantity), line.amount.amount)
        for line in missing_lines(account, before, as_of=as_of, reopened_from=reopened_from)
    ]


class TestMissingLines:
    def test_are_everything_before_the_first_invoice(self) -> None:
        assert missing(ACCOUNT, [], 1) == [("charge", "10", Decimal(300))]

    def test_are_nothing_where_all_was_billed(self) -> None:
        assert missing(ACCOUNT, billed(ACCOUNT), 30) == []

    def test_are_the_difference(self) -> None:
        more = account_of(change(16, 2))

        assert missing(more, billed(ACCOUNT), 15) == []
        assert missing(more, billed(ACCOUNT), 16) == [("charge", "2", Decimal(30))]

    def test_are_written_as_the_policy_says(self) -> None:
        pair = account_of(change(16, 2), change_lines=ChangeLines.CREDIT_AND_CHARGE)

        assert missing(pair, billed(ACCOUNT), 16) == [
            ("credit", "-10", Decimal(-150)),
            ("charge", "12", Decimal(180)),
        ]

    @pytest.mark.parametrize(
        ("adding_up", "second"), [(AddingUp.PERIOD, "0.34"), (AddingUp.LINE, "0.33")]
    )
    def test_add_up_as_the_policy_says(self, adding_up: AddingUp, second: str) -> None:
        one = replace(OPENING, quantity=Decimal(1), price=UnitPrice(Decimal(1), 1))
        account = account_of(adding_up=adding_up, terms={"end_on": date(2026, 4, 11)})
        account = replace(
            account,
            subscriptions=(replace(account.subscriptions[0], changes=(one,)),),
        )
        before = billed(account)
        longer = replace(
            account,
            subscriptions=(replace(account.subscriptions[0], end_on=date(2026, 4, 21)),),
        )

        # A third of a month each: 0.333.. and together 0.666..
        assert missing(longer, before, 20) == [("charge", "1", Decimal(second))]

    @pytest.mark.parametrize(
        ("refunds", "asked", "expected"),
        [
            (True, True, ("credit", "-4", Decimal(-60))),
            (True, False, ("waived", "-4", Decimal(0))),
            (False, True, ("waived", "-4", Decimal(0))),
        ],
    )
    def test_are_refunded_as_the_policy_and_the_entry_say(
        self, refunds: bool, asked: bool, expected: tuple[str, str, Decimal]
    ) -> None:
        fewer = account_of(change(16, -4, refund=asked), refunds=refunds)

        assert missing(fewer, billed(ACCOUNT), 16) == [expected]

    @pytest.mark.parametrize(
        ("refunds", "own", "contracts", "kind"),
        [
            (True, True, False, "credit"),
            (True, False, True, "credit"),
            (True, False, False, "waived"),
            (False, True, True, "waived"),
        ],
    )
    def test_of_an_end_are_refunded_as_the_policy_and_its_terms_say(
        self, refunds: bool, own: bool, contracts: bool, kind: str
    ) -> None:
        end = {"end_on": date(2026, 4, 16), "refund_at_end": own}
        account = account_of(terms=end, refunds=refunds)
        contract = replace(account.contract, refund_at_end=contracts)

        lines = missing(replace(account, contract=contract), billed(ACCOUNT), 16)

        assert [line[:2] for line in lines] == [(kind, "-10")]

    def test_another_subscription_that_gave_up_seats_does_not_matter(self) -> None:
        other = replace(
            SUBSCRIPTION,
            id=UUID(int=4),
            key="SUB-2",
            changes=(replace(OPENING, key="SUB-2-0"), change(16, -4)),
        )
        corrected = replace(SUBSCRIPTION, changes=(replace(OPENING, quantity=Decimal(9)),))
        both = replace(ACCOUNT, subscriptions=(SUBSCRIPTION, replace(other, changes=(OPENING,))))
        after = replace(ACCOUNT, subscriptions=(corrected, other))

        assert missing(after, billed(both), 16) == [
            ("credit", "-1", Decimal(-30)),
            ("waived", "-4", Decimal(0)),
        ]

    def test_of_periods_that_are_over_are_left_out(self) -> None:
        assert missing(ACCOUNT, [], 30, reopened_from=date(2026, 5, 1)) == []
        assert missing(ACCOUNT, [], 30, reopened_from=date(2026, 4, 30)) != []


class TestOneTimeCharges:
    ONCE = OneTimeCharge(
        id=UUID(int=9),
        key="ONCE-1",
        name="Migration",
        on=date(2026, 4, 16),
        quantity=Decimal(2),
        unit_price=Decimal(80),
    )
    ACCOUNT = replace(ACCOUNT, subscriptions=(), one_time=(ONCE,))

    @pytest.mark.parametrize(
        ("on", "reopened_from", "is_missing"),
        [
            (15, None, False),
            (16, None, True),
            (30, date(2026, 4, 16), True),
            (30, date(2026, 4, 17), False),
        ],
    )
    def test_are_missing_from_their_day_on_and_until_it_is_over(
        self, on: int, reopened_from: date | None, is_missing: bool
    ) -> None:
        lines = missing(self.ACCOUNT, [], on, reopened_from)

        assert lines == ([("charge", "2", Decimal(160))] if is_missing else [])


class TestExchangeRates:
    def account(self, rate: str) -> Account:
        stated = ExchangeRate(
            from_currency="USD",
            to_currency="EUR",
            rate=Decimal(rate),
            valid_on=START,
            source="ECB",
        )
        return replace(
            account_of(change(16, 2), terms={"currency": "USD"}),
            exchange_rates=ExchangeTable(rates=(stated,)),
        )

    def test_that_were_billed_stay_as_they_were(self) -> None:
        before = billed(self.account("0.9"))

        assert missing(self.account("0.5"), before, 15) == []
        assert missing(self.account("0.5"), before, 16) == [("charge", "2", Decimal(27))]

    def test_that_were_billed_are_needed_in_no_table(self) -> None:
        before = billed(self.account("0.9"))
        emptied = replace(self.account("0.9"), exchange_rates=ExchangeTable(rates=()))

        assert missing(emptied, before, 16) == [("charge", "2", Decimal(27))]


class TestWhatThisRunSettled:
    """Billed in advance and without news, a subscription has its new periods alone to settle."""

    MAY = date(2026, 5, 1)

    def lines(self, account: Account, before: list[BilledLine], on: date) -> list[tuple[str, str]]:
        found = missing_lines(account, before, as_of=on, reopened_from=START, settled_through=START)
        return [(str(line.charge.slot.start), str(line.charge.quantity)) for line in found]

    def test_a_period_that_began_is_not_looked_at_again(self) -> None:
        assert self.lines(ACCOUNT, [], self.MAY) == [("2026-05-01", "10")]
        assert self.lines(ACCOUNT, billed(ACCOUNT), self.MAY) == [("2026-05-01", "10")]

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            (1, [("2026-05-01", "12")]),
            (2, [("2026-04-01", "2"), ("2026-05-01", "12")]),
        ],
    )
    def test_unless_something_became_known_since(
        self, day: int, expected: list[tuple[str, str]]
    ) -> None:
        account = account_of(change(day, 2))

        assert self.lines(account, billed(account), self.MAY) == expected

    def test_or_it_is_billed_in_arrears(self) -> None:
        account = replace(ACCOUNT, contract=replace(CONTRACT, timing=Timing.ARREARS))

        assert self.lines(account, [], self.MAY) == [("2026-04-01", "10")]

    def test_or_what_is_used_is_billed_too(self) -> None:
        account = account_of(terms={"usage_model": PerUnit(Decimal(1))})

        assert self.lines(account, [], self.MAY)[0] == ("2026-04-01", "10")


class TestRefusals:
    def test_two_subscriptions_with_one_key_are_refused(self) -> None:
        twice = replace(ACCOUNT, subscriptions=(SUBSCRIPTION, SUBSCRIPTION))

        with pytest.raises(OverlappingCharges, match="SUB-1: license would be charged twice"):
            missing(twice, [], 1)

    def test_two_that_follow_each_other_are_not(self) -> None:
        first = replace(SUBSCRIPTION, end_on=date(2026, 4, 16))
        second = replace(SUBSCRIPTION, start_on=date(2026, 4, 16))
        both = replace(ACCOUNT, subscriptions=(first, second))

        assert missing(both, [], 1) == [("charge", "10", Decimal(300))]

    def test_a_credit_without_its_line_is_refused(self) -> None:
        lost = replace(billed(ACCOUNT)[0], kind=LineKind.CREDIT, corrects="CT-1-00000_0")

        with pytest.raises(CreditedTwice, match="it credits line CT-1-00000_0, which is not there"):
            missing(account_of(change(16, 2)), [lost], 16)
