"""The model of a call: what was agreed, as plain data. Nobody here opens, sends or waits."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from rtpng.calls.learn import Latch
from rtpng.calls.leg import Dtls, Ice, Keying, Sdes
from rtpng.calls.recording import Recording
from rtpng.interfaces import Interface
from rtpng.media.relay import Play
from sipcore.address import Address
from sipcore.sdp.codec import Codec
from sipcore.sdp.direction import Direction
from sipcore.sdp.session import MediaDescription, SessionDescription

Group = tuple[int, ...]  # m= sections of one party, by their place, that share ports; the first's are those of all
Groups = tuple[Group, ...]


class Echo(Enum):
    """Where the media of a party goes by the key ``media-echo``."""

    OFF = auto()  # to the others, as ever
    BACK = auto()  # to the party itself
    NOWHERE = auto()


@dataclass(slots=True, eq=False)
class Endpoint:
    """One local port, and what is known of the peer behind it. Streams of a bundle have theirs in common."""

    local: Address
    latch: Latch = field(default_factory=Latch)


@dataclass(slots=True, eq=False)
class Path:
    """The ports of a stream on one further address of its interface: ICE finds out which of them works."""

    interface: Interface
    rtp: Endpoint
    rtcp: Endpoint | None = None

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        return (self.rtp,) if self.rtcp is None else (self.rtp, self.rtcp)


@dataclass(slots=True, eq=False)
class MediaStream:
    """One m= section as one party sees it."""

    kind: str
    protocol: str  # what we speak with this party, as printed in m=
    described: MediaDescription | None = None  # what the party last said
    direction: Direction = Direction.SENDRECV  # the party's own
    way: Direction = Direction.SENDRECV  # as either side has said it last, seen from the party
    named: tuple[Address | None, Address | None] = (None, None)  # for RTP and RTCP, by the same SDP as the marks
    marks: frozenset[str] = frozenset()  # flags of query: what the party's last SDP that wanted this medium came with
    rejected: bool = False
    on_hold: bool = False  # old-style: the party's connection address was zero
    passthrough: bool = False  # not relayed (e.g. MSRP over TCP)
    rtp: Endpoint | None = None  # or the only port of media that is not RTP
    rtcp: Endpoint | None = None
    paths: list[Path] = field(default_factory=list)  # beside those two, as long as ICE is in use
    interface: Interface | None = None  # of those two, where ICE has chosen another address than the party's
    mux_wish: bool = False  # the party sent a=rtcp-mux
    mux_said: bool = False  # by the party or by us, whoever has spoken last
    mux_only: bool = False  # we have offered it without a way back to two ports
    mux_fixed: bool = False  # what the party is answered does not depend on the answer
    mux: bool = False  # in use: RTCP shares the RTP port
    codecs: tuple[Codec, ...] = ()  # what the party is told of
    answerable: tuple[Codec, ...] = ()  # of its last offer, those that it may be answered
    agreed: tuple[Codec, ...] = ()  # in the last answer, of either side
    mixes_extensions: bool = True  # the party may be told of header extensions of either size (RFC 8285 4.1.2)
    mid: str | None = None  # as its own offer, or the first one to it, names the section
    packet_time: str | None = None  # a=ptime, as either side has said it last
    ptime: int | None = None  # what the answer to its offer says; None: what the answerer says
    withheld: bool = False  # shown to the party as rejected: no codec is left for it
    stripped: frozenset[int] = frozenset()  # header extensions that the party must not get, by id
    masked: tuple[str, ...] = ()  # those that it has offered, and only the other side was not told of
    removed: MediaDescription | None = None  # a section that the party was never told of
    number: int | None = None  # names what the party sends towards recorders (a=label), within the call
    echo: Echo = Echo.OFF
    playing: tuple[Play, ...] = ()  # digits that are sent in place of the party's packets
    block_short: bool = False  # packets that are shorter than the first of their codec are dropped
    keying: Keying = Keying.NONE
    keys_offered: bool = False  # towards this party, by us, in the last offer
    osrtp: bool = False  # those keys were offered under a plain protocol (RFC 8643)
    twin: str | None = None  # the secure protocol that the party was offered beside the plain one (OSRTP=offer-legacy)
    opportunistic: bool = False  # the party offers keys under a plain protocol
    sdes: Sdes | None = None  # None: never spoken of
    dtls: Dtls | None = None
    ice: Ice | None = None  # None: not in use
    ice_beside: str | None = None  # "optional", "force-relay": ours beside the other side's, which passes untouched
    ice_settled: bool = False  # whether to use it was decided by an offer

    @property
    def addresses(self) -> frozenset[str]:
        """The hosts of its ports."""
        return frozenset(endpoint.local.host for endpoint in self.endpoints)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        own = tuple(e for e in (self.rtp, self.rtcp) if e is not None)
        return own + tuple(e for path in self.paths for e in path.endpoints) if self.paths else own

    def give_up_ports(self) -> None:
        self.rtp = self.rtcp = None
        self.paths = []


@dataclass(slots=True)
class Sent:
    """What must stay, or grow, from one SDP towards a party to the next (replace: username, sdp-version, ...)."""

    username: str
    session_id: str
    version: str
    address: str
    session_name: str
    document: tuple[str, ...] | None = None  # the last one of which changes were to be counted


@dataclass(slots=True, eq=False)
class Party:
    """One side of a call: a SIP tag, or, before its answer, a branch of the offer.

    ``ours``: the relay itself, where it offers or answers in nobody's name; it has no ports, and no place in the call.
    """

    interface: Interface
    created: float  # wall time, seconds
    tag: str | None = None
    aliases: list[str] = field(default_factory=list)
    branch: str | None = None
    label: str | None = None
    metadata: str | None = None
    session: SessionDescription | None = None  # what the party last said
    streams: list[MediaStream] = field(default_factory=list)
    bundles: Groups = ()  # agreed
    bundling: Groups = ()  # as an offer of either side would have it
    grants_bundles: bool = False  # those that it offers
    asymmetric: bool = False
    detect_dtmf: bool = False
    unrecorded: bool = False  # no recording has what the party sends
    pierce_nat: bool = False  # an empty packet goes to the party before it was heard
    sent: Sent | None = None
    final: bool = False  # its final answer was seen
    ours: bool = False
    delete_at: float | None = None  # monotonic

    @property
    def rtp_ports(self) -> list[Address]:
        """Our ports for its RTP, or media that is not RTP; each once, whatever shares it."""
        return list(dict.fromkeys(stream.rtp.local for stream in self.streams if stream.rtp is not None))


class PartyStream(NamedTuple):
    """A stream, and whose it is."""

    party: Party
    stream: MediaStream


Places = tuple[tuple[int, int], ...]  # pairs: where a stream is among those of one party, and among the other's


@dataclass(slots=True, eq=False)
class Dialogue:
    """Two parties joined by offer and answer; ``connected`` when media flows between them.

    ``places``: which streams of offerer and answerer are joined; None: those at the same place.
    """

    offerer: Party
    answerer: Party
    answered: bool = False
    connected: bool = True
    places: Places | None = None

    @property
    def own(self) -> bool:
        """Whether the relay itself is one side."""
        return self.offerer.ours or self.answerer.ours

    @property
    def with_us(self) -> Party:
        """The party with which the relay itself speaks."""
        return self.answerer if self.offerer.ours else self.offerer

    def other(self, party: Party) -> Party:
        return self.answerer if party is self.offerer else self.offerer

    def other_place(self, party: Party, place: int) -> int | None:
        """Where the stream that is joined with this one of ``party`` is among the other's."""
        if self.places is None:
            return place
        near, far = (0, 1) if party is self.offerer else (1, 0)
        return next((pair[far] for pair in self.places if pair[near] == place), None)

    def __contains__(self, party: Party) -> bool:
        return party is self.offerer or party is self.answerer


