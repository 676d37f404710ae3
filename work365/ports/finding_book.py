"""Where findings are kept that are of no contract: those of looks at a provider."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from work365.domain.findings import Finding


class FindingBook(Protocol):
    """Findings of one look each, open until that look finds them no more."""

    def keep(
        self,
        origin: str,
        findings: Sequence[Finding],
        *,
        at: datetime,
        paths: Collection[str] | None,
    ) -> None:
        """Open `findings` of the look called `origin`, or note that they were found again.

        What it found before at one of `paths` and does not find now is closed: it looked there,
        and says nothing of the rest. None: it looked everywhere.
        """

    def close_older(self, origin: str, moment: datetime) -> int:
        """Close what the look called `origin` found last before `moment`; return how many."""
