"""What is done to the RTP of a party on its way to another: by restraints, and to header extensions."""

from collections.abc import Iterable

from rtpng.calls import extensions, keys, restraints
from rtpng.calls.model import Call, Control, Echo, MediaStream, PartyStream
from rtpng.media.relay import UNTOUCHED, EventType, Treatment
from sipcore.sdp.codec import Codec

# Silence of codecs whose frames need no codec to be made: one octet for every octet of the payload, or one whole frame
# (opus: RFC 6716 3.1, a silent frame of 20 ms).
_SILENCE = {"pcmu": b"\xff", "pcma": b"\xd5", "g722": b"\xfa", "l16": b"\x00", "opus": b"\xf8\xff\xfe"}
_EVENTS, _COMFORT_NOISE = "telephone-event", "cn"
_CONSTANT = frozenset({"pcmu", "pcma", "g722", "g729"})  # packets of one length, as long as nobody tampers
_ALL_TYPES = frozenset(range(128))


def treatment(call: Call, speaker: PartyStream, listener: PartyStream) -> Treatment:
    """What becomes of the packets of ``speaker`` that ``listener`` is to get."""
    spoken, heard = speaker.stream, listener.stream
    removed, mid = extensions.edits(speaker, listener)
    controlled = call.restraints or spoken.block_short or spoken.playing or spoken.echo is Echo.NOWHERE
    if not (controlled or removed or mid):
        return UNTOUCHED
    controls = restraints.between(call, speaker.party, listener.party)
    if Control.MEDIA in controls or spoken.echo is Echo.NOWHERE:
        return Treatment(blocked=True)
    codecs = _names((*spoken.codecs, *heard.codecs))
    kind = event_type(spoken, heard) if spoken.playing else None
    silent = Control.SOUND in controls and spoken.kind == "audio"
    dropped = _of(codecs, {_EVENTS}) if Control.DTMF in controls else frozenset()
    silence = _silence(codecs) if silent and not _is_sealed(spoken, heard) else frozenset()
    return Treatment(
        dropped=dropped | _never_silent(codecs, silence) if silent else dropped,
        unshortened=_of(codecs, _CONSTANT) if spoken.block_short else frozenset(),
        silence=silence,
        removed_extensions=removed,
        mid=mid,
        playing=spoken.playing if kind is not None else (),
        event_type=kind,
    )


def event_type(spoken: MediaStream, heard: MediaStream) -> EventType | None:
    """How digits are played in a flow: with the clock of its audio if events of that clock are there (RFC 4733 2.1)."""
    if _is_sealed(spoken, heard):
        return None
    codecs = spoken.codecs or heard.codecs
    clock = next((codec.rate for codec in codecs if codec.name.lower() not in (_EVENTS, _COMFORT_NOISE)), 0)
    kinds = sorted(events(spoken, [heard]), key=lambda kind: (kind[1] != clock, kind[0]))
    return EventType(*kinds[0], clock or kinds[0][1]) if kinds and kinds[0][1] else None


def events(spoken: MediaStream, heard: Iterable[MediaStream]) -> frozenset[tuple[int, int]]:
    """The payload types of events (RFC 4733) that a stream may send, and their clock rates."""
    codecs = {c.payload_type: c for stream in (*reversed([*heard]), spoken) for c in stream.codecs}
    return frozenset((c.payload_type, c.rate) for c in codecs.values() if c.name.lower() == _EVENTS)


def _names(codecs: Iterable[Codec]) -> dict[int, str]:
    """Names by payload type. Packets have the types that the speaker was told; before, those that it offered."""
    names: dict[int, str] = {}
    for codec in codecs:
        names.setdefault(codec.payload_type, codec.name.lower())
    return names


def _of(codecs: dict[int, str], names: frozenset[str] | set[str]) -> frozenset[int]:
    return frozenset(number for number, name in codecs.items() if name in names)


def _silence(codecs: dict[int, str]) -> frozenset[tuple[int, bytes]]:
    return frozenset((number, _SILENCE[name]) for number, name in codecs.items() if name in _SILENCE)


def _never_silent(codecs: dict[int, str], silence: frozenset[tuple[int, bytes]]) -> frozenset[int]:
    """What cannot be silenced must not be heard. Events and comfort noise say nothing about the sound."""
    return _ALL_TYPES - {number for number, _ in silence} - _of(codecs, {_EVENTS, _COMFORT_NOISE})


def _is_sealed(spoken: MediaStream, heard: MediaStream) -> bool:
    """Whether the listener decrypts with the speaker's keys: other content under them would use a key stream twice."""
    one, other = keys.pair(spoken, keys.RTP), keys.pair(heard, keys.RTP)
    return one is not None and other is not None and one.remote == other.local
