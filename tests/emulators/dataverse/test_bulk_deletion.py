"""The action that deletes the rows of queries by a job."""

from uuid import uuid4

import pytest

from tests.emulators.dataverse.conftest import Api, Body, refusal


def deletion(*ids: str, table: str = "account", operator: str = "In") -> Body:
    condition = {
        "AttributeName": f"{table}id",
        "Operator": operator,
        "Values": [{"Value": row_id, "Type": "System.Guid"} for row_id in ids],
    }
    criteria = {"FilterOperator": "And", "Conditions": [condition]}
    return {
        "JobName": "Old rows",
        "SendEmailNotification": False,
        "ToRecipients": [],
        "CCRecipients": [],
        "RecurrencePattern": "",
        "StartDateTime": "2026-01-01T00:00:00Z",
        "QuerySet": [{"EntityName": table, "Criteria": criteria}],
    }


def test_rows_are_deleted_and_the_job_is_kept(api: Api) -> None:
    gone = [api.account(name) for name in ("a", "b")]
    stays = api.account("c")

    answer = api.call("POST", "BulkDelete", deletion(*gone, str(uuid4())))

    assert answer.status_code == 200, answer.text
    assert answer.json()["@odata.context"].endswith("#Microsoft.Dynamics.CRM.BulkDeleteResponse")
    assert [row["accountid"] for row in api.value("accounts?$select=name")] == [stays]
    job = api.json(f"asyncoperations({answer.json()['JobId']})")
    assert (job["name"], job["operationtype"], job["statecode"], job["statuscode"]) == (
        "Old rows",
        13,
        3,
        30,
    )
    assert job["message"] is None


def test_a_row_that_others_refer_to_stays_and_is_counted(api: Api) -> None:
    kept, gone = api.account("kept"), api.account("gone")
    api.contract(**{"w365_Customer@odata.bind": f"/accounts({kept})"})

    answer = api.call("POST", "BulkDelete", deletion(kept, gone))

    assert [row["name"] for row in api.value("accounts?$select=name")] == ["kept"]
    job = api.json(f"asyncoperations({answer.json()['JobId']})?$select=message")
    assert job["message"] == "1 rows could not be deleted."


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"QuerySet": []}, 400, "'QuerySet' is a list of queries"),
        ({"QuerySet": [7]}, 400, "is not an object"),
        ({"QuerySet": deletion("x")["QuerySet"]}, 400, "'x' of a condition is not a row's id."),
        ({"QuerySet": deletion(table="nothing")["QuerySet"]}, 404, "'nothing' was not found"),
        ({"QuerySet": [{"EntityName": "account"}]}, 400, "'Criteria'"),
        (
            {"QuerySet": [{"EntityName": "account", "Criteria": {"Conditions": []}}]},
            501,
            "one condition",
        ),
        ({"QuerySet": deletion(operator="Like")["QuerySet"]}, 501, "the operator 'Like'"),
        ({"RecurrencePattern": "FREQ=DAILY"}, 501, "recurs"),
        (
            {"JobName": "\ud800"},
            400,
            "Invalid character in field 'JobName': hexadecimal value 0xD800",
        ),
        ({"\ud800": 1}, 400, "Invalid character in field"),
        ({"QuerySet": ["\udfff"]}, 400, "Invalid character in field 'QuerySet'"),
        ({"Colour": "red"}, 400, "'Colour' is not a parameter of 'BulkDelete'."),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_the_job_cannot_do_is_refused(api: Api, change: Body, status: int, text: str) -> None:
    row_id = api.account("a")

    answer = api.call("POST", "BulkDelete", {**deletion(row_id), **change})

    assert refusal(answer)[0] == status
    assert text in refusal(answer)[2]
    assert [row["name"] for row in api.value("accounts?$select=name")] == ["a"]


@pytest.mark.parametrize("name", ["QuerySet", "JobName", "RecurrencePattern", "StartDateTime"])
def test_a_parameter_that_is_missing_is_named(api: Api, name: str) -> None:
    body = deletion(str(uuid4()))
    del body[name]

    answer = api.call("POST", "BulkDelete", body)

    assert refusal(answer) == (
        400,
        "0x80060888",
        f"The parameter '{name}' is required by 'BulkDelete'.",
    )
