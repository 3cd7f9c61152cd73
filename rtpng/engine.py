"""All state of one daemon, and the one place where the difference between plan and reality is applied."""

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from kernel.table import FlowTable
from rtpng.agenda import Agenda
from rtpng.calls import deletion, learn
from rtpng.calls.deletion import Deletion
from rtpng.calls.dialogues import Exchange
from rtpng.calls.expiry import Reason, Timeouts, deadline, next_look
from rtpng.calls.farewell import Farewell
from rtpng.calls.learn import Decision, Heard, Latch
from rtpng.calls.model import Call, Party
from rtpng.calls.negotiate import Negotiator
from rtpng.calls.plan import EMPTY, Plan, PlanSettings, plan
from rtpng.calls.registry import Owner, Registry
from rtpng.calls.report import Reporter
from rtpng.calls.request import Request
from rtpng.log import NOTICE, call_logger
from rtpng.media.relay import Relay, SocketStats, Verdict
from rtpng.offload import Offload, Outcome
from rtpng.ports import PortPool
from rtpng.statistics import Statistics
from rtpng.traffic import StreamStats, Traffic
from sipcore.address import Address
from sipcore.sdp.profile import profile_of
from sipcore.sdp.session import SessionDescription

RETRY = 5.0  # seconds after which the kernel is asked again for what it does not carry
Judge = Callable[[Address, Address, bytes, float], Verdict]


