"""`work365 microsoft provision`: tell Microsoft of the changes that await it."""

from typing import Annotated

import typer
from rich import box
from rich.table import Table

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
from work365.entrypoints.provisioning import provision
from work365.usecases.provision_changes import CHANGES_MAX, ProvisioningRun

app = typer.Typer()


@app.command(name="provision")
@in_plain_words
def provision_command(
    most: Annotated[
        int, typer.Option(min=1, help="How many changes at most are told now.")
    ] = CHANGES_MAX,
    as_json: AsJson = False,
) -> None:
    """Tell Microsoft of the changes that are due, and show what became of them."""
    with at_microsoft() as services, progress() as bars:
        bars.add_task("Telling Microsoft", total=None)
        run = provision(services, at=clock.now(services), most=most)
    if as_json:
        print_json(
            {
                **dict(_counts(run)),
                "has_more": run.has_more,
                "findings": findings_as_json(run.findings),
            }
        )
    else:
        print_run(run)
    exit_with(run.findings)


def print_run(run: ProvisioningRun) -> None:
    """Print what a run came to, and why what failed did."""
    counts = [(name, number) for name, number in _counts(run) if number]
    if not counts:
        console.print("No change is due that awaits Microsoft.")
    else:
        table = Table(box=box.SIMPLE, pad_edge=False)
        table.add_column("Changes")
        table.add_column("", justify="right")
        for name, number in counts:
            table.add_row(name.replace("_", " "), f"{number:,}")
        console.print(table)
    print_findings(run.findings)
    if run.has_more:
        console.print("Others are due; run this again.")


def _counts(run: ProvisioningRun) -> tuple[tuple[str, int], ...]:
    return (
        ("provisioned", run.provisioned),
        ("waiting", run.waiting),
        ("failed", run.failed),
        ("not_applicable", run.not_applicable),
        ("taken_by_others", run.taken_by_others),
    )
