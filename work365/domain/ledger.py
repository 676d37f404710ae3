"""The ledger: what a customer owes in one currency, as bookings that are only ever added.

An amount billed, paid, credited or written off is a booking, and every balance is their sum:
what was billed, less payments, credits and write-offs, with refunds added again. A booking is
never altered; what was wrong is undone by one of the opposite amount.

An invoice is never below zero. What would bring it there becomes account credit (it is earned),
and account credit covers what is open of other invoices (it is used). Both move money within
the balance and leave it as it is.

Each command adds one to the version. Whoever keeps a ledger hands the version that was looked
at to `Ledger.at`, so that of several who saw the same balance only one acts on it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import NamedTuple, Self

from work365.domain.account_credit import AmountNotPositive, Part
from work365.domain.money import CurrencyMismatch, Money
from work365.domain.remembered_text import number_text
from work365.errors import Refusal


class StaleLedger(Refusal):
    """The balance changed since it was looked at."""

    code = "stale_ledger"


class UnknownDocument(Refusal):
    """Nothing was billed under the key of a document."""

    code = "unknown_document"


class ReferenceReused(Refusal):
    """A reference that was booked before came again with another content."""

    code = "reference_reused"


class Kind(Enum):
    """What a booking does."""

    BILLED = "billed"
    CREDITED = "credited"
    PAID = "paid"
    REFUNDED = "refunded"
    WRITTEN_OFF = "written_off"
    EARNED = "earned"
    """Lifts an invoice from below zero to zero; the money becomes account credit."""
    USED = "used"
    """Account credit that covers what was open of an invoice."""


ADDS_TO_OPEN = frozenset({Kind.BILLED, Kind.REFUNDED, Kind.EARNED})
"""All other kinds take away from what is open."""

MOVES = frozenset({Kind.EARNED, Kind.USED})
"""Kinds that move money between an invoice and account credit."""

COVERS = frozenset({Kind.PAID, Kind.USED})
"""Kinds that cover a document with money, which a credit note does not do."""

UNCOVERS = frozenset({Kind.REFUNDED, Kind.EARNED})
"""Kinds that take such money from a document again."""


class CreditUse(Enum):
    """When account credit covers what is open of an invoice."""

    AUTOMATIC = "automatic"
    """At once, whenever there is any."""
    ON_REQUEST = "on_request"


class Command(NamedTuple):
    """Something that was done to a ledger."""

    key: str
    """What makes it the same, such as a gateway's reference for a payment."""
    content: str
    """What was asked for, by which a second use of the key for something else is noticed."""


class Booking(NamedTuple):
    """One amount of one command. It is below zero where it undoes another."""

    command: Command
    place: int
    """Which booking of its command it is, from 1."""
    kind: Kind
    amount: Money
    document: str | None
    """None where it is account credit that is added or taken away."""
    source: str | None = None
    """Key of the booking that is refunded, used or undone."""

    @property
    def key(self) -> str:
        """What makes it the same booking, however often it is written."""
        return f"{self.command.key}:{self.place}"

    @property
    def opens(self) -> Money:
        """What it adds to what is open of its document."""
        return self.amount if self.kind in ADDS_TO_OPEN else -self.amount


