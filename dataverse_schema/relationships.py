"""Relationships: what our lookups refer to, and what becomes of them when a row goes."""

from dataclasses import dataclass
from dataclasses import field as field_of
from enum import StrEnum
from functools import cache

from dataverse_schema.columns import Currency, Lookup
from dataverse_schema.table import PREFIX, Table
from dataverse_schema.tables import TABLES
from dataverse_schema.tables.operations import Finding


class Cascade(StrEnum):
    """What an action on a row does to the rows that refer to it."""

    NO_CASCADE = "NoCascade"
    REMOVE_LINK = "RemoveLink"
    RESTRICT = "Restrict"


@dataclass(frozen=True, kw_only=True)
class CascadeSettings:
    """What each action does. Nothing of ours is ever deleted, shared or assigned along."""

    assign: Cascade = Cascade.NO_CASCADE
    delete: Cascade = Cascade.RESTRICT
    merge: Cascade = Cascade.NO_CASCADE
    reparent: Cascade = Cascade.NO_CASCADE
    share: Cascade = Cascade.NO_CASCADE
    unshare: Cascade = Cascade.NO_CASCADE


@dataclass(frozen=True, kw_only=True)
class OneToMany:
    """One relationship; tables by their logical names."""

    schema_name: str
    referenced: str
    """The table that is referred to."""

    referencing: str
    """The table that has the lookup."""

    lookup: str
    """Logical name of the lookup column."""

    lookup_schema_name: str
    """Of a lookup of ours also the navigation property from the row to what it refers to."""

    cascade: CascadeSettings = CascadeSettings()
    field: str = field_of(default="", compare=False)
    """The lookup's field in the class of `referencing`; empty for what Dataverse itself adds."""

    required: bool = False
    """Whether a form insists on the lookup."""


REMARKS: frozenset[tuple[type[Table], str]] = frozenset({(Finding, "contract")})
"""Lookups of rows that say something about another one, and go on without it."""


@cache
def relationships() -> tuple[OneToMany, ...]:
    """Return the relationships of every lookup of ours, on Microsoft's tables too.

    A row that another one refers to cannot be deleted: what was billed keeps what it was
    billed for. Only a remark loses its link instead.
    """
    return tuple(
        _relationship(declared, field, kind)
        for declared in TABLES
        for field, kind in declared.columns().items()
        if isinstance(kind, Lookup) and declared.column_name(field).startswith(PREFIX)
    )


def _relationship(declared: type[Table], field: str, kind: Lookup) -> OneToMany:
    lookup_schema_name = declared.schema_name(field)
    delete = Cascade.REMOVE_LINK if (declared, field) in REMARKS else Cascade.RESTRICT
    return OneToMany(
        schema_name="_".join(
            [
                PREFIX.removesuffix("_"),
                kind.target.removeprefix(PREFIX),
                declared.table_name().removeprefix(PREFIX),
                lookup_schema_name.removeprefix(PREFIX),
            ]
        ),
        referenced=kind.target,
        referencing=declared.table_name(),
        lookup=declared.column_name(field),
        lookup_schema_name=lookup_schema_name,
        cascade=CascadeSettings(delete=delete),
        field=field,
        required=kind.required,
    )


def system_relationships(declared: type[Table]) -> tuple[OneToMany, ...]:
    """Return the relationships that Dataverse gives to a table of ours when it is made.

    They are in a solution file, as in every export, and are never created through the
    Web API.
    """
    table = declared.table_name()
    audit = {
        f"lk_{table}_createdby": ("systemuser", "CreatedBy"),
        f"lk_{table}_modifiedby": ("systemuser", "ModifiedBy"),
    }
    ownership = {
        f"business_unit_{table}": ("businessunit", "OwningBusinessUnit"),
        f"owner_{table}": ("owner", "OwnerId"),
        f"team_{table}": ("team", "OwningTeam"),
        f"user_{table}": ("systemuser", "OwningUser"),
    }
    organization = {f"organization_{table}": ("organization", "OrganizationId")}
    money = {
        f"TransactionCurrency_{declared.table_schema_name()}": (
            "transactioncurrency",
            "TransactionCurrencyId",
        )
    }
    found = audit | (ownership if declared.user_owned else organization)
    if has_money(declared):
        found |= money
    return tuple(
        OneToMany(
            schema_name=name,
            referenced=referenced,
            referencing=table,
            lookup=schema_name.lower(),
            lookup_schema_name=schema_name,
            cascade=CascadeSettings(delete=Cascade.NO_CASCADE),
        )
        for name, (referenced, schema_name) in sorted(found.items())
    )


def has_money(declared: type[Table]) -> bool:
    """Return whether Dataverse gives the table a currency and an exchange rate."""
    return any(isinstance(kind, Currency) for kind in declared.columns().values())
