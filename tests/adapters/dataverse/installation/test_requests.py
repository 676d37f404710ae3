from work365.adapters.dataverse.installation.requests import (
    IN_SOLUTION,
    Action,
    Named,
    Reference,
    Request,
    outside_solution,
    resolved,
)


def test_references_in_the_path_and_anywhere_in_the_body_become_values() -> None:
    user = Reference(Named.APPLICATION_USER, "app", "systemusers({})/roles")
    privilege = Reference(Named.PRIVILEGE, "prvRead")
    request = Request("POST", user, {"Privileges": [{"PrivilegeId": privilege}], "Depth": 1})

    operation = resolved(request, lambda reference: f"<{reference.name}>")

    assert operation.path == "systemusers(<app>)/roles"
    assert operation.body == {"Privileges": [{"PrivilegeId": "<prvRead>"}], "Depth": 1}


def test_a_request_without_references_is_sent_as_it_is() -> None:
    request = Request("PUT", "EntityDefinitions", None, {"MSCRM.MergeLabels": "true"})

    operation = resolved(request, lambda reference: reference.name)

    assert (operation.body, operation.headers) == (None, {"MSCRM.MergeLabels": "true"})


def test_an_action_outside_the_solution_keeps_its_other_headers() -> None:
    request = Request("PATCH", "roles(1)", {}, {**IN_SOLUTION, "If-Match": "*"})

    outside = outside_solution(Action("role", "Role", "Change it", (request,)))

    assert [each.headers for each in outside.requests] == [{"If-Match": "*"}]