class Pending(NamedTuple):
    """A payment that was started and has neither arrived nor failed."""

    reference: str
    document: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What one customer owes in one currency. Documents are oldest first, as they were billed."""

    currency: str
    version: int = 0
    credit_use: CreditUse = CreditUse.AUTOMATIC
    bookings: tuple[Booking, ...] = ()
    pending: tuple[Pending, ...] = ()

    def at(self, version: int) -> Self:
        """Return this ledger, on which a command may act that looked at `version` of it.

        Raises: StaleLedger: something else was done in between.
        """
        if version != self.version:
            raise StaleLedger(
                f"the balance was read at version {version} and is at version {self.version} now;"
                " read it again, and decide by what is open then"
            )
        return self

    @property
    def balance(self) -> Money:
        """What the customer owes: below zero where it is the customer to whom money is owed."""
        return self._total(booking.opens for booking in self.bookings if booking.kind not in MOVES)

    @property
    def account_credit(self) -> Money:
        """Money of the customer that no invoice has needed yet."""
        return self._total(part.left for part in self.credits)

    @property
    def outstanding(self) -> dict[str, Money]:
        """What is open of each document, oldest first. It is never below zero."""
        opened: dict[str, Money] = {}
        for booking in self.bookings:
            if booking.document is not None:
                before = opened.get(booking.document, self.zero)
                opened[booking.document] = before + booking.opens
        return opened

    @property
    def credits(self) -> tuple[Part, ...]:
        """What account credit came from, oldest first, and how much of each was spent."""
        earned: dict[str, Money] = {}
        spent: dict[str, Money] = {}
        for booking in self.bookings:
            if booking.kind is Kind.USED or (
                booking.kind is Kind.REFUNDED and booking.document is None
            ):
                assert booking.source is not None, f"{booking.key} spends credit from nowhere"
                spent[booking.source] = spent.get(booking.source, self.zero) + booking.amount
            elif booking.kind is Kind.EARNED or booking.document is None:
                # What takes credit back names what it came from.
                key = booking.source or booking.key
                earned[key] = earned.get(key, self.zero) + booking.amount
        return tuple(Part(key, amount, spent.get(key, self.zero)) for key, amount in earned.items())

    @property
    def payments(self) -> tuple[Part, ...]:
        """The bookings of payments, oldest first, and how much of each was refunded."""
        refunded: dict[str | None, Money] = {}
        for booking in self.bookings:
            if booking.kind is Kind.REFUNDED:
                before = refunded.get(booking.source, self.zero)
                refunded[booking.source] = before + booking.amount
        return tuple(
            Part(booking.key, booking.amount, refunded.get(booking.key, self.zero))
            for booking in self.bookings
            if booking.kind is Kind.PAID
        )

    @property
    def zero(self) -> Money:
        """No money, in the ledger's currency."""
        return Money.zero(self.currency)

    def open_of(self, document: str) -> Money:
        """Return what is open of `document`.

        Raises: UnknownDocument: nothing was billed under this key.
        """
        try:
            return self.outstanding[document]
        except KeyError:
            raise UnknownDocument(
                f"document {document}: nothing was billed under this key; correct the key, or issue"
                " the document first"
            ) from None

    def covered(self, document: str) -> Money:
        """Return what payments and account credit cover of `document`, after refunds."""
        return self._total(
            booking.amount if booking.kind in COVERS else -booking.amount
            for booking in self.bookings
            if booking.document == document and booking.kind in COVERS | UNCOVERS
        )

    def written_off(self, document: str) -> Money:
        """Return what was given up of `document`."""
        return self._total(
            booking.amount
            for booking in self.bookings
            if booking.document == document and booking.kind is Kind.WRITTEN_OFF
        )

    def waits(self, document: str, *, beside: str | None = None) -> Money:
        """Return what started payments would pay of `document`, but for the one named `beside`."""
        return self._total(
            each.amount
            for each in self.pending
            if each.document == document and each.reference != beside
        )

    def was_done(self, command: Command) -> bool:
        """Whether `command` was done before.

        Raises: ReferenceReused: something else was done under its key.
        """
        before = self.booking(f"{command.key}:1")
        if before is not None and before.command != command:
            raise ReferenceReused(
                f"reference {command.key}: {before.command.content!r} was booked under it, and now"
                f" {command.content!r} came; look which of the two is right, and book the other"
                " under a reference of its own"
            )
        return before is not None

    def booking(self, key: str) -> Booking | None:
        """Return the booking with this key, if there is one."""
        return next((booking for booking in self.bookings if booking.key == key), None)

    def with_booking(
        self,
        command: Command,
        kind: Kind,
        amount: Money,
        *,
        document: str | None,
        source: str | None = None,
    ) -> Self:
        """Return the ledger with one more booking of `command`; its version stays.

        Raises: CurrencyMismatch: the amount is in another currency than the ledger.
        """
        if amount.currency != self.currency:
            raise CurrencyMismatch(f"{amount.currency} in a ledger of {self.currency}")
        place = sum(booking.command == command for booking in self.bookings) + 1
        booking = Booking(command, place, kind, amount, document, source)
        return replace(self, bookings=(*self.bookings, booking))

    def next_version(self) -> Self:
        """Return the ledger as one command leaves it."""
        return replace(self, version=self.version + 1)

    def _total(self, amounts: Iterable[Money]) -> Money:
        return Money.total(amounts, self.currency)


def check_positive(amount: Money, what: str) -> None:
    """Refuse an amount that is not above zero.

    Raises: AmountNotPositive: it is zero or below.
    """
    if amount.amount <= Decimal(0):
        raise AmountNotPositive(
            f"{what}: {amount.amount} {amount.currency} is not above zero; state an amount that is"
        )


def told(money: Money) -> str:
    """Return `money` as text that is the same for the same amount."""
    return f"{number_text(money.amount)} {money.currency}"
