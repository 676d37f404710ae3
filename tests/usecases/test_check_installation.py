from tests.usecases.fake_installation import FakeInstallation, index
from work365.domain.findings import Finding, Severity
from work365.ports.installation import KeyIndexStatus
from work365.usecases.check_installation import check_installation

UNREACHABLE = Finding(Severity.ERROR, "webhook_unreachable", "Nobody answers.", "Work 365")


def test_where_all_is_well_nothing_is_found() -> None:
    installation = FakeInstallation()
    installation.looks = [[index(KeyIndexStatus.BUILT)]]

    assert check_installation(installation=installation) == ()


def test_what_an_installation_would_do_is_a_difference_and_is_not_done() -> None:
    installation = FakeInstallation("w365_job")

    [finding] = check_installation(installation=installation)

    assert (finding.severity, finding.code, finding.path) == (
        Severity.ERROR,
        "table_differs",
        "w365_job",
    )
    assert "Create w365_job. Run `work365 install`" in finding.message
    assert installation.carried_out == []


def test_keys_and_what_is_wrong_beside_are_found() -> None:
    installation = FakeInstallation()
    installation.looks = [[index(KeyIndexStatus.PENDING), index(KeyIndexStatus.FAILED)]]
    installation.wrong = (UNREACHABLE,)

    findings = check_installation(installation=installation)

    assert [finding.code for finding in findings] == [
        "key_index_pending",
        "key_index_failed",
        "webhook_unreachable",
    ]


def test_many_differences_of_one_kind_are_counted() -> None:
    installation = FakeInstallation("a", "b", "c", "d")

    findings = check_installation(installation=installation)

    assert [finding.path for finding in findings] == ["a", "b", "table"]
    assert findings[-1].message.startswith("2 more actions of this kind")
