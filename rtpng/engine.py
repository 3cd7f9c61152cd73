"""All state of one daemon, and the one place where the difference between plan and reality is applied."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import InitVar, dataclass, field
from functools import cache
from typing import TypeVar

from kernel.table import FlowTable
from rtpng import cautions, farewells
from rtpng.agenda import Agenda
from rtpng.calls import deletion, joining, trickle
from rtpng.calls.allotment import Ports
from rtpng.calls.deletion import Deletion
from rtpng.calls.dialogues import Exchange
from rtpng.calls.expiry import Reason, Timeouts, deadline, next_look
from rtpng.calls.farewell import Farewell
from rtpng.calls.loops import without_loops
from rtpng.calls.model import Call, Party
from rtpng.calls.negotiate import Negotiator
from rtpng.calls.plan import EMPTY, PlanSettings, plan
from rtpng.calls.registry import Owner, Registry
from rtpng.calls.report import Reporter, SsrcReporting
from rtpng.calls.request import Request
from rtpng.calls.trickle import EarlyFragments, Fragments
from rtpng.carrier import Carrier, Control, Hear, Judge, Legs, Plane, Report
from rtpng.clock import Clock
from rtpng.digit_events import DigitEvents
from rtpng.guard import guarded
from rtpng.insight import Insight
from rtpng.judgement import Judgement
from rtpng.leg_events import LegEvents
from rtpng.legs.spec import Listener
from rtpng.offload import Offload
from rtpng.ports import PortPool
from rtpng.quality.book import QualityBook
from rtpng.recording.recordings import Failed, Recordings, RecordingSettings, Writing
from rtpng.recording.writer import Writer
from rtpng.reports import Reports
from rtpng.said import OncePerCall
from rtpng.statistics import Statistics
from rtpng.timeline import Timelines
from rtpng.traffic import StreamStats, Traffic
from sipcore.address import Address
from sipcore.sdp.session import SessionDescription

_T = TypeVar("_T")

AGAIN = 60.0  # seconds after which a call is looked at again when we failed to


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator's configuration says about calls; seconds."""

    timeouts: Timeouts = field(default_factory=Timeouts)
    delete_delay: float = 30.0
    max_sessions: int = -1


