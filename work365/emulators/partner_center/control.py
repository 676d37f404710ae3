"""The endpoints under `/_emulator/v1/`: what tests and demos ask of the twin itself.

Everything is JSON; what cannot be done is 400 with `{"error": ...}` in plain words.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from work365.emulators.partner_center.app import Twin
from work365.emulators.partner_center.conduct import (
    UnknownConduct,
    change_conduct,
    conduct_of,
)
from work365.emulators.partner_center.deliveries import deliveries
from work365.emulators.partner_center.dispatch import Dispatch
from work365.emulators.partner_center.events_at_microsoft import ACTIONS, BadAction
from work365.emulators.partner_center.faults import KINDS, Fault, Faults
from work365.emulators.partner_center.payloads import json_text, read_json
from work365.emulators.partner_center.request_log import RequestLog
from work365.emulators.partner_center.signing import Signer
from work365.emulators.partner_center.snapshots import restore, snapshot
from work365.emulators.partner_center.state import Lags
from work365.emulators.partner_center.upkeep import keep_up

PREFIX = "/_emulator/v1/"
Body = dict[str, Any]


class BadControl(Exception):
    """A control request that cannot be done."""


class SettableClock:
    """A clock that stands until it is set: for a twin whose time its tests move."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self) -> datetime:
        """Return the time it was set to."""
        return self._now

    def set(self, now: datetime) -> None:
        """Set it."""
        self._now = now


@dataclass(frozen=True, kw_only=True)
class Instruments:
    """What can be controlled beside the world."""

    log: RequestLog
    faults: Faults
    dispatch: Dispatch
    signer: Signer


def control_routes(twin: Twin, instruments: Instruments) -> list[Route]:
    """Return the routes that control a twin."""
    controls = _Controls(twin, instruments)
    routes = {
        ("GET", "clock"): controls.clock,
        ("PUT", "clock"): controls.set_clock,
        ("GET", "requests"): controls.requests,
        ("DELETE", "requests"): controls.forget_requests,
        ("GET", "conduct"): controls.conduct,
        ("PATCH", "conduct"): controls.change_conduct,
        ("PATCH", "lags"): controls.set_lags,
        ("POST", "faults"): controls.plan_faults,
        ("GET", "deliveries"): controls.deliveries,
        ("POST", "deliveries"): controls.deliver,
        ("GET", "history"): controls.history,
        ("GET", "charges"): controls.charges,
        ("GET", "snapshot"): controls.snapshot,
        ("PUT", "snapshot"): controls.restore,
        **{("POST", f"actions/{name}"): controls.action(name) for name in ACTIONS},
    }
    made = [_route(path, method, control) for (method, path), control in routes.items()]

    def root(_request: Request) -> Response:
        return Response(instruments.signer.root, media_type="application/x-pem-file")

    return [*made, Route(f"{PREFIX}webhook-root", root, methods=["GET"])]


def _route(path: str, method: str, control: Callable[[Body], object]) -> Route:
    async def endpoint(request: Request) -> Response:
        content = await request.body()
        status = 200
        try:
            body = read_json(content) if content else {}
            answer = await run_in_threadpool(control, body)
        except (BadControl, BadAction, UnknownConduct, ValueError, TypeError) as refusal:
            answer, status = {"error": str(refusal)}, 400
        return Response(json_text(answer), status, media_type="application/json")

    return Route(PREFIX + path, endpoint, methods=[method])


