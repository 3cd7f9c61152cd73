"""Which streams workers carry, and how one goes there and comes back without losing a packet or a counter."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from rtpng.media.detour import Bypass, Detours
from rtpng.media.relay import UNTOUCHED, Relay
from rtpng.media.socket import MediaSocket
from rtpng.media.srtp import Contexts, Role, StreamState
from rtpng.media.worker.crew import Crew
from rtpng.media.worker.orders import Aside, Led, Progress, Returned, Stream
from rtpng.media.worker.slots import WORDS, Field, Slot
from sipcore.address import Address
from sipcore.srtp import Keys

logger = logging.getLogger(__name__)

LOOK: Final = 0.03  # seconds between two looks at streams that may become a worker's
BUSY: Final = 2  # packets in this time make a stream worth a process of its own; RTCP alone is not
PATIENCE: Final = 3  # looks; then a stream must be noticed again (the kernel carries it, or nobody speaks)
POSTS: Final = 200  # streams handed over after one look, at 0.1 ms each: then packets have their turn
REST: Final = 5.0  # seconds that workers are left alone after one had no room for a stream
_NEVER: Final = float("-inf")
KNOCKS: Final = 5.0  # seconds: how often strange RTP may call a stream back, to be judged where the counters are


def stream_of(relay: Relay, source: Address) -> Stream | None:
    """What a worker would carry of a relay whose packets come from ``source``; None for what needs the daemon."""
    needs_us = relay.opaque or relay.any_source or relay.events or relay.recorded
    if needs_us or len(relay.rtp) != 1 or not _believes(relay, source):
        return None
    way = relay.rtp[0]
    if way.treatment != UNTOUCHED or _is_rare(relay.unprotect) or _is_rare(way.protect):
        return None
    return Stream(relay.local, source, way.source, way.target, relay.tos, relay.unprotect, way.protect)


def _bare(relay: Relay) -> Relay:
    """A relay that asks for nothing but what a worker can do, or what the daemon goes on doing beside it."""
    return Relay(
        relay.local,
        relay.remote,
        rtp=relay.rtp,
        rtcp=relay.rtcp,
        unprotect=relay.unprotect,
        sources=relay.sources,
        agent=relay.agent,
        tos=relay.tos,
    )


def _believes(relay: Relay, source: Address) -> bool:
    return source in relay.sources if relay.sources is not None else source == relay.remote


def _is_rare(keys: Keys | None) -> bool:
    return keys is not None and (bool(keys.mki) or keys.suite.is_rare)


@dataclass(slots=True)
class Candidate:
    """A stream that may become a worker's: what it had relayed at the last look, and the looks so far."""

    packets: int
    looks: int = 0


@dataclass(slots=True, eq=False)
class Posting:
    """A stream that a worker carries, or is asked to give back; ``seen``: its counters when last read."""

    stream: Stream
    number: int
    slot: Slot
    arriving: Any
    source: tuple[Any, ...]  # of its packets, as recvfrom gives it
    local: MediaSocket
    leaving: MediaSocket
    since: float
    seen: list[int] = field(default_factory=lambda: [0] * WORDS)
    returning: bool = False
    abandoned: bool = False  # its relay is gone: nobody waits for what comes back


