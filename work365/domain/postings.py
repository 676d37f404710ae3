"""Postings: what an invoice, its payment and its months of revenue move between accounts.

Every document is posted in full to the deferred account, and its recognition rows release it
from there. A payment moves money that is owed to money that is had, and never revenue. Each
function's postings add up to nothing: what one account is debited, others are credited.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from work365.domain.money import Money
from work365.domain.revenue import RecognitionAccounts, RecognitionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The accounts that are posted to, by the names they have in the partner's books."""

    receivable: str = "receivable"
    cash: str = "cash"
    customer_balance: str = "customer_balance"
    """Credit that customers have with the partner."""
    tax: str = "tax"
    deferred: str = "deferred"
    revenue: str = "revenue"
    refunds: str = "refunds"
    credit_notes: str = "credit_notes"
    exchange_loss: str = "fx_loss"
    """What a change of the exchange rate lost; a gain is a loss below zero."""
    bad_debt: str = "bad_debt"

    @property
    def recognition(self) -> RecognitionAccounts:
        """The accounts that recognition rows are made with."""
        return RecognitionAccounts(self.deferred, self.revenue)

    @property
    def credited(self) -> frozenset[str]:
        """The accounts that a credit increases: what is owed to others, and what is earned."""
        return frozenset({self.customer_balance, self.tax, self.deferred, self.revenue})


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount that one account is debited on a day; below zero where it is credited."""

    on: date
    account: str
    debit: Money


def document_postings(
    rows: Iterable[RecognitionRow], *, on: date, accounts: Accounts, tax: Money | None = None
) -> tuple[Posting, ...]:
    """Return the postings of an invoice issued `on` a day, and of its months of revenue.

    A credit note is an invoice whose rows, and tax, are below zero.
    """
    postings: list[Posting] = []
    for row in rows:
        deferred, revenue = row.accounts.deferred, row.accounts.revenue
        postings += _entry(on, row.amount, debit=accounts.receivable, credit=deferred)
        postings += _entry(row.released_on, row.amount, debit=deferred, credit=revenue)
    if tax is not None:
        postings += _entry(on, tax, debit=accounts.receivable, credit=accounts.tax)
    return tuple(postings)


def settlement_postings(
    owed: Money, *, on: date, settled_by: str, accounts: Accounts, moved: Money | None = None
) -> tuple[Posting, ...]:
    """Return the postings by which `owed` of an invoice is settled `on` a day.

    `settled_by` is the account that it comes from: cash, the customer's balance, or bad debt.
    Where money was moved at another exchange rate than the invoice's, `moved` is what it came
    to, and the difference is an exchange loss. Money that is given back is below zero.
    Units: in the currency of the books.
    Raises: CurrencyMismatch: `moved` is in another currency than `owed`.
    """
    moved = owed if moved is None else moved
    return (
        Posting(on, settled_by, moved),
        *_unless_zero(Posting(on, accounts.exchange_loss, owed - moved)),
        Posting(on, accounts.receivable, -owed),
    )


def exchanged(amount: Decimal, rate: Decimal, currency: str) -> Money:
    """Return what `amount` of some other currency is in `currency`, rounded once.

    Units: `rate` is how much of `currency` one unit of the other one is worth.
    """
    return Money.round(Fraction(amount) * Fraction(rate), currency)


def movements(postings: Iterable[Posting], accounts: Accounts) -> dict[str, dict[date, Money]]:
    """Return by how much each account grew in each month, by the month's first day.

    Units: above zero where there is more of what the account holds, whichever side that is
    on. A month in which nothing is left of the postings is not in it.
    """
    grown: dict[str, dict[date, Money]] = {}
    for posting in sorted(postings, key=_day):
        amount = -posting.debit if posting.account in accounts.credited else posting.debit
        months = grown.setdefault(posting.account, {})
        month = posting.on.replace(day=1)
        months[month] = months.get(month, Money.zero(amount.currency)) + amount
    return {
        account: {month: amount for month, amount in months.items() if amount.amount}
        for account, months in grown.items()
        if any(amount.amount for amount in months.values())
    }


def _entry(on: date, amount: Money, *, debit: str, credit: str) -> tuple[Posting, Posting]:
    return Posting(on, debit, amount), Posting(on, credit, -amount)


def _unless_zero(posting: Posting) -> tuple[Posting, ...]:
    return (posting,) if posting.debit.amount else ()


def _day(posting: Posting) -> date:
    return posting.on
