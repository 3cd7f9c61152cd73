"""RULES: combinations of words that are probably a mistake, one row each."""

from dataclasses import dataclass

from rtpng.ng.advice.select import Selector, either, every, no, several, some, when, word
from rtpng.ng.advice.sides import BOTH, Side
from rtpng.ng.advice.words import Said
from sipcore.address import family_of
from sipcore.sdp.profile import profile_of


@dataclass(frozen=True, slots=True)
class Rule:
    """``text``: what is wrong and what to write. ``wrong``: a flag string that it is about; ``right``: put right."""

    name: str
    sides: tuple[Side, ...]
    finds: Selector
    text: str
    wrong: str
    right: str


# --- what the rules ask for ---

_OFFER, _ANSWER = (Side.OFFER,), (Side.ANSWER,)


def _is_secure(said: Said) -> bool:
    profile = profile_of(said.request.transport_protocol or "")
    return profile is not None and profile.secure


def _is_plain(said: Said) -> bool:
    profile = profile_of(said.request.transport_protocol or "")
    return profile is not None and not profile.secure


def _is_one_interface(said: Said) -> bool:
    return len(said.request.direction) == 2 and said.request.direction[0] == said.request.direction[1]


def _is_half_a_direction(said: Said) -> bool:
    return len(said.request.direction) == 1


def _is_of_another_family(said: Said) -> bool:
    host, family = said.request.media_address, said.request.address_family
    return host is not None and family is not None and family_of(host) is not family


_TRANSPORT = "transport-protocol"
_WEBRTC = word("WebRTC")
_TLS = word(_TRANSPORT, "udp/tls/rtp/savp", "udp/tls/rtp/savpf")
_SECURE = when(_is_secure, _TRANSPORT, "rtp/savp", "rtp/savpf", "udp/tls/rtp/savp", "udp/tls/rtp/savpf")
_PLAIN = when(_is_plain, _TRANSPORT, "rtp/avp", "rtp/avpf")
_BROWSER = either(_TLS, word(_TRANSPORT, "rtp/savpf"))
_NO_SDES = word("SDES", "off", "no", "disable", "disabled")
_NO_DTLS = word("DTLS", "off", "no", "disable", "disabled")
_NO_ICE = word("ICE", "remove")
_ICE = word("ICE", "force", "force-relay", "optional")

_SECURITY = (
    Rule(
        "secure-answer",
        _ANSWER,
        some(_SECURE, _WEBRTC),
        "An answer has the protocol that was offered: a secure one is refused by a plain phone, or gives no audio, so "
        "rtpng ignores it there; leave it out of answers.",
        "RTP/SAVPF ICE=remove",
        "RTP/AVP ICE=remove",
    ),
    Rule(
        "savpf-for-browsers",
        _OFFER,
        every(word(_TRANSPORT, "rtp/savpf"), _ICE),
        "Browsers expect UDP/TLS/RTP/SAVPF (RFC 8829 5.1.2), though some take RTP/SAVPF: write the former.",
        "RTP/SAVPF ICE=force SDES-off rtcp-mux-offer",
        "UDP/TLS/RTP/SAVPF ICE=force SDES-off rtcp-mux-offer",
    ),
    Rule(
        "sdes-under-tls",
        _OFFER,
        every(_TLS, no(_NO_SDES), no(_WEBRTC)),
        "rtpengine would offer SDES keys beside DTLS, which browsers refuse (rtpng never does): add SDES-off.",
        "UDP/TLS/RTP/SAVPF ICE=force rtcp-mux-require",
        "UDP/TLS/RTP/SAVPF ICE=force rtcp-mux-require SDES-off",
    ),
    Rule(
        "browser-without-ice",
        _OFFER,
        every(word(_TRANSPORT, "udp/tls/rtp/savpf"), no(_ICE), no(_WEBRTC)),
        "Browsers need ICE: add ICE=force.",
        "UDP/TLS/RTP/SAVPF SDES-off rtcp-mux-require",
        "UDP/TLS/RTP/SAVPF SDES-off rtcp-mux-require ICE=force",
    ),
    Rule(
        "browser-without-rtcp-mux",
        _OFFER,
        every(word(_TRANSPORT, "udp/tls/rtp/savpf"), no(word("rtcp-mux", "offer", "require")), no(_WEBRTC)),
        "Browsers need RTP and RTCP on one port: add rtcp-mux-require.",
        "UDP/TLS/RTP/SAVPF SDES-off ICE=force",
        "UDP/TLS/RTP/SAVPF SDES-off ICE=force rtcp-mux-require",
    ),
    Rule(
        "tls-without-dtls",
        BOTH,
        every(_TLS, _NO_DTLS),
        "UDP/TLS takes its keys from DTLS: write RTP/SAVP, or leave DTLS on.",
        "UDP/TLS/RTP/SAVP DTLS=off SDES-off",
        "RTP/SAVP DTLS=off",
    ),
    Rule(
        "no-keys",
        BOTH,
        every(_SECURE, _NO_DTLS, _NO_SDES),
        "A secure protocol needs keys, and both ways to agree on them are switched off.",
        "RTP/SAVP DTLS=off SDES-off",
        "RTP/SAVP DTLS=off",
    ),
    Rule(
        "dtls-role-in-answer",
        _ANSWER,
        word("DTLS", "passive", "active"),
        "The DTLS role was settled by the offer, so this comes too late: leave it out of answers, and write "
        "DTLS-reverse=passive into the offers of browsers.",
        "DTLS=passive",
        "replace-origin",
    ),
)

