"""`work365 demo`: three months of an imaginary partner, through the real interfaces."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from work365.entrypoints.cli.billing import (
    explained_line,
    head_as_json,
    invoice_table,
    print_run,
    write_papers,
)
from work365.entrypoints.cli.demo_microsoft import (
    SecondEnding,
    microsoft_as_json,
    play_microsoft,
    print_microsoft,
)
from work365.entrypoints.cli.explanation_output import Explained, explained_tree
from work365.entrypoints.cli.output import (
    AsJson,
    console,
    errors,
    in_plain_words,
    print_json,
    progress,
)
from work365.entrypoints.cli.stand_ins import why_not_here
from work365.entrypoints.demo.stage import Stage, running
from work365.entrypoints.demo.story import FIRST_DAY, LAST_DAY, Story, tell
from work365.entrypoints.local_environment import LocalEnvironment, free_environment, free_port
from work365.errors import Refusal
from work365.ports.catalog import CatalogKind, Effect
from work365.ports.invoice_book import InvoiceHead
from work365.usecases.intake import Imported
from work365.usecases.run_billing import Run


class FolderTaken(Refusal):
    """The folder for the demo holds something else."""

    code = "folder_taken"


@dataclass(frozen=True, slots=True)
class Ending:
    """What the demo came to."""

    story: Story
    imported: Imported
    rings: int
    again: Run
    heads: list[InvoiceHead]
    explained: Explained
    papers: list[Path]


@in_plain_words
def demo(
    state: Annotated[
        Path, typer.Option(help="Folder for the demo; what an earlier demo left there is deleted.")
    ] = Path("build/demo"),
    microsoft: Annotated[
        bool, typer.Option(help="Play the second chapter, with Microsoft's side on this machine.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Bill three months of an imaginary partner on this machine, from import to PDF.

    Then connect one to Microsoft: consent, sync, order, changes at either end, renewal, invoice.
    """
    here = LocalEnvironment(state=state, dataverse_port=free_port(), app_port=free_port())
    _empty(here)
    errors.print("Starting a Dataverse environment and the function app on this machine.")
    with running(here, tell()) as stage:
        end = perform(stage)
    if not as_json:
        print_ending(end)
    second = _second_chapter(state / "microsoft") if microsoft else None
    if as_json:
        print_json(_as_json(end) | ({"microsoft": microsoft_as_json(second)} if second else {}))
    elif second:
        print_microsoft(second)


def _second_chapter(state: Path) -> SecondEnding | None:
    here = free_environment(state, has_microsoft=True)
    why_not = why_not_here(here)
    if why_not is not None:
        errors.print(f"The chapter about Microsoft is left out: {why_not}")
        return None
    errors.print(
        "Starting Microsoft's side on this machine, and a partner that is connected to it."
    )
    return play_microsoft(here)


def _empty(here: LocalEnvironment) -> None:
    """Delete what an earlier demo left behind, and nothing else.

    Raises: FolderTaken: the folder is somebody else's.
    """
    if not here.state.exists():
        return
    if any(here.state.iterdir()) and not here.dataverse_file.exists():
        raise FolderTaken(
            f"{here.state} holds what no demo has left there; choose another folder with --state"
        )
    shutil.rmtree(here.state)


def perform(stage: Stage) -> Ending:
    """Play the whole story on `stage`, and return what it came to."""
    with progress() as bars:
        imported = stage.load(bars)
        stage.play(bars)
    again = stage.bill_again()
    heads = list(stage.services.invoice_book.heads())
    return Ending(
        story=stage.story,
        imported=imported,
        rings=stage.rings(),
        again=again,
        heads=heads,
        explained=explained_line(stage.line_of_change(), stage.services),
        papers=write_papers(stage.services, heads, stage.here.state / "invoices"),
    )


def print_ending(end: Ending) -> None:
    """Say what the demo came to."""
    story, line = end.story, end.explained
    subscriptions = end.imported.count(Effect.CREATED, CatalogKind.SUBSCRIPTION)
    prices = end.imported.count(Effect.CREATED, CatalogKind.LIST_PRICE)
    console.print(
        f"[bold]{story.partner['name']}[/bold]: {len(story.customers)} customers,"
        f" {subscriptions} subscriptions and {prices} list prices imported."
    )
    days = (LAST_DAY - FIRST_DAY).days + 1
    console.print(
        f"{days} days went by. People changed {len(story.events)} things, and Dataverse rang"
        f" {end.rings} times."
    )
    console.print(invoice_table(end.heads))
    console.print("Billing all contracts a second time: ", end="")
    print_run(end.again)
    console.print(
        f"\n[bold]One line explained[/bold] (work365 explain {line.invoice}/{line.position})"
    )
    console.print(explained_tree(line))
    console.print(f"\n{len(end.papers)} invoices as PDFs are in {end.papers[0].parent}")


def _as_json(end: Ending) -> dict[str, object]:
    return {
        "customers": len(end.story.customers),
        "subscriptions": end.imported.count(Effect.CREATED, CatalogKind.SUBSCRIPTION),
        "rings": end.rings,
        "invoices": [head_as_json(head) for head in end.heads],
        "lines_written_by_second_run": end.again.lines,
        "explained": end.explained.explanation.sentence,
        "folder": str(end.papers[0].parent),
    }
