"""Taxes on invoices: which tax a line has, and what an invoice comes to with it.

The tax is found once, when the line is made, and is kept on it. A credit has the tax of the
line that it corrects, whatever became of the rate or of the customer's address since.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from work365.domain.charges import BY_DAY
from work365.domain.contracts import Subscription
from work365.domain.findings import Finding
from work365.domain.lines import BilledLine, Drawn, LineKind
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.tax_totals import Prices, TaxableLine, TaxMethod, TaxTotals, tax_totals
from work365.domain.taxes import AppliedTax, Party, TaxRules


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTerms:
    """How one customer's invoices are taxed."""

    rules: TaxRules
    buyer: Party
    method: TaxMethod = TaxMethod.UNROUNDED_NET
    prices: Prices = Prices.EXCLUSIVE

    def tax_on(self, sold: Subscription | OneTimeCharge, *, day: date) -> AppliedTax:
        """Return the tax on `sold` on an invoice of `day`.

        Raises: TaxRateMissing, TaxRateAmbiguous: the rates do not say one.
        """
        return self.rules.treatment(self.buyer, category=sold.tax_category, day=day).tax

    def findings(self, *, day: date) -> tuple[Finding, ...]:
        """Return what a person should look at, such as a VAT number that cannot be one."""
        return self.rules.findings(self.buyer, day=day)


def taxed(
    drawn: Iterable[Drawn],
    *,
    terms: TaxTerms,
    sold: Mapping[str, Subscription | OneTimeCharge],
    billed: Sequence[BilledLine],
    day: date,
) -> Iterator[Drawn]:
    """Yield the lines `drawn` for an invoice of `day`, each with its tax.

    `sold` is by key; `billed` has the lines that they may correct.
    Raises: TaxRateMissing, TaxRateAmbiguous: the rates do not say one.
    """
    kept = {line.key: line.tax for line in billed}
    found: dict[str, AppliedTax] = {}
    for line in drawn:
        if line.corrects in kept:
            # Nothing where nothing was charged: what was not paid is not given back.
            yield line._replace(tax=kept[line.corrects])
            continue
        tax = None
        if line.kind is not LineKind.WAIVED:
            subject = sold[line.charge.slot.price.subscription]
            tax = found.get(subject.tax_category)
            if tax is None:
                tax = found[subject.tax_category] = terms.tax_on(subject, day=day)
        yield line._replace(tax=tax)


def totals(lines: Iterable[BilledLine], *, currency: str, terms: TaxTerms) -> TaxTotals:
    """Return the tax on `lines` by rate, and what they come to with it."""
    return tax_totals(
        (
            TaxableLine(line.tax, _exact(line), line.amount)
            for line in lines
            if line.tax is not None
        ),
        currency=currency,
        method=terms.method,
        prices=terms.prices,
    )


def _exact(line: BilledLine) -> Fraction:
    """Return what a line is before rounding: its own sum, unless it is something else.

    A limit is; and by a rule whose parts do not add up, a line has in what it carries also what
    earlier ones lack, so that only its amount says what it is.
    """
    by_own_sum = not line.carried or line.charge.slot.price.proration == BY_DAY
    if line.limit is None and by_own_sum:
        return line.charge.exact_amount
    return Fraction(line.amount.amount)
