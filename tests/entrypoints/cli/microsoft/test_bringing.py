"""`work365 microsoft sync`, `drift` and `repair`, in the order in which a partner comes to them."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dataverse_schema import options
from dataverse_schema.tables.billing import Subscription, SubscriptionChange
from dataverse_schema.tables.operations import Finding
from dataverse_schema.tables.providers import ProviderAccount
from dataverse_schema.tables.standard import Product
from tests.entrypoints.cli.microsoft.room import Room, room_of, run, words

MAILBOX = "CFQ7TTC0TW06"


@pytest.fixture(scope="module", autouse=True)
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A partner that is connected, and has brought prices, customers and subscriptions over."""
    with room_of(tmp_path_factory.mktemp("bringing")) as room:
        run("provider")
        room.connect()
        run("sync", "prices", "customers", "subscriptions", "--month-history", "15")
        yield room


@pytest.fixture
def more_at_microsoft(room: Room) -> Iterator[str]:
    """Two seats more at Microsoft, which our log knows nothing of; the id there."""
    reference = mailbox(room)
    at_microsoft = room.partner.microsoft.world.subscriptions[reference]
    at_microsoft.quantity += 2
    yield reference
    at_microsoft.quantity -= 2


def mailbox(room: Room) -> str:
    every = room.partner.microsoft.world.subscriptions.items()
    [reference] = [key for key, each in every if each.product == MAILBOX and each.quantity >= 30]
    return reference


def row(room: Room, reference: str) -> Subscription:
    [found] = [
        each for each in room.partner.rows(Subscription) if each.provider_reference == reference
    ]
    return found


class TestASync:
    def test_brought_over_what_was_named(self, room: Room) -> None:
        assert room.partner.rows(Product)
        assert len(room.partner.rows(ProviderAccount)) == 10
        assert row(room, mailbox(room)).provider_quantity == 30

    def test_is_of_customers_and_subscriptions_where_nothing_is_named(self) -> None:
        document = json.loads(run("sync", "--json").stdout)

        assert [each["part"] for each in document["parts"]] == ["customers", "subscriptions"]

    def test_of_everything_says_each_part(self) -> None:
        shown = run("sync", "--all")

        assert "agreements: 9 agreements created" in shown.stdout
        assert "invoices:" in shown.stdout

    def test_keeps_what_it_finds(self, room: Room) -> None:
        shown = run("sync", "agreements")

        kept = [each for each in room.partner.rows(Finding) if each.origin == "sync of agreements"]
        assert shown.exit_code == 1
        assert "has not accepted the Microsoft Customer Agreement" in words(shown.stderr)
        assert [each.status for each in kept] == [options.FindingStatus.OPEN]

    def test_that_goes_on_leaves_out_what_was_read_since(self, room: Room) -> None:
        room.partner.microsoft.control("DELETE", "requests")

        shown = run("sync", "subscriptions", "--resume-since", "2026-07-10T00:00")

        asked = room.partner.microsoft.control("GET", "requests")["requests"]
        assert shown.exit_code == 0
        assert [each for each in asked if each["path"].endswith("/subscriptions")] == []

    def test_of_some_customers_asks_for_no_others(self, room: Room) -> None:
        tenant = room.partner.microsoft.customer
        room.partner.microsoft.control("DELETE", "requests")

        run("sync", "subscriptions", "--tenant", tenant)

        asked = room.partner.microsoft.control("GET", "requests")["requests"]
        of_subscriptions = [
            each["path"] for each in asked if each["path"].endswith("/subscriptions")
        ]
        assert of_subscriptions == [f"/v1/customers/{tenant}/subscriptions"]

    def test_of_some_customers_needs_a_part_that_has_them(self, room: Room) -> None:
        shown = run("sync", "invoices", "--tenant", room.partner.microsoft.customer)

        assert shown.exit_code == 2
        assert "--tenant is for subscriptions" in words(shown.stderr)

    def test_of_a_part_that_there_is_not_is_refused(self) -> None:
        assert run("sync", "weather").exit_code == 2

    def test_goes_on_with_the_next_part_where_one_is_refused(self, room: Room) -> None:
        settings = room.settings
        room.settings = replace(settings, markets=())

        shown = run("sync", "products", "subscriptions")

        room.settings = settings
        assert shown.exit_code == 2
        assert "WORK365_MARKETS is not set" in words(shown.stderr)
        assert "subscriptions:" in shown.stdout

    def test_without_a_consent_says_what_needs_one(self, room: Room) -> None:
        room.disconnect()

        shown = run("sync", "prices")

        room.connect()
        assert shown.exit_code == 1
        assert "This needs the delegated connection" in words(shown.stderr)


class TestDrift:
    def test_is_shown_and_nothing_is_written(self, room: Room, more_at_microsoft: str) -> None:
        before = len(room.partner.rows(SubscriptionChange))

        shown = run("drift")

        assert shown.exit_code == 1
        assert "Microsoft has 32 seats since 10 July 2026, our log said 30." in words(shown.stdout)
        assert len(room.partner.rows(SubscriptionChange)) == before

    def test_of_one_customer_is_looked_for_there_alone(self, room: Room) -> None:
        reference = mailbox(room)
        tenant = room.partner.microsoft.world.subscriptions[reference].customer

        document = json.loads(run("drift", "--tenant", tenant, "--json").stdout)

        assert document["apart"] == []

    @pytest.mark.usefixtures("more_at_microsoft")
    def test_is_one_document_for_programs(self, room: Room) -> None:
        document = json.loads(run("drift", "--json").stdout)

        [apart] = document["apart"]
        assert apart["reference"] == mailbox(room)
        assert len(apart["changed_at_microsoft"]) == 1


class TestARepair:
    def test_that_follows_our_log_changes_microsoft(
        self, room: Room, more_at_microsoft: str
    ) -> None:
        at_microsoft = room.partner.microsoft.world.subscriptions[more_at_microsoft]

        shown = run("repair", row(room, more_at_microsoft).key, "--right", "log")

        assert shown.exit_code == 0, shown.stderr
        assert at_microsoft.quantity == 30
        assert "Microsoft was told: 30 seats instead of 32." in words(shown.stdout)
        at_microsoft.quantity += 2

    def test_of_what_is_the_same_changes_nothing(self, room: Room) -> None:
        shown = run("repair", mailbox(room), "--right", "microsoft")

        assert shown.exit_code == 0
        assert "Both say the same already" in shown.stdout

    def test_of_a_subscription_that_nobody_knows_is_refused(self) -> None:
        shown = run("repair", "S-9", "--right", "log")

        assert shown.exit_code == 2
        assert "no subscription with the key S-9 was seen at Microsoft" in words(shown.stderr)

    def test_has_to_be_told_which_end_is_right(self) -> None:
        assert run("repair", "S-9").exit_code == 2

    def test_that_follows_microsoft_adds_to_our_log(
        self, room: Room, more_at_microsoft: str
    ) -> None:
        ours = row(room, more_at_microsoft).row_id

        shown = run("repair", more_at_microsoft, "--right", "microsoft", "--json")

        changes = [
            each for each in room.partner.rows(SubscriptionChange) if each.subscription == ours
        ]
        added = [each for each in changes if each.origin is options.ChangeOrigin.PROVIDER]
        assert shown.exit_code == 0, shown.stderr
        assert len(json.loads(shown.stdout)["done"]) == 1
        assert [each.quantity_delta for each in added if each.key.startswith("seen_")] == [2]
