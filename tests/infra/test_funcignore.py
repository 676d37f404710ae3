"""What is deployed is enough to run, and holds nothing that is meant for one machine."""

import shutil
import subprocess
import sys
from collections.abc import Collection
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATTERNS = [
    line
    for line in (ROOT / ".funcignore").read_text().splitlines()
    if line and not line.startswith("#")
]
NAMES = """
import function_app
print(*sorted(function.get_function_name() for function in function_app.app.get_functions()))
"""


def is_ignored(path: Path) -> bool:
    """Whether a path below the root matches a pattern; only the forms in the file are known."""
    relative = path.relative_to(ROOT)
    return any(
        fnmatch(str(relative), pattern.rstrip("/"))
        if "/" in pattern.rstrip("/")
        else fnmatch(relative.name, pattern.rstrip("/"))
        for pattern in PATTERNS
        if path.is_dir() or not pattern.endswith("/")
    )


def ignored(folder: str, names: list[str]) -> Collection[str]:
    return {each for each in names if is_ignored(Path(folder) / each)}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is deployed."""
    there = tmp_path_factory.mktemp("deployed") / "wwwroot"
    shutil.copytree(ROOT, there, ignore=ignored)
    return there


def test_the_top_level_is_the_app_without_what_made_it(package: Path) -> None:
    names = {each.name for each in package.iterdir()}

    assert names >= {"dataverse_schema", "function_app.py", "host.json", "requirements.txt"}
    assert names & {".ci", ".git", ".venv", "build", "docs", "infra", "tests"} == set()


def test_the_emulators_stay_behind(package: Path) -> None:
    assert not (package / "work365" / "emulators").exists()


@pytest.mark.parametrize("kind", ["*.py", "*.typ", "*.svg"])
def test_the_rest_of_the_service_is_deployed(package: Path, kind: str) -> None:
    service = {path.relative_to(ROOT) for path in (ROOT / "work365").rglob(kind)}
    deployed = {path.relative_to(package) for path in (package / "work365").rglob(kind)}

    left_behind = service - deployed

    assert deployed
    assert {path.parts[:2] for path in left_behind} <= {("work365", "emulators")}


def test_what_is_deployed_registers_every_function(package: Path) -> None:
    # Isolated, and the copy first: a module that it lacks is not found elsewhere.
    code = f"import sys; sys.path.insert(0, {str(package)!r})\n{NAMES}"

    finished = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False, cwd=package
    )

    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.split() == [
        "provision_every_quarter_hour",
        "receive_event",
        "receive_ring",
        "run_job",
        "show_connection",
        "show_consent",
        "show_failed_job",
        "start_due_contracts_every_hour",
        "sweep_every_quarter_hour",
        "sync_audit_twice_a_day",
        "sync_invoices_when_they_come",
        "sync_prices_every_day",
        "sync_products_every_week",
        "sync_subscriptions_every_night",
        "watch_connection_every_day",
        "watch_decisions_every_day",
    ]
