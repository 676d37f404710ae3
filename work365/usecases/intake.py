"""What an import comes to while it runs: counts, and findings that say where and what to do."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from work365.domain.findings import Finding, Severity
from work365.errors import Refusal
from work365.ports.catalog import CatalogKind, Effect, Tally

ValueT = TypeVar("ValueT")

Progress: TypeAlias = Callable[[int], None]
"""Is told, now and then, how many more are done."""


@dataclass(frozen=True, slots=True)
class Provided(Generic[ValueT]):
    """A value as the provider gave it, and the name of the file that it stands in."""

    value: ValueT
    file_name: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands: the row by what tells it from others, and the field."""

    file_name: str
    row: str
    field: str

    def finding(self, severity: Severity, code: str, value: object, remedy: str) -> Finding:
        """Return the finding that the field holds `value`, and what to do about it."""
        shown = value if isinstance(value, int) else json.dumps(str(value), ensure_ascii=False)
        message = f"{self.file_name}, {self.row}: {self.field} is {shown}; {remedy}."
        return Finding(severity, code, message, f"{self.file_name}#{self.row}/{self.field}")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import, or a part of one, came to."""

    tally: Tally = field(default_factory=Counter)
    findings: tuple[Finding, ...] = ()

    def __add__(self, other: "Imported") -> "Imported":
        return Imported(self.tally + other.tally, self.findings + other.findings)

    @property
    def subscriptions(self) -> int:
        """How many subscriptions were added."""
        return self.count(Effect.CREATED, CatalogKind.SUBSCRIPTION)

    @property
    def prices(self) -> int:
        """How many list prices were added."""
        return self.count(Effect.CREATED, CatalogKind.LIST_PRICE)

    def count(self, effect: Effect, kind: CatalogKind | None = None) -> int:
        """Return how many had `effect`, of one kind or of all."""
        return sum(
            number
            for (counted, what), number in self.tally.items()
            if what is effect and kind in (None, counted)
        )


@dataclass(slots=True)
class Intake:
    """Counts and findings as they come up."""

    kind: CatalogKind
    """What the rows are that are counted one by one."""
    tally: Tally = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def count(self, effect: Effect, number: int = 1) -> None:
        """Count rows."""
        self.tally[self.kind, effect] += number

    def warn(self, place: Place, code: str, value: object, remedy: str) -> None:
        """Note something about a row that does not decide whether it goes in."""
        self.findings.append(place.finding(Severity.WARNING, code, value, remedy))

    def leave_out(self, place: Place, code: str, value: object, remedy: str) -> None:
        """Note that a row does not go in because there is nothing to bill."""
        self.warn(place, code, value, remedy)
        self.count(Effect.LEFT_OUT)

    def refuse(self, place: Place, code: str, value: object, remedy: str, *, rows: int = 1) -> None:
        """Note that rows do not go in until somebody does something about it."""
        self.findings.append(place.finding(Severity.ERROR, code, value, remedy))
        self.count(Effect.REFUSED, rows)

    def refuse_as(self, refusal: Refusal, place: Place, value: object) -> None:
        """Note that a row does not go in for the reason that `refusal` gives."""
        self.refuse(place, refusal.code, value, str(refusal).removesuffix("."))

    def imported(self) -> Imported:
        """Return what it came to."""
        return Imported(self.tally, tuple(self.findings))


def chunks(things: Sequence[ValueT], size: int) -> Iterator[Sequence[ValueT]]:
    """Yield `things` in order, `size` at a time."""
    for first in range(0, len(things), size):
        yield things[first : first + size]
