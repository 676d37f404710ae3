"""Requests to the Web API as values: made here, sent by the client alone or together.

Everything here is pure. Addresses are relative to the service root and already encoded.
Source: Microsoft Learn, Dataverse developer guide, "Use the Microsoft Dataverse Web API".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias
from urllib.parse import quote
from uuid import UUID, uuid4

from work365.adapters.dataverse.errors import KeyNotAddressable, RequestTooLarge
from work365.http import exact_text, write_json

ADDRESS_CHARACTERS_MAX = 32_768
ROWS_PER_PAGE_MAX = 5_000
PAGE_SIZE = "odata.maxpagesize"
NAMESPACE = "Microsoft.Dynamics.CRM"
NOT_IN_KEYS = frozenset("/<>*%&:\\?+")
"""Source: "Work with alternate keys": a value with one of these cannot be addressed."""

Body: TypeAlias = Mapping[str, Any]
Literal: TypeAlias = str | int | bool | Decimal | date | UUID | None
Key: TypeAlias = Mapping[str, Literal]
Row: TypeAlias = UUID | Key


@dataclass(frozen=True, slots=True)
class Operation:
    """One request."""

    method: str
    path: str
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = False
    """Whether the caller vouches that a second sending changes nothing more."""
    own_id: tuple[str, UUID] | None = None
    """Of a creation: the primary id's column and value, chosen here and known to nobody else."""

    def __post_init__(self) -> None:
        if len(self.path) > ADDRESS_CHARACTERS_MAX:
            raise RequestTooLarge(f"{self}: an address of {len(self.path)} characters")
        assert not (self.is_limited and PAGE_SIZE in self.headers.get("Prefer", "")), (
            f"{self}: with a page size Dataverse ignores $top; state one of them"
        )

    def __str__(self) -> str:
        return f"{self.method} {self.path.partition('?')[0]}"

    @property
    def writes(self) -> bool:
        """Whether this may change a row."""
        return self.method != "GET"

    @property
    def is_limited(self) -> bool:
        """Whether this reads the first few rows only."""
        return "$top=" in self.path

    @property
    def is_upsert(self) -> bool:
        """Whether this creates rows or, where they exist, updates them."""
        if self.method == "PATCH":
            return self.headers.keys().isdisjoint({"If-Match", "If-None-Match"})
        return self.path.endswith(f"{NAMESPACE}.UpsertMultiple")

    @property
    def creates_only(self) -> bool:
        """Whether this may be meant to be refused where there is such a row already."""
        updates = self.path.endswith(f"{NAMESPACE}.UpdateMultiple")
        return "If-None-Match" in self.headers or (
            self.method == "POST" and not self.is_upsert and not updates
        )

    @property
    def may_be_repeated(self) -> bool:
        """Whether sending this again, after nobody knows what happened, does no harm."""
        chosen = self.own_id is not None
        return self.repeatable or chosen or self.method in {"GET", "PUT", "PATCH", "DELETE"}

    def preferring(self, *preferences: str) -> "Operation":
        """Return this operation with `preferences` added to those it has."""
        if not preferences:
            return self
        stated = [self.headers["Prefer"]] if "Prefer" in self.headers else []
        return replace(self, headers={**self.headers, "Prefer": ",".join([*stated, *preferences])})

    def tagged(self, tag: str | None) -> "Operation":
        """Return this operation with `tag` in the shared variables of what it sets off."""
        # Of "$1", an address inside a change set, only the plain form is documented.
        if tag is None or not self.writes or self.path.startswith("$"):
            return self
        separator = "&" if "?" in self.path else "?"
        return replace(self, path=f"{self.path}{separator}tag={quote(tag, safe='')}")


def create(entity_set: str, body: Body, *, repeatable: bool = False) -> Operation:
    """Return the creation of one row.

    `repeatable` when an alternate key in `body` keeps a second row out: a repeat that meets
    its own row is then refused as `DuplicateKey`.
    """
    return Operation("POST", entity_set, body, repeatable=repeatable)


def create_once(
    entity_set: str, primary_id: str, body: Body, *, row_id: UUID | None = None
) -> Operation:
    """Return the creation of one row under an id of our own, sent until it is there once.

    `primary_id` is the column of the id, `row_id` the id if it must be known beforehand.
    A repeat that meets the row of an earlier sending finds it again, and succeeds.
    """
    chosen = row_id or uuid4()
    return Operation("POST", entity_set, {**body, primary_id: chosen}, own_id=(primary_id, chosen))


def update(entity_set: str, row: Row, body: Body, *, etag: str | None = None) -> Operation:
    """Return the update of a row that exists, and with `etag` has not changed since."""
    # Without If-Match a PATCH creates the row that it does not find.
    return Operation("PATCH", address(entity_set, row), body, {"If-Match": etag or "*"})


