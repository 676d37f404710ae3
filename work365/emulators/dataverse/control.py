"""The endpoints under `/_emulator/v1/`: what a test asks of the emulator itself."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from work365.emulators.dataverse.environment import Environment
from work365.emulators.dataverse.faults import CODES, KINDS, STATUS, Fault, Faults
from work365.emulators.dataverse.protection import Limits, Protection
from work365.emulators.dataverse.snapshots import SnapshotRefused
from work365.emulators.dataverse.tokens import Tokens
from work365.emulators.dataverse.traces import Trace
from work365.emulators.dataverse.webhook_faults import WebhookFaults

PREFIX = "/_emulator/v1/"
IDLE_SECONDS = 30
COUNTED = ("requests", "batch_operations", "rows_written", "rows_read")

Body = dict[str, Any]
Control = Callable[[Body], Body]


class BadControl(Exception):
    """A control request that cannot be done."""

    status = 400


class StillBusy(BadControl):
    """Webhook messages were still on their way when the time was over."""

    status = 504


@dataclass(frozen=True, kw_only=True)
class Instruments:
    """What can be controlled beside the environment."""

    faults: Faults
    protection: Protection
    tokens: Tokens
    trace: Trace


def control_routes(environment: Environment, instruments: Instruments) -> list[Route]:
    """Return the routes that control this environment."""
    controls = _Controls(environment, instruments)
    return [
        _route("clock", "GET", controls.clock),
        _route("clock", "PUT", controls.set_clock),
        _route("requests", "GET", controls.requests),
        _route("requests/reset", "POST", controls.reset_requests),
        _route("reset", "POST", controls.reset),
        _route("webhooks", "GET", controls.webhooks),
        _route("idle", "POST", controls.idle),
        _route("faults", "POST", controls.plan_faults),
        _route("key-indexes", "PUT", controls.hold_key_indexes),
        _route("limits", "POST", controls.set_limits),
        _route("tokens", "POST", controls.set_tokens),
        _route("trace", "GET", controls.trace),
        _route("snapshots", "GET", controls.snapshots),
        _route("snapshots", "POST", controls.take_snapshot),
        _route("snapshots/restore", "POST", controls.restore_snapshot),
    ]


def _route(path: str, method: str, control: Control) -> Route:
    async def endpoint(request: Request) -> JSONResponse:
        body = await request.json() if await request.body() else {}
        try:
            return JSONResponse(await run_in_threadpool(control, body))
        except BadControl as refusal:
            return JSONResponse({"error": str(refusal)}, status_code=refusal.status)

    return Route(PREFIX + path, endpoint, methods=[method])


class _Controls:
    """What the endpoints do."""

    def __init__(self, environment: Environment, instruments: Instruments) -> None:
        self._environment = environment
        self._faults = instruments.faults
        self._protection = instruments.protection
        self._tokens = instruments.tokens
        self._trace = instruments.trace

    def clock(self, _body: Body) -> Body:
        """Tell the time."""
        return {"now": self._environment.clock.now().isoformat().replace("+00:00", "Z")}

    def set_clock(self, body: Body) -> Body:
        """Make the clock stand at `now`."""
        try:
            moment = datetime.fromisoformat(str(body.get("now")))
        except ValueError as error:
            raise BadControl(f"'now' is not a moment: {error}") from error
        if moment.tzinfo is None:
            raise BadControl("'now' has no time zone")
        self._environment.set_clock(moment)
        return self.clock({})

    def requests(self, _body: Body) -> Body:
        """Tell what was done since the counts were last reset."""
        counted = {what: self._environment.tally.counts(what) for what in COUNTED}
        return {
            what: {"total": sum(kinds.values()), "by_kind": kinds}
            for what, kinds in counted.items()
        }

    def reset_requests(self, _body: Body) -> Body:
        """Count from nothing again."""
        self._environment.tally.reset()
        return {}

    def reset(self, _body: Body) -> Body:
        """Empty the environment; plans for faults and limits go, too."""
        self._faults.plan([])
        self._environment.webhooks.faults = WebhookFaults()
        self._protection.change(**asdict(Limits()))
        self._tokens.reset()
        self._trace.clear()
        self._environment.reset()
        return {}

    def set_tokens(self, body: Body) -> Body:
        """Change how long tokens are good, and the secrets of applications that have one."""
        _refuse_unknown(body, {"lifetime_seconds", "secrets"})
        secrets = body.get("secrets", self._tokens.secrets)
        self._tokens.lifetime_seconds = int(
            body.get("lifetime_seconds", self._tokens.lifetime_seconds)
        )
        self._tokens.secrets = {name.lower(): str(secret) for name, secret in secrets.items()}
        return {"lifetime_seconds": self._tokens.lifetime_seconds}

    def trace(self, _body: Body) -> Body:
        """Tell the last requests, the oldest first."""
        return {"requests": self._trace.shown()}

    def snapshots(self, _body: Body) -> Body:
        """Tell the names of the snapshots that there are."""
        return {"snapshots": self._environment.snapshots.names()}

    def take_snapshot(self, body: Body) -> Body:
        """Keep everything as it is now under `name`."""
        _refuse_unknown(body, {"name"})
        try:
            self._environment.snapshots.take(str(body.get("name")))
        except SnapshotRefused as refusal:
            raise BadControl(str(refusal)) from refusal
        return self.snapshots({})

    def restore_snapshot(self, body: Body) -> Body:
        """Put everything back as it was kept under `name`; the clock, too."""
        _refuse_unknown(body, {"name"})
        try:
            self._environment.bring_back(str(body.get("name")))
        except SnapshotRefused as refusal:
            raise BadControl(str(refusal)) from refusal
        return self.clock({})

    def webhooks(self, _body: Body) -> Body:
        """Tell which messages were sent, and what became of them."""
        return self._environment.webhooks.ledger.shown()

    def idle(self, body: Body) -> Body:
        """Wait until no message is on its way."""
        seconds = int(body.get("timeout_seconds", IDLE_SECONDS))
        if not self._environment.webhooks.ledger.wait(seconds):
            raise StillBusy(f"webhook messages are still on their way after {seconds} s")
        if not self._environment.key_indexes.wait(seconds):
            raise StillBusy(f"indexes of keys are still being built after {seconds} s")
        return {}

    def hold_key_indexes(self, body: Body) -> Body:
        """Let alternate keys stay pending (`held` true), or go on building their indexes."""
        _refuse_unknown(body, {"held"})
        held = bool(body.get("held"))
        self._environment.key_indexes.hold(self._environment.schema, is_held=held)
        return {"held": held}

    def plan_faults(self, body: Body) -> Body:
        """Plan faults of `requests` and of `webhooks` in the place of those that were planned."""
        _refuse_unknown(body, {"requests", "webhooks"})
        planned = [_fault(plan) for plan in body.get("requests", [])]
        webhooks = body.get("webhooks", {})
        _refuse_unknown(webhooks, {"seed", "drop_percent", "duplicate_percent", "delay_ms_max"})
        self._faults.plan(planned)
        self._environment.webhooks.faults = WebhookFaults(**webhooks)
        return {"planned": len(planned)}

    def set_limits(self, body: Body) -> Body:
        """Change the limits, and what parallelism answers recommend."""
        known = {each.name for each in fields(Limits)}
        _refuse_unknown(body, known | {"dop_hint"})
        self._environment.parallelism = int(body.get("dop_hint", self._environment.parallelism))
        self._protection.change(**{name: value for name, value in body.items() if name in known})
        return {**asdict(self._protection.limits), "dop_hint": self._environment.parallelism}


def _fault(plan: Body) -> Fault:
    _refuse_unknown(plan, {each.name for each in fields(Fault)})
    if plan.get("kind") not in KINDS:
        raise BadControl(f"'kind' is one of {', '.join(KINDS)}")
    if plan["kind"] == STATUS and plan.get("status") not in CODES:
        raise BadControl(f"'status' is one of {', '.join(map(str, CODES))}")
    return Fault(**plan)


def _refuse_unknown(body: Body, known: set[str]) -> None:
    unknown = sorted(set(body) - known)
    if unknown:
        raise BadControl(f"unknown: {', '.join(unknown)}")
