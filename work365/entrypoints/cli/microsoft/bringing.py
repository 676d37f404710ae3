"""`work365 microsoft sync`: bring over what is at Microsoft, part by part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from work365.bootstrap import Services
from work365.entrypoints import clock
from work365.entrypoints.cli.findings_output import findings_as_json, print_findings
from work365.entrypoints.cli.microsoft.asking import Tenants, at_microsoft, tenant_ids
from work365.entrypoints.cli.microsoft.comparing import print_offered, repair_as_json
from work365.entrypoints.cli.output import (
    EXIT_FINDINGS,
    EXIT_REFUSED,
    AsJson,
    console,
    errors,
    in_plain_words,
    print_json,
    progress,
)
from work365.entrypoints.provider_work import BroughtOver, Order, bring_over, keep_findings_of
from work365.errors import Contradiction, Refusal, Work365Error
from work365.jobs import ProviderPart

DEFAULT_PARTS = (ProviderPart.CUSTOMERS, ProviderPart.SUBSCRIPTIONS)
MONTHS_MAX = 24

app = typer.Typer()


class TenantsOfNoPart(Refusal):
    """Customers were named, and nothing is brought over that is of single ones."""

    code = "tenants_of_no_part"


@dataclass(frozen=True, slots=True)
class NotBroughtOver:
    """A part that could not be brought over."""

    part: ProviderPart
    error: Work365Error


Outcome = BroughtOver | NotBroughtOver


@app.command()
@in_plain_words
def sync(
    parts: Annotated[
        list[ProviderPart] | None,
        typer.Argument(help="What to bring over; else customers and subscriptions."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Bring everything over.")] = False,
    months: Annotated[
        int,
        typer.Option(
            "--month-history",
            min=0,
            max=MONTHS_MAX,
            help="Of how many past months prices are read as well, which is needed once.",
        ),
    ] = 0,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--resume-since",
            formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"],
            help="In UTC: leave out whose subscriptions were read since then.",
        ),
    ] = None,
    tenants: Tenants = None,
    as_json: AsJson = False,
) -> None:
    """Bring customers, subscriptions and the rest over, and list what drifted."""
    wanted = list(ProviderPart) if every else _in_order(parts or DEFAULT_PARTS)
    named = tenant_ids(tenants)
    if named and ProviderPart.SUBSCRIPTIONS not in wanted:
        raise TenantsOfNoPart("--tenant is for subscriptions; name that part, or leave it out")
    order = Order(tenants=named or None, months=months, since=since and since.replace(tzinfo=UTC))
    with at_microsoft() as services:
        outcomes = [_bring(services, part, order, is_alone=len(wanted) == 1) for part in wanted]
    if as_json:
        print_json({"parts": [_as_document(each) for each in outcomes]})
    else:
        for each in outcomes:
            print_outcome(each)
    if any(isinstance(each, NotBroughtOver) for each in outcomes):
        raise typer.Exit(EXIT_REFUSED)
    if any(each.findings for each in outcomes if isinstance(each, BroughtOver)):
        raise typer.Exit(EXIT_FINDINGS)


def print_outcome(outcome: Outcome) -> None:
    """Say what came of one part."""
    if isinstance(outcome, NotBroughtOver):
        error = outcome.error
        errors.print(f"[red]{outcome.part.value}[/red] ({error.code}): ", end="")
        errors.print(str(error), markup=False, highlight=False)
        return
    counts = [
        f"{number:,} {kind.value} {effect.value}"
        for (kind, effect), number in sorted(outcome.tally.items(), key=_by_name)
        if number
    ]
    console.print(f"{outcome.part.value}: {', '.join(counts) or 'read'}", highlight=False)
    # What drifted is said with the offer to repair it.
    offered = {f"subscription {each.subscription.kept.key}" for each in outcome.repairs}
    print_findings(
        each for each in outcome.findings if each.code != "drifted" or each.path not in offered
    )
    print_offered([(each.subscription, each.repair) for each in outcome.repairs])


def _in_order(parts: Sequence[ProviderPart]) -> list[ProviderPart]:
    """Return each part once, those first that others need."""
    return [part for part in ProviderPart if part in parts]


def _bring(services: Services, part: ProviderPart, order: Order, *, is_alone: bool) -> Outcome:
    """Bring one part over; where others follow, one that is refused does not stop them."""
    at = clock.now(services)
    with progress() as bars:
        task = bars.add_task(f"Reading {part.value}", total=None)
        watched = Order(
            tenants=order.tenants,
            since=order.since,
            months=order.months,
            progress=lambda more: bars.advance(task, more),
        )
        try:
            brought = bring_over(services, part, at=at, order=watched)
        except (Refusal, Contradiction) as error:
            if is_alone:
                raise
            return NotBroughtOver(part, error)
    keep_findings_of(services, brought, at=at)
    return brought


def _by_name(counted: tuple[object, int]) -> str:
    return str(counted[0])


def _as_document(outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome, NotBroughtOver):
        error = {"code": outcome.error.code, "message": str(outcome.error)}
        return {"part": outcome.part.value, "error": error}
    return {
        "part": outcome.part.value,
        "counts": [
            {"what": kind.value, "effect": effect.value, "number": number}
            for (kind, effect), number in sorted(outcome.tally.items(), key=_by_name)
        ],
        "findings": findings_as_json(outcome.findings),
        "repairs": [repair_as_json(each.subscription, each.repair) for each in outcome.repairs],
    }
