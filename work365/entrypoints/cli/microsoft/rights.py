"""`work365 microsoft relationships`: rights in customers' tenants (GDAP), and when they end."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.adapters.dataverse.microsoft.relationships import DataverseRelationshipBook
from work365.domain.findings import Finding
from work365.domain.microsoft.admin_rights import ENDED, days_left
from work365.domain.microsoft.relationships import AdminRelationship
from work365.entrypoints import clock
from work365.entrypoints.cli.findings_output import findings_as_json, print_findings
from work365.entrypoints.cli.microsoft.asking import at_microsoft, exit_with
from work365.entrypoints.cli.output import (
    AsJson,
    console,
    in_plain_words,
    print_json,
    progress,
)
from work365.entrypoints.microsoft import PROVIDER
from work365.entrypoints.provider_events import desk_of, refresh_relationships
from work365.entrypoints.provider_findings import keep_findings
from work365.entrypoints.provider_jobs import CONNECTION
from work365.usecases.manage_admin_relationships import (
    end_admin_relationship,
    extend_admin_relationship,
)

EXTEND_PURPOSE = "say whether an admin relationship extends itself"
END_PURPOSE = "end an admin relationship"

app = typer.Typer(help="Rights in customers' tenants (GDAP): list, extend and end them.")

Id = Annotated[str, typer.Argument(help="Id of the relationship.", show_default=False)]


class OnOrOff(StrEnum):
    """Whether something is to be."""

    ON = "on"
    OFF = "off"


@app.callback(invoke_without_command=True)
@in_plain_words
def relationships(
    context: typer.Context,
    kept: Annotated[
        bool, typer.Option("--kept", help="Show what is kept, and ask Microsoft nothing.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Show those that have ended, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List rights in customers' tenants (GDAP), those that end first before others."""
    if context.invoked_subcommand is not None:
        return
    with at_microsoft() as services:
        at = clock.now(services)
        findings: tuple[Finding, ...] = ()
        if not kept:
            with progress() as bars:
                bars.add_task("Reading relationships", total=None)
                findings = refresh_relationships(services, at=at).findings
            # The daily look closes what holds no longer: it also knows of consents.
            keep_findings(services, findings, origin=CONNECTION, at=at, paths=())
        book = DataverseRelationshipBook(services.dataverse)
        found = [
            each.seen
            for each in book.relationships(PROVIDER)
            if every or each.seen.status not in ENDED
        ]
        accounts = DataverseProviderStore(services.dataverse).accounts(PROVIDER)
        names = {account.tenant: account.name for account in accounts}
    if as_json:
        print_json(
            {
                "relationships": [_as_document(each, names, at) for each in found],
                "findings": findings_as_json(findings),
            }
        )
    else:
        print_relationships(found, names, at)
        print_findings(findings)
    exit_with(findings)


@app.command()
@in_plain_words
def extend(
    relationship: Id,
    wanted: Annotated[
        OnOrOff, typer.Argument(help="Whether it goes on by itself.", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Say whether a relationship goes on by 180 days when it would end."""
    with at_microsoft() as services:
        at = clock.now(services)
        desk = desk_of(services, EXTEND_PURPOSE, at=at)
        seen = extend_admin_relationship(relationship, extends=wanted is OnOrOff.ON, desk=desk)
    if as_json:
        print_json(_as_document(seen, {}, at))
    else:
        does = "extends itself" if seen.extends_itself else "ends, and does not extend itself"
        console.print(escape(f"{seen.name} {does}."), highlight=False)


@app.command()
@in_plain_words
def end(
    relationship: Id,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    as_json: AsJson = False,
) -> None:
    """End a relationship: its rights are lost, and only the customer can grant new ones."""
    if not yes:
        typer.confirm("The rights are lost. End the relationship?", abort=True, err=True)
    with at_microsoft() as services:
        at = clock.now(services)
        seen = end_admin_relationship(relationship, desk=desk_of(services, END_PURPOSE, at=at))
    if as_json:
        print_json(_as_document(seen, {}, at))
    else:
        console.print(escape(f"{seen.name}: {seen.status.value}."), highlight=False)


def print_relationships(
    found: Sequence[AdminRelationship], names: Mapping[str, str], at: datetime
) -> None:
    """Print relationships, with the days that are left of each, and below the table their ids."""
    if not found:
        console.print("There are no admin relationships.")
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("Customer and name", overflow="fold")
    table.add_column("Status", overflow="fold")
    table.add_column("Ends", no_wrap=True)
    table.add_column("Days", no_wrap=True, justify="right")
    table.add_column("Extends", no_wrap=True)
    for each in found:
        left = days_left(each, at)
        table.add_row(
            escape(f"{_customer(each, names)}\n{each.name}"),
            each.status.value,
            "-" if each.expires_at is None else f"{each.expires_at:%Y-%m-%d}",
            "-" if left is None else f"{left:,}",
            "by itself" if each.extends_itself else "no",
        )
    console.print(table)
    for each in found:
        console.print(escape(f"{each.name}:\n  {each.id}"), highlight=False, soft_wrap=True)


def _customer(relationship: AdminRelationship, names: Mapping[str, str]) -> str:
    tenant = relationship.customer
    return "not known yet" if tenant is None else names.get(tenant, tenant)


def _as_document(
    each: AdminRelationship, names: Mapping[str, str], at: datetime
) -> dict[str, object]:
    return {
        "id": each.id,
        "name": each.name,
        "status": each.status.value,
        "tenant": each.customer,
        "customer": None if each.customer is None else names.get(each.customer),
        "ends_at": each.expires_at,
        "days_left": days_left(each, at),
        "extends_itself": each.extends_itself,
        "roles": each.roles,
    }
