"""Read Microsoft's rules from data files.

Each file has the rules of one kind, as `[[rule]]` tables. A file with anything wrong in it is
refused as a whole: a rule that is silently left out would be money that is silently lost.
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from work365.domain.catalog import BillingPlan, Term
from work365.domain.microsoft.rules import (
    AfterTerm,
    Arithmetic,
    Cancellation,
    Certainty,
    CustomTermEnds,
    Happening,
    Milestone,
    PlanChange,
    ProductKind,
    Renewal,
    Rule,
    RuleBook,
    Timing,
    UpdateLimit,
    Uplift,
)
from work365.domain.proration import Proration, UnknownProration
from work365.errors import Refusal

HOURS_MAX = 24 * 366
DAYS_MAX = 366
PERCENT_MAX = 1_000
DAY_OF_MONTH_MAX = 31
UPDATES_MAX = 1_000_000

RuleT = TypeVar("RuleT", bound=Rule)
ChoiceT = TypeVar("ChoiceT", bound=Enum)
ValueT = TypeVar("ValueT")


class RuleFileInvalid(Refusal):
    """A file of Microsoft's rules cannot be taken in."""

    code = "rule_file_invalid"


def read_rules(folder: Traversable | None = None) -> RuleBook:
    """Return the rules in the files of `folder`; without one, those that come with the product.

    Raises: RuleFileInvalid: a file is missing, or something in it is wrong; nothing is read.
    """
    source = files(__package__) if folder is None else folder

    def rules(name: str, read: Callable[["_Table"], RuleT]) -> tuple[RuleT, ...]:
        return tuple(_rules(source / f"{name}.toml", read))

    return RuleBook(
        cancellations=rules("cancellations", _cancellation),
        uplifts=rules("uplifts", _uplift),
        after_term=rules("after_term", _after_term),
        renewals=rules("renewals", _renewal),
        plan_changes=rules("plan_changes", _plan_change),
        custom_term_ends=rules("custom_term_ends", _custom_term_ends),
        arithmetic=rules("arithmetic", _arithmetic),
        update_limits=rules("update_limits", _update_limit),
        happenings=rules("happenings", _happening),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """One rule of a file. What is read of it is taken out, so that what is left is not known."""

    file: str
    number: int
    left: dict[str, Any]

    def wrong(self, key: str, value: object, remedy: str) -> RuleFileInvalid:
        shown = "nothing" if value is None else repr(value)
        return RuleFileInvalid(f"{self.file}, rule {self.number}, {key} is {shown}: {remedy}")

    def take(self, key: str, kind: type[ValueT], remedy: str) -> ValueT:
        value = self.left.pop(key, None)
        # A yes is a whole number to Python, and a moment is a day.
        if type(value) is not kind:
            raise self.wrong(key, value, remedy)
        return value

    def text(self, key: str) -> str:
        text = self.take(key, str, "enter a text")
        if not text.strip():
            raise self.wrong(key, text, "enter a text")
        return text

    def day(self, key: str) -> date:
        return self.take(key, date, "enter a day such as 2026-05-04, without quotation marks")

    def yes_or_no(self, key: str) -> bool:
        return self.take(key, bool, "enter true or false")

    def whole(self, key: str, *, most: int, least: int = 0) -> int:
        remedy = f"enter a whole number from {least} to {most}"
        number = self.take(key, int, remedy)
        if not least <= number <= most:
            raise self.wrong(key, number, remedy)
        return number

    def hours(self, key: str) -> timedelta:
        return timedelta(hours=self.whole(key, most=HOURS_MAX))

    def percent(self, key: str) -> Decimal:
        remedy = f"enter a number from 0 to {PERCENT_MAX}, such as 3 or 2.5"
        value = self.left.pop(key, None)
        # No comparison with what is not a number is true, and some are refused.
        is_number = type(value) is int or (type(value) is Decimal and value.is_finite())
        if not is_number or not 0 <= value <= PERCENT_MAX:
            raise self.wrong(key, value, remedy)
        return Decimal(value)

    def choice(self, key: str, choices: type[ChoiceT]) -> ChoiceT:
        return self.chosen(key, self.left.pop(key, None), choices)

    def choices(self, key: str, choices: type[ChoiceT]) -> tuple[ChoiceT, ...]:
        values = self.take(key, list, 'enter a list such as ["Monthly"]')
        return tuple(self.chosen(key, value, choices) for value in values)

    def chosen(self, key: str, value: object, choices: type[ChoiceT]) -> ChoiceT:
        for choice in choices:
            if choice.value == value:
                return choice
        known = ", ".join(str(choice.value) for choice in choices)
        raise self.wrong(key, value, f"enter one of {known}")

    def proration(self, key: str) -> Proration:
        name = self.text(key)
        try:
            return Proration.named(name)
        except UnknownProration as error:
            raise self.wrong(key, name, str(error)) from error

    def provenance(self) -> dict[str, Any]:
        return {
            "effective_from": self.day("effective_from"),
            "source": self.text("source"),
            "certainty": self.choice("certainty", Certainty),
        }

    def done(self) -> None:
        for key, value in self.left.items():
            raise self.wrong(
                key, value, "no rule of this file has such a key; correct or remove it"
            )


def _rules(path: Traversable, read: Callable[[_Table], RuleT]) -> Iterator[RuleT]:
    tables = _tables(path)
    seen: dict[tuple[object, ...], int] = {}
    for number, values in enumerate(tables, start=1):
        if not isinstance(values, dict):
            raise RuleFileInvalid(f"{path.name}: rule {number} is no table; write [[rule]] over it")
        table = _Table(path.name, number, dict(values))
        rule = read(table)
        table.done()
        first = seen.setdefault((rule.effective_from, *_about(rule)), number)
        if first != number:
            raise table.wrong(
                "effective_from",
                str(rule.effective_from),
                f"rule {first} is about the same from the same day on; remove one of the two",
            )
        yield rule


def _tables(path: Traversable) -> list[Any]:
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError) as error:
        raise RuleFileInvalid(f"{path.name} cannot be read; put the file back") from error
    except tomllib.TOMLDecodeError as error:
        raise RuleFileInvalid(f"{path.name} is no TOML: {error}; correct it there") from error
    tables = told.pop("rule", None)
    if told or not isinstance(tables, list) or not tables:
        what = ", ".join(told) or "no rule"
        raise RuleFileInvalid(
            f"{path.name} has {what}; it must hold [[rule]] tables, and only these"
        )
    return tables


