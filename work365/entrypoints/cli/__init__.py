"""The command line: `work365 demo`, `work365 up`, `work365 bill` and the rest."""

import logging
from typing import Annotated

import typer

from work365.entrypoints.cli import billing, examples, importing, installing, running
from work365.entrypoints.cli.demo import demo
from work365.entrypoints.cli.extending import extended_service
from work365.entrypoints.cli.guarding import guardian
from work365.entrypoints.cli.microsoft import app as microsoft_app
from work365.entrypoints.cli.previewing import preview_contract
from work365.entrypoints.cli.rehearsing import rehearse_command
from work365.entrypoints.cli.supposing import what_if_command
from work365.identity.redaction import mask_records

app = typer.Typer(
    name="work365",
    help="Subscription billing for Microsoft partners, in their own Dataverse environment.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(billing.app)
app.add_typer(running.app)
app.add_typer(installing.app)
app.add_typer(importing.app, name="import", help="Take in files of Partner Center.")
app.add_typer(examples.app, name="examples")
app.add_typer(microsoft_app, name="microsoft")
app.command()(demo)
app.command(name="preview")(preview_contract)
app.command(name="what-if")(what_if_command)
app.command()(extended_service)
app.command()(guardian)
app.command(name="rehearse")(rehearse_command)


@app.callback()
def main(
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say every request on the error stream.")
    ] = False,
) -> None:
    """Subscription billing for Microsoft partners, in their own Dataverse environment."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    mask_records()
    # The first would log each address with its filter, in which names of people can stand; what
    # the second warns of is in the error that follows.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("azure.identity").setLevel(logging.ERROR)
