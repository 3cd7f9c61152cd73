"""DTLS between us and one party: who is the client, and when a handshake must be done again (RFC 5763, RFC 8842).

| party's a=setup | our role | |
|---|---|---|
| active | passive | |
| passive | active | |
| actpass in an offer | active | as before, else passive if it is asked for |
| actpass in an answer | active | it breaks RFC 5763; rtpengine 26 waits for either side |
| holdconn, none | no DTLS | nor without a usable fingerprint |

We always offer actpass. The table is rtpengine 26's observed behaviour, but for one thing: a wish in a later offer does
not turn roles that are in use, because browsers refuse such an answer. A wish in an answer comes too late there, too.
"""

from dataclasses import dataclass
from enum import Enum, auto

from sipcore.sdp.dtls import Fingerprint, Role, Setup, fingerprints_of, setup_of, tls_id_of
from sipcore.sdp.session import MediaDescription, SessionDescription


class Wish(Enum):
    """What ``DTLS`` and ``DTLS-reverse`` can ask for."""

    PASSIVE = auto()
    ACTIVE = auto()
    OFF = auto()


_WORDS = {
    "passive": Wish.PASSIVE,
    "active": Wish.ACTIVE,
    **dict.fromkeys(("off", "no", "disable", "disabled"), Wish.OFF),
}


def wish_of(word: str | None) -> Wish | None:
    """The wish behind a word, in any case; None for one that says nothing."""
    return _WORDS.get((word or "").lower())


@dataclass(frozen=True, slots=True)
class Stated:
    """What a party's SDP says about DTLS for one media."""

    setup: Setup | None = None
    fingerprints: tuple[Fingerprint, ...] = ()
    tls_id: str | None = None

    @property
    def possible(self) -> bool:
        """Whether there can be a handshake."""
        return self.setup not in (None, Setup.HOLDCONN) and bool(self.fingerprints)


NOTHING = Stated()


def stated(session: SessionDescription, media: MediaDescription) -> Stated:
    """Raises ParseError for a malformed line."""
    return Stated(setup_of(session, media), fingerprints_of(session, media), tls_id_of(session, media))


def prefers_passive(towards: Wish | None, other_way: Wish | None, *, option: bool) -> bool:
    """Whether we would rather be the server for the sender of an offer.

    ``towards`` is the offer's ``DTLS-reverse``, ``other_way`` its ``DTLS``, ``option`` the daemon's ``dtls-passive``.
    rtpengine 26's observed behaviour: only ``DTLS-reverse: active`` speaks against the option.
    """
    if towards in (Wish.PASSIVE, Wish.ACTIVE):
        return towards is Wish.PASSIVE
    return other_way is Wish.PASSIVE or option


def role_after_offer(party: Stated, before: Role | None, *, passive: bool) -> Role | None:
    """Our role with a party that has sent an offer, which our answer to it says; None: no DTLS.

    ``before`` is the role that is in use with it, and ``passive`` our preference.
    """
    if not party.possible:
        return None
    if party.setup is Setup.ACTPASS:
        return before or (Role.PASSIVE if passive else Role.ACTIVE)
    return _opposite(party.setup)


def role_after_answer(party: Stated) -> Role | None:
    """Our role with a party that has answered our actpass; None: no DTLS."""
    return _opposite(party.setup) if party.possible else None


def _opposite(setup: Setup | None) -> Role:
    return Role.PASSIVE if setup is Setup.ACTIVE else Role.ACTIVE


class Restart(Enum):
    """What another SDP of a party does to the keys that it has."""

    NO = auto()  # they stay; a handshake that the party begins nevertheless replaces them when it is done
    BESIDE = auto()  # a new handshake replaces them when it is done
    AT_ONCE = auto()  # they are void: the certificate behind them is no longer the party's


def restart(before: Stated, after: Stated) -> Restart:
    """A tls-id that appears says nothing: the party may only have learned of RFC 8842 from us.

    An ICE restart without tls-id asks for a new handshake too (RFC 8842 5.1), and rtpengine begins one. Browsers ignore
    it: they keep theirs, and would lose the call. So nothing begins here, and the party may.
    """
    if not before.fingerprints:
        return Restart.NO
    if not set(before.fingerprints) <= set(after.fingerprints):
        return Restart.AT_ONCE
    if before.tls_id is not None and before.tls_id != after.tls_id:
        return Restart.BESIDE
    return Restart.NO


def fingerprint_hash(wish: str | None, before: str | None, party: Stated) -> str:
    """By which hash our certificate is shown: as asked for, as before, as the party does, else sha-256."""
    if wish is not None:
        return wish
    if before is not None:
        return before
    return party.fingerprints[0].algorithm if party.fingerprints else "sha-256"
