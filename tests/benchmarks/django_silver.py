"""django-silver, measured in an environment of its own.

Silver needs Python 3.9. Its environment is made once, in `build/silver`, which git ignores.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import read_figures

RELEASE = "django-silver==0.11.1"
"""The last one. It names its own Django, 3.2."""

ENVIRONMENT = Path("build/silver")
RUNNER = Path(__file__).with_name("silver_runner.py")
INSTALL_SECONDS_MAX = 600
RUN_SECONDS_MAX = 1_800


class SilverMissing(Exception):
    """This machine cannot run django-silver; the message says what it lacks."""


@dataclass(frozen=True, slots=True)
class SilverRun:
    """One portfolio billed by silver."""

    customers: int
    lines: int
    first_per_second: float
    """Invoices, the first for each customer."""
    renewal_per_second: float
    again_seconds_per_thousand: float
    """Seconds for 1,000 customers of a run that adds nothing."""


def silver_run(customers: int, lines: int) -> SilverRun:
    """Return the figures of billing two months of `customers` with `lines` subscriptions each.

    Raises: SilverMissing: no Python 3.9, or the packages cannot be installed.
    """
    python = _environment()
    arguments = [str(python), str(RUNNER), f"--customers={customers}", f"--lines={lines}"]
    figures = read_figures(_output(arguments, RUN_SECONDS_MAX))
    return SilverRun(
        customers=customers,
        lines=lines,
        first_per_second=_per_second(figures["first"]),
        renewal_per_second=_per_second(figures["renewal"]),
        again_seconds_per_thousand=figures["again"]["seconds"] / customers * 1_000,
    )


def _per_second(run: dict[str, Any]) -> float:
    return float(run["added"] / run["seconds"])


def _environment() -> Path:
    python = ENVIRONMENT / "bin" / "python"
    installed = ENVIRONMENT / "installed"
    if not installed.exists():
        print(f"installing {RELEASE} into {ENVIRONMENT}", file=sys.stderr)
        _output([str(_python_39()), "-m", "venv", "--clear", str(ENVIRONMENT)], INSTALL_SECONDS_MAX)
        _output([str(python), "-m", "pip", "install", "--quiet", RELEASE], INSTALL_SECONDS_MAX)
        installed.touch()
    return python


def _python_39() -> Path:
    """Return an interpreter of Python 3.9: one on the path, or one that pyenv installed."""
    on_path = shutil.which("python3.9")
    pyenv = sorted(Path.home().glob(".pyenv/versions/3.9.*/bin/python3.9"))
    for candidate in (*pyenv, *([Path(on_path)] if on_path else [])):
        asked = [str(candidate), "-c", "import ssl, sqlite3, venv"]
        # An interpreter found on this machine, to see whether it is whole.
        if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            return candidate
    raise SilverMissing("no Python 3.9 on this machine")


def _output(arguments: list[str], seconds_max: int) -> str:
    try:
        # The arguments are written here; only paths of this machine are in them.
        done = subprocess.run(
            arguments, capture_output=True, check=True, text=True, timeout=seconds_max
        )
    except subprocess.CalledProcessError as error:
        why = (error.stderr or "no error text").strip().splitlines()[-1]
        raise SilverMissing(f"{Path(arguments[0]).name} {arguments[1]}: {why}") from error
    except subprocess.TimeoutExpired as error:
        raise SilverMissing(f"{arguments[1]}: not done after {seconds_max} s") from error
    return done.stdout
