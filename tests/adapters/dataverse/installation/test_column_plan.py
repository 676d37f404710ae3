from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from dataverse_schema.definitions import ColumnDefinition, ColumnType
from tests.adapters.dataverse.installation.environments import as_declared, codes, subjects
from work365.adapters.dataverse.installation.column_plan import plan_columns
from work365.adapters.dataverse.installation.declarations import Declarations, declared
from work365.adapters.dataverse.installation.found import FoundEnvironment, FoundTable
from work365.adapters.dataverse.installation.planned import Planned

JOB, MESSAGE = "w365_job", "w365_message"


def with_column(column: str, **changes: Any) -> Declarations:
    """Return the declarations with one column of the job table changed."""

    def changed(each: ColumnDefinition) -> ColumnDefinition:
        return replace(each, **changes) if each.logical_name == column else each

    wanted = declared()
    tables = tuple(
        replace(table, columns=tuple(map(changed, table.columns)))
        if table.logical_name == JOB
        else table
        for table in wanted.tables
    )
    return replace(wanted, tables=tables)


def in_job_table(change: Callable[[FoundTable], FoundTable]) -> FoundEnvironment:
    """Return an installed environment whose job table was changed by somebody."""
    found: FoundEnvironment = as_declared()
    return replace(found, tables={**found.tables, JOB: change(found.tables[JOB])})


def with_definition(column: str, **changes: Any) -> FoundEnvironment:
    return in_job_table(
        lambda table: replace(
            table, columns={**table.columns, column: {**table.columns[column], **changes}}
        )
    )


def body_of(planned: Planned) -> Any:
    [action] = planned.actions
    [request] = action.requests
    return request.body


def test_a_new_column_is_created() -> None:
    added = ColumnDefinition(
        logical_name="w365_note",
        schema_name="w365_Note",
        label="Note",
        description="What somebody wrote.",
        type=ColumnType.TEXT,
        required=False,
        max_length=40,
    )
    wanted = declared()
    tables = tuple(
        replace(table, columns=(*table.columns, added)) if table.logical_name == JOB else table
        for table in wanted.tables
    )

    planned = plan_columns(replace(wanted, tables=tables), as_declared())

    [action] = planned.actions
    assert action.description == "Create the column w365_job.w365_note (Note)"
    [request] = action.requests
    assert (request.method, request.path) == (
        "POST",
        "EntityDefinitions(LogicalName='w365_job')/Attributes",
    )
    assert request.headers["MSCRM.SolutionUniqueName"] == "Work365"
    assert body_of(planned)["MaxLength"] == 40


def test_a_longer_text_is_an_upgrade_that_leaves_the_rest() -> None:
    found = with_definition(MESSAGE, MaxLength=2_000)

    planned = plan_columns(declared(), found)

    [action] = planned.actions
    assert action.description.endswith("raise MaxLength from 2000 to 100000")
    assert action.requests[0].method == "PUT"
    assert action.requests[0].headers["MSCRM.MergeLabels"] == "true"
    assert action.requests[0].completes
    assert body_of(planned) == {
        "@odata.type": "Microsoft.Dynamics.CRM.MemoAttributeMetadata",
        "MaxLength": 100_000,
    }


def test_a_text_that_somebody_made_longer_stays() -> None:
    found = with_definition(MESSAGE, MaxLength=500_000)

    planned = plan_columns(declared(), found)

    assert planned == Planned()


def test_forms_insist_on_the_currency_of_amounts() -> None:
    found: FoundEnvironment = as_declared()
    table = found.tables["w365_invoice"]
    loose = {**table.columns, "transactioncurrencyid": {"RequiredLevel": {"Value": "None"}}}

    planned = plan_columns(
        declared(),
        replace(found, tables={**found.tables, "w365_invoice": replace(table, columns=loose)}),
    )

    [action] = planned.actions
    assert action.subject == "w365_invoice.transactioncurrencyid"
    assert body_of(planned)["RequiredLevel"] == {"Value": "ApplicationRequired"}


