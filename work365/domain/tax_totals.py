"""Tax totals: what tax a document comes to, and what of it a credit note takes back.

An amount of tax depends on what is rounded when. The method is a setting, is pinned with the
totals, and a credit note uses that of its invoice. The last credit of a rate takes what is
left of its tax, so that all credit notes together come to the invoice exactly.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from work365.domain.apportionment import apportion
from work365.domain.money import Money
from work365.domain.taxes import AppliedTax
from work365.errors import Refusal


class CreditAboveInvoice(Refusal):
    """More is to be credited than is left of an invoice."""

    code = "credit_above_invoice"


class TaxNotOnInvoice(Refusal):
    """A credit note names a tax that its invoice does not have."""

    code = "tax_not_on_invoice"


class TaxMethod(Enum):
    """What is rounded when. The value is the name and version that documents keep."""

    UNROUNDED_NET = "unrounded-net/1"
    """Tax on the unrounded net of a rate, rounded once a rate."""
    UNROUNDED_NET_OF_ALL_RATES = "unrounded-net-of-all-rates/1"
    """The same over all rates, rounded once a document; the rates share it out."""
    UNROUNDED_TOTAL = "unrounded-total/1"
    """Net and gross of a rate are rounded, each once; the tax is what lies between them."""
    ROUNDED_NET = "rounded-net/1"
    """Tax on the sum of a rate's printed lines, rounded once a rate; electronic invoices
    demand it (EN 16931, BR-CO-17)."""
    ROUNDED_LINES = "rounded-lines/1"
    """Tax of each line, on its unrounded net, rounded; a rate's tax is their sum."""


