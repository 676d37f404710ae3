"""The rows that come and go with a table: privileges, messages, views and a main form.

Source: what a table has right after it was made in Power Apps, as real exports show it. The
emulator makes one view of each kind and the main form, and leaves out the others.
"""

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import quoteattr

from work365.emulators.dataverse import seeds
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.privileges import Right, privilege_id, privilege_name
from work365.emulators.dataverse.product_catalog import WITHOUT_BULK_ACTIONS
from work365.emulators.dataverse.security_rows import plant_privileges
from work365.emulators.dataverse.solution_components import forget_components
from work365.emulators.dataverse.sql import sql
from work365.emulators.dataverse.system_rows import insert_rows
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import SqlValue

PUBLIC, ADVANCED_FIND, ASSOCIATED, QUICK_FIND, LOOKUP = 0, 1, 2, 4, 64
VIEWS = {
    PUBLIC: "Active {plural}",
    ADVANCED_FIND: "{name} Advanced Find View",
    ASSOCIATED: "{name} Associated View",
    QUICK_FIND: "Quick Find Active {plural}",
    LOOKUP: "{name} Lookup View",
}
"""Names of the first views by query type."""

MAIN_FORM = 2
MAIN_FORM_NAME = "Information"
CELL_WIDTH = 300
Row = Mapping[str, SqlValue]


def plant(transaction: Transaction, table: TableDefinition) -> None:
    """Insert what comes with a table that is made."""
    if not table.is_intersect:
        plant_privileges(transaction, (table,))
        plant_parts(transaction, (table,))


def plant_parts(transaction: Transaction, tables: Sequence[TableDefinition]) -> None:
    """Insert messages that steps can be registered for, views and a form of these tables."""
    insert_rows(transaction, "sdkmessagefilter", [row for each in tables for row in _filters(each)])
    insert_rows(transaction, "savedquery", [row for each in tables for row in _views(each)])
    insert_rows(transaction, "systemform", [_form(each) for each in tables])


def _filters(table: TableDefinition) -> Iterator[Row]:
    messages = {message: seeds.MESSAGE_IDS[message] for message in seeds.RINGING}
    if table.name not in WITHOUT_BULK_ACTIONS:
        messages |= seeds.BULK_MESSAGE_IDS
    for message, message_id in messages.items():
        yield {
            "sdkmessagefilterid": seeds.fixed_id(f"filter {message} {table.name}"),
            "sdkmessageid": message_id,
            "primaryobjecttypecode": table.name,
            "secondaryobjecttypecode": "none",
            "iscustomprocessingstepallowed": 1,
        }


def _views(table: TableDefinition) -> Iterator[Row]:
    key, shown = quoteattr(table.primary_id), quoteattr(table.primary_name)
    active = (
        '<filter type="and"><condition attribute="statecode" operator="eq" value="0"/></filter>'
        if table.states
        else ""
    )
    for kind, name in VIEWS.items():
        yield {
            "savedqueryid": seeds.fixed_id(f"view {kind} {table.name}"),
            "name": name.format(
                name=table.label or table.schema_name,
                plural=table.plural_label or table.schema_name,
            ),
            "querytype": kind,
            "returnedtypecode": table.name,
            "isdefault": 1,
            "isquickfindquery": int(kind == QUICK_FIND),
            "fetchxml": (
                f'<fetch version="1.0" mapping="logical"><entity name={quoteattr(table.name)}>'
                f"<attribute name={key}/><attribute name={shown}/>"
                f'<order attribute={shown} descending="false"/>{active}</entity></fetch>'
            ),
            "layoutxml": (
                f'<grid name="resultset" jump={shown} select="1" preview="1" icon="1">'
                f'<row name="result" id={key}><cell name={shown} width="{CELL_WIDTH}"/></row>'
                "</grid>"
            ),
        }


def _form(table: TableDefinition) -> Row:
    control = quoteattr(table.primary_name)
    return {
        "formid": seeds.fixed_id(f"form {table.name}"),
        "name": MAIN_FORM_NAME,
        "objecttypecode": table.name,
        "type": MAIN_FORM,
        "isdefault": 1,
        "formxml": (
            '<form><tabs><tab><columns><column width="100%"><sections><section><rows><row><cell>'
            f"<control id={control} datafieldname={control}/>"
            "</cell></row></rows></section></sections></column></columns></tab></tabs></form>"
        ),
    }


def remove(transaction: Transaction, table: TableDefinition) -> None:
    """Delete what goes with a table; its steps have to be gone before."""
    for statement in (
        "DELETE FROM sdkmessagefilter WHERE primaryobjecttypecode = ?",
        "DELETE FROM savedquery WHERE returnedtypecode = ?",
        "DELETE FROM systemform WHERE objecttypecode = ?",
    ):
        transaction.connection.execute(statement, (table.name,))
    for right in Right:
        gone = privilege_id(privilege_name(table, right))
        for holder in ("roleprivileges", "privilege"):
            transaction.connection.execute(
                sql("DELETE FROM", holder, "WHERE privilegeid = ?"), (gone,)
            )
    transaction.written_tables.update(("privilege", "roleprivileges", "sdkmessagefilter"))
    forget_components(transaction, table)
