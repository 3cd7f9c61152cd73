"""Who may be the remote address of an endpoint (latching): every rule of our security promise, as pure functions.

A media packet is of a *known* source (the remote address), of a *candidate* (may become it) or *foreign*. The
rules, by number:

1. SDP says where to send, until something better is proven; a candidate gets no media.
2. The SDP address and port is believed with its first packet, and that ends the learning.
3. If SDP cannot be true, or the peer stays silent there although it should talk, a candidate becomes the remote
   address after probation. The signalling source's address beats a strange one.
4. A remote address is a lock: packets of other sources are foreign. Only a better proof moves it.
5. Signalling re-opens nothing by itself; a changed SDP address does, and the old remote stays accepted meanwhile.
6. RTCP follows the RTP lock; its own first packet proves nothing.

A packet that SRTP keys have authenticated needs neither probation nor silence: only the peer can have made it. It does
not move a lock that is as good, because a copy that comes quicker on another path is authentic too.
"""

from enum import Enum, IntEnum
from typing import NamedTuple

from rtpng.media.relay import Verdict
from sipcore.address import Address, is_global

PROBATION_PACKETS = 5  # of one SSRC, with rising sequence numbers: 100 ms of audio
PROBATION_GAP = 16  # how far a sequence number may jump between two packets of one candidate
RTCP_PROBATION_PACKETS = 2
MAX_CANDIDATES = 8  # a spray of sources costs a bounded amount of memory
SIGNALLED_SILENCE = 0.5  # seconds without the SDP address before the signalling host is heard instead of it
STRANGE_SILENCE = 3.0  # the same for a host that nobody has named
HANDOVER_INTERVAL = 1.0  # media-handover moves at most once in this time


class Trust(IntEnum):
    """How well a source is proven to be the peer."""

    NONE = 0
    STRANGE = 1  # passed probation, nobody named its host
    SIGNALLED = 2  # passed probation, and SIP came from its host
    EXACT = 3  # the address and port of the SDP, or proven by the keys of the media


class Policy(Enum):
    """How an endpoint may learn; from the endpoint-learning option and flags."""

    NORMAL = "normal"  # heuristic and delayed
    IMMEDIATE = "immediate"  # probation of one packet
    OFF = "off"  # the SDP address only
    HANDOVER = "handover"  # a new source may take over at any time, after probation


class Heard(NamedTuple):
    """What learning needs to know of one received packet."""

    source: Address
    ssrc: int
    sequence: int = 0
    payload_type: int = 0
    authentic: bool = False  # SRTP whose keys the peer has; it has been decrypted


class Candidate(NamedTuple):
    """A source in probation."""

    source: Address
    ssrc: int
    sequence: int
    packets: int


class Latch(NamedTuple):
    """What an endpoint knows about its peer's address. Times are monotonic seconds."""

    sdp: Address | None = None  # where the SDP says the peer receives; None: nowhere (hold, rejected, not known yet)
    signalled: str | None = None  # the host that SIP came from
    doubtful: bool = False  # the SDP address cannot be true (private behind another signalling host)
    policy: Policy = Policy.NORMAL
    payload_types: frozenset[int] = frozenset()  # negotiated; empty: any
    talks_since: float | None = None  # from when on the peer should be sending; None: it need not (hold, not answered)
    remote: Address | None = None  # the lock
    trust: Trust = Trust.NONE
    previous: Address | None = None  # the lock before the SDP address changed: accepted until the new one is proven
    last_known: float | None = None  # when the lock, or the previous one, was last heard by the judge
    locked_at: float | None = None
    candidates: tuple[Candidate, ...] = ()
    waits: bool = False  # nothing is sent to the peer before it was heard

    @property
    def target(self) -> Address | None:
        """Where media for the peer goes (rule 1)."""
        if self.remote is not None:
            return self.remote
        if self.waits:
            return None
        return self.previous if self.doubtful and self.previous is not None else self.sdp


class Decision(NamedTuple):
    """What becomes of a packet, and what the endpoint knows after it."""

    verdict: Verdict
    latch: Latch


def doubtful(sdp_host: str, signalled: str | None, local: str) -> bool:
    """Whether an SDP address cannot be where media comes from (rule 3); ``local`` is our address towards the peer.

    A host that the internet does not route (private, shared by a carrier's NAT, link-local, unspecified) is out of
    reach of a peer whose SIP came from elsewhere, and of us where our own address is public.
    """
    if sdp_host == signalled or is_global(sdp_host):
        return False
    return signalled is not None or is_global(local)


