"""SDP documents of all kinds, good ones, odd ones and broken ones."""

import random
from itertools import chain

HOSTS = ("198.51.100.1", "198.51.100.1", "198.51.100.2", "2001:db8:a::1", "0.0.0.0", "::", "127.0.0.1", "224.0.0.1")
KEY = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)
ICE = (
    "a=ice-ufrag:abcd",
    "a=ice-pwd:abcdefghijklmnopqrstuvwx",
    "a=candidate:1 1 UDP 2130706431 198.51.100.1 4000 typ host",
)

SECTIONS = (
    ("m=audio {} RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000"),
    ("m=audio {} RTP/AVP 0", "a=rtcp-mux"),
    ("m=audio {} RTP/AVPF 9 0", "a=sendonly", "a=rtcp:4999"),
    ("m=video {} RTP/AVP 96", "a=rtpmap:96 VP8/90000", "a=mid:v"),
    ("m=audio {} RTP/SAVP 0", KEY),
    ("m=audio {} UDP/TLS/RTP/SAVPF 0", "a=setup:actpass", FINGERPRINT, "a=rtcp-mux", *ICE),
    ("m=audio {} RTP/AVP 8", *ICE),
    ("m=image {} udptl t38",),
    ("m=message {} TCP/MSRP *",),
    ("m=application {} UDP/BFCP *",),
)
COUNTS = (*[1] * 30, *[2] * 9, 3, 3, 3, 40)  # of sections
BROKEN = (
    "",
    "hello",
    "v=0\r\n",
    "v=0\r\nm=audio x RTP/AVP 0\r\n",
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n",
    "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 999\r\na=rtpmap:999 x\r\na=rtcp:none\r\n",
)


def drawn(dice: random.Random) -> str:
    """One of them."""
    if dice.random() < 0.06:
        return dice.choice(BROKEN)
    sections = [dice.choice(SECTIONS[:4] if dice.random() < 0.7 else SECTIONS) for _ in range(dice.choice(COUNTS))]
    host = dice.choice(HOSTS[:3] if dice.random() < 0.8 else HOSTS)
    family = "IP6" if ":" in host else "IP4"
    head: tuple[str, ...] = (
        "v=0",
        f"o=- 1 {dice.randrange(9)} IN {family} {host}",
        "s=-",
        f"c=IN {family} {host}",
        "t=0 0",
    )
    ports = [0 if dice.random() < 0.08 else 4000 + 2 * dice.randrange(500) for _ in sections]
    lines = [(first.format(port), *rest) for (first, *rest), port in zip(sections, ports, strict=True)]
    if dice.random() < 0.25:
        head, lines = _bundled(dice, head, lines)
    return "".join(f"{line}\r\n" for line in chain(head, *lines))


def _bundled(
    dice: random.Random, head: tuple[str, ...], sections: list[tuple[str, ...]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Named sections, some of them in one group."""
    named = [(*section, f"a=mid:{number}") for number, section in enumerate(sections, 1)]
    members = [str(number) for number in range(1, len(named) + 1) if dice.random() < 0.8]
    return (*head, f"a=group:BUNDLE {' '.join(members)}".rstrip()) if members else head, named
