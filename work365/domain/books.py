"""Books: one account as it goes on from run to run, kept in memory the way a store keeps it.

What a run closes becomes a billed line and a memory of the account that the next run starts
from; what it drafts is forgotten with the next run. Whoever plays a story day by day, or looks
at what would be billed, keeps books; the service keeps rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from work365.domain.accounts import Account
from work365.domain.invoices import Invoice, InvoiceStatus
from work365.domain.lines import BilledLine
from work365.domain.periods import day_after
from work365.domain.remembering import extended
from work365.domain.settlements import Settlement, settle_account


@dataclass(slots=True)
class Books:
    """An account, its closed invoices and its drafts, oldest first."""

    account: Account
    closed: list[Invoice] = field(default_factory=list)
    drafts: list[Invoice] = field(default_factory=list)

    def run_in_the_morning(self, today: date) -> Settlement:
        """Settle as the service does by itself: yesterday is over, drafts are of `today`."""
        return self.run(day_after(today, -1), as_of=today)

    def run(self, through: date, *, as_of: date | None = None) -> Settlement:
        """Settle through `through`, keep what came of it, and return it.

        Raises: whatever `settle_account` does; the books are then as they were.
        """
        settlement = settle_account(self.account, through=through, as_of=as_of)
        self.account = kept(self.account, settlement)
        self.closed += closed(settlement.invoices)
        self.drafts = drafts(settlement.invoices)
        return settlement

    @property
    def invoices(self) -> list[Invoice]:
        """All invoices, oldest first."""
        return self.closed + self.drafts


def kept(account: Account, settlement: Settlement) -> Account:
    """Return `account` as it is read again after `settlement` was kept."""
    return replace(
        account,
        billed=(*account.billed, *lines_on(closed(settlement.invoices))),
        memory=extended(account.memory, by=settlement.learned),
    )


def closed(invoices: Iterable[Invoice]) -> list[Invoice]:
    """Return those of `invoices` that never change again."""
    return [invoice for invoice in invoices if invoice.status is InvoiceStatus.BILLED]


def drafts(invoices: Iterable[Invoice]) -> list[Invoice]:
    """Return those of `invoices` that are made anew at the next run."""
    return [invoice for invoice in invoices if invoice.status is InvoiceStatus.DRAFT]


def lines_on(invoices: Iterable[Invoice]) -> list[BilledLine]:
    """Return the lines of `invoices`, in their order."""
    return [line for invoice in invoices for line in invoice.lines]
