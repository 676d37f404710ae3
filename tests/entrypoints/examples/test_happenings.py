"""What can happen in a story, by what it makes of the account."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.examples.stories import CONTRACT, kept, story, table, told
from work365.domain.accounts import Account
from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.contracts import Subscription
from work365.domain.one_time_charges import OneTimeKind
from work365.domain.price_models import PerUnit
from work365.entrypoints.examples.markdown import NotUnderstood
from work365.entrypoints.examples.reading import read_example
from work365.entrypoints.examples.run import play

OPENED = "Notes | 2026-01-01 | 10 seats at 12.40 for 1 month"
MODELS = table("Price models", "name | price", "Traffic | each at 0.05", "Storage | each at 2.00")


def account_after(
    folder: Path, *whats: str, beside: str = "", seen_on: str = "2026-02-01"
) -> Account:
    text = told(*whats, seen_on=seen_on)
    return play(read_example(kept(folder, f"{text}\n{beside}"))).books.account


def one_of(account: Account, name: str = "Notes") -> Subscription:
    return next(part for part in account.subscriptions if part.name == name)


def last_change(folder: Path, what: str) -> Change:
    account = account_after(folder, OPENED, f"Notes | 2026-01-11 | {what}")
    return one_of(account).changes[-1]


class TestOpenings:
    def test_a_subscription_opens_with_its_seats_and_its_price(self, tmp_path: Path) -> None:
        subscription = one_of(account_after(tmp_path, OPENED))

        assert (subscription.name, subscription.start_on) == ("Notes", date(2026, 1, 1))
        assert [replace(change, key="") for change in subscription.changes] == [
            Change(
                "",
                date(2026, 1, 1),
                datetime(2026, 1, 1, 9, tzinfo=UTC),
                Decimal(10),
                UnitPrice(Decimal("12.40"), 1),
            )
        ]

    @pytest.mark.parametrize(
        ("option", "field", "value"),
        [
            ("billed every 12 months", "cycle_months", 12),
            ("for terms of 36 months", "term_months", 36),
            ("not billed", "billable", False),
            ("usage priced by Traffic", "usage_model", PerUnit(Decimal("0.05"))),
        ],
    )
    def test_options_follow_commas(
        self, option: str, field: str, value: object, tmp_path: Path
    ) -> None:
        account = account_after(tmp_path, f"{OPENED}, {option}", beside=MODELS)

        assert getattr(one_of(account), field) == value

    def test_a_price_in_another_currency(self, tmp_path: Path) -> None:
        rates = table(
            "Exchange rates",
            "1 of | is | in | from | source",
            "USD | 0.9 | EUR | 2026-01-01 | bank",
        )

        account = account_after(tmp_path, f"{OPENED}, in USD", beside=rates)

        assert one_of(account).currency == "USD"

    def test_a_trial(self, tmp_path: Path) -> None:
        assert one_of(account_after(tmp_path, f"{OPENED}, as a trial")).changes[0].status is (
            Status.TRIAL
        )

    def test_seats_priced_by_a_model(self, tmp_path: Path) -> None:
        opened = "Notes | 2026-01-01 | 4 units priced by Storage, for terms of 12 months"

        subscription = one_of(account_after(tmp_path, opened, beside=MODELS))

        assert subscription.price_model == PerUnit(Decimal("2.00"))
        assert (subscription.changes[0].quantity, subscription.term_months) == (Decimal(4), 12)

    def test_usage_alone(self, tmp_path: Path) -> None:
        opened = "Notes | 2026-01-01 | usage priced by Traffic"

        subscription = one_of(account_after(tmp_path, opened, beside=MODELS))

        assert subscription.usage_model == PerUnit(Decimal("0.05"))
        assert subscription.changes[0].quantity == 0

    def test_a_part_follows_its_bundle(self, tmp_path: Path) -> None:
        account = account_after(
            tmp_path,
            OPENED,
            "Room | 2026-01-01 | 2 for each Notes at 3.00 for 1 month, printed with Notes",
            "Notes | 2026-01-11 | 1 seat more",
        )

        part = one_of(account, "Room")
        assert part.printed_with == "Notes"
        assert [change.effective_on.day for change in part.changes] == [1, 1, 11]
        assert [change.quantity for change in part.changes] == [0, 20, 2]

    def test_a_part_that_is_not_billed(self, tmp_path: Path) -> None:
        account = account_after(
            tmp_path, OPENED, "Room | 2026-01-01 | 2 for each Notes, not billed"
        )

        assert one_of(account, "Room").billable is False

    def test_what_is_provisioned_for_others_follows_them(self, tmp_path: Path) -> None:
        account = account_after(
            tmp_path,
            OPENED,
            "Plans | 2026-01-01 | 5 seats at 9.00 for 1 month",
            "Tenant | 2026-01-01 | provisioned for Notes and Plans",
            "Plans | 2026-01-11 | 2 seats fewer",
        )

        tenant = one_of(account, "Tenant")
        assert tenant.billable is False
        assert [change.quantity for change in tenant.changes] == [0, 15, -2]


class TestChanges:
    @pytest.mark.parametrize(
        ("what", "fields"),
        [
            ("3 seats more", {"quantity": Decimal(3)}),
            ("1 seat more", {"quantity": Decimal(1)}),
            ("2 seats fewer", {"quantity": Decimal(-2)}),
            ("2 units fewer, refunded", {"quantity": Decimal(-2), "refund": True}),
            ("the price is 13.00 for 12 months", {"price": UnitPrice(Decimal(13), 12)}),
            ("suspended", {"status": Status.SUSPENDED}),
            ("paused, refunded", {"status": Status.PAUSED, "refund": True}),
            ("cancelled", {"status": Status.CANCELLED}),
            ("active", {"status": Status.ACTIVE}),
        ],
    )
    def test_a_change_is_an_entry_of_the_log(
        self, what: str, fields: dict[str, Any], tmp_path: Path
    ) -> None:
        change = last_change(tmp_path, what)

        expected = Change(change.key, date(2026, 1, 11), datetime(2026, 1, 11, 9, tzinfo=UTC))
        assert change == replace(expected, **fields)

    @pytest.mark.parametrize(
        ("what", "end_on", "refund"),
        [
            ("its last day", date(2026, 1, 21), False),
            ("its last day, refunded", date(2026, 1, 21), True),
            ("ends", date(2026, 1, 20), False),
            ("ends, refunded", date(2026, 1, 20), True),
        ],
    )
    @pytest.mark.parametrize("about", ["Notes", "contract"])
    def test_an_end(
        self, what: str, end_on: date, refund: bool, about: str, tmp_path: Path
    ) -> None:
        account = account_after(tmp_path, OPENED, f"{about} | 2026-01-20 | {what}")

        ended = account.contract if about == "contract" else one_of(account)
        assert (ended.end_on, ended.refund_at_end) == (end_on, refund)

    def test_a_contract_in_draft_becomes_active(self, tmp_path: Path) -> None:
        rows = ("2026-01-01 | " + OPENED, "2026-01-11 | contract | 2026-01-11 | active")
        text = story(
            CONTRACT + "| state | draft |\n",
            table("What happened", "known on | about | day | what", *rows),
            "## Invoices as seen on 2026-01-11\n",
        )

        played = play(read_example(kept(tmp_path, text)))

        assert played.books.account.contract.active
        assert [invoice.sequence for invoice in played.invoices] == [1]

    def test_usage(self, tmp_path: Path) -> None:
        account = account_after(
            tmp_path,
            f"{OPENED}, usage priced by Traffic",
            "Notes | 2026-01-11 | 120 used",
            "Notes | 2026-01-12 | -20 used",
            beside=MODELS,
        )

        used = one_of(account).usage
        assert [record.used_on.day for record in used] == [11, 12]
        assert [record.quantity for record in used] == [120, -20]


class TestSoldOnce:
    @pytest.mark.parametrize(
        ("what", "kind", "quantity", "price"),
        [
            ("2 at 150.00, once", OneTimeKind.PRODUCT, 2, 150),
            ("6.5 hours at 120.00", OneTimeKind.EFFORT, Decimal("6.5"), 120),
            ("1 hour at 120.00", OneTimeKind.EFFORT, 1, 120),
            ("1 at -50.00, written in", OneTimeKind.WRITE_IN, 1, -50),
        ],
    )
    def test_something_is_sold_once(
        self, what: str, kind: OneTimeKind, quantity: Decimal, price: int, tmp_path: Path
    ) -> None:
        (charge,) = account_after(tmp_path, f"Setup | 2026-01-11 | {what}").one_time

        assert (charge.name, charge.on, charge.kind) == ("Setup", date(2026, 1, 11), kind)
        assert [charge.quantity, charge.unit_price] == [quantity, price]
        assert (charge.currency, charge.discounted) == (None, True)

    def test_options_follow_commas(self, tmp_path: Path) -> None:
        what = "Setup | 2026-03-11 | 2 at 150.00, once, in USD, not discounted"
        file = kept(tmp_path, told(OPENED, what, seen_on="2026-03-31"))

        charge = read_example(file).happenings[1].applied_to(read_example(file).told).account

        assert (charge.one_time[0].currency, charge.one_time[0].discounted) == ("USD", False)


class TestAgreements:
    def test_a_scheduled_change_is_no_fact_before_its_day(self, tmp_path: Path) -> None:
        whats = (OPENED, "Notes | 2026-01-20 | scheduled: 12 seats")

        before = account_after(tmp_path, *whats, seen_on="2026-01-20")
        rows = table(
            "What happened",
            "known on | about | day | what",
            f"2026-01-01 | {OPENED}",
            "2026-01-10 | Notes | 2026-01-20 | scheduled: 12 seats",
        )
        text = story(CONTRACT, rows, "## Invoices as seen on 2026-01-19\n")
        day_before = play(read_example(kept(tmp_path, text))).books.account

        assert [change.quantity for change in one_of(before).changes] == [10, 2]
        assert [change.quantity for change in one_of(day_before).changes] == [10]

    @pytest.mark.parametrize(
        ("what", "field", "value"),
        [
            ("scheduled: 5 seats more", "quantity", 5),
            ("scheduled: 4 seats fewer", "quantity", -4),
            ("scheduled: 4 seats fewer, refunded", "refund", True),
            ("scheduled: 6 seats", "quantity", -4),
            ("scheduled: 6 seats, refunded", "refund", True),
            ("scheduled: the price is 13.00 for 1 month", "price", UnitPrice(Decimal(13), 1)),
            ("scheduled: cancelled", "status", Status.CANCELLED),
            ("scheduled: cancelled", "refund", False),
            ("scheduled: cancelled, refunded", "refund", True),
        ],
    )
    def test_everything_can_be_scheduled(
        self, what: str, field: str, value: object, tmp_path: Path
    ) -> None:
        assert getattr(last_change(tmp_path, what), field) == value

    def test_what_is_withdrawn_never_happens_and_what_happened_stays(self, tmp_path: Path) -> None:
        account = account_after(
            tmp_path,
            OPENED,
            "Notes | 2026-01-05 | scheduled: 1 seat more",
            "Notes | 2026-01-10 | scheduled: 2 seats more",
        )
        rows = table(
            "What happened",
            "known on | about | day | what",
            f"2026-01-01 | {OPENED}",
            "2026-01-02 | Notes | 2026-01-05 | scheduled: 1 seat more",
            "2026-01-02 | Notes | 2026-01-10 | scheduled: 2 seats more",
            "2026-01-07 | Notes | 2026-01-07 | what is scheduled is withdrawn",
        )
        text = story(CONTRACT, rows, "## Invoices as seen on 2026-01-31\n")

        withdrawn = play(read_example(kept(tmp_path, text))).books.account

        assert [change.quantity for change in one_of(account).changes] == [10, 1, 2]
        assert [change.quantity for change in one_of(withdrawn).changes] == [10, 1]

    def test_what_is_scheduled_for_another_subscription_is_not_withdrawn(
        self, tmp_path: Path
    ) -> None:
        rows = table(
            "What happened",
            "known on | about | day | what",
            f"2026-01-01 | {OPENED}",
            "2026-01-01 | Plans | 2026-01-01 | 5 seats at 9.00 for 1 month",
            "2026-01-02 | Notes | 2026-01-10 | scheduled: 1 seat more",
            "2026-01-02 | Plans | 2026-01-10 | scheduled: 2 seats more",
            "2026-01-07 | Notes | 2026-01-07 | what is scheduled is withdrawn",
        )
        text = story(CONTRACT, rows, "## Invoices as seen on 2026-01-31\n")

        account = play(read_example(kept(tmp_path, text))).books.account

        assert [change.quantity for change in one_of(account).changes] == [10]
        assert [change.quantity for change in one_of(account, "Plans").changes] == [5, 2]

    def test_a_change_at_the_renewal(self, tmp_path: Path) -> None:
        rows = table(
            "What happened",
            "known on | about | day | what",
            f"2026-01-01 | {OPENED}, for terms of 1 month",
            "2026-01-10 | Notes | at renewal | scheduled: 3 seats more",
        )
        text = story(CONTRACT, rows, "## Invoices as seen on 2026-03-02\n")

        (_, change) = one_of(play(read_example(kept(tmp_path, text))).books.account).changes

        assert (change.effective_on, change.quantity) == (date(2026, 2, 1), Decimal(3))

    @pytest.mark.parametrize(
        ("rule", "prices"),
        [
            ("by 10 % every 1 month", ["12.40", "13.64", "15.00"]),
            ("by 10 % at each renewal", ["12.40", "13.64", "15.00"]),
            ("by 10 % every 1 month, at most 5 %", ["12.40", "13.02", "13.67"]),
            ("by 1 % every 1 month, at least 5 %", ["12.40", "13.02", "13.67"]),
            ("by 10 % every 1 month, not in the first 2 months", ["12.40", "13.64"]),
            ("by 10 % every 1 month, to 1 decimal", ["12.40", "13.6", "15.0"]),
            ("with CPI every 1 month", ["12.40", "18.60", "55.80"]),
            ("with CPI, 1 month late every 1 month", ["12.40", "24.80", "37.20"]),
        ],
    )
    def test_a_price_rises_by_its_rule(self, rule: str, prices: list[str], tmp_path: Path) -> None:
        figures = table(
            "Index figures",
            "index | month | figure",
            *(f"CPI | {month} | {figure}" for month, figure in FIGURES),
        )

        account = account_after(
            tmp_path,
            f"{OPENED}, for terms of 1 month",
            f"Notes | 2026-01-01 | rises {rule}",
            beside=figures,
            seen_on="2026-03-01",
        )

        changes = one_of(account).changes
        assert [str(change.price.amount) for change in changes if change.price] == prices


FIGURES = (("2025-12", "50"), ("2026-01", "100"), ("2026-02", "150"), ("2026-03", "450"))


class TestRepricings:
    LIST = table(
        "List prices",
        "of | from | to | cost | retail | months",
        "Notes | 2025-01-01 | 2026-01-31 | 10.00 | 12.40 | 1",
        "Notes | 2026-02-01 | | 11.00 | 14.00 | 1",
    )

    @pytest.mark.parametrize(
        ("basis", "price"),
        [
            ("at retail", "14.0000"),
            ("at retail plus 5 %", "14.7000"),
            ("at retail less 5 %", "13.3000"),
            ("at cost plus 20 %, to 2 decimals", "13.20"),
        ],
    )
    def test_a_price_is_taken_from_the_list(self, basis: str, price: str, tmp_path: Path) -> None:
        account = account_after(
            tmp_path,
            OPENED,
            f"Notes | 2026-02-01 | repriced from the list {basis}",
            beside=self.LIST,
        )

        change = one_of(account).changes[-1]
        assert change.price is not None
        assert (change.effective_on, str(change.price.amount)) == (date(2026, 2, 1), price)

    def test_a_price_that_is_fixed_needs_the_customers_word(self, tmp_path: Path) -> None:
        whats = (
            f"{OPENED}, for terms of 12 months",
            "Notes | 2026-02-01 | repriced from the list at retail",
        )

        with pytest.raises(NotUnderstood, match="its price is fixed until 2027-01-01"):
            account_after(tmp_path, *whats, beside=self.LIST)
        confirmed = account_after(
            tmp_path, whats[0], f"{whats[1]}, confirmed by the customer", beside=self.LIST
        )

        assert len(one_of(confirmed).changes) == 2

    @pytest.mark.parametrize(
        ("what", "why"),
        [
            ("Notes | 2026-01-20 | repriced from the list at retail", "has the price of the list"),
            ("Notes | 2024-12-31 | repriced from the list at retail", "no list price"),
        ],
    )
    def test_a_list_without_a_new_price(self, what: str, why: str, tmp_path: Path) -> None:
        opened = "Notes | 2024-12-01 | 10 seats at 12.40 for 1 month"

        with pytest.raises(NotUnderstood, match=f"(?s){why}"):
            account_after(tmp_path, opened, what, beside=self.LIST)


@pytest.mark.parametrize(
    ("whats", "why"),
    [
        (("Notes | 2026-01-01 | 3 seats more",), "no subscription 'Notes' before this; open it"),
        ((OPENED, OPENED), "'Notes' was opened before; tell what changed"),
        ((OPENED, "Notes | 2026-01-11 | 3 seats extra"), r"3 seats more;\s+2 seats fewer"),
        ((OPENED, "contract | 2026-01-11 | 3 seats more"), r"written is:\s+its last day"),
        ((OPENED, "Notes | soon | 3 seats more"), "column 'day': 'soon'"),
        ((OPENED, "Notes | at renewal | 3 seats more"), "cannot be at a renewal; write the day"),
        ((OPENED, "Notes | at renewal | scheduled: 3 seats"), "'Notes' has no renewal; open it"),
        ((OPENED, "Notes | 2026-01-11 | 12 used"), "usage of 'Notes' has no price; open it with"),
        ((OPENED, "Notes | 2025-12-11 | its last day"), "ends on 2025-12-12, before it starts"),
        (
            (OPENED, "Notes | 2026-01-11 | what is scheduled is withdrawn"),
            "nothing is scheduled for 'Notes'",
        ),
        ((f"{OPENED}, billed weekly",), r"billed every 12 months;\s+for terms of"),
        ((f"{OPENED}, not billed, not billed",), "the same is said twice"),
        ((f"{OPENED}, usage priced by Trafic",), "no price model has the name 'Trafic'"),
        ((f"{OPENED}, printed with Office",), "no subscription 'Office' before this"),
        (("Room | 2026-01-01 | 2 for each Notes, not billed",), "no subscription 'Notes'"),
        ((OPENED, "T | 2026-01-01 | provisioned for Notes and Notes"), "named twice"),
        ((OPENED, "T | 2026-01-01 | provisioned for Note"), "no subscription 'Note' before"),
        ((OPENED, "Notes | 2026-01-11 | rises by 3 % every 12 months"), "write 2026-01-01 as its"),
        ((OPENED, "Notes | 2026-01-01 | rises with RPI every 12 months"), "the name 'RPI'"),
        ((OPENED, "Setup | 2026-01-11 | 0 at 5.00, once"), "the quantity is 0; give a quantity"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(
    whats: tuple[str, ...], why: str, tmp_path: Path
) -> None:
    # The last row is the one that is wrong.
    days = [what.split("|")[1].strip() for what in whats]
    rows = [
        f"{day if day.startswith('2026') else '2026-01-05'} | {what}"
        for day, what in zip(days, whats, strict=True)
    ]
    happened = table("What happened", "known on | about | day | what", *rows)
    text = story(CONTRACT, happened, "## Invoices as seen on 2026-02-01\n")

    with pytest.raises(NotUnderstood, match=f"(?s){why}") as refused:
        play(read_example(kept(tmp_path, text)))

    assert "story.md, section 'What happened', row " in str(refused.value)


def test_rows_are_told_in_the_order_in_which_they_became_known(tmp_path: Path) -> None:
    rows = (
        "2026-01-20 | Notes | 2026-01-15 | 1 seat more",
        "2026-01-10 | Notes | 2026-01-12 | 2 seats more",
        f"2026-01-01 | {OPENED}",
    )
    happened = table("What happened", "known on | about | day | what", *rows)
    text = story(CONTRACT, happened, "## Invoices as seen on 2026-02-01\n")

    account = play(read_example(kept(tmp_path, text))).books.account

    assert [change.quantity for change in one_of(account).changes] == [10, 2, 1]
