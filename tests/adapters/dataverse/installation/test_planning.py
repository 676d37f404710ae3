"""The whole plan, from environments as they would be read."""

from dataclasses import replace

import pytest

from dataverse_schema.publisher import SOLUTION
from tests.adapters.dataverse.installation.environments import (
    BLANK,
    TARGET,
    WEBHOOK_KEY,
    as_declared,
    codes,
    subjects,
)
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.planning import (
    NO_VERSION,
    UNFINISHED,
    plan_installation,
)

ORDER = (
    "publisher",
    "solution",
    "choice",
    "web resource",
    "table",
    "column",
    "relationship",
    "alternate key",
    "view",
    "form",
    "environment variable",
    "environment variable value",
    "role",
    "privileges",
    "application user",
    "service endpoint",
    "step",
    "publication",
)


def test_a_blank_environment_gets_everything_that_is_declared() -> None:
    wanted = declared()

    planned = plan_installation(wanted, BLANK, TARGET)

    about = subjects(planned)
    counted = {kind: sum(each == kind for each, _ in about) for kind in ORDER}
    columns = sum(
        column.type.value != "lookup" and column.logical_name != table.primary_name
        for table in wanted.tables
        for column in table.columns
    )
    columns += sum(table.currency_required for table in wanted.tables)
    assert counted["table"] == sum(table.is_ours for table in wanted.tables)
    assert counted["column"] == columns
    assert counted["relationship"] == len(wanted.relationships)
    assert counted["alternate key"] == sum(len(table.keys) for table in wanted.tables)
    assert counted["choice"] == len(wanted.choices)
    assert counted["view"] == len(wanted.views)
    assert counted["form"] == len(wanted.forms)
    assert counted["role"] == counted["privileges"] == len(wanted.roles)
    assert counted["step"] == len(wanted.steps)
    assert codes(planned) == []


def test_what_refers_to_something_comes_after_it() -> None:
    planned = plan_installation(declared(), BLANK, TARGET)

    kinds = [kind for kind, _ in subjects(planned)]
    first = [kinds.index(kind) for kind in ORDER]
    assert first == sorted(first)
    assert kinds[-1] == "solution"


def test_an_environment_that_is_as_declared_gets_nothing() -> None:
    planned = plan_installation(declared(), as_declared(), TARGET)

    assert subjects(planned) == []
    assert codes(planned) == []


def test_a_plan_is_the_same_however_often_it_is_made() -> None:
    once = plan_installation(declared(), BLANK, TARGET)

    again = plan_installation(declared(), BLANK, TARGET)

    assert once == again


def test_no_plan_shows_the_key_of_the_webhook() -> None:
    planned = plan_installation(declared(), BLANK, TARGET)

    assert WEBHOOK_KEY not in repr(planned)
    assert WEBHOOK_KEY not in repr(TARGET)


def test_a_new_solution_has_no_version_until_everything_is_there() -> None:
    planned = plan_installation(declared(), BLANK, TARGET)

    created, finished = [each for each in planned.actions if each.kind == "solution"]
    assert created.requests[0].body is not None
    assert created.requests[0].body["version"] == NO_VERSION
    assert finished.requests[0].body == {
        "friendlyname": SOLUTION.friendly_name,
        "description": SOLUTION.description,
        "version": SOLUTION.version,
    }


def test_an_upgrade_marks_the_solution_first_and_publishes_last() -> None:
    found = as_declared()
    tables = dict(found.tables)
    tables.pop("w365_watermark")

    planned = plan_installation(declared(), replace(found, tables=tables), TARGET)

    about = subjects(planned)
    assert about[0] == ("solution", "Work365")
    assert ("table", "w365_watermark") in about
    assert about[-2:] == [("publication", "Work365"), ("solution", "Work365")]


def test_what_a_crash_left_unpublished_is_published() -> None:
    found = as_declared()
    solution = {**found.rows["solutions"][0], "description": UNFINISHED, "version": NO_VERSION}
    left = replace(found, rows={**found.rows, "solutions": [solution]})

    planned = plan_installation(declared(), left, TARGET)

    assert subjects(planned) == [("publication", "Work365"), ("solution", "Work365")]


def test_an_older_version_becomes_the_present_one() -> None:
    found = as_declared()
    older = {**found.rows["solutions"][0], "version": "0.0.9.0"}
    left = replace(found, rows={**found.rows, "solutions": [older]})

    planned = plan_installation(declared(), left, TARGET)

    assert subjects(planned) == [("solution", "Work365")]


@pytest.mark.parametrize(
    ("entity_set", "change", "code"),
    [
        ("solutions", {"version": "99.0.0.0"}, "solution_newer"),
        ("solutions", {"ismanaged": True}, "solution_managed"),
        ("publishers", {"customizationprefix": "other"}, "publisher_prefix_wrong"),
    ],
)
def test_nothing_is_planned_against_what_cannot_be_upgraded(
    entity_set: str, change: dict[str, object], code: str
) -> None:
    found = as_declared()
    row = {**found.rows[entity_set][0], **change}
    other = replace(found, tables={}, rows={**found.rows, entity_set: [row]})

    planned = plan_installation(declared(), other, TARGET)

    assert planned.actions == []
    assert codes(planned) == [code]


def test_publishing_leaves_what_is_not_ours_alone() -> None:
    planned = plan_installation(declared(), BLANK, TARGET)

    [publication] = [each for each in planned.actions if each.kind == "publication"]
    body = publication.requests[0].body
    assert publication.requests[0].path == "PublishXml"
    assert body is not None
    assert "<entity>w365_invoice</entity>" in body["ParameterXml"]
    assert "<entity>opportunity</entity>" not in body["ParameterXml"]
