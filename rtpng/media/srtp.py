"""SRTP and SRTCP by libsrtp, called in place: the only module that knows pylibsrtp.

pylibsrtp's own ``Session.protect`` allocates and copies three times per packet: 1.9 us against 0.8 us in place.
"""

import ctypes
from collections.abc import Iterable
from contextlib import suppress
from enum import Enum
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from weakref import WeakValueDictionary

import pylibsrtp._binding  # with pylibsrtp, which initialises libsrtp
from pylibsrtp._binding import ffi, lib

from rtpng.media.srtp_errors import MOST_STREAMS, WINDOW, ReplayedError, SrtpError
from sipcore.srtp import Cipher, Keys

if TYPE_CHECKING:
    from rtpng.media.srtp_rare import RareContext

_LONGEST: Final = 65536
_TRAILER: Final = 256  # bytes, more than tag, SRTCP index and MKI take
HALF: Final = 0x8000  # of the sequence numbers: what is ahead by as much lies behind (RFC 1982)
REPLAYED: Final = (9, 10, 26)  # srtp_err_status_replay_fail, _replay_old, _pkt_idx_old
_HEADER: Final = Struct("!BBHII")  # of RTP
_NULL_AUTH, _HMAC_SHA1 = 0, 3  # srtp_auth_type_id_t
_ENCRYPTED, _AUTHENTICATED = 1, 2  # srtp_sec_serv_t

# srtp_cipher_type_id_t by cipher and bytes of key
_CIPHERS: Final = {
    (Cipher.NULL, 16): 0,
    (Cipher.AES_CM, 16): 1,
    (Cipher.AES_CM, 32): 5,
    (Cipher.AES_GCM, 16): 6,
    (Cipher.AES_GCM, 32): 7,
}

# Not in pylibsrtp's binding, but in its library. cffi could call them too, but takes 40 ms at the start to learn how.
_library: Final = ctypes.CDLL(pylibsrtp._binding.__file__)
_library.srtp_get_stream_roc.argtypes = (ctypes.c_void_p, ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32))
_library.srtp_set_stream_roc.argtypes = (ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32)


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
        self._contexts: WeakValueDictionary[tuple[Keys, Role], Context | RareContext] = WeakValueDictionary()
        self.bench = _bench()

    def take(self, keys: Keys, role: Role) -> "Context | RareContext":
        """The context of these keys."""
        context = self._contexts.get((keys, role))
        if context is None:
            context = self._contexts[keys, role] = self._made(keys, role)
        return context

    def take_common(self, keys: Keys, role: Role) -> "Context":
        """The context of keys that libsrtp works with. Raises TypeError for a rare suite."""
        context = self.take(keys, role)
        if not isinstance(context, Context):
            raise TypeError(f"libsrtp has no {keys.suite.name}")
        return context

    def _made(self, keys: Keys, role: Role) -> "Context | RareContext":
        if keys.suite.is_rare:
            from rtpng.media.srtp_rare import RareContext  # what it imports takes 30 ms, and hardly anybody needs it

            return RareContext(keys, encrypts=role.encrypts, rtcp=role.rtcp)
        return (_MkiContext if keys.mki else Context)(keys, role, self.bench)


class StreamState(NamedTuple):
    """Where one SSRC of a context has come to: its rollover counter and its last sequence number."""

    ssrc: int
    roc: int
    sequence: int


