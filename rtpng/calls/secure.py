"""How two parties secure their media: who is offered SDES and DTLS, and which of them an answer takes.

The two legs are separate: each side speaks the protocol of its own SDP. The rules are rtpengine 26's observed
behaviour, but for two: no SDES under a protocol whose keys come from DTLS, which browsers refuse, and an answer never
turns a plain offer into a secure one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rtpng.calls import dtls, sdes
from rtpng.calls.leg import Dtls, Keying, Sdes, new_tls_id
from rtpng.calls.model import MediaStream
from rtpng.calls.request import Request
from rtpng.legs.spec import Identity
from sipcore.errors import ParseError
from sipcore.sdp.crypto import cryptos_of
from sipcore.sdp.dtls import Setup
from sipcore.sdp.profile import is_secure, profile_of
from sipcore.sdp.session import MediaDescription, SessionDescription


@dataclass(frozen=True, slots=True)
class Preferences:
    """``identity`` gives the certificate for a leg that has none yet; ``passive``: be the DTLS server where we may."""

    identity: Callable[[], Identity]
    passive: bool = False


def describe(stream: MediaStream, session: SessionDescription, media: MediaDescription, ours: Preferences) -> None:
    """Takes over what a party says about its keys."""
    cryptos = cryptos_of(media)
    if cryptos and stream.sdes is None:
        stream.sdes = Sdes()
    if stream.sdes is not None:
        stream.sdes.offered = cryptos
    _describe_dtls(stream, session, media, ours)


def _describe_dtls(
    stream: MediaStream, session: SessionDescription, media: MediaDescription, ours: Preferences
) -> None:
    """A certificate that is no longer the party's makes its keys void; another association makes new ones.

    Either way the tls-id that we show is another, too (RFC 8842 5.3).
    """
    said = _stated(session, media)
    if said.possible and stream.dtls is None:
        stream.dtls = Dtls(ours.identity())
    if stream.dtls is None:
        return
    restart = dtls.restart(stream.dtls.told, said)
    if restart is not dtls.Restart.NO:
        stream.dtls.tls_id = new_tls_id()
    if restart is dtls.Restart.BESIDE:
        stream.dtls.association += 1
    stream.dtls.told = said


def _stated(session: SessionDescription, media: MediaDescription) -> dtls.Stated:
    """Observed behaviour: a broken line is as good as none."""
    try:
        return dtls.stated(session, media)
    except ParseError:
        return dtls.NOTHING


def offer_on(
    speaking: MediaStream, listening: MediaStream, request: Request, ours: Preferences, *, first: bool, lends: bool
) -> None:
    """What the receiver of an offer is told, and our role towards its sender. What is in use stays until the answer.

    ``first``: nothing has been agreed between the two before. ``lends``: the receiver may be told the sender's own
    keys, because nothing else than this stream will be encrypted with them.
    """
    if listening.ice_beside is not None:
        _pass_through(speaking, listening)
        return
    before, speaking.opportunistic = speaking.opportunistic, is_opportunistic(speaking)
    begins = first or (speaking.opportunistic and not before)
    _note_wishes(speaking, request, passive=ours.passive)
    secured = is_secure(listening.protocol) or _offers_osrtp(speaking, listening, request, begins=begins)
    _offer_keys(speaking, listening, request, ours, secured=secured, lends=lends)
    if first:
        for stream in (speaking, listening):
            stream.keying = Keying.MISSING if is_secure(stream.protocol) else Keying.NONE


def settle_answerer(speaking: MediaStream) -> None:
    """An answer has come from ``speaking``: what is in use with it."""
    if speaking.ice_beside is not None:
        _pass_through(speaking)
        return
    speaking.keying = _settle_answerer(speaking)
    _forget_unused(speaking)


def settle_offerer(speaking: MediaStream, listening: MediaStream, request: Request, *, lends: bool) -> None:
    """What the offerer is answered, after what the answerer's side has settled; ``lends`` as in ``offer_on``."""
    if speaking.ice_beside is not None:
        _pass_through(listening)
        return
    listening.keying = _settle_offerer(speaking, listening, request, lends=lends)
    listening.osrtp = not is_secure(listening.protocol) and listening.keying is not Keying.NONE
    _forget_unused(listening)
    if listening.keying is not Keying.SDES and listening.sdes is not None:
        listening.sdes.ours = ()


def is_opportunistic(stream: MediaStream) -> bool:
    """Whether a party offers keys under a plain protocol (OSRTP, RFC 8643)."""
    profile = profile_of(stream.protocol)
    if profile is None or profile.secure:
        return False
    offers_sdes = stream.sdes is not None and bool(stream.sdes.offered)
    return offers_sdes or (stream.dtls is not None and stream.dtls.told.possible)


def _note_wishes(speaking: MediaStream, request: Request, *, passive: bool) -> None:
    if speaking.sdes is not None:
        speaking.sdes.wishes = request.sdes
    if speaking.dtls is not None:
        towards, other_way = dtls.wish_of(request.dtls_reverse), dtls.wish_of(request.dtls)
        passive = dtls.prefers_passive(towards, other_way, option=passive)
        in_use = speaking.dtls.role if speaking.keying is Keying.DTLS else None
        speaking.dtls.role = dtls.role_after_offer(speaking.dtls.told, in_use, passive=passive)


