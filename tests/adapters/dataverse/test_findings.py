from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dataverse_schema import options
from dataverse_schema.tables import operations as tables
from tests.adapters.dataverse.partner import NOW, Partner
from work365.adapters.dataverse.findings import homeless_row
from work365.domain.findings import Finding, Severity
from work365.ports.billing import ContractFinding

LATER = NOW + timedelta(days=1)
OPEN, CLOSED = options.FindingStatus.OPEN, options.FindingStatus.CLOSED


def about(contract: UUID, message: str = "The start is empty.") -> ContractFinding:
    finding = Finding(Severity.ERROR, "field_missing", message, "billing contract CT-1")
    return ContractFinding(contract, finding)


def keep(
    partner: Partner, contract: UUID, *findings: ContractFinding, at: datetime = NOW
) -> dict[str, int]:
    """Make `findings` the open ones of `contract`; return what was counted."""
    with partner.counted() as counts:
        partner.store.keep_findings(contracts=[contract], findings=findings, at=at)
    return counts


def shown(partner: Partner) -> list[tuple[str, options.FindingStatus, datetime]]:
    return [(row.message, row.status, row.found_on) for row in partner.findings()]


@pytest.fixture
def contract(partner: Partner) -> UUID:
    return partner.add_contract()


def test_a_finding_is_a_row_that_says_all_of_it(partner: Partner, contract: UUID) -> None:
    warning = Finding(Severity.WARNING, "odd", "Look at it.", "billing contract CT-1")

    keep(partner, contract, ContractFinding(contract, warning))

    [row] = partner.findings()
    assert row.model_dump(exclude={"row_id", "etag", "key"}) == {
        "code": "odd",
        "severity": options.Severity.WARNING,
        "status": OPEN,
        "message": "Look at it.",
        "path": "billing contract CT-1",
        "contract": contract,
        "found_on": NOW.astimezone(UTC),
        "origin": None,
    }


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("subscription sub-1", "contract"),
        ("change change-1", "subscription"),
        ("one-time charge one-1", "contract"),
    ],
)
def test_a_row_that_belongs_nowhere_says_what_to_choose(name: str, owner: str) -> None:
    finding = homeless_row(UUID(int=1), name, NOW)

    assert finding["path"] == name
    assert finding["message"] == (
        f"{name} has no {owner}, and is not billed; choose its {owner}, and close this finding"
    )


def test_it_stays_as_it_was_opened_while_it_holds(partner: Partner, contract: UUID) -> None:
    keep(partner, contract, about(contract))

    counts = keep(partner, contract, about(contract), at=LATER)

    assert shown(partner) == [("The start is empty.", OPEN, NOW)]
    assert (counts["requests"], counts["rows_written"]) == (1, 0)


def test_it_is_closed_when_it_holds_no_longer(partner: Partner, contract: UUID) -> None:
    keep(partner, contract, about(contract, "One."), about(contract, "Two."))

    keep(partner, contract, about(contract, "Two."), at=LATER)

    assert shown(partner) == [("One.", CLOSED, NOW), ("Two.", OPEN, NOW)]


def test_it_is_opened_again_when_it_comes_back(partner: Partner, contract: UUID) -> None:
    keep(partner, contract, about(contract))
    keep(partner, contract)

    keep(partner, contract, about(contract), at=LATER)

    assert shown(partner) == [("The start is empty.", OPEN, LATER)]


def test_a_closed_one_is_not_closed_again(partner: Partner, contract: UUID) -> None:
    keep(partner, contract, about(contract))
    keep(partner, contract)

    counts = keep(partner, contract)

    assert counts["rows_written"] == 0


def test_one_that_a_person_closed_is_opened_while_it_holds(
    partner: Partner, contract: UUID
) -> None:
    keep(partner, contract, about(contract))
    partner.set(tables.Finding, partner.findings()[0].row_id or UUID(int=0), status=CLOSED)

    keep(partner, contract, about(contract), at=LATER)

    assert shown(partner) == [("The start is empty.", OPEN, LATER)]


def test_the_same_finding_twice_is_one_row(partner: Partner, contract: UUID) -> None:
    keep(partner, contract, about(contract), about(contract))

    assert len(partner.findings()) == 1


def test_findings_of_other_contracts_are_left_alone(partner: Partner, contract: UUID) -> None:
    other = partner.add_contract("CT-2")
    keep(partner, other, about(other, "Theirs."))

    keep(partner, contract, about(contract, "Ours."))

    assert shown(partner) == [("Ours.", OPEN, NOW), ("Theirs.", OPEN, NOW)]


def test_opening_and_closing_is_one_question_and_one_write(
    partner: Partner, contract: UUID
) -> None:
    keep(partner, contract, about(contract, "One."))

    counts = keep(partner, contract, about(contract, "Two."))

    assert (counts["requests"], counts["rows_written"]) == (2, 2)


def test_no_contracts_have_no_findings(partner: Partner) -> None:
    with partner.counted() as counts:
        partner.store.keep_findings(contracts=[], findings=[], at=NOW)

    assert counts["requests"] == 0
