"""Commands of the billing clerk: run billing, list invoices, explain a line."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from work365.adapters.dataverse.catalog_store import DataverseCatalogStore
from work365.adapters.documents.invoice_pdf import render
from work365.bootstrap import Services
from work365.domain.explanations import explain
from work365.domain.findings import Finding
from work365.domain.lines import BilledLine
from work365.domain.money import Money
from work365.domain.provenance import NOTHING_AT_HAND, AtHand
from work365.entrypoints import clock
from work365.entrypoints.cli.explanation_output import Explained, print_explained
from work365.entrypoints.cli.output import (
    EXIT_FINDINGS,
    AsJson,
    console,
    errors,
    in_plain_words,
    money,
    print_json,
    progress,
)
from work365.entrypoints.local_environment import (
    is_down,
    settings_or_local,
    take_on_identity,
)
from work365.entrypoints.papers import paper_of, printed_rows
from work365.errors import Refusal, Unavailable
from work365.ports.invoice_book import InvoiceHead, KeptLine
from work365.settings import Settings, SettingWrong
from work365.usecases.run_billing import Run, run_billing

CUSTOMER_WIDTH_MIN = 12
OTHER_COLUMNS_WIDTH = 40
"""Date, status, number of lines, and the space between columns."""

INVOICED_BEFORE = timedelta(days=31)
"""How long before a billing period lines for it are looked for, being invoiced in advance."""

app = typer.Typer()


class DayNotCome(Refusal):
    """Somebody asks to close invoices of the future, perhaps by a slip of the finger."""

    code = "day_not_come"


class NothingAnswers(Unavailable):
    """No Dataverse is at the address of this machine where one should be."""

    code = "nothing_answers"


@contextmanager
def connected() -> Iterator[Services]:
    """Return the services of the environment that the settings name, or of this machine's.

    They are closed with the context.
    Raises: NothingAnswers: it would be on this machine, and is not running.
    """
    given = settings_or_local()
    take_on_identity(given)
    settings = Settings.read(given)
    if is_down(settings.dataverse_url):
        # Said at once: a request would be tried again for minutes.
        raise NothingAnswers(
            f"nothing answers at {settings.dataverse_url}; start Work 365 on this machine with"
            " `make up`, or set WORK365_DATAVERSE_URL to the address of your environment"
        )
    with closing(Services(settings)) as services:
        yield services


@app.command()
@in_plain_words
def bill(
    through: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Bill everything that is due on or before this day; today where it is left out.",
        ),
    ] = None,
    every: Annotated[
        bool,
        typer.Option("--all", help="Settle every contract again, not only those that are due."),
    ] = False,
    ahead: Annotated[
        bool,
        typer.Option("--ahead", help="Bill through a day that has not come, for good."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the invoices of the contracts that are due up to date."""
    with connected() as services, progress() as bars:
        store = services.store
        today = clock.today(services)
        day = through.date() if through else today
        if day > today and not ahead:
            raise DayNotCome(
                f"{day} has not come (today is {today}), and an invoice that is closed early"
                " stays closed; give --ahead if that is meant"
            )
        task = bars.add_task(f"Billing through {day}", total=None)
        for run in run_billing(
            contracts=store.all_contracts() if every else store.due_contracts(day),
            through=day,
            at=clock.now(services),
            store=store,
            job_log=services.job_log,
            workers=services.dataverse.degree_of_parallelism,
        ):
            bars.update(task, total=run.contracts_total, completed=run.contracts_done)
    if as_json:
        print_json(_run_as_json(run, through=day.isoformat()))
    else:
        print_run(run)
    if run.findings or run.failures:
        raise typer.Exit(EXIT_FINDINGS)


