"""States of rows."""

import pytest

from tests.emulators.dataverse.conftest import Api, refusal


@pytest.mark.parametrize(
    ("given", "state", "status"),
    [({"statecode": 1}, 1, 2), ({"statecode": 1, "statuscode": 2}, 1, 2),
     ({"statuscode": 1}, 0, 1), ({"statecode": None}, 0, 1)],
)  # fmt: skip
def test_a_state_brings_its_status(
    api: Api, given: dict[str, int], state: int, status: int
) -> None:
    row = f"accounts({api.account()})"

    answer = api.call("PATCH", row, given)

    assert answer.status_code == 204
    found = api.json(row)
    assert (found["statecode"], found["statuscode"]) == (state, status)


@pytest.mark.parametrize("given", [{"statuscode": 2}, {"statecode": 1, "statuscode": 1}])
def test_a_pair_that_does_not_fit_is_refused(api: Api, given: dict[str, int]) -> None:
    answer = api.call("PATCH", f"accounts({api.account()})", given)

    assert refusal(answer)[:2] == (400, "0x80048408")
    assert "is not a valid status code for state code AccountState." in refusal(answer)[2]


@pytest.mark.parametrize("given", [{"statecode": 1}, {"statuscode": 2}])
def test_a_new_row_is_in_its_first_state(api: Api, given: dict[str, int]) -> None:
    answer = api.call("POST", "accounts", {"name": "x", **given})

    assert refusal(answer)[:2] == (400, "0x80048408")


def test_a_new_product_is_a_draft(api: Api) -> None:
    row = api.json(f"products({api.create('products', name='x', productnumber='1')})")

    assert (row["statecode"], row["statuscode"]) == (2, 0)
