"""Findings as commands say them: to people on the error stream, to programs in a document."""

from collections.abc import Iterable

from rich.markup import escape

from work365.domain.findings import Finding, Severity
from work365.entrypoints.cli.output import errors


def print_findings(findings: Iterable[Finding]) -> None:
    """Say on the error stream what a person should look at, and where."""
    for finding in findings:
        colour = "red" if finding.severity is Severity.ERROR else "yellow"
        # Most messages name what they are about.
        subject = finding.path.partition("/")[0].rpartition(" ")[2]
        where = "" if subject in finding.message else f"{escape(finding.path)}: "
        severity = f"[{colour}]{finding.severity.value}[/{colour}]"
        errors.print(f"{severity} {where}{escape(finding.message)}", highlight=False)


def findings_as_json(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Return findings as they are in documents for programs."""
    return [
        {
            "severity": finding.severity.value,
            "code": finding.code,
            "message": finding.message,
            "path": finding.path,
        }
        for finding in findings
    ]
