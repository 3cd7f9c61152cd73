from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.ng.advice import script
from rtpng.ng.flags import read
from rtpng.ng.message import Message


@pytest.mark.parametrize(
    ("words", "protocol"),
    [
        ("RTP/AVP", "RTP/AVP"),
        ("RTP/SAVPF", "RTP/SAVPF"),
        ("UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVPF"),
        ("RTP", "RTP/AVP"),
        ("AVP", "RTP/AVP"),
        ("SRTP", "RTP/SAVP"),
        ("AVPF", "RTP/AVPF"),
        ("SRTP AVPF", "RTP/SAVPF"),
        ("AVPF SRTP", "RTP/SAVPF"),
        ("DTLS", "UDP/TLS/RTP/SAVP"),
        ("DTLS AVPF", "UDP/TLS/RTP/SAVPF"),
        ("DTLS RTP", "UDP/TLS/RTP/SAVP"),
        ("RTP/SAVPF RTP", "RTP/AVPF"),
        ("RTP/SAVPF AVP", "RTP/SAVP"),
        ("RTP/AVP RTP/SAVP", "RTP/SAVP"),
        ("transport-protocol=RTP/AVPF", "RTP/AVPF"),
        ("rtp/savpf", None),
        ("replace-origin", None),
    ],
)
def test_words_for_a_protocol_add_up(words: str, protocol: str | None) -> None:
    assert read(script.message(words)).transport_protocol == protocol


@pytest.mark.parametrize(
    ("words", "direction"),
    [
        ("direction=priv direction=pub", ("priv", "pub")),
        ("direction=[priv pub]", ("priv", "pub")),
        ("internal external", ("internal", "external")),
        ("external internal", ("external", "internal")),
        ("in-iface=priv out-iface=pub", ("priv", "pub")),
        ("out-iface=pub ICE=remove in-iface=priv", ("priv", "pub")),
        ("direction=priv", ("priv",)),
        ("in-iface=priv", ()),
    ],
)
def test_interfaces(words: str, direction: tuple[str, ...]) -> None:
    assert read(script.message(words)).direction == direction


@pytest.mark.parametrize(
    ("words", "pairs"),
    [
        ("codec-strip=PCMA", (("flags", ["codec-strip-PCMA"]),)),
        ("codec-strip=[PCMA opus]", (("flags", ["codec-strip-PCMA"]), ("flags", ["codec-strip-opus"]))),
        ("codec=[strip=[PCMA]]", (("codec", Message((("strip", ["PCMA"]),))),)),
        ("callid=x via-branch-param=y", (("call-id", "x"), ("via-branch", "y"))),
        ("SDES-off  SDES=off", (("flags", ["SDES-off"]), ("SDES", "off"))),
        ("", ()),
    ],
)
def test_keys_and_flags(words: str, pairs: tuple[tuple[str, object], ...]) -> None:
    assert script.message(words) == Message(pairs)  # type: ignore[arg-type]  # the literals are narrower than Value


def test_a_script_of_kamailio_is_the_message_that_kamailio_sends() -> None:
    """The vector was recorded from Kamailio 5.6.3, without what the module adds of its own."""
    request = read(
        script.message(
            "replace-origin replace-session-connection ICE=force DTLS=passive SDES-off RTP/SAVPF label=caller "
            "direction=priv direction=pub TOS=184 record-call=yes media-address=9.9.9.9"
        )
    )
    sent = (
        ("ICE", "force"),
        ("DTLS", "passive"),
        ("label", "caller"),
        ("TOS", 184),
        ("record-call", "yes"),
        ("media-address", "9.9.9.9"),
        ("direction", ["priv", "pub"]),
        ("replace", ["origin", "session-connection"]),
        ("transport-protocol", "RTP/SAVPF"),
        ("SDES", ["off"]),
    )
    recorded = read(Message(sent))  # type: ignore[arg-type]  # the literals are narrower than Value
    names = [field.name for field in fields(request) if field.name != "flags"]
    assert [getattr(request, name) for name in names] == [getattr(recorded, name) for name in names]


@given(st.text())
def test_any_text_makes_a_message(text: str) -> None:
    assert isinstance(script.message(text), Message)