def described(latch: Latch, sdp: Address | None, *, signalled: str | None, doubtful: bool) -> Latch:
    """The peer sent an SDP: only a changed address opens a new window (rule 5)."""
    told = latch
    if (signalled, doubtful) != (latch.signalled, latch.doubtful):
        told = _resignalled(latch, signalled)._replace(signalled=signalled, doubtful=doubtful)
    if sdp is None or sdp == latch.sdp:
        return told
    if latch.sdp is None and latch.remote in (None, sdp):
        return told._replace(sdp=sdp)
    if latch.remote == sdp:  # the SDP now names the address that was learned
        return told._replace(sdp=sdp, trust=Trust.EXACT, candidates=())
    return reopened(told)._replace(sdp=sdp)


def _resignalled(latch: Latch, signalled: str | None) -> Latch:
    """A lock that was believed because SIP came from its host is worth less when SIP comes from another (roaming)."""
    moved = latch.trust is Trust.SIGNALLED and latch.remote is not None and signalled not in (None, latch.remote.host)
    return latch._replace(trust=Trust.STRANGE) if moved else latch


def reopened(latch: Latch) -> Latch:
    """A new learning window; the old remote stays accepted until the new one is proven (rule 5)."""
    return latch._replace(
        remote=None,
        trust=Trust.NONE,
        previous=latch.remote or latch.previous,
        candidates=(),
        talks_since=None,
    )


def expecting(latch: Latch, *, talks: bool, now: float) -> Latch:
    """Whether the peer should be sending: silence of a party that need not talk proves nothing (rule 5)."""
    if not talks:
        return latch._replace(talks_since=None) if latch.talks_since is not None else latch
    return latch if latch.talks_since is not None else latch._replace(talks_since=now)


def judge(latch: Latch, packet: Heard, now: float) -> Decision:
    """What becomes of an RTP packet of a source that is not the locked one (or before there is a lock)."""
    source = packet.source
    if source == latch.remote or source == latch.previous:
        return Decision(Verdict.FORWARD, latch._replace(last_known=now))
    if source == latch.sdp:
        return Decision(Verdict.FORWARD, locked(latch, source, Trust.EXACT, now))
    if not may_probe(latch, packet, now):
        return Decision(Verdict.FOREIGN, latch)
    if packet.authentic:
        return Decision(Verdict.FORWARD, locked(latch, source, Trust.EXACT, now))
    return _probe(latch, packet, now)


def locked(latch: Latch, source: Address, trust: Trust, now: float) -> Latch:
    """The source is the peer: from here on all others are foreign (rule 4)."""
    return latch._replace(remote=source, trust=trust, previous=None, candidates=(), last_known=now, locked_at=now)


def trust_in(latch: Latch, source: Address) -> Trust:
    """How far a source would be believed after probation. Same port, or same host as the SDP, is no proof."""
    return Trust.SIGNALLED if source.host == latch.signalled else Trust.STRANGE


def may_probe(latch: Latch, packet: Heard, now: float) -> bool:
    """Whether the source of a packet may be a candidate at all (rules 3 and 4)."""
    if latch.policy is Policy.OFF:
        return False
    if latch.policy is Policy.HANDOVER and latch.locked_at is not None:
        return now - latch.locked_at >= HANDOVER_INTERVAL
    return (Trust.EXACT if packet.authentic else trust_in(latch, packet.source)) > latch.trust


def silent_long_enough(latch: Latch, trust: Trust, now: float) -> bool:
    """Whether the true peer has been silent for as long as a candidate of this trust must wait (rule 3)."""
    if latch.policy is Policy.HANDOVER and latch.remote is not None:
        return True
    if latch.doubtful and (trust is Trust.SIGNALLED or latch.signalled is None):
        return True
    if latch.talks_since is None:
        return False
    needed = SIGNALLED_SILENCE if trust is Trust.SIGNALLED else STRANGE_SILENCE
    return now - max(latch.talks_since, latch.last_known or 0.0) >= needed


def _probe(latch: Latch, packet: Heard, now: float) -> Decision:
    if latch.payload_types and packet.payload_type not in latch.payload_types:
        return Decision(Verdict.FOREIGN, latch)
    candidate = _counted(latch, packet)
    trust = trust_in(latch, packet.source)
    needed = 1 if latch.policy is Policy.IMMEDIATE else PROBATION_PACKETS
    if candidate.packets >= needed and silent_long_enough(latch, trust, now):
        return Decision(Verdict.FORWARD, locked(latch, packet.source, trust, now))
    return Decision(Verdict.HOLD, latch._replace(candidates=_with(latch, candidate)))


