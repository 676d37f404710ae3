from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from tests.domain.logs import CONTRACT, LATER, NOON, START, entry, subscription
from work365.domain.accounts import Account
from work365.domain.assumptions import (
    Assumption,
    Cancellation,
    InvalidAssumption,
    KeyTaken,
    MoreThanThereAre,
    NewPrice,
    NothingAssumed,
    NotUnderContract,
    OutsideSubscription,
    Quote,
    SeatChange,
    Together,
)
from work365.domain.changes import Status, UnitPrice
from work365.domain.contracts import Subscription
from work365.domain.one_time_charges import OneTimeCharge

MONTHLY = UnitPrice(Decimal("12.40"), 1)
OPENING = entry(START, 10, price=MONTHLY)
DAY = date(2026, 3, 11)
SEATS = subscription("SUB-1", OPENING)
MIGRATION = OneTimeCharge(
    id=UUID(int=9),
    key="ONCE-1",
    name="Migration",
    on=DAY,
    quantity=Decimal(1),
    unit_price=Decimal(500),
)


def account(*parts: Subscription) -> Account:
    return Account(contract=CONTRACT, subscriptions=parts or (SEATS,))


def seats(quantity: str, *, on: date = DAY, refund: bool = False) -> SeatChange:
    return SeatChange(subscription="SUB-1", on=on, quantity=Decimal(quantity), refund=refund)


class TestNothingAssumed:
    def test_leaves_the_account_as_it_is(self) -> None:
        assert NothingAssumed().applied_to(account()) == account()
        assert NothingAssumed().described(account()) == "nothing assumed"


