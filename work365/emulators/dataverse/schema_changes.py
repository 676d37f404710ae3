"""Changes the schema inside a transaction: the tables in the file, their definitions, and more.

A change is a new schema. What comes with a table that is made (privileges, messages, views and
a form) and goes with one that is dropped is done here too, so that none is forgotten.
"""

from dataclasses import replace

from work365.emulators.dataverse import definition_store, table_rows
from work365.emulators.dataverse.data_definition import alter
from work365.emulators.dataverse.definitions import (
    ChoiceDefinition,
    ManyToManyDefinition,
    Schema,
    TableDefinition,
)
from work365.emulators.dataverse.payloads import PayloadReaders
from work365.emulators.dataverse.transactions import Transaction


def change_schema(transaction: Transaction, after: Schema) -> None:
    """Let another schema hold, for the rest of the transaction and once it is kept.

    Raises: sqlite3.IntegrityError, where rows contradict a key that becomes active.
    """
    before = transaction.schema
    for name in before.tables.keys() - after.tables.keys():
        table_rows.remove(transaction, before.tables[name])
    alter(transaction.connection, before, after)
    definition_store.save(transaction.connection, before, after)
    transaction.schema = after
    transaction.payloads = PayloadReaders(after)
    for name, table in after.tables.items():
        if name not in before.tables:
            table_rows.plant(transaction, table)


def with_table(schema: Schema, table: TableDefinition) -> Schema:
    """Return the schema with this table, new or in the place of the one of its name."""
    return replace(schema, tables={**schema.tables, table.name: table})


def without_table(schema: Schema, name: str) -> Schema:
    """Return the schema without a table, and without the relationships that end at it."""
    gone = {each.intersect for each in schema.many_to_many if name in (each.first, each.second)}
    gone.add(name)
    return replace(
        schema,
        tables={each: table for each, table in schema.tables.items() if each not in gone},
        many_to_many=tuple(
            each for each in schema.many_to_many if name not in (each.first, each.second)
        ),
    )


def with_many_to_many(
    schema: Schema, relationship: ManyToManyDefinition, intersect: TableDefinition
) -> Schema:
    """Return the schema with a many-to-many relationship."""
    return replace(with_table(schema, intersect), many_to_many=(*schema.many_to_many, relationship))


def without_many_to_many(schema: Schema, relationship: ManyToManyDefinition) -> Schema:
    """Return the schema without a many-to-many relationship."""
    tables = {
        name: table for name, table in schema.tables.items() if name != relationship.intersect
    }
    links = tuple(each for each in schema.many_to_many if each is not relationship)
    return replace(schema, tables=tables, many_to_many=links)


def without_column(schema: Schema, table: TableDefinition, name: str) -> Schema:
    """Return the schema without a column; an amount takes its base amount along."""
    gone = {name, f"{name}_base"} if table.columns[name] in table.money else {name}
    columns = {each: column for each, column in table.columns.items() if each not in gone}
    return with_table(schema, replace(table, columns=columns))


def with_choice(schema: Schema, choice: ChoiceDefinition) -> Schema:
    """Return the schema with a global choice, and with every column that takes its options."""
    tables = {
        name: _with_options(table, choice)
        if any(column.choice == choice.name for column in table.columns.values())
        else table
        for name, table in schema.tables.items()
    }
    return replace(schema, tables=tables, choices={**schema.choices, choice.name: choice})


def _with_options(table: TableDefinition, choice: ChoiceDefinition) -> TableDefinition:
    columns = {
        name: replace(column, options=choice.options) if column.choice == choice.name else column
        for name, column in table.columns.items()
    }
    return replace(table, columns=columns)


def without_choice(schema: Schema, name: str) -> Schema:
    """Return the schema without a global choice."""
    return replace(
        schema, choices={each: choice for each, choice in schema.choices.items() if each != name}
    )