class Control(Enum):
    """What a media command takes away from what a party sends."""

    MEDIA = auto()  # nothing of it goes on
    SOUND = auto()  # audio goes on as silence
    DTMF = auto()  # events (RFC 4733) do not go on


@dataclass(frozen=True, slots=True)
class Restraint:
    """One control that is in force. ``speaker`` None: for everybody; ``listener`` None: whoever hears the speaker."""

    control: Control
    speaker: Party | None = None
    listener: Party | None = None


@dataclass(slots=True, eq=False)
class Subscription:
    """A party hears another without being heard. ``places``: a stream of the source, and that which receives it."""

    source: Party
    subscriber: Party
    places: Places


@dataclass(slots=True, eq=False)
class Call:
    """One Call-ID. ``created`` and ``last_signal`` are wall time; ``born`` and ``signalled`` the same, monotonic."""

    call_id: str
    created: float
    born: float
    last_signal: float = 0.0
    signalled: float = 0.0
    proxy: str = ""  # who sent the first offer
    tos: int | None = None
    metadata: str | None = None
    delete_at: float | None = None  # monotonic
    parties: list[Party] = field(default_factory=list)
    dialogues: list[Dialogue] = field(default_factory=list)
    restraints: list[Restraint] = field(default_factory=list)
    own: list[Dialogue] = field(default_factory=list)  # in which the relay itself is one side
    subscriptions: list[Subscription] = field(default_factory=list)
    dtmf_log_dest: Address | None = None  # who is told of digits, in place of the daemon's own destination
    digits_played: int = 0
    recording: Recording | None = None
    drop_traffic: bool = False  # no media of anybody goes anywhere, or counts

    def by_tag(self, tag: str | None) -> Party | None:
        """The party that has, or had, this tag."""
        if tag is None:
            return None
        return next((p for p in self.parties if p.tag == tag or tag in p.aliases), None)

    def dialogues_of(self, party: Party) -> list[Dialogue]:
        return [d for d in self.dialogues if party in d]

    def dialogue_between(self, one: Party, other: Party) -> Dialogue | None:
        return next((d for d in self.dialogues if one in d and other in d and one is not other), None)

    def own_dialogue(self, party: Party) -> Dialogue | None:
        """What the relay itself has offered a party, or answered it."""
        return next((d for d in self.own if party in d), None)

    def subscribes(self, party: Party) -> bool:
        """Whether a party only hears others."""
        return any(subscription.subscriber is party for subscription in self.subscriptions)

    def sources_of(self, party: Party) -> list[Party]:
        """Whom a subscriber hears."""
        return [s.source for s in self.subscriptions if s.subscriber is party]

    def subscribers_of(self, party: Party) -> list[Party]:
        return [s.subscriber for s in self.subscriptions if s.source is party]

    def peers(self, party: Party) -> list[Party]:
        """The parties that exchange media with this one now."""
        return [d.other(party) for d in self.dialogues if d.connected and party in d]

    def hearers(self, party: Party, place: int) -> list[PartyStream]:
        """Who receives what a stream of a party sends: whom the party talks with, and subscribers."""
        if not self.subscriptions:
            return [*self._talking(party, place)]
        receiving = (
            heard
            for subscription in self.subscriptions
            if subscription.source is party
            for source, own in subscription.places
            if source == place
            for heard in _stream_at(subscription.subscriber, own)
        )
        return [*self._talking(party, place), *receiving]

    def subscribed(self, party: Party, place: int) -> list[PartyStream]:
        """Whom a subscriber's stream hears."""
        return [
            heard
            for subscription in self.subscriptions
            if subscription.subscriber is party
            for source, own in subscription.places
            if own == place
            for heard in _stream_at(subscription.source, source)
        ]

    def informed(self, party: Party, place: int) -> list[PartyStream]:
        """Who gets the RTCP of a subscriber's stream: publishers, whom nobody else tells that a picture is missing.

        Who talks with somebody does not notice who listens (rtpengine's observed behaviour).
        """
        return [heard for heard in self.subscribed(party, place) if not self.dialogues_of(heard.party)]

    def sources(self, party: Party, place: int) -> list[PartyStream]:
        """Whom a stream of a party hears."""
        return [*self._talking(party, place), *self.subscribed(party, place)]

    def _talking(self, party: Party, place: int) -> Iterator[PartyStream]:
        for dialogue in self.dialogues:
            if dialogue.connected and party in dialogue:
                yield from _stream_at(dialogue.other(party), dialogue.other_place(party, place))

    def rest(self) -> None:
        """Something was agreed on: what only negotiation reads takes no memory until the next."""
        for party in self.parties:
            if party.session is not None:
                party.session.rest_whole()

    @property
    def senders(self) -> list[Party]:
        """Everybody but subscribers."""
        return [party for party in self.parties if not self.subscribes(party)] if self.subscriptions else self.parties

    @property
    def endpoints(self) -> list[Endpoint]:
        """Each once, whoever shares it."""
        return list(dict.fromkeys(e for p in self.parties for s in p.streams for e in s.endpoints))

    @property
    def answered(self) -> bool:
        """Whether media is due: of parties that talk with each other, or of one that talks to the relay alone."""
        return any(d.answered for d in self.dialogues) or any(
            d.answered for d in self.own if not self.subscribes(d.with_us)
        )


def _stream_at(party: Party, place: int | None) -> Iterator[PartyStream]:
    if place is not None and place < len(party.streams):
        yield PartyStream(party, party.streams[place])