class TestSeatChange:
    @pytest.mark.parametrize("refund", [True, False])
    def test_adds_an_entry_and_changes_nothing_else(self, refund: bool) -> None:
        other = subscription("SUB-2", OPENING)

        assumed = seats("-3", refund=refund).applied_to(account(SEATS, other))

        part, unchanged = assumed.subscriptions
        assert part.changes[0] == OPENING
        assert part.changes[1:] == (
            replace(
                entry(DAY, -3, refund=refund),
                key=part.changes[1].key,
                recorded_at=part.changes[1].recorded_at,
            ),
        )
        assert replace(part, changes=(OPENING,)) == SEATS
        assert unchanged == other
        assert replace(assumed, subscriptions=(SEATS, other)) == account(SEATS, other)

    def test_is_recorded_after_everything_else(self) -> None:
        late = replace(entry(DAY, 1), recorded_at=datetime(2027, 1, 1, tzinfo=UTC))
        part = replace(SEATS, changes=(OPENING, late))

        (assumed,) = seats("1").applied_to(account(part)).subscriptions

        assert assumed.changes[-1].recorded_at == late.recorded_at + timedelta(microseconds=1)

    def test_of_an_empty_log_is_recorded_on_the_first_day(self) -> None:
        (assumed,) = seats("1").applied_to(account(subscription("SUB-1"))).subscriptions

        (change,) = assumed.changes
        assert change.recorded_at == datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=UTC)

    def test_twice_has_two_keys(self) -> None:
        assumed = Together((seats("1"), seats("1"))).applied_to(account())

        keys = [change.key for change in assumed.subscriptions[0].changes]
        assert len(set(keys)) == 3
        assert keys[1].startswith("SUB-1_preview_20260311_")

    @pytest.mark.parametrize("on", [START, date(2026, 12, 30)])
    def test_may_be_on_any_day_that_it_is_had(self, on: date) -> None:
        part = replace(SEATS, end_on=date(2026, 12, 31))

        (assumed,) = seats("1", on=on).applied_to(account(part)).subscriptions

        assert assumed.changes[-1].effective_on == on

    def test_before_its_first_day_is_refused(self) -> None:
        with pytest.raises(OutsideSubscription) as refused:
            seats("1", on=date(2026, 2, 28)).applied_to(account())

        assert str(refused.value) == (
            "subscription SUB-1: 2026-02-28 is before its first day, 2026-03-01; give that day or"
            " a later one"
        )

    def test_once_it_has_ended_is_refused(self) -> None:
        part = replace(SEATS, end_on=DAY)

        with pytest.raises(OutsideSubscription) as refused:
            seats("1").applied_to(account(part))

        assert str(refused.value) == (
            "subscription SUB-1: it has ended by 2026-03-11, on 2026-03-11; give an earlier day,"
            " or assume its renewal first"
        )

    def test_once_it_is_cancelled_is_refused(self) -> None:
        part = replace(SEATS, changes=(OPENING, entry(DAY, status=Status.CANCELLED)))

        seats("1", on=date(2026, 3, 10)).applied_to(account(part))
        with pytest.raises(OutsideSubscription, match="it is cancelled on 2026-03-11; give an"):
            seats("1").applied_to(account(part))

    @pytest.mark.parametrize(
        ("parts", "told"),
        [
            ((SEATS,), "name one of SUB-1"),
            (
                (SEATS, replace(SEATS, key="SUB-2", name="Office")),
                "name one of SUB-1, SUB-2 (Office)",
            ),
            ((), "name one of none: it has none"),
        ],
    )
    def test_of_a_subscription_that_is_not_there_is_refused(
        self, parts: tuple[Subscription, ...], told: str
    ) -> None:
        unknown = SeatChange(subscription="SUB-9", on=DAY, quantity=Decimal(1))

        with pytest.raises(NotUnderContract) as refused:
            unknown.applied_to(Account(contract=CONTRACT, subscriptions=parts))

        assert str(refused.value) == (
            f"contract CT-1: there is no subscription SUB-9 under it; {told}"
        )

    def test_by_nothing_is_refused(self) -> None:
        with pytest.raises(InvalidAssumption, match="a change by 0 units changes nothing; say how"):
            seats("0").applied_to(account())

    def test_of_all_seats_is_possible_and_of_one_more_is_not(self) -> None:
        (assumed,) = seats("-10").applied_to(account()).subscriptions
        assert assumed.changes[-1].quantity == -10

        with pytest.raises(MoreThanThereAre) as refused:
            seats("-11").applied_to(account())

        assert str(refused.value) == (
            "subscription SUB-1: 11 units fewer from 2026-03-11 on, and there are 10 on"
            " 2026-03-11; take away 10 at most"
        )

    def test_leaves_what_later_entries_take_away(self) -> None:
        log = (OPENING, entry(date(2026, 5, 1), -4), entry(date(2026, 6, 1), 20))
        part = replace(SEATS, changes=log)

        (assumed,) = seats("-6").applied_to(account(part)).subscriptions
        assert assumed.changes[-1].quantity == -6
        with pytest.raises(MoreThanThereAre, match="there are 6 on 2026-05-01; take away 6"):
            seats("-7").applied_to(account(part))

    def test_of_more_does_not_ask_how_many_there_are(self) -> None:
        part = subscription("SUB-1")

        (assumed,) = seats("5").applied_to(account(part)).subscriptions

        assert assumed.changes[-1].quantity == 5

    @pytest.mark.parametrize(
        ("quantity", "told"),
        [
            ("5", "5 more seats of SUB-1"),
            ("1", "1 more seat of SUB-1"),
            ("-1", "1 fewer seat of SUB-1"),
            ("-2", "2 fewer seats of SUB-1"),
        ],
    )
    def test_is_described_by_its_name(self, quantity: str, told: str) -> None:
        assert seats(quantity).described(account()) == told


class TestCancellation:
    @pytest.mark.parametrize("refund", [True, False])
    @pytest.mark.parametrize("on", [START, DAY, date(2026, 12, 31)])
    def test_enters_the_end(self, on: date, refund: bool) -> None:
        part = replace(SEATS, end_on=date(2026, 12, 31))
        end = Cancellation(subscription="SUB-1", on=on, refund=refund)

        (assumed,) = end.applied_to(account(part)).subscriptions

        assert assumed == replace(part, end_on=on, refund_at_end=refund)

    def test_of_one_without_an_end_enters_it(self) -> None:
        end = Cancellation(subscription="SUB-1", on=DAY)

        (assumed,) = end.applied_to(account()).subscriptions

        assert assumed == replace(SEATS, end_on=DAY, refund_at_end=False)

    @pytest.mark.parametrize(
        ("on", "told"),
        [
            (date(2026, 2, 28), "is before its first day, 2026-03-01"),
            (date(2027, 1, 1), "it has ended by 2027-01-01, on 2026-12-31"),
        ],
    )
    def test_outside_the_subscription_is_refused(self, on: date, told: str) -> None:
        part = replace(SEATS, end_on=date(2026, 12, 31))

        with pytest.raises(OutsideSubscription, match=told):
            Cancellation(subscription="SUB-1", on=on).applied_to(account(part))

    def test_is_described_by_its_name(self) -> None:
        end = Cancellation(subscription="SUB-1", on=DAY)

        assert end.described(account()) == "end of SUB-1"


