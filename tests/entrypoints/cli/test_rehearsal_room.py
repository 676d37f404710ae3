"""What the rehearsal room is furnished with, and what has no place in it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.domain.microsoft.seen import BOOK, a_seen
from tests.usecases.fake_catalog import TENANT, a_price
from work365.domain.catalog import BillingPlan, ListPrice, Sku, SubscriptionStatus, Term
from work365.domain.microsoft.subscriptions import NextTerm, SeenSubscription, TermEnd
from work365.emulators.partner_center.catalogue import Plan
from work365.emulators.partner_center.subscription import CANCEL, EXTEND, Subscription
from work365.entrypoints.cli.rehearsal import Course, Ending, rehearse
from work365.entrypoints.cli.rehearsal_room import Room, furnish
from work365.usecases.know_prices import PriceBook, known_prices
from work365.usecases.look_at_subscriptions import LookedAt

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PREMIUM = Sku("CFQ7TTC0LDPB", "0001", "Business Premium", "Microsoft Corporation")
MONTHLY = {"term": Term.MONTH, "price_months": 1}
PRICES = (
    a_price(),
    a_price(**MONTHLY, unit_price=Decimal("5.00")),
    a_price(plan=BillingPlan.ANNUAL, unit_price=Decimal("48.00")),
    a_price(sku=PREMIUM, unit_price=Decimal("211.20")),
)


def ending_soon(**given: object) -> SeenSubscription:
    """Ten seats for a year at 4.16 a month, which end with 9 December 2026."""
    return a_seen(
        **{
            "effective_start": date(2025, 12, 10),
            "commitment_last_day": date(2026, 12, 9),
            "cancel_until": None,
            **given,
        }
    )


def looked_at(seen: SeenSubscription, *prices: ListPrice, currency: str = "EUR") -> LookedAt:
    book = PriceBook.of(prices or PRICES)
    return LookedAt(
        seen=seen,
        customer="Hollerbach",
        tenant=TENANT,
        prices=known_prices(seen, book, currency=currency),
        book=book,
    )


def furnished(seen: SeenSubscription, *prices: ListPrice) -> Room:
    return furnish([looked_at(seen, *prices)], at=NOW, book=BOOK)


def only(room: Room) -> Subscription:
    [subscription] = room.world.subscriptions.values()
    return subscription


def played(room: Room) -> Ending:
    rehearsal = rehearse(
        room,
        first_day=date(2026, 12, 1),
        last_day=date(2026, 12, 31),
        progress=lambda _more: None,
    )
    [ending] = rehearsal.endings
    return ending


class TestFurnishing:
    def test_puts_a_subscription_into_the_charge_cycle_of_today(self) -> None:
        subscription = only(furnished(ending_soon()))

        assert (subscription.cycle_start, subscription.cycle_end) == (
            date(2026, 11, 10),
            date(2026, 12, 9),
        )
        assert subscription.unit_price == Decimal("4.16")

    def test_takes_the_price_of_a_whole_cycle(self) -> None:
        subscription = only(furnished(ending_soon(plan=BillingPlan.ANNUAL)))

        assert subscription.unit_price == Decimal("48.00")
        assert subscription.plan == Plan("P1Y", "annual")

    def test_leaves_out_what_has_ended(self) -> None:
        room = furnished(ending_soon(status=SubscriptionStatus.EXPIRED))

        assert (room.world.subscriptions, room.left_out) == ({}, [])

    @pytest.mark.parametrize(
        "given",
        [
            {"term": None, "plan": BillingPlan.NONE},
            {"plan": BillingPlan.ONE_TIME},
            {"commitment_last_day": None},
        ],
    )
    def test_says_what_is_not_rehearsed(self, given: dict[str, object]) -> None:
        room = furnished(ending_soon(**given))

        assert room.world.subscriptions == {}
        assert [finding.code for finding in room.left_out] == ["not_rehearsed"]

    def test_says_what_has_no_price(self) -> None:
        room = furnished(ending_soon(), a_price(sku=PREMIUM))

        assert room.world.subscriptions == {}
        [finding] = room.left_out
        assert finding.code == "price_not_known"
        assert "import the price sheet" in finding.message

    def test_says_whose_running_price_is_guessed(self) -> None:
        room = furnished(ending_soon(), a_price(effective_from=date(2026, 1, 1)))

        assert only(room).unit_price == Decimal("4.16")
        assert [finding.code for finding in room.left_out] == ["price_guessed"]

    def test_says_that_a_promotion_is_left_out(self) -> None:
        room = furnished(ending_soon(promotion="39NFJQT1Q5KK"))

        assert only(room).unit_price == Decimal("4.16")
        assert [finding.code for finding in room.left_out] == ["promotion_not_rehearsed"]

    def test_keeps_customers_who_pay_in_two_currencies_apart(self) -> None:
        pounds = a_price(currency="GBP", unit_price=Decimal("42.00"))
        euros, others = ending_soon(), ending_soon(id="another")
        book = PriceBook.of([*PRICES, pounds])
        both = [
            LookedAt(
                seen=seen,
                customer="Hollerbach",
                tenant=TENANT,
                prices=known_prices(seen, book, currency=currency),
                book=book,
            )
            for seen, currency in ((euros, "EUR"), (others, "GBP"))
        ]

        room = furnish(both, at=NOW, book=BOOK)

        assert len(room.world.customers) == 2
        rehearsal = rehearse(
            room,
            first_day=date(2026, 12, 1),
            last_day=date(2026, 12, 31),
            progress=lambda _more: None,
        )
        invoiced = [
            (str(each.expected.amount), each.expected.currency) for each in rehearsal.invoices
        ]
        assert invoiced == [("41.60", "EUR"), ("35.00", "GBP")]


class TestWhatNobodyToldMicrosoft:
    def test_extends_what_was_bought_since_april_2025(self) -> None:
        room = furnished(ending_soon(term_end=None, auto_renew=False))

        assert [action.action for action in only(room).scheduled_actions] == [EXTEND]
        ending = played(room)
        assert ending.course is Course.EXTENDS
        # The monthly price of 5.00 and three percent more, for ten seats.
        assert (ending.per_month.amount, ending.per_month_next.amount) == (
            Decimal("41.60"),
            Decimal("51.50"),
        )

    def test_ends_what_was_bought_before(self) -> None:
        three_years = ending_soon(
            effective_start=date(2023, 12, 10), term=Term.THREE_YEARS, term_end=None
        )
        old = a_price(term=Term.THREE_YEARS, price_months=36, effective_from=date(2023, 1, 1))

        room = furnished(three_years, old)

        assert [action.action for action in only(room).scheduled_actions] == [CANCEL]
        assert played(room).course is Course.ENDS

    def test_ends_a_trial(self) -> None:
        trial = ending_soon(
            is_trial=True,
            plan=BillingPlan.NONE,
            term=Term.MONTH,
            effective_start=date(2026, 11, 10),
            term_end=None,
            auto_renew=False,
        )

        assert played(furnished(trial)).course is Course.ENDS


class TestWhatMicrosoftWasTold:
    def test_of_the_next_term_is_done(self) -> None:
        told = NextTerm(
            part_number=PREMIUM.part_number, quantity=8, plan=BillingPlan.MONTHLY, term=Term.YEAR
        )

        ending = played(furnished(ending_soon(next_term=told, term_end=TermEnd.TRANSITION)))

        assert ending.course is Course.RENEWS_OTHERWISE
        assert ending.told == ("as Business Premium", "8 seats instead of 10", "new price")
        assert ending.per_month_next.amount == Decimal("140.80")

    def test_of_a_plan_that_is_not_listed_cannot_be_done(self) -> None:
        told = NextTerm(plan=BillingPlan.TRIENNIAL, term=Term.THREE_YEARS)

        ending = played(furnished(ending_soon(next_term=told)))

        assert ending.course is Course.FAILS
        assert (ending.seats_next, ending.per_month_next.amount) == (0, Decimal(0))
        assert "P3Y billed triennial" in ending.told[0]

    def test_of_extended_service_that_runs_goes_on_at_its_price(self) -> None:
        month = ending_soon(
            term=Term.MONTH,
            effective_start=date(2026, 11, 10),
            in_extended_term=True,
            term_end=None,
            auto_renew=False,
        )
        room = furnished(month)

        ending = played(room)

        assert ending.course is Course.RENEWS
        assert ending.per_month_next.amount == Decimal("51.50")

    def test_of_another_billing_plan_within_the_term_is_done_at_the_next_charge(self) -> None:
        three_years = ending_soon(
            effective_start=date(2025, 12, 10),
            commitment_last_day=date(2028, 12, 9),
            term=Term.THREE_YEARS,
            plan=BillingPlan.MONTHLY,
            next_plan=BillingPlan.TRIENNIAL,
        )
        listed = [
            a_price(term=Term.THREE_YEARS, price_months=36, plan=plan)
            for plan in (BillingPlan.MONTHLY, BillingPlan.TRIENNIAL)
        ]
        room = furnished(three_years, *listed)

        room.world.advance(datetime(2026, 12, 31, tzinfo=UTC))

        assert only(room).plan == Plan("P3Y", "triennial")


class TestATermThatIsOverAlready:
    def test_is_played_on_the_first_day(self) -> None:
        over = ending_soon(
            effective_start=date(2025, 11, 23), commitment_last_day=date(2026, 11, 22)
        )

        rehearsal = rehearse(
            furnished(over),
            first_day=date(2026, 12, 1),
            last_day=date(2026, 12, 31),
            progress=lambda _more: None,
        )

        [ending] = rehearsal.earlier
        assert ending.on == date(2026, 11, 23)
        assert rehearsal.endings == ()
