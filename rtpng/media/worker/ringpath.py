"""The packet path of a worker by a ring: packets are transformed where the kernel laid them, and sent from there."""

from collections.abc import Callable
from typing import Final, TypeAlias

from rtpng.media.srtp import length_cell
from rtpng.media.worker.carried import Carried
from rtpng.media.worker.frames import Headers, key_of, sizes
from rtpng.media.worker.orders import Hop
from rtpng.media.worker.ring import FRAME, FRAMES, KERNEL, USER, Ring
from rtpng.media.worker.slots import Field
from sipcore.address import Family

BATCH: Final = 256  # packets that leave together: one system call, and 2 ms of work
_IP4_PLAIN: Final = 0x45  # version 4, no options: the kernel brings no other

# As plain numbers: an IntEnum member costs 40 ns more as an index
_PACKETS, _BYTES, _LAST = int(Field.PACKETS), int(Field.BYTES), int(Field.LAST)

_Taken: TypeAlias = tuple[Carried | None, int]  # whose packet it was, and its size


class RingPath:
    """Streams whose RTP nftables hands to a ring. They are also on sockets, where the rest of their packets comes.

    What brings a packet here is one element of the kernel's; what reads it looks up addresses and ports once more, so
    no packet is taken for another stream's.
    """

    def __init__(self, ring: Ring, clock: Callable[[], float]) -> None:
        self._ring = ring
        self._clock = clock
        self._streams: dict[bytes, Carried] = {}
        self._next = 0
        self._length = length_cell()
        self._sizes = sizes()
        self._view = memoryview(ring.octets)

    def fileno(self) -> int:
        return self._ring.fileno()

    def lead(self, carried: Carried, hop: Hop | None) -> bool:
        """Packets of a stream may come here; whether that is news. Without a hop they leave by its socket."""
        key = key_of(carried.stream)
        news = self._streams.get(key) is not carried
        self._streams[key] = carried
        carried.frames = None if hop is None else (Headers(carried.stream, hop), hop.device)
        carried.bind()
        return news

    def leads(self, carried: Carried) -> bool:
        return self._streams.get(key_of(carried.stream)) is carried

    def drop(self, carried: Carried) -> None:
        """No packet of a stream comes here any more."""
        if self.leads(carried):
            del self._streams[key_of(carried.stream)]

    def forward(self) -> bool:
        """Works off what is in the ring, at most a batch; whether there may be more."""
        start = self._next
        if not self._ring.words[start * FRAME // 4] & USER:
            return False
        taken = self._transform(start)
        self._send(start, taken)
        return len(taken) == BATCH or self._next == 0  # no batch goes beyond the end of the ring

    def overrun(self) -> int:
        """Packets that found the ring full since this was last asked."""
        return self._ring.overrun()

    def close(self) -> None:
        self._ring.close()

    def _transform(self, start: int) -> list[_Taken]:  # noqa: C901 - see below
        """Readies what has arrived. One loop, for the reason that SocketPath has: 3 of 4 us are not spent in Python."""
        ring, streams, length, sizes = self._ring, self._streams, self._length, self._sizes
        words, halves, octets, lengths, devices = ring.words, ring.halves, ring.octets, ring.lengths, ring.devices
        sixes, now = ring.places[Family.IP6], int(self._clock() * 1e6)
        taken: list[_Taken] = []
        for place in ring.places[Family.IP4][start : start + BATCH]:
            number, status, captured, version, key, key_end, udp, ssrc, payload, rtp, pointer, out, device = place
            if not words[status] & USER:
                break
            if octets[version] != _IP4_PLAIN:
                _, _, _, _, key, key_end, udp, ssrc, payload, rtp, pointer, _, _ = sixes[number]
            lengths[out] = 0  # nothing is sent, unless all goes well
            stream = streams.get(octets[key:key_end])
            size = left = sizes[halves[udp]]
            taken.append((stream, size))
            if stream is None:
                continue
            if not size or size > words[captured] - (payload - version):
                stream.refuse_damaged()
                continue
            _, open_, opening, protect, protecting, _, counts, last_header, frames = stream.steps
            if open_ is not None:
                length[0] = size
                if refusal := open_(opening, pointer, length):
                    stream.refuse(refusal)
                    continue
                left = length[0]
            header = octets[payload:rtp]
            if words[ssrc] != stream.ssrc and not stream.changes_ssrc(header, words[ssrc]):
                continue
            last_header[:] = header
            counts[_LAST] = now
            stream.packets = counts[_PACKETS] = stream.packets + 1
            stream.bytes = counts[_BYTES] = stream.bytes + size
            if protect is not None:
                length[0] = left
                if protect(protecting, pointer, length):
                    stream.not_sent(size)
                    continue
                left = length[0]
            if frames is None:
                self._send_by_socket(stream, payload, left, size)
                continue
            before = frames[0][left]
            begin = number * FRAME + ring.start
            octets[begin : begin + len(before)] = before
            lengths[out] = len(before) + left
            devices[device] = frames[1]
        return taken

    def _send(self, start: int, taken: list[_Taken]) -> None:
        """All of the batch in one system call; then the frames are the kernel's again."""
        for number in self._ring.send(start, len(taken)):
            stream, size = taken[number - start]
            if stream is not None:
                stream.not_sent(size)
        words = self._ring.words
        for status in range(start * FRAME // 4, (start + len(taken)) * FRAME // 4, FRAME // 4):
            words[status] = KERNEL
        self._next = (start + len(taken)) % FRAMES

    def _send_by_socket(self, stream: Carried, payload: int, left: int, size: int) -> None:
        packet = self._view[payload : payload + left]
        try:
            stream.send(packet)
        except OSError as error:
            stream.send_again(packet, error, size)
