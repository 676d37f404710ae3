"""`work365 what-if`, asked of the twin on the fourth day of thirty seats."""

import json
from collections.abc import Iterator

import pytest

from tests.entrypoints.cli.decisions import Office, office_of, run
from work365.entrypoints.cli.supposing import Asked, NothingSupposed, read_part_number

MAILBOX, STANDARD, PREMIUM = "CFQ7TTC0TW06", "CFQ7TTC0TW02", "CFQ7TTC0TW03:0001"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office_of(tmp_path_factory.mktemp("office")) as office:
        yield office


@pytest.fixture
def mailbox(office: Office) -> str:
    """Thirty seats for a year from 7 July at 3.86 a month; it is 10 July, 09:30:15."""
    return office.bought(MAILBOX, 30).subscription


@pytest.fixture
def standard(office: Office) -> str:
    """Twenty-five seats for a year from 5 June, whose window has closed."""
    return office.bought(STANDARD, 25).subscription


def amounts(*arguments: str) -> dict[str, str | None]:
    document = json.loads(run("what-if", *arguments, "--json").stdout)
    return {
        name: amount and amount["amount"] for name, amount in document["amounts"].items() if amount
    }


class TestFewerSeats:
    def test_tells_the_credit_by_days_and_what_is_saved_to_the_end(self, mailbox: str) -> None:
        told = amounts(mailbox, "--quantity", "20")

        # 28 of 31 days are left: 30 x 3.86 x 28/31 cut to 104.59, less 20 x 3.86 x 28/31 cut to
        # 69.72. Eleven months follow, each 38.60 less.
        assert told["microsoft"] == "-34.87"
        assert told["microsoft_to_term_end"] == "-459.47"
        assert "customer" not in told

    def test_leaves_the_customers_credit_to_the_preview(self, mailbox: str) -> None:
        shown = run("what-if", mailbox, "--quantity", "20")

        assert "if the contract processes refunds" in " ".join(shown.stdout.split())

    def test_says_until_when_in_utc_and_in_the_partners_zone(self, mailbox: str) -> None:
        shown = run("what-if", mailbox, "--quantity", "20")

        assert shown.exit_code == 0
        assert "2026-07-14 09:30:15 UTC" in shown.stdout
        assert "(11:30:15 Europe/Berlin)" in shown.stdout

    def test_are_owed_once_the_window_has_closed(self, standard: str) -> None:
        shown = run("what-if", standard, "--quantity", "20")

        assert shown.exit_code == 1
        assert "5 seats are to go, and 0 can be given back" in " ".join(shown.stdout.split())
        assert "Microsoft would not do it." in shown.stdout
        assert "not known" not in shown.stdout

    def test_of_a_later_day_are_told_by_the_windows_of_that_day(self, mailbox: str) -> None:
        shown = run("what-if", mailbox, "--quantity", "20", "--on", "2026-07-15")

        assert shown.exit_code == 1
        assert "2026-07-15 00:00:00 UTC" in shown.stdout


class TestMoreSeats:
    def test_tell_the_customers_invoice_too_and_how_long_they_are_free(self, mailbox: str) -> None:
        document = json.loads(run("what-if", mailbox, "--quantity", "40", "--json").stdout)

        assert document["amounts"]["microsoft"] == {"amount": "34.86", "currency": "EUR"}
        assert document["amounts"]["customer"]["currency"] == "EUR"
        assert document["free_until"] == "2026-07-11T09:30:15.250000+00:00"
        assert document["reversible_until"] == "2026-07-17T09:30:15.250000+00:00"
        assert document["is_possible"] is True


