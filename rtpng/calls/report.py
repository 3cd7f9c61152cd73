"""What query, list, delete and statistics tell of a call; the shape is rtpengine 26's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from rtpng.calls.model import Call, Endpoint, MediaStream, Party
from rtpng.media.relay import SocketStats
from sipcore.address import Address
from sipcore.sdp.codec import codecs_of
from sipcore.sdp.profile import profile_of

Reply = dict[str, Any]
FAMILY_NAMES = {"IP4": "IPv4", "IP6": "IPv6"}


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
    def last_packet(self) -> float | None: ...
    @property
    def last_kernel(self) -> float | None: ...
    @property
    def user(self) -> SocketStats: ...


@dataclass(frozen=True, slots=True)
class Reporter:
    """Reads a call and its traffic. ``wall_of`` turns monotonic into wall time (seconds since the epoch)."""

    stats: Callable[[Address], PortStats]
    in_kernel: Callable[[Address], bool]  # whether RTP that reaches a port is forwarded in the kernel
    kernel_active: bool
    wall_of: Callable[[float], float]

    def query(self, call: Call, tags: frozenset[str] = frozenset()) -> Reply:
        """The reply to query and delete; only the parties with these tags, all if there are none."""
        parties = [p for p in call.parties if not tags or tags & {p.tag, *p.aliases}]
        ports = [(e, component) for _, s in _streams(parties) for e, component in _components(s)]
        return {
            "created": int(call.created),
            "created_us": int(call.created * 1e6) % 1_000_000,
            "created_ts": int(call.created * 1e6),
            "last signal": int(call.last_signal),
            "last redis update": 0,
            **({"metadata": call.metadata} if call.metadata else {}),
            "SSRC": self._ssrcs(parties),
            "tags": {_name(call, p): self._party(call, p) for p in parties},
            "totals": {kind: self._total([e for e, c in ports if c == kind]) for kind in ("RTP", "RTCP")},
        }

    def _ssrcs(self, parties: list[Party]) -> Reply:
        found: Reply = {}
        for _, stream in _streams(parties):
            for entry in self._ingress(stream):
                found[str(entry["SSRC"])] = {k: v for k, v in entry.items() if k != "SSRC"}
        return found

    def _party(self, call: Call, party: Party) -> Reply:
        heard = [
            {"tag": d.other(party).tag or "", "type": "offer/answer"} for d in call.dialogues_of(party) if d.connected
        ]
        reply: Reply = {"tag": party.tag or ""}
        for key, value in (("via-branch", party.branch), ("tag-aliases", party.aliases), ("label", party.label)):
            if value:
                reply[key] = value
        return reply | {
            "created": int(party.created),
            "subscriptions": heard,
            "subscribers": list(heard),
            "medias": [self._media(call, party, i, s) for i, s in enumerate(party.streams, 1)],
            "VSC": [],
        }

    def _media(self, call: Call, party: Party, index: int, stream: MediaStream) -> Reply:
        reply: Reply = {"index": index, "type": stream.kind}
        if profile_of(stream.protocol) is not None:
            reply["protocol"] = stream.protocol
        codec = self._codec(stream)
        if codec:
            reply["codec"] = codec
        reply["streams"] = [self._stream(call, stream, e, component) for e, component in _components(stream)]
        reply["flags"] = list(_media_flags(party, stream))
        reply["ingress SSRCs"] = self._ingress(stream)
        reply["egress SSRCs"] = [e for p in call.peers(party) for e in self._peer_ingress(p, index)]
        return reply

    def _codec(self, stream: MediaStream) -> str | None:
        """The codec in use, once media was seen."""
        if stream.rtp is None or stream.described is None or profile_of(stream.protocol) is None:
            return None
        heard = self.stats(stream.rtp.local).user.payload_type
        if heard is None:
            return None
        return next((c.rtpmap for c in codecs_of(stream.described) if c.payload_type == heard and c.name), None)

    def _peer_ingress(self, peer: Party, index: int) -> list[Reply]:
        return self._ingress(peer.streams[index - 1]) if len(peer.streams) >= index else []

    def _ingress(self, stream: MediaStream) -> list[Reply]:
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
        ]

    def _stream(self, call: Call, stream: MediaStream, endpoint: Endpoint, component: str) -> Reply:
        local, latch = endpoint.local, endpoint.latch
        stats = self.stats(local)
        created = call.created
        reply: Reply = {
            "local port": local.port,
            "local address": local.host,
            "family": FAMILY_NAMES[local.family.value],
            "endpoint": _address(latch.target),
            "advertised endpoint": _address(latch.sdp),
            "last packet": self._wall(stats.last_packet, created),
            "last kernel packet": self._wall(stats.last_kernel, 0.0),
            "last user packet": self._wall(stats.user.last_packet, created),
        }
        if stats.user.first_ssrc is not None:
            reply["SSRC"] = stats.user.first_ssrc
        reply["flags"] = list(self._stream_flags(stream, endpoint, component))
        reply["stats"] = {"packets": stats.packets, "bytes": stats.bytes, "errors": stats.user.errors}
        out = {"packets": stats.packets_out, "bytes": stats.bytes_out, "errors": stats.user.errors_out}
        reply["stats_out"] = out
        reply["dropped"] = _dropped(stats.user)
        return reply

    def _stream_flags(self, stream: MediaStream, endpoint: Endpoint, component: str) -> Iterator[str]:
        yield component
        if stream.mux and component == "RTP":
            yield "RTCP"
        if endpoint.latch.target is not None:
            yield "filled"
        if endpoint.latch.remote is not None:
            yield "confirmed"
        if self.in_kernel(endpoint.local):
            yield "kernelized"
        elif not self.kernel_active:
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


def _streams(parties: list[Party]) -> Iterator[tuple[Party, MediaStream]]:
    for party in parties:
        for stream in party.streams:
            yield party, stream


def _components(stream: MediaStream) -> Iterator[tuple[Endpoint, str]]:
    if stream.rtp is not None:
        yield stream.rtp, "RTP"
    if stream.rtcp is not None:
        yield stream.rtcp, "RTCP"


def _name(call: Call, party: Party) -> str:
    """The key of a party: its tag, or a name that says which untagged one it is."""
    if party.tag is not None:
        return party.tag
    return f"<untagged {1 + [p for p in call.parties if p.tag is None].index(party)}>"


def _media_flags(party: Party, stream: MediaStream) -> Iterator[str]:
    if stream.described is not None or stream.rtp is not None:
        yield "initialized"
    if party.asymmetric:
        yield "asymmetric"
    if stream.direction.receives:
        yield "send"
    if stream.direction.sends:
        yield "recv"
    if stream.mux:
        yield "rtcp-mux"


def _address(address: Address | None) -> Reply:
    if address is None:
        return {}
    return {"family": FAMILY_NAMES[address.family.value], "address": address.host, "port": address.port}


def _dropped(user: SocketStats) -> Reply:
    """rtpng's own: packets that were not relayed, by reason."""
    return {"foreign": user.foreign, "held": user.held, "malformed": user.malformed, "unrouted": user.unrouted}
