"""Codec lists without transcoding: what an offer tells of them, and what its sender may be answered.

The rules are rtpengine 26's observed behaviour. A list that would come out without any real codec is left as it was.
"""

from rtpng.calls.request import CodecWishes
from sipcore.sdp.codec import Codec, parse_encoding

Codecs = tuple[Codec, ...]

WHOLE = frozenset({"all", "full"})  # in place of a name: every codec of an audio section
SUPPLEMENTAL = ("cn", "telephone-event")  # no codecs of their own, and printed behind those in this order


def told(codecs: Codecs, wishes: CodecWishes, *, kind: str, hiding: bool = True) -> Codecs:
    """The codecs that the receiver of an SDP is told of; () if none that can carry media is left.

    Without ``hiding``, mask and consume do nothing: answers know only strip.
    """
    unwanted = wishes.strip + (wishes.mask + wishes.consume if hiding else ())
    if not unwanted:
        return codecs
    swept = kind == "audio" and any(name.lower() in WHOLE for name in unwanted)
    left = _without(codecs, tuple(map(_pattern, unwanted)), tuple(map(_pattern, wishes.excepted)), swept=swept)
    back = tuple(map(_pattern, wishes.offer + (wishes.transcode if swept else ())))
    together = _brought_back(codecs, left, back)
    return together if any(map(is_real, together)) else ()


def usable(codecs: Codecs, wishes: CodecWishes, *, kind: str) -> Codecs:
    """The codecs of an offer that its sender may be answered: all but those to ignore."""
    if not wishes.ignore:
        return codecs
    return told(codecs, CodecWishes(strip=wishes.ignore, excepted=wishes.excepted), kind=kind) or codecs


def accepted(codecs: Codecs, offered: Codecs) -> Codecs:
    """The codecs of an audio answer that were offered, in the answer's order.

    With nothing in common the offerer gets its own first codec (rtpengine counts on transcoding here).
    """
    by_type = {codec.payload_type: codec for codec in offered}
    common = tuple(codec for codec in codecs if _is_same(codec, by_type.get(codec.payload_type)))
    return common or offered[:1]


def supplemental_last(codecs: Codecs) -> Codecs:
    """The real ones first."""
    return tuple(sorted(codecs, key=lambda codec: not is_real(codec)))


def single(codecs: Codecs) -> Codecs:
    """The first real codec, and those that are none of their own."""
    first = next(filter(is_real, codecs), None)
    return tuple(codec for codec in codecs if codec is first or not is_real(codec))


def preferring(codecs: Codecs, agreed: Codecs) -> Codecs:
    """Those that were agreed before come first, in that order."""
    return tuple(sorted(codecs, key=lambda codec: _rank(codec, agreed)))


def _rank(codec: Codec, agreed: Codecs) -> int:
    return next((rank for rank, former in enumerate(agreed) if _is_same(codec, former)), len(agreed))


def is_real(codec: Codec) -> bool:
    """Whether a codec can carry media by itself."""
    return codec.name.lower() not in SUPPLEMENTAL


_Pattern = tuple[str, int, int]  # lower-case name; rate and channels, 0 for any rate


def _pattern(text: str) -> _Pattern:
    """What a text names: without a rate any, with a rate and no channels one channel. More parts are for encoders."""
    name, rate, channels = parse_encoding("/".join(text.split("/")[:3]))
    return name.lower(), rate, channels


def _is_named(codec: Codec, patterns: tuple[_Pattern, ...]) -> bool:
    own = codec.name.lower()
    return any(
        own == name and (not rate or (rate, channels) == (codec.rate, codec.channels))
        for name, rate, channels in patterns
    )


def _without(codecs: Codecs, unwanted: tuple[_Pattern, ...], spared: tuple[_Pattern, ...], *, swept: bool) -> Codecs:
    """The codecs that are not named; of a swept list only the spared ones."""
    named = (codec for codec in codecs if not _is_named(codec, unwanted))
    return tuple(codec for codec in named if not swept or _is_named(codec, spared))


def _brought_back(codecs: Codecs, left: Codecs, patterns: tuple[_Pattern, ...]) -> Codecs:
    """What is left, with the named codecs behind it, and supplemental ones last."""
    gone = [codec for codec in codecs if codec not in left]
    back = dict.fromkeys(codec for pattern in patterns for codec in gone if _is_named(codec, (pattern,)))
    if not back:
        return left
    real = [codec for codec in (*left, *back) if is_real(codec)]
    others = [codec for codec in (*left, *back) if not is_real(codec)]
    return (*real, *sorted(others, key=lambda codec: SUPPLEMENTAL.index(codec.name.lower())))


def _is_same(one: Codec, other: Codec | None) -> bool:
    return other is not None and (one.name.lower(), one.rate) == (other.name.lower(), other.rate)
