"""BUNDLE: several m= sections of one party on one port (RFC 9143). Who shares with whom, from an offer to its answer.

A group is the places of its sections among the party's, the tagged one first: its address, ports and rtcp-mux are those
of all. Each side has bundles of its own; what the words of the key do is rtpengine 26's observed behaviour:

| word | effect |
|---|---|
| accept | the groups of the offer are granted to its sender |
| reject | they are not |
| offer | the receiver is offered one group of all RTP; until it agrees every section has its own ports |
| require | the same on one port from the start |
| strict | the same, and the ports of all sections but the tagged one are printed as 0 |

Without a word everything stays as it was agreed. An offer shares ports only where there are no others yet: a section
with ports of its own joins others with the answer. What a shared port is told is what its first section says.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rtpng.calls import removal
from rtpng.calls.admission import passes_through
from rtpng.calls.dialogues import Exchange
from rtpng.calls.ice import BESIDE
from rtpng.calls.leg import Keying
from rtpng.calls.model import Endpoint, Group, Groups, MediaStream, Party
from rtpng.calls.request import Request
from sipcore.extensions import MID, extension_ids
from sipcore.sdp.attributes import mid_of
from sipcore.sdp.direction import is_rejected
from sipcore.sdp.profile import profile_of
from sipcore.sdp.session import MediaDescription, SessionDescription, at_port

ACCEPT, REJECT, OFFER, REQUIRE, STRICT = "accept", "reject", "offer", "require", "strict"
OFFERED = frozenset({OFFER, REQUIRE, STRICT})
AT_ONCE = frozenset({REQUIRE, STRICT})


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an offer would have bundled with one of its two sides.

    ``at_once``: sections without ports share those of their bundle from the offer on; ``refused``: sections that have
    no port in the offer.
    """

    party: Party
    groups: Groups
    at_once: bool
    refused: frozenset[int]

    def needs_ports(self, place: int) -> bool:
        """Whether a section must have ports of its own; as long as nothing is agreed bundles hold nobody's back."""
        anchor = next((_anchor(self.party, group) for group in self.groups if place in group), place)
        return anchor == place or self._leads(place) or not (self.at_once or self._shares(place, anchor))

    def own(self, place: int) -> MediaStream | None:
        """The section, if it has ports that are not another one's."""
        return _at(self.party, place) if self._leads(place) else None

    def _leads(self, place: int) -> bool:
        stream = _at(self.party, place)
        return stream is not None and stream.rtp is not None and self._leader(place) == place

    def _shares(self, place: int, other: int) -> bool:
        streams = _at(self.party, place), _at(self.party, other)
        one, two = (stream.rtp if stream is not None else None for stream in streams)
        return one is not None and one is two

    def _leader(self, place: int) -> int:
        return leader(self.party, place, self.refused)


# --- an offer ---


def revived(session: SessionDescription, sender: Party | None, request: Request) -> SessionDescription:
    """An offer whose sections without a port have that of the bundle that they are offered in (RFC 9143 6)."""
    if not _grants(sender, request) or not any(map(_bundle_only, session.media)):
        return session
    media = list(session.media)
    for tagged, *others in _granted(session):
        for place in others:
            if is_rejected(media[place]):
                media[place] = at_port(media[place], media[tagged].port)
    return replace(session, media=tuple(media))


def proposals(exchange: Exchange, session: SessionDescription, request: Request) -> tuple[Proposal, Proposal]:
    """What an offer would have bundled with its sender, and with its receiver.

    Nothing where the two agree on ICE with each other: what we tell then stands beside what they say.
    """
    beside = request.ice in BESIDE or any(stream.ice_beside is not None for stream in exchange.listener.streams)
    near = _granted(session) if _grants(exchange.speaker, request) and not beside else ()
    far = _offered(exchange.listener, session, request) if not beside else ()
    refused = frozenset(place for place, media in enumerate(session.media) if is_rejected(media))
    return (
        Proposal(exchange.speaker, near, True, refused),
        Proposal(exchange.listener, far, bool(request.bundle & AT_ONCE), refused),
    )


def part(moves: Iterable[tuple[Party, int]]) -> None:
    """Sections that use the ports of others get their own: nothing of the others' is theirs any more."""
    for party, place in moves:
        stream = _at(party, place)
        if stream is not None and leader(party, place) != place:
            _leave(stream)


def propose(proposed: Iterable[Proposal], request: Request) -> None:
    """Keeps what the answer will decide on."""
    near, far = proposed
    near.party.bundling, far.party.bundling = near.groups, far.groups
    near.party.grants_bundles = _grants(near.party, request)


