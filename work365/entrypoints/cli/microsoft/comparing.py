"""`work365 microsoft drift` and `repair`: where our log and Microsoft say different things."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape

from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.adapters.dataverse.microsoft.subscriptions import DataverseSubscriptionMirror
from work365.bootstrap import Services
from work365.domain.microsoft.drift import Repair
from work365.domain.microsoft.guids import is_guid
from work365.entrypoints import clock
from work365.entrypoints.cli.findings_output import findings_as_json, print_findings
from work365.entrypoints.cli.microsoft.asking import Tenants, at_microsoft, tenant_ids
from work365.entrypoints.cli.output import (
    EXIT_FINDINGS,
    AsJson,
    console,
    in_plain_words,
    print_json,
    progress,
)
from work365.entrypoints.deciding_watch import subscriptions_of
from work365.entrypoints.microsoft import PROVIDER
from work365.errors import Refusal
from work365.ports.seen_subscriptions import LoggedSubscription
from work365.usecases.find_drift import Apart, Ends, FoundDrift, find_drift
from work365.usecases.repair_drift import RightSide, repair_drift

PURPOSE = "look for drift"
REPAIR_PURPOSE = "repair of drift"

app = typer.Typer()


class SubscriptionUnknown(Refusal):
    """A subscription was named that Microsoft has not shown yet, or that there is not."""

    code = "subscription_unknown"


class Side(StrEnum):
    """Which end is right."""

    LOG = "log"
    MICROSOFT = "microsoft"


RIGHT_SIDES = {Side.LOG: RightSide.LOG, Side.MICROSOFT: RightSide.MICROSOFT}


@app.command()
@in_plain_words
def drift(tenants: Tenants = None, as_json: AsJson = False) -> None:
    """Compare both ends, change nothing, and list the repairs that can be had."""
    named = tenant_ids(tenants)
    with at_microsoft() as services, progress() as bars:
        task = bars.add_task("Customers read", total=None)
        found = find_drift(
            provider=PROVIDER,
            tenants=named or None,
            ends=Ends(
                subscriptions=subscriptions_of(services, PURPOSE),
                accounts=DataverseProviderStore(services.dataverse),
                log=DataverseSubscriptionMirror(services.dataverse),
            ),
            at=clock.now(services),
            customers=lambda count: bars.update(task, total=count),
            progress=lambda more: bars.advance(task, more),
        )
    if as_json:
        print_json(_as_document(found))
    else:
        print_drift(found)
    if found.apart or found.new or found.findings:
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
@in_plain_words
def repair(
    subscription: Annotated[
        str, typer.Argument(help="Its key here, or its id at Microsoft.", show_default=False)
    ],
    right: Annotated[
        Side,
        typer.Option(
            help="Which end is right: log changes Microsoft, microsoft adds to our log.",
            show_default=False,
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Make our log and Microsoft say the same of one subscription."""
    with at_microsoft() as services:
        repaired = repair_drift(
            provider=PROVIDER,
            reference=_reference(services, subscription),
            right=RIGHT_SIDES[right],
            microsoft=subscriptions_of(services, f"{REPAIR_PURPOSE} of {subscription}"),
            mirror=DataverseSubscriptionMirror(services.dataverse),
            at=clock.now(services),
        )
    if as_json:
        print_json({"subscription": subscription, "right": right.value, "done": repaired.done})
        return
    for each in repaired.done or ("Both say the same already; nothing was changed.",):
        console.print(escape(each), highlight=False)


def print_drift(found: FoundDrift) -> None:
    """Print what is apart, and what can be done about it."""
    print_findings(found.findings)
    for one in found.apart:
        print_findings(one.drift.findings)
        for change in one.drift.changes:
            text = f"{one.subscription.kept.key}: {change.reason} The next sync enters it."
            console.print(escape(text), highlight=False)
    for new in found.new:
        text = f"{new.provided.id}: only Microsoft has it. A sync takes it in, or says why not."
        console.print(escape(text), highlight=False)
    print_offered([(one.subscription, each) for one in found.apart for each in one.drift.repairs])
    if not (found.apart or found.new or found.findings):
        console.print("Both ends say the same.")


def print_offered(offered: Sequence[tuple[LoggedSubscription, Repair]]) -> None:
    """Print repairs, and the commands that carry them out."""
    for subscription, one in offered:
        key = subscription.kept.key
        console.print(escape(f"{key}: {one.why} Repair: {one.intent}."), highlight=False)
        console.print(
            escape(f"  work365 microsoft repair {key} --right log"),
            highlight=False,
            soft_wrap=True,
        )


def repair_as_json(subscription: LoggedSubscription, one: Repair) -> dict[str, str]:
    """Return a repair as it is in documents for programs."""
    return {
        "subscription": subscription.kept.key,
        "reference": subscription.reference,
        "why": one.why,
        "repair": str(one.intent),
    }


def _reference(services: Services, named: str) -> str:
    if is_guid(named):
        return named.lower()
    mirrored = DataverseSubscriptionMirror(services.dataverse).mirrored(PROVIDER)
    found = [each for each in mirrored.values if each.key.casefold() == named.casefold()]
    if len(found) != 1:
        raise SubscriptionUnknown(
            f"no subscription with the key {named} was seen at Microsoft; give its key or its id"
            " there, or run `work365 microsoft sync` first"
        )
    return found[0].reference


def _as_document(found: FoundDrift) -> dict[str, object]:
    return {
        "apart": [_apart_as_json(one) for one in found.apart],
        "only_at_microsoft": [each.provided.id for each in found.new],
        "findings": findings_as_json(found.findings),
    }


def _apart_as_json(one: Apart) -> dict[str, object]:
    return {
        "subscription": one.subscription.kept.key,
        "reference": one.subscription.reference,
        "changed_at_microsoft": [each.reason for each in one.drift.changes],
        "repairs": [repair_as_json(one.subscription, each) for each in one.drift.repairs],
        "findings": findings_as_json(one.drift.findings),
    }
