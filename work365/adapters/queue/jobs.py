"""Jobs as messages on a queue."""

from work365.adapters.queue.messages import MessageQueue
from work365.jobs import AnyJob, Job


class QueuedJobs:
    """A `JobQueue` whose jobs are JSON texts on `queue`."""

    def __init__(self, queue: MessageQueue) -> None:
        self._queue = queue

    def put(self, job: AnyJob, *, delay_seconds: int = 0) -> None:
        """Add `job`, to be done once `delay_seconds` have passed."""
        self._queue.put(Job(job).model_dump_json(), delay_seconds=delay_seconds)
