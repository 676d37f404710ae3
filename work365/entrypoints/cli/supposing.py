"""`work365 what-if`: the money at stake before a subscription is changed at Microsoft.

Nothing is sent and nothing is written.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from work365.domain.catalog import BillingPlan, Term, part_number
from work365.domain.microsoft.intents import (
    AutoRenew,
    Cancel,
    ScheduleRenewal,
    SetQuantity,
    SubscriptionIntent,
    Suspend,
    Upgrade,
)
from work365.domain.microsoft.subscriptions import NextTerm, TermEnd
from work365.domain.microsoft.what_if import AtStake, Situation, what_if
from work365.domain.moments import local_day
from work365.domain.money import Money
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
from work365.errors import Refusal
from work365.usecases.know_prices import Offered, next_offered
from work365.usecases.look_at_subscriptions import LookedAt, look_at_one

PURPOSE = "tell what a change would come to"
NOT_KNOWN = "not known"

Supposed: TypeAlias = SubscriptionIntent | Upgrade


class NothingSupposed(Refusal):
    """The options do not say one change."""

    code = "nothing_supposed"


class Renews(StrEnum):
    """What is to happen at the end of the term."""

    ON = "on"
    OFF = "off"
    EXTEND = "extend"


TERM_ENDS = {Renews.ON: TermEnd.RENEW, Renews.OFF: TermEnd.CANCEL, Renews.EXTEND: TermEnd.EXTEND}


class Plan(StrEnum):
    """Billing plans as people type them."""

    MONTHLY = "monthly"
    ANNUAL = "annual"
    TRIENNIAL = "triennial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the options say."""

    quantity: int | None = None
    cancel: bool = False
    suspend: bool = False
    auto_renew: Renews | None = None
    next_term: NextTerm | None = None
    transition: str | None = None

    def __post_init__(self) -> None:
        quantity = None if self.transition else self.quantity
        said = (quantity is not None, self.cancel, self.suspend, self.auto_renew is not None)
        if sum((*said, self.next_term is not None, self.transition is not None)) != 1:
            raise NothingSupposed(
                "say one change: --quantity, --cancel, --suspend, --auto-renew, --next-term with"
                " --next-plan and --next-quantity, or --transition"
            )

    def intent(self, quantity: int) -> Supposed:
        """Return the change of a subscription that has `quantity` seats."""
        if self.transition is not None:
            return Upgrade(part_number=self.transition, quantity=self.quantity or quantity)
        if self.quantity is not None:
            return SetQuantity(quantity, self.quantity)
        if self.next_term is not None:
            return ScheduleRenewal(self.next_term)
        if self.auto_renew is not None:
            return AutoRenew(TERM_ENDS[self.auto_renew])
        return Cancel() if self.cancel else Suspend()


@in_plain_words
def what_if_command(  # noqa: PLR0913  a command has as many arguments as it has options
    *,
    subscription: Annotated[str, typer.Argument(help="Our key of it, or Microsoft's id.")],
    quantity: Annotated[
        int | None, typer.Option(min=1, help="So many seats; with --transition, so many move.")
    ] = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Give all of it back now.")] = False,
    suspend: Annotated[bool, typer.Option("--suspend", help="Suspend it.")] = False,
    auto_renew: Annotated[
        Renews | None,
        typer.Option(help="At the end of the term: renew, be cancelled, or extend."),
    ] = None,
    next_term: Annotated[Term | None, typer.Option(help="Renew for a term of this length.")] = None,
    next_plan: Annotated[Plan | None, typer.Option(help="Renew with this billing plan.")] = None,
    next_quantity: Annotated[
        int | None, typer.Option(min=1, help="Renew with so many seats.")
    ] = None,
    transition: Annotated[
        str | None, typer.Option(metavar="PRODUCT:SKU", help="Upgrade to this.")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Do it on this day, in UTC; else now."),
    ] = None,
    market: Market = None,
    as_json: AsJson = False,
) -> None:
    """Show the money at stake before a change at Microsoft; nothing is done."""
    asked = Asked(
        quantity=quantity,
        cancel=cancel,
        suspend=suspend,
        auto_renew=auto_renew,
        next_term=_next_term(next_term, next_plan, next_quantity),
        transition=transition and read_part_number(transition),
    )
    with desk(PURPOSE, market) as at_desk:
        told = suppose(subscription, asked, at_desk, on=on)
        if as_json:
            print_json(as_document(told))
        else:
            print_told(told, at_desk)
    if not told.at_stake.is_possible:
        raise typer.Exit(EXIT_FINDINGS)


@dataclass(frozen=True, slots=True)
class Told:
    """What a change would come to, of which subscription."""

    looked_at: LookedAt
    at_stake: AtStake


