"""What userspace is asked to relay, as plain data: the vocabulary between the plan and the media plane."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from sipcore.address import Address
from sipcore.record import record
from sipcore.srtp import Keys


class Verdict(Enum):
    """What becomes of one media packet whose source is not the one that the relay already trusts."""

    FORWARD = auto()  # accepted: relay this packet (the judge has already changed what the plan says)
    HOLD = auto()  # may become the remote address after probation; not relayed
    FOREIGN = auto()  # somebody else's: drop and count


@dataclass(frozen=True, slots=True)
class Digit:
    """An event (RFC 4733) that has ended: its number (0 to 15 are DTMF), milliseconds, and volume in -dBm0."""

    event: int
    duration: int
    volume: int


@dataclass(frozen=True, slots=True)
class Play:
    """An event that is to be played: milliseconds, volume in -dBm0 (0 to 63). ``number`` is its own, within a call."""

    number: int
    event: int
    duration: int = 250
    pause: int = 100  # until the next one may begin
    volume: int = 8


@dataclass(frozen=True, slots=True)
class Played:
    """A digit was played, and its pause is over."""

    number: int


class EventType(NamedTuple):
    """How events are sent in a stream: payload type and clock rate, and the rate of the stream's timestamps, in Hz."""

    payload_type: int
    rate: int
    clock: int


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done to RTP on one way out; by default nothing.

    ``blocked``: every packet counts as received, and is not sent.
    ``dropped``: the same for these payload types; the next packet that is sent has the marker bit, because for its
    receiver the talk begins anew after a gap (RFC 3551 4.1).
    ``unshortened``: the same for packets of these types whose payload is shorter than the first of its type.
    ``silence``: by payload type, what the payload is filled with (one octet), or becomes (several).
    ``removed_extensions``: header extensions that are taken out, by id; ``mid``: id and value of the one that is put
    in, instead of any with its id (RFC 9143 15).
    ``playing``: digits that are sent in place of packets, one after the other, as events of ``event_type``.
    """

    blocked: bool = False
    dropped: frozenset[int] = frozenset()
    unshortened: frozenset[int] = frozenset()
    silence: frozenset[tuple[int, bytes]] = frozenset()
    removed_extensions: frozenset[int] = frozenset()
    mid: tuple[int, bytes] | None = None
    playing: tuple[Play, ...] = ()
    event_type: EventType | None = None


UNTOUCHED = Treatment()


@record
class Forward:
    """One way out: our socket bound to ``source`` sends to ``target``, after the treatment, encrypted with ``protect``.

    A way with the keys that the relay decrypts with sends each packet as it came, once it has authenticated: encrypting
    anything else with the sender's own keys could use one key stream twice.
    """

    source: Address
    target: Address
    treatment: Treatment = UNTOUCHED
    protect: Keys | None = None


@record
class Lane:
    """One of several streams that share a port: what tells its packets apart, and where they go.

    ``place``: its place among the m= sections, which it keeps. ``mids``: what the sender may call it.
    """

    place: int
    mids: frozenset[bytes] = frozenset()
    payload_types: frozenset[int] = frozenset()
    rtp: tuple[Forward, ...] = ()
    rtcp: tuple[Forward, ...] = ()


@record
class Relay:
    """One local socket: whom it believes and where its packets go.

    ``remote``: packets of this source are relayed at once; all others are judged first.
    ``any_source``: relay packets of every source unjudged (asked for by ``asymmetric`` or the operator).
    ``expected``: with ``any_source``, whom SDP names; packets of others are relayed and counted. None counts nobody.
    ``rtp``/``rtcp``: where each kind goes; empty drops it, counted. With ``opaque`` (not RTP, e.g. udptl) every
    datagram goes the way of ``rtp``.
    ``unprotect``: what arrives is SRTP; a packet that does not authenticate is counted and changes nothing else. The
    judge sees packets of other sources only once they have authenticated, and decrypted. Keys that replace others
    leave those in force for a moment (``opening.OVERLAP``), as packets sent before the change still arrive.
    ``sources``: only these may send media, and nobody is judged: what ICE has validated, or nobody as long as a leg
    that must be secure has no keys. None goes by ``remote``.
    ``agent``: STUN and DTLS of any source are handed to the plane's ``control``; without it they are malformed.
    ``lanes``: of several streams on this port, in place of ``rtp`` and ``rtcp``; ``mid_extension``: the id of the
    header extension that names the lane; ``heard_at``: the port whose RTP tells which SSRC is whose, if not this one.
    ``pierce``: who gets one empty packet, so that firewalls on the way let in what comes from there.
    ``events``: payload types of events (RFC 4733) that are recognised and told of, with their clock rates.
    ``recorded``: media of this socket is given to the recorder, decrypted, before anything is done to it.
    ``tos``: TOS/traffic class byte of what this socket sends; None leaves the system's default.
    ``label``: call-id, for log lines; no part of the identity of a relay.
    """

    local: Address
    remote: Address | None = None
    any_source: bool = False
    expected: Address | None = None
    rtp: tuple[Forward, ...] = ()
    rtcp: tuple[Forward, ...] = ()
    opaque: bool = False
    unprotect: Keys | None = None
    sources: frozenset[Address] | None = None
    agent: bool = False
    lanes: tuple[Lane, ...] = ()
    mid_extension: int | None = None
    heard_at: Address | None = None
    pierce: Address | None = None
    events: frozenset[tuple[int, int]] = frozenset()
    recorded: bool = False
    tos: int | None = None
    label: str = field(default="", compare=False)

    @property
    def ways(self) -> tuple[Forward, ...]:
        """All ways out."""
        own = (*self.rtp, *self.rtcp)
        return (*own, *(way for lane in self.lanes for way in (*lane.rtp, *lane.rtcp))) if self.lanes else own


@dataclass(slots=True)
class SocketStats:
    """What one local socket has seen in userspace; bytes are UDP payload. Kernel-forwarded packets are not in here."""

    packets: int = 0  # relayed, received on this socket
    bytes: int = 0
    errors: int = 0  # could not be sent on
    packets_out: int = 0  # sent from this socket
    bytes_out: int = 0
    errors_out: int = 0
    errors_in: int = 0  # reported by the socket in place of a packet (ICMP)
    foreign: int = 0  # of a source that is not the remote: dropped
    others: int = 0  # of a source that SDP does not name, from a party that may use any: relayed
    held: int = 0  # of a source in probation: dropped
    auth_failures: int = 0  # SRTP that the keys do not authenticate: dropped
    replayed: int = 0  # SRTP that came before, or is older than the replay window: dropped
    malformed: int = 0  # neither RTP nor RTCP (nor anything else we know), or too short: dropped
    unrouted: int = 0  # nowhere to send yet: dropped
    digits: int = 0  # events that were recognised
    blocked: int = 0  # relayed, but dropped by the treatment of a way out
    last_packet: float | None = None  # monotonic time of the last relayed packet
    ssrc: int | None = None  # of the last relayed RTP (or RTCP sender)
    first_ssrc: int | None = None
    payload_type: int | None = None
    sequence: int | None = None
    timestamp: int | None = None
