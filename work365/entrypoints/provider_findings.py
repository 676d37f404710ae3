"""What looks at Microsoft find: in the log, and as rows that stay open until it is put right."""

import logging
from collections.abc import Collection, Sequence
from datetime import datetime

from work365.adapters.dataverse.finding_book import DataverseFindingBook
from work365.bootstrap import Services
from work365.domain.findings import Finding, Severity
from work365.ports.finding_book import FindingBook

logger = logging.getLogger(__name__)


def keep_findings(
    services: Services,
    findings: Sequence[Finding],
    *,
    origin: str,
    at: datetime,
    paths: Collection[str] | None = None,
) -> None:
    """Log what the look called `origin` found, and keep it as rows.

    What it found before at one of `paths`, or anywhere where they are None, and does not find
    now is closed.
    """
    for finding in findings:
        level = logging.ERROR if finding.severity is Severity.ERROR else logging.WARNING
        logger.log(level, "%s: %s (%s)", finding.code, finding.message, finding.path)
    book: FindingBook = DataverseFindingBook(services.dataverse)
    book.keep(origin, findings, at=at, paths=paths)
