"""How the caller's media is protected: by which keys, and who exchanges them how."""

from dataclasses import dataclass
from enum import Enum

from sipcore.srtp import SUITES, Suite

SUITE_NAMES = ("AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM")  # what the generator can speak


class Keying(Enum):
    """Where the keys come from; the value is part of the work's name."""

    SDES = "sdes"  # they stand in the SDP
    DTLS = "dtls"  # a handshake on the media port makes them


@dataclass(frozen=True, slots=True)
class Protection:
    """SRTP of one suite towards the caller; the callee always speaks plain RTP."""

    keying: Keying
    suite: Suite

    @classmethod
    def by(cls, keying: Keying, suite: str) -> "Protection":
        return cls(keying, SUITES[suite])
