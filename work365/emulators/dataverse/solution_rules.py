"""Rules of publishers, solutions, views, forms and web resources that tables do not tell.

Codes are those of the platform's error list; statuses and texts were not verified.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping

from work365.emulators.dataverse.component_xml import columns_in_view, parsed
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.sql import quoted, sql
from work365.emulators.dataverse.transactions import Transaction
from work365.emulators.dataverse.values import SqlValue

PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9]{1,7}")
UNIQUE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
VERSION = re.compile(r"\d+(\.\d+){1,3}")
OPTION_PREFIXES = range(10_000, 100_000)
RESERVED_PREFIX = "mscrm"

Row = dict[str, SqlValue]


def check_component(transaction: Transaction, table: TableDefinition, row: Row) -> None:
    """Raise if a row of a solution's parts is one that Dataverse would not keep.

    Raises: DataverseError, then.
    """
    check = _CHECKS.get(table.name)
    if check is not None:
        check(transaction, row)


def _refused(code: str, message: str) -> DataverseError:
    return DataverseError(400, code, message)


def _publisher(transaction: Transaction, row: Row) -> None:
    name = str(row["uniquename"] or "")
    if not UNIQUE_NAME.fullmatch(name):
        raise _refused("0x8004f01c", f"The publisher unique name '{name}' is not valid.")
    prefix = str(row["customizationprefix"] or "")
    if not PREFIX.fullmatch(prefix) or prefix.lower().startswith(RESERVED_PREFIX):
        raise _refused(
            "0x80040203",
            f"The customization prefix '{prefix}' is not valid: it has 2 to 8 letters and "
            f"digits, begins with a letter and not with '{RESERVED_PREFIX}'.",
        )
    values = row["customizationoptionvalueprefix"]
    if values not in OPTION_PREFIXES:
        raise _refused(
            "0x80048402",
            f"The option value prefix {values} is not between {OPTION_PREFIXES.start} and "
            f"{OPTION_PREFIXES.stop - 1}.",
        )
    _refuse_second(
        transaction, "publisher", row, "0x80040237", f"A publisher with the unique name '{name}'"
    )


def _solution(transaction: Transaction, row: Row) -> None:
    name = str(row["uniquename"] or "")
    if not UNIQUE_NAME.fullmatch(name):
        raise _refused("0x8004f002", f"The solution unique name '{name}' is not valid.")
    version = str(row["version"] or "")
    if not VERSION.fullmatch(version):
        raise _refused(
            "0x8004f01e", f"The solution version '{version}' is not valid: it is like 1.0.0.0."
        )
    if row["publisherid"] is None:
        raise _refused("0x80040203", "A solution needs a 'publisherid'.")
    row["isvisible"] = 1
    row["installedon"] = row["installedon"] or transaction.now
    _refuse_second(
        transaction, "solution", row, "0x8004f023", f"A solution with the unique name '{name}'"
    )


def _refuse_second(
    transaction: Transaction,
    table: str,
    row: Row,
    code: str,
    what: str,
    *,
    column: str = "uniquename",
) -> None:
    key = f"{table}id"
    other = transaction.connection.execute(
        sql(
            "SELECT 1 FROM",
            quoted(table),
            f"WHERE fold({quoted(column)}) = fold(?) AND {quoted(key)} <> ?",
        ),
        (row[column], row[key]),
    ).fetchone()
    if other:
        raise _refused(code, f"{what} already exists.")


def _view(transaction: Transaction, row: Row) -> None:
    table = _table(transaction, row["returnedtypecode"], "returnedtypecode")
    if row["querytype"] is None or row["fetchxml"] is None:
        raise _refused("0x80040203", "A view needs 'querytype' and 'fetchxml'.")
    fetch, layout = str(row["fetchxml"]), str(row["layoutxml"] or "")
    if parsed(fetch, what="fetchxml").tag != "fetch":
        raise _refused("0x80041139", "The root element of 'fetchxml' is not 'fetch'.")
    for name, columns in columns_in_view(fetch, layout, table.name).items():
        found = transaction.schema.tables.get(name)
        if found is None:
            raise _refused(
                "0x80041102",
                f"The entity with a name = '{name}' was not found (view {row['name']}).",
            )
        _refuse_unknown(found, columns, f"the view {row['name']}")


def _refuse_unknown(table: TableDefinition, columns: set[str], what: str) -> None:
    for column in sorted(columns - table.columns.keys()):
        raise _refused(
            "0x80041103",
            f"'{table.name}' entity doesn't contain attribute with Name = '{column}' and "
            f"NameMapping = 'Logical' ({what}).",
        )


def _form(transaction: Transaction, row: Row) -> None:
    if row["type"] is None or row["formxml"] is None:
        raise _refused("0x80040203", "A form needs 'type' and 'formxml'.")
    root = parsed(str(row["formxml"]), what="formxml")
    if root.tag != "form":
        raise _refused("0x80040203", "The root element of 'formxml' is not 'form'.")
    if row["objecttypecode"] not in (None, "none"):
        _table(transaction, row["objecttypecode"], "objecttypecode")


def _table(transaction: Transaction, name: SqlValue, column: str) -> TableDefinition:
    table = transaction.schema.tables.get(str(name))
    if table is None:
        raise _refused(
            "0x80041102", f"The entity with a name = '{name}' was not found ('{column}')."
        )
    return table


def _web_resource(transaction: Transaction, row: Row) -> None:
    if not row["name"] or row["webresourcetype"] is None:
        raise _refused("0x80040203", "A web resource needs 'name' and 'webresourcetype'.")
    try:
        base64.b64decode(str(row["content"] or ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _refused(
            "0x80040203", f"The 'content' of the web resource {row['name']} is not Base64: {error}."
        ) from error
    _refuse_second(
        transaction,
        "webresource",
        row,
        "0x8004f115",
        f"A web resource with the name '{row['name']}'",
        column="name",
    )


def _variable(transaction: Transaction, row: Row) -> None:
    name = str(row["schemaname"] or "")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{1,7}_\w+", name, re.ASCII):
        raise _refused(
            "0x80040203", f"The schema name '{name}' does not begin with a publisher's prefix."
        )
    _refuse_second(
        transaction,
        "environmentvariabledefinition",
        row,
        "0x80040237",
        f"An environment variable with the schema name '{name}'",
        column="schemaname",
    )


def _variable_value(transaction: Transaction, row: Row) -> None:
    definition = row["environmentvariabledefinitionid"]
    if definition is None:
        raise _refused("0x80040203", "A value needs an 'EnvironmentVariableDefinitionId'.")
    other = transaction.connection.execute(
        "SELECT 1 FROM environmentvariablevalue WHERE environmentvariabledefinitionid = ? "
        "AND environmentvariablevalueid <> ?",
        (definition, row["environmentvariablevalueid"]),
    ).fetchone()
    if other:
        raise _refused("0x80040237", "The environment variable has a value already.")


_CHECKS: Mapping[str, Callable[[Transaction, Row], None]] = {
    "publisher": _publisher,
    "solution": _solution,
    "savedquery": _view,
    "systemform": _form,
    "webresource": _web_resource,
    "environmentvariabledefinition": _variable,
    "environmentvariablevalue": _variable_value,
}
TABLES = frozenset(_CHECKS)
"""Tables whose rows are checked."""
