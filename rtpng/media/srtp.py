"""SRTP and SRTCP by libsrtp, called in place: the only module that knows pylibsrtp.

pylibsrtp's own ``Session.protect`` allocates and copies three times per packet: 1.9 us against 0.8 us in place.
"""

from enum import Enum
from typing import Any, Final, NamedTuple
from weakref import WeakValueDictionary

import pylibsrtp  # noqa: F401 - initialises libsrtp
from pylibsrtp._binding import ffi, lib

from sipcore.srtp import Cipher, Keys

WINDOW: Final = 1024  # packets that may come late; the library's 128 are little after a burst
MOST_STREAMS: Final = 128  # SSRCs of one context: libsrtp searches them one by one, 100 us per packet with 20,000
_LONGEST: Final = 65535
_TRAILER: Final = 256  # bytes, more than tag, SRTCP index and MKI take
_REPLAYED: Final = (9, 10, 26)  # srtp_err_status_replay_fail, _replay_old, _pkt_idx_old
_NULL_AUTH, _HMAC_SHA1 = 0, 3  # srtp_auth_type_id_t
_ENCRYPTED, _AUTHENTICATED = 1, 2  # srtp_sec_serv_t

# srtp_cipher_type_id_t by cipher and bytes of key
_CIPHERS: Final = {
    (Cipher.NULL, 16): 0,
    (Cipher.AES_CM, 16): 1,
    (Cipher.AES_CM, 32): 5,
    (Cipher.AES_GCM, 16): 6,
    (Cipher.AES_GCM, 32): 7,
    (
        Cipher.AES_F8,
        16,
    ): 1,  # not what it is, but its tags are made alike: what is read is good for passing on as it came
}


class SrtpError(Exception):
    """A packet that is forged, damaged, or of one stream too many."""


class ReplayedError(SrtpError):
    """A sequence number (SRTCP: index) that was there before, or is older than the window."""


class Role(Enum):
    """What a context does: the library's function, whether it encrypts, whether it is for RTCP."""

    PROTECT_RTP = (lib.srtp_protect, True, False)
    UNPROTECT_RTP = (lib.srtp_unprotect, False, False)
    PROTECT_RTCP = (lib.srtp_protect_rtcp, True, True)
    UNPROTECT_RTCP = (lib.srtp_unprotect_rtcp, False, True)

    def __init__(self, function: Any, encrypts: bool, rtcp: bool) -> None:
        self.function = function
        self.encrypts = encrypts
        self.rtcp = rtcp


class Contexts:
    """One context per keys and role, for as long as somebody holds it.

    The rollover counter and the replay window are in it: a context made anew for keys in use reads nothing after the
    sequence numbers have wrapped, and would encrypt with a key stream that was used. Not for several threads.
    """

    def __init__(self) -> None:
        self._contexts: WeakValueDictionary[tuple[Keys, Role], Context] = WeakValueDictionary()
        self._bench = _bench()

    def take(self, keys: Keys, role: Role) -> "Context":
        """The context of these keys. Raises ValueError for a suite that we cannot carry out in this role."""
        context = self._contexts.get((keys, role))
        if context is None:
            context = (_MkiContext if keys.mki else Context)(keys, role, self._bench)
            self._contexts[keys, role] = context
        return context


class Context:
    """Protects or reads the packets of one direction; a call takes a packet and returns it transformed."""

    __slots__ = ("__weakref__", "_bench", "_owner", "_ssrc", "_streams", "function", "session")

    def __init__(self, keys: Keys, role: Role, bench: "_Bench") -> None:
        self.function = role.function
        self._owner = _create(keys, role)
        self.session = self._owner[0]
        self._bench = bench
        self._ssrc = slice(4, 8) if role.rtcp else slice(8, 12)
        self._streams: set[bytes] = set()

    def __call__(self, data: bytes) -> bytes:
        """Raises ReplayedError, SrtpError."""
        view, out, pointer, length = self._bench
        ssrc = data[self._ssrc]
        known = ssrc in self._streams
        if not known and len(self._streams) >= MOST_STREAMS:
            raise SrtpError("too many SSRCs")
        size = len(data)
        view[:size] = data
        length[0] = size
        status = self.function(self.session, pointer, length)
        if status:
            raise (ReplayedError if status in _REPLAYED else SrtpError)(f"libsrtp says {status}")
        if not known:
            self._streams.add(ssrc)
        transformed: bytes = out[: length[0]]
        return transformed


