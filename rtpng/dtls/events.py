"""What a handshake tells, and how far it is."""

from dataclasses import dataclass
from enum import Enum

from sipcore.srtp import Keys


class State(Enum):
    """The value is how it is reported."""

    HANDSHAKE = "handshake"
    CONNECTED = "connected"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Keyed:
    """The peer has proven its fingerprint: ``local`` is for what we send, ``remote`` for what the peer sends.

    Earlier keys are void.
    """

    local: Keys
    remote: Keys


@dataclass(frozen=True, slots=True)
class Failed:
    """An attempt came to nothing, or the connection behind the keys broke and they are void.

    Keys may still come: whoever forges a handshake must not keep the peer from its own.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The keys are void, in good order."""

    reason: str


DtlsEvent = Keyed | Failed | Closed
