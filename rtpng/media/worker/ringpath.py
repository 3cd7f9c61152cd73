"""The packet path of a worker by a ring: packets are transformed where the kernel laid them, and sent from there."""

from collections.abc import Callable
from typing import Final

from rtpng.media.srtp import length_cell
from rtpng.media.worker.carried import Carried
from rtpng.media.worker.frames import Headers, key_of, sizes
from rtpng.media.worker.orders import Hop
from rtpng.media.worker.ring import BATCH, FRAME, FRAMES, USER, Place, Ring
from rtpng.media.worker.slots import RELAYED, Slots
from sipcore.address import Family

_IP4_PLAIN: Final = 0x45  # version 4, no options: the kernel brings no other


class RingPath:
    """Streams whose RTP nftables hands to a ring. They are also on sockets, where the rest of their packets comes.

    What brings a packet here is one element of the kernel's; what reads it looks up addresses and ports once more, so
    no packet is taken for another stream's.
    """

    def __init__(self, ring: Ring, slots: Slots, clock: Callable[[], float]) -> None:
        self._ring = ring
        self._slots = slots
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
        for number in self._ring.send(start, len(taken)):
            self._not_sent(number, taken[number - start])
        self._next = (start + len(taken)) % FRAMES
        return len(taken) == BATCH or self._next == 0  # no batch goes beyond the end of the ring

    def overrun(self) -> int:
        """Packets that found the ring full since this was last asked."""
        return self._ring.overrun()

    def close(self) -> None:
        self._ring.close()

    def _transform(self, start: int) -> list[Carried | None]:  # noqa: C901 - see below
        """Readies what has arrived; whose it was.

        One loop, for the reason that SocketPath has: 3 of 4 us are not spent in Python.
        """
        ring, streams, length, sizes = self._ring, self._streams, self._length, self._sizes
        words, halves, octets, lengths, devices = ring.words, ring.halves, ring.octets, ring.lengths, ring.devices
        sixes, now = ring.places[Family.IP6], int(self._clock() * 1e6)
        write, memory = RELAYED.pack_into, self._slots.memory
        places = ring.places[Family.IP4]
        taken: list[Carried | None] = []
        for number in range(start, min(start + BATCH, FRAMES)):  # a slice would touch what no packet has come to
            place = places[number]
            status, captured, version, key, key_end, udp, ssrc, payload, rtp, pointer, begin, out, device = place
            if not words[status] & USER:
                break
            if octets[version] != _IP4_PLAIN:
                _, _, _, key, key_end, udp, ssrc, payload, rtp, pointer, _, _, _ = sixes[number]
            stream = streams.get(octets[key:key_end])
            taken.append(stream)
            if stream is None:
                continue
            size = left = sizes[halves[udp]]
            if not size or size > words[captured] - (payload - version):
                stream.refuse_damaged()
                continue
            _, open_, opening, protect, protecting, _, record, frames = stream.steps
            if open_ is not None:
                length[0] = size
                if refusal := open_(opening, pointer, length):
                    stream.refuse(refusal)
                    continue
                left = length[0]
            header = octets[payload:rtp]
            if words[ssrc] != stream.ssrc and not stream.changes_ssrc(header, words[ssrc]):
                continue
            stream.packets = packets = stream.packets + 1
            stream.bytes = bytes_ = stream.bytes + size
            write(memory, record, packets, bytes_, now, header)
            if protect is not None:
                length[0] = left
                if protect(protecting, pointer, length):
                    stream.not_sent(size)
                    continue
                left = length[0]
            if frames is None:
                self._send_by_socket(stream, payload, left, size)
                continue
            headers, devices[device] = frames
            octets[begin:payload] = headers[left]
            lengths[out] = payload - begin + left
        return taken

    def _not_sent(self, number: int, stream: Carried | None) -> None:
        """A frame that was ready, and that no device has taken: our header lies where the packet's own was."""
        assert stream is not None
        place = Place(*self._ring.places[stream.stream.target.family][number])
        stream.not_sent(self._sizes[self._ring.halves[place.udp_length]] - stream.stream.growth)

    def _send_by_socket(self, stream: Carried, payload: int, left: int, size: int) -> None:
        packet = self._view[payload : payload + left]
        try:
            stream.send(packet)
        except OSError as error:
            stream.send_again(packet, error, size)
