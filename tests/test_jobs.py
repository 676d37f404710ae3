import json
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from work365.adapters.queue.messages import MESSAGE_BYTES_MAX
from work365.jobs import CHUNK_CONTRACTS_MAX, BillContracts, Job, StartDueContracts, SweepChanges

CONTRACT = UUID("11111111-2222-3333-4444-555555555555")

TEXTS = {
    '{"kind":"sweep_changes"}': SweepChanges(),
    '{"kind":"start_due_contracts"}': StartDueContracts(),
    f'{{"kind":"bill_contracts","contracts":["{CONTRACT}"],"closes":true}}': BillContracts(
        contracts=(CONTRACT,), closes=True
    ),
}


def ids(count: int) -> list[str]:
    return [str(UUID(int=number)) for number in range(count)]


@pytest.mark.parametrize(("text", "job"), TEXTS.items())
def test_a_job_is_a_small_json_text(
    text: str, job: SweepChanges | StartDueContracts | BillContracts
) -> None:
    assert Job(job).model_dump_json() == text
    assert Job.model_validate_json(text).root == job


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sweep_changes",
        "[]",
        "{}",
        '{"kind":"charge_customer"}',
        '{"kind":"sweep_changes","contracts":[]}',
        '{"kind":"bill_contracts"}',
        '{"kind":"bill_contracts","contracts":[],"closes":true}',
        '{"kind":"bill_contracts","contracts":["CT-1"],"closes":true}',
        f'{{"kind":"bill_contracts","contracts":["{CONTRACT}"]}}',
    ],
)
def test_what_is_not_a_job_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Job.model_validate_json(text)


def test_a_job_has_no_more_contracts_than_a_chunk() -> None:
    def read(count: int) -> Any:
        text = json.dumps({"kind": "bill_contracts", "contracts": ids(count), "closes": True})
        return Job.model_validate_json(text).root

    assert len(read(CHUNK_CONTRACTS_MAX).contracts) == CHUNK_CONTRACTS_MAX
    with pytest.raises(ValidationError, match="at most 200"):
        read(CHUNK_CONTRACTS_MAX + 1)


def test_the_largest_job_fits_into_a_message() -> None:
    largest = BillContracts(
        contracts=tuple(UUID(one) for one in ids(CHUNK_CONTRACTS_MAX)), closes=False
    )

    assert len(Job(largest).model_dump_json()) < MESSAGE_BYTES_MAX


def test_a_job_does_not_change() -> None:
    job = BillContracts(contracts=(CONTRACT,), closes=True)

    with pytest.raises(ValidationError, match="frozen"):
        job.contracts = ()  # type: ignore[misc]  # what the test is about
