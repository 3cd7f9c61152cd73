"""What a proxy asks for, in our words: one typed value per ng request."""

from dataclasses import dataclass, field
from enum import Flag, auto
from typing import Any, NamedTuple

from rtpng.calls.recording import Wish
from sipcore.address import Address, Family
from sipcore.record import record


class UnknownWord(NamedTuple):
    """A word of a request that has no effect: ``kind`` is "flag", "dictionary key" or "value"."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind} '{self.text}'"


@dataclass(frozen=True, slots=True)
class CodecWishes:
    """The ``codec`` dictionary: names of codecs, each as ``name[/rate[/channels]]``, or "all", "full"."""

    strip: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    consume: tuple[str, ...] = ()
    excepted: tuple[str, ...] = ()
    offer: tuple[str, ...] = ()
    transcode: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __or__(self, later: "CodecWishes") -> "CodecWishes":
        """Both: lists add up."""
        return CodecWishes(*(getattr(self, name) + getattr(later, name) for name in CodecWishes.__slots__))


class Session(Flag):
    """Session parameters of SDES (RFC 4568 6.3)."""

    UNENCRYPTED_SRTP = auto()
    UNENCRYPTED_SRTCP = auto()
    UNAUTHENTICATED_SRTP = auto()


NO_PARAMETERS = Session(0)


@dataclass(frozen=True, slots=True)
class SdesWishes:
    """The ``SDES`` list: which suites (names in upper case) are offered and accepted, in which order, printed how."""

    off: bool = False
    only: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()  # ``only`` beats it
    order: tuple[str, ...] = ()  # of what is offered
    preference: tuple[str, ...] = ()  # in what the offerer is answered
    no_new: bool = False  # offer what the sender offered, nothing else
    preferred: bool = False  # to DTLS, where the sender offered both
    pad: bool = False
    lifetime: bool = False
    session: Session = NO_PARAMETERS  # of new keys

    def __or__(self, later: "SdesWishes") -> "SdesWishes":
        """Both: lists add up."""
        return SdesWishes(*(_sum(getattr(self, name), getattr(later, name)) for name in SdesWishes.__slots__))


def _sum(one: Any, other: Any) -> Any:
    """Of tuples one after the other; of sets and truth values the union."""
    return one + other if isinstance(one, tuple) else one | other


@dataclass(frozen=True, slots=True)
class ExtensionWishes:
    """The ``extmap`` dictionary: URIs of header extensions, lower case, or "all"."""

    strip: frozenset[str] = frozenset()
    mask: frozenset[str] = frozenset()

    def __or__(self, later: "ExtensionWishes") -> "ExtensionWishes":
        """Both: lists add up."""
        return ExtensionWishes(self.strip | later.strip, self.mask | later.mask)


@dataclass(frozen=True, slots=True)
class MediaWish:
    """One entry of ``media``: a stream of create or transform; ``converts``: it is to leave as another codec."""

    kind: str = "audio"
    name: str = ""
    destination: Address | None = None
    converts: bool = False


SESSION = "session"
OTHER = "other"  # every media type without a name of its own here
SECTIONS = (SESSION, "audio", "video", "image", "message", OTHER)


@dataclass(frozen=True, slots=True)
class Edits:
    """What ``sdp-attr`` does to one kind of section; texts as they stand behind ``a=``."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    substitute: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AttributeEdits:
    """The ``sdp-attr`` dictionary: edits by section, one of SECTIONS."""

    sections: tuple[tuple[str, Edits], ...] = ()

    def __or__(self, later: "AttributeEdits") -> "AttributeEdits":
        """Both, one after the other."""
        return AttributeEdits(self.sections + later.sections)


