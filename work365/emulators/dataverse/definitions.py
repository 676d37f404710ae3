"""What a table is: its columns, keys, states and names as the Web API knows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property


class Kind(Enum):
    """What a column holds."""

    TEXT = auto()
    MEMO = auto()
    MONEY = auto()
    DECIMAL = auto()
    WHOLE = auto()
    VERSION = auto()
    YES_NO = auto()
    DAY = auto()
    MOMENT = auto()
    CHOICE = auto()
    STATE = auto()
    STATUS = auto()
    UNIQUE = auto()
    LOOKUP = auto()


@dataclass(frozen=True, kw_only=True)
class ColumnDefinition:
    """One column."""

    name: str
    """Logical name."""

    schema_name: str
    """For a lookup also the name of its navigation property, case included."""

    kind: Kind
    target: str = ""
    """Of a lookup: the table it refers to."""

    max_length: int = 0
    minimum: int = 0
    maximum: int = 0
    precision: int = 0
    options: Mapping[int, str] = field(default_factory=dict)
    """Labels by value."""

    default: int | None = None
    autonumber: str = ""
    read_only: bool = False
    write_only: bool = False
    custom: bool = False
    required: bool = False
    cascades: bool = False
    """Of a lookup: whether a row goes with the row that it refers to."""

    @property
    def read_name(self) -> str:
        """Name under which the Web API shows the column's value."""
        return f"_{self.name}_value" if self.kind is Kind.LOOKUP else self.name

    @property
    def is_text(self) -> bool:
        """Whether values compare without regard to case and accents."""
        return self.kind in (Kind.TEXT, Kind.MEMO)

    @property
    def is_number(self) -> bool:
        """Whether values are exact numbers kept as text."""
        return self.kind in (Kind.MONEY, Kind.DECIMAL)


@dataclass(frozen=True, kw_only=True)
class KeyDefinition:
    """An alternate key."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class State:
    """A state of rows, and the statuses that it allows, the first being its default."""

    value: int
    label: str
    statuses: Mapping[int, str]


ACTIVE_AND_INACTIVE = (
    State(value=0, label="Active", statuses={1: "Active"}),
    State(value=1, label="Inactive", statuses={2: "Inactive"}),
)


@dataclass(frozen=True, kw_only=True)
class TableDefinition:
    """One table."""

    name: str
    set_name: str
    schema_name: str
    primary_name: str
    """Logical name of the column that is shown as a row's name."""

    columns: Mapping[str, ColumnDefinition]
    """By logical name, the primary key first."""

    keys: tuple[KeyDefinition, ...] = ()
    states: tuple[State, ...] = ()
    user_owned: bool = False
    change_tracking: bool = False
    custom: bool = False
    read_only: bool = False
    """Whether clients cannot write its rows."""

    @property
    def primary_id(self) -> str:
        """Logical name of the primary key's column."""
        return f"{self.name}id"

    @cached_property
    def properties(self) -> Mapping[str, ColumnDefinition]:
        """Columns by the name under which a query names them."""
        return {
            column.read_name: column for column in self.columns.values() if not column.write_only
        }

    @cached_property
    def navigations(self) -> Mapping[str, ColumnDefinition]:
        """Lookups by navigation property."""
        return {
            column.schema_name: column
            for column in self.columns.values()
            if column.kind is Kind.LOOKUP
        }

    @cached_property
    def money(self) -> tuple[ColumnDefinition, ...]:
        """Columns of money that clients write."""
        return tuple(
            column
            for column in self.columns.values()
            if column.kind is Kind.MONEY and not column.read_only
        )

    @cached_property
    def autonumbers(self) -> tuple[ColumnDefinition, ...]:
        """Columns that are numbered where they are created without a value."""
        return tuple(column for column in self.columns.values() if column.autonumber)

    @cached_property
    def lookups(self) -> tuple[ColumnDefinition, ...]:
        """Columns that refer to rows."""
        return tuple(self.navigations.values())

    def key_of(self, names: set[str]) -> KeyDefinition | None:
        """Return the alternate key made of exactly these columns, if there is one."""
        return next((key for key in self.keys if set(key.columns) == names), None)

    def state(self, value: int) -> State | None:
        """Return the state with this value, if there is one."""
        return next((state for state in self.states if state.value == value), None)


@dataclass(frozen=True)
class Schema:
    """Every table of the environment."""

    tables: Mapping[str, TableDefinition]
    """By logical name."""

    @cached_property
    def sets(self) -> Mapping[str, TableDefinition]:
        """Tables by the name of their collection."""
        return {table.set_name: table for table in self.tables.values()}

    @cached_property
    def referring(self) -> Mapping[str, tuple[tuple[TableDefinition, ColumnDefinition], ...]]:
        """By table, the lookups of other tables that refer to it."""
        found: dict[str, list[tuple[TableDefinition, ColumnDefinition]]] = {
            name: [] for name in self.tables
        }
        for table in self.tables.values():
            for column in table.lookups:
                found[column.target].append((table, column))
        return {name: tuple(pairs) for name, pairs in found.items()}