class TestNewPrice:
    def test_adds_an_entry_that_holds_over_others_of_its_day(self) -> None:
        other = replace(entry(DAY, price=UnitPrice(Decimal(9), 1)), recorded_at=LATER)
        part = replace(SEATS, changes=(OPENING, other))
        priced = NewPrice(subscription="SUB-1", on=DAY, price=UnitPrice(Decimal(13), 1))

        (assumed,) = priced.applied_to(account(part)).subscriptions

        change = assumed.changes[-1]
        assert (change.effective_on, change.price) == (DAY, UnitPrice(Decimal(13), 1))
        assert (change.quantity, change.status, change.refund) == (Decimal(0), None, False)
        assert NOON < LATER < change.recorded_at

    @pytest.mark.parametrize(("amount", "months"), [("-0.01", 1), ("1", 0), ("1", -1)])
    def test_that_cannot_be_is_refused(self, amount: str, months: int) -> None:
        priced = NewPrice(subscription="SUB-1", on=DAY, price=UnitPrice(Decimal(amount), months))

        with pytest.raises(InvalidAssumption) as refused:
            priced.applied_to(account())

        assert str(refused.value) == (
            f"subscription SUB-1: a price of {amount} for {months} months; give an amount of zero"
            " or more, for one month or more"
        )

    def test_may_be_nothing(self) -> None:
        priced = NewPrice(subscription="SUB-1", on=DAY, price=UnitPrice(Decimal(0), 1))

        (assumed,) = priced.applied_to(account()).subscriptions

        assert assumed.changes[-1].price == UnitPrice(Decimal(0), 1)

    def test_outside_the_subscription_is_refused(self) -> None:
        priced = NewPrice(subscription="SUB-1", on=date(2026, 2, 28), price=MONTHLY)

        with pytest.raises(OutsideSubscription):
            priced.applied_to(account())

    @pytest.mark.parametrize(
        ("months", "currency", "told"),
        [
            (1, None, "SUB-1 at 13.00 EUR a month"),
            (12, "USD", "SUB-1 at 13.00 USD for 12 months"),
        ],
    )
    def test_is_described_in_the_currency_of_its_prices(
        self, months: int, currency: str | None, told: str
    ) -> None:
        priced = NewPrice(subscription="SUB-1", on=DAY, price=UnitPrice(Decimal("13.00"), months))

        assert priced.described(account(replace(SEATS, currency=currency))) == told


class TestQuote:
    def test_adds_what_is_quoted(self) -> None:
        quoted = subscription("SUB-2", OPENING)

        assumed = Quote(subscriptions=(quoted,), one_time=(MIGRATION,)).applied_to(account())

        assert assumed == replace(account(), subscriptions=(SEATS, quoted), one_time=(MIGRATION,))

    def test_makes_a_draft_contract_count(self) -> None:
        draft = Account(contract=replace(CONTRACT, active=False), subscriptions=())

        assumed = Quote(subscriptions=(SEATS,)).applied_to(draft)

        assert assumed == account()

    def test_keeps_what_was_sold_once(self) -> None:
        other = replace(MIGRATION, key="ONCE-2")

        assumed = Quote(one_time=(other,)).applied_to(replace(account(), one_time=(MIGRATION,)))

        assert assumed.one_time == (MIGRATION, other)

    @pytest.mark.parametrize(
        "quote",
        [
            Quote(subscriptions=(SEATS,)),
            Quote(one_time=(MIGRATION, replace(MIGRATION, name="Again"))),
        ],
    )
    def test_of_a_key_that_is_there_is_refused(self, quote: Quote) -> None:
        with pytest.raises(KeyTaken, match=r"contract CT-1: (SUB|ONCE)-1 is there already; give"):
            quote.applied_to(account())

    def test_is_described_by_what_is_quoted(self) -> None:
        quote = Quote(subscriptions=(SEATS,), one_time=(MIGRATION,))

        assert quote.described(account()) == "SUB-1, Migration"


class TestTogether:
    def test_each_is_applied_after_the_one_before(self) -> None:
        parts: tuple[Assumption, ...] = (
            Quote(subscriptions=(subscription("SUB-2", OPENING),)),
            SeatChange(subscription="SUB-2", on=DAY, quantity=Decimal(-10)),
        )

        assumed = Together(parts).applied_to(account())

        assert [change.quantity for change in assumed.subscriptions[1].changes] == [10, -10]
        assert Together(parts).described(account()) == "SUB-2; 10 fewer seats of SUB-2"
