"""What happens by itself as time passes: renewals and all else, before a request is answered."""

from datetime import datetime

from work365.emulators.partner_center import assignments, relationships
from work365.emulators.partner_center.deliveries import plan
from work365.emulators.partner_center.invoices import issue_due
from work365.emulators.partner_center.world import World


def keep_up(world: World, to: datetime) -> None:
    """Let everything happen that falls due until `to` (UTC). Hold the twin's lock for it."""
    world.advance(to)
    issue_due(world)
    relationships.live_all(world)
    assignments.live_all(world)
    plan(world)