def suppose(subscription: str, asked: Asked, desk: Desk, *, on: datetime | None = None) -> Told:
    """Return what the change that is asked about would come to, now or at the start of a day.

    Raises: NotKnownHere, NothingSupposed: the day is over; RuleUnknown, Unavailable.
    """
    at = desk.at if on is None else datetime.combine(on, time(), UTC)
    if at.date() < desk.at.astimezone(UTC).date():
        raise NothingSupposed(f"{at:%Y-%m-%d} is over; suppose the change on today or a later day")
    others = [asked.transition] if asked.transition else []
    reading = look_at_one(subscription, desk.subscriptions.get, desk.books, priced_too=others)
    print_findings(reading.findings)
    [looked_at] = reading.values
    intent = asked.intent(looked_at.seen.provided.quantity)
    prices = looked_at.prices_with(_next_is(intent, looked_at, at))
    if prices is None:
        raise NothingSupposed(
            f"subscription {looked_at.key} is under no contract with a currency, so that no price"
            " can be found; put it under its billing contract"
        )
    then = max(at, desk.at)
    situation = Situation(
        seen=looked_at.seen,
        prices=prices,
        product=looked_at.product,
        moves=looked_at.moves_until(local_day(then, UTC)),
    )
    return Told(looked_at, what_if(intent, situation, at=then, book=desk.rules))


def read_part_number(text: str) -> str:
    """Return `PRODUCT:SKU` in the spelling that can be compared.

    Raises: NothingSupposed: it is none.
    """
    product, _, sku = text.partition(":")
    if not product or not sku or ":" in sku:
        raise NothingSupposed(f"{text!r} is no product with its SKU; write it as PRODUCT:SKU")
    return part_number(product_id=product, sku_id=sku)


def _next_term(term: Term | None, plan: Plan | None, quantity: int | None) -> NextTerm | None:
    if (term, plan, quantity) == (None, None, None):
        return None
    billed = None if plan is None else BillingPlan(plan.value.capitalize())
    return NextTerm(term=term, plan=billed, quantity=quantity)


def _next_is(intent: Supposed, looked_at: LookedAt, at: datetime) -> Offered | None:
    same = next_offered(looked_at.seen)
    if same is None:
        return None
    if isinstance(intent, Upgrade):
        return Offered(part_number=intent.part_number, term=same.term, plan=same.plan, on=at.date())
    if isinstance(intent, ScheduleRenewal):
        wanted = intent.next_term
        return Offered(
            part_number=same.part_number,
            term=wanted.term or same.term,
            plan=wanted.plan or same.plan,
            on=same.on,
        )
    return None


def print_told(told: Told, desk: Desk) -> None:
    """Print the money at stake as a small table, and then in sentences."""
    looked_at, at_stake = told.looked_at, told.at_stake
    console.print(f"[bold]{escape(f'{looked_at.customer}, {looked_at.name}')}[/bold]")
    console.print(f"{escape(at_stake.change)}, at {desk.shown(at_stake.at)}", highlight=False)
    table = Table(box=box.SIMPLE, show_header=False, pad_edge=False)
    table.add_column(overflow="fold")
    table.add_column(justify="right", overflow="fold")
    for label, amount in _amounts(at_stake).items():
        table.add_row(label, NOT_KNOWN if amount is None else _charged(amount))
    for label, moment in _moments(at_stake).items():
        if moment is not None:
            table.add_row(label, desk.shown(moment, between="\n"))
    console.print(table)
    for sentence in dict.fromkeys(at_stake.explanation):
        console.print(f"- {escape(sentence)}", highlight=False)
    if not at_stake.is_possible:
        console.print("[red]Microsoft would not do it.[/red]")


def as_document(told: Told) -> dict[str, Any]:
    """Return what is told as a document for programs."""
    looked_at, at_stake = told.looked_at, told.at_stake
    return {
        "subscription": looked_at.key,
        "reference": looked_at.seen.provided.id,
        "customer": looked_at.customer,
        "name": looked_at.name,
        "change": at_stake.change,
        "at": at_stake.at,
        "is_possible": at_stake.is_possible,
        "amounts": {
            name: amount_as_json(amount)
            for name, amount in (
                ("microsoft", at_stake.microsoft),
                ("microsoft_to_term_end", at_stake.microsoft_to_term_end),
                ("customer", at_stake.customer),
                ("next_term", at_stake.next_term),
                ("owed", at_stake.owed),
            )
        },
        "free_until": at_stake.free_until,
        "reversible_until": at_stake.reversible_until,
        "explanation": list(dict.fromkeys(at_stake.explanation)),
        "findings": findings_as_json(at_stake.findings),
    }


def _amounts(at_stake: AtStake) -> dict[str, Money | None]:
    owed = {"Owed to the end of the term, as it is": at_stake.owed}
    if at_stake.next_term is not None:
        return {"Next term": at_stake.next_term, **owed}
    invoiced = {
        "Microsoft's next invoice": at_stake.microsoft,
        "Microsoft, to the end of the term": at_stake.microsoft_to_term_end,
        "Customer's next invoice": at_stake.customer,
    }
    # Where no invoice has anything of it, the sentences say why.
    is_any_known = any(amount is not None for amount in invoiced.values())
    return {**invoiced, **owed} if is_any_known else owed


def _moments(at_stake: AtStake) -> dict[str, datetime | None]:
    return {
        "Costs nothing until": at_stake.free_until,
        "Can be taken back until": at_stake.reversible_until,
    }


def _charged(amount: Money) -> str:
    return f"{money(amount)} {amount.currency}"