@dataclass(slots=True)
class Engine:
    """The calls and everything that is applied for them."""

    negotiator: Negotiator
    ports: PortPool
    table: InitVar[FlowTable]
    make_plane: Callable[[Judge, Control, Hear, Report], Plane]
    make_legs: Callable[[Plane, Listener], Legs]
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    forwarding: PlanSettings = field(default_factory=PlanSettings)
    calls: Registry = field(default_factory=Registry)
    insight: Insight = field(default_factory=Insight)
    quality: QualityBook = field(default_factory=QualityBook)
    ssrc_reporting: SsrcReporting = SsrcReporting.FULL
    recording: RecordingSettings = field(default_factory=RecordingSettings)
    writing: Callable[[Failed], Writing] = Writer
    judge: Judgement = field(init=False)
    digits: DigitEvents = field(init=False)
    plane: Plane = field(init=False)
    legs: Legs = field(init=False)
    carrier: Carrier = field(init=False)
    traffic: Traffic = field(init=False)
    offload: Offload = field(init=False)
    reports: Reports = field(init=False)
    statistics: Statistics = field(init=False)
    timelines: Timelines = field(init=False)
    recordings: Recordings = field(init=False)
    _agenda: Agenda = field(default_factory=Agenda)  # when to look at which call
    _said: OncePerCall = field(init=False)
    _early: EarlyFragments = field(default_factory=EarlyFragments)

    def __post_init__(self, table: FlowTable) -> None:
        self.timelines = Timelines(self.clock.now, self.clock.wall)
        self._said = OncePerCall(self.timelines)
        self.recordings = Recordings(self.recording, self.writing, self.calls, self.timelines, self.reconcile)
        self.judge = self._judgement()
        self.digits = DigitEvents(self.calls, self.reconcile, self.clock.wall)
        self.plane = self.make_plane(self.judge, self._control, self.digits, lambda *rtcp: self.reports(*rtcp))
        listener = LegEvents(self.calls, self.reconcile, self.clock.now, self.insight, self.timelines.say)
        self.legs = self.make_legs(self.plane, listener)
        self.traffic = Traffic(self.plane.stats)
        self.offload = Offload(table, self.traffic)
        self.carrier = Carrier(self.plane, self.legs, self.offload, self._said, self.insight)
        self.reports = Reports(self.calls, self.quality, self.plane.stats)
        self.statistics = Statistics(self.clock.now())

    def use(self, table: FlowTable) -> None:
        """From here on flows go to this table, where there was one that takes nothing."""
        self.carrier.use(table, self.clock.now())

    def set_limits(self, limits: Limits) -> None:
        """Other limits hold from here on, for the calls that there are too."""
        self.limits = limits
        for call in self.calls:
            self._schedule(call)

    # --- signalling ---

    def offer(self, request: Request, session: SessionDescription) -> Exchange:
        """Carries out an offer, on a new call if need be. Raises NgError; then nothing has changed."""

        def offer(call: Call, ports: Ports, now: float, wall: float) -> Exchange:
            return self.negotiator.offer(call, request, session, ports, now=now, wall=wall)

        return self.carry_out(request, offer)

    def carry_out(self, request: Request, change: Callable[[Call, Ports, float, float], _T]) -> _T:
        """Has a call changed, a new one if there is none; ``change`` gets the call, ports, monotonic and wall time.

        Raises what the change raises; then nothing has changed.
        """
        now, wall = self.clock.now(), self.clock.wall()
        call = self.calls.get(request.call_id)
        fresh = call is None
        if call is None:
            call = Call(request.call_id or "", created=wall, born=now, proxy=request.client)
        with self._reserving(call) as ports:
            outcome = change(call, ports, now, wall)
        if fresh:
            self.calls.add(call)
            self.statistics.managed += 1
            self.timelines.open(call.call_id)
        if request.tos is not None:
            call.tos = request.tos
        self._signalled(call, request, wall)
        return outcome

    def amend(self, call: Call, change: Callable[[Call, Ports, float, float], _T]) -> _T:
        """Has a call changed without prolonging its life: a deletion that was asked for still comes.

        Raises what the change raises; then nothing has changed.
        """
        wall = self.clock.wall()
        with self._reserving(call) as ports:
            outcome = change(call, ports, self.clock.now(), wall)
        call.last_signal = wall
        self.reconcile(call)
        self._schedule(call)
        return outcome

    def merge(self, call: Call, other: Call) -> None:
        """Makes one call of two; what is carried for them goes on. Whoever asks for it changes the call next."""
        joining.absorb(call, other)
        self.calls.merge(call, other)
        self.carrier.merge(call.call_id, other.call_id)
        self.quality.merge(call.call_id, other.call_id)
        self.recordings.merge(call, other)
        self._agenda.drop(other.call_id)
        self.timelines.merge(call.call_id, other.call_id)
        self.timelines.tell(call.call_id, "Call '%s' is part of this one from here on", other.call_id)

    def answer(self, call: Call, request: Request, session: SessionDescription) -> Exchange:
        """Carries out an answer. Raises NgError; then nothing has changed."""
        now, wall = self.clock.now(), self.clock.wall()
        with self._reserving(call) as ports:
            exchange = self.negotiator.answer(call, request, session, ports, now=now, wall=wall)
        self._signalled(call, request, wall)
        cautions.name_gaps(self._said, call, exchange)
        return exchange

    @contextmanager
    def _reserving(self, call: Call) -> Iterator[Ports]:
        """Ports for a change of a call, all or none; what no stream has after the change is given back."""
        with self.ports.reservation() as ports:
            yield ports
        if ports.acquired:
            taken = {endpoint.local for endpoint in call.endpoints}
            self.ports.release([address for address in ports.acquired if address not in taken])

    def trickle(self, request: Request, fragments: Fragments) -> None:
        """Further ICE candidates of a party; nothing else of the call changes by them."""
        call, tag = self.calls.get(request.call_id), request.from_tag or ""
        party = call.by_tag(tag) if call is not None else None
        if call is not None and party is not None and trickle.apply(party, fragments):
            self.reconcile(call)
        else:
            self._early.keep(request.call_id or "", tag, fragments, self.clock.now())

    def _signalled(self, call: Call, request: Request, wall: float) -> None:
        """Signalling cancels a scheduled deletion, and may have moved anything."""
        call.last_signal = wall
        call.delete_at = None
        for party in call.parties:
            party.delete_at = None
        call.metadata = request.metadata or call.metadata
        cautions.name_risks(self._said, call, request)
        self.recordings.wish(call, request.recording, request.recording_file)
        self._early.take(call, self.calls.get, self.clock.now())
        self.reconcile(call)
        self._schedule(call)

    def delete(self, call: Call, wanted: Deletion, delay: float) -> None:
        """Takes a branch or the entire call away, at once or later; seconds."""
        name = wanted.parties[0].branch or wanted.parties[0].tag or "" if wanted.parties else ""
        if delay <= 0:
            self._delete_now(call, wanted, name)
            return
        when = self.clock.now() + delay
        if wanted.entire:
            self.timelines.tell(call.call_id, "Scheduling deletion of entire call in %g seconds", delay)
            call.delete_at = when
        else:
            self.timelines.tell(call.call_id, "Scheduling deletion of call branch '%s' in %g seconds", name, delay)
            for party in wanted.parties:
                party.delete_at = when
        self._schedule(call)

    def _delete_now(self, call: Call, wanted: Deletion, name: str) -> None:
        if wanted.entire:
            self.timelines.tell(call.call_id, "Deleting entire call")
            self.end(call, Reason.DELETED)
            return
        self.timelines.tell(call.call_id, "Deleting call branch '%s'", name)
        self.refresh(call)
        self.statistics.count(self._rtp_traffic(call, wanted.parties))
        deletion.apply(call, wanted)
        self.reconcile(call)
        self._schedule(call)

    def end(self, call: Call, reason: Reason) -> None:
        """Takes everything of a call away: flows, relays, ports, and the call itself. Only then it is told of."""
        now = self.clock.now()
        self.offload.want(call.call_id, EMPTY.flows, now)  # first, so that its last counters are in the totals
        self.statistics.end(reason, now - call.born, self._rtp_traffic(call, call.parties))
        heard = self._heard(self.calls.remove(call))
        self._agenda.drop(call.call_id)
        self._said.forget(call.call_id)
        self.carrier.stop(call.call_id, now)
        self._release(heard)
        self.recordings.end(call)
        self.timelines.end(call.call_id, reason.value)
        quality = self.quality.forget(call.call_id)
        farewells.say(call, Farewell(heard.__getitem__, now, self.clock.wall(), quality), reason)

    def _rtp_traffic(self, call: Call, parties: Iterable[Party]) -> list[StreamStats]:
        """Of everybody who may have sent something: a subscriber's silence means nothing."""
        senders = [party for party in parties if not call.subscribes(party)]
        return [self.traffic.stats(port) for party in senders for port in party.rtp_ports]

    def reconcile(self, call: Call) -> None:
        """Makes reality what the model says."""
        gone = self.calls.index(call)
        if gone:
            self.refresh(call)
        heard = self._heard(gone)
        self.recordings.follow(call)
        wanted = without_loops(plan(call, self.forwarding), self._onward)
        self.carrier.apply(call.call_id, wanted, self.clock.now())
        self._release(heard)

    def _onward(self, address: Address) -> Collection[Address]:
        """Where packets go that reach a port of ours."""
        owner = self.calls.owner(address)
        return self.carrier.targets(owner.call.call_id, address) if owner is not None else ()

    def _heard(self, ports: Iterable[Address]) -> dict[Address, StreamStats]:
        return {port: self.traffic.stats(port) for port in ports}

    def _release(self, heard: Mapping[Address, StreamStats]) -> None:
        """Ports are given up, after what they carried was taken down."""
        if heard:
            self.statistics.released(heard)
            self.traffic.forget(heard)
            self.ports.release(heard)

    # --- what packets say ---

    def _judgement(self) -> Judgement:
        return Judgement(
            self.calls,
            self._said,
            lambda local, source: self.legs.allows(local, source),
            self._last_heard,
            self.reconcile,
            lambda: self.forwarding.any_source,
            self.insight,
        )

    def _last_heard(self, owner: Owner) -> float:
        self.refresh(owner.call)
        return self.traffic.stats(owner.endpoint.local).last_packet or 0.0

    def _control(self, local: Address, source: Address, data: bytes, now: float) -> None:
        """STUN and DTLS."""
        self.legs.receive(local, source, data, now)

    # --- time ---

    def sweep(self) -> None:
        """Once a second: reads kernel counters, ends what is due, asks again for what the kernel refused."""
        now = self.clock.now()
        self.offload.poll(now)
        self.timelines.forget_old()
        self._early.forget_old(now)
        for call_id in self._agenda.due(now):
            call = self.calls.get(call_id)
            if call is not None and not guarded(call, self._check):
                self._agenda.at(now + AGAIN, call_id)
        self.carrier.retry(self._call_id_of, now)

    def refresh(self, call: Call) -> None:
        """Brings the traffic of one call up to date."""
        self.offload.read(self.offload.of(call.call_id), self.clock.now())

    def refresh_all(self) -> None:
        """Brings the traffic of all calls up to date."""
        self.offload.read_all(self.clock.now())

    def _call_id_of(self, local: Address) -> str | None:
        owner = self.calls.owner(local)
        return owner.call.call_id if owner is not None else None

    def _check(self, call: Call) -> None:
        """Ends a call, or branches of it, whose time has come; else puts it back on the agenda."""
        now = self.clock.now()
        self.refresh(call)
        last_packet = self._last_packet(call)
        due = deadline(call, self.limits.timeouts, last_packet)
        if due is not None and due.when <= now:
            self._expire(call, due.reason)
            return
        for party in [p for p in call.parties if p.delete_at is not None and p.delete_at <= now]:
            if party in call.parties and self.calls.get(call.call_id) is call:  # and not gone with another one
                self._delete_now(call, deletion.branch_of(call, party), party.branch or party.tag or "")
        if self.calls.get(call.call_id) is call:
            self._schedule(call, last_packet)

    def _expire(self, call: Call, reason: Reason) -> None:
        if reason is Reason.DELETED:
            self.timelines.tell(call.call_id, "Deleting entire call")
        else:
            self.timelines.tell(call.call_id, "Closing call due to timeout (%s)", reason.value)
        self.end(call, reason)

    def _last_packet(self, call: Call) -> float | None:
        """When a party was last heard; the reports of those who only listen keep no call alive."""
        endpoints = (e for party in call.senders for stream in party.streams for e in stream.endpoints)
        heard = (self.traffic.stats(endpoint.local).last_packet for endpoint in endpoints)
        return max((t for t in heard if t is not None), default=None)

    def _schedule(self, call: Call, last_packet: float | None = None) -> None:
        """Puts a call on the agenda; without ``last_packet`` it may be looked at too early, which does no harm."""
        when = next_look(call, self.limits.timeouts, last_packet)
        if when is not None:
            self._agenda.at(when, call.call_id)

    # --- telling ---

    @property
    def reporter(self) -> Reporter:
        """A reader of calls with the traffic of this moment, for one reply; ``refresh`` the call first."""
        stats = cache(self.traffic.stats)
        told = self.legs.status, self.quality.of, self.ssrc_reporting
        return Reporter(stats, self.in_kernel, self.offload.table.active, self.clock.wall_of, *told)

    def in_kernel(self, local: Address) -> bool:
        """Whether RTP that reaches a local port is forwarded in the kernel at this moment."""
        call_id = self._call_id_of(local)
        return call_id is not None and self.carrier.in_kernel(call_id, local)

    def close(self) -> None:
        """Ends all calls and takes everything out of the kernel, after recordings: what the kernel says costs none."""
        for call in self.calls:
            guarded(call, lambda call: self.end(call, Reason.FORCED))
        self.recordings.close()
        self.carrier.close()
        self.ports.close()
