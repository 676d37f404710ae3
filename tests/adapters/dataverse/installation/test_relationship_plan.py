from dataclasses import replace
from typing import Any

from tests.adapters.dataverse.installation.environments import as_declared, codes
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.adapters.dataverse.installation.relationship_plan import plan_relationships

LINE = "w365_invoiceline"


def with_relationships(change: Any) -> FoundEnvironment:
    found: FoundEnvironment = as_declared()
    table = found.tables[LINE]
    changed = replace(table, relationships=change(dict(table.relationships)))
    return replace(found, tables={**found.tables, LINE: changed})


def of_invoice() -> str:
    [name] = [
        each.schema_name
        for each in declared().relationships
        if (each.referencing, each.lookup) == (LINE, "w365_invoice")
    ]
    return name


def test_a_relationship_is_created_with_its_lookup() -> None:
    name = of_invoice()
    found = with_relationships(lambda there: {n: r for n, r in there.items() if n != name})

    planned = plan_relationships(declared(), found)

    [action] = planned.actions
    assert action.description == "Create the lookup w365_invoiceline.w365_invoice to w365_invoice"
    body = action.requests[0].body
    assert body is not None
    assert body["ReferencedAttribute"] == "w365_invoiceid"
    assert body["Lookup"]["SchemaName"] == "w365_Invoice"
    assert body["CascadeConfiguration"]["Delete"] == "Restrict"


def test_a_cascade_that_would_delete_money_is_put_right() -> None:
    name = of_invoice()
    wrong = {"Delete": "Cascade", "Archive": "NoCascade"}

    def loosened(there: dict[str, Any]) -> dict[str, Any]:
        cascades = {**there[name]["CascadeConfiguration"], **wrong}
        return {**there, name: {**there[name], "CascadeConfiguration": cascades}}

    planned = plan_relationships(declared(), with_relationships(loosened))

    [action] = planned.actions
    assert "Delete from Cascade to Restrict" in action.description
    body = action.requests[0].body
    assert body is not None
    assert body["CascadeConfiguration"]["Delete"] == "Restrict"
    assert body["CascadeConfiguration"]["Archive"] == "NoCascade"


def test_a_lookup_to_another_table_is_found_and_not_attempted() -> None:
    name = of_invoice()

    planned = plan_relationships(
        declared(),
        with_relationships(
            lambda there: {**there, name: {**there[name], "ReferencedEntity": "account"}}
        ),
    )

    assert planned.actions == []
    assert codes(planned) == ["relationship_not_changeable"]
