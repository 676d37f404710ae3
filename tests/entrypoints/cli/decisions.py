"""A desk for the commands about decisions: the twin and the local Dataverse, without sign-in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from tests.journeys.connected_partner import PROVIDER, ConnectedPartner, connected_partner
from work365.adapters.dataverse.catalog_store import DataverseCatalogStore
from work365.adapters.partner_center.rules.rules_data import read_rules
from work365.emulators.partner_center.catalogue import Plan
from work365.emulators.partner_center.subscription import (
    CANCEL,
    NextTerm,
    ScheduledAction,
    Subscription,
)
from work365.entrypoints.cli import app, extending, guarding, rehearsing, supposing
from work365.entrypoints.cli.deciding import Desk
from work365.usecases.look_at_subscriptions import Books

COMMANDS = (supposing, extending, guarding, rehearsing)
PRICE_MONTHS = 15
STANDARD, PREMIUM, ENTERPRISE = "CFQ7TTC0TW02", "CFQ7TTC0TW03", "CFQ7TTC0TW04"
SALES = "CFQ7TTC0TW08"


@dataclass(frozen=True)
class Office:
    """The partner, and the command line beside it."""

    partner: ConnectedPartner

    @contextmanager
    def desk(self, _purpose: str, market: str | None = None) -> Iterator[Desk]:
        """Stand in for the connection that settings would name; both ends are real."""
        partner = self.partner
        books = Books(
            accounts=partner.accounts,
            mirror=partner.mirror,
            catalog=DataverseCatalogStore(partner.client),
            provider=PROVIDER,
            market=market,
        )
        yield Desk(
            subscriptions=partner.subscriptions,
            books=books,
            mirror=partner.mirror,
            at=partner.microsoft.clock(),
            zone=ZoneInfo("Europe/Berlin"),
            rules=read_rules(),
        )

    def bought(self, product: str, quantity: int) -> Subscription:
        """The subscription at Microsoft of a product with so many seats."""
        found = [
            each
            for each in self.partner.microsoft.world.subscriptions.values()
            if (each.product, each.quantity) == (product, quantity)
        ]
        assert len(found) == 1, found
        return found[0]


@contextmanager
def office_of(folder: Path) -> Iterator[Office]:
    """Return an office that has read everything from Microsoft once."""
    with connected_partner(folder) as partner, pytest.MonkeyPatch.context() as patch:
        partner.sign_contracts()
        partner.sync_customers()
        partner.sync_prices(PRICE_MONTHS)
        partner.sync_subscriptions()
        office = Office(partner)
        for command in COMMANDS:
            patch.setattr(command, "desk", office.desk)
        yield office


def put_something_ahead(office: Office) -> None:
    """Let one term end, one be extended, one renew with fewer seats, and one not be sold."""
    ends = office.bought(PREMIUM, 14)
    ends.auto_renew, ends.scheduled_actions = False, [ScheduledAction(CANCEL)]
    office.bought(SALES, 5).auto_renew = False
    fewer = office.bought(STANDARD, 12)
    fewer.next_term = NextTerm(fewer.catalog_item, fewer.plan, 10)
    not_sold = NextTerm(f"{SALES}:0001:{SALES[:8]}0000", Plan("P1M", "monthly"), 120)
    office.bought(ENTERPRISE, 120).next_term = not_sold


def run(*arguments: str) -> Result:
    """Return what a command prints, on a terminal of 80 columns."""
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
