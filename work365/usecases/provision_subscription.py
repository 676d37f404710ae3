"""Change a subscription at the provider: seats, status, plan, and what comes after its term."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date
from typing import Protocol

from work365.domain.findings import Severity
from work365.domain.microsoft.decisions import Done, Refuse, Send, Wait
from work365.domain.microsoft.intents import (
    AutoRenew,
    Cancel,
    Intent,
    Reactivate,
    ScheduleRenewal,
    SetQuantity,
    SubscriptionIntent,
    Upgrade,
)
from work365.domain.microsoft.provisioning import NOT_AGREED, TermEndWanted, decide
from work365.domain.microsoft.seat_moves import seat_moves
from work365.domain.microsoft.stakes import KnownPrices
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import SeenSubscription, TermEnd
from work365.domain.microsoft.what_if import Situation, what_if
from work365.domain.moments import local_day
from work365.errors import Refusal
from work365.ports.provider_desk import ChangedMeanwhile
from work365.ports.provisioning import ProvisionedSubscription
from work365.usecases.know_prices import term_start
from work365.usecases.propose_quantity import propose_quantity
from work365.usecases.provisioning_task import Finished, Later, NotDone, Outcome, Task


class Prices(Protocol):
    """Tells what seats cost, as far as that is known."""

    def __call__(
        self,
        subscription: ProvisionedSubscription,
        seen: SeenSubscription,
        intent: Intent,
        *,
        on: date,
    ) -> KnownPrices:
        """Return the prices of a subscription, and of what `intent` makes of it on a day (UTC).

        Raises: Unavailable.
        """


NEEDS_WINDOW = (SetQuantity, Cancel)

TERM_END = "end of the term"
CHANGE = "change"


def provision_subscription(intent: SubscriptionIntent, task: Task, prices: Prices) -> Outcome:
    """Let Microsoft's subscription be as `intent` says, with one look and one request.

    Raises: NotDone, Refusal: nothing was changed; Unavailable: it may have been.
    """
    _check(intent, task)
    seen = task.desk.subscription(task.tenant, task.reference)
    wanted = _wanted(intent, task.subscription)
    match decide(intent, seen, at=task.clock(), rules=task.rules, wanted=wanted):
        case Refuse() as refused:
            raise _refused(refused, intent, seen, task, prices)
        case Wait(until, why):
            return Later(until=until, message=why)
        case Done(why):
            return _say_again(Finished(message=why), seen, task)
        case Send() as send:
            return _send(send, intent, seen, task, prices)


def _check(intent: SubscriptionIntent, task: Task) -> None:
    subscription = task.subscription
    if isinstance(intent, SetQuantity) and intent.difference > 0 and subscription.is_on_credit_hold:
        raise on_credit_hold(subscription)
    if intent == AutoRenew(TermEnd.EXTEND):
        decision = subscription.decision
        if decision is None or decision.outcome is not TermEnd.EXTEND:
            raise NotDone(
                "extension_not_decided",
                "the extended service term costs more, and the customer's decision for it is not"
                " recorded; record it with the subscription, or let it be cancelled at the end of"
                " the term",
            )


def on_credit_hold(subscription: ProvisionedSubscription) -> NotDone:
    """Return the refusal of what would make a customer owe more who is on credit hold."""
    return NotDone(
        "credit_hold",
        f"the customer of {subscription.name} is on credit hold, and nothing more is bought for"
        " it; end the hold on the account first",
    )


def check_limits(part_number: str, quantity: int, task: Task) -> None:
    """Raise NotDone where the provider does not sell so many seats of something."""
    limits = task.desk.seat_limits(task.tenant, part_number)
    if limits is not None and not limits.least <= quantity <= limits.most:
        raise NotDone(
            "beyond_limits",
            f"there would be {quantity} seats of {part_number}, and Microsoft sells from"
            f" {limits.least} to {limits.most}; nothing was sent. Enter a number within these",
        )


def _wanted(intent: SubscriptionIntent, subscription: ProvisionedSubscription) -> TermEndWanted:
    if subscription.decision is not None:
        return TermEndWanted(term_end=_renewing(subscription.decision.outcome))
    if isinstance(intent, Reactivate) and subscription.auto_renew:
        return TermEndWanted(term_end=TermEnd.RENEW)
    return NOT_AGREED


def _renewing(outcome: TermEnd) -> TermEnd:
    assert outcome is not TermEnd.TRANSITION, "a decision is none"
    return outcome


def situation(
    intent: SubscriptionIntent | Upgrade, seen: SeenSubscription, task: Task, prices: Prices
) -> Situation:
    """Return what the money at stake of `intent` is worked out from."""
    on = local_day(task.clock(), UTC)
    waiting = {each.change.key for each in task.subscription.pending}
    told = [each for each in task.subscription.changes if each.key not in waiting]
    return Situation(
        seen=seen,
        product=seen.product,
        prices=prices(task.subscription, seen, intent, on=on),
        moves=seat_moves(told, term_starts_on=term_start(seen), on=on),
    )


def _refused(
    refused: Refuse, intent: SubscriptionIntent, seen: SeenSubscription, task: Task, prices: Prices
) -> NotDone:
    if isinstance(intent, SetQuantity) and intent.before == seen.provided.quantity:
        proposed = propose_quantity(
            intent.after, situation(intent, seen, task, prices), at=task.clock(), book=task.book
        )
        if proposed.instead is not None:
            return NotDone(refused.finding.code, proposed.explanation)
    return NotDone.of(refused)


def _send(
    send: Send[SubscriptionEdit],
    intent: SubscriptionIntent,
    seen: SeenSubscription,
    task: Task,
    prices: Prices,
) -> Outcome:
    told = _at_stake(intent, seen, task, prices)
    if isinstance(intent, SetQuantity):
        check_limits(seen.provided.part_number, intent.after, task)
    edit = _with_availability(send.what, seen, task)
    restore = send.restore
    if restore is not None and not _stays(restore, seen):
        task.begin(said_again=TermEndWanted(term_end=restore.term_end, next_term=restore.next_term))
    try:
        after = task.desk.change(
            task.tenant,
            task.reference,
            edit,
            request_id=task.attempt_id(CHANGE),
            seen_etag=send.etag,
        )
    except ChangedMeanwhile as error:
        return task.look_again(f"Somebody changed it just now, and it is looked at again: {error}")
    except Refusal:
        if task.change.said_again is not None:
            task.begin(said_again=NOT_AGREED)
        raise
    return _say_again(Finished(message=f"Microsoft has it: {intent}. {told}".rstrip()), after, task)


def _stays(restore: SubscriptionEdit, seen: SeenSubscription) -> bool:
    # Auto-renewal is sent along with the whole subscription, and is not forgotten by itself.
    renews = (restore.term_end, seen.term_end) == (TermEnd.RENEW, TermEnd.RENEW)
    return renews and restore.next_term is None


def _at_stake(
    intent: SubscriptionIntent, seen: SeenSubscription, task: Task, prices: Prices
) -> str:
    """Return the money at stake in sentences.

    Raises: NotDone: its window is closed.
    """
    stands = situation(intent, seen, task, prices)
    at = task.clock()
    if isinstance(intent, SetQuantity):
        proposed = propose_quantity(intent.after, stands, at=at, book=task.book)
        at_stake, told = proposed.at_stake, proposed.explanation
    else:
        at_stake = what_if(intent, stands, at=at, book=task.book)
        told = " ".join(dict.fromkeys(at_stake.explanation))
    closed = [each for each in at_stake.findings if each.severity is Severity.ERROR]
    if closed and isinstance(intent, NEEDS_WINDOW):
        raise NotDone(closed[0].code, told)
    return told


def _with_availability(
    edit: SubscriptionEdit, seen: SeenSubscription, task: Task
) -> SubscriptionEdit:
    """Return `edit` with a fresh availability of what the next term is of.

    Availabilities are reissued often, and that of another term or plan is another one: the one
    under which the subscription was bought is refused (400019).
    """
    next_term, given = edit.next_term, seen.provided
    if next_term is None:
        return edit
    part_number = next_term.part_number or given.part_number
    if part_number != given.part_number:
        _check_renewal_as(part_number, task)
    term, plan = next_term.term or given.term, next_term.plan or given.plan
    if plan is None:
        raise NotDone("no_plan", "the next term has no billing plan; name it in the details")
    fresh = task.desk.availability(task.tenant, part_number, term=term, plan=plan)
    return replace(edit, next_term=replace(next_term, availability=fresh.id))


def _check_renewal_as(part_number: str, task: Task) -> None:
    """See that the subscription can be renewed as this product.

    Raises: NotDone: Microsoft does not offer it.
    """
    offers = task.desk.upgrade_offers(task.tenant, task.reference, at_renewal=True).values
    offered = sorted({":".join(offer.catalogue_id.upper().split(":")[:2]) for offer in offers})
    if part_number.upper() not in offered:
        raise NotDone(
            "no_such_renewal",
            f"Microsoft does not renew the subscription as {part_number}; it offers"
            f" {', '.join(offered) or 'nothing'}",
        )


def _say_again(done: Finished, seen: SeenSubscription, task: Task) -> Outcome:
    """Return `done` after what the change made Microsoft forget was said again.

    The change itself was made: what cannot be said again is for a person to look at.
    """
    for intent in _forgotten(task.change.said_again):
        try:
            told = _said_again(intent, seen, task)
        except ChangedMeanwhile as error:
            return task.look_again(
                f"{done.message} What comes after the term is still set: {error}"
            )
        except Refusal as refusal:
            message = (
                f"{task.subscription.name} was changed, and Microsoft did not take again what was"
                f" set for the end of its term ({intent}): {refusal} Set it in Partner Center."
            )
            finding = task.warning("term_end_forgotten", message)
            return replace(done, message=f"{done.message} {message}", findings=(finding,))
        if isinstance(told, Later):
            return told
        if told:
            message = f"{done.message} What was set for the end of the term was said again: {told}."
            return replace(done, message=message)
    return done


def _forgotten(wanted: TermEndWanted | None) -> Iterator[SubscriptionIntent]:
    if wanted is None:
        return
    if wanted.next_term is not None:
        yield ScheduleRenewal(wanted.next_term)
    elif wanted.term_end is not None and wanted.term_end is not TermEnd.TRANSITION:
        yield AutoRenew(wanted.term_end)


def _said_again(
    intent: SubscriptionIntent, seen: SeenSubscription, task: Task
) -> str | Later | None:
    match decide(intent, seen, at=task.clock(), rules=task.rules):
        case Send(what, etag):
            task.desk.change(
                task.tenant,
                task.reference,
                _with_availability(what, seen, task),
                request_id=task.attempt_id(TERM_END),
                seen_etag=etag,
            )
            return str(intent)
        case Refuse(finding):
            raise NotDone(finding.code, finding.message)
        case Wait(until, why):
            return Later(until=until, message=why)
        case Done():
            return None
