"""Who sends: direction attributes, hold and rejected media (RFC 3264 5.1, 6.1, 8.4)."""

from enum import Enum

from sipcore.sdp.session import Connection, MediaDescription, Section, SessionDescription

ZERO_HOSTS = frozenset({"0.0.0.0", "::"})


class Direction(Enum):
    """A media direction as its writer sees it; the value is the attribute's name."""

    SENDRECV = "sendrecv"
    SENDONLY = "sendonly"
    RECVONLY = "recvonly"
    INACTIVE = "inactive"

    @property
    def sends(self) -> bool:
        return self in (Direction.SENDRECV, Direction.SENDONLY)

    @property
    def receives(self) -> bool:
        return self in (Direction.SENDRECV, Direction.RECVONLY)

    @property
    def reversed(self) -> "Direction":
        """The same agreement as the other side says it."""
        return direction(sends=self.receives, receives=self.sends)

    @property
    def held(self) -> "Direction":
        """What is left when the writer wants to receive nothing: sendonly or inactive."""
        return direction(sends=self.sends, receives=False)


def direction(*, sends: bool, receives: bool) -> Direction:
    """The direction of a party that does both, one or neither."""
    if sends:
        return Direction.SENDRECV if receives else Direction.SENDONLY
    return Direction.RECVONLY if receives else Direction.INACTIVE


def direction_of(session: SessionDescription, media: MediaDescription) -> Direction:
    """The stated direction, else sendrecv; zero addresses are not looked at."""
    return stated_direction(session, media) or Direction.SENDRECV


def stated_direction(session: SessionDescription, media: MediaDescription) -> Direction | None:
    """The media's own attribute, else the session's."""
    return _stated(media) or _stated(session)


def is_rejected(media: MediaDescription) -> bool:
    """Port 0: the media is refused or was removed."""
    return media.port == 0


def is_zero(connection: Connection | None) -> bool:
    """0.0.0.0 or ::, the way of RFC 2543 to put a call on hold (with ICE it means nothing)."""
    return connection is not None and connection.host in ZERO_HOSTS


def _stated(section: Section) -> Direction | None:
    return next((way for way in Direction if section.has_attribute(way.value)), None)
