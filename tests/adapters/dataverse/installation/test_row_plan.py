from dataclasses import replace
from typing import Any

from tests.adapters.dataverse.installation.environments import TARGET, as_declared, codes, subjects
from work365.adapters.dataverse.installation.component_rows import (
    form_row,
    variable_row,
    view_row,
    web_resource_row,
)
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.adapters.dataverse.installation.row_plan import plan_rows
from work365.adapters.dataverse.installation.target import target_of
from work365.adapters.dataverse.installation.variable_plan import plan_variables

BORN = "b0000000-0000-4000-8000-000000000001"
OTHER = "b0000000-0000-4000-8000-000000000002"


def with_rows(entity_set: str, *rows: dict[str, Any]) -> FoundEnvironment:
    found: FoundEnvironment = as_declared()
    return replace(found, rows={**found.rows, entity_set: rows})


def test_a_row_is_created_with_an_id_of_its_own() -> None:
    [resource, *_] = declared().web_resources

    planned = plan_rows([web_resource_row(resource)], with_rows("webresourceset"))

    [request] = planned.actions[0].requests
    assert request.repeatable
    assert request.body is not None
    assert request.body["webresourceid"] == str(resource.id)


def test_a_row_that_came_another_way_is_taken_over() -> None:
    [resource, *_] = declared().web_resources
    row = web_resource_row(resource)
    there = {"webresourceid": OTHER, "name": resource.name.upper(), **row.columns}

    planned = plan_rows([row], with_rows("webresourceset", {**there, "content": "AAAA"}))

    [request] = planned.actions[0].requests
    assert request.path == f"webresourceset({OTHER})"
    assert request.body is not None
    assert list(request.body) == ["content"]


def test_the_views_that_a_table_is_born_with_become_ours() -> None:
    [view] = [
        each for each in declared().views if each.table == "w365_job" and each.query_type.value == 4
    ]
    born = {
        "savedqueryid": BORN,
        "name": "Quick Find Active Jobs",
        "returnedtypecode": "w365_job",
        "querytype": 4,
        "isdefault": True,
        "fetchxml": "<fetch />",
        "layoutxml": "<grid />",
    }
    found = with_rows("savedqueries", born)

    planned = plan_rows([view_row(view, found)], found)

    [request] = planned.actions[0].requests
    assert (request.method, request.path) == ("PATCH", f"savedqueries({BORN})")


def test_the_form_that_a_table_is_born_with_becomes_ours() -> None:
    [form] = [each for each in declared().forms if each.table == "w365_job"]
    born = {"formid": BORN, "name": "Information", "objecttypecode": "w365_job", "type": 2}
    found = with_rows("systemforms", {**born, "formxml": "<form />"})

    planned = plan_rows([form_row(form, found)], found)

    [request] = planned.actions[0].requests
    assert (request.method, request.path) == ("PATCH", f"systemforms({BORN})")


def test_xml_that_is_written_another_way_is_the_same() -> None:
    [form] = [each for each in declared().forms if each.table == "w365_job"]
    spaced = form.xml.replace("><", ">\n  <")
    there = {"formid": str(form.id), "name": form.name, "formxml": spaced}
    found = with_rows("systemforms", {**there, "objecttypecode": "w365_job", "type": 2})

    planned = plan_rows([form_row(form, found)], found)

    assert planned.actions == []


def test_nothing_and_an_empty_text_are_the_same() -> None:
    [variable, *_] = declared().variables
    row = variable_row(replace(variable, default=""))
    there = {**row.columns, row.id_column: str(row.id), "defaultvalue": None}

    planned = plan_rows([row], with_rows("environmentvariabledefinitions", there))

    assert planned.actions == []


def test_a_value_that_is_stated_is_written_and_is_no_part_of_the_solution() -> None:
    planned = plan_variables(declared(), with_rows("environmentvariablevalues"), TARGET)

    assert {kind for kind, _ in subjects(planned)} == {"environment variable value"}
    assert all(action.requests[0].headers == {} for action in planned.actions)


def test_a_value_that_nobody_stated_is_left_to_a_person() -> None:
    planned = plan_variables(
        declared(), with_rows("environmentvariablevalues"), target_of(url="https://x.example")
    )

    assert planned.actions == []
    assert codes(planned) == ["environment_variable_unset"] * 2
