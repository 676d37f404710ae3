"""What commands about decisions at Microsoft have in common: what they ask, and how they say it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Protocol
from zoneinfo import ZoneInfo

import typer

from work365.adapters.dataverse.microsoft.subscriptions import DataverseSubscriptionMirror
from work365.adapters.partner_center.rules.rules_data import read_rules
from work365.domain.findings import Reading
from work365.domain.microsoft.rules import RuleBook
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.money import Money, minor_unit_digits
from work365.entrypoints import clock
from work365.entrypoints.cli.microsoft.asking import at_microsoft
from work365.entrypoints.cli.output import progress
from work365.entrypoints.deciding_watch import books_of, subscriptions_of
from work365.ports.seen_subscriptions import SubscriptionMirror
from work365.usecases.look_at_subscriptions import Books, LookedAt, look_at_all

Market = Annotated[
    str | None,
    typer.Option(help="Whose list prices count, such as DE, where several markets are kept."),
]


class SubscriptionsAtMicrosoft(Protocol):
    """Subscriptions as Partner Center shows them."""

    def of_customer(self, tenant: str) -> Reading[SeenSubscription]:
        """Return every subscription of a customer."""

    def get(self, tenant: str, subscription: str) -> SeenSubscription:
        """Return one subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Both ends, as they are asked for a decision: Microsoft, and our books."""

    subscriptions: SubscriptionsAtMicrosoft
    books: Books
    mirror: SubscriptionMirror
    at: datetime
    zone: ZoneInfo
    rules: RuleBook

    def look_at_all(self) -> Reading[LookedAt]:
        """Return all subscriptions, with a bar on the error stream while they are read."""
        with progress() as bars:
            task = bars.add_task("Customers read", total=None)
            return look_at_all(
                self.subscriptions,
                self.books,
                customers=lambda count: bars.update(task, total=count),
                progress=lambda more: bars.advance(task, more),
            )

    def shown(self, moment: datetime, between: str = " ") -> str:
        """Return a moment to the second in UTC, and in the partner's zone where that differs."""
        there, here = moment.astimezone(UTC), moment.astimezone(self.zone)
        text = f"{there:%Y-%m-%d %H:%M:%S} UTC"
        if not here.utcoffset():
            return text
        day = "" if here.date() == there.date() else f"{here:%Y-%m-%d} "
        return f"{text}{between}({day}{here:%H:%M:%S} {self.zone.key})"


@contextmanager
def desk(purpose: str, market: str | None = None) -> Iterator[Desk]:
    """Return the desk of the environment that the settings name, asked for `purpose`.

    Raises: MicrosoftNotSetUp, NothingAnswers.
    """
    with at_microsoft() as services:
        yield Desk(
            subscriptions=subscriptions_of(services, purpose),
            books=books_of(services.dataverse, market),
            mirror=DataverseSubscriptionMirror(services.dataverse),
            at=clock.now(services),
            zone=services.settings.time_zone,
            rules=read_rules(),
        )


def amount_as_json(amount: Money | None) -> dict[str, Any] | None:
    """Return an amount with its currency, or nothing where none is known."""
    if amount is None:
        return None
    digits = minor_unit_digits(amount.currency)
    return {"amount": f"{amount.amount:.{digits}f}", "currency": amount.currency}
