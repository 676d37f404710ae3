from datetime import UTC, datetime, timedelta

from tests.adapters.dataverse.partner import Partner
from work365.adapters.dataverse.microsoft.reading_marks import DataverseReadingMarks

MOMENT = datetime(2026, 3, 1, 9, 30, 15, 250_000, tzinfo=UTC)


def test_until_when_was_read_is_kept_without_parts_of_a_second(partner: Partner) -> None:
    marks = DataverseReadingMarks(partner.client)

    marks.keep("microsoft_audit", until=MOMENT - timedelta(days=1))
    marks.keep("microsoft_audit", until=MOMENT)

    assert marks.marks() == {"microsoft_audit": MOMENT.replace(microsecond=0)}