class TestOtherChanges:
    def test_a_cancellation_in_its_window_pays_back_what_is_left(self, mailbox: str) -> None:
        told = amounts(mailbox, "--cancel")

        # A seat's 3.86 x 28/31 is cut to 3.48 before it is multiplied.
        assert told["microsoft"] == "-104.40"

    def test_a_cancellation_after_its_window_is_not_possible(self, standard: str) -> None:
        shown = run("what-if", standard, "--cancel")

        assert shown.exit_code == 1
        assert "owed until the end of the term" in " ".join(shown.stdout.split())

    def test_another_plan_for_the_next_term_is_priced(self, standard: str) -> None:
        told = amounts(standard, "--next-term", "P1Y", "--next-plan", "annual")

        assert told["next_term"] == "3266.00"  # 25 x 130.64

    def test_a_schedule_for_fewer_seats_is_priced(self, standard: str) -> None:
        told = amounts(standard, "--next-quantity", "20")

        assert told["next_term"] == "2743.20"  # 20 x 12 x 11.43

    def test_no_renewal_costs_nothing_and_says_when_it_ends(self, standard: str) -> None:
        shown = run("what-if", standard, "--auto-renew", "off")

        assert "Nothing is charged after 4 June 2027" in " ".join(shown.stdout.split())

    def test_an_extension_is_a_month_at_three_percent_more(self, standard: str) -> None:
        told = amounts(standard, "--auto-renew", "extend")

        assert told["next_term"] == "336.30"  # 25 x 13.06 x 1.03, rounded half up

    def test_suspending_goes_on_being_charged(self, standard: str) -> None:
        shown = run("what-if", standard, "--suspend")

        assert shown.exit_code == 0
        assert "Microsoft goes on charging" in " ".join(shown.stdout.split())

    def test_an_upgrade_credits_the_old_seats_and_charges_the_new(self, standard: str) -> None:
        told = amounts(standard, "--transition", "cfq7ttc0tw03:1")

        # 26 of the cycle's 31 days are left: 10.58 x 26/31 is cut to 8.87, and 21.09 x 26/31 to
        # 17.68, for each of 25 seats.
        assert told["microsoft"] == "220.25"

    def test_an_upgrade_of_some_seats_moves_so_many(self, standard: str) -> None:
        all_of_them = amounts(standard, "--transition", PREMIUM)
        some = amounts(standard, "--transition", PREMIUM, "--quantity", "5")

        assert some["microsoft"] is not None
        assert all_of_them["microsoft"] is not None
        assert 5 * float(some["microsoft"]) == pytest.approx(float(all_of_them["microsoft"]))


class TestAsking:
    @pytest.mark.parametrize(
        "options",
        [
            (),
            ("--cancel", "--suspend"),
            ("--quantity", "3", "--cancel"),
            ("--next-quantity", "3", "--auto-renew", "off"),
            ("--transition", PREMIUM, "--cancel"),
        ],
    )
    def test_is_for_one_change_at_a_time(self, office: Office, options: tuple[str, ...]) -> None:
        shown = run("what-if", "any", *options)

        assert shown.exit_code == 2
        assert "say one change" in shown.stderr

    def test_is_not_about_days_that_are_over(self, office: Office, mailbox: str) -> None:
        shown = run("what-if", mailbox, "--cancel", "--on", "2026-07-09")

        assert shown.exit_code == 2
        assert "2026-07-09 is over" in shown.stderr

    def test_about_a_subscription_that_is_not_known_says_where_to_look(
        self, office: Office
    ) -> None:
        shown = run("what-if", "no-such", "--cancel")

        assert shown.exit_code == 2
        assert "'no-such'" in shown.stderr

    @pytest.mark.parametrize("text", ["CFQ7TTC0TW03", ":0001", "CFQ7TTC0TW03:", "a:b:c"])
    def test_a_product_is_named_with_its_sku(self, text: str) -> None:
        with pytest.raises(NothingSupposed, match="PRODUCT:SKU"):
            read_part_number(text)

    def test_takes_the_quantity_of_an_upgrade_for_its_seats(self) -> None:
        asked = Asked(transition=PREMIUM, quantity=3)

        assert str(asked.intent(25)) == f"3 seats upgraded to {PREMIUM}"

    def test_sends_nothing_to_microsoft(self, office: Office, mailbox: str) -> None:
        office.partner.microsoft.control("DELETE", "requests")

        run("what-if", mailbox, "--quantity", "20")

        requests = office.partner.microsoft.control("GET", "requests")["requests"]
        assert {each["method"] for each in requests} == {"GET"}
        assert len(requests) == 1

    def test_fits_a_terminal_of_80_columns(self, mailbox: str) -> None:
        shown = run("what-if", mailbox, "--quantity", "40")

        assert max(len(line) for line in shown.stdout.splitlines()) <= 80
