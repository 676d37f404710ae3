"""What is wrong with an installation that no plan can tell: rights, reach and version."""

from collections.abc import Iterator

import httpx

from work365.adapters.dataverse.installation.declarations import Declarations
from work365.adapters.dataverse.installation.found import FoundEnvironment
from work365.adapters.dataverse.installation.planning import version
from work365.adapters.dataverse.installation.role_plan import missing_privileges, service_users
from work365.adapters.dataverse.installation.row_plan import row_of
from work365.adapters.dataverse.installation.target import Target
from work365.adapters.dataverse.installation.webhook_plan import endpoint_row
from work365.domain.findings import Finding, Severity

REACH_SECONDS_MAX = 10
SHOWN_MAX = 8


def examine(
    declarations: Declarations, found: FoundEnvironment, target: Target, http: httpx.Client
) -> list[Finding]:
    """Return what is wrong, each with its remedy."""
    return [
        *_version(declarations, found),
        *_privileges(declarations, found, target),
        *_reach(declarations, found, http),
    ]


def _version(declarations: Declarations, found: FoundEnvironment) -> Iterator[Finding]:
    wanted = declarations.solution
    for row in found.of("solutions"):
        if version(row["version"]) < version(wanted.version):
            yield Finding(
                Severity.ERROR,
                "solution_older",
                f"the environment has version {row['version']} of the solution, and this program"
                f" is for {wanted.version}; run `work365 install`",
                wanted.unique_name,
            )


def _privileges(
    declarations: Declarations, found: FoundEnvironment, target: Target
) -> Iterator[Finding]:
    for user in service_users(declarations, found, target):
        missing = missing_privileges(user, declarations.application_role)
        if missing:
            more = len(missing) - SHOWN_MAX
            names = ", ".join(missing[:SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
            yield Finding(
                Severity.ERROR,
                "privileges_missing",
                f"the application user {user.name} lacks {names}, or has them less deep than it"
                f" needs; run `work365 install`, which gives it the role"
                f" {declarations.application_role.name}",
                user.name,
            )


def _reach(
    declarations: Declarations, found: FoundEnvironment, http: httpx.Client
) -> Iterator[Finding]:
    there = row_of(endpoint_row(declarations.endpoint, None), found)
    if there is None:
        return
    url = there["url"]
    try:
        answer = http.get(url, timeout=REACH_SECONDS_MAX, follow_redirects=False)
    except httpx.HTTPError as error:
        yield Finding(
            Severity.ERROR,
            "webhook_unreachable",
            f"GET {url} had no answer within {REACH_SECONDS_MAX} s from here"
            f" ({type(error).__name__}: {error}); see that the service runs, that the address is"
            " right, and that no firewall is between it and Dataverse",
            there["name"],
        )
        return
    # Rings are posted; that this address takes nothing else is as it should be.
    if answer.is_server_error:
        yield Finding(
            Severity.ERROR,
            "webhook_failing",
            f"GET {url} was answered HTTP {answer.status_code}; look at the service's logs",
            there["name"],
        )
