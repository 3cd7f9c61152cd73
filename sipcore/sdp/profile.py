"""RTP profiles as ``m=`` names them (RFC 3551, 4585, 3711, 5124, 5764)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Profile:
    """``secure``: the media is SRTP; ``feedback``: extended RTCP feedback; ``dtls``: its keys come from DTLS."""

    name: str
    secure: bool
    feedback: bool
    dtls: bool


_ROWS = (
    Profile("RTP/AVP", secure=False, feedback=False, dtls=False),
    Profile("RTP/AVPF", secure=False, feedback=True, dtls=False),
    Profile("RTP/SAVP", secure=True, feedback=False, dtls=False),
    Profile("RTP/SAVPF", secure=True, feedback=True, dtls=False),
    Profile("UDP/TLS/RTP/SAVP", secure=True, feedback=False, dtls=True),
    Profile("UDP/TLS/RTP/SAVPF", secure=True, feedback=True, dtls=True),
)

PROFILES: Mapping[str, Profile] = MappingProxyType({profile.name: profile for profile in _ROWS})


FAX = "udptl"


def canonical(protocol: str) -> str | None:
    """The usual spelling of the protocol of RTP or fax, in any case; None for others."""
    profile = profile_of(protocol)
    return profile.name if profile is not None else FAX if protocol.lower() == FAX else None


def profile_of(text: str) -> Profile | None:
    """The profile of an m-line's protocol, in any case; None for what is not RTP over UDP (udptl, UDP/BFCP, ...)."""
    return PROFILES.get(text) or PROFILES.get(text.upper())


def plain(protocol: str) -> str:
    """The protocol that is the same without SRTP."""
    profile = profile_of(protocol)
    return protocol if profile is None else "RTP/AVPF" if profile.feedback else "RTP/AVP"


def is_secure(protocol: str) -> bool:
    """Whether a protocol of ``m=`` stands for SRTP."""
    profile = profile_of(protocol)
    return profile is not None and profile.secure
