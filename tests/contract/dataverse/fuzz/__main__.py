"""A long search for a request that the emulator cannot bear.

`python -m tests.contract.dataverse.fuzz --minutes 10` goes on until the time is over or a request
is found; the seed that is printed finds it again. Its exit code is 1 if one was found.
"""

import argparse
import secrets
import sys
from time import monotonic

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.contract.dataverse.fuzz.emulation import Emulation
from tests.contract.dataverse.fuzz.traffic import Sent, sequences

SEQUENCES_A_ROUND = 200


def search(number: int) -> dict[int, int]:
    """Send a round of random sequences, and return the numbers of answers by status."""
    with Emulation() as emulation:

        @seed(number)
        @settings(
            database=None,
            deadline=None,
            derandomize=False,
            max_examples=SEQUENCES_A_ROUND,
            phases=(Phase.generate, Phase.shrink),
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        )
        @given(sequences(emulation.tables))
        def played(sequence: list[Sent]) -> None:
            emulation.play(sequence)

        played()
        return emulation.counts


def main() -> int:
    """Search as long as was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None, help="of one round, to see it again")
    options = parser.parse_args()
    end = monotonic() + options.minutes * 60
    total: dict[int, int] = {}
    rounds = 0
    while rounds == 0 or (monotonic() < end and options.seed is None):
        number = options.seed if options.seed is not None else secrets.randbits(64)
        try:
            counts = search(number)
        except BaseException:
            sys.stderr.write(f"found with --seed {number}\n")
            raise
        rounds += 1
        for status, count in counts.items():
            total[status] = total.get(status, 0) + count
    shown = ", ".join(f"{count} x {status}" for status, count in sorted(total.items()))
    sys.stdout.write(f"{sum(total.values())} requests in {rounds} rounds: {shown}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
