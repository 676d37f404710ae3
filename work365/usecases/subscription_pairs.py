"""Which subscription of ours each one at Microsoft is, and which is missing at either end."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from work365.domain.changes import Status
from work365.domain.findings import Finding, Severity
from work365.domain.microsoft.comparison import held_on
from work365.domain.microsoft.subscriptions import SeenSubscription
from work365.ports.seen_subscriptions import LoggedSubscription


@dataclass(frozen=True, slots=True)
class Pairs:
    """Subscriptions at both ends, and at one."""

    known: tuple[tuple[LoggedSubscription, SeenSubscription], ...]
    new: tuple[SeenSubscription, ...]
    """At Microsoft only."""
    findings: tuple[Finding, ...]


def paired(
    seen: Mapping[str, SeenSubscription],
    logged: Iterable[LoggedSubscription],
    *,
    whole: Collection[str],
    on: date,
) -> Pairs:
    """Return which of `seen`, by its id in lower case, is which of `logged`.

    `whole` are the tenants of which all subscriptions are in `seen`: one of ours that is not
    there, and is charged on the day `on`, is a finding, as is one that stands here twice.
    """
    ours: dict[str, dict[object, LoggedSubscription]] = defaultdict(dict)
    for each in logged:
        ours[each.reference][each.id] = each
    known, findings = [], []
    for reference, found in ours.items():
        at_microsoft = seen.get(reference)
        one, *more = sorted(found.values(), key=lambda each: each.kept.key)
        if more:
            findings.append(_twice(reference, (one, *more)))
        elif at_microsoft is None:
            findings += _missing(one, whole, on)
        else:
            known.append((one, at_microsoft))
            findings += _moved(one, at_microsoft)
    new = tuple(each for reference, each in seen.items() if reference not in ours)
    return Pairs(tuple(known), new, tuple(findings))


def _twice(reference: str, found: Sequence[LoggedSubscription]) -> Finding:
    keys = ", ".join(each.kept.key for each in found)
    message = (
        f"Several subscriptions have the id {reference} at Microsoft: {keys}. None of them was"
        " compared; take the id out of all but the one that it is"
    )
    return Finding(Severity.ERROR, "reference_twice", message, f"subscription {found[0].kept.key}")


def _missing(logged: LoggedSubscription, whole: Collection[str], on: date) -> Iterator[Finding]:
    held = held_on(logged.kept.changes, on)
    if logged.tenant not in whole or not held.quantity or held.status is not Status.ACTIVE:
        return
    message = (
        f"Subscription {logged.kept.key} is charged, and Microsoft does not list its id"
        f" {logged.reference} for the customer; correct the id, or end it in its change log"
    )
    path = f"subscription {logged.kept.key}"
    yield Finding(Severity.ERROR, "not_at_microsoft", message, path)


def _moved(logged: LoggedSubscription, seen: SeenSubscription) -> Iterator[Finding]:
    tenant = seen.provided.customer_tenant
    if logged.tenant is None or tenant in (None, logged.tenant):
        return
    message = (
        f"Subscription {logged.kept.key} belongs to provider account {logged.tenant}, and Microsoft"
        f" lists it for {tenant}; choose its provider account and, if need be, its contract"
    )
    path = f"subscription {logged.kept.key}"
    yield Finding(Severity.WARNING, "tenant_differs", message, path)