class Prices(Enum):
    """Whether the amounts of lines have the tax in them."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"
    """The gross stays what was printed, and the net is what the tax leaves of it."""


class TaxableLine(NamedTuple):
    """A line as tax sees it.

    Units: `exact` in the currency's major unit, before rounding; `printed` as it is on paper.
    Both are net or gross as the document's prices are.
    """

    tax: AppliedTax
    exact: Fraction
    printed: Money

    @classmethod
    def of(cls, tax: AppliedTax, exact: Fraction, currency: str) -> "TaxableLine":
        """Return the line that prints `exact`, rounded."""
        return cls(tax, exact, Money.round(exact, currency))


class RateTotal(NamedTuple):
    """What the lines of one tax come to."""

    applied: AppliedTax
    net: Money
    tax: Money

    @property
    def gross(self) -> Money:
        """Net and tax together."""
        return self.net + self.tax

    def printed(self, prices: Prices) -> Money:
        """Return what the lines say that it is made from."""
        return self.net if prices is Prices.EXCLUSIVE else self.gross


@dataclass(frozen=True, slots=True)
class TaxTotals:
    """The tax of a document, by rate, and how it was worked out."""

    currency: str
    method: TaxMethod
    prices: Prices
    by_rate: tuple[RateTotal, ...]

    @property
    def net(self) -> Money:
        """The document without tax."""
        return Money.total((rate.net for rate in self.by_rate), self.currency)

    @property
    def tax(self) -> Money:
        """The tax of all rates."""
        return Money.total((rate.tax for rate in self.by_rate), self.currency)

    @property
    def gross(self) -> Money:
        """The document with tax: what is to be paid."""
        return self.net + self.tax


class _Lines(NamedTuple):
    """The lines of one tax."""

    lines: tuple[TaxableLine, ...]
    currency: str
    prices: Prices

    @property
    def applied(self) -> AppliedTax:
        return self.lines[0].tax

    @property
    def exact(self) -> Fraction:
        return sum((line.exact for line in self.lines), Fraction(0))

    @property
    def printed(self) -> Money:
        return Money.total((line.printed for line in self.lines), self.currency)

    @property
    def exact_tax(self) -> Fraction:
        return self.exact * self.share

    @property
    def exact_net(self) -> Fraction:
        return self.exact if self.prices is Prices.EXCLUSIVE else self.exact - self.exact_tax

    @property
    def exact_gross(self) -> Fraction:
        return self.exact_net + self.exact_tax

    @property
    def share(self) -> Fraction:
        """The tax in, or on, a printed amount of one."""
        inclusive = self.prices is Prices.INCLUSIVE
        return self.applied.share_of_gross if inclusive else self.applied.share_of_net

    def rounded(self, exact: Fraction) -> Money:
        return Money.round(exact, self.currency)

    def total(self, tax: Money) -> RateTotal:
        """Return the total of the lines, once their tax is known."""
        net = self.printed if self.prices is Prices.EXCLUSIVE else self.printed - tax
        return RateTotal(self.applied, net, tax)


def line_tax(line: TaxableLine, prices: Prices = Prices.EXCLUSIVE) -> Money:
    """Return the tax of one line by itself, rounded.

    The tax of a document is the sum of these by one method only, `TaxMethod.ROUNDED_LINES`.
    """
    lines = _Lines((line,), line.printed.currency, prices)
    return lines.rounded(lines.exact_tax)


def tax_totals(
    lines: Iterable[TaxableLine],
    *,
    currency: str,
    method: TaxMethod = TaxMethod.UNROUNDED_NET,
    prices: Prices = Prices.EXCLUSIVE,
) -> TaxTotals:
    """Return the tax on `lines` by rate, in the order in which the rates come up.

    Raises: CurrencyMismatch: a line is in another currency.
    Source: EN 16931, BR-CO-14 and BR-CO-17: tax is worked out rate by rate, and added up.
    """
    by_tax: dict[AppliedTax, list[TaxableLine]] = {}
    for line in lines:
        by_tax.setdefault(line.tax, []).append(line)
    groups = [_Lines(tuple(group), currency, prices) for group in by_tax.values()]
    taxes = _METHODS[method](groups)
    by_rate = tuple(group.total(tax) for group, tax in zip(groups, taxes, strict=True))
    return TaxTotals(currency, method, prices, by_rate)


def _of_each_rate(groups: Sequence[_Lines]) -> list[Money]:
    return [group.rounded(group.exact_tax) for group in groups]


def _of_all_rates(groups: Sequence[_Lines]) -> list[Money]:
    exact = [group.exact_tax for group in groups]
    signs = {tax > 0 for tax in exact if tax}
    if len(signs) != 1:
        # No tax at all, or one that is a credit beside another: there is nothing to share out.
        return _of_each_rate(groups)
    total = groups[0].rounded(sum(exact, Fraction(0)))
    return list(apportion(total, [abs(tax) for tax in exact]))


def _between_net_and_gross(groups: Sequence[_Lines]) -> list[Money]:
    return [group.rounded(group.exact_gross) - group.rounded(group.exact_net) for group in groups]


def _of_printed_lines(groups: Sequence[_Lines]) -> list[Money]:
    return [group.rounded(Fraction(group.printed.amount) * group.share) for group in groups]


def _line_by_line(groups: Sequence[_Lines]) -> list[Money]:
    return [
        Money.total((line_tax(line, group.prices) for line in group.lines), group.currency)
        for group in groups
    ]


_METHODS: Mapping[TaxMethod, Callable[[Sequence[_Lines]], list[Money]]] = {
    TaxMethod.UNROUNDED_NET: _of_each_rate,
    TaxMethod.UNROUNDED_NET_OF_ALL_RATES: _of_all_rates,
    TaxMethod.UNROUNDED_TOTAL: _between_net_and_gross,
    TaxMethod.ROUNDED_NET: _of_printed_lines,
    TaxMethod.ROUNDED_LINES: _line_by_line,
}


def credit_tax(
    original: TaxTotals, credited_before: Sequence[TaxTotals], credit: Iterable[TaxableLine]
) -> TaxTotals:
    """Return the totals of a credit note for `credit`, by the rates and method of its invoice.

    Units: the lines of `credit` and the totals are positive, what is given back.
    `credited_before` are the totals of the invoice's earlier credit notes. A credit of all
    that is left of a rate takes all that is left of its tax; another never more than that.

    Raises:
        TaxNotOnInvoice: a line has a tax that the invoice has not.
        CreditAboveInvoice: a rate's credit is below nothing, or above what is left of it.
    """
    wanted = tax_totals(
        credit, currency=original.currency, method=original.method, prices=original.prices
    )
    by_rate = tuple(
        _credited(rate, _left_of(original, credited_before, rate.applied), original.prices)
        for rate in wanted.by_rate
    )
    return TaxTotals(original.currency, original.method, original.prices, by_rate)


def left_to_credit(original: TaxTotals, credited_before: Sequence[TaxTotals]) -> TaxTotals:
    """Return what credit notes have left of an invoice, rate by rate."""
    by_rate = tuple(_left_of(original, credited_before, rate.applied) for rate in original.by_rate)
    return TaxTotals(original.currency, original.method, original.prices, by_rate)


def _left_of(
    original: TaxTotals, credited_before: Sequence[TaxTotals], applied: AppliedTax
) -> RateTotal:
    left = next((rate for rate in original.by_rate if rate.applied == applied), None)
    if left is None:
        raise TaxNotOnInvoice(
            f"tax {applied.name} of {applied.percent} percent is not on the invoice;"
            " credit its lines with the tax that they were billed with"
        )
    for totals in credited_before:
        for rate in totals.by_rate:
            if rate.applied == applied:
                left = RateTotal(applied, left.net - rate.net, left.tax - rate.tax)
    return left


def _credited(wanted: RateTotal, left: RateTotal, prices: Prices) -> RateTotal:
    asked, there = wanted.printed(prices), left.printed(prices)
    if not 0 <= asked.amount <= there.amount:
        raise CreditAboveInvoice(
            f"tax {wanted.applied.name} of {wanted.applied.percent} percent: a credit of"
            f" {asked.amount} {asked.currency} is not between 0 and the {there.amount} that"
            " is left of the invoice; credit no more than that"
        )
    if asked == there:
        return left
    tax = min(wanted.tax, left.tax)
    net = asked if prices is Prices.EXCLUSIVE else asked - tax
    return RateTotal(wanted.applied, net, tax)
