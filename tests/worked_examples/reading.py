"""Reading worked examples: a story in Markdown, as values of the domain."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from tests.domain.books import ONE_DAY
from work365.domain.accounts import Account
from work365.domain.changes import Change, Status, UnitPrice
from work365.domain.contracts import (
    AnchorRule,
    BillingContract,
    ContractType,
    Subscription,
    Timing,
)

TOTAL = "total"
CONTRACT = "contract"
INVOICES_HEADING = "Invoices as seen on "

Cells = dict[str, str]


class NotUnderstood(Exception):
    """A word in a worked example that means nothing."""


class Row(NamedTuple):
    """A line of an invoice, as the example has it."""

    invoice: int
    dated: date
    state: str
    subscription: str
    first_day: date
    last_day: date
    seats: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that became known about the contract or one of its subscriptions."""

    known_on: date
    about: str
    since: date
    what: str
    number: int

    def applied_to(self, account: Account) -> Account:
        """Return `account` once this is known."""
        if self.about == CONTRACT:
            if self.what != "its last day":
                raise NotUnderstood(self.what)
            return replace(account, contract=replace(account.contract, end_on=self._day_after))
        parts = {part.name: part for part in account.subscriptions}
        parts[self.about] = self._subscription(parts.get(self.about))
        return replace(account, subscriptions=tuple(parts.values()))

    @property
    def _day_after(self) -> date:
        return self.since + ONE_DAY

    def _subscription(self, before: Subscription | None) -> Subscription:
        if before is None:
            return self._opened()
        if self.what == "its last day":
            return replace(before, end_on=self._day_after)
        return replace(before, changes=(*before.changes, self._change(**self._facts())))

    def _opened(self) -> Subscription:
        pattern = r"(\d+) seats? at ([\d.]+) for (\d+) months?(?:, billed (every \d+ months?))?"
        seats, price, months, cycle = _matched(pattern, self.what).groups()
        opening = self._change(
            quantity=Decimal(seats), price=UnitPrice(Decimal(price), int(months))
        )
        return Subscription(
            id=UUID(int=self.number),
            key=self.about,
            name=self.about,
            start_on=self.since,
            cycle_months=None if cycle is None else _months(cycle),
            changes=(opening,),
        )

    def _facts(self) -> dict[str, Any]:
        if self.what in {status.value for status in Status}:
            return {"status": Status(self.what)}
        if self.what.startswith("the price is"):
            pattern = r"the price is ([\d.]+) for (\d+) months?"
            price, months = _matched(pattern, self.what).groups()
            return {"price": UnitPrice(Decimal(price), int(months))}
        seats, way = _matched(r"(\d+) seats? (more|fewer)", self.what).groups()
        return {"quantity": Decimal(seats) if way == "more" else -Decimal(seats)}

    def _change(self, **facts: Any) -> Change:
        recorded_at = datetime.combine(self.known_on, time(9), UTC)
        return Change(f"{self.about}-{self.number}", self.since, recorded_at, **facts)


@dataclass(frozen=True, slots=True)
class Example:
    """A story, and the invoices that there should be."""

    account: Account
    happenings: tuple[Happening, ...]
    seen_on: date
    rows: tuple[Row, ...]
    workings: tuple[tuple[str, Decimal], ...]
    """What each line's amount comes from, and the amount."""
    totals: dict[int, Decimal]

    @property
    def days(self) -> Iterator[date]:
        """The days on which billing runs."""
        day = min(self.account.contract.start_on, *(fact.known_on for fact in self.happenings))
        while day <= self.seen_on:
            yield day
            day += ONE_DAY


def read_example(path: Path) -> Example:
    """Return the example in the file at `path`.

    Raises: NotUnderstood: something in it means nothing.
    """
    sections = dict(_sections(path.read_text(encoding="utf-8")))
    heading = next((head for head in sections if head.startswith(INVOICES_HEADING)), "")
    if set(sections) != {"Contract", "What happened", heading}:
        raise NotUnderstood(f"the sections of {path.name} are {list(sections)}")
    terms = {row["term"]: row["value"] for row in sections["Contract"]}
    happenings = [_happening(row, number) for number, row in enumerate(sections["What happened"])]
    lines = [row for row in sections[heading] if row["subscription"] != TOTAL]
    totals = [row for row in sections[heading] if row["subscription"] == TOTAL]
    return Example(
        account=Account(contract=_contract(path.stem, terms), subscriptions=()),
        happenings=tuple(happenings),
        seen_on=date.fromisoformat(heading.removeprefix(INVOICES_HEADING)),
        rows=tuple(_row(line) for line in lines),
        workings=tuple((line["working"], Decimal(line["amount"])) for line in lines),
        totals={int(row["invoice"]): Decimal(row["amount"]) for row in totals},
    )


def _sections(text: str) -> Iterator[tuple[str, list[Cells]]]:
    """Yield each section's heading, and its table."""
    for section in text.split("\n## ")[1:]:
        heading, _, body = section.partition("\n")
        table = [
            [cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in body.splitlines()
            if line.startswith("|")
        ]
        columns, _, *rows = table
        yield heading.strip(), [dict(zip(columns, row, strict=True)) for row in rows]


def _happening(row: Cells, number: int) -> Happening:
    return Happening(
        known_on=date.fromisoformat(row["known on"]),
        about=row["about"],
        since=date.fromisoformat(row["day"]),
        what=row["what"],
        number=number,
    )


def _row(row: Cells) -> Row:
    return Row(
        invoice=int(row["invoice"]),
        dated=date.fromisoformat(row["dated"]),
        state=row["state"],
        subscription=row["subscription"],
        first_day=date.fromisoformat(row["first day"]),
        last_day=date.fromisoformat(row["last day"]),
        seats=Decimal(row["seats"]),
        amount=Decimal(row["amount"]),
    )


def _matched(pattern: str, text: str) -> re.Match[str]:
    match = re.fullmatch(pattern, text)
    if match is None:
        raise NotUnderstood(text)
    return match


def _months(text: str) -> int:
    return int(_matched(r"every (\d+) months?", text).group(1))


def _days(text: str) -> int:
    return int(_matched(r"(\d+) days?", text).group(1))


def _one_of(**meanings: Any) -> Callable[[str], Any]:
    def meaning(text: str) -> Any:
        name = text.replace(" ", "_")
        if name not in meanings:
            raise NotUnderstood(text)
        return meanings[name]

    return meaning


TERMS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "currency": ("currency", str),
    "first day": ("start_on", date.fromisoformat),
    "last day": ("end_on", lambda text: date.fromisoformat(text) + ONE_DAY),
    "type": ("type", _one_of(recurring=ContractType.RECURRING, flexi=ContractType.FLEXI)),
    "billed": ("cycle_months", _months),
    "paid": ("timing", _one_of(in_advance=Timing.ADVANCE, in_arrears=Timing.ARREARS)),
    "periods": (
        "anchor_rule",
        _one_of(from_the_first_day=AnchorRule.ANNIVERSARY, of_the_calendar=AnchorRule.CALENDAR),
    ),
    "changes billed": ("change_cycle_months", _months),
    "review": ("review_days", _days),
}
"""What a term of a contract is called in the domain, and how it is read."""


def _contract(key: str, terms: Cells) -> BillingContract:
    unknown = terms.keys() - TERMS.keys()
    if unknown:
        raise NotUnderstood(f"terms {sorted(unknown)}")
    fields = {TERMS[term][0]: TERMS[term][1](value) for term, value in terms.items()}
    return BillingContract(id=UUID(int=1), key=key, customer=UUID(int=2), **fields)
