"""What a run of mutmut found: `make mutants`. By module, and what the tests did not notice."""

import subprocess
import sys
from collections import Counter, defaultdict
from fnmatch import fnmatch
from pathlib import Path

NOTICED = {"killed", "timeout", "suspicious", "segfault", "caught by type check"}
NOT_TRIED = "not checked"


def statuses(pattern: str) -> dict[str, str]:
    """Return what became of each mutant whose name is like `pattern` and that was tried."""
    results = subprocess.run(
        [Path(sys.executable).with_name("mutmut"), "results", "--all", "true"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    told = (line.strip().rsplit(": ", 1) for line in results.splitlines() if ": " in line)
    return {name: status for name, status in told if fnmatch(name, pattern) and status != NOT_TRIED}


def main(pattern: str) -> int:
    """Print how many mutants of each module were noticed, and which were not."""
    found = statuses(pattern)
    modules: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    for name, status in found.items():
        modules[name.split(".x")[0]][status in NOTICED] += 1
    for name, status in found.items():
        if status not in NOTICED:
            print(f"{status}: {name}")
    for module, counts in sorted(modules.items()):
        print(f"{counts[True]:>5} of {counts.total():>5} noticed  {module}")
    noticed = sum(counts[True] for counts in modules.values())
    print(f"{noticed:>5} of {len(found):>5} noticed, {100 * noticed // max(1, len(found))} %")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
