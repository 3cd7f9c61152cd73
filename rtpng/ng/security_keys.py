"""SECURITY: the top-level keys about SRTP, DTLS and ICE, one row each."""

from rtpng.ng import security_values, values
from rtpng.ng.rows import Key, Kind, Mark, Support, both, union

SECURITY = (
    Key(
        "ICE",
        Kind.WORDS,
        Mark.CORE,
        "What the receiver of an offer gets. remove: no ICE. force: ours. default: ours, if the sender has ICE. "
        "optional, force-relay: ours beside the sender's.",
        Support.SUPPORTED,
        "ice",
        read=values.ice,
        example="remove",
    ),
    Key(
        "DTLS",
        Kind.TEXT,
        Mark.CORE,
        "off: no DTLS towards the receiver (in an answer: SDES, if the offerer can). passive: where the sender of an "
        "offer leaves the choice, it begins the handshake.",
        Support.SUPPORTED,
        "dtls",
        read=security_values.dtls,
        example="passive",
    ),
    Key(
        "DTLS-reverse",
        Kind.TEXT,
        Mark.RARE,
        "passive: as DTLS=passive, without the rest.",
        Support.SUPPORTED,
        "dtls_reverse",
        read=security_values.dtls,
        example="passive",
    ),
    Key(
        "DTLS-fingerprint",
        Kind.TEXT,
        Mark.RELAY,
        "Hash of the fingerprint that is sent: sha-256 (default), sha-1, sha-224, sha-384, sha-512.",
        Support.SUPPORTED,
        "dtls_fingerprint",
        read=security_values.fingerprint_hash,
        example="sha-512",
    ),
    Key(
        "SDES",
        Kind.WORDS,
        Mark.CORE,
        "Of an offer: off, no-SUITE, only-SUITE, order:SUITE;SUITE, offerer_pref:SUITE;SUITE, nonew, prefer, pad, "
        "lifetime, unencrypted_srtp, unencrypted_srtcp, unauthenticated_srtp. Keys in use always stay (static).",
        Support.SUPPORTED,
        "sdes",
        read=security_values.sdes,
        merge=both,
        example=["off"],
    ),
    Key(
        "OSRTP",
        Kind.WORDS,
        Mark.RELAY,
        "offer: keys in an offer of a plain protocol (RFC 8643); accept: those of the sender are taken. "
        "With -legacy: the same media in a plain and a secure section.",
        Support.SUPPORTED,
        "osrtp",
        read=values.words,
        merge=union,
        example=["offer"],
    ),
    Key(
        "ICE-lite",
        Kind.TEXT,
        Mark.RARE,
        "Be ICE lite towards the receiver (forward), the sender (backward), both; off ends it.",
        Support.SUPPORTED,
        "ice_lite",
        read=security_values.ice_lite,
        example="both",
    ),
)