def test_a_wider_range_is_an_upgrade() -> None:
    found = with_definition("w365_attempts", MinValue=Decimal(1), MaxValue=Decimal(5))

    planned = plan_columns(declared(), found)

    assert body_of(planned)["MinValue"] == 0
    assert body_of(planned)["MaxValue"] == 2_147_483_647


def test_a_changed_label_is_an_upgrade() -> None:
    wanted = with_column("w365_attempts", label="Tries")

    planned = plan_columns(wanted, as_declared())

    assert planned.actions[0].description.endswith("set its display name to 'Tries'")


def test_a_label_in_another_language_is_none_of_our_business() -> None:
    found: FoundEnvironment = as_declared()
    table = found.tables[JOB]
    column = table.columns["w365_attempts"]
    german = {"Label": "Versuche", "LanguageCode": 1031}
    labels = [*column["DisplayName"]["LocalizedLabels"], german]
    found = with_definition("w365_attempts", DisplayName={"LocalizedLabels": labels})

    planned = plan_columns(declared(), found)

    assert planned == Planned()


@pytest.mark.parametrize(
    ("column", "change", "message"),
    [
        (
            MESSAGE,
            {"@odata.type": "#Microsoft.Dynamics.CRM.IntegerAttributeMetadata"},
            "it is Integer, and should be Memo",
        ),
        (
            "w365_through",
            {"DateTimeBehavior": {"Value": "UserLocal"}},
            "its DateTimeBehavior is UserLocal, and should be DateOnly",
        ),
    ],
)
def test_a_type_that_cannot_be_changed_is_found_and_not_attempted(
    column: str, change: dict[str, Any], message: str
) -> None:
    found = with_definition(column, **change)

    planned = plan_columns(declared(), found)

    assert planned.actions == []
    assert codes(planned) == ["column_not_changeable"]
    assert planned.findings[0].message.startswith(message)


def test_a_column_over_other_options_is_found_and_not_attempted() -> None:
    found = in_job_table(lambda table: replace(table, choices={"w365_status": "other_status"}))

    planned = plan_columns(declared(), found)

    assert planned.actions == []
    assert "other_status" in planned.findings[0].message


def test_a_column_that_is_no_more_declared_stays_and_is_reported_with_its_rows() -> None:
    wanted = with_column("w365_result", logical_name="w365_outcome", schema_name="w365_Outcome")
    found = replace(as_declared(), values={(JOB, "w365_result"): 1_200})

    planned = plan_columns(wanted, found)

    assert subjects(planned) == [("column", "w365_job.w365_outcome")]
    assert codes(planned) == ["column_not_declared"]
    assert "it has a value in 1,200 rows" in planned.findings[0].message


def test_columns_that_dataverse_adds_beside_ours_are_not_reported() -> None:
    beside = {
        "w365_jobid": {},
        "w365_contractname": {"AttributeOf": "w365_contract"},
        "w365_total": {"AttributeType": "Money"},
        "w365_total_base": {"AttributeType": "Money"},
    }
    found = in_job_table(lambda table: replace(table, columns={**table.columns, **beside}))

    planned = plan_columns(declared(), found)

    assert [finding.path for finding in planned.findings] == ["w365_job.w365_total"]


def test_a_table_that_calls_its_rows_otherwise_is_found() -> None:
    found = in_job_table(
        lambda table: replace(
            table,
            columns={name: each for name, each in table.columns.items() if name != "w365_name"},
        )
    )

    planned = plan_columns(declared(), found)

    assert planned.actions == []
    assert codes(planned) == ["name_column_wrong"]


def test_columns_of_a_table_of_microsoft_that_is_not_there_are_not_attempted() -> None:
    found = as_declared()
    tables = {name: table for name, table in found.tables.items() if name != "product"}

    planned = plan_columns(declared(), replace(found, tables=tables))

    assert planned == Planned()
