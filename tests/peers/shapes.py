"""What generated parties say: SDP documents as data, and the pools from which their parts are drawn."""

from collections.abc import Iterator
from dataclasses import dataclass

HOSTS = {"a": "198.51.100.1", "b": "198.51.100.2", "c": "198.51.100.3"}
HOSTS6 = {"a": "2001:db8:a::1", "b": "2001:db8:b::1", "c": "2001:db8:c::1"}
ELSEWHERE = {"IP4": "198.51.100.50", "IP6": "2001:db8:e::50"}
ZERO = {"IP4": "0.0.0.0", "IP6": "::"}
PORTS = {"a": 4000, "b": 5000, "c": 6000}
MOVED = 100  # ports further, and at another address
RTCP_APART = 51  # from RTP, where a=rtcp says something

Codecs = dict[str, tuple[str, ...]]  # the payload type, and its lines without a=

AUDIO: Codecs = {
    "0": (),
    "8": ("rtpmap:8 PCMA/8000",),
    "9": ("rtpmap:9 G722/8000/1",),
    "18": ("rtpmap:18 G729/8000", "fmtp:18 annexb=no"),
    "96": ("rtpmap:96 opus/48000/2", "fmtp:96 minptime=10;useinbandfec=1"),
    "97": ("rtpmap:97 iLBC/8000", "fmtp:97 mode=30"),
    "98": ("rtpmap:98 AMR/8000", "fmtp:98 octet-align=1; mode-change-period=2"),
    "99": ("rtpmap:99 speex/16000",),
    "100": ("rtpmap:100 X-unheard-of/44100/2", "rtcp-fb:100 nack"),
}
EVENTS: Codecs = {
    "13": ("rtpmap:13 CN/8000",),
    "101": ("rtpmap:101 telephone-event/8000", "fmtp:101 0-15"),
    "102": ("rtpmap:102 telephone-event/8000",),
    "103": ("rtpmap:103 telephone-event/48000", "fmtp:103 0-16"),
}
VIDEO: Codecs = {
    "34": (),
    "105": ("rtpmap:105 H264/90000", "fmtp:105 profile-level-id=42e01f;packetization-mode=1", "rtcp-fb:105 nack pli"),
    "106": ("rtpmap:106 VP8/90000", "rtcp-fb:106 ccm fir", "rtcp-fb:106 nack"),
}
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
RTP_LINES = (
    *("ptime:20", "ptime:30", "maxptime:60", "rtcp-mux", "rtcp-mux", "rtcp:{rtcp}", "rtcp:{rtcp} IN {elsewhere}"),
    *("rtcp-fb:* nack", "rtcp-rsize", "label:7", "extmap-allow-mixed", "extmap:1 urn:x:level", "extmap:3 urn:x:time"),
    *("ssrc:11 cname:x", "msid:s t", "x-own", "silenceSupp:off - - - -", "mptime:20", "key-mgmt:none"),
)
FAX_LINES = ("T38FaxVersion:0", "T38MaxBitRate:14400", "T38FaxUdpEC:t38UDPRedundancy", "sendrecv", "x-own")
DATA_LINES = ("floorctrl:c-only", "setup:active", "connection:new", "label:9", "recvonly")
HEAD_LINES = ("i=about", "c=IN {elsewhere}", "b=AS:64", "b=TIAS:64000", "b=RR:100")
SESSION_LINES = (
    *("i=information", "u=http://example.com/", "e=a@example.com", "p=+1 555", "b=AS:128", "b=CT:256", "b=X-own:1"),
    *("a=x-session:1", "a=group:LS 1 2", "a=group:BUNDLE 1 2", "a=tool:x", "a=extmap-allow-mixed", "a=ptime:40"),
)


@dataclass(frozen=True, slots=True)
class Medium:
    """One m= section; ``lines`` come without ``a=``, ``head`` (i=, c=, b=) as whole lines."""

    kind: str
    protocol: str
    formats: tuple[str, ...]
    lines: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rejected: bool = False

    @property
    def is_rtp(self) -> bool:
        return self.protocol.startswith("RTP/")

    @property
    def codecs(self) -> Codecs:
        return VIDEO if self.kind == "video" else AUDIO | EVENTS

    def text(self, port: int) -> Iterator[str]:
        yield f"m={self.kind} {0 if self.rejected else port} {self.protocol} {' '.join(self.formats)}"
        yield from self.head
        yield from (f"a={line}" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Speech:
    """What a party says in one SDP."""

    tag: str
    media: tuple[Medium, ...]
    session: tuple[str, ...] = ()
    version: int = 1
    six: bool = False
    moved: bool = False
    zero: bool = False

    @property
    def text(self) -> str:
        return "".join(f"{line}\r\n" for line in [*self._session(), *self._media()])

    @property
    def family(self) -> str:
        return "IP6" if self.six else "IP4"

    def _session(self) -> Iterator[str]:
        host = (HOSTS6 if self.six else HOSTS)[self.tag] + ("0" if self.moved else "")
        yield "v=0"
        yield f"o={self.tag} 77 {self.version} IN {self.family} {host}"
        yield f"s=talk of {self.tag}"
        yield from (line for line in SESSION_LINES if line in self.session and line[0] in "iuep")
        yield f"c=IN {self.family} {ZERO[self.family] if self.zero else host}"
        yield from (line for line in SESSION_LINES if line in self.session and line[0] == "b")
        yield "t=0 0"
        yield from (line for line in self.session if line[0] == "a")

    def _media(self) -> Iterator[str]:
        elsewhere = f"{self.family} {ELSEWHERE[self.family]}"
        for index, medium in enumerate(self.media):
            port = PORTS[self.tag] + 2 * index + (MOVED if self.moved else 0)
            values = {"{rtcp}": str(port + RTCP_APART), "{elsewhere}": elsewhere}
            for line in medium.text(port):
                for name, value in values.items():
                    line = line.replace(name, value)
                yield line
