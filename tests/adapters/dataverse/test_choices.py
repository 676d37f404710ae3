from enum import Enum, IntEnum

import pytest

from dataverse_schema import options
from work365.adapters.dataverse.choices import (
    OWN,
    TWINS,
    meaning,
    option,
    own_answer,
    own_meaning,
    own_option,
)
from work365.domain.changes import Status
from work365.domain.contracts import Timing
from work365.domain.policies import AddingUp, ChangeLines

EVERY = pytest.mark.parametrize(("choice", "kind"), TWINS.items(), ids=lambda kind: kind.__name__)


@EVERY
def test_twins_have_the_same_members(choice: type[IntEnum], kind: type[Enum]) -> None:
    assert [member.name for member in choice] == [member.name for member in kind]


@EVERY
def test_an_option_means_one_member_and_the_other_way_round(
    choice: type[IntEnum], kind: type[Enum]
) -> None:
    meanings = {each: meaning(each, kind) for each in choice}

    assert set(meanings.values()) == set(kind)
    assert all(option(member, choice) is each for each, member in meanings.items())


def test_an_option_has_no_meaning_of_another_kind() -> None:
    with pytest.raises(AssertionError, match="is not a Timing"):
        meaning(options.SubscriptionStatus.ACTIVE, Timing)


def test_a_member_is_no_option_of_another_kind() -> None:
    with pytest.raises(AssertionError, match="is not a BillingTiming"):
        option(Status.ACTIVE, options.BillingTiming)


@pytest.mark.parametrize(("choice", "kind"), OWN.items(), ids=lambda kind: kind.__name__)
def test_what_a_contract_says_for_itself_is_the_environments_or_a_choice_of_the_domain(
    choice: type[IntEnum], kind: type[Enum]
) -> None:
    meanings = {each: own_meaning(each, kind) for each in choice}

    assert list(meanings.values()) == [None, *kind]
    assert [each.name for each in choice] == ["AS_ENVIRONMENT", *(each.name for each in kind)]


def test_a_contracts_own_choice_has_no_meaning_of_another_kind() -> None:
    with pytest.raises(AssertionError, match="is not a contract's own AddingUp"):
        own_meaning(options.OwnChangeLines.DELTA, AddingUp)

    assert own_meaning(options.OwnChangeLines.DELTA, ChangeLines) is ChangeLines.DELTA


def test_a_contract_answers_yes_or_no_or_leaves_it_to_the_environment() -> None:
    assert [own_answer(each) for each in options.OwnYesNo] == [None, False, True]
    assert [own_option(answer) for answer in (None, False, True)] == list(options.OwnYesNo)