class Handover:
    """Postings by local address. ``media`` gives the socket of an address that is in use, ``relay`` its relay."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        workers: int,
        gather: float,
        media: Callable[[Address], MediaSocket],
        relay: Callable[[Address], Relay | None],
        contexts: Contexts,
        clock: Callable[[], float],
        bypass: Bypass,
    ) -> None:
        self._loop = loop
        self._crew = Crew(loop, workers, gather, clock, self._heard, self._lost, bypass.tap)
        self._detours = Detours(loop, bypass, self._crew)
        self._media = media
        self._relay = relay
        self._contexts = contexts
        self._clock = clock
        self._candidates: dict[Address, Candidate] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._postings: dict[Address, Posting] = {}
        self._numbers: dict[int, Posting] = {}
        self._rests_until = _NEVER
        self._touching: defaultdict[Address, set[Posting]] = defaultdict(set)  # by the ports whose counters they move

    @property
    def processes(self) -> list[int]:
        """The process ids of the workers."""
        return self._crew.processes

    def is_ready(self, label: str) -> bool:
        """Whether there is a worker for the streams of a call; if not, it is on its way."""
        return self._crew.is_ready(label)

    def carries(self, local: Address) -> bool:
        """Whether a worker carries the RTP that reaches an address of ours."""
        return local in self._postings and not self._postings[local].returning

    def is_diverted(self, local: Address) -> bool:
        """Whether the kernel takes that RTP to the worker past the sockets."""
        return self.carries(local) and self._detours.is_diverted(self._postings[local].number)

    def notice(self, local: Address) -> None:
        """A source that the relay believes has begun to send."""
        relay = self._relay(local)
        if relay is not None and relay.rtp and local not in self._postings:
            self._candidates[local] = Candidate(self._media(local).forwarder.stats.packets)
            self._arm()

    def follow(self, relay: Relay) -> None:
        """Another relay is in force: a posting that it does not ask for comes back."""
        posting = self._postings.get(relay.local)
        if posting is not None and stream_of(relay, posting.stream.remote) != posting.stream:
            self._recall(posting)

    def leave(self, local: Address) -> None:
        """The relay of an address is gone."""
        self._candidates.pop(local, None)
        posting = self._postings.pop(local, None)
        if posting is not None:
            self._recall(posting)
            posting.abandoned = True
            posting.local.forwarder.regain()
            posting.arriving.close()

    def read(self, local: Address) -> None:
        """Brings the counters of an address up to date."""
        for posting in self._touching.get(local, ()):
            _take_over(posting)

    def close(self) -> None:
        """Ends the workers. No relay may be left."""
        if self._timer is not None:
            self._timer.cancel()
        for posting in tuple(self._numbers.values()):
            self._end(posting)
        self._detours.close()
        self._crew.close()

    def _arm(self) -> None:
        if self._timer is None and self._candidates:
            self._timer = self._loop.call_later(LOOK, self._look)

    def _look(self) -> None:
        self._timer = None
        posted = len(self._numbers) + POSTS
        for local, candidate in tuple(self._candidates.items()):
            if len(self._numbers) >= posted:
                break
            if candidate is self._candidates.get(local):  # the packets of another one may have changed everything
                self._consider(local, candidate)
        self._arm()

    def _consider(self, local: Address, candidate: Candidate) -> None:
        """Posts a stream that is worth it; forgets one that is not, until its source is noticed again."""
        media, relay = self._media(local), self._relay(local)
        packets = media.forwarder.stats.packets
        candidate.looks += 1
        if relay is not None and packets - candidate.packets >= BUSY:
            candidate.packets = packets
            self._consider_busy(media, relay)
        elif candidate.looks >= PATIENCE:
            del self._candidates[local]
            media.forwarder.forget()

    def _consider_busy(self, media: MediaSocket, relay: Relay) -> None:
        source, opening = media.forwarder.known, media.forwarder.opening
        stream = stream_of(relay, Address(source[0], source[1])) if source is not None else None
        if source is None or stream is None:
            del self._candidates[relay.local]  # another relay, or source, will be noticed
        elif self._may_post(relay.label) and (opening is None or opening.is_settled(self._clock())):
            self._post(stream, source, relay.label)

    def _may_post(self, label: str) -> bool:
        return self._clock() >= self._rests_until and self.is_ready(label)

    def _post(self, stream: Stream, source: tuple[Any, ...], label: str) -> None:
        """Hands a stream over. What waits here is relayed first, then the counters of its keys can stand still."""
        media, leaving = self._media(stream.local), self._media(stream.source)
        try:
            arriving = media.beside(stream.remote)
        except OSError as error:
            logger.info("Port %d stays in the daemon (%s)", stream.local.port, error.strerror)
            del self._candidates[stream.local]
            return
        media.drain()
        media.drain(arriving)  # before it was connected, packets of others may have come there
        number = None
        if self._is_still(stream, source):
            number = self._crew.carry(stream, self._progress(stream), arriving, leaving.plain, label)
        if number is None:
            media.rejoin(arriving)
            return
        self._candidates.pop(stream.local, None)
        slot = self._crew.slot(number)
        self._keep(Posting(stream, number, slot, arriving, source, media, leaving, self._clock()))

    def _is_still(self, stream: Stream, source: tuple[Any, ...]) -> bool:
        """Whether the packets that were waiting have not changed what should be carried."""
        relay = self._relay(stream.local)
        known = self._media(stream.local).forwarder.known if relay is not None else None
        return relay is not None and known == source and stream_of(relay, stream.remote) == stream

    def _keep(self, posting: Posting) -> None:
        stream = posting.stream
        self._postings[stream.local] = self._numbers[posting.number] = posting
        self._touching[stream.local].add(posting)
        self._touching[stream.source].add(posting)
        posting.local.forwarder.lend(self._knocked)
        self._detours.begin(posting.number, stream)

    def _progress(self, stream: Stream) -> Progress:
        opened = self._states(stream.unprotect, Role.UNPROTECT_RTP)
        return Progress(opened, self._states(stream.protect, Role.PROTECT_RTP))

    def _states(self, keys: Keys | None, role: Role) -> tuple[StreamState, ...]:
        return self._contexts.take_common(keys, role).states() if keys is not None else ()

    def _knocked(self, local: Address) -> None:
        posting = self._postings.get(local)
        if posting is not None and self._clock() - posting.since >= KNOCKS:
            self._recall(posting)

    def _recall(self, posting: Posting) -> None:
        if not posting.returning:
            posting.returning = True
            self._detours.end((posting.number,))
            self._crew.recall(posting.number)

    def _heard(self, said: Aside | Returned | Led) -> None:
        """Something from a worker."""
        posting = self._numbers[said.slot]
        match said:
            case Led(number):
                self._detours.led(number)
            case Aside(_, data):
                if not posting.abandoned:
                    posting.local.forwarder.packet(data, posting.source, self._clock())
            case Returned(number, progress, refused):
                if refused:
                    self._detours.end((number,))
                    self._rest()
                self._take_back(posting, progress)

    def _rest(self) -> None:
        """Workers are full: streams that end make room, so some seconds later they are asked again."""
        now = self._clock()
        if now >= self._rests_until:
            logger.warning("A media worker may not open more files: raise LimitNOFILE; media stays in the daemon")
            self._rests_until = now + REST

    def _lost(self, numbers: Iterable[int]) -> None:
        """Their worker is dead. What it wrote down once a second tells where their keys stand."""
        postings = [self._numbers[number] for number in numbers]
        self._detours.end(posting.number for posting in postings)
        for posting in postings:  # all of them first: what waits for one may change the relays of others
            posting.returning = True
        for posting in postings:
            self._take_back(posting, _last_known(posting))

    def _take_back(self, posting: Posting, progress: Progress) -> None:
        """The stream is carried here again, beginning with what waits in its socket."""
        _take_over(posting)
        self._end(posting)
        self._crew.forget(posting.number)
        if posting.abandoned:
            return
        self._adopt(posting.stream, progress)
        del self._postings[posting.stream.local]
        posting.local.forwarder.regain()
        posting.local.forwarder.forget()
        posting.local.rejoin(posting.arriving)
        posting.local.forwarder.catch_up()

    def _adopt(self, stream: Stream, progress: Progress) -> None:
        if stream.unprotect is not None:
            self._contexts.take_common(stream.unprotect, Role.UNPROTECT_RTP).adopt(progress.opened)
        if stream.protect is not None:
            self._contexts.take_common(stream.protect, Role.PROTECT_RTP).adopt(progress.protected)

    def _end(self, posting: Posting) -> None:
        del self._numbers[posting.number]
        for address in {posting.stream.local, posting.stream.source}:
            self._touching[address].discard(posting)
            if not self._touching[address]:
                del self._touching[address]
        posting.slot.release()


def _take_over(posting: Posting) -> None:
    """Adds what the worker has counted since the last time to the counters of both ports."""
    counted = [*posting.slot.words]
    grown = [now - before for now, before in zip(counted, posting.seen, strict=True)]
    posting.seen = counted
    stats, out = posting.local.forwarder.stats, posting.leaving.forwarder.stats
    packets, errors = grown[Field.PACKETS], grown[Field.ERRORS]
    stats.packets += packets
    stats.bytes += grown[Field.BYTES]
    stats.errors += errors
    stats.errors_in += grown[Field.ERRORS_IN]
    stats.auth_failures += grown[Field.AUTH_FAILURES]
    stats.replayed += grown[Field.REPLAYED]
    out.errors_out += errors
    out.packets_out += packets - errors
    out.bytes_out += grown[Field.BYTES] + packets * posting.stream.growth - grown[Field.ERROR_BYTES]
    if packets:
        stats.last_packet = counted[Field.LAST] / 1e6
        posting.local.forwarder.carried(bytes(posting.slot.header))


def _last_known(posting: Posting) -> Progress:
    """The state of the last SSRC: its rollover counters as written down, one more if its numbers have wrapped since."""
    words, header = posting.slot.words, bytes(posting.slot.header)
    if not words[Field.PACKETS]:
        return Progress()
    ssrc, sequence = int.from_bytes(header[8:12]), int.from_bytes(header[2:4])
    wrapped = words[Field.SEQUENCE] > sequence + 0x8000
    opened, protected = (words[field] + wrapped for field in (Field.OPENED_ROC, Field.PROTECTED_ROC))
    return Progress((StreamState(ssrc, opened, sequence),), (StreamState(ssrc, protected, sequence),))
