from dataverse_schema import options
from dataverse_schema.choices import choice_name, global_choices
from dataverse_schema.columns import Choice
from dataverse_schema.publisher import OPTION_VALUES_PER_PREFIX, PUBLISHER
from dataverse_schema.tables import TABLES


def test_every_choice_that_a_column_holds_is_one_of_the_solution() -> None:
    held = {
        choice_name(kind.options)
        for declared in TABLES
        for kind in declared.columns().values()
        if isinstance(kind, Choice)
    }

    assert held == {choice.name for choice in global_choices()}


def test_a_choice_has_its_options_in_their_order() -> None:
    found = {choice.name: choice for choice in global_choices()}["w365_subscriptionstatus"]

    assert [option.value for option in found.options] == list(options.SubscriptionStatus)
    assert [option.label for option in found.options] == [
        "Active",
        "Trial",
        "Paused",
        "Suspended",
        "Cancelled",
    ]


def test_every_value_is_the_publishers_own() -> None:
    values = [option.value for choice in global_choices() for option in choice.options]

    assert {value // OPTION_VALUES_PER_PREFIX for value in values} == {
        PUBLISHER.option_value_prefix
    }
