"""A Dataverse emulator in a process of its own, so that it has its own core and memory."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.measuring import resident_megabytes_max_of
from work365.emulators.dataverse.app import create_app
from work365.entrypoints.serving import LocalServer


@dataclass(frozen=True, slots=True)
class RunningEmulator:
    """An emulator that answers at `url`."""

    url: str
    pid: int

    @property
    def resident_megabytes_max(self) -> float:
        """The most memory that it has ever had."""
        return resident_megabytes_max_of(self.pid)


@contextmanager
def running_emulator() -> Iterator[RunningEmulator]:
    """Serve an empty environment, its rows in a file, until the block ends."""
    with TemporaryDirectory() as directory:
        # This very module, run by this very interpreter.
        arguments = [sys.executable, "-m", __name__, str(Path(directory) / "environment.db")]
        with subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url, "the emulator did not start; its error is above"
            yield RunningEmulator(url, process.pid)
            process.stdin.close()


def serve(state: Path) -> None:
    """Serve until nobody holds the other end of the standard input."""
    with LocalServer(create_app(state=state)) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
