"""The world of the twin: its state, and the passing of time."""

from datetime import datetime

from work365.emulators.partner_center.passage import everything_due, pass_time
from work365.emulators.partner_center.state import State


class World(State):
    """All partners, customers, offers, purchases and subscriptions, at a moment."""

    def advance(self, to: datetime) -> None:
        """Let everything happen that falls due until `to` (UTC), in the order of time.

        Time does not go back: an earlier `to` changes nothing.
        """
        pass_time(self, to)

    def look_ahead(self) -> None:
        """Find anew what falls due when: after a restore, or after state was set by hand."""
        self.wakes(everything_due(self))
