"""DTLS records (RFC 6347 4.1, 4.2): what OpenSSL may see of a datagram, and how its answer is cut into datagrams.

OpenSSL ends a handshake for good at the first malformed plaintext message or plaintext alert. Anybody can forge these,
so they stop here.
"""

from collections import Counter
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from sipcore.sdp.dtls import Role

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = 20, 21, 22, 23
CLIENT_HELLO = 1

# RFC 5246 7.4 and RFC 6347 4.3.2: what the other side may send in plaintext, Finished being encrypted always. Knowing
# the direction also stops our own messages when something sends them back to us.
_FROM_CLIENT = frozenset({CLIENT_HELLO, 11, 15, 16})
_FROM_SERVER = frozenset({2, 3, 4, 11, 12, 13, 14, 22})

_RECORD, _MESSAGE = 13, 12  # bytes of header
_VERSIONS = (b"\xfe\xff", b"\xfe\xfd")  # DTLS 1.0, with which a ClientHello may begin, and 1.2
_LARGEST_DATAGRAM = 16384  # more does not fit into one read of OpenSSL, which then loses its place
_LARGEST_MESSAGE = 20000  # a chain of certificates
_MESSAGES = 20  # sequence numbers in one handshake


class Drop(Enum):
    """Why something received was not shown to OpenSSL; the value is how it is reported."""

    FRAMING = "no whole DTLS records"
    LARGE = "datagram too large"
    ALERT = "plaintext alert"
    MALFORMED = "malformed plaintext handshake"
    CIPHER_CHANGE = "malformed ChangeCipherSpec"
    PLAINTEXT = "plaintext data"
    UNKNOWN = "record of an unknown type"
    OTHER_HELLO = "another ClientHello while a handshake goes on"
    OVER = "after the end"
    STRANGER = "no handshake with this source"
    CROWDED = "too many handshakes at once"
    EARLY = "too many before the start"


class Record(NamedTuple):
    """One record with its header, and what its header says."""

    type: int
    epoch: int
    data: bytes

    @property
    def body(self) -> bytes:
        return self.data[_RECORD:]


def records_of(datagram: bytes) -> Iterator[Record]:
    """The records of a datagram, or of what OpenSSL wants to send. Raises ValueError if they are not whole."""
    position = 0
    while position < len(datagram):
        body = position + _RECORD
        end = body + int.from_bytes(datagram[body - 2 : body], "big")
        if end > len(datagram) or datagram[position + 1 : position + 3] not in _VERSIONS:
            raise ValueError("not a DTLS record")
        epoch = int.from_bytes(datagram[position + 3 : position + 5], "big")
        yield Record(datagram[position], epoch, datagram[position:end])
        position = end


def first_record(datagram: bytes) -> Record | None:
    """What says whose datagram it is; None if it is not DTLS."""
    try:
        return next(records_of(datagram), None)
    except ValueError:
        return None


def admitted(datagram: bytes, role: Role, drops: Counter[Drop]) -> list[Record]:
    """What OpenSSL may see of a datagram that came to us in ``role``; everything else is counted."""
    if len(datagram) > _LARGEST_DATAGRAM:
        drops[Drop.LARGE] += 1
        return []
    try:
        records = list(records_of(datagram))
    except ValueError:
        drops[Drop.FRAMING] += 1
        return []
    return [record for record in records if not _dropped(record, role, drops)]


def _dropped(record: Record, role: Role, drops: Counter[Drop]) -> bool:
    reason = _objection(record, role)
    if reason is not None:
        drops[reason] += 1
    return reason is not None


def _objection(record: Record, role: Role) -> Drop | None:
    match record.type:
        case 20:
            return None if record.body == b"\x01" else Drop.CIPHER_CHANGE
        case 21 if not record.epoch:
            return Drop.ALERT
        case 22 if not record.epoch:
            expected = _FROM_SERVER if role is Role.ACTIVE else _FROM_CLIENT
            return None if _plausible(record.body, expected) else Drop.MALFORMED
        case 23 if not record.epoch:
            return Drop.PLAINTEXT
        case 21 | 22 | 23:
            return None
        case _:
            return Drop.UNKNOWN


def _plausible(body: bytes, expected: frozenset[int]) -> bool:
    """Whether a plaintext record holds whole fragments of such messages, each within the bounds of its message."""
    position = 0
    while position < len(body):
        header = body[position : position + _MESSAGE]
        if len(header) < _MESSAGE or header[0] not in expected:
            return False
        total, start, size = (int.from_bytes(header[at : at + 3], "big") for at in (1, 6, 9))
        number = int.from_bytes(header[4:6], "big")
        if total > _LARGEST_MESSAGE or start + size > total or number > _MESSAGES:
            return False
        position += _MESSAGE + size
    return position == len(body) > 0


def hello_random(record: Record) -> bytes | None:
    """The 32 bytes that tell one ClientHello from another; None for anything but the beginning of one."""
    body = record.body
    if is_hello(record) and body[6:9] == b"\0\0\0" and len(body) >= _MESSAGE + 34:
        return body[_MESSAGE + 2 : _MESSAGE + 34]
    return None


def is_hello(record: Record) -> bool:
    """Whether it is a piece of a ClientHello."""
    return record.type == HANDSHAKE and not record.epoch and record.body[:1] == bytes((CLIENT_HELLO,))


def datagrams(stream: bytes, size: int) -> list[bytes]:
    """What OpenSSL wants to send, cut between records, each datagram as full as ``size`` bytes allow."""
    cut: list[bytes] = []
    for record in records_of(stream):
        if cut and len(cut[-1]) + len(record.data) <= size:
            cut[-1] += record.data
        else:
            cut.append(record.data)
    return cut
