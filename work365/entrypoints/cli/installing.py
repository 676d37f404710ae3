"""Commands of the administrator: install the solution in an environment, and check it."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from work365.adapters.dataverse.installation.installer import DataverseInstallation
from work365.adapters.dataverse.installation.target import target_of
from work365.bootstrap import Services
from work365.domain.findings import Finding, Severity
from work365.entrypoints.cli.findings_output import findings_as_json
from work365.entrypoints.cli.output import (
    EXIT_FINDINGS,
    AsJson,
    console,
    errors,
    in_plain_words,
    print_json,
    progress,
)
from work365.entrypoints.local_environment import settings_or_local
from work365.ports.installation import Installation, InstallationPlan
from work365.settings import Settings, dataverse_address
from work365.usecases.check_installation import check_installation
from work365.usecases.install_solution import Installed, install_solution

app = typer.Typer()

Url = Annotated[
    str | None,
    typer.Option(
        help="Address of the environment, such as https://name.crm4.dynamics.com; by default"
        " the one that the settings name.",
    ),
]


@app.command()
@in_plain_words
def install(
    *,
    url: Url = None,
    service_url: Annotated[
        str | None,
        typer.Option(help="Where the service is, https://name.azurewebsites.net; it is rung at."),
    ] = None,
    application_id: Annotated[
        UUID | None,
        typer.Option(help="Client id of the identity that the service signs in with."),
    ] = None,
    renew_key: Annotated[
        bool,
        typer.Option("--renew-key", help="Write the webhook's key again, as when it was changed."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan, and change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Install or upgrade the solution in an environment.

    Shows what is missing, and brings it about. It can be run at any time, and again after any
    failure: what is there is left alone, and nothing that holds anybody's values is deleted.
    The webhook's key is the first of WORK365_WEBHOOK_KEYS. Ends with 0 when all is well, 1
    when something is left to be put right, 2 when nothing could be done.
    """
    with _installation(
        url, service_url=service_url, application_id=application_id, renews_key=renew_key
    ) as installation:
        with errors.status("Reading what is there"):
            plan = installation.plan()
        if not as_json:
            _print_plan(plan)
        installed = Installed(0, plan.findings)
        if not dry_run:
            with _interruptible():
                installed = _carry_out(installation, plan)
    if as_json:
        print_json(_as_json(plan, installed, dry_run=dry_run))
    else:
        _print_findings(installed.findings)
        if not dry_run:
            console.print(f"{installed.actions:,} action(s) were carried out.")
    _exit(installed.findings)


@app.command()
@in_plain_words
def doctor(*, url: Url = None, as_json: AsJson = False) -> None:
    """Check the solution in an environment, and the service's reach.

    Ends with 0 when all is well, 1 when something is wrong.
    """
    with _installation(url) as installation, errors.status("Reading what is there"):
        findings = check_installation(installation=installation)
    if as_json:
        print_json({"findings": findings_as_json(findings)})
    else:
        _print_findings(findings)
        if not findings:
            console.print("All is well.")
    _exit(findings)


@contextmanager
def _installation(
    url: str | None,
    *,
    service_url: str | None = None,
    application_id: UUID | None = None,
    renews_key: bool = False,
) -> Iterator[Installation]:
    stated = {}
    if url is not None:
        stated = {"WORK365_DATAVERSE_URL": dataverse_address(url, called="--url")}
    settings = Settings.read(settings_or_local({**os.environ, **stated}))
    with closing(Services(settings)) as services:
        yield DataverseInstallation(
            services.dataverse_definitions,
            target=target_of(
                url=settings.dataverse_url,
                service_url=service_url,
                application_id=application_id,
                webhook_key=next(iter(settings.webhook_keys), None),
                renews_key=renews_key,
            ),
            http=services.http,
        )


@contextmanager
def _interruptible() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        errors.print("Interrupted. What is done stays done; run this again to go on from there.")
        raise


def _carry_out(installation: Installation, plan: InstallationPlan) -> Installed:
    with progress() as bars:
        task = bars.add_task("Installing", total=len(plan.actions))

        def show(done: int, total: int, doing: str) -> None:
            bars.update(task, completed=done, total=total, description=escape(doing) or "Keys")

        return install_solution(
            installation=installation, plan=plan, progress=show, pause=time.sleep
        )


def _print_plan(plan: InstallationPlan) -> None:
    if not plan.actions:
        console.print("Nothing is to be done.")
        return
    table = Table(title=f"Plan: {len(plan.actions):,} actions", title_justify="left")
    table.add_column("What", style="bold", no_wrap=True)
    table.add_column("Action", overflow="fold")
    for action in plan.actions:
        table.add_row(escape(action.kind), escape(action.description))
    console.print(table)


def _print_findings(findings: Sequence[Finding]) -> None:
    for finding in findings:
        style = "red" if finding.severity is Severity.ERROR else "yellow"
        console.print(
            f"[{style}]{finding.severity.value}[/{style}] {escape(finding.path)}:"
            f" {escape(finding.message)}",
            highlight=False,
        )


def _as_json(plan: InstallationPlan, installed: Installed, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "plan": [
            {"kind": each.kind, "subject": each.subject, "description": each.description}
            for each in plan.actions
        ],
        "actions_carried_out": installed.actions,
        "findings": findings_as_json(installed.findings),
    }


def _exit(findings: Sequence[Finding]) -> None:
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise typer.Exit(EXIT_FINDINGS)