def _about(rule: Rule) -> tuple[object, ...]:
    """Return what a rule is about, of which there is one at a time."""
    match rule:
        case Cancellation():
            return (rule.product,)
        case Uplift():
            return (rule.term, rule.plan)
        case PlanChange():
            return (rule.from_term, rule.to_term, rule.from_plans)
        case Happening():
            return (rule.milestone,)
        case _:
            return ()


def _cancellation(table: _Table) -> Cancellation:
    window = table.hours("window_hours")
    full_refund = table.hours("full_refund_hours")
    if full_refund > window:
        hours = full_refund // timedelta(hours=1)
        remedy = f"enter at most window_hours, which is {window // timedelta(hours=1)}"
        raise table.wrong("full_refund_hours", hours, remedy)
    return Cancellation(
        **table.provenance(),
        product=table.choice("product", ProductKind),
        window=window,
        full_refund=full_refund,
        seats_reducible=table.yes_or_no("seats_reducible"),
    )


def _uplift(table: _Table) -> Uplift:
    return Uplift(
        **table.provenance(),
        term=table.choice("term", Term),
        plan=table.choice("plan", BillingPlan),
        percent=table.percent("percent"),
    )


def _after_term(table: _Table) -> AfterTerm:
    extends = table.yes_or_no("extends")
    free_days = table.whole("free_days", most=DAYS_MAX)
    if not extends:
        return AfterTerm(**table.provenance(), extends=False, free_days=free_days)
    return AfterTerm(
        **table.provenance(),
        extends=True,
        free_days=free_days,
        percent=table.percent("percent"),
        percent_without_monthly_term=table.percent("percent_without_monthly_term"),
        bought_from=table.day("bought_from") if "bought_from" in table.left else None,
        products=table.choices("products", ProductKind),
    )


def _renewal(table: _Table) -> Renewal:
    minutes = table.whole("ask_again_after_minutes", least=1, most=HOURS_MAX)
    return Renewal(
        **table.provenance(),
        takes_up_to=table.hours("takes_up_to_hours"),
        ask_again_after=timedelta(minutes=minutes),
    )


def _plan_change(table: _Table) -> PlanChange:
    return PlanChange(
        **table.provenance(),
        from_term=table.choice("from_term", Term),
        to_term=table.choice("to_term", Term),
        from_plans=table.choices("from_plans", BillingPlan),
        to_plans=table.choices("to_plans", BillingPlan),
        timing=table.choice("timing", Timing),
    )


def _custom_term_ends(table: _Table) -> CustomTermEnds:
    remedy = f"enter a list of days of the month, from 1 to {DAY_OF_MONTH_MAX}"
    days = table.take("days_refused", list, remedy)
    for day in days:
        if type(day) is not int or not 1 <= day <= DAY_OF_MONTH_MAX:
            raise table.wrong("days_refused", day, remedy)
    return CustomTermEnds(
        **table.provenance(),
        days_refused=tuple(days),
        longer_ends_with_monthly=table.yes_or_no("longer_ends_with_monthly"),
        trials=table.yes_or_no("trials"),
    )


def _arithmetic(table: _Table) -> Arithmetic:
    return Arithmetic(
        **table.provenance(),
        seat_changes=table.proration("seat_changes"),
        cancellations=table.proration("cancellations"),
        upgrades=table.proration("upgrades"),
    )


def _update_limit(table: _Table) -> UpdateLimit:
    updates = table.whole("updates", least=1, most=UPDATES_MAX)
    return UpdateLimit(**table.provenance(), updates=updates)


def _happening(table: _Table) -> Happening:
    return Happening(**table.provenance(), milestone=table.choice("milestone", Milestone))
