"""What a captured IP packet is: whose it is, and what of it may be written down. Pure."""

import re
from collections.abc import Collection
from socket import AF_INET, AF_INET6, inet_ntop
from typing import NamedTuple

from rtpng.recording.frames import headers
from sipcore import secrets
from sipcore.address import Address

_UDP = 17
_KEYS = secrets.pattern(r"[^\r\n]")
_KEYS_IN_JSON = secrets.pattern(r'(?:\\[^rn]|[^\\"\r\n])')
_JSON = re.compile(r"(?:\S* )?\{")


class Datagram(NamedTuple):
    """UDP in an IP packet."""

    source: Address
    target: Address
    payload: bytes


def datagram(packet: bytes) -> Datagram | None:
    """The UDP datagram of an IP packet; None for all else, fragments too."""
    version = packet[0] >> 4 if len(packet) >= 28 else 0
    if version == 4 and packet[9] == _UDP and not int.from_bytes(packet[6:8]) & 0x3FFF:
        hosts, start = (packet[12:16], packet[16:20]), (packet[0] & 15) * 4
    elif version == 6 and packet[6] == _UDP and len(packet) >= 48:
        hosts, start = (packet[8:24], packet[24:40]), 40
    else:
        return None
    source, target = (inet_ntop(AF_INET if version == 4 else AF_INET6, host) for host in hosts)
    ports = (int.from_bytes(packet[at : at + 2]) for at in (start, start + 2))
    end = start + int.from_bytes(packet[start + 4 : start + 6])
    return Datagram(Address(source, next(ports)), Address(target, next(ports)), packet[start + 8 : end])


class Sorter:
    """Which packets belong to a call: media of its ports, and the ng messages about it. ``ng``: ports of the daemon."""

    def __init__(self, call_id: str, ng: Collection[int]) -> None:
        self.ports: frozenset[Address] = frozenset()
        self._ng = ng
        name = call_id.encode("utf-8", "surrogateescape")
        self._names = (b"%d:%b" % (len(name), name), b'"%b"' % name)
        self._cookies: set[bytes] = set()

    def kept(self, packet: bytes) -> bytes | None:
        """The packet as it may be written; None if it is not the call's."""
        found = datagram(packet)
        if found is None:
            return None
        if found.source in self.ports or found.target in self.ports:
            return packet
        return self._message(found) if self._is_message(found) else None

    def _is_message(self, found: Datagram) -> bool:
        cookie = found.payload.partition(b" ")[0]
        if found.target.port in self._ng and any(name in found.payload for name in self._names):
            self._cookies.add(cookie)
            return True
        return found.source.port in self._ng and cookie in self._cookies

    def _message(self, found: Datagram) -> bytes:
        payload = blanked(found.payload)
        return headers(found.source, found.target, payload) + payload


def blanked(message: bytes) -> bytes:
    """An ng message with every key replaced by as many asterisks: lengths in bencode stay true."""
    text = message.decode("latin-1")
    keys = _KEYS_IN_JSON if _JSON.match(text) else _KEYS
    return keys.sub(_asterisks, text).encode("latin-1")


def _asterisks(match: re.Match[str]) -> str:
    begin = match[match.lastindex or 0]
    return begin + "*" * (len(match[0]) - len(begin))
