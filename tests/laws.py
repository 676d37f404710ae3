"""A long search for a history that breaks a law of billing: `make laws`.

Each law has a process of its own, so many at a time, and sees so many histories. What is
printed is enough to find a broken one again: the seed, and the example that hypothesis shrank.
"""

import argparse
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from time import monotonic
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
LAWS = "tests/domain/test_billing_laws.py"
PASSING = re.compile(r"(\d+) passing")
"""How hypothesis says, for each of its phases, how many histories a law held for."""


class Search(NamedTuple):
    """What came of one law."""

    law: str
    holds: bool
    histories: int
    seconds: int
    output: str


def laws() -> list[str]:
    """Return the laws as pytest names them."""
    found = _pytest(LAWS, "--collect-only", "-q", examples=1)
    return [line for line in found.stdout.splitlines() if line.startswith(f"{LAWS}::")]


def search(law: str, *, examples: int, seed: int) -> Search:
    """Look for a history that breaks `law`."""
    started = monotonic()
    ran = _pytest(
        law,
        "--hypothesis-profile=laws",
        f"--hypothesis-seed={seed}",
        "--hypothesis-show-statistics",
        "--override-ini=timeout=0",
        examples=examples,
    )
    return Search(
        law=law.removeprefix(f"{LAWS}::"),
        holds=ran.returncode == 0,
        histories=sum(int(count) for count in PASSING.findall(ran.stdout)),
        seconds=round(monotonic() - started),
        output=ran.stdout + ran.stderr,
    )


def _pytest(*arguments: str, examples: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env={**os.environ, "LAWS_EXAMPLES": str(examples)},
        capture_output=True,
        text=True,
        check=False,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Search as the command line says; return 1 where a law was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=10_000, help="histories a law is shown")
    parser.add_argument("--processes", type=int, default=2, help="laws searched at a time")
    parser.add_argument("--seed", type=int, default=None, help="to search again as before")
    parser.add_argument("--only", default="", help="laws with this in their name")
    asked = parser.parse_args(arguments)
    seed = secrets.randbelow(2**32) if asked.seed is None else asked.seed
    chosen = [law for law in laws() if asked.only in law]
    print(f"{len(chosen)} laws, {asked.examples:,} histories each, seed {seed}", flush=True)
    found: list[Search] = []
    with ThreadPoolExecutor(asked.processes) as pool:
        running = [pool.submit(search, law, examples=asked.examples, seed=seed) for law in chosen]
        for done in as_completed(running):
            found.append(done.result())
            _tell(found[-1], f"{len(found):>3}/{len(chosen)}")
    return _conclude(found, seed)


def _tell(one: Search, position: str) -> None:
    verdict = "holds " if one.holds else "BROKEN"
    print(f"{position} {verdict} {one.histories:>7,} {one.seconds:>5} s  {one.law}", flush=True)


def _conclude(found: Sequence[Search], seed: int) -> int:
    broken = [one for one in found if not one.holds]
    for one in broken:
        print(f"\n{one.law}\n{one.output}")
    total = sum(one.histories for one in found)
    print(f"{total:,} histories, {len(found)} laws, {len(broken)} broken, seed {seed}")
    return 1 if broken or not found else 0


if __name__ == "__main__":
    sys.exit(main())
