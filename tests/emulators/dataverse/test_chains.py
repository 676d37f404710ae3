"""Loops through webhooks are noticed and ended."""

import pytest

from work365.emulators.dataverse.chains import CORRELATIONS_KEPT, DEPTH_MAX, Chains
from work365.emulators.dataverse.errors import DataverseError


def test_a_correlation_of_the_callers_own_makes_no_chain() -> None:
    chains = Chains()

    depths = [chains.deepen("theirs", "row") for _ in range(DEPTH_MAX + 5)]

    assert set(depths) == {1}


def test_a_row_is_deeper_each_time_it_is_written_in_a_chain() -> None:
    chains = Chains()
    chains.give("ours")

    assert [chains.deepen("ours", "a") for _ in range(2)] == [2, 3]
    assert chains.deepen("ours", "b") == 2


def test_a_chain_that_is_too_deep_is_ended() -> None:
    chains = Chains()
    chains.give("ours")
    for _ in range(DEPTH_MAX - 1):
        chains.deepen("ours", "row")

    with pytest.raises(DataverseError, match="infinite loop") as refused:
        chains.deepen("ours", "row")

    assert (refused.value.status, refused.value.code) == (400, "0x80044182")


def test_the_oldest_chains_are_forgotten() -> None:
    chains = Chains()
    chains.give("oldest")
    for number in range(CORRELATIONS_KEPT):
        chains.give(str(number))

    assert chains.deepen("oldest", "row") == 1
    assert chains.deepen("0", "row") == 2
