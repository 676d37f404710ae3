"""Receivables: what is billed, credited and given up, and how account credit levels it.

Each function takes a ledger and gives back the one after it. What was done before under the
same key is not done again: the ledger comes back as it is.
"""

from work365.domain.account_credit import Part, reverse_newest_first, use_oldest_first
from work365.domain.ledger import Booking, Command, CreditUse, Kind, Ledger, check_positive, told
from work365.domain.money import Money
from work365.errors import Refusal


class NothingOpen(Refusal):
    """A document was to be written off of which nothing is open."""

    code = "nothing_open"


class PaymentPending(Refusal):
    """A started payment has to arrive or fail first."""

    code = "payment_pending"


class NotUndoable(Refusal):
    """Only an adjustment can be undone, and only one that was made."""

    code = "not_undoable"


ADJUSTMENTS = frozenset({Kind.CREDITED, Kind.WRITTEN_OFF})


def bill(ledger: Ledger, amount: Money, *, document: str, key: str) -> Ledger:
    """Return `ledger` with `amount` billed on `document`.

    An amount below zero is that of a credit note by itself: it becomes account credit.

    Raises:
        ReferenceReused: the key was used before, for something else.
        CurrencyMismatch: the amount is in another currency than the ledger.
    """
    command = Command(key, f"bill {told(amount)} on {document}")
    if ledger.was_done(command):
        return ledger
    return levelled(ledger.with_booking(command, Kind.BILLED, amount, document=document), command)


def credit(ledger: Ledger, amount: Money, *, document: str | None, key: str) -> Ledger:
    """Return `ledger` with `amount` credited on `document`, or on the account where it is none.

    What is more than is open of the document becomes account credit.

    Raises:
        AmountNotPositive: the amount is not above zero.
        UnknownDocument: nothing was billed on the document.
        ReferenceReused: the key was used before, for something else.
        CurrencyMismatch: the amount is in another currency than the ledger.
    """
    check_positive(amount, f"credit {key}")
    command = Command(key, f"credit {told(amount)} on {document or 'the account'}")
    if ledger.was_done(command):
        return ledger
    if document is not None:
        # Refuses a document that there is not.
        ledger.open_of(document)
    after = ledger.with_booking(command, Kind.CREDITED, amount, document=document)
    return levelled(after, command)


def write_off(ledger: Ledger, *, document: str, key: str) -> Ledger:
    """Return `ledger` with all that is open of `document` given up.

    Raises:
        NothingOpen: nothing is.
        PaymentPending: a payment of it was started.
        UnknownDocument: nothing was billed on the document.
        ReferenceReused: the key was used before, for something else.
    """
    command = Command(key, f"write off {document}")
    if ledger.was_done(command):
        return ledger
    amount = ledger.open_of(document)
    if not amount.amount:
        raise NothingOpen(
            f"document {document}: nothing is open of it, so that there is nothing to write off;"
            " look at its payments and credits"
        )
    waits = ledger.waits(document)
    if waits.amount:
        raise PaymentPending(
            f"document {document}: a payment of {waits.amount} {waits.currency} was started; wait"
            " until it arrives, or record that it failed"
        )
    after = ledger.with_booking(command, Kind.WRITTEN_OFF, amount, document=document)
    return levelled(after, command)


def undo(ledger: Ledger, *, adjustment: str, key: str) -> Ledger:
    """Return `ledger` with the credit or write-off of the key `adjustment` taken back.

    Account credit that came from it goes back too, and where it is spent, the invoices that
    it was spent on are open again, the newest first.

    Raises:
        NotUndoable: there is no such adjustment, or another key undid it.
        ReferenceReused: the key was used before, for something else.
    """
    command = Command(key, f"undo {adjustment}")
    if ledger.was_done(command):
        return ledger
    undone = ledger.booking(f"{adjustment}:1")
    if undone is None or undone.kind not in ADJUSTMENTS or undone.amount.amount < 0:
        raise NotUndoable(
            f"{adjustment}: no credit or write-off was made under this key; a payment is refunded"
            " instead, and an invoice is credited"
        )
    by = next((each for each in ledger.bookings if _undoes(each, undone)), None)
    if by is not None:
        raise NotUndoable(
            f"{adjustment}: {by.command.key} undid it already; make the adjustment again if that"
            " was a mistake"
        )
    if undone.document is None:
        ledger = freed(ledger, undone.key, undone.amount, command=command)
    after = ledger.with_booking(
        command, undone.kind, -undone.amount, document=undone.document, source=undone.key
    )
    return levelled(_reclaimed(after, undone, command), command)


