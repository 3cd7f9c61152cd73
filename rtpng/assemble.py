"""Composes an engine from a Config: the only place that knows all the parts."""

import asyncio

from kernel.table import FlowTable
from rtpng.calls.expiry import Timeouts
from rtpng.calls.negotiate import Negotiator, Settings
from rtpng.calls.plan import PlanSettings
from rtpng.config import Config
from rtpng.engine import Clock, Engine, Judge, Limits
from rtpng.interfaces import Interfaces
from rtpng.media.plane import MediaPlane
from rtpng.ng.commands.context import Context, Reply
from rtpng.ng.commands.table import run
from rtpng.ng.flags import read
from rtpng.ng.message import Message
from rtpng.ng.tally import Tally
from rtpng.ng.unknown import UnknownWords
from rtpng.ports import PortPool
from sipcore.address import Address


def engine(config: Config, table: FlowTable, clock: Clock, loop: asyncio.AbstractEventLoop) -> Engine:
    """An engine without calls; ``clock.now`` must be the loop's clock."""
    interfaces = Interfaces(config.interfaces, config.aliases)
    ports = PortPool(interfaces.all)

    def plane(judge: Judge) -> MediaPlane:
        return MediaPlane(loop, ports.socket, judge, clock.now)

    return Engine(
        negotiator=Negotiator(interfaces, Settings(config.sip_source, config.endpoint_learning)),
        ports=ports,
        table=table,
        make_plane=plane,
        clock=clock,
        limits=Limits(_timeouts(config), config.delete_delay, config.max_sessions),
        forwarding=PlanSettings(config.tos or None, config.insecure_accept_any_source),
    )


class Handler:
    """Carries out decoded ng messages on an engine."""

    def __init__(self, engine: Engine, config: Config) -> None:
        self.tally = Tally()
        self._context = Context(engine, self.tally, config.interfaces)
        self._unknown = UnknownWords()

    def __call__(self, message: Message, client: Address) -> Reply:
        """The reply to one message. Raises NgError."""
        request = read(message, client.host)
        self._unknown.note(request.unknown)
        return run(self._context, request)


def max_flows(config: Config) -> int:
    """More flows than ports cannot be: each local port has one flow."""
    ranges = {(i.address, i.port_min, i.port_max) for i in config.interfaces}
    return sum(last - first + 1 for _, first, last in ranges)


def _timeouts(config: Config) -> Timeouts:
    return Timeouts(config.timeout, config.silent_timeout, config.offer_timeout, config.final_timeout)