class Context:
    """Protects or reads the packets of one direction; a call takes a packet and returns it transformed.

    ``function`` and ``session`` are what libsrtp takes, for who has a buffer of its own.
    """

    __slots__ = (
        "__weakref__",
        "_bench",
        "_floors",
        "_keys",
        "_owner",
        "_role",
        "_ssrc",
        "_streams",
        "function",
        "session",
    )

    def __init__(self, keys: Keys, role: Role, bench: "Bench") -> None:
        self._keys = keys
        self._role = role
        self.function = role.function
        self._owner = _create(keys, role)
        self.session = self._owner[0]
        self._bench = bench
        self._ssrc = slice(4, 8) if role.rtcp else slice(8, 12)
        self._streams: dict[bytes, bytes] = {}  # SSRCs with the sequence number of their last packet
        self._floors: dict[bytes, int] = {}

    def __call__(self, data: bytes) -> bytes:
        """Raises ReplayedError, SrtpError."""
        ssrc = data[self._ssrc]
        if ssrc not in self._streams and len(self._streams) >= MOST_STREAMS:
            raise SrtpError("too many SSRCs")
        if self._floors and self._is_below_floor(ssrc, data):
            raise ReplayedError("was there before the context was handed over")
        transformed = self._transformed(data)
        self._streams[ssrc] = data[2:4]
        if self._floors:
            self._leave_floor(ssrc, data)
        return transformed

    def states(self) -> tuple[StreamState, ...]:
        """What another process needs to know to go on with the RTP of these keys."""
        return tuple(
            StreamState(int.from_bytes(ssrc), self.roc(int.from_bytes(ssrc)), int.from_bytes(sequence))
            for ssrc, sequence in self._streams.items()
        )

    def roc(self, ssrc: int) -> int:
        """The rollover counter of an SSRC; 0 for an unknown one."""
        counter = ctypes.c_uint32()
        _library.srtp_get_stream_roc(_address(self.session), ssrc, counter)
        return counter.value

    def roc_of_next(self, header: bytes) -> int:
        """The rollover counter that belongs to the next packet of an SSRC, with this RTP header."""
        last = self._streams.get(header[8:12], header[2:4])
        return self.roc(int.from_bytes(header[8:12])) + (int.from_bytes(last) - int.from_bytes(header[2:4]) > HALF)

    def adopt(self, states: Iterable[StreamState]) -> None:
        """Goes on where another process has come to: no packet of before is read, or encrypted, once more.

        Several streams may share a context, each with SSRCs of its own: who has come further with one keeps its state.
        """
        for state in states:
            if self._has_come_as_far_as(state):
                continue
            last = _HEADER.pack(0x80, 0, state.sequence, 0, state.ssrc)
            if not self._role.encrypts:
                last = Context(self._keys, Role.PROTECT_RTP, self._bench)._standing_at(state)(last)
            with suppress(SrtpError):  # it stands there already, or the state is wrong: then packets have to tell
                self._standing_at(state)._transformed(last)
            ssrc = state.ssrc.to_bytes(4)
            self._floors[ssrc] = state.sequence
            self._streams[ssrc] = state.sequence.to_bytes(2)

    def note(self, header: bytes) -> None:
        """A packet with this RTP header was worked on by ``function``."""
        self._streams[header[8:12]] = header[2:4]

    def is_full_for(self, header: bytes) -> bool:
        """Whether the SSRC in an RTP header would be one too many."""
        return header[8:12] not in self._streams and len(self._streams) >= MOST_STREAMS

    def _has_come_as_far_as(self, state: StreamState) -> bool:
        last = self._streams.get(state.ssrc.to_bytes(4))
        return last is not None and (self.roc(state.ssrc), int.from_bytes(last)) >= (state.roc, state.sequence)

    @property
    def floors(self) -> dict[int, int]:
        """By SSRC, the sequence numbers up to which packets were there before the context was handed over."""
        return {int.from_bytes(ssrc): sequence for ssrc, sequence in self._floors.items()}

    def _standing_at(self, state: StreamState) -> "Context":
        if state.ssrc.to_bytes(4) not in self._streams:
            _add_stream(self.session, self._keys, state.ssrc)
        _library.srtp_set_stream_roc(_address(self.session), state.ssrc, state.roc)
        return self

    def _is_below_floor(self, ssrc: bytes, data: bytes) -> bool:
        floor = self._floors.get(ssrc)
        return floor is not None and not 0 < ahead(floor, data) < HALF

    def _leave_floor(self, ssrc: bytes, data: bytes) -> None:
        """From where everything below the floor is older than the library's own window, the floor says nothing more."""
        floor = self._floors.get(ssrc)
        if floor is not None and ahead(floor, data) > WINDOW:
            del self._floors[ssrc]

    def _transformed(self, data: bytes) -> bytes:
        _, view, out, pointer, length = self._bench
        size = len(data)
        view[:size] = data
        length[0] = size
        status = self.function(self.session, pointer, length)
        if status:
            raise (ReplayedError if status in REPLAYED else SrtpError)(f"libsrtp says {status}")
        transformed: bytes = out[: length[0]]
        return transformed


