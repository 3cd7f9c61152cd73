"""The packet path in userspace: bound methods, looked up when a relay is applied; nothing is allocated per packet."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from rtpng.media.digits import NO_DIGITS, DigitReader
from rtpng.media.lanes import Lanes
from rtpng.media.opening import Opening
from rtpng.media.relay import Digit, Played, Relay, SocketStats, Verdict
from rtpng.media.srtp_errors import SrtpError
from rtpng.media.treatment import Send
from sipcore.address import Address
from sipcore.demux import Kind, classify, is_stun
from sipcore.rtcp import sender_ssrc
from sipcore.rtp import peek

Judge: TypeAlias = Callable[[Address, Address, bytes, float], Verdict]  # local, source, data, now
Control: TypeAlias = Callable[[Address, Address, bytes, float], None]  # the same, of STUN and DTLS
Hear: TypeAlias = Callable[[Address, Digit | Played], None]  # local, what has ended there
Source: TypeAlias = tuple[Any, ...]  # as recvfrom() gives it: host, port, for IPv6 also flow label and scope
Report: TypeAlias = Callable[[Address, Source, bytes, float], None]  # local, source, opened RTCP, now

_RTP: Final = Kind.RTP
_RTCP: Final = Kind.RTCP
MOST_WAITING: Final = 16  # packets that wait for the counters of their keys; those come back within milliseconds
_NOTHING: Final = Relay(Address("", 0), any_source=True, opaque=True)


def nobody(_local: Address, _source: Address, _data: bytes, _now: float) -> None:
    """The control where no relay has an agent."""


def ignore(_local: Address) -> None:
    """Who notices nothing."""


def unread(_local: Address, _source: Source, _data: bytes, _now: float) -> None:
    """Who reads RTCP, or records, where nobody wants to know."""


def deaf(_local: Address, _digit: Digit | Played) -> None:
    """Who hears of digits where no relay recognises any."""


class Way(NamedTuple):
    """One way out: ``send`` is the bound ``sendto`` of our socket, or treats and sends; ``stats`` are that socket's."""

    send: Send
    target: Address
    stats: SocketStats


