import pytest

from tests.adapters.dataverse.installation.environments import ENGLISH
from work365.adapters.dataverse.installation.comparing import compare
from work365.adapters.dataverse.installation.labels import label


def test_a_property_without_a_rule_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="SomethingNew"):
        compare({"SomethingNew": 1}, {}, ENGLISH)


def test_no_option_and_none_are_the_same() -> None:
    comparison = compare({"DefaultFormValue": -1}, {"DefaultFormValue": None}, ENGLISH)

    assert comparison.changes == {}


def test_a_default_that_was_changed_is_put_back() -> None:
    comparison = compare({"DefaultFormValue": 7}, {"DefaultFormValue": -1}, ENGLISH)

    assert comparison.changes == {"DefaultFormValue": 7}
    assert comparison.words == ["set DefaultFormValue from -1 to 7"]


def test_a_requirement_keeps_what_else_is_said_of_it() -> None:
    comparison = compare(
        {"RequiredLevel": {"Value": "None"}},
        {"RequiredLevel": {"Value": "ApplicationRequired", "CanBeChanged": False}},
        ENGLISH,
    )

    assert comparison.changes == {"RequiredLevel": {"Value": "None", "CanBeChanged": False}}


def test_a_description_that_is_gone_from_the_declarations_is_emptied() -> None:
    comparison = compare(
        {"Description": label("", ENGLISH)}, {"Description": label("Old", ENGLISH)}, ENGLISH
    )

    assert comparison.words == ["empty its description"]


def test_a_definition_without_a_description_needs_none() -> None:
    comparison = compare({"Description": label("", ENGLISH)}, {"Description": None}, ENGLISH)

    assert comparison.changes == {}