@app.command()
@in_plain_words
def invoices(
    contract: Annotated[
        str | None, typer.Option(help="Only those of this contract, such as CT-1001.")
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option(help="Write each invoice as a PDF into this folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the invoices."""
    with connected() as services:
        heads = list(services.invoice_book.heads(contract=contract))
        if pdf is not None:
            write_papers(services, heads, pdf)
    if as_json:
        print_json([head_as_json(head) for head in heads])
    else:
        console.print(invoice_table(heads))


@app.command(name="explain")
@in_plain_words
def explain_line(
    line: Annotated[
        str, typer.Argument(help="The line's key, or INVOICE/POSITION such as CT-1001-00002/1.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show how a line came to its amount."""
    with connected() as services:
        kept = services.invoice_book.line(line)
        explained = explained_line(kept, services)
    print_explained(explained, as_json=as_json)


def explained_line(line: KeptLine, services: Services) -> Explained:
    """Return how a kept line came to its amount, worked out again.

    Raises: AmountUnexplained: what is kept of it gives another amount.
    """
    explanation = explain(
        line.billed,
        name=line.description,
        rounding=line.rounding,
        known=at_hand(line.billed, services),
    )
    return Explained(line.billed, line.invoice, line.position, explanation)


def at_hand(line: BilledLine, services: Services) -> AtHand:
    """Return the change log that `line` is from, and the lines that were made before it.

    There is none where the contract cannot be read as it is kept; the line then speaks alone.
    """
    slot = line.charge.slot
    found = DataverseCatalogStore(services.dataverse).subscriptions([slot.price.subscription])
    contracts = [one.contract for one in found.values() if one.contract is not None]
    for kept in services.store.read_accounts(contracts).accounts:
        account = kept.account
        book = services.invoice_book
        return AtHand(
            changes=tuple(
                change
                for part in account.subscriptions
                if part.key == slot.price.subscription
                for change in part.changes
            ),
            lines=tuple(
                other.billed
                for head in book.heads(contract=account.contract.key)
                if slot.start - head.invoice_on <= INVOICED_BEFORE
                for other in book.lines(head.key)
            ),
        )
    return NOTHING_AT_HAND


def invoice_table(heads: list[InvoiceHead]) -> Table:
    """Return the invoices as a table, with a total for each currency."""
    table = Table(title="Invoices", title_justify="left", header_style="bold", box=box.SIMPLE_HEAD)
    by_currency: dict[str, list[Money]] = {}
    for head in heads:
        by_currency.setdefault(head.net.currency, []).append(head.net)
    totals = [Money.total(some, currency) for currency, some in sorted(by_currency.items())]
    key_width = max((len(head.key) for head in heads), default=0)
    net_width = max((len(_with_currency(each)) for each in totals), default=0)
    room = console.width - OTHER_COLUMNS_WIDTH - key_width - net_width
    # Where it gets narrow the customer's name is cut; numbers and amounts never are.
    table.add_column(
        "Customer", no_wrap=True, overflow="ellipsis", max_width=max(CUSTOMER_WIDTH_MIN, room)
    )
    table.add_column("Invoice", no_wrap=True, min_width=key_width)
    table.add_column("Date", no_wrap=True, min_width=10)
    table.add_column("Status", no_wrap=True, min_width=6)
    table.add_column("Lines", no_wrap=True, justify="right", min_width=5)
    table.add_column("Net", no_wrap=True, justify="right", min_width=net_width)
    for head in heads:
        table.add_row(
            escape(head.customer),
            escape(head.key),
            str(head.invoice_on),
            head.status.value,
            str(head.line_count),
            _with_currency(head.net),
        )
    table.add_section()
    for total in totals:
        count = f"{len(by_currency[total.currency])} invoices"
        table.add_row(count, "", "", "", "", _with_currency(total), style="bold")
    return table


def _with_currency(amount: Money) -> str:
    return f"{money(amount)} {amount.currency}"


def file_name(key: str) -> str:
    """Return `key` as the name of a file: people choose keys, and one could name a folder."""
    return "".join(part if part.isalnum() or part in "-_" else "_" for part in key)


def write_papers(services: Services, heads: list[InvoiceHead], folder: Path) -> list[Path]:
    """Write each invoice as a PDF into `folder`, and return the files.

    One on which nothing is printed is left out, and that is said.
    """
    partner = services.settings.partner
    if not partner.name:
        raise SettingWrong("WORK365_PARTNER_NAME is not set; an invoice has to say who it is from")
    folder.mkdir(parents=True, exist_ok=True)
    now = clock.now(services)
    files = []
    with progress() as bars:
        for head in bars.track(heads, description="Writing PDFs"):
            lines = services.invoice_book.lines(head.key)
            if not printed_rows(lines):
                errors.print(f"{escape(head.key)}: nothing to print, because all of it is waived")
                continue
            paper = paper_of(
                head,
                lines,
                addressee=services.invoice_book.addressee(head.key),
                partner=partner,
                created_at=now,
            )
            file = folder / f"{file_name(head.key)}.pdf"
            file.write_bytes(render(paper))
            files.append(file)
    return files


def head_as_json(head: InvoiceHead) -> dict[str, object]:
    """Return an invoice of the list as JSON; amounts are strings."""
    return {
        "invoice": head.key,
        "contract": head.contract,
        "customer": head.customer,
        "status": head.status.value,
        "kind": head.kind.value,
        "invoice_on": head.invoice_on,
        "due_on": head.due_on,
        "currency": head.net.currency,
        "net": str(head.net.amount),
        "lines": head.line_count,
    }


def _run_as_json(run: Run, *, through: str) -> dict[str, object]:
    return {
        "through": through,
        "contracts": run.contracts_total,
        "settled": run.contracts_done,
        "invoices_written": run.invoices,
        "lines_written": run.lines,
        "findings": [_finding_as_json(found.finding) for found in run.findings],
        "failures": run.failures,
    }


def _finding_as_json(finding: Finding) -> dict[str, object]:
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "message": finding.message,
        "path": finding.path,
    }


def print_run(run: Run) -> None:
    """Say what a run came to."""
    if run.contracts_total == 0:
        console.print("Nothing is due.")
        return
    console.print(
        f"{run.contracts_done} of {run.contracts_total} contracts settled;"
        f" {run.invoices} invoices and {run.lines} lines written."
    )
    for found in run.findings:
        finding = found.finding
        errors.print(f"[red]{finding.severity.value}[/red] {escape(finding.path)}: ", end="")
        errors.print(finding.message, markup=False)
    for failure in run.failures:
        errors.print(failure, style="red", markup=False)
