"""Logical interfaces: named groups of local addresses (``--interface=[NAME/]ADDR[!ADVERTISED]``)."""

from dataclasses import dataclass

from sipcore.address import Family, family_of


@dataclass(frozen=True, slots=True)
class Interface:
    """One local address of one logical interface.

    ``address`` is bound, ``advertised`` is printed in SDP; media ports are ``port_min`` to ``port_max``, inclusive.
    """

    name: str
    address: str
    advertised: str
    port_min: int = 30000
    port_max: int = 39999

    @property
    def family(self) -> Family:
        return family_of(self.address)
