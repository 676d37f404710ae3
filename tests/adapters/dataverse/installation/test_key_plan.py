from dataclasses import replace
from typing import Any

from tests.adapters.dataverse.installation.environments import as_declared, codes
from work365.adapters.dataverse.installation.declarations import declared
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.adapters.dataverse.installation.key_plan import plan_keys

ACCOUNT = "account"


def with_keys(*keys: dict[str, Any]) -> FoundEnvironment:
    found: FoundEnvironment = as_declared()
    table = replace(found.tables[ACCOUNT], keys=keys)
    return replace(found, tables={**found.tables, ACCOUNT: table})


def key(name: str, *columns: str, status: str = "Active") -> dict[str, Any]:
    return {
        "SchemaName": name,
        "LogicalName": name.lower(),
        "KeyAttributes": list(columns),
        "EntityKeyIndexStatus": status,
    }


def test_a_key_is_created_on_a_table_of_microsoft_too() -> None:
    planned = plan_keys(declared(), with_keys())

    [action] = planned.actions
    assert action.description == "Create the key w365_AccountKey of account over w365_key"
    assert action.requests[0].path == "EntityDefinitions(LogicalName='account')/Keys"


def test_a_key_by_another_name_is_as_good() -> None:
    planned = plan_keys(declared(), with_keys(key("w365_other", "w365_key")))

    assert planned.actions == []


def test_a_key_that_is_being_built_is_waited_for_and_not_made_again() -> None:
    planned = plan_keys(declared(), with_keys(key("w365_AccountKey", "w365_key", status="Pending")))

    assert planned.actions == []


def test_a_key_whose_index_failed_is_tried_again() -> None:
    planned = plan_keys(declared(), with_keys(key("w365_AccountKey", "w365_key", status="Failed")))

    [action] = planned.actions
    assert action.requests[0].path == "ReactivateEntityKey"
    assert action.requests[0].body == {
        "EntityLogicalName": "account",
        "EntityKeyLogicalName": "w365_accountkey",
    }


def test_a_key_over_other_columns_is_found_and_not_attempted() -> None:
    planned = plan_keys(declared(), with_keys(key("w365_AccountKey", "accountnumber")))

    assert planned.actions == []
    assert codes(planned) == ["key_not_changeable"]
