"""What is left to be sent for a purchase, an upgrade, an Azure subscription or licences.

A purchase is the one thing that must never happen twice. Its request has an id of its own, and
still the customer's subscriptions are looked at first: one that is just what was to be bought,
and belongs to none of ours, is not bought again.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from work365.domain.catalog import SubscriptionStatus
from work365.domain.microsoft.azure import AzureEntitlement
from work365.domain.microsoft.decisions import Done, Refuse, Send, Wait, refuse
from work365.domain.microsoft.intents import (
    AssignLicences,
    CancelEntitlement,
    ReactivateEntitlement,
    Upgrade,
)
from work365.domain.microsoft.licences import AssignedLicence, LicenceUpdate
from work365.domain.microsoft.orders import Purchase
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.domain.microsoft.transitions import (
    Transition,
    TransitionOffer,
    TransitionOrder,
    TransitionStatus,
    TransitionType,
)

TRANSITION_CHECKED_AFTER = timedelta(minutes=2)
"""How long to wait before an upgrade that is under way is looked at again."""

CLOCKS_DIFFER = timedelta(minutes=5)
"""How much earlier than ours Microsoft's clock may show a purchase or an upgrade."""

RUNNING = frozenset({"active"})
STOPPED = frozenset({"canceled", "cancelled", "deleted", "disabled", "inactive", "suspended"})
"""Microsoft documents no word for one that was stopped."""


def decide_purchase(
    purchase: Purchase,
    subscriptions: Iterable[SeenSubscription],
    *,
    known: Collection[str],
    asked_at: datetime,
    sent_before: bool,
) -> Done | Send[Purchase] | Refuse:
    """Return what is left to be done for `purchase`, where the customer has `subscriptions`.

    `known` are the ids of those that belong to a subscription of ours; `asked_at` is when the
    change was entered. One that looks the same and was bought since is ours if a request was
    `sent_before`; else somebody else may have bought it, and a person has to say.
    """
    ours = frozenset(each.lower() for each in known)
    alike = [
        seen
        for seen in subscriptions
        if seen.provided.id.lower() not in ours and _is_bought(purchase, seen, asked_at)
    ]
    named = [seen for seen in alike if _has_name(purchase, seen)]
    found = named or alike
    if not found:
        return Send(purchase)
    if len(found) == 1 and sent_before:
        return Done("The purchase was made already.", found[0].provided.id)
    ids = ", ".join(seen.provided.id for seen in found)
    return refuse(
        "looks_bought",
        f"since the purchase was entered, the customer got the same already, as {ids}; nothing"
        " was bought. Enter that id as the provider reference of the subscription if it is meant,"
        " or put it under another subscription first",
        f"purchase of {purchase.part_number}",
    )


def _is_bought(purchase: Purchase, seen: SeenSubscription, asked_at: datetime) -> bool:
    given = seen.provided
    is_recent = seen.bought_at is not None and seen.bought_at >= asked_at - CLOCKS_DIFFER
    same = (given.part_number, given.quantity, given.term, seen.parent) == (
        purchase.part_number,
        purchase.quantity,
        purchase.term,
        purchase.parent,
    )
    is_gone = given.status in (SubscriptionStatus.DELETED, SubscriptionStatus.EXPIRED)
    return is_recent and same and given.plan in (purchase.plan, None) and not is_gone


def _has_name(purchase: Purchase, seen: SeenSubscription) -> bool:
    return purchase.friendly_name is not None and seen.friendly_name == purchase.friendly_name


def perhaps_ours(
    transitions: Iterable[Transition], *, known: Collection[str], asked_at: datetime
) -> list[Transition]:
    """Return the transitions that a change can have begun that was entered at `asked_at`.

    `known` are the operations that belong to other changes. One that began before was somebody
    else's; where Microsoft does not show when it began, it may be ours.
    """
    since = asked_at - CLOCKS_DIFFER
    return [
        each
        for each in transitions
        if each.operation not in known and (each.began_at is None or each.began_at >= since)
    ]


