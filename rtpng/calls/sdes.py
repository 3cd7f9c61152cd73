"""SDES between two parties (RFC 4568): which suites and keys an offer tells, and which one an answer takes.

The rules are rtpengine 26's observed behaviour. A key that was told stays for as long as its suite is in use, so that
the other side's rollover counter stays right. Keys of the sender are told to the receiver where both can have the
same, so that the packets are the same on both sides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rtpng.calls.leg import Sdes
from rtpng.calls.request import SdesWishes, Session
from sipcore.sdp.crypto import Crypto
from sipcore.srtp import SUITES, Cipher, Keys, Suite, fresh

LIFETIME = "2^31"


def offer(speaker: Sdes | None, listener: Sdes, wishes: SdesWishes) -> None:
    """Decides what the receiver of an offer is told; nothing when SDES is switched off. What is in use stays."""
    if wishes.off:
        listener.ours = ()
        return
    told = [_with_lifetime(crypto, wishes) for crypto in _known(speaker, listener)]
    listener.lent |= {crypto.keys for crypto in (speaker.offered if speaker is not None else ())}
    if not wishes.no_new:
        told += _new(told, listener.ours, wishes)
    listener.ours = tuple(_sorted(told, wishes.order))


def answered(leg: Sdes) -> bool:
    """A party has answered an offer: the keys in use with it are what it took of what we offered, if it took any.

    A suite that it took under a tag that is not its own is still the suite that it will use.
    """
    pairs = [(said, own) for said in leg.offered for own in leg.ours if said.keys.suite is own.keys.suite]
    by_tag = next((pair for pair in pairs if pair[0].tag == pair[1].tag), None)
    leg.remote, leg.local = by_tag or next(iter(pairs), (None, None))
    if leg.local is not None:
        leg.ours = (leg.local,)
    return leg.remote is not None


def answer(speaker: Sdes | None, listener: Sdes) -> bool:
    """Chooses what the offerer is answered, from what it offered and with the wishes of its offer, if there is any."""
    chosen = _chosen(speaker, _sorted(listener.offered, listener.wishes.preference), listener.wishes)
    if chosen is None:
        return False
    local = _key_towards(speaker, listener, chosen)
    listener.remote, listener.local, listener.ours = chosen, local, (_with_lifetime(local, listener.wishes),)
    return True


def _known(speaker: Sdes | None, listener: Sdes) -> Sequence[Crypto]:
    """What need not be invented: what the sender offers, else what is in use, else what was told before."""
    if speaker is not None and speaker.offered:
        return speaker.offered
    return (listener.local,) if listener.local is not None else listener.ours


def _new(known: Sequence[Crypto], before: Sequence[Crypto], wishes: SdesWishes) -> Iterable[Crypto]:
    """All other suites, in their order, with the tags that follow; a key that was told ``before`` stays."""
    former = {crypto.keys.suite: crypto.keys for crypto in before}
    taken = {crypto.keys.suite for crypto in known}
    tag = max((crypto.tag for crypto in known), default=0)
    for suite in SUITES.values():
        if suite not in taken and _wanted(suite, wishes):
            tag += 1
            keys = former.get(suite) or _with_session(fresh(suite), wishes.session)
            yield Crypto(tag, keys, LIFETIME if wishes.lifetime else None)


def _with_session(keys: Keys, parameters: Session) -> Keys:
    """A new key with session parameters; what AEAD encrypts it also authenticates (RFC 7714 14.1)."""
    aead = keys.suite.cipher is Cipher.AES_GCM
    return replace(
        keys,
        unencrypted_srtp=Session.UNENCRYPTED_SRTP in parameters,
        unencrypted_srtcp=Session.UNENCRYPTED_SRTCP in parameters,
        unauthenticated_srtp=Session.UNAUTHENTICATED_SRTP in parameters and not aead,
    )


def _wanted(suite: Suite, wishes: SdesWishes) -> bool:
    return suite.name in wishes.only if wishes.only else suite.name not in wishes.without


def _sorted(cryptos: Iterable[Crypto], order: Sequence[str]) -> list[Crypto]:
    """Those that are named come first, in that order."""
    return sorted(cryptos, key=lambda c: order.index(c.keys.suite.name) if c.keys.suite.name in order else len(order))


def _with_lifetime(crypto: Crypto, wishes: SdesWishes) -> Crypto:
    return replace(crypto, lifetime=LIFETIME if wishes.lifetime else None)


def _taken(speaker: Sdes | None) -> Suite | None:
    return speaker.remote.keys.suite if speaker is not None and speaker.remote is not None else None


def _chosen(speaker: Sdes | None, usable: Sequence[Crypto], wishes: SdesWishes) -> Crypto | None:
    """The suite that the other side took, if the offerer knows it; else, or with a preference, the first one."""
    taken = next((crypto for crypto in usable if crypto.keys.suite is _taken(speaker)), None)
    first = next(iter(usable), None)
    return first if wishes.preference else taken or first


def _key_towards(speaker: Sdes | None, listener: Sdes, chosen: Crypto) -> Crypto:
    """The other side's own key, if it has the same suite; else the one that is in use; else a new one.

    A key that the other side lent encrypts its packets and nothing else: the same key stream must not come twice.
    """
    suite = chosen.keys.suite
    if speaker is not None and speaker.remote is not None and _taken(speaker) is suite:
        listener.lent |= {speaker.remote.keys}
        return Crypto(chosen.tag, speaker.remote.keys)
    former = listener.local
    if former is not None and former.keys.suite is suite and former.keys not in listener.lent:
        return Crypto(chosen.tag, former.keys)
    random = fresh(suite)
    # The session parameters are the same for both directions (RFC 4568 6.3).
    return Crypto(chosen.tag, replace(chosen.keys, key=random.key, salt=random.salt, mki=b""))
