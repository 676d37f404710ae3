"""What a table is: its columns, keys, states and names as the Web API knows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

Bound = int | Decimal


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    MEMO = "memo"
    MONEY = "money"
    DECIMAL = "decimal"
    DOUBLE = "double"
    WHOLE = "whole"
    VERSION = "version"
    """A 64-bit whole number: a row's version, or a column of a client's."""

    YES_NO = "yes_no"
    DAY = "day"
    MOMENT = "moment"
    CHOICE = "choice"
    CHOICES = "choices"
    """Several options at once, kept as their values with commas between."""

    STATE = "state"
    STATUS = "status"
    UNIQUE = "unique"
    LOOKUP = "lookup"


class KeyStatus(StrEnum):
    """How far the index of an alternate key is; the key holds once it is active."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    ACTIVE = "Active"
    FAILED = "Failed"


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

    other_targets: tuple[str, ...] = ()
    """Of a lookup that can refer to several tables: those besides `target`."""

    relationship: str = ""
    """Of a lookup: its relationship, which is also the collection that leads here."""

    read_as: str = ""
    """Name in the Web API, where it is not the one that follows from the kind."""

    label: str = ""
    description: str = ""
    max_length: int = 0
    minimum: Bound = 0
    maximum: Bound = 0
    precision: int = 0
    precision_source: int = 0
    """Of money: whose decimals it has, the column's own (0), pricing's (1), the currency's (2)."""

    format: str = ""
    """How values are shown and entered, where a kind has several ways."""

    behavior: str = ""
    """Of a moment: how it meets time zones."""

    input_mode: str = "Auto"
    """Whether an input method editor is used (ImeMode)."""

    options: Mapping[int, str] = field(default_factory=dict)
    """Labels by value."""

    choice: str = ""
    """Name of the global choice that the options are taken from."""

    default: int | None = None
    autonumber: str = ""
    read_only: bool = False
    write_only: bool = False
    custom: bool = False
    required: bool = False
    required_level: str = ""
    """Where it is more than whether a value is required."""

    cascade: Mapping[str, str] = field(default_factory=dict)
    """Of a lookup: what actions on the referred row do to rows that refer to it."""

    menu: Mapping[str, str | int] = field(default_factory=dict)
    """Of a lookup: how the referred row's form shows the rows that refer to it."""

    @property
    def read_name(self) -> str:
        """Name under which the Web API shows the column's value."""
        if self.read_as:
            return self.read_as
        return f"_{self.name}_value" if self.kind is Kind.LOOKUP else self.name

    @property
    def cascades(self) -> bool:
        """Whether a row goes with the row that this lookup refers to."""
        return self.cascade.get("Delete") == "Cascade"

    @property
    def lets_go(self) -> bool:
        """Whether this lookup is emptied when the row that it refers to goes."""
        return self.cascade.get("Delete") == "RemoveLink"

    @property
    def targets(self) -> tuple[str, ...]:
        """Every table that a lookup can refer to."""
        return (self.target, *self.other_targets)

    @property
    def is_text(self) -> bool:
        """Whether values compare without regard to case and accents."""
        return self.kind in (Kind.TEXT, Kind.MEMO)

    @property
    def is_yes_no(self) -> bool:
        """Whether values are true or false."""
        return self.kind is Kind.YES_NO

    @property
    def is_number(self) -> bool:
        """Whether values are exact numbers kept as text."""
        return self.kind in (Kind.MONEY, Kind.DECIMAL, Kind.DOUBLE)


@dataclass(frozen=True, kw_only=True)
class KeyDefinition:
    """An alternate key."""

    name: str
    columns: tuple[str, ...]
    label: str = ""
    status: KeyStatus = KeyStatus.ACTIVE


@dataclass(frozen=True, kw_only=True)
class ChoiceDefinition:
    """A global choice: options that columns of several tables share."""

    name: str
    label: str = ""
    description: str = ""
    options: Mapping[int, str] = field(default_factory=dict)
    """Labels by value."""

    custom: bool = True


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

    updatable: bool = False
    """Whether clients can change the rows that a read-only table has."""

    label: str = ""
    plural_label: str = ""
    description: str = ""
    icon: str = ""
    """Name of the web resource that stands for the table."""

    has_notes: bool = False
    has_activities: bool = False
    is_intersect: bool = False
    """Whether it is there for a many-to-many relationship only."""

    audited: bool = False
    """Whether changes of its rows are kept, where the organization wants that at all."""

    @cached_property
    def primary_id(self) -> str:
        """Logical name of the primary key's column."""
        return next(iter(self.columns))

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
        return next(
            (
                key
                for key in self.keys
                if set(key.columns) == names and key.status is KeyStatus.ACTIVE
            ),
            None,
        )

    def state(self, value: int) -> State | None:
        """Return the state with this value, if there is one."""
        return next((state for state in self.states if state.value == value), None)


@dataclass(frozen=True, kw_only=True)
class Link:
    """One end of a many-to-many relationship: how its rows are found from there."""

    relationship: str
    intersect: str
    """Table whose rows say what belongs together."""

    column: str
    """Of the intersect table: refers to the rows from which the link is seen."""

    target: str
    """Table at the other end."""

    target_column: str
    """Of the intersect table: refers to the rows at the other end."""

    closed: bool = False
    """Whether an action of its own is needed to change what belongs together."""


@dataclass(frozen=True, kw_only=True)
class ManyToManyDefinition:
    """A many-to-many relationship."""

    name: str
    """Schema name, and the navigation property at both ends."""

    intersect: str
    first: str
    second: str
    """Logical names of the intersect table and of the two tables."""

    first_column: str
    second_column: str
    """Of the intersect table: refer to the rows of the two tables."""

    menus: tuple[Mapping[str, str | int], ...] = ()
    """How the forms of the two tables show what belongs together."""

    custom: bool = False
    closed: bool = False
    """Whether an action of its own is needed to change what belongs together."""

    def links(self) -> tuple[tuple[str, Link], ...]:
        """Return both ends, each with the table that it is seen from."""
        forth = Link(
            relationship=self.name,
            intersect=self.intersect,
            column=self.first_column,
            target=self.second,
            target_column=self.second_column,
            closed=self.closed,
        )
        back = Link(
            relationship=self.name,
            intersect=self.intersect,
            column=self.second_column,
            target=self.first,
            target_column=self.first_column,
            closed=self.closed,
        )
        return (self.first, forth), (self.second, back)


@dataclass(frozen=True)
class Schema:
    """Every table of the environment."""

    tables: Mapping[str, TableDefinition]
    """By logical name."""

    many_to_many: tuple[ManyToManyDefinition, ...] = ()
    choices: Mapping[str, ChoiceDefinition] = field(default_factory=dict)
    """Global choices by name."""

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
                for target in column.targets:
                    found[target].append((table, column))
        return {name: tuple(pairs) for name, pairs in found.items()}

    @cached_property
    def collections(self) -> Mapping[str, Mapping[str, tuple[TableDefinition, ColumnDefinition]]]:
        """By table and navigation property, the lookups that lead back from many rows."""
        return {
            name: {
                column.relationship: (table, column)
                for table, column in pairs
                if column.relationship
            }
            for name, pairs in self.referring.items()
        }

    @cached_property
    def links(self) -> Mapping[str, Mapping[str, Link]]:
        """By table and navigation property, the many-to-many relationships."""
        found: dict[str, dict[str, Link]] = {name: {} for name in self.tables}
        for relationship in self.many_to_many:
            for table, link in relationship.links():
                found[table][relationship.name] = link
        return found