class _MkiContext(Context):
    """With a master key identifier in every packet; it is not authenticated, so it is put in and taken out apart."""

    __slots__ = ("_behind", "_encrypts", "_mki")

    def __init__(self, keys: Keys, role: Role, bench: "Bench") -> None:
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


class Bench(NamedTuple):
    """Where packets are worked on. Writing by ``view`` and reading by ``out`` is quickest (50 ns each)."""

    buffer: bytearray
    view: memoryview
    out: Any
    pointer: Any  # to the buffer, for the library
    length: Any  # of the packet, which the library reads and writes


def _bench() -> Bench:
    buffer = bytearray(_LONGEST + _TRAILER)
    pointer = ffi.from_buffer(buffer)
    return Bench(buffer, memoryview(buffer), ffi.buffer(pointer), pointer, length_cell())


def length_cell() -> Any:
    """Where the library reads and writes the length of a packet."""
    return ffi.new("int *")


def address_of(buffer: Any) -> int:
    """Where a writable buffer lies in memory; valid as long as the buffer."""
    return _address(ffi.from_buffer(buffer))


def pointer_to(address: int) -> Any:
    """What the library takes for a packet."""
    return ffi.cast("void *", address)


def move(target: Any, source: Any, size: int) -> None:
    """Copies a packet from one pointer to another."""
    ffi.memmove(target, source, size)


def header_at(pointer: Any) -> bytes:
    """The RTP header of the packet there."""
    header: bytes = ffi.buffer(ffi.cast("char *", pointer), 12)[:]
    return header


def ahead(floor: int, packet: bytes) -> int:
    """How far the sequence number of RTP is ahead of another one, up to 65535; from HALF on it lies behind."""
    return (int.from_bytes(packet[2:4]) - floor) & 0xFFFF


def _create(keys: Keys, role: Role) -> Any:
    """A pointer to a session, which ends with it."""
    policy, _master = _policy(keys, lib.ssrc_any_outbound if role.encrypts else lib.ssrc_any_inbound)
    session = ffi.new("srtp_t *")
    status = lib.srtp_create(session, policy)
    if status:
        raise ValueError(f"libsrtp does not take these keys of {keys.suite.name}: {status}")
    return ffi.gc(session, lambda made: lib.srtp_dealloc(made[0]))


def _add_stream(session: Any, keys: Keys, ssrc: int) -> None:
    """An SSRC that the session has not seen yet; the same policy as for those that come by themselves."""
    policy, _master = _policy(keys, lib.ssrc_specific, ssrc)
    lib.srtp_add_stream(session, policy)


def _policy(keys: Keys, ssrc_type: int, ssrc: int = 0) -> tuple[Any, Any]:
    """A ``srtp_policy_t`` and what must live as long: the master key, which the library copies."""
    policy = ffi.new("srtp_policy_t *")
    _write(policy.rtp, _crypto_policy(keys, rtcp=False))
    _write(policy.rtcp, _crypto_policy(keys, rtcp=True))
    policy.key = master = ffi.new("unsigned char[]", keys.material)
    policy.ssrc.type, policy.ssrc.value = ssrc_type, ssrc
    policy.window_size = WINDOW
    return policy, master


def _address(session: Any) -> int:
    return int(ffi.cast("uintptr_t", session))


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
