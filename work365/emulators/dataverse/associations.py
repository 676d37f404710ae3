"""Brings rows together and parts them, by `$ref` on a collection or on a lookup.

Uncertain against a real environment: what is together already is refused as a duplicate, and
what is not together cannot be parted (404).
"""

from uuid import uuid4

from work365.emulators.dataverse import audits
from work365.emulators.dataverse.addresses import Address, RowAddress, split_segment
from work365.emulators.dataverse.calls import Answer, Call
from work365.emulators.dataverse.definitions import Link, TableDefinition
from work365.emulators.dataverse.errors import (
    duplicate_in_bulk,
    not_emulated,
    query_error,
    row_absent,
    unknown_segment,
    wrong_method,
)
from work365.emulators.dataverse.privileges import ASSIGN_ROLE
from work365.emulators.dataverse.references import referred_row, row_of
from work365.emulators.dataverse.related_rows import find_collection
from work365.emulators.dataverse.rows import Values, stored_row, update_row
from work365.emulators.dataverse.sql import quoted, sql
from work365.emulators.dataverse.system_rows import insert_row
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import GUID
from work365.emulators.dataverse.write_checks import check_append

REFERENCE = "$ref"
ROLE_LINKS = ("systemuserroles_association", "teamroles_association")
End = tuple[TableDefinition, str]


def names_collection(transaction: Transaction, address: Address) -> bool:
    """Return whether an address ends in `$ref` on a collection of a row."""
    if address.row is None or not address.rest or address.rest[-1] != REFERENCE:
        return False
    name, _ = split_segment(address.rest[0])
    return find_collection(transaction.schema, address.table, name) is not None


class Associations:
    """Associates and disassociates rows inside a transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def answer(self, call: Call, address: Address) -> Answer:
        """Do what a request on a collection's `$ref` asks for."""
        name, inside = split_segment(address.rest[0])
        assert address.row is not None, "a collection is one row's"
        near = self._present(address.table, address.row)
        if call.method == "POST" and inside is None:
            self._associate(near, name, self._posted(call, address.table))
        elif call.method == "DELETE":
            self._disassociate(near, name, self._named(call, near[0], name, inside))
        else:
            raise wrong_method(call.method)
        return Answer(status=204)

    def _present(self, table: TableDefinition, address: RowAddress) -> End:
        row_id = row_of(self._transaction.connection, address)
        if row_id is None or stored_row(self._transaction, table, row_id) is None:
            raise row_absent(table.name, row_id or address.text)
        return table, row_id

    def _posted(self, call: Call, table: TableDefinition) -> End:
        url = call.json(table.set_name).get("@odata.id")
        if not isinstance(url, str):
            raise query_error("A reference is added by POST with an '@odata.id'.")
        return self._referred(call, url)

    def _referred(self, call: Call, url: str) -> End:
        transaction = self._transaction
        return referred_row(transaction.schema, transaction.connection, url, call.content_ids)

    def _named(self, call: Call, table: TableDefinition, name: str, inside: str | None) -> End:
        """Return the row to be parted: by key in the path, or by address as `$id`."""
        if inside is not None:
            collection = find_collection(self._transaction.schema, table, name)
            assert collection is not None, "the address was found to name one"
            if not GUID.fullmatch(inside):
                raise unknown_segment(f"{name}({inside})")
            return collection.table, inside.lower()
        url = dict(call.parameters).get("$id")
        if url is None:
            raise query_error("A reference is removed by DELETE with an '$id', or by its key.")
        return self._referred(call, url)

    def _associate(self, near: End, name: str, far: End) -> None:
        table, _ = near
        link = self._transaction.schema.links[table.name].get(name)
        if link is None:
            self._set_lookup(near, name, far, is_set=True)
            return
        self._check(near, link, far)
        if self._found(near, link, far) is not None:
            raise duplicate_in_bulk()
        intersect = self._transaction.schema.tables[link.intersect]
        columns = {link.column: near[1], link.target_column: far[1]}
        insert_row(
            self._transaction, intersect.name, **{intersect.primary_id: str(uuid4())}, **columns
        )
        self._transaction.count("Associate", table, 1)
        audits.audit_access(self._transaction, *near, audits.ASSOCIATE, columns)

    def _disassociate(self, near: End, name: str, far: End) -> None:
        table, _ = near
        link = self._transaction.schema.links[table.name].get(name)
        if link is None:
            self._set_lookup(near, name, far, is_set=False)
            return
        self._check(near, link, far)
        found = self._found(near, link, far)
        if found is None:
            raise row_absent(link.intersect, far[1])
        intersect = self._transaction.schema.tables[link.intersect]
        self._transaction.connection.execute(
            sql(
                "DELETE FROM",
                quoted(intersect.name),
                f"WHERE {quoted(intersect.primary_id)} = ?",
            ),
            (found,),
        )
        self._transaction.count("Disassociate", table, 1)
        self._transaction.written_tables.add(intersect.name)
        columns = {link.column: near[1], link.target_column: far[1]}
        audits.audit_access(self._transaction, *near, audits.DISASSOCIATE, columns)

    def _check(self, near: End, link: Link, far: End) -> None:
        """Raise unless the two rows may be brought together, or parted."""
        transaction = self._transaction
        target, target_id = far
        if target.name != link.target:
            raise query_error(
                f"The relationship '{link.relationship}' leads to '{link.target}', not to "
                f"'{target.name}'."
            )
        if link.closed:
            raise not_emulated(f"$ref on '{link.relationship}', which actions of its own change")
        if stored_row(transaction, target, target_id) is None:
            raise row_absent(target.name, target_id)
        access = transaction.caller.restriction
        if access is not None and link.relationship in ROLE_LINKS:
            access.require_privilege(ASSIGN_ROLE)
        elif access is not None:
            check_append(transaction, near, far)

    def _found(self, near: End, link: Link, far: End) -> str | None:
        intersect = self._transaction.schema.tables[link.intersect]
        found = self._transaction.connection.execute(
            sql(
                "SELECT",
                quoted(intersect.primary_id),
                "FROM",
                quoted(intersect.name),
                f"WHERE {quoted(link.column)} = ? AND {quoted(link.target_column)} = ?",
            ),
            (near[1], far[1]),
        ).fetchone()
        return str(found[0]) if found else None

    def _set_lookup(self, near: End, name: str, far: End, *, is_set: bool) -> None:
        """Set or clear the lookup of a row that is one of many."""
        transaction = self._transaction
        many, lookup = transaction.schema.collections[near[0].name][name]
        table, row_id = far
        before = stored_row(transaction, many, row_id) if table.name == many.name else None
        if before is None or not (is_set or before[lookup.name] == near[1]):
            raise row_absent(many.name, row_id)
        given: Values = {lookup.name: near[1] if is_set else None}
        update_row(transaction, many, before, given)
