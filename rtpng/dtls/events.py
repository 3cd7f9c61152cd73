"""What a handshake tells."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Keyed:
    """The peer has proven its fingerprint. ``profile`` as in ``a=crypto``; each key is followed by its salt.

    ``local`` is for what we send, ``remote`` for what the peer sends. Earlier keys are void.
    """

    profile: str
    local: bytes = field(repr=False)
    remote: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """No keys came, or the connection that they came from broke: they are void."""

    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The keys are void, in good order."""

    reason: str


DtlsEvent = Keyed | Failed | Closed
