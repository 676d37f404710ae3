"""What a filter says, as a tree."""

from dataclasses import dataclass
from enum import Enum, auto


class LiteralKind(Enum):
    """Type of a constant."""

    NULL = auto()
    BOOLEAN = auto()
    STRING = auto()
    NUMBER = auto()
    GUID = auto()
    DAY = auto()
    MOMENT = auto()


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant, as its text without quotes."""

    kind: LiteralKind
    text: str


@dataclass(frozen=True, slots=True)
class Property:
    """A column, at the end of a path of navigation properties."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The contrary of a predicate."""

    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`eq ne gt ge lt le` between two operands, or `and or` between two predicates."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    """A function with arguments by place, as `contains(name,'x')`."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class QueryFunction:
    """A function of Dataverse with arguments by name."""

    name: str
    column: Property
    values: tuple[Literal, ...] | None
    """Nothing where the function was called without values."""


@dataclass(frozen=True, slots=True)
class Quantifier:
    """`any` or `all` of the rows of a collection."""

    operator: str
    path: tuple[str, ...]
    """The collection, at the end of a path of navigation properties or range variables."""

    variable: str
    predicate: "Expression | None"
    """Nothing for `any()`, which holds where the collection is not empty."""


Expression = Literal | Property | Negation | Comparison | Call | QueryFunction | Quantifier