def _with(latch: Latch, candidate: Candidate) -> tuple[Candidate, ...]:
    """The candidates with this one as the newest; when they are too many, the oldest of the least trust goes."""
    others = [c for c in latch.candidates if c.source != candidate.source]
    if len(others) >= MAX_CANDIDATES:
        others.remove(min(others, key=lambda c: trust_in(latch, c.source)))
    return (*others, candidate)


def _counted(latch: Latch, packet: Heard) -> Candidate:
    """The candidate of this source, with this packet counted; a break in its sequence starts it anew."""
    known = next((c for c in latch.candidates if c.source == packet.source), None)
    if known is None:
        return Candidate(packet.source, packet.ssrc, packet.sequence, 1)
    step = (packet.sequence - known.sequence) & 0xFFFF
    if packet.ssrc != known.ssrc or not 0 < step <= PROBATION_GAP:
        return Candidate(packet.source, packet.ssrc, packet.sequence, 1)
    return known._replace(sequence=packet.sequence, packets=known.packets + 1)


def rtcp_expected(rtp: Latch, rtcp: Latch) -> Address | None:
    """Where the peer's RTCP should come from: the RTP lock's host, the port of ``a=rtcp`` or the next one (rule 6)."""
    if rtp.remote is None or rtp.remote == rtp.sdp:
        return rtcp.sdp
    return Address(rtp.remote.host, rtp.remote.port + 1) if rtp.remote.port < 65535 else None


def rtcp_remote(rtp: Latch, rtcp: Latch) -> Address | None:
    """The RTCP lock, as long as it belongs to the RTP lock (rule 6)."""
    if rtcp.remote is None:
        return None
    anchor = rtp.remote or rtp.sdp
    return rtcp.remote if anchor is not None and anchor.host == rtcp.remote.host else None


def rtcp_target(rtp: Latch, rtcp: Latch) -> Address | None:
    """Where RTCP for the peer goes."""
    if rtp.waits and rtp.remote is None:
        return None
    return rtcp_remote(rtp, rtcp) or rtcp_expected(rtp, rtcp)


def judge_rtcp(rtp: Latch, rtcp: Latch, packet: Heard, now: float) -> Decision:
    """What becomes of an RTCP packet on a port of its own (rule 6)."""
    lock = rtcp_remote(rtp, rtcp)
    if packet.source == rtcp_expected(rtp, rtcp):
        return Decision(Verdict.FORWARD, locked(rtcp, packet.source, Trust.EXACT, now))
    if packet.source == lock:
        return Decision(Verdict.FORWARD, rtcp)
    if lock is not None or rtp.remote is None or rtp.remote.host != packet.source.host or rtcp.policy is Policy.OFF:
        return Decision(Verdict.FOREIGN, rtcp)
    known = next((c for c in rtcp.candidates if c.source == packet.source and c.ssrc == packet.ssrc), None)
    packets = known.packets + 1 if known else 1
    if packets >= RTCP_PROBATION_PACKETS:
        return Decision(Verdict.FORWARD, locked(rtcp, packet.source, Trust.SIGNALLED, now))
    return Decision(Verdict.HOLD, rtcp._replace(candidates=(Candidate(packet.source, packet.ssrc, 0, packets),)))


def with_policy(latch: Latch, policy: Policy) -> Latch:
    """The same latch under another policy."""
    return latch if latch.policy is policy else latch._replace(policy=policy)


def with_payload_types(latch: Latch, types: frozenset[int]) -> Latch:
    """The same latch with the negotiated payload types; none at all means any."""
    return latch if latch.payload_types == types else latch._replace(payload_types=types)


def waiting(latch: Latch) -> Latch:
    """The same latch for a peer that must be heard first (NAT-wait)."""
    return latch if latch.waits else latch._replace(waits=True)


def nominated(latch: Latch, source: Address, now: float) -> Latch:
    """ICE has proven the source: there is nothing to learn."""
    return locked(latch, source, Trust.EXACT, now)


def forgotten(latch: Latch) -> Latch:
    """What stays when our port changes, or somebody else speaks at it: everything has to be proven anew."""
    return Latch(
        sdp=latch.sdp,
        signalled=latch.signalled,
        doubtful=latch.doubtful,
        policy=latch.policy,
        payload_types=latch.payload_types,
    )


def judge_muxed_rtcp(latch: Latch, source: Address) -> Decision:
    """RTCP on the RTP port: passed from where RTP may come, proves nothing (rule 6)."""
    known = source in (latch.remote, latch.previous, latch.sdp if latch.remote is None else None)
    return Decision(Verdict.FORWARD if known else Verdict.FOREIGN, latch)
