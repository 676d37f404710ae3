"""The section Contract: the terms of a billing contract, and its billing policy."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from work365.domain.contracts import AnchorRule, BillingContract, ContractType, Timing
from work365.domain.day_counts import DayCount
from work365.domain.discounts import PercentageDiscount
from work365.domain.periods import MonthEnd, day_after
from work365.domain.policies import USUAL_POLICY, AddingUp, ChangeLines, PolicyOverrides
from work365.domain.proration import Proration, Rounding
from work365.domain.rounding import RoundingMode
from work365.entrypoints.examples.markdown import NotUnderstood, Section
from work365.entrypoints.examples.words import (
    Fields,
    Meaningless,
    Phrase,
    day,
    days,
    merged,
    months,
    one_of,
    one_phrase,
    several_phrases,
    text,
)

TERM, VALUE = "term", "value"

MODES = {
    "cut off": RoundingMode.TOWARDS_ZERO,
    "rounded up": RoundingMode.AWAY_FROM_ZERO,
    "rounded with halves to the even digit": RoundingMode.HALF_EVEN,
}
MODE = f"({'|'.join(MODES)})"

DAY_COUNTS = {
    "days over the days of the billing period": DayCount.ACTUAL,
    "days over 30 a month": DayCount.ACTUAL_OVER_30,
    "days over 365 a year": DayCount.ACTUAL_OVER_365,
    "every month has 30 days": DayCount.STRICT_30_360,
    "the first month has 30 days": DayCount.FIXED_30,
    "whole months, then days": DayCount.MONTHS_THEN_DAYS,
    "days over the days of the month it starts in": DayCount.START_MONTH,
    "whole months only": DayCount.WHOLE_MONTHS,
    "a begun month is whole": DayCount.BEGUN_MONTHS,
    "by the second": DayCount.SECOND,
    "none": DayCount.NONE,
}

ROUNDED_STEPS: tuple[Phrase[Fields], ...] = (
    Phrase(
        "the share has 9 decimals",
        r"the share has (\d+) decimals?",
        lambda digits: {"fraction_digits": int(digits)},
    ),
    Phrase(
        "the unit price has 3 decimals",
        r"the unit price has (\d+) decimals?",
        lambda digits: {"unit_price_digits": int(digits)},
    ),
    Phrase(
        "the unit price has 2 decimals and is cut off",
        rf"the unit price has (\d+) decimals? and is {MODE}",
        lambda digits, mode: {"unit_price_digits": int(digits), "unit_price_mode": MODES[mode]},
    ),
    Phrase("the line is cut off", rf"the line is {MODE}", lambda mode: {"line_mode": MODES[mode]}),
    Phrase(
        "months keep their distance from the month's end",
        "months keep their distance from the month's end",
        lambda: {"month_end": MonthEnd.KEEP_DISTANCE},
    ),
    Phrase(
        "an instant costs the whole",
        "an instant costs the whole",
        lambda: {"instants_cost_whole": True},
    ),
)
OF_THE_RULE = ("month_end", "instants_cost_whole")
"""What is said of the rule itself, and not of a rounded step."""

PERIODS_PHRASES: tuple[Phrase[Fields], ...] = (
    Phrase(
        "from the first day",
        "from the first day",
        lambda: {"anchor_rule": AnchorRule.ANNIVERSARY},
    ),
    Phrase("of the calendar", "of the calendar", lambda: {"anchor_rule": AnchorRule.CALENDAR}),
    Phrase(
        "from the 15th of the month",
        r"from the (\d+)(?:st|nd|rd|th) of the month",
        lambda number: {"anchor_rule": AnchorRule.BILL_DAY, "bill_day": int(number)},
    ),
)
PERIODS = one_phrase(PERIODS_PHRASES)

INVOICED_PHRASES: tuple[Phrase[int], ...] = (
    Phrase("on the day", "on the day", lambda: 0),
    Phrase("5 days before", r"(\d+) days? before", lambda count: -int(count)),
    Phrase("3 days after", r"(\d+) days? after", int),
)
INVOICED = one_phrase(INVOICED_PHRASES)


def _proration(written: str) -> Proration:
    # The longest first: one rule's words may begin another's, and a comma is in some of them.
    for words in sorted(DAY_COUNTS, key=len, reverse=True):
        rest = written.removeprefix(words)
        if rest != written and (not rest or rest.startswith(", ")):
            steps = merged(several_phrases(ROUNDED_STEPS)(rest.removeprefix(", ")))
            of_rule = {name: steps.pop(name) for name in OF_THE_RULE if name in steps}
            return Proration(day_count=DAY_COUNTS[words], rounding=Rounding(**steps), **of_rule)
    known = "; ".join(DAY_COUNTS)
    steps_known = "; ".join(phrase.says for phrase in ROUNDED_STEPS)
    raise Meaningless(
        f"this is no proration; what can be written is: {known}; and after a comma: {steps_known}"
    )


class Term(NamedTuple):
    """What a term of a contract is in the domain, and how it is read."""

    field: str | None
    """Its name there; none where what is read has the names."""
    read: Callable[[str], Any]


POLICY_TERMS = {
    "proration": Term("proration", _proration),
    "change lines": Term(
        "change_lines",
        one_of(
            {
                "the difference": ChangeLines.DELTA,
                "a credit and a charge": ChangeLines.CREDIT_AND_CHARGE,
            }
        ),
    ),
    "rounding": Term(
        "adding_up",
        one_of({"each line by itself": AddingUp.LINE, "so that lines add up": AddingUp.PERIOD}),
    ),
    "refunds": Term("refunds", one_of({"given": True, "refused": False})),
    "day of the end": Term("last_day_counts", one_of({"charged": True, "not charged": False})),
    "invoiced": Term("offset_days", INVOICED),
}
"""What may be said for the whole environment, too, in the section Everywhere."""

CONTRACT_TERMS = {
    "currency": Term("currency", text),
    "first day": Term("start_on", day),
    "last day": Term("end_on", day),
    "type": Term(
        "type",
        one_of(
            {
                "recurring": ContractType.RECURRING,
                "flexi": ContractType.FLEXI,
                "one-time": ContractType.NON_RECURRING,
            }
        ),
    ),
    "state": Term("active", one_of({"active": True, "draft": False})),
    "billed": Term("cycle_months", months),
    "paid": Term("timing", one_of({"in advance": Timing.ADVANCE, "in arrears": Timing.ARREARS})),
    "periods": Term(None, PERIODS),
    "short months": Term(
        "month_end",
        one_of(
            {
                "the last day, then the anchor's day again": MonthEnd.CLAMP,
                "as far from the month's end as the anchor": MonthEnd.KEEP_DISTANCE,
            }
        ),
    ),
    "changes billed": Term("change_cycle_months", months),
    "review": Term("review_days", days),
    "due after": Term("payment_days", days),
}

NEEDED = ("currency", "first day")


def read_policy(section: Section | None) -> PolicyOverrides:
    """Return what the section Everywhere says for the whole environment.

    Raises: NotUnderstood: a term or its value means nothing.
    """
    return PolicyOverrides(**_fields(section, POLICY_TERMS) if section else {})


def read_contract(
    section: Section,
    *,
    key: str,
    everywhere: PolicyOverrides,
    discounts: tuple[PercentageDiscount, ...],
) -> BillingContract:
    """Return the contract of the section, with the `discounts` on everything under it.

    Raises: NotUnderstood: a term or its value means nothing, or two contradict each other.
    """
    fields = _fields(section, {**CONTRACT_TERMS, **POLICY_TERMS})
    for term in NEEDED:
        if CONTRACT_TERMS[term].field not in fields:
            raise NotUnderstood(f"{section.where}: the {term!r} is missing; add a row with it")
    overrides = {
        term.field: fields.pop(term.field) for term in POLICY_TERMS.values() if term.field in fields
    }
    policy = PolicyOverrides(**overrides).over(everywhere.over(USUAL_POLICY))
    if "end_on" in fields and not policy.last_day_counts:
        fields["end_on"] = day_after(fields["end_on"], 1)
    return section.make(
        lambda: BillingContract(
            id=UUID(int=1),
            key=key,
            customer=UUID(int=2),
            policy=policy,
            discounts=discounts,
            **fields,
        )
    )


def _fields(section: Section, terms: dict[str, Term]) -> Fields:
    section.check_columns((TERM, VALUE))
    fields: Fields = {}
    said: set[str] = set()
    for row in section.rows:
        term = row.read(TERM, one_of(terms))
        value = row.read(VALUE, term.read)
        fields |= value if term.field is None else {term.field: value}
        if row.cells[TERM] in said:
            raise NotUnderstood(f"{row.where}: {row.cells[TERM]!r} is said before; say it once")
        said.add(row.cells[TERM])
    return fields