def use_account_credit(ledger: Ledger, *, key: str) -> Ledger:
    """Return `ledger` with account credit used on what is open, the oldest on the oldest.

    A document of which a payment was started is left out: it would be paid twice.
    """
    after = _used(ledger, Command(key, "use account credit"))
    return ledger if after == ledger else after.next_version()


def levelled(ledger: Ledger, command: Command) -> Ledger:
    """Return `ledger` as `command` leaves it: no document below zero, credit used if it is so."""
    for document, outstanding in ledger.outstanding.items():
        if outstanding.amount < 0:
            ledger = ledger.with_booking(command, Kind.EARNED, -outstanding, document=document)
    if ledger.credit_use is CreditUse.AUTOMATIC:
        ledger = _used(ledger, command)
    return ledger.next_version()


def freed(ledger: Ledger, credit_key: str, amount: Money, *, command: Command) -> Ledger:
    """Return `ledger` with `amount` unspent of the account credit that came from `credit_key`.

    Where it was used, invoices are open again, those first that it was used on last.
    Raises: NotEnoughLeft: all of it together is less.
    """
    left = next(part.left for part in ledger.credits if part.key == credit_key)
    if (amount - left).amount <= 0:
        return ledger
    used: dict[str, Money] = {}
    for booking in ledger.bookings:
        if booking.kind is Kind.USED and booking.source == credit_key:
            assert booking.document is not None, f"{booking.key} is used on nothing"
            before = used.get(booking.document, ledger.zero)
            if booking.amount.amount > 0:
                # The document moves to the end: it was used there last.
                used.pop(booking.document, None)
            used[booking.document] = before + booking.amount
    parts = [Part(document, on_it, ledger.zero) for document, on_it in used.items()]
    for draw in reverse_newest_first(parts, amount - left):
        ledger = ledger.with_booking(
            command, Kind.USED, -draw.amount, document=draw.key, source=credit_key
        )
    return ledger


def _undoes(booking: Booking, undone: Booking) -> bool:
    return booking.source == undone.key and booking.kind is undone.kind


def _used(ledger: Ledger, command: Command) -> Ledger:
    waiting = {each.document for each in ledger.pending}
    for document, outstanding in ledger.outstanding.items():
        if document not in waiting:
            for draw in use_oldest_first(ledger.credits, outstanding):
                ledger = ledger.with_booking(
                    command, Kind.USED, draw.amount, document=document, source=draw.key
                )
    return ledger


def _reclaimed(ledger: Ledger, undone: Booking, command: Command) -> Ledger:
    """Take back the account credit that the document of `undone` earned by it."""
    if undone.document is None:
        return ledger
    earned = {
        booking.key
        for booking in ledger.bookings
        if booking.kind is Kind.EARNED and booking.document == undone.document
    }
    parts = [
        Part(part.key, part.amount, ledger.zero) for part in ledger.credits if part.key in earned
    ]
    in_all = Money.total((part.amount for part in parts), ledger.currency)
    amount = min(ledger.open_of(undone.document), in_all, undone.amount)
    for draw in reverse_newest_first(parts, amount):
        ledger = freed(ledger, draw.key, draw.amount, command=command)
        ledger = ledger.with_booking(
            command, Kind.EARNED, -draw.amount, document=undone.document, source=draw.key
        )
    return ledger
