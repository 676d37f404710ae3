from dataclasses import replace
from typing import Any

import pytest

from tests.adapters.dataverse.installation.environments import as_declared, codes, subjects
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.found import FoundEnvironment, FoundTable
from work365.adapters.dataverse.installation.table_plan import plan_tables

INVOICE = "w365_invoice"


def with_definition(**changes: Any) -> FoundEnvironment:
    found: FoundEnvironment = as_declared()
    table = found.tables["w365_subscription"]
    changed = replace(table, definition={**table.definition, **changes})
    return replace(found, tables={**found.tables, "w365_subscription": changed})


def without(name: str) -> FoundEnvironment:
    found: FoundEnvironment = as_declared()
    return replace(found, tables={n: table for n, table in found.tables.items() if n != name})


def test_a_table_is_created_with_the_column_of_its_name() -> None:
    planned = plan_tables(declared(), without(INVOICE))

    [action] = planned.actions
    assert action.description == "Create the table w365_invoice (Invoice)"
    body = action.requests[0].body
    assert body is not None
    assert (body["SchemaName"], body["EntitySetName"]) == ("w365_Invoice", "w365_invoices")
    [name] = body["Attributes"]
    assert (name["SchemaName"], name["IsPrimaryName"]) == ("w365_Name", True)


def test_a_table_of_microsoft_that_is_missing_is_said_and_not_made() -> None:
    planned = plan_tables(declared(), without("product"))

    assert planned.actions == []
    assert codes(planned) == ["table_of_microsoft_missing"]


def test_change_tracking_is_switched_on() -> None:
    planned = plan_tables(declared(), with_definition(ChangeTrackingEnabled=False))

    [action] = planned.actions
    assert action.description.endswith("switch ChangeTrackingEnabled on")
    assert action.requests[0].body is not None
    assert action.requests[0].body["ChangeTrackingEnabled"] is True


def test_change_tracking_that_somebody_switched_on_stays_on() -> None:
    found: FoundEnvironment = as_declared()
    table = found.tables[INVOICE]
    changed = replace(table, definition={**table.definition, "ChangeTrackingEnabled": True})

    planned = plan_tables(declared(), replace(found, tables={**found.tables, INVOICE: changed}))

    assert planned.actions == []


@pytest.mark.parametrize(
    "change", [{"OwnershipType": "OrganizationOwned"}, {"EntitySetName": "w365_others"}]
)
def test_what_a_table_keeps_for_ever_is_found_and_not_attempted(change: dict[str, str]) -> None:
    planned = plan_tables(declared(), with_definition(**change))

    assert planned.actions == []
    assert codes(planned) == ["table_not_changeable"]


def test_a_table_that_is_no_more_declared_stays_and_is_reported_with_its_rows() -> None:
    found: FoundEnvironment = as_declared()
    tables = {**found.tables, "w365_former": FoundTable({}, {})}
    counted = {("w365_former", ""): 5_000}

    planned = plan_tables(declared(), replace(found, tables=tables, values=counted))

    assert subjects(planned) == []
    assert codes(planned) == ["table_not_declared"]
    assert "5,000 or more rows" in planned.findings[0].message
