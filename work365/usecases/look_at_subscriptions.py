"""Look at subscriptions: as they are at the provider now, beside what our books say of them.

Nothing is written. It is what a decision rests on, so that the provider itself is asked.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from work365.domain.catalog import ListPrice
from work365.domain.findings import Finding, Reading, Severity
from work365.domain.microsoft.rules import ProductKind
from work365.domain.microsoft.seat_moves import seat_moves
from work365.domain.microsoft.stakes import KnownPrices
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.microsoft.windows import SeatMove
from work365.errors import Refusal
from work365.ports.catalog import ContractHead
from work365.ports.provider_lists import SubscriptionList
from work365.ports.providers import KeptProviderAccount
from work365.ports.seen_subscriptions import LoggedSubscription, MirroredSubscription
from work365.usecases.know_prices import Offered, PriceBook, known_prices, term_start
from work365.usecases.reading_ahead import read_ahead


class NotKnownHere(Refusal):
    """No subscription is kept under what was named."""

    code = "subscription_not_known"


class Accounts(Protocol):
    """The customers' tenants."""

    def accounts(self, key: str) -> Sequence[KeptProviderAccount]:
        """Return all accounts at the provider, by tenant."""


class Mirror(Protocol):
    """Our subscriptions, as far as the provider has a say in them."""

    def logged(
        self, provider: str, *, references: Collection[str], tenants: Collection[str] = ()
    ) -> Sequence[LoggedSubscription]:
        """Return the subscriptions with these ids at the provider, and all of these tenants."""

    def mirrored(self, provider: str) -> Reading[MirroredSubscription]:
        """Return what the provider last said of all its subscriptions, by key."""


class Catalog(Protocol):
    """List prices, and contracts with their currencies."""

    def prices_of(self, part_numbers: Collection[str]) -> Reading[ListPrice]:
        """Return all list prices of the SKUs with these part numbers."""

    def contracts_of(self, customers: Collection[UUID]) -> Sequence[ContractHead]:
        """Return the active contracts of `customers`, without those that lack a currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What of ours is looked at. `market` chooses among prices where several would fit."""

    accounts: Accounts
    mirror: Mirror
    catalog: Catalog
    provider: str
    market: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """A subscription at the provider, and what our books have of it."""

    seen: SeenSubscription
    customer: str
    """Name of the customer."""
    tenant: str
    logged: LoggedSubscription | None = None
    """None where our books have nothing of it."""
    prices: KnownPrices | None = None
    """None where it is not known in which currency it is charged."""
    book: PriceBook = field(default_factory=lambda: PriceBook.of(()))

    @property
    def key(self) -> str:
        """Our key of it, or the provider's id where we have none."""
        return self.seen.provided.id if self.logged is None else self.logged.kept.key

    @property
    def name(self) -> str:
        """What people call it."""
        return self.seen.friendly_name or self.seen.provided.name

    @property
    def product(self) -> ProductKind:
        """What kind of product it is."""
        return self.seen.product

    def charged_on(self, day: date) -> Decimal | None:
        """Return how many seats the customer is charged for; None where there is no log."""
        if self.logged is None or not self.logged.kept.changes:
            return None
        changes = self.logged.kept.changes
        return sum((each.quantity for each in changes if each.effective_on <= day), Decimal(0))

    def moves_until(self, day: date) -> tuple[SeatMove, ...]:
        """Return how seats came and went by our own log; nothing where there is no log."""
        if self.logged is None:
            return ()
        told = [each for each in self.logged.kept.changes if each.key not in self.logged.pending]
        return seat_moves(told, term_starts_on=term_start(self.seen), on=day)

    def prices_with(self, next_is: Offered | None) -> KnownPrices | None:
        """Return the prices, where something else comes next than Microsoft was told."""
        if self.prices is None or next_is is None:
            return self.prices
        changes = () if self.logged is None else self.logged.kept.changes
        currency = self.prices.currency
        return known_prices(
            self.seen, self.book, currency=currency, changes=changes, next_is=next_is
        )


def look_at_all(
    subscriptions: SubscriptionList,
    books: Books,
    *,
    customers: Callable[[int], None],
    progress: Callable[[int], None],
) -> Reading[LookedAt]:
    """Return all subscriptions of all customers that the provider still lists.

    `customers` is told how many there are, and `progress` how many more were read.
    Raises: Unavailable: Microsoft or Dataverse gives no answer; ProviderMissing.
    """
    accounts = [
        each for each in books.accounts.accounts(books.provider) if each.unlisted_since is None
    ]
    customers(len(accounts))
    found: list[tuple[KeptProviderAccount, SeenSubscription]] = []
    findings: list[Finding] = []
    answers = read_ahead(
        accounts,
        lambda account: subscriptions.of_customer(account.tenant),
        path=lambda account: f"customer {account.name}",
    )
    for asked in answers:
        if asked.finding is not None:
            findings.append(asked.finding)
        if asked.answer is not None:
            found.extend((asked.about, seen) for seen in asked.answer.values)
            findings.extend(asked.answer.findings)
        progress(1)
    return _beside_books(found, books, findings)


