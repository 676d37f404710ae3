"""What has been told of a story so far, and what a happening is told about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from work365.domain.accounts import Account
from work365.domain.catalog import PriceList
from work365.domain.changes import Change
from work365.domain.contracts import Subscription
from work365.domain.taxes import STANDARD_TAX
from work365.entrypoints.examples.discounts import Discounts
from work365.entrypoints.examples.prices import Models
from work365.entrypoints.examples.rules import Rule, ruled, subscription_of
from work365.entrypoints.examples.words import Meaningless

TOLD_AT = time(9)
"""When something becomes known on its day."""

RULED_AT = time(18)
"""When rules are looked at, before billing runs in the night."""

Indices = Mapping[str, Mapping[date, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What is agreed beside the story, by name."""

    models: Models = field(default_factory=dict)
    discounts: Discounts = field(default_factory=dict)
    indices: Indices = field(default_factory=dict)
    list_prices: PriceList = field(default_factory=lambda: PriceList.of(()))
    tax_categories: Mapping[str, str] = field(default_factory=dict)

    def tax_category(self, name: str) -> str:
        """Return the category in which what has this name is taxed."""
        return self.tax_categories.get(name, STANDARD_TAX)


@dataclass(frozen=True, slots=True)
class Told:
    """An account as far as the story was told, and the rules that were agreed on the way."""

    account: Account
    rules: tuple[Rule, ...] = ()

    def subscription(self, name: str) -> Subscription:
        """Return the subscription called `name`.

        Raises: Meaningless: none is, yet.
        """
        if not self.has(name):
            raise Meaningless(
                f"there is no subscription {name!r} before this; open it first, as"
                " '10 seats at 12.40 for 1 month'"
            )
        return subscription_of(self.account, name)

    def has(self, name: str) -> bool:
        """Return whether a subscription is called `name`."""
        return any(part.key == name for part in self.account.subscriptions)

    def opened(self, subscription: Subscription, *rules: Rule) -> "Told":
        """Return it with a further subscription.

        Raises: Meaningless: there is one of that name.
        """
        if self.has(subscription.key):
            raise Meaningless(
                f"subscription {subscription.key!r} was opened before; tell what changed, or"
                " choose another name"
            )
        account = self.account
        opened = replace(account, subscriptions=(*account.subscriptions, subscription))
        return Told(opened, (*self.rules, *rules))

    def edited(self, name: str, **fields: Any) -> "Told":
        """Return it with other fields of the subscription called `name`.

        Raises: Meaningless: there is none.
        """
        changed = replace(self.subscription(name), **fields)
        parts = tuple(changed if part.key == name else part for part in self.account.subscriptions)
        return replace(self, account=replace(self.account, subscriptions=parts))

    def at_the_end_of(self, day: date) -> "Told":
        """Return it with what its rules make of it by the end of `day`."""
        at = datetime.combine(day, RULED_AT, UTC)
        return replace(self, account=ruled(self.account, self.rules, at=at))


class Fact(NamedTuple):
    """Something that became known: when, about what, and from which day on it holds."""

    known_on: date
    about: str
    since: date | None
    """None: from the next renewal on."""
    number: int
    agreed: Agreed

    @property
    def key(self) -> str:
        """What tells it from all other facts of the story."""
        return f"{self.about}-{self.number}"

    @property
    def day(self) -> date:
        """The day from which it holds.

        Raises: Meaningless: it is for a renewal.
        """
        if self.since is None:
            raise Meaningless("this cannot be at a renewal; write the day from which it holds")
        return self.since

    @property
    def recorded_at(self) -> datetime:
        """When it became known."""
        return datetime.combine(self.known_on, TOLD_AT, UTC)

    def change(self, **fields: Any) -> Change:
        """Return it as an entry of a change log."""
        return Change(self.key, self.day, self.recorded_at, **fields)


Tale = Callable[[Fact, Told], Told]
"""What becomes of what was told, once a fact is known."""
