"""Random requests, the same ones each time: a short search."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.dataverse.fuzz.emulation import Emulation
from tests.contract.dataverse.fuzz.traffic import sequences


@pytest.fixture(scope="module")
def emulation() -> Iterator[Emulation]:
    with Emulation() as emulation:
        yield emulation


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_every_request_is_answered_as_dataverse_answers(
    emulation: Emulation, data: st.DataObject
) -> None:
    sequence = data.draw(sequences(emulation.tables))

    emulation.play(sequence)
