"""Lossless SDP: every line is kept in its order; what a relay needs of it is read once, in one pass (RFC 8866)."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import field, replace
from itertools import chain, pairwise
from typing import NamedTuple, TypeAlias, TypeVar

from sipcore.address import Family, family_of, parse_host, parse_port
from sipcore.errors import ParseError, quoted
from sipcore.record import record

MAX_CHARACTERS = 64 * 1024
MAX_LINES = 2000
MAX_MEDIA = 64
MAX_FORMATS = 128

_FAMILIES = {family.value: family for family in Family}

_T = TypeVar("_T")
_Values: TypeAlias = Mapping[str, list[str]]


class Line(NamedTuple):
    """``type=value``; the value may be any text without CR and LF."""

    type: str
    value: str


class Attribute(NamedTuple):
    """``a=name:value``, or ``a=name`` with the value None."""

    name: str
    value: str | None

    @property
    def text(self) -> str:
        """What stands after ``a=``."""
        return self.name if self.value is None else f"{self.name}:{self.value}"


class Origin(NamedTuple):
    """The fields of ``o=`` (RFC 8866 5.2), all as text; the user name may hold blanks, the address may be a name."""

    username: str
    session_id: str
    version: str
    nettype: str
    addrtype: str
    address: str

    @property
    def text(self) -> str:
        """What stands after ``o=``, fields separated by one blank."""
        return " ".join(self)


class Connection(NamedTuple):
    """``c=`` (RFC 8866 5.7): ``host`` is a numeric address in canonical spelling, ``text`` the value as received."""

    family: Family
    host: str
    text: str


class Bandwidth(NamedTuple):
    """``b=kind:value``, both as text."""

    kind: str
    value: str


@record
class Section:
    """What the session part and a media section share. Two sections are equal if their lines are.

    ``rows`` are the lines as received, without their ends; of what they say only the first ``c=`` is read beforehand.
    The rest is found by an index, of which ``rest`` lets go and which is made anew when it is needed: an SDP is kept as
    long as its call, and looked at when something changes.
    """

    rows: tuple[str, ...]
    connection: Connection | None = field(compare=False)
    _typed: _Values | None = field(compare=False, repr=False)  # of the lines by type, without attributes
    _named: _Values | None = field(compare=False, repr=False)  # of the attributes by name

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(Line(row[0], row[2:]) for row in self.rows)

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """All attributes, in order."""
        return tuple([_attribute(row[2:]) for row in self.rows if row[0] == "a"])

    def attribute(self, name: str) -> str | None:
        """Value of the first attribute of that name: "" if it has no value, None if there is no such attribute."""
        values = (self._named or self._by_name()).get(name)
        return values[0] if values else None

    def attributes_named(self, name: str) -> tuple[str, ...]:
        """Values of all attributes of that name, in order; "" for one without value."""
        return tuple((self._named or self._by_name()).get(name, ()))

    @property
    def attribute_names(self) -> Set[str]:
        return self._by_name().keys()

    def has_attribute(self, name: str) -> bool:
        return name in (self._named or self._by_name())

    def values(self, line_type: str) -> tuple[str, ...]:
        """Values of all lines of a type but ``a``, e.g. ``values("t")``."""
        return tuple((self._typed or self._by_type()).get(line_type, ()))

    @property
    def information(self) -> str | None:
        """The first ``i=``."""
        return next(iter(self.values("i")), None)

    @property
    def bandwidths(self) -> tuple[Bandwidth, ...]:
        """All ``b=`` lines as received; one without a colon has the value ""."""
        pairs = (value.partition(":") for value in self.values("b"))
        return tuple(Bandwidth(kind.strip(), value.strip()) for kind, _, value in pairs)

    def rest(self) -> None:
        """Lets go of the index, two thirds of what a section takes in memory."""
        self._typed = self._named = None  # type: ignore[misc]  # what the section says stays the same

    def _by_name(self) -> _Values:
        if self._named is None:
            self._index()
        return self._named or {}

    def _by_type(self) -> _Values:
        if self._typed is None:
            self._index()
        return self._typed or {}

    def _index(self) -> None:
        _, _, self._typed, self._named = _section(self.rows, 1)  # type: ignore[misc]


@record
class MediaDescription(Section):
    """One media section; its ``m=`` line is the first of ``rows``. ``protocol`` and ``formats`` as received."""

    kind: str = field(compare=False)
    port: int = field(compare=False)
    protocol: str = field(compare=False)
    formats: tuple[str, ...] = field(compare=False)


@record
class SessionDescription(Section):
    """A whole document; ``rows`` are those before the first ``m=``. ``origin`` is None without ``o=``."""

    origin: Origin | None = field(compare=False)
    media: tuple[MediaDescription, ...]

    @property
    def name(self) -> str:
        """The value of ``s=``; "" if there is none."""
        return next(iter(self.values("s")), "")

    @property
    def times(self) -> tuple[str, ...]:
        """The values of the ``t=`` lines."""
        return self.values("t")

    def rest_whole(self) -> None:
        """As ``rest``, of the media sections too."""
        for section in (self, *self.media):
            section.rest()


def bare(media: MediaDescription) -> MediaDescription:
    """The section with nothing but its ``m=`` line."""
    return replace(media, rows=media.rows[:1], connection=None, _typed={}, _named={})


def at_port(media: MediaDescription, port: int) -> MediaDescription:
    """The section with another port in its ``m=`` line."""
    kind, _, rest = media.rows[0].split(maxsplit=2)
    return replace(media, rows=(f"{kind} {port} {rest}", *media.rows[1:]), port=port)


def connection_of(session: SessionDescription, media: MediaDescription) -> Connection | None:
    """The media's own ``c=``, else the session's."""
    return media.connection or session.connection


def parse(text: str) -> SessionDescription:
    """Read a document; lines end in CRLF or LF, empty lines are skipped.

    Raises ParseError, with the line number, for anything but ``x=value`` lines behind ``v=0``, for a wrong
    ``m=``, ``c=`` or ``o=``, and for documents beyond the MAX_ limits of this module.
    """
    rows = _rows(text)
    starts = [index for index, row in enumerate(rows) if row.startswith("m=")]
    if len(starts) > MAX_MEDIA:
        raise ParseError(f"SDP with {len(starts)} media sections; at most {MAX_MEDIA} are read")
    bounds = [*starts, len(rows)]
    common, origin = _session_part(rows[: bounds[0]])
    media = tuple(_media_section(rows[start:end], start + 1) for start, end in pairwise(bounds))
    return SessionDescription(*common, origin, media)


def serialize(session: SessionDescription) -> str:
    """The document as text; every line ends in CRLF."""
    return "".join([f"{row}\r\n" for row in chain(session.rows, *(media.rows for media in session.media))])


def _rows(text: str) -> list[str]:
    """The document's lines without their ends."""
    if len(text) > MAX_CHARACTERS:
        raise ParseError(f"SDP of {len(text)} characters; at most {MAX_CHARACTERS} are read")
    text = text.replace("\r\n", "\n")
    if "\r" in text:  # it would end a line for the next reader, but not for us
        raise ParseError(f"line {text.count(chr(10), 0, text.index(chr(13))) + 1}: CR without LF")
    rows = text.removesuffix("\n").split("\n")
    if len(rows) > MAX_LINES:
        raise ParseError(f"SDP of {len(rows)} lines; at most {MAX_LINES} are read")
    return rows


