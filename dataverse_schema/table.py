"""The base of every table, and what can be read off one."""

from functools import cache
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dataverse_schema.columns import Column, Lookup, Text

PREFIX = "w365_"

Key = Annotated[str, Text(max_length=250)]
"""Content key: what makes a row the same row, however often it is written."""


class Table(BaseModel):
    """One row; the class is the table's definition and its docstring the description.

    Field names are the columns' names without prefix, in Python's spelling: `start_on` of
    our own table is the column `w365_starton`. A lookup field holds the row's id.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prefix: ClassVar[str] = PREFIX
    """Prefix of the table's and its columns' names; empty on Microsoft's own tables."""

    plural: ClassVar[str] = ""
    """Entity set name, where it is not the table's name with an s."""

    keys: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Alternate keys, each a tuple of field names. Writes are upserts on the first."""

    primary_name: ClassVar[str] = "name"
    """Field that Dataverse shows as the row's name."""

    user_owned: ClassVar[bool] = True
    change_tracking: ClassVar[bool] = False

    row_id: Annotated[UUID | None, Field(exclude=True)] = None
    """Primary key, once the row has been kept."""

    etag: Annotated[str | None, Field(exclude=True)] = None
    """Version of the row as it was read."""

    @classmethod
    def table_name(cls) -> str:
        """Return the table's logical name."""
        return cls.prefix + cls.__name__.lower()

    @classmethod
    def table_schema_name(cls) -> str:
        """Return the table's schema name: the logical name with the class's own capitals."""
        return cls.prefix + cls.__name__

    @classmethod
    def is_ours(cls) -> bool:
        """Return whether the table is one of the solution's, and not one of Microsoft's."""
        return cls.prefix == PREFIX

    @classmethod
    def key_name(cls, fields: tuple[str, ...]) -> str:
        """Return the schema name of the alternate key over `fields`."""
        parts = [part for field in fields for part in field.split("_")]
        return PREFIX + cls.__name__ + "".join(part.capitalize() for part in parts)

    @classmethod
    def entity_set(cls) -> str:
        """Return the name of the table's collection in the Web API."""
        return cls.plural or cls.table_name() + "s"

    @classmethod
    def primary_id(cls) -> str:
        """Return the logical name of the primary key's column."""
        return cls.table_name() + "id"

    @classmethod
    @cache
    def columns(cls) -> dict[str, Column]:
        """Return each column's kind by field name, in the order they were written."""
        found = {}
        for field, info in cls.model_fields.items():
            if field in Table.model_fields:
                continue
            kinds = [kind for kind in info.metadata if isinstance(kind, Column)]
            assert len(kinds) == 1, f"{cls.__name__}.{field}: exactly one column kind"
            found[field] = kinds[0]
        return found

    @classmethod
    @cache
    def column_name(cls, field: str) -> str:
        """Return the logical name of the column that `field` is kept in."""
        kind = cls.columns()[field]
        prefix = PREFIX if kind.custom else "" if kind.system else cls.prefix
        return prefix + field.replace("_", "")

    @classmethod
    @cache
    def schema_name(cls, field: str) -> str:
        """Return the column's schema name; for a lookup of ours also its navigation name.

        Source: the Web API names a custom lookup's navigation property as its schema name,
        case included, and Microsoft's own lookups in lower case.
        """
        name = cls.column_name(field)
        if not name.startswith(PREFIX):
            return name
        return PREFIX + "".join(part.capitalize() for part in field.split("_"))

    @classmethod
    @cache
    def read_name(cls, field: str) -> str:
        """Return the name under which the Web API returns the field's value."""
        name = cls.column_name(field)
        return f"_{name}_value" if isinstance(cls.columns()[field], Lookup) else name
