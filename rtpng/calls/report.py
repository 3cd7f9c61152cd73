"""What query, list, delete and statistics tell of a call; the shape is rtpengine 26's."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from rtpng.calls import learn
from rtpng.calls.admission import is_relayed_rtp
from rtpng.calls.leg import Keying
from rtpng.calls.model import Call, Echo, Endpoint, MediaStream, Party
from rtpng.media.relay import SocketStats
from rtpng.quality.call import CallQuality
from rtpng.quality.telling import entry
from sipcore.address import Address, Family
from sipcore.sdp.codec import codecs_of
from sipcore.sdp.direction import ZERO_HOSTS
from sipcore.sdp.profile import canonical

Reply = dict[str, Any]
_ECHOES = {Echo.BACK: "echo", Echo.NOWHERE: "blackhole"}
OF_PORTS = frozenset({"strict source address", "media handover"})  # flags told of ports, not of media


class PortStats(Protocol):
    """What the report needs to know of one local port's traffic; times are monotonic."""

    @property
    def packets(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def packets_out(self) -> int: ...
    @property
    def bytes_out(self) -> int: ...
    @property
    def blocked(self) -> int: ...
    @property
    def last_packet(self) -> float | None: ...
    @property
    def last_kernel(self) -> float | None: ...
    @property
    def user(self) -> SocketStats: ...


class SsrcReporting(Enum):
    """Where replies tell of SSRCs: in a dictionary of their own, within each media, or both."""

    FULL = "full"
    INLINE = "inline"
    GLOBAL = "global"
    NONE = "none"


_GLOBAL = (SsrcReporting.FULL, SsrcReporting.GLOBAL)
_INLINE = (SsrcReporting.FULL, SsrcReporting.INLINE)


@dataclass(frozen=True, slots=True)
class Reporter:
    """Reads a call and its traffic. ``wall_of`` turns monotonic into wall time (seconds since the epoch)."""

    stats: Callable[[Address], PortStats]
    in_kernel: Callable[[Address], bool]  # whether RTP that reaches a port is forwarded in the kernel
    kernel_active: bool
    wall_of: Callable[[float], float]
    leg: Callable[[Address], Reply]  # the state of ICE and DTLS behind a port; {} where there is neither
    quality: Callable[[str], CallQuality]  # by Call-ID
    ssrcs: SsrcReporting = SsrcReporting.FULL

    def query(self, call: Call, parties: Collection[Party] | None = None, gone: Collection[Party] = ()) -> Reply:
        """The reply to query and delete; ``tags`` tells of these parties only, the rest always of the whole call.

        ``gone``: parties that are being deleted, of whose ports nothing is told.
        """
        told = call.parties if parties is None else [p for p in call.parties if p in parties]
        ports = {port: None for stream in _streams(call) for port in _components(stream)}
        return {
            "created": int(call.created),
            "created_us": int(call.created * 1e6) % 1_000_000,
            "created_ts": int(call.created * 1e6),
            "last signal": int(call.last_signal),
            "last redis update": 0,
            **({"metadata": call.metadata} if call.metadata else {}),
            **({"SSRC": self._ssrcs(call)} if self.ssrcs in _GLOBAL else {}),
            "tags": {_name(call, p): self._party(call, p, closed=p in gone) for p in told},
            "totals": {kind: self._total([e for e, c in ports if c == kind]) for kind in ("RTP", "RTCP")},
            **_recording(call),
        }

    def _ssrcs(self, call: Call) -> Reply:
        found: Reply = {}
        for stream in _streams(call):
            for told in self._ingress(call, stream):
                found.setdefault(str(told["SSRC"]), {k: v for k, v in told.items() if k != "SSRC"})
        for ssrc, history in self.quality(call.call_id).histories.items():
            if str(ssrc) not in found:
                found[str(ssrc)] = entry(history, self.wall_of)
        return found

    def _heard(self, call: Call, ssrc: int) -> Reply:
        """What the sender of an SSRC has reported of what it hears."""
        history = self.quality(call.call_id).history(ssrc)
        return entry(history, self.wall_of) if history is not None else {}

    def _party(self, call: Call, party: Party, *, closed: bool) -> Reply:
        talking = [_link(d.other(party), "offer/answer") for d in call.dialogues_of(party) if d.connected]
        reply: Reply = {"tag": party.tag or ""}
        named = (
            ("via-branch", party.branch),
            ("tag-aliases", party.aliases),
            ("label", party.label),
            ("metadata", party.metadata),
        )
        return {
            **reply,
            **{key: value for key, value in named if value},
            "created": int(party.created),
            "subscriptions": talking + [_link(p, "pub/sub") for p in call.sources_of(party)],
            "subscribers": talking + [_link(p, "pub/sub") for p in call.subscribers_of(party)],
            "medias": [self._media(call, party, i, s, closed=closed) for i, s in enumerate(party.streams, 1)],
            "VSC": [],
        }

    def _media(self, call: Call, party: Party, index: int, stream: MediaStream, *, closed: bool) -> Reply:
        reply: Reply = {"index": index, "type": stream.kind}
        protocol = canonical(stream.protocol)
        if protocol is not None:
            reply["protocol"] = protocol
        heard = self.stats(stream.rtp.local).user.payload_type if stream.rtp is not None else None
        codec = codec_in_use(stream, heard)
        if codec:
            reply["codec"] = codec
        streams = [self._stream(call, stream, e, component) for e, component in _components(stream)]
        streams += list(self._unopened(call, stream))
        reply["streams"] = [_without_port(each) for each in streams] if closed else streams
        reply["flags"] = list(_media_flags(stream))
        reply |= self._leg(stream)
        if self.ssrcs in _INLINE:
            heard_from = call.sources(party, index - 1)
            reply["ingress SSRCs"] = self._ingress(call, stream)
            reply["egress SSRCs"] = [told for source in heard_from for told in self._ingress(call, source.stream)]
        return reply

    def _leg(self, stream: MediaStream) -> Reply:
        """rtpng's own: how far ICE, DTLS and SRTP are."""
        keys: Reply = {"SRTP": stream.keying.name.lower()} if stream.keying is not Keying.NONE else {}
        told = (self.leg(stream.rtp.local) if stream.rtp is not None else {}) | keys
        return {"leg": told} if told else {}

    def _ingress(self, call: Call, stream: MediaStream) -> list[Reply]:
        if stream.rtp is None:
            return []
        stats = self.stats(stream.rtp.local)
        user = stats.user
        if user.ssrc is None or user.sequence is None:
            return []
        return [
            {
                "SSRC": user.ssrc,
                "bytes": stats.bytes,
                "packets": stats.packets,
                "last RTP timestamp": user.timestamp,
                "last RTP seq": user.sequence,
            }
            | self._heard(call, user.ssrc)
        ]

    def _stream(self, call: Call, stream: MediaStream, endpoint: Endpoint, component: str) -> Reply:
        local, stats = endpoint.local, self.stats(endpoint.local)
        user = stats.user
        target, told = _where(stream, endpoint)
        reply: Reply = {
            "local port": local.port,
            "local address": local.host,
            "family": _family_name(local),
            "endpoint": _address(target),
            "advertised endpoint": _address(told),
            "last packet": self._wall(stats.last_packet, call.created),
            "last kernel packet": self._wall(stats.last_kernel, 0.0),
            "last user packet": self._wall(user.last_packet, call.created),
        }
        suite = suite_in_use(stream)
        if suite is not None:
            reply["crypto suite"] = suite
        ssrc = self._ssrc(stream, endpoint)
        if ssrc is not None:
            reply["SSRC"] = ssrc
        reply["flags"] = list(self._stream_flags(stream, endpoint, component, filled=target is not None))
        reply["stats"] = {"packets": stats.packets, "bytes": stats.bytes, "errors": user.errors}
        reply["stats_out"] = {"packets": stats.packets_out, "bytes": stats.bytes_out, "errors": user.errors_out}
        reply["dropped"] = _dropped(user, stats.blocked)
        if user.others:
            reply["other sources"] = user.others
        if user.digits:
            reply["digits"] = user.digits
        return reply

    def _unopened(self, call: Call, stream: MediaStream) -> Iterator[Reply]:
        """In place of the ports that a medium does without: there are always two streams."""
        rtcp = _address(stream.named[1]) if stream.rtp is not None else {}
        for component, told in (("RTP", {}), ("RTCP", rtcp))[len(stream.endpoints) :]:
            none = {"packets": 0, "bytes": 0, "errors": 0}
            yield {
                "endpoint": told,
                "advertised endpoint": told,
                "last packet": int(call.created),
                "last kernel packet": 0,
                "last user packet": int(call.created),
                "flags": [
                    *_component_flags(stream, component),
                    *(["filled"] if told else []),
                    *sorted(stream.marks & OF_PORTS),
                ],
                "stats": none,
                "stats_out": none,
            }

    def _ssrc(self, stream: MediaStream, endpoint: Endpoint) -> int | None:
        """The first one heard; an RTCP port without RTCP tells that of the RTP it belongs to."""
        own = self.stats(endpoint.local).user.first_ssrc
        if own is not None or stream.rtp is None or stream.rtp is endpoint:
            return own
        return self.stats(stream.rtp.local).user.first_ssrc

    def _stream_flags(self, stream: MediaStream, endpoint: Endpoint, component: str, *, filled: bool) -> Iterator[str]:
        yield from _component_flags(stream, component)
        if filled:
            yield "filled"
        if endpoint.latch.remote is not None:
            yield "confirmed"
        if stream.ice is not None:
            yield "ICE"
        yield from sorted(stream.marks & OF_PORTS)
        if self.in_kernel(endpoint.local):
            yield "kernelized"
        elif not self.kernel_active and endpoint.latch.remote is not None:
            yield "no kernel support"

    def _total(self, endpoints: list[Endpoint]) -> Reply:
        stats = [self.stats(endpoint.local) for endpoint in endpoints]
        return {
            "packets": sum(s.packets for s in stats),
            "bytes": sum(s.bytes for s in stats),
            "errors": sum(s.user.errors for s in stats),
        }

    def _wall(self, moment: float | None, default: float) -> int:
        """A stream that never saw a packet reports its creation as "last packet"."""
        return int(self.wall_of(moment) if moment is not None else default)


def _link(other: Party, kind: str) -> Reply:
    return {"tag": other.tag or "", "type": kind}


def asked_for(call: Call, tag: str | None) -> list[Party] | None:
    """The party with a tag and those that it hears; None, for all, without a tag."""
    if not tag:
        return None
    named = [party for party in call.parties if tag in (party.tag, *party.aliases)]
    heard = [peer for party in named for peer in (*call.peers(party), *call.sources_of(party))]
    return [party for party in call.parties if party in named or party in heard]


def codec_in_use(stream: MediaStream, heard: int | None) -> str | None:
    """The codec that a payload type stands for in a stream; None before media was seen, or if it has no name."""
    if heard is None or not is_relayed_rtp(stream.described):
        return None
    codecs = codecs_of(stream.described)
    return next((codec.rtpmap for codec in codecs if codec.payload_type == heard and codec.name), None)


def _ice_flags(stream: MediaStream) -> Iterator[str]:
    if stream.ice_beside is not None:
        yield from ("passthrough", "ICE")
    if stream.ice is None:
        return
    yield "ICE"
    for name, holds in (
        ("trickle ICE", stream.ice.told is not None and stream.ice.told.trickle),
        ("ICE controlling", stream.ice.controlling),
        ("ICE-lite peer", stream.ice.told is not None and stream.ice.told.lite),
        ("ICE-lite self", stream.ice.lite),
    ):
        if holds:
            yield name


def suite_in_use(stream: MediaStream) -> str | None:
    """The SRTP suite of what a party sends; None for plain media, and before there are keys."""
    if stream.keying is Keying.SDES and stream.sdes is not None and stream.sdes.remote is not None:
        return stream.sdes.remote.keys.suite.name
    return None


def _without_port(stream: Reply) -> Reply:
    return {key: value for key, value in stream.items() if key not in ("local port", "local address", "family")}


def _streams(call: Call) -> Iterator[MediaStream]:
    for party in call.parties:
        yield from party.streams


def _components(stream: MediaStream) -> Iterator[tuple[Endpoint, str]]:
    if stream.rtp is not None:
        yield stream.rtp, "RTP"
    if stream.rtcp is not None:
        yield stream.rtcp, "RTCP"


def _component_flags(stream: MediaStream, component: str) -> Iterator[str]:
    if stream.rtp is not None:
        yield component
    if stream.mux_said:
        yield "RTCP" if component == "RTP" else "fallback RTCP"


def _where(stream: MediaStream, endpoint: Endpoint) -> tuple[Address | None, Address | None]:
    """Where a port sends, and what SDP says of it; of media on hold with a zero address, both are that."""
    rtp, rtcp = stream.named
    if rtp is not None and rtp.host in ZERO_HOSTS:
        return (rtcp, rtcp) if endpoint is stream.rtcp else (rtp, rtp)
    return _target(stream, endpoint), endpoint.latch.sdp


def _target(stream: MediaStream, endpoint: Endpoint) -> Address | None:
    """Where what leaves a port goes."""
    if endpoint is stream.rtcp and stream.rtp is not None:
        return learn.rtcp_target(stream.rtp.latch, endpoint.latch)
    return endpoint.latch.target


def _name(call: Call, party: Party) -> str:
    """The key of a party: its tag, or a name that says which untagged one it is."""
    if party.tag is not None:
        return party.tag
    return f"<untagged {1 + [p for p in call.parties if p.tag is None].index(party)}>"


def _media_flags(stream: MediaStream) -> Iterator[str]:
    if stream.described is not None:
        yield "initialized"
    if stream.way.receives:
        yield "send"
    if stream.way.sends:
        yield "recv"
    if stream.mux_said:
        yield "rtcp-mux"
    if stream.keying is Keying.DTLS and stream.dtls is not None and stream.dtls.role is not None:
        yield from ("DTLS-SRTP", f"DTLS role {stream.dtls.role.value}")
    if stream.keying is Keying.SDES:
        yield "SDES"
    yield from _ice_flags(stream)
    yield from sorted(stream.marks - OF_PORTS)
    if stream.echo in _ECHOES:
        yield _ECHOES[stream.echo]


def _family_name(address: Address) -> str:
    return "IPv6" if address.family is Family.IP6 else "IPv4"


def _address(address: Address | None) -> Reply:
    if address is None:
        return {}
    return {"family": _family_name(address), "address": address.host, "port": address.port}


def _dropped(user: SocketStats, blocked: int) -> Reply:
    """rtpng's own: packets that were not relayed, by reason."""
    return {
        "foreign": user.foreign,
        "held": user.held,
        "auth failures": user.auth_failures,
        "replayed": user.replayed,
        "malformed": user.malformed,
        "unrouted": user.unrouted,
        "blocked": blocked,
    }


def _recording(call: Call) -> Reply:
    if call.recording is None:
        return {}
    return {"recording": {"call recording": int(not call.recording.paused), "forwarding": 0}}