@record
class Request:
    """One ng request. Every field has a default: a key or flag that was not sent changes nothing.

    Text came off the wire as UTF-8 with surrogate escapes, so any byte survives the way back.
    """

    command: str = ""
    call_id: str | None = None
    from_tag: str | None = None
    to_tag: str | None = None
    via_branch: str | None = None
    from_tags: tuple[str, ...] = ()  # parties to subscribe to
    to_call_id: str | None = None  # the call of to_tag, if that is another one
    sdp: str | None = None
    client: str = ""  # address of the proxy that sent it, for log lines and statistics

    direction: tuple[str, ...] = ()  # logical interfaces of sender and receiver
    from_interface: str | None = None
    to_interface: str | None = None
    interface: str | None = None  # of the only party that the command is about
    address_family: Family | None = None  # of the receiver's side
    media_address: str | None = None  # printed instead of the interface's advertised address
    received_from: str | None = None  # where the SIP message came from: numeric host
    sip_source_address: bool = False  # believe received_from more than the SDP
    trust_address: bool = False
    unidirectional: bool = False  # the sender only sends
    strict_source: bool = False
    asymmetric: bool = False  # do not learn the sender's address from media
    port_latching: bool = False  # re-learn after every re-offer
    pierce_nat: bool = False  # send an empty packet to the sender before it was heard
    nat_wait: bool = False  # send nothing to the sender before it was heard
    media_handover: bool = False
    reset: bool = False
    endpoint_learning: str | None = None  # delayed, immediate, off, heuristic

    transport_protocol: str | None = None  # upper case, as printed in m=; "ACCEPT" in answers
    rtcp_mux: frozenset[str] = frozenset()  # offer, require, demux, accept, reject
    bundle: frozenset[str] = frozenset()  # accept, offer, require, strict, reject
    replace: frozenset[str] = frozenset()  # origin, origin-full, session-connection, session-name, username, ...
    ice: str | None = None  # remove, force, default, optional, force-relay
    ice_lite: str | None = None  # forward, backward, both, off: towards whom we are ICE lite
    trickle: bool = False  # advertise trickle ICE
    reject_ice: bool = False  # do not answer the sender's ICE
    sdes: SdesWishes = SdesWishes()
    osrtp: frozenset[str] = frozenset()  # offer, accept, with -legacy
    dtls: str | None = None  # passive, active, off: towards the receiver
    dtls_reverse: str | None = None  # the same towards the sender
    dtls_fingerprint: str | None = None  # hash of the fingerprint that is printed
    no_tls_id: bool = False
    no_rtcp_attribute: bool = False
    full_rtcp_attribute: bool = False
    original_sendrecv: bool = False
    inactive: bool = False  # subscriptions only
    generate_mid: bool = False
    fragment: bool = False
    loop_protect: bool = False  # mark the SDP, and leave one with our mark as it is
    codec: CodecWishes = CodecWishes()
    single_codec: bool = False
    allow_no_codec_media: bool = False
    reuse_codecs: bool = False
    ptime: int | None = None  # milliseconds, in the SDP of an offer
    ptime_reverse: int | None = None  # the same in the answer to it
    sdp_attr: AttributeEdits = AttributeEdits()
    sdp_media_remove: frozenset[str] = frozenset()  # media types
    strip_extmap: bool = False
    extmap: ExtensionWishes = ExtensionWishes()
    label: str | None = None
    set_label: str | None = None  # of a subscriber
    to_label: str | None = None
    address: str | None = None  # of the party that a media command means
    all: str | None = None  # all, none, offer-answer, except-offer-answer, flows: whom a media command means
    tos: int | None = None  # 0 to 255; -1 leaves the sender's

    drop_traffic: bool | None = None  # no media of the call goes anywhere, until it is taken back
    media_echo: str | None = None  # blackhole, forward, backwards, both
    code: int | None = None  # of an event to play
    duration: int = 250  # milliseconds
    pause: int = 100
    volume: int = 8  # -dBm0
    block_dtmf: bool = False
    detect_dtmf: bool = False
    dtmf_log_dest: Address | None = None  # who is told of digits, over UDP
    block_short: bool = False
    recording: Wish | None = None
    recording_file: str | None = None
    exclude_recording: bool = False  # of both parties
    discard_recording: bool = False
    pauses: bool = False  # stop recording: it may go on later

    delete_delay: int | None = None  # seconds
    fatal: bool = False
    fast: bool = False
    use_to_tag: bool = False  # delete: honour to_tag
    media: tuple[MediaWish, ...] = ()  # streams to create or to transform
    instance: str | None = None  # the relay that asks for a transformation
    directional: bool = False  # unsubscribe: only from the party of from_tag
    siprec: bool = False  # subscribe: name streams for a recorder
    new_branch: bool = False
    provisional: bool = False
    sip_message_type: str | None = None  # request or reply
    sip_code: int | None = None

    template: str | None = None  # the last of those that were read
    supports: frozenset[str] = frozenset()
    limit: int | None = None
    metadata: str | None = None
    body: str | None = None  # the command line of the command cli
    flags: frozenset[str] = frozenset()  # every flag as it was sent, normalised, known or not
    unknown: tuple[UnknownWord, ...] = field(default=(), compare=False)  # words without effect, for the log
