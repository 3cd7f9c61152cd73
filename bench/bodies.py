"""The SDP of the two phones, what the relay wrote into it, and the commands as a stock Kamailio sends them."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bench.errors import BenchError
from sipcore.errors import ParseError
from sipcore.sdp.dtls import Fingerprint, Role, parse_fingerprint
from sipcore.srtp import SUITES, Keys, joined

Message = dict[str, object]

_COMMON: Mapping[str, object] = MappingProxyType(
    {"supports": ["load limit"], "replace": ["origin", "session-connection"], "ICE": "remove"}
)
_FINGERPRINT = ":".join(f"{number * 7 & 255:02X}" for number in range(32))
_PHONE = """\
v=0
o=- 1545997027 1 IN IP4 {ip}
s=session
c=IN IP4 {ip}
t=0 0
m=audio {port} {profile} 0 8 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
{extra}a=sendrecv
"""
_BROWSER = """\
v=0
o=- 6523456789012345678 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS stream
m=audio {port} UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 {ip}
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2122260223 {ip} {port} typ host generation 0 network-id 1
a=ice-ufrag:aBcD
a=ice-pwd:0123456789abcdefghijklmn
a=ice-options:trickle
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:stream track
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:1234567890 cname:abcdefghijklmnop
a=ssrc:1234567890 msid:stream track
"""


@dataclass(frozen=True, slots=True)
class Told:
    """Where the relay wants a party's media, and how it protects it: its SDES keys, or its part in DTLS."""

    ip: str
    port: int
    keys: Keys | None = None
    fingerprints: tuple[Fingerprint, ...] = ()
    role: Role | None = None

    def our_role(self) -> Role:
        """In the DTLS handshake. Raises BenchError when the relay takes no part in one."""
        if self.role is None or not self.fingerprints:
            raise BenchError("no DTLS in the relay's SDP")
        return self.role.other


def phone(ip: str, port: int) -> str:
    """A G.711 phone."""
    return _phone(ip, port, "RTP/AVP", "")


def sdes_phone(ip: str, port: int, keys: Keys) -> str:
    """The same with SDES-SRTP."""
    inline = base64.b64encode(keys.material).decode()
    return _phone(ip, port, "RTP/SAVP", f"a=crypto:1 {keys.suite.name} inline:{inline}\n")


def dtls_phone(ip: str, port: int, fingerprint: Fingerprint) -> str:
    """The same with DTLS-SRTP, without ICE."""
    lines = f"a=setup:actpass\na=fingerprint:{fingerprint.text}\na=rtcp-mux\n"
    return _phone(ip, port, "UDP/TLS/RTP/SAVP", lines)


def browser(ip: str, port: int) -> str:
    """A browser's audio offer: ICE, DTLS, rtcp-mux, opus first."""
    return _lines(_BROWSER.format(ip=ip, port=port, fingerprint=_FINGERPRINT))


def told(sdp: bytes | str) -> Told:
    """What the relay's SDP says about the first audio stream. Raises BenchError when it says nothing usable."""
    text = sdp.decode() if isinstance(sdp, bytes) else sdp
    media = re.search(r"^m=audio (\d+)", text, re.MULTILINE)
    if media is None:
        raise BenchError("no audio in the relay's SDP")
    connection = _connection(text[media.end() :]) or _connection(text[: media.start()])
    if connection is None:
        raise BenchError("no IPv4 address in the relay's SDP")
    return Told(connection, int(media[1]), _sdes_keys(text), _fingerprints(text), _role(text))


def offer(call_id: str, sdp: str, received_from: str, **keys: object) -> Message:
    """From the side of interface ``a``; the far side gets plain RTP."""
    tags = {"call-id": call_id, "from-tag": f"f{call_id}"}
    sides = {"direction": ["a", "b"], "received-from": ["IP4", received_from], "transport-protocol": "RTP/AVP"}
    return {"command": "offer", **_COMMON, **tags, **sides, "sdp": sdp, **keys}


def answer(call_id: str, sdp: str, received_from: str, **keys: object) -> Message:
    """From the side of interface ``b``."""
    tags = {"call-id": call_id, "from-tag": f"f{call_id}", "to-tag": f"t{call_id}"}
    sides = {"direction": ["b", "a"], "received-from": ["IP4", received_from]}
    return {"command": "answer", **_COMMON, **tags, **sides, "sdp": sdp, **keys}


def delete(call_id: str) -> Message:
    tags = {"call-id": call_id, "from-tag": f"f{call_id}", "to-tag": f"t{call_id}"}
    return {"command": "delete", **tags, "delete-delay": 0}


def _lines(text: str) -> str:
    return text.replace("\n", "\r\n")


def _connection(text: str) -> str | None:
    found = re.search(r"^c=IN IP4 (\S+)", text, re.MULTILINE)
    return found[1] if found else None


def _phone(ip: str, port: int, profile: str, extra: str) -> str:
    return _lines(_PHONE.format(ip=ip, port=port, profile=profile, extra=extra))


def _sdes_keys(text: str) -> Keys | None:
    found = re.search(r"^a=crypto:\d+ (\S+) inline:([^|\s]+)", text, re.MULTILINE)
    if found is None:
        return None
    suite = SUITES.get(found[1])
    if suite is None:
        raise BenchError(f"the relay wants the suite {found[1]}")
    material = found[2] + "=" * (-len(found[2]) % 4)  # some relays leave out the padding
    return joined(suite, base64.b64decode(material))


def _fingerprints(text: str) -> tuple[Fingerprint, ...]:
    lines = re.findall(r"^a=fingerprint:(.+?)\r?$", text, re.MULTILINE)
    try:
        return tuple(found for found in map(parse_fingerprint, lines) if found is not None)
    except ParseError as error:
        raise BenchError(f"the relay's SDP: {error}") from None


def _role(text: str) -> Role | None:
    found = re.search(r"^a=setup:(active|passive)", text, re.MULTILINE)
    return Role(found[1]) if found else None