def look_at_one(
    named: str,
    get: Callable[[str, str], SeenSubscription],
    books: Books,
    *,
    priced_too: Collection[str] = (),
) -> Reading[LookedAt]:
    """Return the subscription with our key, or the provider's id, `named`.

    `get` asks the provider for one of a tenant. The prices of the SKUs with the part numbers
    `priced_too` are in its price book, too.
    Raises: NotKnownHere; Refusal: the provider has none such; Unavailable.
    """
    reference, tenant = _named(named, books)
    seen = get(tenant, reference)
    accounts = books.accounts.accounts(books.provider)
    account = next((each for each in accounts if each.tenant == tenant), None)
    assert account is not None, "a tenant that is kept has its account"
    return _beside_books([(account, seen)], books, [], priced_too)


def find_kept(named: str, books: Books) -> MirroredSubscription:
    """Return what is kept of the subscription with our key, or the provider's id, `named`.

    Raises: NotKnownHere.
    """
    wanted = named.casefold()
    for kept in books.mirror.mirrored(books.provider).values:
        if wanted in (kept.key.casefold(), kept.reference.casefold()):
            return kept
    raise NotKnownHere(
        f"no subscription that was read from Microsoft has the key or the id {named!r}; look for"
        " its key in Dataverse, or run the sync of subscriptions first"
    )


def _named(named: str, books: Books) -> tuple[str, str]:
    kept = find_kept(named, books)
    if kept.tenant is None:
        raise NotKnownHere(
            f"subscription {kept.key} names no provider account, so that Microsoft cannot be"
            " asked about it; enter its provider account"
        )
    return kept.reference, kept.tenant


def _beside_books(
    found: Sequence[tuple[KeptProviderAccount, SeenSubscription]],
    books: Books,
    findings: Sequence[Finding],
    priced_too: Collection[str] = (),
) -> Reading[LookedAt]:
    logged = {
        each.reference: each
        for each in books.mirror.logged(
            books.provider, references=[seen.provided.id.lower() for _, seen in found]
        )
    }
    part_numbers = {part for _, seen in found for part in _part_numbers(seen)}
    listed = books.catalog.prices_of(sorted(part_numbers.union(priced_too)))
    book = PriceBook.of(listed.values, books.market)
    owners = {account.customer for account, _ in found if account.customer is not None}
    currencies = _currencies(books.catalog.contracts_of(sorted(owners)))
    values = []
    for account, seen in found:
        ours = logged.get(seen.provided.id.lower())
        currency = _currency(account, ours, currencies)
        changes = () if ours is None else ours.kept.changes
        values.append(
            LookedAt(
                seen=seen,
                customer=account.name,
                tenant=account.tenant,
                logged=ours,
                prices=(
                    None
                    if currency is None
                    else known_prices(seen, book, currency=currency, changes=changes)
                ),
                book=book,
            )
        )
    said = (*findings, *listed.findings, *_unpriced(values))
    return Reading(tuple(values), tuple(said))


def _part_numbers(seen: SeenSubscription) -> Iterator[str]:
    if seen.provided.is_new_commerce:
        yield seen.provided.part_number
    if seen.next_term is not None and seen.next_term.part_number is not None:
        yield seen.next_term.part_number


Currencies = dict[UUID, str]


def _currencies(heads: Sequence[ContractHead]) -> tuple[Currencies, dict[UUID, set[str]]]:
    by_customer: dict[UUID, set[str]] = {}
    for head in heads:
        by_customer.setdefault(head.customer, set()).add(head.currency)
    return {head.id: head.currency for head in heads}, by_customer


def _currency(
    account: KeptProviderAccount,
    ours: LoggedSubscription | None,
    currencies: tuple[Currencies, dict[UUID, set[str]]],
) -> str | None:
    by_contract, by_customer = currencies
    if ours is not None and ours.kept.contract in by_contract:
        return by_contract[ours.kept.contract]
    known = by_customer.get(account.customer, set()) if account.customer is not None else set()
    return next(iter(known)) if len(known) == 1 else None


def _unpriced(looked_at: Sequence[LookedAt]) -> Iterator[Finding]:
    for each in looked_at:
        has_term = each.seen.provided.term is not None and each.seen.provided.is_new_commerce
        if has_term and not each.seen.provided.is_trial and _has_no_price(each):
            text = (
                f"{each.customer}, {each.name}: the partner's price is not known, so that no"
                " amount is told; import the price sheet of its first day, or name a market with"
                " --market"
            )
            path = f"subscription {each.key}"
            yield Finding(Severity.WARNING, "price_not_known", text, path)


def _has_no_price(each: LookedAt) -> bool:
    return each.prices is None or (each.prices.partner is None and each.prices.next_partner is None)
