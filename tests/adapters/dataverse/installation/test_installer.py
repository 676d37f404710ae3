"""Installations over real HTTP, in environments that know nothing of us."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dataverse_schema.definitions import ColumnDefinition, ColumnType
from tests.adapters.dataverse.installation.conftest import Administrator, Killer
from work365.adapters.dataverse import operations
from work365.adapters.dataverse.installation.declarations import Declarations, declared
from work365.adapters.dataverse.installation.definitions_reading import definition
from work365.domain.findings import Severity
from work365.ports.installation import KeyIndexStatus
from work365.usecases.install_solution import Installed

NOTE = ColumnDefinition(
    logical_name="w365_note",
    schema_name="w365_Note",
    label="Note",
    description="What somebody wrote.",
    type=ColumnType.TEXT,
    required=False,
    max_length=40,
)


def changed(table: str, change: Callable[[ColumnDefinition], ColumnDefinition]) -> Declarations:
    """Return the declarations with the columns of one table changed."""
    wanted = declared()
    return replace(
        wanted,
        tables=tuple(
            replace(each, columns=tuple(map(change, each.columns)))
            if each.logical_name == table
            else each
            for each in wanted.tables
        ),
    )


def small() -> Declarations:
    """Return a few declarations of every kind, for tests that install again and again."""
    wanted = declared()
    names = {"w365_provider", "w365_provideraccount", "account"}
    relationships = [
        each
        for each in wanted.relationships
        if each.referencing in names and each.referenced in names
    ]
    lookups = {(each.referencing, each.lookup) for each in relationships}
    tables = [
        replace(
            table,
            columns=tuple(
                column
                for column in table.columns
                if column.type is not ColumnType.LOOKUP
                or (table.logical_name, column.logical_name) in lookups
            ),
        )
        for table in wanted.tables
        if table.logical_name in names
    ]
    used = {column.choice for table in tables for column in table.columns}
    role = replace(wanted.application_role, privileges={}, other_privileges={})
    role = replace(
        role,
        privileges={
            key: depth
            for key, depth in wanted.application_role.privileges.items()
            if key[1] in names
        },
    )
    return replace(
        wanted,
        tables=tuple(tables),
        choices=tuple(choice for choice in wanted.choices if choice.name in used),
        relationships=tuple(relationships),
        web_resources=wanted.web_resources[:1],
        views=tuple(view for view in wanted.views if view.table == "w365_provider"),
        forms=tuple(form for form in wanted.forms if form.table == "w365_provider"),
        roles=(role,),
        application_role=role,
        steps=(),
    )


def test_a_blank_environment_is_installed_and_nothing_is_left_to_do(blank: Administrator) -> None:
    installed = blank.install()

    assert [finding for finding in installed.findings] == []
    assert installed.actions > 300
    assert blank.plan().actions == ()


def test_installing_again_writes_nothing(installed: Administrator) -> None:
    was_killed = installed.is_killed(Killer(at=0))

    assert not was_killed


def test_an_installation_is_well_but_for_a_service_that_is_not_there(
    installed: Administrator,
) -> None:
    findings = installed.installation().examine()

    assert {finding.code for finding in findings} <= {"webhook_unreachable"}


def test_every_key_is_built(installed: Administrator) -> None:
    indexes = installed.installation().key_indexes()

    assert {index.status for index in indexes} == {KeyIndexStatus.BUILT}


def test_the_key_of_the_webhook_cannot_be_read_back(installed: Administrator) -> None:
    [endpoint] = installed.client.rows(
        operations.query("serviceendpoints", select=["name", "isauthvalueset"])
    )

    assert endpoint["isauthvalueset"] is True
    assert "authvalue" not in endpoint


def test_a_schema_change_is_an_upgrade(blank: Administrator) -> None:
    blank.install(small())
    wanted = small()
    tables = tuple(
        replace(
            table,
            columns=(
                *(
                    replace(column, max_length=4_000)
                    if column.logical_name == "w365_name"
                    else column
                    for column in table.columns
                ),
                NOTE,
            ),
        )
        if table.logical_name == "w365_provider"
        else table
        for table in wanted.tables
    )
    upgraded = replace(wanted, tables=tables, solution=replace(wanted.solution, version="0.2.0.0"))

    installed = blank.install(upgraded)

    assert installed.findings == ()
    assert blank.plan(upgraded).actions == ()
    address = "EntityDefinitions(LogicalName='w365_provider')/Attributes"
    name = definition(
        blank.client,
        f"{address}(LogicalName='w365_name')/Microsoft.Dynamics.CRM.StringAttributeMetadata",
    )
    assert name["MaxLength"] == 4_000
    created = blank.client.send(
        operations.create("w365_providers", {"w365_name": "A provider", "w365_note": "New"})
    )
    assert created is not None


def test_a_column_that_is_no_more_declared_keeps_its_values(blank: Administrator) -> None:
    wanted = small()
    blank.install(
        replace(
            wanted,
            tables=tuple(
                replace(table, columns=(*table.columns, NOTE))
                if table.logical_name == "w365_provider"
                else table
                for table in wanted.tables
            ),
        )
    )
    blank.client.send(
        operations.create("w365_providers", {"w365_name": "A provider", "w365_note": "Kept"})
    )

    installed = blank.install(wanted)

    [finding] = installed.findings
    assert (finding.severity, finding.path) == (Severity.WARNING, "w365_provider.w365_note")
    assert "it has a value in 1 row." in finding.message
    [row] = blank.client.rows(operations.query("w365_providers", select=["w365_note"]))
    assert row["w365_note"] == "Kept"


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("first", [1, 2])
def test_an_installation_that_is_killed_at_every_other_write_goes_on(
    blank: Administrator, first: int, answered: bool
) -> None:
    """Each process writes twice, the first one `first` times: between them, every gap is met.

    Only publishing and saying so have to be done by one process.
    """
    wanted = small()

    killed = 0
    writes = first
    while blank.is_killed(Killer(at=writes - answered, answered=answered), wanted):
        killed += 1
        writes = 2

    assert killed >= 15
    assert blank.plan(wanted).actions == ()


@pytest.mark.parametrize("after_work", [False, True])
def test_answers_that_are_lost_do_not_stop_an_installation(
    blank: Administrator, after_work: bool
) -> None:
    lost = [
        {"kind": "drop", "method": method, "path": path, "after_work": after_work, "count": 2}
        for method, path in (
            ("POST", "/EntityDefinitions"),
            ("POST", "/Attributes"),
            ("POST", "/RelationshipDefinitions"),
            ("POST", "/Keys"),
            ("POST", "/GlobalOptionSetDefinitions"),
            ("POST", "/roles"),
            ("POST", "/systemusers"),
            ("POST", "/savedqueries"),
            ("PATCH", "/solutions"),
        )
    ]
    blank.control("POST", "faults", {"requests": lost})

    installed = blank.install(small())

    assert installed.findings == ()
    assert blank.plan(small()).actions == ()


def test_a_storm_of_429_is_waited_out(blank: Administrator) -> None:
    throttled = {"kind": "status", "status": 429, "retry_after": 7, "count": 5}
    storm = [
        {**throttled, "method": "POST", "path": path}
        for path in ("/EntityDefinitions", "/Attributes", "/roles")
    ]
    blank.control("POST", "faults", {"requests": storm})

    installed = blank.install(small())

    assert installed.findings == ()
    assert sum(blank.sleeps) >= 15 * 7


def test_keys_are_waited_for_and_said_to_be_pending(blank: Administrator) -> None:
    blank.control("PUT", "key-indexes", {"held": True})

    installed = blank.install(small())

    assert {finding.code for finding in installed.findings} == {"key_index_pending"}
    blank.control("PUT", "key-indexes", {"held": False})
    blank.control("POST", "idle")
    assert blank.install(small()) == Installed(0, ())


def test_a_key_that_duplicates_keep_from_being_built_is_said_and_tried_again(
    blank: Administrator,
) -> None:
    wanted = small()
    keyless = tuple(replace(table, keys=()) for table in wanted.tables)
    blank.install(replace(wanted, tables=keyless))
    rows = [{"w365_name": name, "w365_key": "the same"} for name in ("One", "Other")]
    ids = [blank.client.send(operations.create("w365_providers", row)) for row in rows]

    failed = blank.install(wanted)
    blank.client.send(operations.delete("w365_providers", ids[0]))
    repaired = blank.install(wanted)

    assert [finding.code for finding in failed.findings] == ["key_index_failed"]
    assert repaired.findings == ()


def test_the_whole_solution_goes_on_where_it_was_killed(blank: Administrator) -> None:
    killed = [blank.is_killed(Killer(at)) for at in (7, 90, 200)]

    installed = blank.install()

    assert killed == [True, True, True]
    assert installed.findings == ()
    assert blank.plan().actions == ()
