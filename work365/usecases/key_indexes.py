"""What is said of alternate keys whose index is not built."""

from collections.abc import Iterable

from work365.domain.findings import Finding, Severity
from work365.ports.installation import KeyIndex, KeyIndexStatus


def key_findings(indexes: Iterable[KeyIndex]) -> list[Finding]:
    """Return a finding for each index that is not built, with what to do about it."""
    found = []
    for index in indexes:
        path = f"{index.table}.{index.key}"
        match index.status:
            case KeyIndexStatus.PENDING:
                message = (
                    f"Dataverse is still building the index of the key {index.key}; until it has,"
                    f" do not import or bill. Run `work365 doctor` again in a few minutes; the"
                    f" system job for {index.table} says more"
                )
                found.append(Finding(Severity.WARNING, "key_index_pending", message, path))
            case KeyIndexStatus.FAILED:
                message = (
                    f"Dataverse could not build the index of the key {index.key}, as it does where"
                    f" rows of {index.table} have the same key; delete or change the duplicates,"
                    " then run `work365 install`, which tries again"
                )
                found.append(Finding(Severity.ERROR, "key_index_failed", message, path))
            case KeyIndexStatus.BUILT | KeyIndexStatus.MISSING:
                # A missing key is a part of the plan, and is said there.
                continue
    return found
