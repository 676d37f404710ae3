"""`RetrieveMetadataChanges`, as Microsoft's client for Python asks it."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.emulators.dataverse.conftest import Api, refusal
from tests.emulators.dataverse.definition_bodies import THING, column, label, make, make_thing

FUNCTION = "RetrieveMetadataChanges"


def condition(name: str, value: object, operator: str = "Equals") -> dict[str, Any]:
    return {
        "PropertyName": name,
        "ConditionOperator": operator,
        "Value": {"Type": "System.String", "Value": value},
    }


def criteria(*conditions: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"Criteria": {"Conditions": list(conditions), **more}}


def asked(query: object, parameters: str = "Query=@p1") -> str:
    return f"{FUNCTION}({parameters})?@p1={quote(json.dumps(query))}"


def test_columns_come_with_what_was_asked_for(blank: Api) -> None:
    make_thing(blank, column("String", "new_Code", MaxLength=20))
    query = {
        "Properties": {"PropertyNames": ["LogicalName", "Attributes"]},
        **criteria(condition("LogicalName", "new_thing")),
        "AttributeQuery": {
            "Properties": {"PropertyNames": ["LogicalName", "MaxLength", "MinValue"]},
            **criteria(condition("LogicalName", "new_code")),
        },
    }

    (table,) = blank.json(asked(query))["EntityMetadata"]

    (found,) = table["Attributes"]
    assert table["LogicalName"] == "new_thing"
    assert "EntitySetName" not in table
    assert found["MaxLength"] == 20
    assert "MinValue" not in found
    assert found["@odata.type"].endswith("CRM.ComplexStringAttributeMetadata")


def test_keys_and_relationships_come_where_they_are_asked_for(blank: Api) -> None:
    make_thing(blank)
    make(
        blank,
        f"{THING}/Keys",
        {"SchemaName": "new_ByName", "KeyAttributes": ["new_name"], "DisplayName": label("Name")},
    )
    query = {
        **criteria(condition("SchemaName", ["new_Thing", "Account"], "In")),
        "KeyQuery": {"Properties": {"PropertyNames": ["KeyAttributes"]}},
    }

    found = {row["LogicalName"]: row for row in blank.json(asked(query))["EntityMetadata"]}

    assert found.keys() == {"new_thing", "account"}
    assert found["new_thing"]["Keys"][0]["KeyAttributes"] == ["new_name"]
    assert "Attributes" not in found["new_thing"]


def test_filters_are_joined(blank: Api) -> None:
    one, other = condition("LogicalName", "account"), condition("LogicalName", "contact")
    nested = {"Conditions": [condition("IsCustomEntity", False)]}
    query = {"Criteria": {"FilterOperator": "And", "Filters": [
        {"FilterOperator": "Or", "Conditions": [one, other]}, nested,
        {"Conditions": [condition("LogicalName", "contact", "NotEquals")]}]}}  # fmt: skip

    found = blank.json(asked(query))["EntityMetadata"]

    assert [row["LogicalName"] for row in found] == ["account"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (asked({}, "Query=@p1,ClientVersionStamp=@p2"), 501),
        (f"{FUNCTION}(Query=@p1)?@p1=nothing", 400),
        (FUNCTION, 400),
        (asked([]), 400),
        (asked({"LabelQuery": {"FilterLanguages": [1033]}}), 501),
        (asked(criteria(condition("Nothing", "x"))), 400),
        (asked(criteria(condition("LogicalName", "x", "GreaterThan"))), 501),
        (asked(criteria(FilterHint=1)), 501),
        (asked({"AttributeQuery": {"Order": 1}}), 501),
        (asked({"Properties": {"PropertyNames": "LogicalName"}}), 400),
    ],
)
def test_what_is_not_emulated_is_refused(blank: Api, path: str, status: int) -> None:
    assert refusal(blank.get(path))[0] == status
