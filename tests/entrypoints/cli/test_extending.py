"""`work365 extended-service`, where one subscription neither renews nor is cancelled."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.entrypoints.cli.decisions import Office, office_of, run
from work365.emulators.partner_center.subscription import CANCEL, ScheduledAction, Subscription

PREMIUM, SALES = "CFQ7TTC0TW03", "CFQ7TTC0TW08"
STANDARD, BASIC = "CFQ7TTC0TW02", "CFQ7TTC0TW01"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office_of(tmp_path_factory.mktemp("office")) as office:
        office.bought(PREMIUM, 14).auto_renew = False
        yield office


@pytest.fixture
def undecided(office: Office) -> Subscription:
    """Fourteen seats of which the term ends with 12 July."""
    return office.bought(PREMIUM, 14)


@contextmanager
def without_renewal(subscription: Subscription, *actions: ScheduledAction) -> Iterator[None]:
    """Have it not renew for a while."""
    subscription.auto_renew, subscription.scheduled_actions = False, list(actions)
    yield
    subscription.auto_renew, subscription.scheduled_actions = True, []


def headings() -> list[dict[str, object]]:
    document = json.loads(run("extended-service", "--json").stdout)
    found = document["subscriptions"]
    assert isinstance(found, list)
    return found


class TestFinding:
    def test_tells_when_and_how_much_more_a_month(self, undecided: Subscription) -> None:
        [found] = headings()

        # A month's term is 18.60 x 1.08 x 1.20 = 24.11, and three percent more for 14 seats;
        # now they are 14 x 19.53.
        assert found["course"] == "will_extend"
        assert found["on"] == "2026-07-13"
        assert found["per_month"] == {"amount": "347.67", "currency": "EUR"}
        assert found["more_per_month"] == {"amount": "74.25", "currency": "EUR"}

    def test_without_a_decision_asks_for_one(self, undecided: Subscription) -> None:
        shown = run("extended-service")

        assert shown.exit_code == 1
        assert "ask for one" in " ".join(shown.stdout.split())
        assert max(len(line) for line in shown.stdout.splitlines()) <= 80

    def test_says_by_which_rule(self, undecided: Subscription) -> None:
        shown = run("extended-service")

        assert "rule since 4 May 2026, reported" in " ".join(shown.stdout.split())

    def test_looks_no_further_than_it_is_told(self, undecided: Subscription) -> None:
        shown = run("extended-service", "--through", "2026-07-12")

        assert shown.exit_code == 0
        assert "Up to 2026-07-12 nothing falls into" in " ".join(shown.stdout.split())

    def test_finds_what_is_cancelled_against_what_was_decided(self, office: Office) -> None:
        sales = office.bought(SALES, 5)
        run("extended-service", "--decide", sales.subscription, "renew", "--by", "Kim Sander")
        with without_renewal(sales, ScheduledAction(CANCEL)):
            courses = {each["reference"]: each["course"] for each in headings()}

        assert courses[sales.subscription] == "ends_against_decision"


class TestDeciding:
    def test_to_extend_settles_it(self, office: Office) -> None:
        standard = office.bought(STANDARD, 12)
        key = standard.subscription

        shown = run("extended-service", "--decide", key, "extend", "--by", "Kim Sander")

        with without_renewal(standard):
            [found] = [each for each in headings() if each["reference"] == key]
        said = " ".join(shown.stdout.split())
        assert shown.exit_code == 0
        assert f"Recorded for {key}: extend, decided by Kim Sander." in said
        assert "Microsoft last showed renew" in said
        assert (found["decision"], found["decided_by"]) == ("extend", "Kim Sander")
        assert (found["decided_on"], found["is_decided"]) == ("2026-07-10", True)

    def test_to_cancel_is_to_be_told_to_microsoft(self, office: Office) -> None:
        basic = office.bought(BASIC, 8)
        run("extended-service", "--decide", basic.subscription, "cancel", "--by", "Kim Sander")

        with without_renewal(basic):
            shown = run("extended-service")

        assert shown.exit_code == 1
        assert "cancel; set that at Microsoft." in " ".join(shown.stdout.split())

    @pytest.mark.parametrize(
        "options",
        [
            ("--decide", "any"),
            ("--decide", "any", "cancel"),
            ("--decide", "any", "cancel", "--by", " "),
            ("--by", "Kim Sander"),
            ("renew",),
        ],
    )
    def test_needs_what_and_who(self, office: Office, options: tuple[str, ...]) -> None:
        shown = run("extended-service", *options)

        assert shown.exit_code == 2
        assert "--decide SUBSCRIPTION renew|cancel|extend --by NAME" in shown.stderr

    def test_about_a_subscription_that_is_not_known_records_nothing(self, office: Office) -> None:
        shown = run("extended-service", "--decide", "no-such", "renew", "--by", "Kim Sander")

        assert shown.exit_code == 2
        assert "'no-such'" in shown.stderr
