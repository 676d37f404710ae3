"""What `work365 preview` prints: the invoices, what an assumption changes, and why."""

from dataclasses import dataclass
from datetime import date

from rich import box
from rich.markup import escape
from rich.table import Table

from work365.domain import figures
from work365.domain.accounts import Account
from work365.domain.assumptions import (
    Assumption,
    NothingAssumed,
)
from work365.domain.books import lines_on
from work365.domain.explanations import Explanation
from work365.domain.invoices import Invoice, Line
from work365.domain.lines import BilledLine
from work365.domain.money import Money
from work365.domain.previews import (
    LineChange,
    Preview,
    Steady,
)
from work365.entrypoints.cli.explanation_output import (
    Explained,
    explained_line,
    explanation_of,
    node_as_json,
)
from work365.entrypoints.cli.output import console, money

MONTHS_IN_YEAR = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """A preview, with what is said about it."""

    account: Account
    assumed: Assumption
    on: date
    preview: Preview
    steady: Steady | None

    @property
    def is_assumed(self) -> bool:
        """Whether anything is assumed at all."""
        return not isinstance(self.assumed, NothingAssumed)

    def explanation(self, line: Line) -> Explanation:
        """Return how a line that would be billed comes to its amount."""
        return explanation_of(line, self._lines)

    def explained(self, place: str) -> Explained:
        """Return the line at `INVOICE/POSITION`, and how it comes to its amount.

        Raises: NoSuchLine: no line that would be billed is there.
        """
        return explained_line(self.preview.invoices, place, self._lines)

    @property
    def _lines(self) -> tuple[BilledLine, ...]:
        return (*self.account.billed, *lines_on(self.preview.invoices))


def in_words(shown: Shown) -> str:
    """Return what an assumption changes, as a sentence."""
    changes = [
        f"{_more_or_less(one.net)} on the invoice of {figures.day_in_words(one.invoice_on)}"
        for one in shown.preview.invoice_changes
    ]
    told = f"{shown.assumed.described(shown.account)} from {figures.day_in_words(shown.on)}: "
    told += ", ".join(changes) or "nothing changes on these invoices"
    if shown.steady is not None:
        every = _every(shown.steady.months)
        amount = shown.steady.amount
        size = _with_currency(Money(amount.currency, abs(amount.amount)))
        told += f", and {size} {every} {'more' if amount.amount > 0 else 'less'} from then on"
    return f"{told}."


def _more_or_less(amount: Money) -> str:
    if amount.amount < 0:
        return f"{_with_currency(-amount)} less"
    return _with_currency(amount)


def _every(months: int) -> str:
    if months == 1:
        return "a month"
    return "a year" if months == MONTHS_IN_YEAR else f"every {months} months"


def _with_currency(amount: Money) -> str:
    return f"{money(amount)} {amount.currency}"


def print_preview(shown: Shown, *, explained: bool) -> None:
    """Print the invoices as tables, and what is assumed as a sentence."""
    if not shown.account.contract.active:
        console.print("Nothing is to be invoiced: the contract is a draft.")
    elif not shown.preview.invoices:
        console.print("Nothing is to be invoiced.")
    for invoice in shown.preview.invoices:
        console.print(_invoice_table(shown, invoice, explained=explained))
    if not shown.is_assumed:
        return
    if shown.preview.line_changes:
        console.print(_change_table(shown))
    console.print(in_words(shown), markup=False, highlight=False)


def _invoice_table(shown: Shown, invoice: Invoice, *, explained: bool) -> Table:
    table = _table(f"{invoice.key} of {invoice.invoice_on}, as it will be")
    table.add_column("For")
    table.add_column("How it was worked out" if explained else "Days", no_wrap=not explained)
    table.add_column("Quantity", justify="right", no_wrap=True)
    table.add_column(invoice.contract.currency, justify="right", no_wrap=True)
    for line in invoice.lines:
        days = figures.days(line.charge.service_period)
        how = shown.explanation(line).sentence if explained else days
        quantity = figures.plain(line.charge.quantity)
        table.add_row(escape(line.sold.name), escape(how), quantity, money(line.amount))
    table.add_section()
    table.add_row("net", "", "", money(invoice.net), style="bold")
    if invoice.taxes is not None:
        table.add_row("tax", "", "", money(invoice.total - invoice.net))
        table.add_row("total", "", "", money(invoice.total), style="bold")
    return table


def _change_table(shown: Shown) -> Table:
    table = _table("What changes")
    table.add_column("For")
    for column in ("Days", "Invoice"):
        table.add_column(column, no_wrap=True)
    for column in ("without", "with"):
        table.add_column(column, justify="right", no_wrap=True)
    for change in shown.preview.line_changes:
        line = _either(change)
        table.add_row(
            escape(line.sold.name),
            figures.days(line.charge.service_period),
            str(change.invoice_on),
            *("" if side is None else money(side.amount) for side in (change.before, change.after)),
        )
    table.add_section()
    net = shown.preview.net
    table.add_row("together", "", "", "", f"{'+' if net.amount > 0 else ''}{money(net)}")
    return table


def _table(title: str) -> Table:
    return Table(
        title=escape(title), title_justify="left", header_style="bold", box=box.SIMPLE_HEAD
    )


def _either(change: LineChange) -> Line:
    line = change.after or change.before
    assert line is not None, "a line that changes was there or will be"
    return line


def as_document(shown: Shown, *, explained: bool) -> dict[str, object]:
    """Return a preview as JSON; amounts are strings."""
    seen = shown.preview
    return {
        "contract": shown.account.contract.key,
        "on": shown.on,
        "as_of": seen.after.as_of,
        "currency": shown.account.contract.currency,
        "invoices": [
            {
                "invoice": invoice.key,
                "invoice_on": invoice.invoice_on,
                "net": str(invoice.net.amount),
                "tax": str((invoice.total - invoice.net).amount),
                "total": str(invoice.total.amount),
                "lines": [_line(shown, line, explained=explained) for line in invoice.lines],
            }
            for invoice in seen.invoices
        ],
        "assumed": in_words(shown) if shown.is_assumed else None,
        "difference": {
            "net": str(seen.net.amount),
            "tax": str(seen.tax.amount),
            "total": str(seen.total.amount),
        },
        "changes": [
            {
                "invoice_on": change.invoice_on,
                "line": _either(change).key,
                "before": None if change.before is None else str(change.before.amount.amount),
                "after": None if change.after is None else str(change.after.amount.amount),
            }
            for change in seen.line_changes
        ],
        "from_then_on": _steady(shown.steady),
    }


def _steady(steady: Steady | None) -> dict[str, object] | None:
    if steady is None:
        return None
    return {
        "amount": str(steady.amount.amount),
        "months": steady.months,
        "since": steady.since,
    }


def _line(shown: Shown, line: Line, *, explained: bool) -> dict[str, object]:
    period = line.charge.service_period
    document: dict[str, object] = {
        "line": line.key,
        "for": line.sold.name,
        "kind": line.kind.value,
        "first_day": period.start,
        "last_day": period.last_day,
        "quantity": line.charge.quantity,
        "amount": str(line.amount.amount),
    }
    if explained:
        explanation = shown.explanation(line)
        document["sentence"] = explanation.sentence
        document["tree"] = node_as_json(explanation.tree)
    return document
