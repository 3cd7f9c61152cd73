"""What is agreed with one party about keys and paths of one m= section, as plain data: SDES, DTLS, ICE."""

from dataclasses import dataclass, field
from enum import Enum, auto
from secrets import token_hex

from rtpng.calls.dtls import NOTHING, Stated
from rtpng.calls.request import SdesWishes
from rtpng.legs.spec import Identity
from sipcore.address import Address
from sipcore.sdp.crypto import Crypto
from sipcore.sdp.dtls import Role, Setup
from sipcore.sdp.ice import Credentials, IceDescription
from sipcore.srtp import Keys


class Keying(Enum):
    """Where the keys of a leg's media come from, as agreed in the last answer."""

    NONE = auto()  # plain RTP
    MISSING = auto()  # the protocol wants keys, and there are none: not yet, or nothing in common
    SDES = auto()
    DTLS = auto()


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The keys of one component in use: what the peer encrypts with, and what we do."""

    remote: Keys = field(repr=False)
    local: Keys = field(repr=False)


@dataclass(slots=True, eq=False)
class Sdes:
    """Keys in SDP (RFC 4568) of one leg. The two that are in use are None until the answer."""

    wishes: SdesWishes = field(default_factory=SdesWishes)  # of the last offer of the party
    offered: tuple[Crypto, ...] = ()  # by the party, in its last SDP
    ours: tuple[Crypto, ...] = ()  # what the party was told, or the one that it was answered
    remote: Crypto | None = None  # with which the party encrypts
    local: Crypto | None = None  # with which we encrypt for it
    lent: frozenset[Keys] = frozenset()  # keys of the other side that this one was told: not for anything of ours

    @property
    def pair(self) -> KeyPair | None:
        """The keys in use."""
        if self.remote is None or self.local is None:
            return None
        return KeyPair(self.remote.keys, self.local.keys)


def new_tls_id() -> str:
    """For one association (RFC 8842 4)."""
    return token_hex(16)


@dataclass(slots=True, eq=False)
class Dtls:
    """DTLS-SRTP (RFC 5764) of one leg. ``setup`` None: the party is told of no DTLS."""

    identity: Identity
    tls_id: str = field(default_factory=new_tls_id)  # ours
    told: Stated = NOTHING  # by the party, in its last SDP
    setup: Setup | None = None  # in the last SDP to it
    role: Role | None = None  # ours, as far as SDP has fixed it
    association: int = 0  # counts those that SDP asked for
    keys: dict[int, KeyPair] = field(default_factory=dict)  # by component, as soon as a handshake is done
    algorithm: str | None = None  # of our fingerprint; None: not printed yet
    tls_id_hidden: bool = False
    declined: bool = False  # the party was offered it, and answered without


@dataclass(slots=True, eq=False)
class Ice:
    """ICE (RFC 8445) of one leg. ``selected``: the peer's address by component, as soon as a pair was nominated."""

    own: Credentials
    told: IceDescription | None = None  # by the party, in its last SDP and the fragments behind it
    controlling: bool = True
    lite: bool = False  # we are
    trickle: bool = False  # advertised to the party
    selected: dict[int, Address] = field(default_factory=dict)
    lost: frozenset[int] = frozenset()  # components whose peer no longer answers
