"""Payments: money that arrives, is set against invoices, and may be given back.

Which invoices a payment pays is said by allocations and never guessed; what is over becomes
account credit, pays the oldest open invoices, or is refused, as the policy says. A reference is
booked once, however often the gateway tells of it. A refund takes allocations back, the newest
first, and so opens their invoices again, unless a credit note says that nothing was owed.
"""

from dataclasses import dataclass, replace
from enum import Enum

from work365.domain.account_credit import Part, reverse_newest_first, use_oldest_first
from work365.domain.ledger import (
    Command,
    Kind,
    Ledger,
    Pending,
    ReferenceReused,
    check_positive,
    told,
)
from work365.domain.money import Money
from work365.domain.receivables import freed, levelled
from work365.errors import Refusal


class AllocatedTooMuch(Refusal):
    """More was to be paid of a document than is open, or than the payment has."""

    code = "allocated_too_much"


class NothingAllocated(Refusal):
    """A payment was started that is for no document."""

    code = "nothing_allocated"


class Overpaid(Refusal):
    """A payment is more than its allocations, and the policy refuses the rest."""

    code = "overpaid"


class UnknownPayment(Refusal):
    """A payment was named that did not arrive, or was not started."""

    code = "unknown_payment"


class Overpayment(Enum):
    """What becomes of money that no allocation names."""

    ACCOUNT_CREDIT = "account_credit"
    OLDEST_INVOICE = "oldest_invoice"
    """It pays the oldest open invoices; what is over then becomes account credit."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a payment pays of one document."""

    document: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that arrived, or that was asked for and is under way."""

    reference: str
    """The gateway's or the bank's own key for it."""
    amount: Money
    allocations: tuple[Allocation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money that went back: by decision, or because the customer's bank took it back."""

    reference: str
    amount: Money
    payment: str | None = None
    """Reference of the payment that it is of; where it is none, the newest payments."""
    with_credit: bool = False
    """Whether the service was not owed, so that the invoice is credited by as much and stays
    closed. Without, the invoice is open again."""


def expect(ledger: Ledger, payment: Payment) -> Ledger:
    """Return `ledger` with `payment` started, so that what it pays cannot be paid twice.

    Raises:
        AmountNotPositive: it, or an allocation of it, is not above zero.
        AllocatedTooMuch: less is open than it allocates, or it allocates more than it is.
        NothingAllocated: it allocates nothing.
        UnknownDocument: nothing was billed on a document of it.
        ReferenceReused: it was started before with other allocations, or arrived already.
    """
    started = tuple(
        Pending(payment.reference, each.document, each.amount) for each in payment.allocations
    )
    before = tuple(each for each in ledger.pending if each.reference == payment.reference)
    if before == started and before:
        return ledger
    if before or ledger.was_done(_command_for(payment)):
        raise ReferenceReused(
            f"reference {payment.reference}: a payment of it was started or arrived before; start"
            " another one under a reference of its own"
        )
    if not started:
        raise NothingAllocated(
            f"payment {payment.reference}: it is started and pays nothing; allocate it to the"
            " documents that it is asked for"
        )
    _check_allocations(ledger, payment)
    return replace(ledger, pending=(*ledger.pending, *started)).next_version()


def fail(ledger: Ledger, reference: str) -> Ledger:
    """Return `ledger` without the started payment `reference`, which will not arrive.

    Raises: UnknownPayment: none was started under this reference.
    """
    after = _without_pending(ledger, reference)
    if after == ledger:
        raise UnknownPayment(
            f"reference {reference}: no payment of it is under way; correct the reference, or"
            " refund the payment if it arrived"
        )
    return levelled(after, Command(f"failed-{reference}", "fail"))


