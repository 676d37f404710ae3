"""`work365 microsoft invite`, `customers consent` and `relationships`."""

import json
from collections.abc import Iterator

import pytest

from dataverse_schema.tables.microsoft import AdminRelationship
from tests.emulators.partner_center import stage
from tests.entrypoints.cli.microsoft.room import Room, room_of, run, words
from work365.ports.consent import ConsentKind

RESELLER = "https://admin.microsoft.com/Adminportal/Home?invType=ResellerRelationship"


@pytest.fixture(scope="module", autouse=True)
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with room_of(tmp_path_factory.mktemp("inviting")) as room:
        run("provider")
        room.connect()
        run("sync", "customers")
        yield room


class TestAnInvitation:
    def test_without_rights_is_the_resellers_link_alone(self) -> None:
        shown = run("invite")

        [link] = shown.stdout.splitlines()
        assert shown.exit_code == 0
        assert link.startswith(RESELLER)
        assert "DAP=false" in link

    def test_with_rights_asks_for_them_once_however_often_it_is_repeated(self, room: Room) -> None:
        wanted = ("--rights", "helpdesk administrator", "--tenant", room.partner.microsoft.customer)

        first, second = run("invite", *wanted), run("invite", *wanted)

        [kept] = room.partner.rows(AdminRelationship)
        assert first.exit_code == 0, first.stderr
        assert first.stdout == second.stdout
        assert first.stdout.splitlines()[1].endswith(kept.reference)

    def test_with_rights_of_nobody_is_refused(self) -> None:
        shown = run("invite", "--rights", "Global Reader")

        assert shown.exit_code == 2
        assert "give --tenant, or a --name" in words(shown.stderr)

    def test_with_a_role_that_there_is_not_says_which_may_be_meant(self) -> None:
        shown = run("invite", "--rights", "helpdesk admin", "--name", "Help")

        assert shown.exit_code == 2
        assert "perhaps Helpdesk Administrator" in words(shown.stderr)

    def test_needs_the_delegated_connection(self, room: Room) -> None:
        room.disconnect()

        shown = run("invite")

        room.connect()
        assert (shown.exit_code, shown.stdout) == (2, "")
        assert "needs_delegated_connection" in shown.stderr


class TestRelationships:
    def test_are_listed_with_their_customer_and_their_end(self, room: Room) -> None:
        customer = tenant(room, 1)
        asked = run("invite", "--rights", "Global Reader", "--tenant", customer)
        reference = asked.stdout.splitlines()[1].rpartition("/")[2]
        room.partner.microsoft.act(
            "approve-relationship", customer=customer, relationship=reference
        )
        room.partner.microsoft.pass_days(1)

        shown = run("relationships")

        assert shown.exit_code == 0, shown.stderr
        assert "2027-07-10" in shown.stdout
        assert reference in shown.stdout
        assert max(len(line) for line in shown.stdout.splitlines()) <= 80

    def test_that_are_kept_are_shown_without_asking(self, room: Room) -> None:
        room.disconnect()

        shown = run("relationships", "--kept", "--json")

        room.connect()
        assert json.loads(shown.stdout)["relationships"]

    def test_extend_themselves_or_do_not(self, room: Room) -> None:
        document = json.loads(run("relationships", "--json").stdout)
        running = [each["id"] for each in document["relationships"] if each["status"] == "active"]

        shown = run("relationships", "extend", running[0], "on")

        kept = {each.reference: each for each in room.partner.rows(AdminRelationship)}
        assert shown.exit_code == 0, shown.stderr
        assert "extends itself" in shown.stdout
        assert kept[running[0]].auto_extend

    def test_that_do_not_run_cannot_extend_themselves(self) -> None:
        document = json.loads(run("relationships", "--json").stdout)
        waiting = [each["id"] for each in document["relationships"] if each["status"] != "active"]

        shown = run("relationships", "extend", waiting[0], "on")

        assert shown.exit_code == 2
        assert "cannot extend itself" in words(shown.stderr)

    def test_end_only_when_that_is_confirmed(self) -> None:
        assert run("relationships", "end", "any", answer="n\n").exit_code == 1


class TestConsentsOfCustomers:
    def test_are_given_once_and_are_on_record(self, room: Room) -> None:
        first, second = run("customers", "consent"), run("customers", "consent")

        kept = room.ledger.consents(provider="microsoft", kind=ConsentKind.CUSTOMER)
        assert "10 consents given, 0 there already, 0 refused" in words(first.stdout)
        assert "0 consents given, 10 there already" in words(second.stdout)
        assert {each.application for each in kept} == {stage.APPLICATION}

    def test_of_a_tenant_that_is_no_customer_are_a_finding(self) -> None:
        stranger = "99999999-2222-4333-8444-555555555555"

        shown = run("customers", "consent", "--tenant", stranger)

        assert shown.exit_code == 1
        assert f"customers/{stranger}" in "".join(shown.stderr.split())
        assert "no reseller relationship" in words(shown.stderr)


def tenant(room: Room, number: int) -> str:
    return list(room.partner.microsoft.world.customers)[number]
