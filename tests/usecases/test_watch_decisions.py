from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from tests.domain.microsoft.seen import BOOK, a_seen, moment, prices, seats
from tests.usecases.fake_catalog import NOW, TENANT
from tests.usecases.provider_ends import logged
from work365.domain.changes import Change
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.subscriptions import SeenSubscription, TermEnd
from work365.ports.catalog import KeptSubscription
from work365.ports.seen_subscriptions import ExtendedServiceDecision, LoggedSubscription
from work365.usecases.look_at_subscriptions import LookedAt
from work365.usecases.watch_decisions import ending_of, watch_decisions, windows

AT = moment("2026-09-16 12:00:00")
TWO_DAYS = timedelta(hours=48)


def our_log(quantity: int, *more: Change, **given: object) -> LoggedSubscription:
    opening = Change("S-1/opening", date(2026, 9, 11), NOW, Decimal(quantity))
    kept = KeptSubscription(
        key="S-1",
        contract=None,
        term="P1Y",
        plan="Monthly",
        term_end_on=None,
        auto_renew=True,
        changes=(opening, *more),
    )
    return logged(kept, **given)


def looked_at(seen: SeenSubscription, ours: LoggedSubscription | None) -> LookedAt:
    return LookedAt(seen=seen, customer="Hollerbach", tenant=TENANT, logged=ours, prices=prices())


def watched(*subjects: LookedAt, through: date = date(2026, 12, 17)) -> list[Finding]:
    return list(watch_decisions(subjects, at=AT, within=TWO_DAYS, through=through, book=BOOK))


class TestAWindow:
    def test_on_seats_that_nobody_pays_for_is_found_before_it_closes(self) -> None:
        [finding] = watched(looked_at(a_seen(quantity=12), our_log(10)))

        assert (finding.severity, finding.code) == (Severity.WARNING, "window_closes")
        assert finding.path == "subscription S-1"
        assert "18 September 2026, 10:00:00 UTC" in finding.message
        assert "2 are paid by nobody" in finding.message

    def test_on_seats_that_are_charged_as_they_should_be_is_nobodys_concern(self) -> None:
        assert watched(looked_at(a_seen(), our_log(10))) == []

    def test_that_closes_later_is_left_for_another_day(self) -> None:
        seen = a_seen(quantity=12, cancel_until=moment("2026-09-18 12:00:01"))

        assert watched(looked_at(seen, our_log(10))) == []

    def test_of_each_batch_is_its_own(self) -> None:
        seen = a_seen(
            quantity=15,
            cancel_until=None,
            refundable=(seats(2, "2026-09-17 10:00:00"), seats(3, "2026-09-18 11:00:00")),
        )

        found = windows([looked_at(seen, our_log(15))], at=AT, within=TWO_DAYS, book=BOOK)

        assert [(each.quantity, each.closes_at) for each in found] == [
            (2, moment("2026-09-17 10:00:00")),
            (3, moment("2026-09-18 11:00:00")),
        ]

    def test_is_known_from_our_own_log_where_microsoft_does_not_say_it(self) -> None:
        added = Change("S-1/more", date(2026, 9, 14), moment("2026-09-14 15:00:00"), Decimal(3))
        waiting = replace(added, key="S-1/waiting", effective_on=date(2026, 9, 15))
        ours = our_log(10, added, waiting, pending=frozenset({"S-1/waiting"}))
        seen = a_seen(quantity=13, cancel_until=None)

        found = windows([looked_at(seen, ours)], at=AT, within=timedelta(days=7), book=BOOK)

        assert [(each.is_whole, each.quantity, each.closes_at, each.said) for each in found] == [
            (True, 13, moment("2026-09-18 00:00:00"), False),
            (False, 3, moment("2026-09-21 00:00:00"), False),
        ]

    def test_of_our_own_log_is_none_where_microsoft_says_that_there_is_none(self) -> None:
        seen = a_seen(cancel_until=None, refundable=())

        found = windows([looked_at(seen, our_log(10))], at=AT, within=TWO_DAYS, book=BOOK)

        assert found == []

    def test_without_a_log_is_not_guessed(self) -> None:
        seen = a_seen(cancel_until=None)

        assert windows([looked_at(seen, None)], at=AT, within=TWO_DAYS, book=BOOK) == []

    def test_goes_by_what_is_charged_on_that_day(self) -> None:
        later = Change("S-1/more", date(2026, 9, 17), NOW, Decimal(2))

        [finding] = watched(looked_at(a_seen(quantity=12), our_log(10, later)))

        assert "the customer is charged for 10" in finding.message


class TestAnEndOfATerm:
    def test_that_nobody_decided_on_is_found(self) -> None:
        seen = a_seen(commitment_last_day=date(2026, 12, 16), term_end=None, cancel_until=None)

        [finding] = watched(looked_at(seen, our_log(10)))

        assert finding.code == "will_extend"
        assert "17 December 2026" in finding.message

    def test_after_the_last_day_is_left_for_another_day(self) -> None:
        seen = a_seen(commitment_last_day=date(2026, 12, 17), term_end=None, cancel_until=None)

        assert watched(looked_at(seen, our_log(10))) == []

    def test_as_it_was_decided_is_nobodys_concern(self) -> None:
        decision = ExtendedServiceDecision(outcome=TermEnd.EXTEND, decided_on=date(2026, 9, 1))
        seen = a_seen(
            commitment_last_day=date(2026, 12, 16), term_end=TermEnd.EXTEND, cancel_until=None
        )

        assert watched(looked_at(seen, our_log(10, decision=decision))) == []

    def test_is_known_with_the_customers_decision(self) -> None:
        decision = ExtendedServiceDecision(outcome=TermEnd.CANCEL, decided_on=date(2026, 9, 1))

        ending = ending_of(looked_at(a_seen(), our_log(10, decision=decision)))

        assert (ending.key, ending.name) == ("S-1", "Hollerbach, Business Basic")
        assert (ending.renews_on, ending.bought_on) == (date(2027, 9, 11), date(2026, 9, 11))
        assert (ending.decision, ending.decided_on) == (TermEnd.CANCEL, date(2026, 9, 1))

    def test_without_a_term_is_on_no_day(self) -> None:
        ending = ending_of(looked_at(a_seen(commitment_last_day=None, term=None), None))

        assert (ending.renews_on, ending.bought_on, ending.decision) == (None, None, None)
