"""A ClientHello as large as Chromium's, which does not fit into one datagram.

Built by hand after RFC 5246, 6347 and 8446 with the same extensions: a post-quantum key share of 1216 bytes (made up: a
server that speaks DTLS 1.2 does not look at it), DTLS 1.3 and 1.2, and the SRTP profiles in Chromium's order.
"""

from random import Random

FIRST, SECOND = 1200, 263  # bytes of the two datagrams
_BODY = FIRST + SECOND - 2 * 25
RANDOM = bytes(range(32))


def fragments() -> tuple[bytes, bytes]:
    """The two datagrams."""
    body = _hello()
    cut = FIRST - 25
    return _record(body, 0, body[:cut]), _record(body, 1, body[cut:], start=cut)


def split(datagram: bytes, at: int, sequence: int = 0) -> tuple[bytes, bytes]:
    """Another client's ClientHello, whole in one record, in two datagrams; ``at`` of its bytes are in the first.

    ``sequence``: of the message, and of the record; that of the second is unused, and not too far ahead.
    """
    body = datagram[25:]
    return _record(body, sequence, body[:at], sequence), _record(body, sequence + 40, body[at:], sequence, at)


def _record(message: bytes, number: int, piece: bytes, sequence: int = 0, start: int = 0) -> bytes:
    place = sequence.to_bytes(2, "big") + start.to_bytes(3, "big")
    header = b"\x01" + len(message).to_bytes(3, "big") + place + _sized(piece, 3)
    return b"\x16\xfe\xff\0\0" + number.to_bytes(6, "big") + _sized(header, 2)


def _hello() -> bytes:
    ciphers = bytes.fromhex("1301 1302 1303 c02b c02f cca9 cca8 c009 c013 c00a c014 009c 002f 0035")
    head = b"\xfe\xfd" + RANDOM + b"\0" + b"\0" + _sized(ciphers, 2) + b"\x01\0"
    extensions = _extensions()
    padding = _BODY - len(head) - 2 - len(extensions) - 4
    return head + _sized(extensions + _extension(21, bytes(padding)), 2)


def _extensions() -> bytes:
    random = Random(1)
    groups = bytes.fromhex("11ec 001d 0017 0018")  # X25519MLKEM768, X25519, P-256, P-384
    shares = b"\x11\xec" + _sized(random.randbytes(1216), 2) + b"\0\x1d" + _sized(random.randbytes(32), 2)
    signatures = bytes.fromhex("0403 0804 0401 0503 0805 0501 0806 0601 0201")
    srtp = bytes.fromhex("0001 0008 0007")
    return b"".join(
        (
            _extension(23, b""),  # extended_master_secret
            _extension(0xFF01, b"\0"),  # renegotiation_info
            _extension(10, _sized(groups, 2)),
            _extension(11, b"\x01\0"),
            _extension(13, _sized(signatures, 2)),
            _extension(14, _sized(srtp, 2) + b"\0"),
            _extension(51, _sized(shares, 2)),
            _extension(43, _sized(bytes.fromhex("fefc fefd"), 1)),
        )
    )


def _extension(number: int, content: bytes) -> bytes:
    return number.to_bytes(2, "big") + _sized(content, 2)


def _sized(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width, "big") + content
