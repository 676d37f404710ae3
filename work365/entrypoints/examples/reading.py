"""Reading worked examples: a story in Markdown, as values of the domain."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from work365.domain.accounts import Account
from work365.domain.commitments import SpendingTerms
from work365.domain.periods import day_after
from work365.entrypoints.examples.contract_terms import read_contract, read_policy
from work365.entrypoints.examples.credits import CreditRequest, read_credits
from work365.entrypoints.examples.currencies import read_exchange_rates
from work365.entrypoints.examples.discounts import EVERYTHING, Discounts, read_discounts
from work365.entrypoints.examples.happenings import CONTRACT, Happening, read_happenings
from work365.entrypoints.examples.list_prices import read_list_prices
from work365.entrypoints.examples.markdown import NotUnderstood, Row, Section, sections_of
from work365.entrypoints.examples.prices import Models, read_models, read_rate_card
from work365.entrypoints.examples.sheets import INVOICES, KINDS, Kind, Sheet, read_sheet
from work365.entrypoints.examples.taxes import read_tax, read_tax_categories
from work365.entrypoints.examples.told import Agreed, Told
from work365.entrypoints.examples.usage_to_rate import ToRate, read_spending, read_usage
from work365.entrypoints.examples.words import Phrase, day, number, one_phrase, text

STORY = "What happened"
NEEDED = "Contract"
BESIDE = (
    NEEDED,
    "Everywhere",
    STORY,
    "Discounts",
    "Price models",
    "Tiers",
    "Exchange rates",
    "Index figures",
    "List prices",
    "Rate card",
    "Spending",
    "Usage to rate",
    "Taxes",
    "Tax rates",
    "Tax categories",
    "Credits",
)
"""The sections that say what is to be billed. Those of `KINDS` say what should come of it."""

MONTH = one_phrase((Phrase[date]("2026-01", r"(\d{4}-\d\d)", lambda month: day(f"{month}-01")),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A story, and what there should be."""

    title: str
    told: Told
    """Before anything happened."""
    happenings: tuple[Happening, ...]
    """In the order in which they became known."""
    seen_on: date | None
    """The day at the end of which the invoices are looked at; none where there are none."""
    credits: tuple[CreditRequest, ...]
    to_rate: tuple[ToRate, ...]
    spending: SpendingTerms
    expected: Mapping[str, Sheet]
    """By the heading of its kind; what the file says nothing about is not there."""

    @property
    def currency(self) -> str:
        """The currency of the contract."""
        return self.told.account.contract.currency

    @property
    def days(self) -> Iterator[date]:
        """The days on which billing runs."""
        if self.seen_on is None:
            return
        known = (happening.fact.known_on for happening in self.happenings)
        today = min(self.told.account.contract.start_on, *known)
        while today <= self.seen_on:
            yield today
            today = day_after(today, 1)


def read_example(path: Path) -> Example:
    """Return the example in the file at `path`.

    Raises: NotUnderstood: something in it means nothing. OSError: it cannot be read.
    """
    sections = sections_of(path)
    sheets = _sheets(path, sections)
    models = read_models(sections.get("Price models"), sections.get("Tiers"))
    sold = _sold(sections.get(STORY))
    discounts = read_discounts(sections.get("Discounts"), sold)
    told = Told(_account(path, sections, discounts))
    agreed = Agreed(
        models=models,
        discounts=discounts,
        indices=_indices(sections),
        list_prices=read_list_prices(sections.get("List prices"), told.account.contract.currency),
        tax_categories=read_tax_categories(sections.get("Tax categories"), sold),
    )
    happenings = tuple(read_happenings(sections[STORY], agreed, told)) if STORY in sections else ()
    return Example(
        title=path.stem,
        told=told,
        happenings=happenings,
        seen_on=_seen_on(path, sheets, happenings),
        credits=read_credits(sections.get("Credits")),
        to_rate=_to_rate(sections, models),
        spending=read_spending(sections.get("Spending")),
        expected={
            kind.heading: read_sheet(section, kind)
            for kind, section in sheets.values()
            if section.columns or kind is not INVOICES
        },
    )


def _sold(story: Section | None) -> list[str]:
    """Return the names of what is told about, the contract left out."""
    names = [row.cells.get("about", CONTRACT) for row in story.rows] if story else []
    return sorted({*names} - {CONTRACT})


def _account(path: Path, sections: Mapping[str, Section], discounts: Discounts) -> Account:
    contract = read_contract(
        sections[NEEDED],
        key=path.stem,
        everywhere=read_policy(sections.get("Everywhere")),
        discounts=discounts.get(EVERYTHING, ()),
    )
    return Account(
        contract=contract,
        subscriptions=(),
        exchange_rates=read_exchange_rates(sections.get("Exchange rates")),
        tax=read_tax(sections),
    )


def _to_rate(sections: Mapping[str, Section], models: Models) -> tuple[ToRate, ...]:
    card = read_rate_card(sections.get("Rate card"), models)
    return read_usage(sections.get("Usage to rate"), models, card)


def _sheets(path: Path, sections: Mapping[str, Section]) -> dict[str, tuple[Kind, Section]]:
    """Return the sections that say what there should be, by the headings of their kinds."""
    found: dict[str, tuple[Kind, Section]] = {}
    for heading, section in sections.items():
        kind = next((kind for kind in KINDS if _is_headed(heading, kind)), None)
        if kind is not None:
            found[kind.heading] = (kind, section)
        elif heading not in BESIDE:
            known = ", ".join((*BESIDE, *(kind.heading for kind in KINDS)))
            raise NotUnderstood(
                f"{path.name}, section {heading!r}: there is no such section; there can be {known}"
            )
    if NEEDED not in sections:
        raise NotUnderstood(f"{path.name}: the section {NEEDED!r} is missing")
    return found


def _is_headed(heading: str, kind: Kind) -> bool:
    return heading.startswith(kind.heading) if kind is INVOICES else heading == kind.heading


def _seen_on(
    path: Path, sheets: Mapping[str, tuple[Kind, Section]], happenings: tuple[Happening, ...]
) -> date | None:
    found = sheets.get(INVOICES.heading)
    if found is None:
        if happenings:
            raise NotUnderstood(
                f"{path.name}: the section '{INVOICES.heading} 2026-01-31' is missing; it says up"
                " to which day the story is played, and may be without a table"
            )
        return None
    _, section = found
    written = section.heading.removeprefix(INVOICES.heading).strip()
    seen_on = Row(section.where, {"heading": written}).read("heading", day)
    late = [one.fact for one in happenings if one.fact.known_on > seen_on]
    if late:
        raise NotUnderstood(
            f"{section.where}: {late[0].about!r} of {late[0].known_on} is known only after the"
            " invoices are looked at; look at them later, or leave it out"
        )
    return seen_on


def _indices(sections: Mapping[str, Section]) -> dict[str, dict[date, Decimal]]:
    section = sections.get("Index figures")
    indices: dict[str, dict[date, Decimal]] = {}
    if section is not None:
        section.check_columns(("index", "month", "figure"))
        for row in section.rows:
            figures = indices.setdefault(row.read("index", text), {})
            figures[row.read("month", MONTH)] = row.read("figure", number)
    return indices
