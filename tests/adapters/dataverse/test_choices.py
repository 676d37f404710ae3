from enum import Enum, IntEnum

import pytest

from dataverse_schema import options
from work365.adapters.dataverse.choices import TWINS, meaning, option
from work365.domain.changes import Status
from work365.domain.contracts import Timing

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
