"""Answers a request for many rows: as OData asks, as FetchXML or SQL does, or as a delta."""

from work365.emulators.dataverse import change_tracking
from work365.emulators.dataverse.aggregation import read_aggregates
from work365.emulators.dataverse.calls import Answer, Call
from work365.emulators.dataverse.definitions import TableDefinition
from work365.emulators.dataverse.fetch_answers import read_fetch, read_sql
from work365.emulators.dataverse.query_options import read_options
from work365.emulators.dataverse.reading import Reader, count_rows, read_rows


def read_set(reader: Reader, table: TableDefinition, call: Call) -> Answer:
    """Answer with rows of a table, in the language in which they are asked for."""
    if change_tracking.asks_for_changes(call):
        return change_tracking.changes_answer(reader, table, call)
    options = read_options(call.parameters)
    if options.fetch_xml is not None:
        return read_fetch(reader, table, call, options)
    if options.sql is not None:
        return read_sql(reader, table, call, options)
    if options.apply is not None:
        return read_aggregates(reader, table, call, options)
    return read_rows(reader, table, call, options)


def count_set(reader: Reader, table: TableDefinition, call: Call) -> Answer:
    """Answer with the number of rows of a table, or of those that changed."""
    if "$deltatoken" in dict(call.parameters):
        return change_tracking.count_changes(reader, table, call)
    return count_rows(reader, table, call)
