"""Make our log and Microsoft say the same of one subscription, as a person chose."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID, uuid5

from work365.domain.catalog import SubscriptionStatus
from work365.domain.microsoft.drift import Drift, OurSide, Repair, drift
from work365.domain.microsoft.intents import AutoRenew, Cancel, SetQuantity
from work365.domain.microsoft.subscription_edits import SubscriptionEdit
from work365.domain.microsoft.subscriptions import SeenSubscription, TermEnd
from work365.errors import Refusal
from work365.ports.seen_subscriptions import (
    LoggedSubscription,
    ProviderChange,
    SubscriptionLog,
)
from work365.ports.subscription_changing import SubscriptionChanging

REPAIRS = UUID("3f0e6c1b-9d24-4b6e-8c55-7a1d0e92f4b8")
"""Name space of the ids of requests."""


class RightSide(Enum):
    """Which of the two is right."""

    LOG = "our log"
    """Microsoft is changed."""
    MICROSOFT = "Microsoft"
    """An entry is added to our log."""


class NotRepaired(Refusal):
    """Nothing was changed, because it is not clear what should be."""

    code = "not_repaired"


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done, in words; empty where both said the same already."""

    done: tuple[str, ...]


def repair_drift(
    *,
    provider: str,
    reference: str,
    right: RightSide,
    microsoft: SubscriptionChanging,
    mirror: SubscriptionLog,
    at: datetime,
) -> Repaired:
    """Look at both ends anew, and change the one that is not `right`.

    `reference` is Microsoft's id of the subscription. Doing it twice changes nothing more.

    Raises:
        NotRepaired: the subscription is not known here, was changed at both ends, or would lose
            what is scheduled for the end of its term.
        Refusal: Microsoft does not allow it, or somebody changed it at the same time.
        Unavailable, Contradiction: Microsoft gives no answer, or one that cannot be true.
    """
    logged = _logged(provider, reference, mirror)
    assert logged.tenant is not None, "one without a tenant is refused"
    seen = microsoft.get(logged.tenant, logged.reference)
    # Our log last, so that an entry made in between is not taken for one that Microsoft lacks.
    logged = _logged(provider, reference, mirror)
    found = _drift(logged, seen, right, at)
    if found.findings and not found.repairs:
        raise NotRepaired(found.findings[0].message)
    _check_nothing_is_forgotten(logged, seen, found, right)
    done = [entry.reason for entry in found.changes]
    mirror.add_changes(
        [ProviderChange(logged.id, each.change, each.reason, each.etag) for each in found.changes]
    )
    for repair in found.repairs if right is RightSide.LOG else ():
        seen = microsoft.change(
            logged.tenant or "",
            logged.reference,
            _edit(repair),
            request_id=_request_id(logged, seen, repair),
            seen_etag=seen.etag,
        )
        done.append(f"Microsoft was told: {repair.intent}. {repair.why}")
    mirror.keep_seen([(logged, seen)], at=at)
    return Repaired(tuple(done))


def _logged(provider: str, reference: str, mirror: SubscriptionLog) -> LoggedSubscription:
    found = mirror.logged(provider, references=[reference.lower()])
    if len(found) != 1:
        how_many = "no subscription has" if not found else "several subscriptions have"
        raise NotRepaired(
            f"{how_many} the provider reference {reference}; enter it at one, or run the sync"
        )
    if found[0].tenant is None:
        raise NotRepaired(
            f"subscription {found[0].kept.key} has no provider account; choose it first"
        )
    return found[0]


def _drift(
    logged: LoggedSubscription, seen: SeenSubscription, right: RightSide, at: datetime
) -> Drift:
    is_ours = right is RightSide.LOG
    ours = OurSide(
        kept=logged.kept,
        pending=logged.pending,
        # Microsoft is taken not to have changed, or to have, as the person said.
        seen_before=seen.provided.quantity if is_ours else None,
        decision=None if logged.decision is None else logged.decision.outcome,
    )
    found = drift(seen, ours, recorded_at=at)
    if is_ours and found.changes:
        raise NotRepaired(
            f"subscription {logged.kept.key}: {found.changes[0].reason} That cannot be taken back"
            " at Microsoft from here; run the sync, which enters it in the log"
        )
    if not is_ours and found.repairs and not found.changes:
        raise NotRepaired(
            f"subscription {logged.kept.key}: {found.repairs[0].why} Enter in its change log, or"
            " as the customer's decision, what holds instead"
        )
    return found


def _check_nothing_is_forgotten(
    logged: LoggedSubscription, seen: SeenSubscription, found: Drift, right: RightSide
) -> None:
    """Raise NotRepaired where a change of seats would delete what is agreed for the renewal."""
    intents = [repair.intent for repair in found.repairs if right is RightSide.LOG]
    is_said_again = any(isinstance(intent, AutoRenew) for intent in intents)
    is_scheduled = seen.next_term is not None or seen.term_end not in (None, TermEnd.RENEW)
    if is_scheduled and not is_said_again and any(isinstance(i, SetQuantity) for i in intents):
        raise NotRepaired(
            f"subscription {logged.kept.key}: Microsoft would forget what is scheduled for the end"
            " of its term when seats are changed. Let the change in its log await the provider"
            " with the action quantity, which says the schedule again afterwards"
        )


def _edit(repair: Repair) -> SubscriptionEdit:
    match repair.intent:
        case SetQuantity(after=after):
            return SubscriptionEdit(quantity=after)
        case Cancel():
            return SubscriptionEdit(status=SubscriptionStatus.DELETED)
        case AutoRenew(term_end=term_end):
            return SubscriptionEdit(term_end=term_end)
    raise NotRepaired(f"{repair.intent}: enter it as a change that awaits the provider")


def _request_id(logged: LoggedSubscription, seen: SeenSubscription, repair: Repair) -> UUID:
    """Return the id of a request that is sent after a look: another one after each.

    It says how things are to be, of the version that was seen, so that it may be made twice; and
    the answer to one that came too early (busy, changed meanwhile) must not be had again.
    """
    version = seen.etag or str(seen.provided)
    look = f"{version}\n{seen.seen_at.isoformat()}"
    return uuid5(REPAIRS, f"{logged.reference}\n{look}\n{repair.intent}")
