"""`work365 microsoft provider`, `connect`, `health` and `withdraw`: the connection itself."""

from os import environ
from typing import Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from work365.adapters.dataverse.microsoft.providers import DataverseProviderStore
from work365.bootstrap import Services
from work365.entrypoints.cli.microsoft.asking import Provider, at_microsoft, moment, tenant_id
from work365.entrypoints.cli.output import (
    EXIT_FINDINGS,
    AsJson,
    console,
    errors,
    in_plain_words,
    print_json,
    progress,
)
from work365.entrypoints.connection import delegated_features, look_at, offer_link, withdraw
from work365.entrypoints.microsoft import PROVIDER
from work365.microsoft import MicrosoftNotSetUp
from work365.ports.providers import Cloud
from work365.usecases.check_connection import Health, Verdict

VERDICTS = {
    Verdict.WORKS: "[green]works[/green]",
    Verdict.MISSING: "[red]missing[/red]",
    Verdict.UNKNOWN: "[yellow]not known now[/yellow]",
    Verdict.NOT_NEEDED: "not set up",
}

app = typer.Typer()


@app.command()
@in_plain_words
def provider(
    tenant: Annotated[
        str | None, typer.Option(help="Tenant id of the partner; else WORK365_PARTNER_TENANT.")
    ] = None,
    cloud: Annotated[
        Cloud | None, typer.Option(help="The partner's cloud; else WORK365_CLOUD.")
    ] = None,
    key: Annotated[str, typer.Option("--provider", help="Key of the provider.")] = PROVIDER,
    as_json: AsJson = False,
) -> None:
    """Say which partner the provider stands for; it is made where it is not there."""
    with at_microsoft() as services:
        settings = services.settings
        given = tenant or settings.partner_tenant
        if given is None:
            raise MicrosoftNotSetUp(
                "it is not known who the partner is; give --tenant, or set WORK365_PARTNER_TENANT"
                " to the partner's tenant id"
            )
        chosen, where = tenant_id(given), cloud or Cloud(settings.cloud.name)
        store = DataverseProviderStore(services.dataverse)
        store.set_partner(key, tenant=chosen, cloud=where)
        kept = store.provider(key)
        differs = [
            *([] if settings.partner_tenant == chosen else ["WORK365_PARTNER_TENANT"]),
            *([] if settings.cloud.name == where.value else ["WORK365_CLOUD"]),
        ]
    if as_json:
        print_json(
            {
                "provider": key,
                "tenant": chosen,
                "cloud": where.value,
                "settings_that_differ": differs,
            }
        )
    else:
        name = escape(kept.name)
        console.print(f"{name} stands for the partner {chosen} ({where.value}).", highlight=False)
        if differs:
            errors.print(
                f"{' and '.join(differs)} of this process say otherwise: set the app to the same,"
                " or Microsoft is asked for another partner.",
                highlight=False,
            )
    if differs:
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
@in_plain_words
def connect(
    provider: Provider = PROVIDER,
    by: Annotated[
        str | None, typer.Option("--by", help="Who asks for the link, as its record says it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a link by which an admin agent of the partner consents, once.

    The link alone goes to the output, and what it is for to the error stream.
    """
    with at_microsoft() as services:
        link = offer_link(services, provider, requested_by=by or _whoever())
        features = delegated_features()
        is_kept = services.settings.key_vault_url is not None
    if as_json:
        print_json(
            {
                "provider": provider,
                "link": link.address.reveal(),
                "expires_at": link.expires_at,
                "opens": features,
                "is_token_kept": is_kept,
            }
        )
        return
    errors.print(
        f"Send this link to an admin agent of the partner. It opens once, until"
        f" {moment(link.expires_at)}; links made before open nothing any more. Whoever opens it"
        " signs in at Microsoft with a second factor, and allows:",
        highlight=False,
    )
    for feature in features:
        errors.print(f"- {escape(feature)}", highlight=False)
    if not is_kept:
        errors.print(
            "WORK365_KEY_VAULT_URL is not set: the connection lasts as long as the app runs.",
            style="yellow",
            highlight=False,
        )
    # Without a wrap at the width of a terminal, which would cut the link in two.
    print(link.address.reveal())


@app.command()
@in_plain_words
def health(provider: Provider = PROVIDER, as_json: AsJson = False) -> None:
    """Show what of the connection works, what is missing, and how to mend it."""
    with at_microsoft() as services, progress() as bars:
        bars.add_task("Asking Microsoft", total=None)
        found = look_at(services, provider)
        note = _unseen(services)
    if as_json:
        print_json(_as_document(found))
    else:
        print_health(found)
    if note:
        errors.print(note, style="yellow", highlight=False)
    if any(one.verdict in (Verdict.MISSING, Verdict.UNKNOWN) for one in found.seen):
        raise typer.Exit(EXIT_FINDINGS)


@app.command(name="withdraw")
@in_plain_words
def withdraw_command(
    provider: Provider = PROVIDER,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take the consent back: what needs it stops working at once."""
    if not yes:
        typer.confirm(
            "Price sheets, licences, reseller links and rights stop working. Withdraw?",
            abort=True,
            err=True,
        )
    with at_microsoft() as services:
        withdrawn = withdraw(services, provider)
        note = _unseen(services)
    if as_json:
        print_json(
            {
                "consents": withdrawn.consents,
                "links": withdrawn.links,
                "left_to_do": withdrawn.left_to_do,
            }
        )
    else:
        console.print(
            f"{withdrawn.consents} consents and {withdrawn.links} open links were withdrawn."
        )
        for left in withdrawn.left_to_do:
            console.print(f"- {escape(left)}.", highlight=False)
    if note:
        errors.print(note, style="yellow", highlight=False)


def print_health(found: Health) -> None:
    """Print how a connection stands."""
    console.print(f"{escape(found.provider.name)}: {found.state.value}", highlight=False)
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("Looked at", overflow="fold", max_width=26)
    table.add_column("", no_wrap=True)
    table.add_column("What was seen, or how to mend it", overflow="fold")
    for one in found.seen:
        table.add_row(escape(one.name), VERDICTS[one.verdict], escape(one.words))
    console.print(table)
    if found.ends_at is not None:
        console.print(
            f"The delegated connection ends on {moment(found.ends_at)} ({found.days_left} days"
            " left) unless it is used before; a daily job uses it.",
            highlight=False,
        )


def _as_document(found: Health) -> dict[str, object]:
    return {
        "provider": found.provider.key,
        "state": found.state.value,
        "seen": [
            {"name": one.name, "verdict": one.verdict.value, "words": one.words}
            for one in found.seen
        ],
        "ends_at": found.ends_at,
        "days_left": found.days_left,
    }


def _unseen(services: Services) -> str:
    """Return that a delegated connection cannot be seen from here; blank where it can."""
    if services.settings.key_vault_url is not None:
        return ""
    return (
        "WORK365_KEY_VAULT_URL is not set, so that a delegated connection is in the memory of the"
        " app alone: this command cannot see it or end it. Set the vault, or use the app's pages."
    )


def _whoever() -> str:
    name = environ.get("USER") or environ.get("USERNAME") or "somebody"
    return f"{name}, at the command line"
