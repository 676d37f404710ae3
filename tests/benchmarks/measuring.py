"""How a figure is taken and how it is shown."""

import gc
import json
import resource
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

BYTES_PER_MEGABYTE = 1_000_000
RESIDENT_BYTES_PER_UNIT = 1_024
"""Linux tells the largest resident set in kibibytes."""


@dataclass(slots=True)
class Stopwatch:
    """Seconds spent, on the clock and on the processor, summed over every `running` block."""

    seconds: float = 0.0
    processor_seconds: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time that the block takes, with no garbage of earlier blocks in it."""
        gc.collect()
        started, started_processor = time.perf_counter(), time.process_time()
        yield
        self.seconds += time.perf_counter() - started
        self.processor_seconds += time.process_time() - started_processor


def resident_megabytes_max() -> float:
    """Return the most memory that this process has ever had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * RESIDENT_BYTES_PER_UNIT / BYTES_PER_MEGABYTE


def resident_megabytes_max_of(pid: int) -> float:
    """Return the most memory that the process `pid` has ever had."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) * RESIDENT_BYTES_PER_UNIT / BYTES_PER_MEGABYTE


def allocated_megabytes_max(work: Callable[[], object]) -> float:
    """Return the most memory that the objects made by `work` took at once.

    Tracing makes the work several times slower, so nothing is timed here.
    """
    gc.collect()
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / BYTES_PER_MEGABYTE


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table; numbers are rounded to what can be trusted of them."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        table.add_row(*(written(value) for value in row))
    # Wide enough for every table, so that a figure is never cut in a file or a narrow window.
    Console(width=140).print(table)


def written(value: object) -> str:
    """Return `value` as it is shown in a table."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def read_figures(text: str) -> dict[str, Any]:
    """Return the figures that a benchmark printed as JSON, on its last line."""
    figures = json.loads(text.strip().splitlines()[-1])
    assert isinstance(figures, dict), figures
    return figures
