"""Composes an engine from a Config: the only place that knows all the parts."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING

from kernel.table import FlowTable
from rtpng import dtmf
from rtpng.bypass import KernelBypass
from rtpng.calls.expiry import Timeouts
from rtpng.calls.negotiate import Negotiator, Settings
from rtpng.calls.plan import PlanSettings
from rtpng.calls.report import SsrcReporting
from rtpng.calls.request import Request
from rtpng.calls.secure import Preferences
from rtpng.carrier import Control, Hear, Judge, Plane, Report
from rtpng.clock import Clock
from rtpng.config import Config
from rtpng.engine import Engine, Limits
from rtpng.errors import NgError
from rtpng.ice.station import IceSettings
from rtpng.identities import Identities
from rtpng.interfaces import Interfaces
from rtpng.legs.leg import Surroundings
from rtpng.legs.legs import Legs
from rtpng.legs.spec import Identity, Listener
from rtpng.load import Load, LoadLimits
from rtpng.media.plane import MediaPlane
from rtpng.ng.asked import asked
from rtpng.ng.commands.context import Context, Reply
from rtpng.ng.commands.table import run
from rtpng.ng.flags import read
from rtpng.ng.message import Message
from rtpng.ng.tally import Tally
from rtpng.ng.unknown import UnknownWords
from rtpng.ports import PortPool
from rtpng.quality.book import QualityBook
from rtpng.recording.frames import ETHERNET, RAW
from rtpng.recording.recordings import Failed, RecordingSettings
from rtpng.recording.tape import Tape
from rtpng.recording.writer import Writer
from rtpng.timeline import Kind
from rtpng.version import VERSION
from sipcore.address import Address

if TYPE_CHECKING:
    from rtpng.dtls.transport import DtlsTransport
    from rtpng.ng.advice.journal import Journal

SOFTWARE = f"rtpng-{VERSION}"  # in STUN, and in SDP of our own
_LINK_TYPES = {"raw": RAW, "eth": ETHERNET}
_LOOPBACK = ("127.0.0.1", "::1")


def engine(
    config: Config,
    table: FlowTable,
    clock: Clock,
    loop: asyncio.AbstractEventLoop,
    identities: Identities | None = None,
) -> Engine:
    """An engine without calls; ``clock.now`` must be the loop's clock. Without ``identities`` it has its own."""
    identities = identities or Identities(config.dtls, clock.wall)
    interfaces = Interfaces(config.interfaces, config.aliases)
    ports = PortPool(interfaces.all)
    workers = config.workers or len(os.sched_getaffinity(0))
    ice = IceSettings(forbidden=frozenset(_control_ports(config)), software=SOFTWARE)

    def plane(judge: Judge, control: Control, hear: Hear, report: Report) -> MediaPlane:
        return MediaPlane(
            loop,
            ports.socket,
            judge,
            clock.now,
            gather=config.gather / 1e6,
            control=control,
            hear=hear,
            report=report,
            record=lambda *packet: made.recordings.packet(*packet),
            workers=workers,
            bypass=KernelBypass(lambda: made.offload.table),
        )

    def legs(plane: Plane, listener: Listener) -> Legs:
        return Legs(plane.send, loop, clock.now, Surroundings(listener, _transport, ice))

    made = Engine(
        negotiator=Negotiator(interfaces, _settings(config), Preferences(identities.current, config.dtls.passive)),
        ports=ports,
        table=table,
        make_plane=plane,
        make_legs=legs,
        clock=clock,
        limits=limits(config),
        quality=QualityBook(listening="LQ" in config.mos),
        ssrc_reporting=SsrcReporting(config.ssrc_reporting),
        forwarding=PlanSettings(config.tos or None, config.insecure_accept_any_source, dtmf.wanted(config)),
        recording=RecordingSettings(config.recording_dir, _LINK_TYPES[config.recording_format]),
        writing=partial(_writer, loop),
    )
    return made


class Handler:
    """Carries out decoded ng messages on an engine."""

    def __init__(
        self, engine: Engine, config: Config, tally: Tally | None = None, cli: Callable[[str], str] | None = None
    ) -> None:
        self._load = Load(_load_limits(config), lambda: _relayed(engine))
        self._context = Context(engine, tally or Tally(), config.interfaces, cli, self._load.exceeded)
        self._templates = dict(config.templates)
        self._unknown = UnknownWords()

    def __call__(self, message: Message, client: Address) -> Reply:
        """The reply to one message. Raises NgError."""
        request = read(message, str(client), self._templates)
        self._unknown.note(request.unknown)
        self._journal.note(message, request)
        return self._carried_out(message, request)

    def _carried_out(self, message: Message, request: Request) -> Reply:
        """The reply; question and refusal are events of the call."""
        call_id, timelines = request.call_id, self._context.engine.timelines
        line = asked(request.command, message) if call_id is not None else None
        if call_id is None or line is None:
            return run(self._context, request)
        timelines.asked(call_id, line)
        try:
            return run(self._context, request)
        except NgError as error:
            timelines.note(call_id, Kind.NG, "%s was refused: %s", request.command, error)
            raise

    @cached_property
    def _journal(self) -> "Journal":
        from rtpng.ng.advice.journal import Journal  # the daemon loads it behind its start

        return Journal()

    def adopt(self, config: Config) -> None:
        """Refuses new calls by other limits from now on."""
        self._load.limits = _load_limits(config)


def _transport(identity: Identity) -> "DtlsTransport":
    """The DTLS of one port of a leg, whose identity is one that we have made."""
    from rtpng.dtls.identity import Identity as OwnIdentity  # loaded with the first of them
    from rtpng.dtls.transport import DtlsTransport

    assert isinstance(identity, OwnIdentity)
    return DtlsTransport(identity)


def _writer(loop: asyncio.AbstractEventLoop, failed: Failed) -> Writer:
    """Who writes recordings, in a thread; the loop is told of a tape that cannot be written."""

    def tell(tape: Tape, error: OSError) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
            loop.call_soon_threadsafe(failed, tape, error)

    return Writer(tell)


def _settings(config: Config) -> Settings:
    return Settings(
        config.sip_source,
        config.endpoint_learning,
        frozenset(_control_ports(config)),
        software=SOFTWARE,
    )


def _load_limits(config: Config) -> LoadLimits:
    return LoadLimits(config.max_cpu, config.max_load, config.max_bandwidth)


def _relayed(engine: Engine) -> tuple[float, float]:
    """Bytes of media up to now, and the time."""
    ended = engine.statistics.user.bytes + engine.statistics.kernel.bytes
    living = (engine.traffic.stats(endpoint.local).bytes for call in engine.calls for endpoint in call.endpoints)
    return ended + sum(living), engine.clock.now()


def _control_ports(config: Config) -> Iterator[Address]:
    """Where ng answers on this host; a listener on all addresses answers on those that media knows of."""
    ours = {*_LOOPBACK, *(i.address for i in config.interfaces), *(i.advertised for i in config.interfaces)}
    for listen in config.listen_ng:
        for host in ours if listen.host in (None, "0.0.0.0", "::") else (listen.host,):
            yield Address(host or "", listen.port)


def max_flows(config: Config) -> int:
    """More flows than ports cannot be: each local port has one flow."""
    ranges = {(i.address, i.port_min, i.port_max) for i in config.interfaces}
    return sum(last - first + 1 for _, first, last in ranges)


def limits(config: Config) -> Limits:
    """What the configuration says about calls."""
    timeouts = Timeouts(config.timeout, config.silent_timeout, config.offer_timeout, config.final_timeout)
    return Limits(timeouts, config.delete_delay, config.max_sessions)