class Forwarder:
    """What becomes of the packets of one local socket, by the relay that it follows at the moment."""

    __slots__ = (
        "_arrived",
        "_control",
        "_deliver",
        "_digits",
        "_hear",
        "_judge",
        "_known",
        "_lanes",
        "_last_rtcp",
        "_last_rtp",
        "_lent",
        "_local",
        "_media",
        "_notice",
        "_record",
        "_relay",
        "_report",
        "_rtcp",
        "_rtp",
        "_stats",
        "_waiting",
        "opening",
    )

    def __init__(
        self,
        local: Address,
        judge: Judge,
        control: Control = nobody,
        notice: Callable[[Address], None] = ignore,
        hear: Hear = deaf,
        report: Report = unread,
        record: Report = unread,
    ) -> None:
        self._local = local
        self._record = record
        self._report = report
        self._notice = notice
        self._lent: Callable[[Address], None] | None = None
        self._judge = judge
        self._control = control
        self._hear = hear
        self._digits = NO_DIGITS
        self._stats = SocketStats()
        self._arrived = b""
        self._waiting: list[tuple[bytes, Source, float]] = []
        self._last_rtp: bytes | None = None
        self._last_rtcp: bytes | None = None
        self.rest()

    def follow(
        self,
        relay: Relay,
        rtp: tuple[Way, ...],
        rtcp: tuple[Way, ...],
        opening: Opening | None = None,
        lanes: Lanes[Way] | None = None,
    ) -> None:
        """Goes by ``relay`` from the next packet on; ``rtp`` and ``rtcp``, or ``lanes``, are its ways with sockets."""
        self._relay = relay
        self._lanes = lanes
        self._known: Source | None = None
        self._rtp = rtp
        self._rtcp = rtcp
        self.opening = opening
        if relay.events != self._digits.rates:
            self._digits = DigitReader(relay.events)
        self._media = self._pass_watched if relay.events or relay.recorded else self._pass_media
        self._deliver = self._delivery()

    def rest(self) -> None:
        """Drops every packet, counted as unrouted and judged by nobody, until the next ``follow``."""
        self.follow(_NOTHING, (), ())
        self.catch_up()

    def packet(self, data: bytes, source: Source, now: float) -> None:
        """Relays, or drops and counts, one packet."""
        if source == self._known or self._admits_untrusted(data, source, now):
            # The judge may have had the relay replaced: whatever is bound at this moment holds.
            self._deliver(data, source, now)

    @property
    def stats(self) -> SocketStats:
        """The live counters; what the last RTP (or else RTCP) header says is brought up to date by this look."""
        stats = self._stats
        # The path keeps a reference to the packet; its header is decoded only when somebody wants to know.
        if self._last_rtp is not None:
            stats.payload_type, _, stats.sequence, stats.timestamp, stats.ssrc = peek(self._last_rtp)
        elif self._last_rtcp is not None:
            stats.ssrc = sender_ssrc(self._last_rtcp)
        return stats

    def as_it_came(self, send: Send) -> Send:
        """``send`` for a way whose receiver has the sender's keys: it gets the packet as it came."""

        def sealed(_opened: bytes, target: Address) -> int | None:
            return send(self._arrived, target)

        return sealed

    @property
    def known(self) -> Source | None:
        """The source whose packets pass at once; None before the first one."""
        return self._known

    def forget(self) -> None:
        """Looks at the source anew with the next packet, and notices it."""
        self._known = None

    def lend(self, knock: Callable[[Address], None]) -> None:
        """Somebody else carries the RTP of the known source: until ``regain``, ``knock`` hears of RTP that comes here.

        Where there are keys it must not pass: it would be opened, or encrypted, by counters that stand still. What
        comes from the peer, which has moved then, waits until ``catch_up``.
        """
        self._lent = knock
        self._deliver = self._delivery()

    def regain(self) -> None:
        """Everything is carried here again."""
        self._lent = None
        self._deliver = self._delivery()

    def catch_up(self) -> None:
        """Relays what has waited for the stream to be carried here again."""
        waiting, self._waiting = self._waiting, []
        for data, source, now in waiting:
            self.packet(data, source, now)

    def carried(self, header: bytes) -> None:
        """Somebody else has relayed RTP with this header, the last one so far."""
        if self._last_rtp is None:
            self._stats.first_ssrc = peek(header).ssrc
        self._last_rtp = header

    def _delivery(self) -> Callable[[bytes, Source, float], object]:
        if self._relay.opaque:
            if self._relay.recorded:
                return self._pass_all_recorded
            return self._pass_all_but_stun if self._relay.agent else self._pass_all
        if self._lent is not None and self._is_secure:
            return self._pass_what_is_not_lent
        return self._media if self.opening is None else self._pass_opened

    @property
    def _is_secure(self) -> bool:
        return self.opening is not None or any(way.protect is not None for way in self._relay.rtp)

    def _pass_what_is_not_lent(self, data: bytes, source: Source, now: float) -> None:
        if classify(data) is _RTP:
            self._wait(data, source, now)
        elif self.opening is not None:
            self._pass_opened(data, source, now)
        else:
            self._pass_media(data, source, now)

    def _wait(self, data: bytes, source: Source, now: float) -> None:
        if len(self._waiting) == MOST_WAITING:
            self._hold()
        else:
            self._waiting.append((data, source, now))
            self._knock()

    def _hold(self) -> None:
        self._stats.held += 1
        self._knock()

    def _knock(self) -> None:
        if self._lent is not None:
            self._lent(self._local)

    def _admits_untrusted(self, data: bytes, source: Source, now: float) -> bool:
        relay = self._relay
        address = Address(source[0], source[1])
        if self._trusts(address):
            self._known = source
            self._notice(self._local)
            return True
        if self._is_aside(data):
            self._pass_aside(data, address, now)
        elif relay.sources is not None:
            self._stats.foreign += 1
        elif self.opening is not None:
            self._prove(data, source, now)
        else:
            return self._admits(data, address, now)
        return False

    def _trusts(self, address: Address) -> bool:
        relay = self._relay
        if relay.sources is not None:
            return address in relay.sources
        return address == relay.remote or (relay.any_source and relay.expected in (None, address))

    def _is_aside(self, data: bytes) -> bool:
        """Whether a packet is no media."""
        if self._relay.opaque:
            return self._relay.agent and is_stun(data)
        return classify(data) not in (_RTP, _RTCP)

    def _admits(self, data: bytes, address: Address, now: float) -> bool:
        """Whether a packet of another source than the trusted one is relayed."""
        if self._relay.any_source:
            self._stats.others += 1
            return True
        return self._judged(self._judge(self._local, address, data, now))

    def _judged(self, verdict: Verdict) -> bool:
        match verdict:
            case Verdict.FORWARD:
                return True
            case Verdict.HOLD:
                self._stats.held += 1
            case Verdict.FOREIGN:
                self._stats.foreign += 1
        return False

    def _prove(self, data: bytes, source: Source, now: float) -> None:
        """A source that nobody has named: the judge hears of it only when the keys have vouched for its packet."""
        if self._lent is not None and classify(data) is _RTP:
            self._hold()
            return
        opened = self._opened(data, now)
        if opened is not None and self._admits(opened, Address(source[0], source[1]), now):
            self._pass_authentic(data, opened, source, now)

    def _opened(self, data: bytes, now: float) -> bytes | None:
        return self.opening.open(classify(data), data, now) if self.opening is not None else data

    def _pass_opened(self, data: bytes, source: Source, now: float) -> None:
        if self._is_aside(data):
            self._pass_aside(data, Address(source[0], source[1]), now)
            return
        opened = self._opened(data, now)
        if opened is not None:
            self._pass_authentic(data, opened, source, now)

    def _pass_authentic(self, data: bytes, opened: bytes, source: Source, now: float) -> None:
        self._arrived = data
        if self._media(opened, source, now):
            self._stats.bytes += len(data) - len(opened)

    def _pass_watched(self, data: bytes, source: Source, now: float) -> bool:
        kind = classify(data)
        if self._relay.recorded and kind in (_RTP, _RTCP):
            self._record(self._local, source, data, now)
        if self._relay.events and kind is _RTP:
            for digit in self._digits.read(data):
                self._stats.digits += 1
                self._hear(self._local, digit)
        return self._pass_media(data, source, now)

    def _pass_media(self, data: bytes, source: Source, now: float) -> bool:
        kind = classify(data)
        if kind is _RTP:
            if sent := self._send(self._rtp if self._lanes is None else self._lanes.rtp(data), data, now):
                if self._last_rtp is None:
                    self._stats.first_ssrc = peek(data).ssrc
                self._last_rtp = data
            return sent
        if kind is _RTCP:
            if sent := self._send(self._rtcp if self._lanes is None else self._lanes.rtcp(data), data, now):
                self._last_rtcp = data
                self._report(self._local, source, data, now)
            return sent
        self._pass_aside(data, Address(source[0], source[1]), now)
        return False

    def _pass_all(self, data: bytes, _source: Source, now: float) -> None:
        self._send(self._rtp, data, now)

    def _pass_all_recorded(self, data: bytes, source: Source, now: float) -> None:
        if self._relay.agent and is_stun(data):
            self._pass_aside(data, Address(source[0], source[1]), now)
        else:
            self._record(self._local, source, data, now)
            self._send(self._rtp, data, now)

    def _pass_all_but_stun(self, data: bytes, source: Source, now: float) -> None:
        if is_stun(data):
            self._pass_aside(data, Address(source[0], source[1]), now)
        else:
            self._send(self._rtp, data, now)

    def _pass_aside(self, data: bytes, address: Address, now: float) -> None:
        """STUN and DTLS are for the agent of the relay, if it has one."""
        if self._relay.agent and classify(data) in (Kind.STUN, Kind.DTLS):
            self._control(self._local, address, data, now)
        else:
            self._stats.malformed += 1

    def _send(self, ways: tuple[Way, ...], data: bytes, now: float) -> bool:
        """Counts the packet as relayed when there is a way out, whether or not the network takes it."""
        stats = self._stats
        if not ways:
            stats.unrouted += 1
            return False
        stats.packets += 1
        stats.bytes += len(data)
        stats.last_packet = now
        for send, target, out in ways:
            try:
                sent = send(data, target)
            except (OSError, SrtpError):  # full buffer, no route, too long, address gone: the next packet may do better
                stats.errors += 1
                out.errors_out += 1
                continue
            if sent is None:
                stats.blocked += 1
            else:
                out.packets_out += 1
                out.bytes_out += sent
        return True
