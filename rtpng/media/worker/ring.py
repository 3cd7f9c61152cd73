"""Memory that the kernel lays packets into and sends them from: an AF_PACKET ring, and vectors for sendmmsg.

One frame of the ring, where a packet arrives and, with other headers in front of the same payload, leaves (bytes):

    0         32            80 (reserved)    120                      144       164 or 184    172 or 192
    status .. device ..     free             our headers begin here   IP        UDP           payload
"""

import ctypes
import mmap
import socket
import struct
from contextlib import suppress
from typing import Any, Final, NamedTuple, TypeAlias

from rtpng.media.srtp import address_of, pointer_to
from rtpng.media.worker.frames import ETHERNET, IP, UDP, VNET
from sipcore.address import Family

FRAME: Final = 2048  # bytes
FRAMES: Final = 2048  # 30 ms at 70,000 packets a second: what waits longer is not worth sending, and the newest go
BATCH: Final = 256  # packets that leave together: one system call, and 2 ms of work
KERNEL, USER = 0, 1  # tp_status: whose frame it is

_BLOCK: Final = 1 << 20
_RESERVE: Final = 64  # bytes of each frame before the packet, for our headers are longer than those that came
_NETWORK: Final = 144  # where the IP header lies: TPACKET_ALIGN(32 + 20) + 16 + _RESERVE
_SENDING: Final = 4 << 20  # bytes
_SOL_PACKET: Final = 263
_RX_RING, _STATISTICS, _VERSION, _RESERVED, _VNET_HDR, _IGNORE_OUTGOING = 5, 6, 10, 12, 15, 23  # PACKET_*
_TPACKET_V2: Final = 1
_ETH_P_ALL: Final = 3
_SO_SNDBUFFORCE: Final = 32
_MESSAGE, _VECTOR, _NAME = 64, 16, 32  # sizeof struct mmsghdr, struct iovec, and struct sockaddr_ll with padding

_NOTHING: Final = memoryview(bytes(8 * BATCH)).cast("Q")  # lengths

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.sendmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)


class Place(NamedTuple):
    """Where the parts of one frame are, for one IP version: indices into the views of a Ring, worked out once."""

    status: int
    captured: int
    version: int
    key: int
    key_end: int
    udp_length: int
    ssrc: int
    payload: int
    header_end: int  # of RTP
    pointer: Any  # to the payload
    begin: int  # of what is sent; it ends with the payload
    send_length: int
    send_device: int


Places: TypeAlias = list[tuple[Any, ...]]  # the fields of a Place: a plain tuple is unpacked in half the time


class Ring:
    """The views. Raises OSError when the kernel will not have it.

    ``words``, ``halves``, ``octets``: the frames as numbers and bytes. ``lengths``, ``devices``: the vectors of what is
    sent. Every length is 0, which sends nothing, until it is written; ``send`` makes it 0 again.
    """

    def __init__(self, device: str, receiver: socket.socket, sender: socket.socket) -> None:
        self._receiver, self._sender = receiver, sender
        _prepare(receiver, device)
        sender.setsockopt(_SOL_PACKET, _VNET_HDR, 1)
        with suppress(PermissionError):
            sender.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, _SENDING)
        self.octets = mmap.mmap(receiver.fileno(), FRAME * FRAMES)
        self.words = memoryview(self.octets).cast("I")
        self.halves = memoryview(self.octets).cast("H")
        self._vectors = mmap.mmap(-1, (_MESSAGE + _VECTOR + _NAME) * FRAMES)
        self._first = address_of(self._vectors)
        self.lengths = memoryview(self._vectors).cast("Q")
        self.devices = memoryview(self._vectors).cast("I")
        self._base = address_of(self.octets)
        self._lay_out()
        self.places: dict[Family, Places] = {
            family: [tuple(self._place(number, family)) for number in range(FRAMES)] for family in Family
        }

    def fileno(self) -> int:
        return self._receiver.fileno()

    def send(self, first: int, count: int) -> list[int]:
        """Sends frames that follow each other, and hands them back to the kernel; those that could not be sent."""
        failed = []
        at, end = first, first + count
        while at < end:
            done = _libc.sendmmsg(self._sender.fileno(), self._first + _MESSAGE * at, end - at, 0)
            if done > 0:
                at += done
            else:  # it stops in front of what it cannot send
                if self.lengths[_length(at)]:
                    failed.append(at)
                at += 1
        self.lengths[_length(first) : _length(end) : 2] = _NOTHING[:count]
        words = self.words
        # Each by one store. A strided copy is one call, but its memcpy writes four bytes twice: a frame that the kernel
        # fills in between, on another core, would be given back unread, and waited for a whole round
        for status in range(first * FRAME // 4, end * FRAME // 4, FRAME // 4):
            words[status] = KERNEL
        return failed

    def overrun(self) -> int:
        """Packets that found the ring full since this was last asked."""
        _, dropped = struct.unpack("II", self._receiver.getsockopt(_SOL_PACKET, _STATISTICS, 8))
        return int(dropped)

    def close(self) -> None:
        """The memory goes with its views."""
        self._receiver.close()
        self._sender.close()

    def _lay_out(self) -> None:
        for number in range(FRAMES):
            vector = _MESSAGE * FRAMES + _VECTOR * number
            name = (_MESSAGE + _VECTOR) * FRAMES + _NAME * number
            message = (self._first + name, 20, self._first + vector, 1, 0, 0)
            struct.pack_into("QIxxxxQQQQ", self._vectors, _MESSAGE * number, *message)
            start = self._base + number * FRAME + _NETWORK - ETHERNET - VNET
            struct.pack_into("QQ", self._vectors, vector, start, 0)
            struct.pack_into("H", self._vectors, name, socket.AF_PACKET)

    def _place(self, number: int, family: Family) -> Place:
        frame = number * FRAME
        network = frame + _NETWORK
        addresses, udp = network + (12 if family is Family.IP4 else 8), network + IP[family]
        payload = udp + UDP
        return Place(
            status=frame // 4,
            captured=frame // 4 + 2,
            version=network,
            key=addresses,
            key_end=udp + 4,
            udp_length=udp // 2 + 2,
            ssrc=payload // 4 + 2,
            payload=payload,
            header_end=payload + 12,
            pointer=pointer_to(self._base + payload),
            begin=network - ETHERNET - VNET,
            send_length=_length(number),
            send_device=((_MESSAGE + _VECTOR) * FRAMES + _NAME * number) // 4 + 1,
        )


def _length(number: int) -> int:
    """The index of a frame's length as it is sent."""
    return (_MESSAGE * FRAMES + _VECTOR * number) // 8 + 1


def _prepare(receiver: socket.socket, device: str) -> None:
    receiver.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
    receiver.setsockopt(_SOL_PACKET, _VERSION, _TPACKET_V2)
    receiver.setsockopt(_SOL_PACKET, _RESERVED, _RESERVE)
    size = struct.pack("IIII", _BLOCK, FRAME * FRAMES // _BLOCK, FRAME, FRAMES)
    receiver.setsockopt(_SOL_PACKET, _RX_RING, size)
    receiver.bind((device, _ETH_P_ALL))
