from work365.domain.microsoft.actions import ProvisioningStatus


def test_what_failed_or_was_done_waits_for_nothing_more() -> None:
    still_open = [status for status in ProvisioningStatus if status.is_open]

    assert still_open == [ProvisioningStatus.AWAITING, ProvisioningStatus.IN_PROGRESS]