def share(exchange: Exchange) -> None:
    """Gives the sections without ports those of their bundle."""
    for party in (exchange.speaker, exchange.listener):
        for group in party.bundling:
            anchor = party.streams[_anchor(party, group)]
            for stream in (party.streams[place] for place in group):
                if stream.rtp is None:
                    join(stream, anchor)
    sync(exchange)


def fresh_mid(exchange: Exchange, index: int) -> str:
    """The section's number, from 1, made different from all that its parties use."""
    streams = (*exchange.speaker.streams, *exchange.listener.streams)
    session, mid = exchange.speaker.session, str(index + 1)
    told = {mid_of(media) for media in session.media} if session is not None else set()
    taken = told | {stream.mid for stream in streams}
    while mid in taken:
        mid = f"0{mid}"
    return mid


# --- an answer ---


def settle(exchange: Exchange, session: SessionDescription) -> None:
    """An answer decides which bundles hold from here on, and with them who has which ports."""
    speaker, listener = exchange.speaker, exchange.listener
    speaker.bundles = _answered(speaker, session)
    speaker.grants_bundles = speaker.grants_bundles or bool(speaker.bundles)
    listener.bundles = tuple(filter(None, (_left(group, speaker) for group in listener.bundling)))
    for party in (speaker, listener):
        _sever(party)
        _unite(party)


def sync(exchange: Exchange) -> None:
    """What was settled with the first section of a bundle holds for the others."""
    for party in (exchange.speaker, exchange.listener):
        for place, stream in enumerate(party.streams):
            first = leader(party, place)
            if first != place:
                join(stream, party.streams[first])


def join(stream: MediaStream, other: MediaStream) -> None:
    """From here on a section uses the ports of another one, its paths and its keys."""
    stream.rtp, stream.rtcp, stream.mux = other.rtp, other.rtcp, other.mux
    stream.paths, stream.interface = other.paths, other.interface
    stream.ice, stream.ice_settled = other.ice, other.ice_settled
    stream.keying, stream.sdes, stream.dtls = other.keying, other.sdes, other.dtls


def leader(party: Party, place: int, refused: Collection[int] = ()) -> int:
    """Whose address and ports a section has: its own place, unless another one of its bundle comes first.

    ``refused``: sections that do not count.
    """
    endpoint = party.streams[place].rtp
    if endpoint is None:
        return place
    for group in (*party.bundles, *party.bundling):
        if place in group:
            return next((p for p in group if p not in refused and _alive_with(party, p, endpoint)), place)
    return place


def is_shared(party: Party, place: int) -> bool:
    """Whether a section has others on its port, or is to have them."""
    return any(place in group and len(group) > 1 for group in (*party.bundles, *party.bundling))


def among(groups: Groups, places: Collection[int]) -> Groups:
    """What is left of groups when only these sections may be in them."""
    return tuple(filter(None, (tuple(place for place in group if place in places) for group in groups)))


def sharers(party: Party, endpoint: Endpoint) -> Group:
    """The places of the sections that have a port."""
    return tuple(place for place, stream in enumerate(party.streams) if endpoint in stream.endpoints)


def tagged_of(groups: Groups, place: int) -> int:
    """The tagged section of the group that a section belongs to; itself if to none."""
    return next((group[0] for group in groups if place in group), place)


# --- reading what a party says ---


def _grants(sender: Party | None, request: Request) -> bool:
    """Whether the sender of an offer may bundle: as its proxy says, else as before."""
    if request.bundle & {ACCEPT, REJECT}:
        return ACCEPT in request.bundle
    return sender is not None and sender.grants_bundles


def _granted(session: SessionDescription) -> Groups:
    """The groups of an offer that can be bundled, each with a section that has a port as the tagged one."""
    found = []
    for group in _named(session, [mid_of(media) for media in session.media]):
        members = [place for place in group if _may_bundle(session.media[place])]
        tagged = next((place for place in members if not is_rejected(session.media[place])), None)
        if tagged is not None and _can_be_told_apart(session, members):
            found.append((tagged, *(place for place in members if place != tagged)))
    return tuple(found)