class Plane(Protocol):
    """Userspace media, as the engine uses it; see ``rtpng.media.plane``."""

    def apply(self, remove: Collection[Relay], add: Collection[Relay]) -> None: ...
    def stats(self, local: Address) -> SocketStats: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator's configuration says about calls; seconds."""

    timeouts: Timeouts = field(default_factory=Timeouts)
    delete_delay: float = 30.0
    max_sessions: int = -1


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks of the daemon, in seconds: ``now`` is monotonic, ``wall`` the time of day."""

    now: Callable[[], float]
    wall: Callable[[], float]

    def wall_of(self, moment: float) -> float:
        """The time of day of a monotonic moment."""
        return self.wall() - (self.now() - moment)


@dataclass(slots=True)
class Engine:
    """The calls and everything that is applied for them."""

    negotiator: Negotiator
    ports: PortPool
    table: FlowTable
    make_plane: Callable[[Judge], Plane]
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    forwarding: PlanSettings = field(default_factory=PlanSettings)
    calls: Registry = field(default_factory=Registry)
    applied: dict[str, Plan] = field(default_factory=dict)
    plane: Plane = field(init=False)
    traffic: Traffic = field(init=False)
    offload: Offload = field(init=False)
    statistics: Statistics = field(init=False)
    _agenda: Agenda = field(default_factory=Agenda)  # when to look at which call
    _warned: dict[str, set[str]] = field(default_factory=dict)  # per call: what was said once
    _retried: float = 0.0

    def __post_init__(self) -> None:
        self.plane = self.make_plane(self.judge)
        self.traffic = Traffic(self.plane.stats)
        self.offload = Offload(self.table, self.traffic)
        self.statistics = Statistics(self.clock.now())

    # --- signalling ---

    def offer(self, request: Request, session: SessionDescription) -> Exchange:
        """Carries out an offer, on a new call if need be. Raises NgError; then nothing has changed."""
        now, wall = self.clock.now(), self.clock.wall()
        call = self.calls.get(request.call_id)
        fresh = call is None
        if call is None:
            call = Call(request.call_id or "", created=wall, born=now, proxy=request.client)
        with self.ports.reservation() as ports:
            exchange = self.negotiator.offer(call, request, session, ports, now=now, wall=wall)
        if fresh:
            self.calls.add(call)
            self.statistics.managed += 1
            call_logger(call.call_id).log(NOTICE, "Creating new call")
        if request.tos is not None:
            call.tos = request.tos
        self._signalled(call, request, wall)
        return exchange

    def answer(self, call: Call, request: Request, session: SessionDescription) -> Exchange:
        """Carries out an answer. Raises NgError; then nothing has changed."""
        now, wall = self.clock.now(), self.clock.wall()
        exchange = self.negotiator.answer(call, request, session, now=now, wall=wall)
        self._signalled(call, request, wall)
        return exchange

    def _signalled(self, call: Call, request: Request, wall: float) -> None:
        """Signalling cancels a scheduled deletion, and may have moved anything."""
        call.last_signal = wall
        call.delete_at = None
        for party in call.parties:
            party.delete_at = None
        if request.delete_delay is not None:
            call.delete_delay = request.delete_delay
        call.metadata = request.metadata or call.metadata
        self.reconcile(call)
        self._schedule(call)

    def delete(self, call: Call, wanted: Deletion, delay: float) -> None:
        """Takes a branch or the entire call away, at once or later; seconds."""
        name = wanted.parties[0].branch or wanted.parties[0].tag or "" if wanted.parties else ""
        if delay <= 0:
            self._delete_now(call, wanted, name)
            return
        log, when = call_logger(call.call_id), self.clock.now() + delay
        if wanted.entire:
            log.info("Scheduling deletion of entire call in %g seconds", delay)
            call.delete_at = when
        else:
            log.info("Scheduling deletion of call branch '%s' in %g seconds", name, delay)
            for party in wanted.parties:
                party.delete_at = when
        self._schedule(call)

    def _delete_now(self, call: Call, wanted: Deletion, name: str) -> None:
        log = call_logger(call.call_id)
        if wanted.entire:
            log.info("Deleting entire call")
            self.end(call, Reason.DELETED)
            return
        log.info("Deleting call branch '%s'", name)
        self.refresh(call)
        self.statistics.count(self._rtp_traffic(wanted.parties))
        deletion.apply(call, wanted)
        self.reconcile(call)
        self._schedule(call)

    def end(self, call: Call, reason: Reason) -> None:
        """Takes everything of a call away: flows, relays, ports, and the call itself."""
        now = self.clock.now()
        self.offload.want(call.call_id, EMPTY.flows, now)  # first, so that its last counters are in the totals
        self.statistics.end(reason, now - call.born, self._rtp_traffic(call.parties))
        self._say_farewell(call, now)
        self._apply(call.call_id, EMPTY)
        self.applied.pop(call.call_id, None)
        self._release(self.calls.remove(call))
        self._agenda.drop(call.call_id)
        self._warned.pop(call.call_id, None)

    def _rtp_traffic(self, parties: Iterable[Party]) -> list[StreamStats]:
        return [self.traffic.stats(s.rtp.local) for p in parties for s in p.streams if s.rtp is not None]

    def _say_farewell(self, call: Call, now: float) -> None:
        log = call_logger(call.call_id)
        if log.isEnabledFor(logging.INFO):
            for line in Farewell(self.traffic.stats, now, self.clock.wall()).lines(call):
                log.info("%s", line)

    # --- applying the plan ---

    def reconcile(self, call: Call) -> None:
        """Makes reality what the model says: opens what is new, moves the kernel in one batch, closes what is gone."""
        gone = self.calls.index(call)
        self._apply(call.call_id, plan(call, self.forwarding))
        self._release(gone)

    def _apply(self, call_id: str, wanted: Plan) -> None:
        current = self.applied.get(call_id, EMPTY)
        if wanted == current:
            return
        added = wanted.relays - current.relays
        removed = current.relays - wanted.relays
        if added:
            self.plane.apply((), added)
        self._tell(call_id, self.offload.want(call_id, wanted.flows, self.clock.now()))
        if removed:
            replaced = {relay.local for relay in added}
            self.plane.apply([relay for relay in removed if relay.local not in replaced], ())
        self.applied[call_id] = wanted

    def _tell(self, call_id: str, outcome: Outcome) -> None:
        """What the kernel has taken, and once per call what it has not."""
        for flow in outcome.installed:
            text = "Kernelizing media stream: %s -> %s | %s -> %s"
            call_logger(call_id).info(text, flow.remote or "any", flow.local, flow.source, flow.target)
        if outcome.refusal is not None:
            text = "Kernel forwarding refused (%s): media stays in userspace, it is tried again"
            self._warn_once(call_id, "kernel", text, outcome.refusal)
        for flow in outcome.left_out:
            text = "No kernel forwarding from port %d to %s (no route, or table full): media stays in userspace"
            self._warn_once(call_id, "kernel", text, flow.local.port, flow.target)

    def _release(self, ports: Collection[Address]) -> None:
        if ports:
            self.traffic.forget(ports)
            self.ports.release(ports)

    # --- learning ---

    def judge(self, local: Address, source: Address, data: bytes, now: float) -> Verdict:
        """What becomes of a media packet whose source is not the trusted one; may change the plan."""
        owner = self.calls.owner(local)
        if owner is None:
            return Verdict.FOREIGN
        endpoint = owner.endpoint
        endpoint.latch = self._informed(owner, source)
        decision = _decide(owner, source, data, now)
        moved = decision.latch.remote != endpoint.latch.remote
        endpoint.latch = decision.latch
        if moved:
            log = call_logger(owner.call.call_id)
            log.info("Confirmed peer address as %s on port %d (%s)", source, local.port, decision.latch.trust.name)
            self.reconcile(owner.call)
        if decision.verdict is Verdict.FORWARD or self.forwarding.any_source:
            return Verdict.FORWARD
        if decision.verdict is Verdict.FOREIGN:
            text = "Dropping media from %s on port %d: it is not the peer's address (further ones are only counted)"
            self._warn_once(owner.call.call_id, "foreign", text, source, local.port)
        return decision.verdict

    def _informed(self, owner: Owner, source: Address) -> Latch:
        """The latch with the time when the locked peer was last heard: its packets pass the judge by.

        Looked up only for a source that is believed more than the lock, because the kernel has to be asked.
        """
        latch = owner.endpoint.latch
        if latch.remote is None or learn.trust_in(latch, source) <= latch.trust:
            return latch
        self.refresh(owner.call)
        heard = self.traffic.stats(owner.endpoint.local).last_packet or 0.0
        return replace(latch, last_known=max(heard, latch.last_known or 0.0))

    # --- time ---

    def sweep(self) -> None:
        """Once a second: reads kernel counters, ends what is due, asks again for what the kernel refused."""
        now = self.clock.now()
        self.offload.poll(now)
        for call_id in self._agenda.due(now):
            call = self.calls.get(call_id)
            if call is not None:
                self._check(call, now)
        if now - self._retried >= RETRY:
            self._retried = now
            self._retry(now)

    def refresh(self, call: Call) -> None:
        """Brings the traffic of one call up to date."""
        self.offload.read(self.offload.of(call.call_id), self.clock.now())

    def refresh_all(self) -> None:
        """Brings the traffic of all calls up to date."""
        self.offload.read_all(self.clock.now())

    def _retry(self, now: float) -> None:
        for flow in self.offload.retry(now).installed:
            owner = self.calls.owner(flow.local)
            if owner is not None:
                self._tell(owner.call.call_id, Outcome(installed=frozenset({flow})))

    def _check(self, call: Call, now: float) -> None:
        """Ends a call, or branches of it, whose time has come; else puts it back on the agenda."""
        self.refresh(call)
        last_packet = self._last_packet(call)
        due = deadline(call, self.limits.timeouts, last_packet)
        if due is not None and due.when <= now:
            self._expire(call, due.reason)
            return
        for party in [p for p in call.parties if p.delete_at is not None and p.delete_at <= now]:
            if party in call.parties:  # and not gone with another one
                self._delete_now(call, deletion.branch_of(call, party), party.branch or party.tag or "")
        if self.calls.get(call.call_id) is call:
            self._schedule(call, last_packet)

    def _expire(self, call: Call, reason: Reason) -> None:
        log = call_logger(call.call_id)
        if reason is Reason.DELETED:
            log.info("Deleting entire call")
        else:
            log.info("Closing call due to timeout (%s)", reason.value)
        self.end(call, reason)

    def _last_packet(self, call: Call) -> float | None:
        heard = (self.traffic.stats(endpoint.local).last_packet for endpoint in call.endpoints)
        return max((t for t in heard if t is not None), default=None)

    def _schedule(self, call: Call, last_packet: float | None = None) -> None:
        """Puts a call on the agenda; without ``last_packet`` it may be looked at too early, which does no harm."""
        when = next_look(call, self.limits.timeouts, last_packet)
        if when is not None:
            self._agenda.at(when, call.call_id)

    # --- telling ---

    @property
    def reporter(self) -> Reporter:
        """A reader of calls with up-to-date traffic; ``refresh`` the call first."""
        return Reporter(self.traffic.stats, self.in_kernel, self.table.active, self.clock.wall_of)

    def in_kernel(self, local: Address) -> bool:
        """Whether RTP that reaches a local port is forwarded in the kernel at this moment."""
        owner = self.calls.owner(local)
        flows = self.offload.of(owner.call.call_id) if owner is not None else EMPTY.flows
        return any(flow.local == local and self.offload.carries(flow) for flow in flows)

    def close(self) -> None:
        """Ends all calls and takes everything out of the kernel."""
        for call in self.calls:
            self.end(call, Reason.FORCED)
        self.plane.close()
        self.table.close()
        self.ports.close()

    def _warn_once(self, call_id: str, reason: str, text: str, *values: object) -> None:
        said = self._warned.setdefault(call_id, set())
        if reason not in said:
            said.add(reason)
            call_logger(call_id).warning(text, *values)


def _decide(owner: Owner, source: Address, data: bytes, now: float) -> Decision:
    """The rules of learning for the kind of packet and port that this is. Reads bytes that nobody has proven."""
    stream, endpoint = owner.stream, owner.endpoint
    if endpoint is stream.rtcp and stream.rtp is not None:
        ssrc = int.from_bytes(data[4:8])
        return learn.judge_rtcp(stream.rtp.latch, endpoint.latch, Heard(source, ssrc), now)
    if profile_of(stream.protocol) is None:  # udptl and others: the first two bytes count packets (T.38 9.1)
        return learn.judge(endpoint.latch, Heard(source, 0, int.from_bytes(data[:2])), now)
    if 192 <= data[1] <= 223:
        return learn.judge_muxed_rtcp(endpoint.latch, source)
    heard = Heard(source, int.from_bytes(data[8:12]), int.from_bytes(data[2:4]), data[1] & 0x7F)
    return learn.judge(endpoint.latch, heard, now)
