"""`work365 microsoft provision`, `webhooks` and `events`."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.entrypoints.cli.microsoft.room import Room, room_of, run, words
from tests.journeys.provisioning_partner import Action, Provisioning, Status
from work365.entrypoints import provider_events

OURS = "https://northwind.azurewebsites.net/api/webhooks/partner-center"


@pytest.fixture(scope="module", autouse=True)
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with room_of(tmp_path_factory.mktemp("telling")) as room:
        run("provider")
        room.connect()
        run("sync", "customers", "prices")
        yield room


@pytest.fixture(scope="module")
def told(room: Room) -> Provisioning:
    """What writes subscriptions and changes that await Microsoft."""
    return Provisioning(room.partner)


@pytest.fixture
def no_pause(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting, here or for the two test messages a minute that Microsoft sends."""
    room.partner.microsoft.pass_days(1)
    monkeypatch.setattr(provider_events, "sleep", lambda _seconds: None)


class TestProvisioning:
    def test_without_a_change_says_so(self) -> None:
        shown = run("provision")

        assert (shown.exit_code, shown.stdout) == (0, "No change is due that awaits Microsoft.\n")

    def test_tells_microsoft_and_counts(self, told: Provisioning) -> None:
        change = told.change(told.subscribe(0), Action.PURCHASE, 7)

        shown = run("provision", "--json")

        document = json.loads(shown.stdout)
        assert (document["provisioned"], document["failed"]) == (1, 0)
        assert told.row(change).provisioning_status is Status.PROVISIONED

    def test_says_why_one_failed(self, told: Provisioning) -> None:
        change = told.change(told.subscribe(0, billing_plan="Weekly"), Action.PURCHASE, 7)

        shown = run("provision")

        assert shown.exit_code == 1
        assert "failed" in shown.stdout
        assert change in shown.stderr
        assert told.row(change).provisioning_status is Status.FAILED

    def test_of_no_change_at_all_is_refused(self) -> None:
        assert run("provision", "--most", "0").exit_code == 2


@pytest.mark.usefixtures("no_pause")
class TestWebhooks:
    def test_are_registered_at_the_address_of_the_app(self) -> None:
        before, done, after = (
            run("webhooks", "show"),
            run("webhooks", "register"),
            run("webhooks", "show", "--json"),
        )

        assert (before.exit_code, after.exit_code) == (1, 0)
        assert "Nothing is registered" in before.stdout
        assert "it was created" in done.stdout
        assert json.loads(after.stdout)["registration"]["url"] == OURS

    def test_whose_test_message_is_lost_are_a_finding(self) -> None:
        shown = run("webhooks", "register")

        assert shown.exit_code == 1
        assert "test message did not arrive" in words(shown.stderr)

    def test_of_somebody_else_stay_unless_they_are_taken_over(self, room: Room) -> None:
        settings = room.settings
        room.settings = replace(settings, consent_url="https://other.example/api/consent")

        kept, taken = (
            run("webhooks", "register"),
            run("webhooks", "register", "--take-over", "--json"),
        )

        room.settings = settings
        assert "take it over" in words(kept.stderr)
        assert json.loads(taken.stdout)["url"].startswith("https://other.example/")


class TestEvents:
    def test_where_none_wait_says_so(self) -> None:
        shown = run("events")

        assert (shown.exit_code, shown.stdout) == (0, "None waits.\n")