_Common = tuple[tuple[str, ...], Connection | None, _Values, _Values]


def _session_part(rows: list[str]) -> tuple[_Common, Origin | None]:
    common = _section(rows, 1)
    if common[0][:1] != ("v=0",):
        raise ParseError("SDP must begin with v=0")
    number = next((number for number, row in enumerate(rows, 1) if row.startswith("o=")), None)
    return common, None if number is None else _read_at(number, _origin, rows[number - 1])


def _media_section(rows: list[str], first: int) -> MediaDescription:
    kind, port, protocol, formats = _read_at(first, _media_line, rows[0])
    return MediaDescription(*_section(rows, first), kind, port, protocol, formats)


def _section(rows: Sequence[str], first: int) -> _Common:
    """What every section has in common; ``first`` is the number of its first line."""
    kept: list[str] = []
    typed: dict[str, list[str]] = {}
    named: dict[str, list[str]] = {}
    connection = None
    for number, row in enumerate(rows, first):
        kind = row[:2]
        if kind == "a=":
            name, colon, value = row[2:].partition(":")
            named.setdefault(name if colon else name.rstrip(" \t"), []).append(value)
        elif not row:
            continue
        elif kind[1:] != "=":
            raise ParseError(f"line {number}: not of the form x=value: {quoted(row)}")
        elif kind == "v=" and kept:
            raise ParseError(f"line {number}: a second v= line")
        else:
            if kind == "c=":
                connection = connection or _read_at(number, _connection, row)
            typed.setdefault(kind[0], []).append(row[2:])
        kept.append(row)
    return tuple(kept), connection, typed, named


def _read_at(number: int, read: Callable[[str], _T], row: str) -> _T:
    """``read`` the row's value; a ParseError tells the line number."""
    try:
        return read(row[2:])
    except ParseError as error:
        raise ParseError(f"line {number}: {error}: {quoted(row)}") from None


def _attribute(text: str) -> Attribute:
    name, colon, value = text.partition(":")
    return Attribute(name, value) if colon else Attribute(name.rstrip(" \t"), None)


def _origin(text: str) -> Origin:
    fields = text.rsplit(maxsplit=5)
    if len(fields) != 6:
        raise ParseError("o= needs user name, id, version, IN, IP4 or IP6, address")
    return Origin(*fields)


def _connection(text: str) -> Connection:
    fields = text.split()
    family = _FAMILIES.get(fields[1].upper()) if len(fields) == 3 and fields[0].upper() == "IN" else None
    if family is None:
        raise ParseError("c= needs IN, IP4 or IP6, address")
    host, *multicast = fields[2].split("/")
    if len(multicast) > 2 or not all(part.isascii() and part.isdigit() for part in multicast):
        raise ParseError("wrong multicast suffix")
    address = parse_host(host)
    if family_of(address) is not family:
        raise ParseError(f"not an {family.value} address")
    return Connection(family, address, text)


def _media_line(text: str) -> tuple[str, int, str, tuple[str, ...]]:
    """The fields of ``m=`` (RFC 8866 5.14): kind, port, protocol, formats (may be none). Many ports count as one."""
    fields = text.split()
    if len(fields) < 3:
        raise ParseError("m= needs kind, port, protocol, formats")
    kind, ports, protocol, *formats = fields
    if len(formats) > MAX_FORMATS:
        raise ParseError(f"{len(formats)} formats; at most {MAX_FORMATS} are read")
    port, slash, count = ports.partition("/")
    if slash and not parse_port(count):
        raise ParseError("number of ports is 0")
    return kind, parse_port(port), protocol, tuple(formats)
