"""What keeps a definition from being deleted: keys, lookups, views, forms and steps that use it.

Source: documented dependencies between solution components. Rows never keep a column or a
table from being deleted.
"""

from collections.abc import Iterator

from work365.emulators.dataverse.component_xml import columns_in_form, columns_in_view
from work365.emulators.dataverse.definition_ids import choice_id, column_id, table_id
from work365.emulators.dataverse.definitions import (
    ChoiceDefinition,
    ColumnDefinition,
    TableDefinition,
)
from work365.emulators.dataverse.errors import DataverseError
from work365.emulators.dataverse.transactions import Transaction

VIEWS = "SELECT name, returnedtypecode, fetchxml, layoutxml FROM savedquery"
FORMS = "SELECT name, formxml FROM systemform WHERE objecttypecode = ?"
STEPS = (
    "SELECT s.name FROM sdkmessageprocessingstep s JOIN sdkmessagefilter f "
    "ON f.sdkmessagefilterid = s.sdkmessagefilterid WHERE f.primaryobjecttypecode = ?"
)


def refuse_used(kind: str, component_id: str, users: Iterator[str]) -> None:
    """Raise if anything uses a component.

    Source: the code is documented; the emulator adds what uses it to the text.
    """
    found = list(users)
    if found:
        raise DataverseError(
            400,
            "0x8004f01f",
            f"The {kind}({component_id}) component cannot be deleted because it is referenced "
            f"by {len(found)} other components. For a list of referenced components, use the "
            f"RetrieveDependenciesForDelete request. ({'; '.join(found)})",
        )


def check_column(
    transaction: Transaction, table: TableDefinition, column: ColumnDefinition
) -> None:
    """Raise if a column is used.

    Raises: DataverseError, then.
    """
    refuse_used("Attribute", column_id(table, column), _users(transaction, table, column.name))


def _users(transaction: Transaction, table: TableDefinition, name: str) -> Iterator[str]:
    for key in table.keys:
        if name in key.columns:
            yield f"the key {key.name}"
    for view, of_table, fetch, layout in transaction.connection.execute(VIEWS).fetchall():
        if name in columns_in_view(fetch or "", layout or "", of_table).get(table.name, ()):
            yield f"the view {view} of {of_table}"
    for form, xml in transaction.connection.execute(FORMS, (table.name,)).fetchall():
        if name in columns_in_form(xml or ""):
            yield f"the form {form} of {table.name}"


def check_table(transaction: Transaction, table: TableDefinition) -> None:
    """Raise if a table is used by others than itself.

    Raises: DataverseError, then.
    """
    refuse_used("Entity", table_id(table), _table_users(transaction, table))


def _table_users(transaction: Transaction, table: TableDefinition) -> Iterator[str]:
    for other, lookup in transaction.schema.referring[table.name]:
        if other.name != table.name:
            yield f"the lookup {lookup.name} of {other.name}"
    for view, of_table, fetch, layout in transaction.connection.execute(VIEWS).fetchall():
        used = columns_in_view(fetch or "", layout or "", of_table)
        if of_table != table.name and table.name in used:
            yield f"the view {view} of {of_table}"
    for (step,) in transaction.connection.execute(STEPS, (table.name,)):
        yield f"the step {step}"


def check_choice(transaction: Transaction, choice: ChoiceDefinition) -> None:
    """Raise if columns take their options from a global choice.

    Raises: DataverseError, then.
    """
    users = (
        f"the column {column.name} of {table.name}"
        for table in transaction.schema.tables.values()
        for column in table.columns.values()
        if column.choice == choice.name
    )
    refuse_used("OptionSet", choice_id(choice), users)
