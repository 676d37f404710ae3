"""`work365 extended-service`: what falls into the paid extended service term, and who decided."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from work365.domain.microsoft.extended_service import Heading, headings
from work365.domain.microsoft.subscriptions import TermEnd
from work365.entrypoints.cli.deciding import Desk, Market, amount_as_json, desk
from work365.entrypoints.cli.findings_output import findings_as_json, print_findings
from work365.entrypoints.cli.output import (
    EXIT_FINDINGS,
    AsJson,
    console,
    in_plain_words,
    money,
    print_json,
)
from work365.entrypoints.deciding_watch import DAYS_AHEAD
from work365.errors import Refusal
from work365.ports.seen_subscriptions import ExtendedServiceDecision
from work365.usecases.look_at_subscriptions import LookedAt, find_kept
from work365.usecases.watch_decisions import ending_of

PURPOSE = "find what falls into the extended service term"


class HalfADecision(Refusal):
    """A decision without what was decided, or without who."""

    code = "half_a_decision"


class Decision(StrEnum):
    """What a customer can decide."""

    RENEW = "renew"
    CANCEL = "cancel"
    EXTEND = "extend"


@in_plain_words
def extended_service(
    *,
    decide: Annotated[
        str | None, typer.Option(metavar="SUBSCRIPTION", help="Record a decision about this one.")
    ] = None,
    decision: Annotated[
        Decision | None, typer.Argument(help="With --decide: what the customer decided.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="With --decide: who decided it.")
    ] = None,
    through: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day looked at; a quarter ahead if omitted."),
    ] = None,
    market: Market = None,
    as_json: AsJson = False,
) -> None:
    """Find what will fall into the paid extended service term, or record a decision."""
    _check(decide, decision, by)
    with desk(PURPOSE, market) as at_desk:
        if decide is not None and decision is not None and by is not None:
            record(decide, decision, by, at_desk)
            return
        today = at_desk.at.astimezone(UTC).date()
        last_day = through.date() if through else today + timedelta(days=DAYS_AHEAD)
        found, findings = find(at_desk, through=last_day)
        if as_json:
            document = {
                "through": last_day,
                "subscriptions": [as_document(looked_at, each) for looked_at, each in found],
                "findings": findings_as_json(findings),
            }
            print_json(document)
        else:
            print_findings(findings)
            print_found(found, last_day)
    if any(not heading.is_decided for _, heading in found):
        raise typer.Exit(EXIT_FINDINGS)


def _check(decide: str | None, decision: Decision | None, by: str | None) -> None:
    if len({decide is None, decision is None, by is None or not by.strip()}) > 1:
        raise HalfADecision(
            "a decision is recorded as `--decide SUBSCRIPTION renew|cancel|extend --by NAME`; one"
            " of these is missing"
        )


def record(subscription: str, decision: Decision, by: str, desk: Desk) -> None:
    """Keep the customer's decision, and say what is still to be done.

    Raises: NotKnownHere; Unavailable.
    """
    kept = find_kept(subscription, desk.books)
    today = desk.at.astimezone(desk.zone).date()
    outcome = TermEnd[decision.name]
    desk.mirror.decide(
        kept.id,
        ExtendedServiceDecision(outcome=outcome, decided_on=today, decided_by=by.strip()),
    )
    console.print(f"Recorded for {escape(kept.key)}: {outcome.value}, decided by {escape(by)}.")
    if kept.term_end is not outcome:
        shown = "nothing" if kept.term_end is None else kept.term_end.value
        console.print(
            f"Microsoft last showed {shown}: enter a change with this end of the term, so that it"
            " is told."
        )


def find(desk: Desk, *, through: date) -> tuple[list[tuple[LookedAt, Heading]], Sequence[Any]]:
    """Return what needs a look, with its subscription, and what could not be read."""
    reading = desk.look_at_all()
    by_key = {each.key: each for each in reading.values}
    endings = [ending_of(each) for each in reading.values]
    found = headings(endings, book=desk.rules, at=desk.at, through=through)
    return [(by_key[heading.key], heading) for heading in found], reading.findings


def print_found(found: Sequence[tuple[LookedAt, Heading]], through: date) -> None:
    """Print a table of what needs a look, and then the sentences."""
    if not found:
        console.print(
            f"Up to {through} nothing falls into the extended service term, and nothing ends"
            " otherwise than was decided."
        )
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("On", "Customer and subscription", "A month", "More", "Decided"):
        table.add_column(name, justify="right" if name in ("A month", "More") else "left")
    for looked_at, heading in found:
        table.add_row(*map(escape, _row(looked_at, heading)))
    console.print(table)
    for _, heading in found:
        console.print(f"- {escape(' '.join(heading.explanation))}", highlight=False)
    console.print(f"[dim]{escape(_rules_told(found))}[/dim]", highlight=False)


def _row(looked_at: LookedAt, heading: Heading) -> Iterator[str]:
    yield "in it" if looked_at.seen.in_extended_term else str(heading.on)
    yield f"{looked_at.customer}, {looked_at.name}"
    yield "?" if heading.per_month is None else money(heading.per_month)
    yield "?" if heading.more_per_month is None else money(heading.more_per_month)
    logged = looked_at.logged
    decision = None if logged is None else logged.decision
    yield "nothing" if decision is None else decision.outcome.value


def _rules_told(found: Sequence[tuple[LookedAt, Heading]]) -> str:
    told = dict.fromkeys(f"{heading.rule.told} ({heading.rule.source})" for _, heading in found)
    return "Extended service: " + "; ".join(told) + "."


def as_document(looked_at: LookedAt, heading: Heading) -> dict[str, Any]:
    """Return one that needs a look as a document for programs."""
    logged = looked_at.logged
    decision = None if logged is None else logged.decision
    return {
        "subscription": heading.key,
        "reference": looked_at.seen.provided.id,
        "customer": looked_at.customer,
        "name": looked_at.name,
        "course": heading.course.name.lower(),
        "on": heading.on,
        "is_decided": heading.is_decided,
        "per_month": amount_as_json(heading.per_month),
        "more_per_month": amount_as_json(heading.more_per_month),
        "decision": None if decision is None else decision.outcome.value,
        "decided_on": None if decision is None else decision.decided_on,
        "decided_by": None if decision is None else decision.decided_by,
        "explanation": list(heading.explanation),
        "rule": heading.rule.told,
    }
