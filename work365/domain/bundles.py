"""Bundles: one subscription that is sold, and the parts that come with it.

The parent's quantity and state drive its parts': a bundle with two mailboxes has twice as many
mailboxes as bundles on every day. An add-on belongs to the bundle and has a quantity of its
own. Only the parent is printed: a part that is charged is a line of the invoice like any
other, and its subscription's `printed_with` is the key of the parent, with whose line it is
printed. So nothing is left out of an amount, and no link is broken to hide a line. A part that
is paid for with the parent is not `billable`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from work365.domain.changes import Change, Status
from work365.domain.contracts import Subscription
from work365.domain.families import Step, following
from work365.domain.history import lifetime
from work365.errors import Refusal

CAUSE = "bundle"


class InvalidBundle(Refusal):
    """A bundle's own parts contradict each other."""

    code = "invalid_bundle"


@dataclass(frozen=True, slots=True)
class Part:
    """A subscription that comes with a bundle.

    `ratio` is how many units of it one bundle holds; without one it is an add-on, which does
    not follow. `prints` says whether it has a line of its own on paper, as an add-on may.
    """

    subscription: Subscription
    ratio: Decimal | None
    prints: bool = False

    def __post_init__(self) -> None:
        if self.ratio is not None and self.ratio <= 0:
            raise InvalidBundle(
                f"subscription {self.subscription.key}: a ratio of {self.ratio} to its bundle;"
                " enter how many units one bundle holds, or none for an add-on"
            )


@dataclass(frozen=True, slots=True)
class Bundle:
    """A parent, which is printed, and its parts."""

    parent: Subscription
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        keys = [self.parent.key, *(part.subscription.key for part in self.parts)]
        for key in keys:
            if keys.count(key) > 1:
                raise InvalidBundle(
                    f"bundle {self.parent.key}: subscription {key} is in it twice;"
                    " remove it from the bundle once"
                )

    def printed_with(self, part: Part) -> str | None:
        """Return what `printed_with` of the part's subscription is; none if it prints itself."""
        return None if part.prints else self.parent.key


def bundle_changes(
    parent: Subscription, child: Subscription, *, ratio: Decimal, recorded_at: datetime
) -> list[Change]:
    """Return the entries that `child` lacks to be `ratio` times `parent` on every day.

    Its state follows too, and whether what is taken away is credited; from the day on which
    the parent ends it is cancelled. Its price does not follow.
    Units: `ratio` in units of the child for one unit of the parent.
    Raises: RecordedTooEarly: a state of the child on the same day was recorded later.
    """
    steps = [
        Step(had.start, had.quantity * ratio, had.status, had.refund) for had in lifetime(parent)
    ]
    # Before the parent's first day there is nothing to be in any other state than at first.
    before = Step(child.start_on, Decimal(0), Status.ACTIVE)
    if not steps or steps[0].start > child.start_on:
        steps = [before, *steps]
    return following(child, steps, cause=CAUSE, recorded_at=recorded_at)


def changes_of_bundle(bundle: Bundle, *, recorded_at: datetime) -> Mapping[str, list[Change]]:
    """Return what the parts that follow lack, by the key of their subscription.

    Parts that lack nothing are left out, and add-ons always.
    Raises: RecordedTooEarly: a state of a part on the same day was recorded later.
    """
    changes = {
        part.subscription.key: bundle_changes(
            bundle.parent, part.subscription, ratio=part.ratio, recorded_at=recorded_at
        )
        for part in bundle.parts
        if part.ratio is not None
    }
    return {key: missing for key, missing in changes.items() if missing}
