"""Codecs of an m-line: payload types with their rtpmap, fmtp and rtcp-fb (RFC 8866 6.6, 6.15; RFC 4585 4.2)."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from sipcore.errors import ParseError, quoted
from sipcore.record import record
from sipcore.sdp.session import MediaDescription

Values = tuple[str, ...]

# RFC 3551 6, tables 4 and 5
STATIC_PAYLOAD_TYPES: Mapping[int, str] = MappingProxyType(
    {
        0: "PCMU/8000",
        3: "GSM/8000",
        4: "G723/8000",
        5: "DVI4/8000",
        6: "DVI4/16000",
        7: "LPC/8000",
        8: "PCMA/8000",
        9: "G722/8000",
        10: "L16/44100/2",
        11: "L16/44100",
        12: "QCELP/8000",
        13: "CN/8000",
        14: "MPA/90000",
        15: "G728/8000",
        16: "DVI4/11025",
        17: "DVI4/22050",
        18: "G729/8000",
        25: "CelB/90000",
        26: "JPEG/90000",
        28: "nv/90000",
        31: "H261/90000",
        32: "MPV/90000",
        33: "MP2T/90000",
        34: "H263/90000",
    }
)

# the order in which rtpengine 26 prints what it knows of opus (RFC 7587 6.1)
OPUS_PARAMETERS = (
    "stereo",
    "sprop-stereo",
    "useinbandfec",
    "usedtx",
    "cbr",
    "maxplaybackrate",
    "maxaveragebitrate",
    "sprop-maxcapturerate",
    "minptime",
)


@record
class Codec:
    """One payload type of an m-line.

    ``name`` as spelled by the peer, "" for a dynamic type without rtpmap; ``rate`` in Hz, 0 if unknown; ``fmtp`` and
    ``rtcp_fb`` hold the text behind the payload type. An rtpmap that is not name/rate[/channels] is all ``name``.
    """

    payload_type: int
    name: str
    rate: int
    channels: int
    fmtp: tuple[str, ...] = ()
    rtcp_fb: tuple[str, ...] = ()

    @property
    def rtpmap(self) -> str:
        """What stands behind the payload type in ``a=rtpmap``, without a superfluous /1; "" if there is no name."""
        if not self.rate:
            return self.name
        return f"{self.name}/{self.rate}/{self.channels}" if self.channels > 1 else f"{self.name}/{self.rate}"

    @property
    def printed_fmtp(self) -> tuple[str, ...]:
        """``fmtp`` as rtpengine 26 prints it: opus in its own order, everything else untouched."""
        if self.name.lower() != "opus":
            return self.fmtp
        return tuple(filter(None, map(normalise_opus, self.fmtp)))


def codecs_of(media: MediaDescription) -> tuple[Codec, ...]:
    """The codecs of an RTP media in the order of ``m=``. Raises ParseError if a format is no payload type.

    A type given twice stays twice; its fmtp and rtcp-fb stay with the first, or a small SDP could grow to a huge one.
    """
    named = media.attributes_named
    return _codecs(media.formats, named("rtpmap"), named("fmtp"), named("rtcp-fb"))


@lru_cache(maxsize=256)  # phones of one kind say the same in every call: reading it takes 20 times as long
def _codecs(formats: Values, encodings: Values, parameters: Values, feedback: Values) -> tuple[Codec, ...]:
    named, fmtp, rtcp_fb = map(_by_payload_type, (encodings, parameters, feedback))
    codecs = []
    for number in map(parse_payload_type, formats):
        encoding = named[number][0] if number in named else STATIC_PAYLOAD_TYPES.get(number, "")
        parts = parse_encoding(encoding)
        codecs.append(Codec(number, *parts, tuple(fmtp.pop(number, ())), tuple(rtcp_fb.pop(number, ()))))
    return tuple(codecs)


def parse_payload_type(text: str) -> int:
    """A payload type from decimal digits, 0 to 127. Raises ParseError."""
    number = _number(text)
    if number is None or number > 127:
        raise ParseError(f"not a payload type (0 to 127): {quoted(text)}")
    return number


def parse_encoding(text: str) -> tuple[str, int, int]:
    """Name, rate and channels of ``name/rate[/channels]``; anything else comes back as name, with rate 0."""
    name, *numbers = text.split("/")
    values = [_number(number) for number in numbers]
    match values:
        case [int(rate)] if rate:
            return name, rate, 1
        case [int(rate), int(channels)] if rate and channels:
            return name, rate, channels
        case _:
            return text, 0, 1


def normalise_opus(fmtp: str) -> str:
    """Known parameters only, in the order of OPUS_PARAMETERS, joined by "; "."""
    pairs = (parameter.partition("=") for parameter in fmtp.split(";"))
    given = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return "; ".join(f"{name}={given[name]}" for name in OPUS_PARAMETERS if given.get(name))


def _by_payload_type(values: Values) -> dict[int, list[str]]:
    """The texts of all values ``<payload type> <text>``; what names no payload type belongs to no codec."""
    found: dict[int, list[str]] = {}
    for value in values:
        first, *rest = value.split(maxsplit=1) or [""]
        number = _number(first)
        if number is not None:
            found.setdefault(number, []).append("".join(rest).rstrip())
    return found


def _number(text: str) -> int | None:
    return int(text) if len(text) <= 9 and text.isascii() and text.isdigit() else None
