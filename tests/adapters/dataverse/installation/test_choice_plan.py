from dataclasses import replace
from typing import Any

from tests.adapters.dataverse.installation.environments import ENGLISH, as_declared, codes
from work365.adapters.dataverse.installation.choice_plan import plan_choices
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.adapters.dataverse.installation.labels import label

JOB_STATUS = "w365_jobstatus"
FAILED = 365_000_003


def with_choice(change: Any) -> FoundEnvironment:
    found: FoundEnvironment = as_declared()
    changed = change(dict(found.choices[JOB_STATUS]))
    return replace(found, choices={**found.choices, JOB_STATUS: changed})


def test_a_choice_is_created_with_its_options() -> None:
    found: FoundEnvironment = as_declared()
    others = {name: each for name, each in found.choices.items() if name != JOB_STATUS}

    planned = plan_choices(declared(), replace(found, choices=others))

    [action] = planned.actions
    body = action.requests[0].body
    assert body is not None
    assert body["IsGlobal"] is True
    assert [option["Value"] for option in body["Options"]][-1] == FAILED


def test_one_more_option_is_an_upgrade() -> None:
    found = with_choice(lambda there: {**there, "Options": there["Options"][:-1]})

    planned = plan_choices(declared(), found)

    [action] = planned.actions
    assert action.description == "Add the option Failed (365000003) to the choice w365_jobstatus"
    assert action.requests[0].path == "InsertOptionValue"
    assert action.requests[0].body is not None
    assert action.requests[0].body["SolutionUniqueName"] == "Work365"


def test_an_option_gets_its_label_back() -> None:
    renamed = {"Value": FAILED, "Label": label("Broken", ENGLISH)}
    found = with_choice(lambda there: {**there, "Options": [*there["Options"][:-1], renamed]})

    planned = plan_choices(declared(), found)

    [action] = planned.actions
    assert action.description.startswith("Rename the option Broken (365000003)")
    assert action.requests[0].body is not None
    assert action.requests[0].body["MergeLabels"] is True


def test_an_option_that_is_no_more_declared_stays_and_is_reported() -> None:
    extra = {"Value": 365_000_099, "Label": label("Forgotten", ENGLISH)}
    found = with_choice(lambda there: {**there, "Options": [*there["Options"], extra]})

    planned = plan_choices(declared(), found)

    assert planned.actions == []
    assert codes(planned) == ["option_not_declared"]


def test_a_choice_gets_its_display_name_back() -> None:
    found = with_choice(lambda there: {**there, "DisplayName": label("Something", ENGLISH)})

    planned = plan_choices(declared(), found)

    [action] = planned.actions
    assert action.requests[0].method == "PUT"
    assert action.requests[0].path == f"GlobalOptionSetDefinitions({JOB_STATUS})"