def decide_upgrade(
    upgrade: Upgrade,
    seen: SeenSubscription,
    *,
    at: datetime,
    offers: Iterable[TransitionOffer],
    transitions: Iterable[Transition],
) -> Done | Send[TransitionOrder] | Wait | Refuse:
    """Return what is left to be done for `upgrade` of `seen`.

    `transitions` are those of the subscription that can be of this change, as `perhaps_ours`
    returns them.
    """
    path = f"subscription {seen.provided.id}"
    for transition in transitions:
        if not _is_meant(upgrade, transition):
            continue
        match transition.status:
            case TransitionStatus.COMPLETED:
                return Done("The upgrade was made already.", transition.subscription)
            case TransitionStatus.STARTED:
                return Wait(at + TRANSITION_CHECKED_AFTER, "The upgrade is under way at Microsoft.")
            case TransitionStatus.FAILED:
                # What failed changed nothing, so that it can be tried again.
                continue
    if upgrade.quantity > seen.provided.quantity:
        return refuse(
            "changed_at_both_ends",
            f"{upgrade.quantity} seats are to be upgraded, and Microsoft shows"
            f" {seen.provided.quantity}; nothing was sent. Run the sync, and enter it again",
            path,
        )
    return _ordered(upgrade, list(offers), path)


def _is_meant(upgrade: Upgrade, transition: Transition) -> bool:
    return (
        _part_number(transition.catalogue_id) == upgrade.part_number.upper()
        and transition.quantity == upgrade.quantity
    )


def _part_number(catalogue_id: str) -> str:
    return ":".join(catalogue_id.upper().split(":")[:2])


def _ordered(
    upgrade: Upgrade, offers: list[TransitionOffer], path: str
) -> Send[TransitionOrder] | Refuse:
    meant = [
        offer for offer in offers if _part_number(offer.catalogue_id) == upgrade.part_number.upper()
    ]
    if not meant:
        titles = ", ".join(
            f"{offer.title} ({_part_number(offer.catalogue_id)})" for offer in offers
        )
        return refuse(
            "no_such_upgrade",
            f"Microsoft does not upgrade the subscription to {upgrade.part_number}; it offers"
            f" {titles or 'nothing'}",
            path,
        )
    with_licences, without = TransitionType.WITH_LICENCES, TransitionType.WITHOUT_LICENCES
    wanted = with_licences if upgrade.with_licences else without
    for offer in meant:
        is_open = wanted in offer.types if upgrade.into is None else upgrade.into in offer.into
        if is_open and upgrade.quantity <= offer.quantity:
            order = TransitionOrder(
                catalogue_id=offer.catalogue_id,
                quantity=upgrade.quantity,
                type=wanted,
                into=upgrade.into,
                term=upgrade.term,
                plan=upgrade.plan,
            )
            return Send(order)
    said = "; ".join(dict.fromkeys(reason for offer in meant for reason in offer.reasons))
    return refuse(
        "upgrade_not_open",
        f"{upgrade} is not open in this way{': ' + said if said else ''}. Choose fewer seats, with"
        " or without licences, or another subscription to join",
        path,
    )


def decide_entitlement(
    intent: CancelEntitlement | ReactivateEntitlement, entitlements: Iterable[AzureEntitlement]
) -> Done | Send[str] | Refuse:
    """Return what is left to be done for an Azure subscription: nothing, or to send its id."""
    wanted = STOPPED if isinstance(intent, CancelEntitlement) else RUNNING
    for entitlement in entitlements:
        if entitlement.id.lower() != intent.entitlement.lower():
            continue
        if entitlement.status.lower() in wanted:
            return Done(f"Microsoft shows it as {entitlement.status} already.")
        return Send(entitlement.id)
    return refuse(
        "no_such_entitlement",
        f"the Azure plan has no Azure subscription {intent.entitlement}; correct the id",
        f"Azure subscription {intent.entitlement}",
    )


def decide_licences(
    intent: AssignLicences, assigned: Iterable[AssignedLicence]
) -> Done | Send[LicenceUpdate]:
    """Return which licences are left to be assigned and removed, where the user has `assigned`."""
    has = frozenset(licence.sku.lower() for licence in assigned)
    assign = tuple(sku for sku in intent.update.assign if sku.lower() not in has)
    remove = tuple(sku for sku in intent.update.remove if sku.lower() in has)
    if not (assign or remove):
        return Done("The user has these licences already, and no others of those named.")
    return Send(LicenceUpdate(assign=assign, remove=remove))