def upsert(
    entity_set: str,
    key: Key,
    body: Body,
    *,
    create_only: bool = False,
    update_only: bool = False,
) -> Operation:
    """Return the creation or, if `key` is taken, the update of a row.

    With `create_only` a row that exists is refused as `DuplicateKey`, with `update_only` a
    row that does not as `RowNotFound`.
    """
    assert not (create_only and update_only)
    condition = {"If-None-Match": "*"} if create_only else {"If-Match": "*"} if update_only else {}
    return Operation("PATCH", address(entity_set, key), body, condition)


def delete(entity_set: str, row: Row, *, etag: str | None = None) -> Operation:
    """Return the deletion of a row, with `etag` only if it has not changed since."""
    condition = {"If-Match": etag} if etag else {}
    return Operation("DELETE", address(entity_set, row), headers=condition)


def create_multiple(
    entity_set: str, table_name: str, rows: Iterable[Body], *, repeatable: bool = False
) -> Operation:
    """Return the creation of all of `rows` or none; see `create` for `repeatable`."""
    operation = _multiple("CreateMultiple", entity_set, table_name, rows)
    return replace(operation, repeatable=repeatable)


def update_multiple(entity_set: str, table_name: str, rows: Iterable[Body]) -> Operation:
    """Return the update of all of `rows` or none; each holds its primary id."""
    return _multiple("UpdateMultiple", entity_set, table_name, rows)


def upsert_multiple(
    entity_set: str, table_name: str, rows: Iterable[tuple[Key, Body]]
) -> Operation:
    """Return the upsert of all of `rows`, each a key and a body, or none."""
    targets = (_target(entity_set, key, body) for key, body in rows)
    return _multiple("UpsertMultiple", entity_set, table_name, targets)


def query(
    entity_set: str,
    *,
    select: Sequence[str],
    filter: str | None = None,
    order_by: str | None = None,
    expand: str | None = None,
    top: int | None = None,
) -> Operation:
    """Return the reading of the rows that `filter` lets through.

    `top` is for the first few rows only: Dataverse ignores it beyond one page.
    """
    assert top is None or 1 <= top <= ROWS_PER_PAGE_MAX, top
    options = {
        "$select": ",".join(select),
        "$filter": filter,
        "$orderby": order_by,
        "$expand": expand,
        "$top": None if top is None else str(top),
    }
    stated = (f"{name}={_encoded(text)}" for name, text in options.items() if text)
    return Operation("GET", f"{entity_set}?{'&'.join(stated)}")


def address(entity_set: str, row: Row) -> str:
    """Return where a row is found, by id or by alternate key.

    Raises: `KeyNotAddressable`, naming the key.
    """
    if isinstance(row, UUID):
        return f"{entity_set}({row})"
    assert row, "an alternate key has at least one column"
    parts = (f"{column}={_key_literal(column, value)}" for column, value in row.items())
    return f"{entity_set}({','.join(parts)})"


def literal(value: Literal) -> str:
    """Return `value` as it stands in a filter, not yet encoded for an address."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return "'" + str(value).replace("'", "''") + "'"
    return str(value) if isinstance(value, int) else exact_text(value)


def equals(column: str, value: Literal) -> str:
    """Return the condition that `column` is `value`. Case is ignored, as Dataverse does."""
    return f"{column} eq {literal(value)}"


def is_in(column: str, values: Iterable[str | int | Decimal | date | UUID]) -> str:
    """Return the condition that `column` is one of `values`, of which there is at least one."""
    texts = [_member(value) for value in values]
    assert texts, f"no values for {column}"
    # The parser of addresses counts brackets and apostrophes before the JSON is read.
    array = write_json(texts)[1:-1]
    for character in "'[]":
        array = array.replace(character, f"\\u{ord(character):04x}")
    return f"{NAMESPACE}.In(PropertyName='{column}',PropertyValues=[{array}])"


def all_of(*conditions: str) -> str:
    """Return the condition that each of `conditions` holds."""
    return " and ".join(f"({condition})" for condition in conditions)


def _multiple(message: str, entity_set: str, table_name: str, rows: Iterable[Body]) -> Operation:
    kind = {"@odata.type": f"{NAMESPACE}.{table_name}"}
    body = {"Targets": [{**kind, **row} for row in rows]}
    return Operation("POST", f"{entity_set}/{NAMESPACE}.{message}", body, repeatable=True)


def _target(entity_set: str, key: Key, body: Body) -> Body:
    # Dataverse refuses a key column that is in the address and in the body as well.
    rest = {column: value for column, value in body.items() if column not in key}
    assert all(key[column] == body[column] for column in key if column in body), key
    return {"@odata.id": address(entity_set, key), **rest}


def _key_literal(column: str, value: Literal) -> str:
    if value is None or value == "":
        raise KeyNotAddressable(f"{column} is empty, and an empty key is not unique")
    if isinstance(value, str) and (found := sorted(NOT_IN_KEYS.intersection(value))):
        raise KeyNotAddressable(f"{column}={value!r} has {' '.join(found)}, not addressable")
    return quote(literal(value), safe="'")


def _member(value: str | int | Decimal | date | UUID) -> str:
    return str(value) if isinstance(value, str | int) else exact_text(value)


def _encoded(text: str) -> str:
    return quote(text, safe="/(),'$;=@:")
