"""SRTP of the suites that libsrtp 2 has not: AES-192 in counter mode (RFC 6188) and AES in f8 mode (RFC 3711 4.1.2).

In Python over ``cryptography``, at some 15 us per packet: few calls have them, and they stay in the daemon's process.
"""

import hmac
from collections.abc import Callable
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from rtpng.media.srtp_errors import MOST_STREAMS, WINDOW, ReplayedError, SrtpError
from sipcore import srtp
from sipcore.srtp import Keys

_RTP_HEADER: Final = 12  # bytes, without CSRCs and extension
_RTCP_HEADER: Final = 8  # bytes that are never encrypted (RFC 3711 3.4)
_RTCP_INDEX: Final = 4  # bytes, with the bit that says encrypted
_ENCRYPTED: Final = 1 << 31
_HALF: Final = 1 << 15
_AUTHENTICATION_KEY: Final = 20  # bytes, of HMAC-SHA1

Crypt = Callable[[bytes, int, bytes], bytes]  # header, index (RTCP: with the bit that says encrypted), what to encrypt


class Seal(NamedTuple):
    """What protects, and opens, the packets of one direction: RTP or RTCP."""

    crypt: Crypt  # its own inverse
    encrypted: bool
    key: bytes  # of the tag
    tag: int  # bytes
    mki: bytes

    def signature(self, signed: bytes) -> bytes:
        """The tag, cut to its length."""
        return hmac.digest(self.key, signed, "sha1")[: self.tag]

    def split(self, data: bytes) -> tuple[bytes, bytes]:
        """What is authenticated, and the tag. Raises SrtpError for another MKI, or none."""
        end = len(data) - self.tag
        start = end - len(self.mki)
        if start < 0 or data[start:end] != self.mki:
            raise SrtpError("cut short, or another MKI")
        return data[:start], data[end:]


class Track:
    """The packets of one SSRC: the highest index so far, and which of the WINDOW before it were there."""

    __slots__ = ("_seen", "highest")

    def __init__(self) -> None:
        self.highest = -1
        self._seen = 0  # bit 0 is the highest one

    def index_of(self, sequence: int) -> int:
        """The index that a sequence number probably belongs to (RFC 3711 3.3.1); below 0 for one before the first."""
        if self.highest < 0:
            return sequence
        away = (sequence - self.highest + _HALF) & 0xFFFF
        return self.highest + away - _HALF

    def is_new(self, index: int) -> bool:
        """Whether no packet of this index was there, and the window reaches back to it."""
        behind = self.highest - index
        return index >= 0 and (behind < 0 or (behind < WINDOW and not self._seen >> behind & 1))

    def mark(self, index: int) -> None:
        """A packet of this index was there."""
        ahead = index - self.highest
        if ahead > 0:
            self._seen = (self._seen << min(ahead, WINDOW) | 1) & ((1 << WINDOW) - 1)
            self.highest = index
        else:
            self._seen |= 1 << -ahead


class RareContext:
    """Protects or opens the packets of one direction; a call takes a packet and returns it transformed."""

    __slots__ = ("__weakref__", "_seal", "_tracks", "_work")

    def __init__(self, keys: Keys, *, encrypts: bool, rtcp: bool) -> None:
        self._seal = seal_of(keys, rtcp=rtcp)
        self._tracks: dict[bytes, Track] = {}
        works = (self._open_rtp, self._protect_rtp, self._open_rtcp, self._protect_rtcp)
        self._work = works[2 * rtcp + encrypts]

    def __call__(self, data: bytes) -> bytes:
        """Raises ReplayedError, SrtpError."""
        return self._work(data)

    def _protect_rtp(self, data: bytes) -> bytes:
        seal, start, track = self._seal, payload_start(data), self._track(data[8:12])
        index = track.index_of(int.from_bytes(data[2:4]))
        if not track.is_new(index):
            raise ReplayedError("the same key stream would be used once more")
        sealed = data[:start] + seal.crypt(data, index, data[start:]) if seal.encrypted else data
        self._keep(data[8:12], track, index)
        return sealed + seal.mki + seal.signature(sealed + _roc(index))

    def _open_rtp(self, data: bytes) -> bytes:
        seal, start, track = self._seal, payload_start(data), self._track(data[8:12])
        sealed, tag = seal.split(data)
        index = track.index_of(int.from_bytes(data[2:4]))
        if not track.is_new(index):
            raise ReplayedError("was there before, or is older than the window")
        if start > len(sealed) or not hmac.compare_digest(tag, seal.signature(sealed + _roc(index))):
            raise SrtpError("not authentic")
        self._keep(data[8:12], track, index)
        return sealed[:start] + seal.crypt(data, index, sealed[start:]) if seal.encrypted else sealed

    def _protect_rtcp(self, data: bytes) -> bytes:
        seal, track = self._seal, self._track(data[4:8])
        index = max(track.highest, 0) + 1  # as libsrtp counts; wrapping takes 2^31 packets
        marked = index | (_ENCRYPTED if seal.encrypted else 0)
        payload = seal.crypt(data, marked, data[_RTCP_HEADER:]) if seal.encrypted else data[_RTCP_HEADER:]
        sealed = data[:_RTCP_HEADER] + payload + marked.to_bytes(_RTCP_INDEX)
        self._keep(data[4:8], track, index)
        return sealed + seal.mki + seal.signature(sealed)

    def _open_rtcp(self, data: bytes) -> bytes:
        seal, track = self._seal, self._track(data[4:8])
        sealed, tag = seal.split(data)
        end = len(sealed) - _RTCP_INDEX
        marked = int.from_bytes(sealed[end:])
        if end < _RTCP_HEADER or not hmac.compare_digest(tag, seal.signature(sealed)):
            raise SrtpError("not authentic")
        if not track.is_new(marked & ~_ENCRYPTED):
            raise ReplayedError("was there before, or is older than the window")
        self._keep(data[4:8], track, marked & ~_ENCRYPTED)
        payload = sealed[_RTCP_HEADER:end]
        return data[:_RTCP_HEADER] + (seal.crypt(data, marked, payload) if marked & _ENCRYPTED else payload)

    def _track(self, ssrc: bytes) -> Track:
        """What is known of an SSRC; one that is new is kept with its first authentic packet only."""
        return self._tracks.get(ssrc) or Track()

    def _keep(self, ssrc: bytes, track: Track, index: int) -> None:
        if ssrc not in self._tracks and len(self._tracks) >= MOST_STREAMS:
            raise SrtpError("too many SSRCs")
        self._tracks[ssrc] = track
        track.mark(index)


