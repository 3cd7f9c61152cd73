"""SDP texts that the tests share: recorded ones, and strategies for made-up ones."""

from pathlib import Path

from hypothesis import strategies as st

from sipcore.sdp.session import MediaDescription, SessionDescription, parse

FIXTURES = Path(__file__).parents[2] / "fixtures" / "sdp"
RECORDED = {path.stem: path.read_bytes().decode() for path in sorted(FIXTURES.glob("*.sdp"))}
FRAGMENTS = {path.stem: path.read_bytes().decode() for path in sorted(FIXTURES.glob("fragments/*.sdpfrag"))}

values = st.text(st.characters(exclude_characters="\r\n"), max_size=20)
names = st.sampled_from(["rtpmap", "fmtp", "rtcp", "rtcp-fb", "mid", "ptime", "group", "sendonly", "x-any"])
ports = st.integers(0, 65535)


@st.composite
def attribute_lines(draw: st.DrawFn) -> str:
    return "a=" + draw(st.one_of(values, st.builds("{}:{}".format, names, values), names))


@st.composite
def other_lines(draw: st.DrawFn) -> str:
    kind = draw(st.characters(exclude_characters="\r\nvmco"))
    return f"{kind}={draw(values)}"


connection_lines = st.one_of(
    st.builds("c=IN IP4 {}".format, st.ip_addresses(v=4)), st.builds("c=IN IP6 {}".format, st.ip_addresses(v=6))
)
origin_lines = st.builds("o={} 1 {} IN IP4 host.example".format, st.sampled_from(["-", "Jo Ann"]), ports)
body_lines = st.one_of(attribute_lines(), other_lines(), connection_lines)


@st.composite
def media_sections(draw: st.DrawFn) -> list[str]:
    formats = draw(st.lists(st.integers(0, 127).map(str), max_size=5))
    protocol = draw(st.sampled_from(["RTP/AVP", "udptl", "UDP/TLS/RTP/SAVPF"]))
    count = draw(st.sampled_from(["", "/1", "/2"]))
    head = f"m={draw(st.sampled_from(['audio', 'video', 'x']))} {draw(ports)}{count} {' '.join([protocol, *formats])}"
    return [head, *draw(st.lists(body_lines, max_size=8))]


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Valid documents with CRLF, mostly of unknown content."""
    lines = ["v=0", *draw(st.lists(origin_lines, max_size=1)), *draw(st.lists(body_lines, max_size=8))]
    for section in draw(st.lists(media_sections(), max_size=3)):
        lines += section
    return "".join(f"{line}\r\n" for line in lines)


def session_with(*lines: str) -> SessionDescription:
    """A session with these lines behind ``v=0``."""
    return parse("".join(f"{line}\r\n" for line in ("v=0", *lines)))


def media_with(*attributes: str, formats: str = "0", protocol: str = "RTP/AVP", port: int = 4000) -> MediaDescription:
    """One audio media with these attributes, each without its ``a=``."""
    return session_with(f"m=audio {port} {protocol} {formats}", *(f"a={text}" for text in attributes)).media[0]
