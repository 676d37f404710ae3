"""Changes, Microsoft and the time, for the tests of what is told to a provider."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.domain.microsoft.seen import BOOK
from tests.usecases.provisioning_desk import Clock, Microsoft
from tests.usecases.provisioning_store import Store
from work365.domain.microsoft.actions import ProvisioningStatus
from work365.domain.microsoft.stakes import KnownPrices
from work365.usecases.provision_changes import Parts, ProvisioningRun, provision_changes


def _no_prices(*_: object, **__: object) -> KnownPrices:
    return KnownPrices(currency="XXX")


@dataclass
class Room:
    """`store` has what awaits, `microsoft` what there is."""

    clock: Clock = field(default_factory=Clock)
    store: Store = field(default_factory=Store)
    microsoft: Microsoft = field(init=False)

    def __post_init__(self) -> None:
        self.microsoft = Microsoft(self.clock)

    def run(self, most: int = 100) -> ProvisioningRun:
        """Tell providers of what is due."""
        parts = Parts(
            store=self.store,
            desks=self.microsoft,
            mirror=self.microsoft,  # type: ignore[arg-type]  # only `logged` is asked for
            book=BOOK,
            clock=self.clock,
            prices=_no_prices,
        )
        return provision_changes(parts, today=self.clock().date(), most=most)

    def run_on(self, rounds: int = 60) -> None:
        """Run until nothing is open any more, each time when the next one is due."""
        for _ in range(rounds):
            self.run()
            waiting = [row.next_try_at for row in self.store.rows.values() if row.status.is_open]
            if not waiting:
                return
            self.clock.now = max(self.clock.now, min(filter(None, waiting)))
        raise AssertionError("it does not come to an end")

    def later(self, key: str) -> datetime:
        """Return when an entry is tried again."""
        moment = self.store.rows[key].next_try_at
        assert moment is not None
        return moment

    def code(self, key: str) -> str:
        """Return the code of the finding about an entry that has to fail now."""
        run = self.run()
        assert self.store.status(key) is ProvisioningStatus.FAILED, self.store.message(key)
        [code] = [each.code for each in run.findings if each.path == f"change {key}"]
        return code