class _MkiContext(Context):
    """With a master key identifier in every packet; it is not authenticated, so it is put in and taken out apart."""

    __slots__ = ("_behind", "_encrypts", "_mki")

    def __init__(self, keys: Keys, role: Role, bench: "_Bench") -> None:
        super().__init__(keys, role, bench)
        self._encrypts = role.encrypts
        self._mki = keys.mki
        # RFC 3711 3.1: in front of the tag; RFC 7714 8.3: the tag of AEAD is part of the ciphertext
        self._behind = 0 if keys.suite.cipher is Cipher.AES_GCM else _tag(keys, rtcp=role.rtcp)

    def __call__(self, data: bytes) -> bytes:
        if self._encrypts:
            sealed = super().__call__(data)
            end = len(sealed) - self._behind
            return sealed[:end] + self._mki + sealed[end:]
        end = len(data) - self._behind
        start = end - len(self._mki)
        if start < 0 or data[start:end] != self._mki:
            raise SrtpError("another MKI")
        return super().__call__(data[:start] + data[end:])


class _Bench(NamedTuple):
    """Where packets are worked on. Writing by ``view`` and reading by ``out`` is quickest (50 ns each)."""

    view: memoryview
    out: Any
    pointer: Any
    length: Any


def _bench() -> _Bench:
    buffer = bytearray(_LONGEST + _TRAILER)
    pointer = ffi.from_buffer(buffer)
    return _Bench(memoryview(buffer), ffi.buffer(pointer), pointer, ffi.new("int *"))


def _create(keys: Keys, role: Role) -> Any:
    """A pointer to a session, which ends with it."""
    if not (keys.suite.terminable if role.encrypts else keys.suite.verifiable):
        raise ValueError(f"{keys.suite.name} is not carried out")
    policy = ffi.new("srtp_policy_t *")
    _write(policy.rtp, _crypto_policy(keys, rtcp=False))
    _write(policy.rtcp, _crypto_policy(keys, rtcp=True))
    master = ffi.new("unsigned char[]", keys.material)  # the library copies it
    policy.key = master
    policy.ssrc.type = lib.ssrc_any_outbound if role.encrypts else lib.ssrc_any_inbound
    policy.window_size = WINDOW
    session = ffi.new("srtp_t *")
    status = lib.srtp_create(session, policy)
    if status:
        raise ValueError(f"libsrtp does not take these keys of {keys.suite.name}: {status}")
    return ffi.gc(session, lambda made: lib.srtp_dealloc(made[0]))


def _write(policy: Any, values: tuple[int, ...]) -> None:
    """Fills in a ``srtp_crypto_policy_t``. pylibsrtp names four profiles only; the six numbers say every suite."""
    ffi.cast("int *", ffi.addressof(policy))[0:6] = values


def _crypto_policy(keys: Keys, *, rtcp: bool) -> tuple[int, ...]:
    """Cipher, bytes of key and salt, authentication, bytes of its key and tag, services."""
    suite = keys.suite
    cipher = _CIPHERS[suite.cipher, suite.key], suite.key + suite.salt
    encrypted = 0 if (keys.unencrypted_srtcp if rtcp else keys.unencrypted_srtp) else _ENCRYPTED
    if suite.cipher is Cipher.AES_GCM:
        return (*cipher, _NULL_AUTH, 0, suite.tag, encrypted | _AUTHENTICATED)
    if keys.unauthenticated_srtp and not rtcp:
        return (*cipher, _NULL_AUTH, 0, 0, encrypted)
    return (*cipher, _HMAC_SHA1, 20, _tag(keys, rtcp=rtcp), encrypted | _AUTHENTICATED)


def _tag(keys: Keys, *, rtcp: bool) -> int:
    if rtcp:
        return keys.suite.rtcp_tag
    return 0 if keys.unauthenticated_srtp else keys.suite.tag
