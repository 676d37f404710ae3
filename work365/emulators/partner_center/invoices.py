"""Invoices and credit notes, made of the lines that are to be charged.

A month's invoice is ready between the 6th and the 8th of the next month; it takes all lines until
the month's end that are on no document yet, one invoice for each currency. Its total is the sum
of its lines and their tax. A credit note is a document of its own that amends an invoice.
Source: learn.microsoft.com/partner-center/read-your-bill, developer/get-a-collection-of-invoices.
"""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from work365.emulators.partner_center.annexes import (
    Record,
    annex,
    moment_kept,
    moment_of,
    records,
)
from work365.emulators.partner_center.azure_usage import CENT, charge_lines
from work365.emulators.partner_center.catalogue import AZURE_PLAN
from work365.emulators.partner_center.ledger import CUSTOMER_CREDIT, ChargeLine, Event
from work365.emulators.partner_center.months import Month
from work365.emulators.partner_center.state import State

ANNEX = "invoices"
INVOICE, CREDIT_NOTE = "invoice", "credit_note"
FIRST_DAY, DAYS = 6, 3
"""Invoices are ready on the 6th, 7th or 8th."""
HOUR = 9


class NoSuchInvoice(Exception):
    """There is no such document, or it cannot be amended."""


def invoices(state: State) -> dict[str, Record]:
    """Return all documents by id."""
    return records(state, ANNEX)


def invoices_of(state: State, partner: str) -> list[Record]:
    """Return a partner's documents, the oldest first."""
    return [each for each in invoices(state).values() if each["partner"] == partner]


def ready_at(month: Month) -> datetime:
    """Return when the invoices of a month are ready."""
    day = FIRST_DAY + (month.first.year + month.first.month) % DAYS
    return month.end + timedelta(days=day - 1, hours=HOUR)


def issue_due(state: State) -> None:
    """Make the invoices of all months for which it is time."""
    month = _next_month(state)
    while month is not None and ready_at(month) <= state.now:
        for partner in list(state.partners):
            _issue(state, partner, month)
        month = month.following
        annex(state, ANNEX)["next"] = str(month)


def _next_month(state: State) -> Month | None:
    """Return the first month that has no invoices yet; None where nothing ever happened."""
    kept = annex(state, ANNEX)
    if kept.get("next"):
        return Month.read(kept["next"])
    if kept.get("looked_at") == [len(state.charges), len(state.subscriptions)]:
        return None
    begun = [line.at for line in state.charges[:1]]
    begun += [
        each.created_at for each in state.subscriptions.values() if each.product_kind == AZURE_PLAN
    ]
    if not begun:
        kept["looked_at"] = [len(state.charges), len(state.subscriptions)]
        return None
    month = Month.of(min(begun))
    kept["next"] = str(month)
    return month


def _issue(state: State, partner: str, month: Month) -> None:
    lines = charge_lines(state, partner, month, month.end + timedelta(days=1))
    state.charge(*lines)
    positions = [
        position
        for position in unbilled(state)
        if state.charges[position].partner == partner and state.charges[position].at < month.end
    ]
    for currency in dict.fromkeys(state.charges[position].currency for position in positions):
        chosen = [each for each in positions if state.charges[each].currency == currency]
        _document(state, partner, chosen, month, INVOICE, ready_at(month))


def unbilled(state: State) -> list[int]:
    """Return the positions of the charges that are on no document yet."""
    kept = annex(state, ANNEX)
    waiting: list[int] = kept.setdefault("unbilled", [])
    seen: int = kept.setdefault("seen", 0)
    if seen < len(state.charges):
        waiting.extend(range(seen, len(state.charges)))
        kept["seen"] = len(state.charges)
    return waiting


def _document(
    state: State, partner: str, positions: list[int], month: Month, kind: str, at: datetime
) -> Record:
    lines = [state.charges[position] for position in positions]
    rate = Decimal(annex(state, ANNEX).get("tax_rates", {}).get(partner, "0"))
    number = len(invoices(state)) + 1
    document: Record = {
        "id": f"G{17_000_000 + number:09}",
        "partner": partner,
        "kind": kind,
        "amends": "",
        "currency": lines[0].currency,
        "issued": moment_kept(at),
        "month": str(month),
        "tax_rate": str(rate),
        "total": str(sum((each.subtotal + tax_on(each, rate) for each in lines), Decimal(0))),
        "paid": "0",
        "lines": positions,
    }
    invoices(state)[document["id"]] = document
    taken = set(positions)
    kept = annex(state, ANNEX)
    kept["unbilled"] = [each for each in unbilled(state) if each not in taken]
    state.record(
        Event(
            at=at,
            kind="ready_invoice",
            partner=partner,
            customer="",
            after={"id": document["id"], "documentType": kind},
        )
    )
    return document


def credit(state: State, invoice: str, customer: str, amount: Decimal, reason: str) -> Record:
    """Make a credit note of an amount (positive, without tax) for a customer of an invoice.

    Raises: NoSuchInvoice.
    """
    amended = invoices(state).get(invoice)
    if amended is None or amended["kind"] != INVOICE:
        raise NoSuchInvoice(f"there is no invoice '{invoice}'")
    lines = [state.charges[each] for each in amended["lines"]]
    credited = [line for line in lines if line.customer == customer]
    if not credited or amount <= 0:
        raise NoSuchInvoice(f"invoice '{invoice}' has no line of customer '{customer}' to credit")
    unbilled(state)
    position = len(state.charges)
    state.charge(_credit_line(state, credited[0], amount, reason))
    month = Month.of(moment_of(amended["issued"])).previous
    note = _document(state, amended["partner"], [position], month, CREDIT_NOTE, state.now)
    note["amends"] = invoice
    return note


def _credit_line(state: State, credited: ChargeLine, amount: Decimal, reason: str) -> ChargeLine:
    return ChargeLine(
        at=state.now,
        charge_type=CUSTOMER_CREDIT,
        partner=credited.partner,
        customer=credited.customer,
        order=credited.order,
        order_date=credited.order_date,
        product=credited.product,
        sku=credited.sku,
        availability=credited.availability,
        subscription=credited.subscription,
        quantity=Decimal(1),
        unit_price=amount,
        effective_unit_price=-amount,
        subtotal=-amount,
        currency=credited.currency,
        reference=reason or state.new_id(),
        period_start=credited.period_start,
        period_end=credited.period_end,
        subscription_start=credited.subscription_start,
        subscription_end=credited.subscription_end,
    )


def set_tax(state: State, partner: str, rate: Decimal) -> None:
    """Have a partner's lines taxed at a rate (`0.19`) from the next document on."""
    annex(state, ANNEX).setdefault("tax_rates", {})[partner] = str(rate)


def tax_on(line: ChargeLine, rate: Decimal) -> Decimal:
    """Return a line's tax at a rate, rounded half up to the second decimal."""
    return (line.subtotal * rate).quantize(CENT, rounding=ROUND_HALF_UP)


def lines_of(state: State, document: Record) -> list[ChargeLine]:
    """Return the lines of a document."""
    return [state.charges[position] for position in document["lines"]]


def unbilled_lines(state: State, partner: str, currency: str, month: Month) -> list[ChargeLine]:
    """Return what is to be charged for a month so far and is on no document yet."""
    lines = [
        line
        for line in (state.charges[position] for position in unbilled(state))
        if line.partner == partner and Month.of(line.at) == month
    ]
    next_month = _next_month(state)
    if next_month is not None and month >= next_month:
        lines += charge_lines(state, partner, month, state.now)
    return [line for line in lines if line.currency == currency]
