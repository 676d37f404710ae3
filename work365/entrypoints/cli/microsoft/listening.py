"""`work365 microsoft webhooks` and `events`: hear from Microsoft, and act on what it says."""

from typing import Annotated

import typer

from work365.adapters.partner_center.webhook_registration import Webhooks
from work365.domain.microsoft.webhooks import WebhookRegistration
from work365.entrypoints import clock
from work365.entrypoints.cli.findings_output import findings_as_json, print_findings
from work365.entrypoints.cli.microsoft.asking import at_microsoft, exit_with
from work365.entrypoints.cli.output import (
    EXIT_FINDINGS,
    AsJson,
    console,
    in_plain_words,
    print_json,
    progress,
)
from work365.entrypoints.microsoft import microsoft_of
from work365.entrypoints.provider_events import handle_events, register, webhook_url

PURPOSE = "look at the registration for Microsoft's messages"

app = typer.Typer()
webhooks = typer.Typer(
    help="Where Microsoft sends its messages: register for them, or look.", no_args_is_help=True
)
app.add_typer(webhooks, name="webhooks")


@webhooks.command(name="register")
@in_plain_words
def register_command(
    take_over: Annotated[
        bool,
        typer.Option("--take-over", help="Replace a registration that names another address."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Have Microsoft send its messages to the app, and try whether one arrives."""
    with at_microsoft() as services, progress() as bars:
        bars.add_task("Waiting for a test message", total=None)
        done = register(services, may_take_over=take_over)
    if as_json:
        print_json(
            {
                **_as_document(done.registration),
                "step": done.step.name.lower(),
                "has_arrived": done.has_arrived,
                "findings": findings_as_json(done.findings),
            }
        )
    else:
        console.print(f"The registration: {done.step.value}.")
        _print_registration(done.registration)
        if done.has_arrived:
            console.print("A test message arrived.")
        print_findings(done.findings)
    exit_with(done.findings)


@webhooks.command()
@in_plain_words
def show(as_json: AsJson = False) -> None:
    """Show what is registered, and whether it is this app's address."""
    with at_microsoft() as services:
        ours = webhook_url(services.settings)
        found = Webhooks(microsoft_of(services).partner_center(PURPOSE)).registered()
    is_ours = found is not None and found.url == ours
    if as_json:
        registered = None if found is None else _as_document(found)
        print_json({"registration": registered, "address_of_the_app": ours, "is_ours": is_ours})
    elif found is None:
        console.print("Nothing is registered; `work365 microsoft webhooks register` does it.")
    else:
        _print_registration(found)
        if not is_ours:
            console.print("That is not the address of this app, which is:")
            console.print(ours, highlight=False, soft_wrap=True)
    if not is_ours:
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
@in_plain_words
def events(as_json: AsJson = False) -> None:
    """Handle the messages of Microsoft's that wait: read again what they are about."""
    with at_microsoft() as services, progress() as bars:
        bars.add_task("Reading again what messages are about", total=None)
        handled = handle_events(services, at=clock.now(services))
    if as_json:
        print_json(
            {
                "handled": handled.events,
                "has_more": handled.has_more,
                "findings": findings_as_json(handled.findings),
            }
        )
    else:
        text = f"{handled.events:,} messages were handled." if handled.events else "None waits."
        console.print(text)
        print_findings(handled.findings)
    exit_with(handled.findings)


def _print_registration(found: WebhookRegistration) -> None:
    console.print(found.url, highlight=False, markup=False, soft_wrap=True)
    for event in sorted(found.events):
        console.print(f"- {event}", highlight=False, markup=False)


def _as_document(found: WebhookRegistration) -> dict[str, object]:
    return {"url": found.url, "events": sorted(found.events)}
