"""Creating, updating and deleting single rows."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal

ABSENT = "11111111-1111-4111-8111-111111111111"


def test_a_created_row_is_answered_with_its_address(api: Api) -> None:
    answer = api.call("POST", "accounts", {"name": "Contoso"})

    row_id = answer.headers["OData-EntityId"].split("(")[1].rstrip(")")
    assert answer.status_code == 204
    assert answer.content == b""
    assert answer.headers["OData-EntityId"] == f"{api.root}accounts({row_id})"
    assert api.json(f"accounts({row_id})")["name"] == "Contoso"


def test_a_created_row_can_be_answered_with_itself(api: Api) -> None:
    answer = api.call(
        "POST", "accounts?$select=name", {"name": "Contoso"}, prefer="return=representation"
    )

    assert answer.status_code == 201
    assert answer.headers["Preference-Applied"] == "return=representation"
    assert answer.json()["name"] == "Contoso"
    assert answer.json()["@odata.context"] == f"{api.root}$metadata#accounts(name)/$entity"


def test_dataverse_adds_what_nobody_gave(api: Api) -> None:
    row = api.json(f"w365_billingcontracts({api.contract()})")

    me = api.json("WhoAmI")
    assert row["createdon"] == row["modifiedon"] == "2026-01-01T00:00:00Z"
    assert row["_createdby_value"] == row["_ownerid_value"] == me["UserId"]
    assert row["_owninguser_value"] == me["UserId"]
    assert row["_owningbusinessunit_value"] == me["BusinessUnitId"]
    assert (row["statecode"], row["statuscode"]) == (0, 1)
    assert row["@odata.etag"] == f'W/"{row["versionnumber"]}"'


def test_an_autonumber_fills_what_is_empty_and_keeps_what_is_given(api: Api) -> None:
    keys = [
        api.json(f"w365_billingcontracts({row_id})")["w365_key"]
        for row_id in (api.contract(), api.contract(w365_key="CT-mine"), api.contract())
    ]

    assert keys == ["CT-001000", "CT-mine", "CT-001001"]


def test_a_number_used_by_a_failed_creation_is_not_used_again(api: Api) -> None:
    first = api.contract()
    api.call(
        "POST",
        "w365_billingcontracts/Microsoft.Dynamics.CRM.CreateMultiple",
        {
            "Targets": [
                {"@odata.type": "Microsoft.Dynamics.CRM.w365_billingcontract", "w365_name": "a"},
                {
                    "@odata.type": "Microsoft.Dynamics.CRM.w365_billingcontract",
                    "w365_key": "CT-001000",
                },
            ]
        },
    )
    second = api.contract()

    keys = [api.json(f"w365_billingcontracts({each})")["w365_key"] for each in (first, second)]
    assert keys == ["CT-001000", "CT-001002"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 204), ({"If_Match": "*"}, 404), ({"If_None_Match": "*"}, 204),
     ({"If_Match": 'W/"1"'}, 404), ({"If_None_Match": "null"}, 204)],
)  # fmt: skip
def test_a_patch_of_an_absent_row_creates_it_unless_it_must_exist(
    api: Api, headers: dict[str, str], status: int
) -> None:
    answer = api.call("PATCH", f"accounts({ABSENT})", {"name": "new"}, **headers)

    assert answer.status_code == status
    if status == 404:
        assert refusal(answer) == (404, "0x80040217", f"account With Id = {ABSENT} Does Not Exist")
    else:
        assert answer.headers["OData-EntityId"] == f"{api.root}accounts({ABSENT})"
        assert api.json(f"accounts({ABSENT})")["name"] == "new"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [({}, 204, ""), ({"If_Match": "*"}, 204, ""), ({"If_Match": "null"}, 204, ""),
     ({"If_None_Match": "*"}, 412, "0x80040237"), ({"If_Match": 'W/"1"'}, 412, "0x80060882")],
)  # fmt: skip
def test_a_patch_of_a_row_updates_it_unless_the_condition_says_no(
    api: Api, headers: dict[str, str], status: int, code: str
) -> None:
    row_id = api.account()

    answer = api.call("PATCH", f"accounts({row_id})", {"name": "new"}, **headers)

    assert answer.status_code == status
    if code:
        assert refusal(answer)[1] == code
    assert api.json(f"accounts({row_id})")["name"] == ("Contoso" if code else "new")


def test_an_update_at_the_right_version_happens_and_makes_the_version_stale(api: Api) -> None:
    row_id = api.account()
    etag = api.json(f"accounts({row_id})")["@odata.etag"]

    answers = [
        api.call("PATCH", f"accounts({row_id})", {"name": name}, If_Match=etag)
        for name in ("first", "second")
    ]

    assert [answer.status_code for answer in answers] == [204, 412]
    assert refusal(answers[1])[2] == (
        "The version of the existing record doesn't match the RowVersion property provided."
    )
    assert api.json(f"accounts({row_id})")["name"] == "first"


@pytest.mark.parametrize(("present", "status"), [(True, 200), (False, 201)])
def test_a_patch_can_be_answered_with_the_row(api: Api, present: bool, status: int) -> None:
    row_id = api.account() if present else ABSENT

    answer = api.call(
        "PATCH", f"accounts({row_id})", {"name": "new"}, prefer="return=representation"
    )

    assert (answer.status_code, answer.json()["name"]) == (status, "new")
    assert "OData-EntityId" not in answer.headers


def test_an_upsert_by_key_creates_a_row_with_the_address_s_key(api: Api) -> None:
    answer = api.call("PATCH", "accounts(w365_key='A-1')", {"name": "by key"})

    assert answer.headers["OData-EntityId"] == f"{api.root}accounts(w365_key='A-1')"
    assert api.json("accounts(w365_key='a-1')")["w365_key"] == "A-1"


def test_an_upsert_by_key_of_a_new_row_prefers_the_body(api: Api) -> None:
    api.call("PATCH", "accounts(w365_key='A-1')", {"name": "x", "w365_key": "A-2"})

    assert [row["w365_key"] for row in api.value("accounts?$select=w365_key")] == ["A-2"]


def test_an_upsert_by_key_of_a_row_ignores_the_key_in_the_body(api: Api) -> None:
    api.account(w365_key="A-1")

    api.call("PATCH", "accounts(w365_key='A-1')", {"name": "new", "w365_key": "A-2"})

    (row,) = api.value("accounts?$select=name,w365_key")
    assert (row["name"], row["w365_key"]) == ("new", "A-1")


def test_an_absent_key_is_told_in_dataverse_s_words(api: Api) -> None:
    answers = [
        api.call("PATCH", "accounts(w365_key='A-1')", {"name": "x"}, If_Match="*"),
        api.get("accounts(w365_key='A-1')"),
        api.call("DELETE", "accounts(w365_key='A-1')"),
    ]

    expected = (
        404,
        "0x80060891",
        "A record with the specified key values does not exist in account entity",
    )
    assert [refusal(answer) for answer in answers] == [expected] * 3


def test_a_key_that_the_table_does_not_have_is_refused(api: Api) -> None:
    answer = api.get("accounts(name='Contoso')")

    assert refusal(answer)[:2] == (400, "0x80060888")
    assert "The key in the request URI is not valid for resource" in refusal(answer)[2]


@pytest.mark.parametrize("character", ["%2F", "%3C", "*", "%25", "%26", ":", "%5C", "%3F", "%2B"])
def test_a_key_with_a_character_that_cannot_be_addressed_is_refused(
    api: Api, character: str
) -> None:
    answer = api.get(f"accounts(w365_key='a{character}b')")

    assert answer.status_code == 400
    assert "A potentially dangerous Request.Path value" in refusal(answer)[2]


def test_a_key_is_violated_without_regard_to_case_and_accents(api: Api) -> None:
    api.account(w365_key="Müller")

    answer = api.call("POST", "accounts", {"name": "x", "w365_key": "MULLER"})

    assert refusal(answer) == (
        412,
        "0x80060892",
        "Entity Key w365_AccountKey violated. A record with the same value for w365_key already "
        "exists. A duplicate record cannot be created. Select one or more unique values and try "
        "again.",
    )


def test_an_update_that_violates_a_key_changes_nothing(api: Api) -> None:
    api.account(w365_key="A-1")
    row_id = api.account(w365_key="A-2")

    answer = api.call("PATCH", f"accounts({row_id})", {"name": "new", "w365_key": "a-1"})

    assert refusal(answer)[:2] == (412, "0x80060892")
    assert api.json(f"accounts({row_id})")["name"] == "Contoso"


def test_rows_without_a_key_are_not_each_other_s_duplicates(api: Api) -> None:
    assert api.account() != api.account()


def test_a_row_whose_id_is_taken_is_refused(api: Api) -> None:
    row_id = api.account()

    answer = api.call("POST", "accounts", {"accountid": row_id, "name": "again"})

    assert refusal(answer) == (
        412,
        "0x80040237",
        "A record with matching key values already exists.",
    )


def test_a_deleted_row_is_gone(api: Api) -> None:
    row_id = api.account()

    answers = [api.call("DELETE", f"accounts({row_id})") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 404]
    assert api.get(f"accounts({row_id})").status_code == 404


def test_a_row_is_deleted_only_at_the_version_that_is_named(api: Api) -> None:
    row_id = api.account()
    etag = api.json(f"accounts({row_id})")["@odata.etag"]

    answers = [api.call("DELETE", f"accounts({row_id})", If_Match=each) for each in ('W/"1"', etag)]

    assert [answer.status_code for answer in answers] == [412, 204]


def test_a_row_that_others_refer_to_is_not_deleted(api: Api) -> None:
    account = api.account()
    api.contract(**{"w365_Customer@odata.bind": f"/accounts({account})"})

    answer = api.call("DELETE", f"accounts({account})")

    assert refusal(answer)[:2] == (405, "0x80040227")
    assert api.get(f"accounts({account})").status_code == 200


def test_one_property_is_set_read_and_cleared(api: Api) -> None:
    row = f"accounts({api.account()})"

    set_answer = api.call("PUT", f"{row}/name", {"value": "new"})
    read = api.json(f"{row}/name")
    clear_answer = api.call("DELETE", f"{row}/name")

    assert (set_answer.status_code, clear_answer.status_code) == (204, 204)
    assert (read["@odata.context"], read["value"]) == (f"{api.root}$metadata#{row}/name", "new")
    assert api.get(f"{row}/name").status_code == 204


def test_a_reference_is_set_followed_and_cleared(api: Api) -> None:
    account, contract = api.account("Customer"), api.contract()
    row = f"w365_billingcontracts({contract})"

    api.call("PUT", f"{row}/w365_Customer/$ref", {"@odata.id": f"{api.root}accounts({account})"})
    followed = api.json(f"{row}/w365_Customer?$select=name")
    api.call("DELETE", f"{row}/w365_Customer/$ref")

    assert (followed["name"], followed["accountid"]) == ("Customer", account)
    assert api.get(f"{row}/w365_Customer").status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("PUT", "accounts", 405), ("PATCH", "accounts", 405),
     ("POST", f"accounts({ABSENT})", 405), ("POST", f"accounts({ABSENT})/Account_Tasks", 404),
     ("PUT", f"accounts({ABSENT})/_primarycontactid_value", 400),
     ("POST", f"accounts({ABSENT})/name", 400), ("POST", "nothing", 404),
     ("POST", f"accounts({ABSENT})/primarycontactid/$ref", 501),
     ("PUT", f"accounts({ABSENT})/primarycontactid/$ref", 400),
     ("POST", "WinOpportunity", 501), ("POST", "accounts?$filter=name eq 'x'", 501),
     ("PATCH", f"asyncoperations({ABSENT})", 501), ("POST", "EntityDefinitions", 400),
     ("PUT", f"accounts({ABSENT})/name", 404), ("POST", "accounts/name", 404)],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(api: Api, method: str, path: str, status: int) -> None:
    answer = api.call(method, path, {"value": "x"} if method == "PUT" else {})

    assert answer.status_code == status
    assert answer.json()["error"]["message"]
