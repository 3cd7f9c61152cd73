"""Digits that are played for a party: which streams can take them, and the queue of each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from rtpng.calls.model import Call, MediaStream, Party
from rtpng.calls.treatment import event_type
from rtpng.errors import NgError
from rtpng.media.relay import Digit, Play, Played

NO_MEDIA = "Monologue has no media capable of DTMF injection"
NO_SINK = "There is no sink media capable of DTMF playback"
NO_SSRC = "No SSRC context present for DTMF injection"


def play(call: Call, parties: Iterable[Party], wanted: Play, heard: Callable[[MediaStream], bool]) -> None:
    """Queues a digit in the first fitting stream of each party. Raises NgError; then nothing is queued.

    ``heard``: whether a stream has sent packets, which a digit is sent in place of. Tones in audio would need a codec,
    so a stream without events is none that fits.
    """
    for stream in [_fitting(call, party, heard) for party in parties]:
        call.digits_played += 1
        stream.playing = (*stream.playing, replace(wanted, number=call.digits_played))


def finished(call: Call, played: Played) -> Digit | None:
    """Takes a digit that was played out of its queue; None if it has left it already (by another way out)."""
    queued = ((stream, play) for party in call.parties for stream in party.streams for play in stream.playing)
    for stream, play in queued:
        if play.number == played.number:
            stream.playing = tuple(other for other in stream.playing if other is not play)
            return Digit(play.event, play.duration, play.volume)
    return None


def _fitting(call: Call, party: Party, heard: Callable[[MediaStream], bool]) -> MediaStream:
    audio = [(i, s) for i, s in enumerate(party.streams) if s.kind == "audio" and s.rtp is not None and not s.rejected]
    if not audio:
        raise NgError(NO_MEDIA)
    able = [stream for place, stream in audio if any(_hearers_with_events(call, party, place, stream))]
    if not able:
        raise NgError(NO_SINK)
    speaking = next(filter(heard, able), None)
    if speaking is None:
        raise NgError(NO_SSRC)
    return speaking


def _hearers_with_events(call: Call, party: Party, place: int, spoken: MediaStream) -> Iterator[bool]:
    return (event_type(spoken, stream) is not None for _, stream in call.hearers(party, place))