class _Controls:
    """What the endpoints do."""

    def __init__(self, twin: Twin, instruments: Instruments) -> None:
        self._twin = twin
        self._log = instruments.log
        self._faults = instruments.faults
        self._dispatch = instruments.dispatch

    def clock(self, _body: Body) -> Body:
        """Tell the time."""
        return {"now": _text(self._twin.clock())}

    def set_clock(self, body: Body) -> Body:
        """Set the clock to `now`, and let happen what falls due until then."""
        if not isinstance(self._twin.clock, SettableClock):
            raise BadControl("the twin's clock is not its own to set")
        now = datetime.fromisoformat(str(body.get("now")))
        if now.tzinfo is None:
            raise BadControl("'now' has no time zone")
        if now < self._twin.clock():
            raise BadControl("'now' is in the past; time does not go back but by a snapshot")
        self._twin.clock.set(now.astimezone(UTC))
        self._keep_up()
        return self.clock({})

    def requests(self, _body: Body) -> Body:
        """Tell the last requests, the oldest first."""
        return {"requests": self._log.shown()}

    def forget_requests(self, _body: Body) -> Body:
        """Forget the requests."""
        self._log.clear()
        return {}

    def conduct(self, _body: Body) -> Body:
        """Tell the settings."""
        with self._twin.lock:
            return asdict(conduct_of(self._twin.world))

    def change_conduct(self, body: Body) -> Body:
        """Change some settings."""
        with self._twin.lock:
            return change_conduct(self._twin.world, body)

    def set_lags(self, body: Body) -> Body:
        """Set how long Microsoft takes, in seconds, by what it takes it for."""
        known = {each.name for each in fields(Lags)}
        _refuse_unknown(body, known)
        with self._twin.lock:
            for name, seconds in body.items():
                setattr(self._twin.world.lags, name, timedelta(seconds=int(seconds)))
            lags = self._twin.world.lags
            return {name: int(getattr(lags, name).total_seconds()) for name in known}

    def plan_faults(self, body: Body) -> Body:
        """Plan `faults` in the place of those that were planned."""
        _refuse_unknown(body, {"faults"})
        planned = [_fault(plan) for plan in body.get("faults", [])]
        self._faults.plan(planned)
        return {"planned": len(planned)}

    def deliveries(self, _body: Body) -> Body:
        """Tell the messages to webhooks and what became of them."""
        with self._twin.lock:
            self._keep_up()
            return {"deliveries": [dict(each) for each in deliveries(self._twin.world)]}

    def deliver(self, _body: Body) -> Body:
        """Try every message that is due, and tell how many were tried."""
        return {"tried": self._dispatch.send_due()}

    def history(self, _body: Body) -> Body:
        """Tell all events, the oldest first."""
        with self._twin.lock:
            self._keep_up()
            return {
                "events": [
                    {**vars(event), "at": _text(event.at)} for event in self._twin.world.history
                ]
            }

    def charges(self, _body: Body) -> Body:
        """Tell all lines that are or will be invoiced, the oldest first."""
        with self._twin.lock:
            self._keep_up()
            lines = self._twin.world.charges
            return {"charges": [_plain(vars(line)) for line in lines]}

    def snapshot(self, _body: Body) -> object:
        """Tell everything, to be put back."""
        with self._twin.lock:
            self._keep_up()
            return {"snapshot": snapshot(self._twin.world)}

    def restore(self, body: Body) -> Body:
        """Put everything back as a snapshot holds it; a settable clock, too."""
        world = restore(str(body.get("snapshot")))
        with self._twin.lock:
            self._twin.world = world
            self._twin.answered.clear()
            if isinstance(self._twin.clock, SettableClock):
                self._twin.clock.set(world.now)
        return self.clock({})

    def action(self, name: str) -> Callable[[Body], object]:
        """Return what lets a customer or Microsoft do something."""

        def act(body: Body) -> object:
            with self._twin.lock:
                self._keep_up()
                done = ACTIONS[name](self._twin.world, body)
                self._keep_up()
                return done

        return act

    def _keep_up(self) -> None:
        with self._twin.lock:
            keep_up(self._twin.world, self._twin.clock())


def _fault(plan: Body) -> Fault:
    _refuse_unknown(plan, {each.name for each in fields(Fault)})
    if plan.get("kind") not in KINDS:
        raise BadControl(f"'kind' is one of {', '.join(KINDS)}")
    return Fault(**{**plan, "seconds": float(plan.get("seconds", 0))})


def _refuse_unknown(body: Body, known: set[str]) -> None:
    unknown = sorted(set(body) - known)
    if unknown:
        raise BadControl(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")


def _plain(values: Body) -> Body:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in values.items()
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
