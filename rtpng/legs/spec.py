"""What a plan wants of the agents behind one stream's ports, as plain data: the vocabulary between plan and legs."""

from dataclasses import dataclass
from typing import Protocol

from rtpng.dtls.terms import Terms
from rtpng.ice.pair import Base
from sipcore.address import Address
from sipcore.sdp.dtls import Fingerprint
from sipcore.sdp.ice import Credentials, IceDescription
from sipcore.srtp import Keys


class Identity(Protocol):
    """The certificate that a leg keeps for as long as it lives."""

    def fingerprint(self, algorithm: str) -> Fingerprint:
        """By one of ``sipcore.sdp.dtls.HASHES``."""


@dataclass(frozen=True, slots=True)
class IceSpec:
    """``own`` are our credentials: others than before restart ICE. ``told`` by the peer's SDP."""

    bases: tuple[Base, ...]
    own: Credentials
    told: IceDescription | None
    controlling: bool
    lite: bool


@dataclass(frozen=True, slots=True)
class DtlsSpec:
    """``ports``: our port and the terms of its handshake, by component; None as long as a role is not agreed on."""

    identity: Identity
    ports: tuple[tuple[int, Address, Terms | None], ...]


@dataclass(frozen=True, slots=True)
class LegSpec:
    """One leg. ``name``: one of its ports, the same for as long as it lives."""

    name: Address
    ice: IceSpec | None = None
    dtls: DtlsSpec | None = None


class Listener(Protocol):
    """Who is told what happens on legs; may call ``Legs.apply`` itself. ``local`` is one of the leg's ports."""

    def path_found(self, name: Address, component: int, local: Address, remote: Address, *, selected: bool) -> None:
        """A pair works, or is the nominated one."""

    def consent_lost(self, name: Address, component: int) -> None:
        """Nothing may be sent to the peer any more (RFC 7675)."""

    def keyed(self, name: Address, component: int, local: Keys, remote: Keys, seconds: float) -> None:
        """The peer has proven its fingerprint: ``local`` is for what we send. ``seconds``: that the handshake took."""

    def unkeyed(self, name: Address, component: int, reason: str) -> None:
        """There are no keys, or no longer any."""

    def slow(self, name: Address, reason: str) -> None:
        """The leg is not up, although everything has been agreed on for a while."""

    def path_failed(self, name: Address, reason: str) -> None:
        """ICE has found nothing in time; it may yet."""