_ICE_AND_RTCP = (
    Rule(
        "ice-in-answer",
        _ANSWER,
        _ICE,
        "Whether an answer has ICE was settled by its offer: leave it out of answers.",
        "ICE=force replace-origin",
        "replace-origin",
    ),
    Rule(
        "ice-both-ways",
        BOTH,
        several("ICE"),
        "ICE has one policy, and the last one counts: leave the others out.",
        "ICE=remove ICE=force",
        "ICE=remove",
    ),
    Rule(
        "required-mux-for-plain-phones",
        _OFFER,
        every(word("rtcp-mux", "require"), no(_WEBRTC), either(_PLAIN, _NO_ICE)),
        "Plain phones rarely multiplex, and there is no second port for their RTCP: write rtcp-mux-offer, "
        "or rtcp-mux-demux for a browser that calls a phone.",
        "RTP/AVP ICE=remove rtcp-mux-require",
        "RTP/AVP ICE=remove rtcp-mux-demux",
    ),
    Rule(
        "mux-and-demux",
        _OFFER,
        every(word("rtcp-mux", "offer", "require"), word("rtcp-mux", "demux")),
        "One asks for rtcp-mux towards the receiver, the other takes it away: leave one out.",
        "rtcp-mux-offer rtcp-mux-demux",
        "rtcp-mux-demux rtcp-mux-accept",
    ),
    Rule(
        "mux-accepted-and-rejected",
        _OFFER,
        every(word("rtcp-mux", "accept", "demux"), word("rtcp-mux", "reject")),
        "One accepts the sender's rtcp-mux, the other refuses it: leave one out.",
        "rtcp-mux-accept rtcp-mux-reject",
        "rtcp-mux-accept",
    ),
    Rule(
        "browser-with-ice-removed",
        _OFFER,
        every(_BROWSER, _NO_ICE),
        "A secure protocol with feedback is for browsers, which need ICE: towards plain phones write RTP/AVP.",
        "RTP/SAVPF ICE=remove",
        "RTP/AVP ICE=remove",
    ),
)

_ADDRESSES = (
    Rule(
        "both-addresses",
        BOTH,
        every(word("trust-address"), word("SIP-source-address")),
        "They contradict each other, and SIP-source-address wins: leave one out.",
        "trust-address SIP-source-address",
        "SIP-source-address",
    ),
    Rule(
        "asymmetric-and-strict",
        BOTH,
        every(word("asymmetric"), word("strict-source")),
        "An asymmetric party sends from elsewhere than it receives, and strict-source means to drop just that: "
        "leave one out.",
        "asymmetric strict-source",
        "asymmetric",
    ),
    Rule(
        "strict-and-handover",
        BOTH,
        every(word("strict-source"), word("media-handover")),
        "One keeps other sources out, the other lets them take over: leave one out.",
        "strict-source media-handover",
        "strict-source",
    ),
    Rule(
        "asymmetric-and-handover",
        BOTH,
        every(word("asymmetric"), word("media-handover")),
        "One learns no address from media, the other follows media at any time: leave one out.",
        "asymmetric media-handover",
        "media-handover",
    ),
    Rule(
        "learning-off-and-handover",
        BOTH,
        every(word("endpoint-learning", "off"), either(word("media-handover"), word("port-latching"))),
        "One switches learning off, the other asks for it: leave one out.",
        "endpoint-learning=off port-latching",
        "port-latching",
    ),
    Rule(
        "latching-both-ways",
        BOTH,
        every(word("port-latching"), word("no-port-latching")),
        "They contradict each other: leave one out.",
        "port-latching no-port-latching",
        "port-latching",
    ),
    Rule(
        "same-interface-twice",
        _OFFER,
        when(_is_one_interface, "direction"),
        "Both directions name one interface, which is right only if both parties are on it: the first is towards the "
        "sender, the second towards the receiver.",
        "direction=pub direction=pub",
        "direction=priv direction=pub",
    ),
    Rule(
        "half-a-direction",
        _OFFER,
        when(_is_half_a_direction, "direction"),
        "This only names the interface towards the sender; the receiver gets the first one of --interface: "
        "write direction twice.",
        "direction=pub",
        "direction=priv direction=pub",
    ),
    Rule(
        "address-of-another-family",
        _OFFER,
        every(when(_is_of_another_family, "media-address"), word("address-family")),
        "The address that is printed is not of the family that is asked for.",
        "address-family=IP6 media-address=192.0.2.1",
        "address-family=IP6 media-address=2001:db8::1",
    ),
)

_REST = (
    Rule(
        "two-protocols",
        BOTH,
        several(_TRANSPORT),
        "There is one protocol, and the last word counts: leave the others out.",
        "RTP/AVP RTP/AVPF",
        "RTP/AVPF",
    ),
    Rule(
        "two-rtcp-attributes",
        BOTH,
        every(word("no-rtcp-attribute"), word("full-rtcp-attribute")),
        "They contradict each other, and no a=rtcp is printed: leave one out.",
        "no-rtcp-attribute full-rtcp-attribute",
        "full-rtcp-attribute",
    ),
    Rule(
        "two-sdp-versions",
        BOTH,
        every(word("replace", "sdp-version"), word("replace", "force-increment-sdp-ver")),
        "Both count the version in o=, and force-increment-sdp-ver wins: leave one out.",
        "replace-sdp-version replace-force-increment-sdp-ver",
        "replace-sdp-version",
    ),
)

RULES = _SECURITY + _ICE_AND_RTCP + _ADDRESSES + _REST
