"""Notices loops: a row that is written again and again by what its own messages set off.

A request belongs to a chain when it names, as its correlation, one that the environment gave
away in a message. How deep it is counts per row, because a webhook may rightly write many
rows in answer to one message. Source: chains deeper than eight are ended. How Dataverse counts
calls from outside was not verified; without the correlation it does not notice them, nor is
it noticed here.
"""

from collections import OrderedDict
from threading import Lock

from work365.emulators.dataverse.errors import DataverseError

DEPTH_MAX = 8
CORRELATIONS_KEPT = 10_000


class Chains:
    """The correlations that were given away, and how often each row was written in them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._given: OrderedDict[str, dict[str, int]] = OrderedDict()

    def give(self, correlation_id: str) -> None:
        """Begin a chain: a message with this correlation is sent."""
        with self._lock:
            self._given.setdefault(correlation_id, {})
            while len(self._given) > CORRELATIONS_KEPT:
                self._given.popitem(last=False)

    def deepen(self, correlation_id: str, row_id: str) -> int:
        """Count a row that is written, and return how deep in its chain that is.

        Raises: DataverseError, where that is too deep.
        """
        with self._lock:
            rows = self._given.get(correlation_id)
            if rows is None:
                return 1
            depth = rows.get(row_id, 1) + 1
            if depth <= DEPTH_MAX:
                rows[row_id] = depth
        if depth > DEPTH_MAX:
            raise DataverseError(
                400,
                "0x80044182",
                "This workflow job was canceled because the workflow that started it included "
                "an infinite loop. Correct the workflow logic and try again.",
            )
        return depth