def pay(
    ledger: Ledger, payment: Payment, *, overpayment: Overpayment = Overpayment.ACCOUNT_CREDIT
) -> Ledger:
    """Return `ledger` with `payment` booked; as it is, where the reference was booked before.

    Raises:
        AmountNotPositive: it, or an allocation of it, is not above zero.
        AllocatedTooMuch: less is open than it allocates, or it allocates more than it is.
        Overpaid: it is more than it allocates, and the policy refuses that.
        UnknownDocument: nothing was billed on a document of it.
        ReferenceReused: the reference was booked before, with another amount.
    """
    command = _command_for(payment)
    if ledger.was_done(command):
        return ledger
    _check_allocations(ledger, payment)
    after = _without_pending(ledger, payment.reference)
    for allocation in payment.allocations:
        after = after.with_booking(
            command, Kind.PAID, allocation.amount, document=allocation.document
        )
    over = payment.amount - _allocated(payment)
    if over.amount and overpayment is Overpayment.REFUSED:
        raise Overpaid(
            f"payment {payment.reference}: {over.amount} {over.currency} of it are not allocated;"
            " allocate them to an open invoice, or send them back"
        )
    if overpayment is Overpayment.OLDEST_INVOICE:
        after, over = _pay_oldest(after, command, over)
    if over.amount:
        after = after.with_booking(command, Kind.PAID, over, document=None)
    return levelled(after, command)


def refund(ledger: Ledger, given_back: Refund) -> Ledger:
    """Return `ledger` with `given_back` booked; as it is, where its reference was booked before.

    Account credit that came from the payment goes first; where it is spent, the invoices that
    it was spent on are open again.

    Raises:
        AmountNotPositive: the amount is not above zero.
        NotEnoughLeft: less is left of the payment, or of all payments.
        UnknownPayment: no payment arrived under the reference that it names.
        ReferenceReused: the reference was booked before, with another amount.
    """
    amount, of = given_back.amount, given_back.payment
    check_positive(amount, f"refund {given_back.reference}")
    command = Command(given_back.reference, f"refund {told(amount)} of {of or 'the newest'}")
    if ledger.was_done(command):
        return ledger
    paid = {each.key: each for each in ledger.bookings if each.kind is Kind.PAID}
    parts = [part for part in ledger.payments if of in (None, paid[part.key].command.key)]
    if not parts and of is not None:
        raise UnknownPayment(
            f"refund {command.key}: no payment arrived under {of}; correct the reference of the"
            " payment"
        )
    for draw in reverse_newest_first(parts, amount):
        document = paid[draw.key].document
        ledger = ledger.with_booking(
            command, Kind.REFUNDED, draw.amount, document=document, source=draw.key
        )
        if document is None:
            ledger = freed(ledger, draw.key, ledger.zero, command=command)
        elif given_back.with_credit:
            ledger = ledger.with_booking(command, Kind.CREDITED, draw.amount, document=document)
    return levelled(ledger, command)


def _command_for(payment: Payment) -> Command:
    return Command(payment.reference, f"pay {told(payment.amount)}")


def _check_allocations(ledger: Ledger, payment: Payment) -> None:
    reference = payment.reference
    check_positive(payment.amount, f"payment {reference}")
    left: dict[str, Money] = {}
    for allocation in payment.allocations:
        document, amount = allocation.document, allocation.amount
        check_positive(amount, f"payment {reference}, allocation to {document}")
        if document not in left:
            waits = ledger.waits(document, beside=reference)
            left[document] = ledger.open_of(document) - waits
        if (left[document] - amount).amount < 0:
            raise AllocatedTooMuch(
                f"payment {reference}: {amount.amount} {amount.currency} are allocated to"
                f" {document}, of which {left[document].amount} {amount.currency} are open and not"
                " awaited from another payment; lower the allocation"
            )
        left[document] -= amount
    over = payment.amount - _allocated(payment)
    if over.amount < 0:
        raise AllocatedTooMuch(
            f"payment {reference}: its allocations are {-over.amount} {over.currency} more than"
            f" its {payment.amount.amount} {over.currency}; lower one of them"
        )


def _allocated(payment: Payment) -> Money:
    return Money.total((each.amount for each in payment.allocations), payment.amount.currency)


def _pay_oldest(ledger: Ledger, command: Command, over: Money) -> tuple[Ledger, Money]:
    """Return the ledger after `over` paid what is open, oldest first, and what is left of it."""
    open_parts = [
        Part(document, outstanding, ledger.waits(document))
        for document, outstanding in ledger.outstanding.items()
    ]
    for draw in use_oldest_first(open_parts, over):
        ledger = ledger.with_booking(command, Kind.PAID, draw.amount, document=draw.key)
        over -= draw.amount
    return ledger, over


def _without_pending(ledger: Ledger, reference: str) -> Ledger:
    kept = tuple(each for each in ledger.pending if each.reference != reference)
    return replace(ledger, pending=kept)