def seal_of(keys: Keys, *, rtcp: bool) -> Seal:
    """The session keys of one direction (RFC 3711 4.3; RFC 6188 3: derived with the cipher of the suite)."""
    suite, first = keys.suite, 3 if rtcp else 0
    key, salt = derived(keys, first, suite.key), derived(keys, first + 2, suite.salt)
    crypt = (
        (_f8_rtcp if rtcp else _f8_rtp)(key, salt) if suite.cipher is srtp.Cipher.AES_F8 else _counter(key, salt, rtcp)
    )
    encrypted = not (keys.unencrypted_srtcp if rtcp else keys.unencrypted_srtp)
    tag = suite.rtcp_tag if rtcp else 0 if keys.unauthenticated_srtp else suite.tag
    return Seal(crypt, encrypted, derived(keys, first + 1, _AUTHENTICATION_KEY), tag, keys.mki)


def derived(keys: Keys, label: int, size: int) -> bytes:
    """A session key (RFC 3711 4.3.1, without a key derivation rate)."""
    start = (int.from_bytes(keys.salt) ^ label << 48) << 16
    return _counter_mode(keys.key, start.to_bytes(16), bytes(size))


def payload_start(data: bytes) -> int:
    """Bytes of an RTP header with its CSRCs and its extension. Raises SrtpError for a packet that ends before it."""
    if len(data) < _RTP_HEADER:
        raise SrtpError("cut short")
    start = _RTP_HEADER + 4 * (data[0] & 15)
    if data[0] & 16:
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4])
    if start > len(data):
        raise SrtpError("cut short")
    return start


def _counter(key: bytes, salt: bytes, rtcp: bool) -> Crypt:
    """Counter mode (RFC 3711 4.1.1): it starts from salt, SSRC and index."""
    ssrc = slice(4, 8) if rtcp else slice(8, 12)
    offset = int.from_bytes(salt) << 16

    def crypt(header: bytes, index: int, text: bytes) -> bytes:
        start = offset ^ int.from_bytes(header[ssrc]) << 64 ^ (index & ~_ENCRYPTED if rtcp else index) << 16
        return _counter_mode(key, start.to_bytes(16), text)

    return crypt


def _counter_mode(key: bytes, start: bytes, text: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CTR(start)).encryptor().update(text)


def _f8_rtp(key: bytes, salt: bytes) -> Crypt:
    """RFC 3711 4.1.2.2: the header but for its first byte, and the rollover counter."""
    mode = f8(key, salt)
    return lambda header, index, text: mode(b"\0" + header[1:12] + _roc(index), text)


def _f8_rtcp(key: bytes, salt: bytes) -> Crypt:
    """RFC 3711 4.1.2.3: the index with the bit that says encrypted, and the header."""
    mode = f8(key, salt)
    return lambda header, index, text: mode(bytes(4) + index.to_bytes(4) + header[:8], text)


def f8(key: bytes, salt: bytes) -> Callable[[bytes, bytes], bytes]:
    """Output feedback that a counter and a masked start keep from cycles (RFC 3711 4.1.2.1)."""
    block = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update
    masked = int.from_bytes(key) ^ int.from_bytes(salt.ljust(len(key), b"\x55"))
    mask = Cipher(algorithms.AES(masked.to_bytes(len(key))), modes.ECB()).encryptor().update

    def crypt(start: bytes, text: bytes) -> bytes:
        first, last, stream = int.from_bytes(mask(start)), 0, bytearray()
        for count in range((len(text) + 15) // 16):
            made = block((first ^ count ^ last).to_bytes(16))
            last = int.from_bytes(made)
            stream += made
        size = len(text)
        return (int.from_bytes(stream[:size]) ^ int.from_bytes(text)).to_bytes(size)

    return crypt


def _roc(index: int) -> bytes:
    return (index >> 16 & 0xFFFFFFFF).to_bytes(4)
