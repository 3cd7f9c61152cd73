"""What the daemon and its workers say to each other, as plain data; descriptors travel beside a Stream."""

from dataclasses import dataclass

from rtpng.media.srtp import StreamState
from sipcore.address import Address
from sipcore.srtp import Keys

LONGEST = 1 << 17  # bytes of one message; the largest holds a datagram


@dataclass(frozen=True, slots=True)
class Stream:
    """RTP of one source that leaves one way: received at ``local`` from ``remote``, sent from ``source`` to ``target``.

    With equal keys on both sides packets leave as they came, once they have authenticated.
    """

    local: Address
    remote: Address
    source: Address
    target: Address
    tos: int | None = None
    unprotect: Keys | None = None
    protect: Keys | None = None

    @property
    def sealed(self) -> bool:
        """Whether what arrives is passed on as it came."""
        return self.unprotect is not None and self.unprotect == self.protect

    @property
    def growth(self) -> int:
        """How many bytes packets are longer when they leave."""
        return 0 if self.sealed else _tag(self.protect) - _tag(self.unprotect)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the SRTP of a stream has come to: what goes with it from one process to another."""

    opened: tuple[StreamState, ...] = ()
    protected: tuple[StreamState, ...] = ()


@dataclass(frozen=True, slots=True)
class Carry:
    """Daemon to worker: carry this stream. Two sockets come with it: connected to its remote, and bound to its source.

    ``slot``: where its counters are; the number of the stream in all that is said about it.
    """

    slot: int
    stream: Stream
    progress: Progress


@dataclass(frozen=True, slots=True)
class Hop:
    """How frames leave: the device by its index, its own link address and the neighbour's."""

    device: int
    source: bytes
    target: bytes


@dataclass(frozen=True, slots=True)
class Tap:
    """Daemon to worker, with two packet sockets: from here on read a ring on this device, and send by the second."""

    device: str


@dataclass(frozen=True, slots=True)
class Lead:
    """Daemon to worker: packets of this stream will come by the ring too; answered by Led, once.

    ``hop``: where to put them as whole frames; None sends them by the socket.
    """

    slot: int
    hop: Hop | None


@dataclass(frozen=True, slots=True)
class Recall:
    """Daemon to worker: stop carrying; answered by Returned."""

    slot: int


@dataclass(frozen=True, slots=True)
class Ready:
    """Worker to daemon, once: the interpreter is up, which takes some tenths of a second."""


@dataclass(frozen=True, slots=True)
class Tapped:
    """Worker to daemon: whether it reads the ring, or why it cannot."""

    refusal: str | None


@dataclass(frozen=True, slots=True)
class Led:
    """Worker to daemon: the ring may bring packets of this stream."""

    slot: int


@dataclass(frozen=True, slots=True)
class Overrun:
    """Worker to daemon: packets that found the ring full since this was last said."""

    packets: int


@dataclass(frozen=True, slots=True)
class Returned:
    """Worker to daemon: nothing more of this stream is read, and nothing is written to its slot.

    ``refused``: it was never carried, because the worker may not open more files; nobody has asked for it back.
    """

    slot: int
    progress: Progress
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Aside:
    """Worker to daemon: a packet from the remote that is not RTP."""

    slot: int
    data: bytes


def _tag(keys: Keys | None) -> int:
    return 0 if keys is None or keys.unauthenticated_srtp else keys.suite.tag