def _offers_osrtp(speaking: MediaStream, listening: MediaStream, request: Request, *, begins: bool) -> bool:
    """Keys of the sender go on if nobody asks for a protocol; what its first offer of keys has decided stays.

    Never where the media is not RTP.
    """
    if profile_of(listening.protocol) is None:
        return False
    if "offer" in request.osrtp:
        return True
    if begins:
        return speaking.opportunistic and request.transport_protocol is None
    return listening.osrtp and (speaking.opportunistic or listening.keying in (Keying.SDES, Keying.DTLS))


def _offer_keys(
    speaking: MediaStream, listening: MediaStream, request: Request, ours: Preferences, *, secured: bool, lends: bool
) -> None:
    """SDES where keys are told in SDP, DTLS as well unless it is switched off; nothing for a plain leg.

    A leg that has agreed on one of them is offered that one again.
    """
    listening.keys_offered, listening.osrtp = secured, secured and not is_secure(listening.protocol)
    by_dtls = listening.keying is Keying.DTLS and not (listening.sdes is not None and listening.sdes.ours)
    wanted = secured and not by_dtls and not _is_dtls(listening.protocol)
    _offer_sdes(speaking.sdes if lends else None, listening, request, wanted=wanted)
    declined = listening.keying is Keying.SDES or (listening.dtls is not None and listening.dtls.declined)
    if secured and request.dtls != "off" and not declined:
        listening.dtls = listening.dtls or Dtls(ours.identity())
        listening.dtls.setup = Setup.ACTPASS
        _choose_lines(listening.dtls, request)
    elif listening.dtls is not None:
        listening.dtls.setup = None


def _offer_sdes(lent: Sdes | None, listening: MediaStream, request: Request, *, wanted: bool) -> None:
    if wanted:
        listening.sdes = listening.sdes or Sdes()
        sdes.offer(lent, listening.sdes, request.sdes)
    elif listening.sdes is not None:
        listening.sdes.ours = ()


def _is_dtls(protocol: str) -> bool:
    profile = profile_of(protocol)
    return profile is not None and profile.dtls


def _choose_lines(leg: Dtls, request: Request) -> None:
    leg.algorithm = dtls.fingerprint_hash(request.dtls_fingerprint, leg.algorithm, leg.told)
    leg.tls_id_hidden = request.no_tls_id


def _settle_answerer(stream: MediaStream) -> Keying:
    """What is in use with the party that has answered: DTLS if it can do it and was offered it, else SDES."""
    leg = stream.dtls
    if leg is not None and leg.setup is not None:
        leg.declined = not leg.told.possible
    if leg is not None and leg.setup is not None and leg.told.possible:
        leg.role = dtls.role_after_answer(leg.told)
        return Keying.DTLS
    if stream.sdes is not None and sdes.answered(stream.sdes):
        return Keying.SDES
    return _without_keys(stream)


def _settle_offerer(speaking: MediaStream, listening: MediaStream, request: Request, *, lends: bool) -> Keying:
    """What the offerer is answered: DTLS if it can do it, unless SDES is preferred or DTLS switched off."""
    if not _secures(speaking, listening):
        return _without_keys(listening)
    leg = listening.dtls
    if leg is not None and leg.role is not None and not _prefers_sdes(listening, request):
        leg.setup = Setup(leg.role.value)
        _choose_lines(leg, request)
        return Keying.DTLS
    if listening.sdes is not None and sdes.answer(speaking.sdes if lends else None, listening.sdes):
        return Keying.SDES
    return _without_keys(listening)


def _pass_through(*streams: MediaStream) -> None:
    """The two sides agree on keys with each other, and we only see what passes."""
    for stream in streams:
        stream.keying, stream.sdes, stream.dtls, stream.keys_offered = Keying.NONE, None, None, False


def _forget_unused(stream: MediaStream) -> None:
    """What was not agreed on is no longer in use. What the answerer was offered may be offered again."""
    if stream.sdes is not None and stream.keying is not Keying.SDES:
        stream.sdes.remote = stream.sdes.local = None
    if stream.dtls is not None and stream.keying is not Keying.DTLS:
        stream.dtls.setup = stream.dtls.role = None
        stream.dtls.keys.clear()


def _prefers_sdes(stream: MediaStream, request: Request) -> bool:
    """Only where the party has offered both."""
    if stream.sdes is None or not stream.sdes.offered:
        return False
    return stream.sdes.wishes.preferred or request.dtls == "off"


def _without_keys(stream: MediaStream) -> Keying:
    return Keying.MISSING if is_secure(stream.protocol) else Keying.NONE


def _secures(speaking: MediaStream, listening: MediaStream) -> bool:
    """Whether the offerer gets keys: it asked for a secure protocol, or offered keys that somebody wants.

    Opportunistic keys that went on to the answerer are taken only if it took them too (RFC 8643 3).
    """
    if is_secure(listening.protocol):
        return True
    return listening.opportunistic and (not speaking.keys_offered or speaking.keying is not Keying.NONE)
