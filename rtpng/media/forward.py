"""The packet path in userspace: bound methods, looked up when a relay is applied; nothing is allocated per packet."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

from rtpng.media.relay import Relay, SocketStats, Verdict
from rtpng.media.treatment import Send
from sipcore.address import Address
from sipcore.demux import Kind, classify
from sipcore.rtcp import sender_ssrc
from sipcore.rtp import peek

Judge: TypeAlias = Callable[[Address, Address, bytes, float], Verdict]  # local, source, data, now
Source: TypeAlias = tuple[Any, ...]  # as recvfrom() gives it: host, port, for IPv6 also flow label and scope

_RTP: Final = Kind.RTP
_RTCP: Final = Kind.RTCP


class Way(NamedTuple):
    """One way out: ``send`` is the bound ``sendto`` of our socket, or treats and sends; ``stats`` are that socket's."""

    send: Send
    target: Address
    stats: SocketStats


class Forwarder:
    """What becomes of the packets of one local socket, by the relay that it follows at the moment."""

    __slots__ = (
        "_deliver",
        "_judge",
        "_known",
        "_last_rtcp",
        "_last_rtp",
        "_local",
        "_relay",
        "_rtcp",
        "_rtp",
        "_stats",
    )

    def __init__(self, local: Address, judge: Judge) -> None:
        self._local = local
        self._judge = judge
        self._stats = SocketStats()
        self._last_rtp: bytes | None = None
        self._last_rtcp: bytes | None = None
        self.rest()

    def follow(self, relay: Relay, rtp: tuple[Way, ...], rtcp: tuple[Way, ...]) -> None:
        """Goes by ``relay`` from the next packet on; ``rtp`` and ``rtcp`` are its ways, with their sockets."""
        self._relay = relay
        self._known: Source | None = None
        self._rtp = rtp
        self._rtcp = rtcp
        self._deliver = self._pass_all if relay.opaque else self._pass_media

    def rest(self) -> None:
        """Drops every packet, counted as unrouted and judged by nobody, until the next ``follow``."""
        self.follow(Relay(self._local, any_source=True, opaque=True), (), ())

    def packet(self, data: bytes, source: Source, now: float) -> None:
        """Relays, or drops and counts, one packet."""
        if source == self._known or self._admits_untrusted(data, source, now):
            # The judge may have had the relay replaced: whatever is bound at this moment holds.
            self._deliver(data, now)

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

    def _admits_untrusted(self, data: bytes, source: Source, now: float) -> bool:
        relay = self._relay
        address = Address(source[0], source[1])
        if address == relay.remote or (relay.any_source and relay.expected in (None, address)):
            self._known = source
            return True
        if relay.any_source:
            self._stats.others += 1
            return True
        if not relay.opaque and classify(data) not in (_RTP, _RTCP):
            self._stats.malformed += 1
            return False
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

    def _pass_media(self, data: bytes, now: float) -> None:
        kind = classify(data)
        if kind is _RTP:
            if self._send(self._rtp, data, now):
                if self._last_rtp is None:
                    self._stats.first_ssrc = peek(data).ssrc
                self._last_rtp = data
        elif kind is _RTCP:
            if self._send(self._rtcp, data, now):
                self._last_rtcp = data
        else:
            self._stats.malformed += 1

    def _pass_all(self, data: bytes, now: float) -> None:
        self._send(self._rtp, data, now)

    def _send(self, ways: tuple[Way, ...], data: bytes, now: float) -> bool:
        """Counts the packet as relayed when there is a way out, whether or not the network takes it."""
        stats = self._stats
        if not ways:
            stats.unrouted += 1
            return False
        size = len(data)
        stats.packets += 1
        stats.bytes += size
        stats.last_packet = now
        for send, target, out in ways:
            try:
                sent = send(data, target)
            except OSError:  # full buffer, no route, too long, address gone: the next packet may do better
                stats.errors += 1
                out.errors_out += 1
                continue
            if sent is None:
                stats.blocked += 1
            else:
                out.packets_out += 1
                out.bytes_out += sent
        return True
