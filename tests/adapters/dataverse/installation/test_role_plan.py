from dataclasses import replace

from dataverse_schema.roles import APPLICATION, Depth
from tests.adapters.dataverse.installation.environments import (
    APPLICATION_ID,
    BLANK,
    SERVICE_URL,
    TARGET,
    URL,
    as_declared,
    codes,
)
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.adapters.dataverse.installation.requests import Named, Reference
from work365.adapters.dataverse.installation.role_plan import (
    missing_privileges,
    plan_application_user,
    plan_roles,
)
from work365.adapters.dataverse.installation.target import target_of

UNSTATED = target_of(url=URL, service_url=SERVICE_URL)


def with_privileges(**changes: str | None) -> FoundEnvironment:
    found: FoundEnvironment = as_declared()
    held = {**found.privileges[APPLICATION.id], **changes}
    kept = {name: depth for name, depth in held.items() if depth is not None}
    return replace(found, privileges={**found.privileges, APPLICATION.id: kept})


def test_a_privilege_that_is_missing_is_given_and_no_other() -> None:
    planned = plan_roles(declared(), with_privileges(prvWritew365_Invoice=None))

    [action] = planned.actions
    assert action.description == "Give the role Work 365 Application prvWritew365_Invoice"
    assert action.requests[0].body is not None
    [given] = action.requests[0].body["Privileges"]
    assert given["PrivilegeId"] == Reference(Named.PRIVILEGE, "prvWritew365_Invoice")
    assert given["Depth"] == "Global"


def test_a_privilege_that_is_not_deep_enough_is_given_again() -> None:
    planned = plan_roles(declared(), with_privileges(prvWritew365_Invoice="Local"))

    assert [action.subject for action in planned.actions] == ["Work 365 Application"]


def test_a_privilege_that_somebody_added_stays() -> None:
    planned = plan_roles(declared(), with_privileges(prvReadOpportunity="Global"))

    assert planned.actions == []


def test_a_privilege_that_the_environment_does_not_know_is_said_and_left_out() -> None:
    name = "prvBypassCustomBusinessLogic"
    found = with_privileges(**{name: None})
    older = replace(found, known_privileges=found.known_privileges - {name})

    planned = plan_roles(declared(), older)

    assert planned.actions == []
    assert codes(planned) == ["privilege_unknown"]


def test_a_role_with_the_same_name_is_taken_over_with_its_own_id() -> None:
    other = "7e000000-0000-4000-8000-00000000000a"
    found: FoundEnvironment = as_declared()
    rows = [
        {**row, "roleid": other} if row["name"] == APPLICATION.name else row
        for row in found.rows["roles"]
    ]

    planned = plan_roles(declared(), replace(found, rows={**found.rows, "roles": rows}))

    [action] = planned.actions
    assert str(action.requests[0].path).startswith(f"roles({other})/")


def test_the_application_user_is_made_in_the_root_business_unit_and_gets_its_role() -> None:
    planned = plan_application_user(declared(), BLANK, TARGET)

    created, assigned = [action.requests[0] for action in planned.actions]
    assert created.body == {
        "applicationid": str(APPLICATION_ID),
        "businessunitid@odata.bind": f"/businessunits({BLANK.business_unit})",
    }
    assert isinstance(assigned.path, Reference)
    assert assigned.path.name == str(APPLICATION_ID)
    assert assigned.body == {"@odata.id": f"{URL}/api/data/v9.2/roles({APPLICATION.id})"}


def test_an_application_user_without_the_role_gets_it() -> None:
    found: FoundEnvironment = as_declared()
    users = [replace(user, roles=frozenset()) for user in found.users]

    planned = plan_application_user(declared(), replace(found, users=users), TARGET)

    [action] = planned.actions
    assert action.description.endswith("the role Work 365 Application")


def test_without_a_client_id_a_person_has_to_make_the_user() -> None:
    planned = plan_application_user(declared(), BLANK, UNSTATED)

    assert planned.actions == []
    assert codes(planned) == ["application_user_missing"]


def test_the_client_id_is_remembered_by_the_environment() -> None:
    found = replace(as_declared(), users=())

    planned = plan_application_user(declared(), found, UNSTATED)

    assert [action.subject for action in planned.actions] == [str(APPLICATION_ID)] * 2


def test_a_disabled_application_user_is_found_and_not_enabled() -> None:
    found: FoundEnvironment = as_declared()
    users = [replace(user, is_disabled=True) for user in found.users]

    planned = plan_application_user(declared(), replace(found, users=users), TARGET)

    assert planned.actions == []
    assert codes(planned) == ["application_user_disabled"]


def test_what_a_user_lacks_of_its_role_is_told_by_name() -> None:
    found: FoundEnvironment = as_declared()
    [user] = found.users
    held = {**user.privileges, "prvReadAccount": Depth.BASIC.value}
    del held["prvCreatew365_Job"]

    missing = missing_privileges(replace(user, privileges=held), APPLICATION)

    assert missing == ["prvCreatew365_Job", "prvReadAccount"]
