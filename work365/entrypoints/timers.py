"""Timer triggers: what is done whether anybody rings or not."""

import azure.functions as func

from work365.bootstrap import services
from work365.jobs import StartDueContracts, SweepChanges

bp = func.Blueprint()


@bp.timer_trigger(arg_name="timer", schedule="0 */15 * * * *")
def sweep_every_quarter_hour(timer: func.TimerRequest) -> None:  # noqa: ARG001  its signature
    """Read what changed, for the rings that were lost."""
    services().queue.put(SweepChanges())


@bp.timer_trigger(arg_name="timer", schedule="0 5 * * * *")
def start_due_contracts_every_hour(timer: func.TimerRequest) -> None:  # noqa: ARG001  its signature
    """Start the contracts that are due: hourly, because midnight is not at one time everywhere."""
    services().queue.put(StartDueContracts())
