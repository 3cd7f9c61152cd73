"""MEDIA_COMMANDS: the keys that steer what happens to media, in media commands, offers and answers."""

from collections.abc import Callable

from rtpng.ng import values
from rtpng.ng.message import Value
from rtpng.ng.rows import Key, Kind, Mark, Support, identifier_key, text_key, unused_key

_HIDING = "block DTMF drops the events; to hide tones, or one digit by another, needs codecs"
_PLAYING = "rtpng plays no audio, it has no codecs"


def _number(name: str, field: str, sentence: str, read: Callable[[Value], int], example: int) -> Key:
    return Key(name, Kind.NUMBER, Mark.CODEC, sentence, Support.SUPPORTED, field, read=read, example=example)


MEDIA_COMMANDS = (
    text_key("address", "address", Mark.RELAY, "Media commands: the party that is meant, by the address in its SDP."),
    Key(
        "all",
        Kind.TEXT,
        Mark.RELAY,
        "Media commands, subscribe request: all, the whole call. Media commands: offer-answer, except-offer-answer, "
        "flows: single flows of the party.",
        Support.SUPPORTED,
        "all",
        read=values.whom,
        example="all",
    ),
    identifier_key("to-label", "to_label", Mark.RELAY, "Media commands: only the flow to the party of this name."),
    Key(
        "drop-traffic",
        Kind.TEXT,
        Mark.RARE,
        "start: no RTP or RTCP of the call goes anywhere; stop: it does again.",
        Support.SUPPORTED,
        "drop_traffic",
        read=values.start_or_stop,
        example="start",
    ),
    Key(
        "media-echo",
        Kind.TEXT,
        Mark.RARE,
        "Whose media goes back to its sender: forward, the receiver's of this message; backwards, the sender's; both. "
        "That of the other one goes nowhere; with blackhole that of both.",
        Support.SUPPORTED,
        "media_echo",
        read=values.media_echo,
        example="both",
    ),
    Key(
        "DTMF-log-dest",
        Kind.TEXT,
        Mark.RARE,
        "UDP address that is told of the digits of this call (RFC 4733), in place of that of --dtmf-log-dest.",
        Support.SUPPORTED,
        "dtmf_log_dest",
        read=values.endpoint,
        example="192.0.2.1:9000",
    ),
    unused_key("DTMF-security", Kind.TEXT, Mark.CODEC, "How digits are hidden.", _HIDING),
    unused_key("DTMF-security-trigger", Kind.TEXT, Mark.CODEC, "How digits are hidden after a trigger.", _HIDING),
    unused_key("DTMF-security-trigger-end", Kind.TEXT, Mark.CODEC, "How digits are hidden at the end.", _HIDING),
    unused_key("DTMF-delay", Kind.NUMBER, Mark.CODEC, "Delay of digits in ms.", _HIDING),
    unused_key("delay-buffer", Kind.NUMBER, Mark.CODEC, "Delay of audio in ms.", _HIDING),
    unused_key("trigger", Kind.TEXT, Mark.CODEC, "Digits that start blocking.", _HIDING),
    unused_key("trigger-end", Kind.TEXT, Mark.CODEC, "Digits that end blocking.", _HIDING),
    unused_key("trigger-end-time", Kind.NUMBER, Mark.CODEC, "Time in ms that ends blocking.", _HIDING),
    unused_key("trigger-end-digits", Kind.NUMBER, Mark.CODEC, "Number of digits that ends blocking.", _HIDING),
    unused_key("frequency", Kind.WORDS, Mark.CODEC, "Tones in Hz.", _HIDING, "frequencies"),
    _number("volume", "volume", "play DTMF: volume in dBm0, -63 to 0 (-8).", values.volume, -20),
    Key(
        "code",
        Kind.TEXT,
        Mark.CODEC,
        "play DTMF: the digit, one of 0-9*#A-D, or the number of the event (0 to 15).",
        Support.SUPPORTED,
        "code",
        synonyms=("digit",),
        read=values.digit,
        example="#",
    ),
    _number("duration", "duration", "play DTMF: ms of the digit, 100 to 5000 (250).", values.digit_time, 500),
    _number(
        "pause",
        "pause",
        "play DTMF: ms after the digit, 100 to 5000 (100). stop recording: yes, on, true: it may go on later.",
        values.pause,
        500,
    ),
    unused_key("file", Kind.TEXT, Mark.CODEC, "The file to play.", _PLAYING),
    unused_key("blob", Kind.TEXT, Mark.CODEC, "The audio to play.", _PLAYING),
    unused_key("blob64", Kind.TEXT, Mark.CODEC, "The audio to play, in base64.", _PLAYING),
    unused_key("db-id", Kind.NUMBER, Mark.CODEC, "The database row to play.", _PLAYING),
    unused_key("repeat-times", Kind.NUMBER, Mark.CODEC, "How often to play.", _PLAYING),
    unused_key("repeat-duration", Kind.NUMBER, Mark.CODEC, "How long to play, in ms.", _PLAYING),
    unused_key("start-pos", Kind.NUMBER, Mark.CODEC, "Where to start, in ms.", _PLAYING),
)