def _offered(receiver: Party, session: SessionDescription, request: Request) -> Groups:
    """What the receiver of an offer is told: one group of all its RTP if that is asked for, else what is agreed."""
    removed = removal.removed(session, request, receiver.streams)
    told = {
        place
        for place, media in enumerate(session.media)
        if _may_bundle(media) and not is_rejected(media) and place not in removed
    }
    agreed = among(receiver.bundles, told)
    if not request.bundle & OFFERED or len(agreed) > 1:
        return agreed
    first = agreed[0] if agreed else ()
    group = (*first, *sorted(told.difference(first)))
    return (group,) if group else ()


def _answered(answerer: Party, session: SessionDescription) -> Groups:
    """The groups of an answer, as far as they were offered."""
    offered = {place for group in answerer.bundling for place in group}
    streams = answerer.streams[: len(session.media)]
    mids = [mid_of(media) or stream.mid for media, stream in zip(session.media, streams, strict=False)]
    return among(tuple(_left(group, answerer) for group in _named(session, mids)), offered)


def _named(session: SessionDescription, mids: Sequence[str | None]) -> Iterator[Group]:
    """The places that each ``a=group:BUNDLE`` names; nobody is in two groups, or twice in one."""
    places: dict[str, int] = {}
    for place, mid in enumerate(mids):
        if mid is not None:
            places.setdefault(mid, place)
    for value in session.attributes_named("group"):
        semantics, *names = value.split() or [""]
        if semantics == "BUNDLE":
            yield tuple(places.pop(name) for name in names if name in places)


def _left(group: Group, answerer: Party) -> Group:
    """The sections of a group that an answer does not refuse; it may be silent on some."""
    return tuple(place for place in group if not _is_refused(answerer, place))


def _is_refused(answerer: Party, place: int) -> bool:
    stream = _at(answerer, place)
    return stream is None or (stream.described is not None and not _may_bundle(stream.described, rejected=False))


def _may_bundle(media: MediaDescription, *, rejected: bool = True) -> bool:
    """RTP that we relay; of a rejected section only that which has no port because it is in a bundle."""
    if profile_of(media.protocol) is None or passes_through(media):
        return False
    return not is_rejected(media) or (rejected and _bundle_only(media))


def _bundle_only(media: MediaDescription) -> bool:
    return is_rejected(media) and media.has_attribute("bundle-only")


def _can_be_told_apart(session: SessionDescription, places: Sequence[int]) -> bool:
    """Whether packets of these sections can share a port: by their mid, or by payload types that differ."""
    media = [session.media[place] for place in places]
    if all(mid_extension(session, one) is not None for one in media):
        return True
    types = [number for one in media for number in set(one.formats)]
    return len(types) == len(set(types))


def mid_extension(session: SessionDescription, media: MediaDescription) -> int | None:
    """The id of the header extension by which a party names the section of a packet (RFC 9143 15)."""
    said = media.attributes_named("extmap") or session.attributes_named("extmap")
    return extension_ids(said).get(MID)


# --- who has which ports ---


def _at(party: Party, place: int) -> MediaStream | None:
    return party.streams[place] if place < len(party.streams) else None


def _alive_with(party: Party, place: int, endpoint: Endpoint) -> bool:
    stream = _at(party, place)
    return stream is not None and stream.rtp is endpoint and not stream.rejected


def _anchor(party: Party, group: Group) -> int:
    """Whose ports a group shares that has none yet, or more members than before."""
    return next((place for agreed in party.bundles for place in agreed if place in group), group[0])


def _unite(party: Party) -> None:
    """All sections of a bundle share the ports of its first one."""
    for group in party.bundles:
        streams = [party.streams[place] for place in group]
        tagged = next((stream for stream in streams if stream.rtp is not None), None)
        if tagged is not None:
            for stream in streams:
                join(stream, tagged)


def _sever(party: Party) -> None:
    """A section that was offered within a bundle only, by an answer that knows of no bundle, is refused.

    One that a bundle has lost because it was refused has no ports any more.
    """
    for place, stream in enumerate(party.streams):
        if stream.rtp is not None and place not in _keepers(party, stream.rtp):
            _leave(stream)
            stream.rejected = True


def _keepers(party: Party, endpoint: Endpoint) -> Group:
    """Who keeps a port that may be shared: a bundle, else one section."""
    places = sharers(party, endpoint)
    bundled = next((group for group in party.bundles if not set(group).isdisjoint(places)), None)
    return bundled or (leader(party, places[0]),)


def _leave(stream: MediaStream) -> None:
    stream.rtp = stream.rtcp = stream.interface = stream.ice = stream.sdes = stream.dtls = None
    stream.paths, stream.mux, stream.keying = [], False, Keying.NONE
