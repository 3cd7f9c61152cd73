import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.ng.advice.words import AUTOMATIC, CHOICES, PROXY_FLAGS, Word, in_script, on_wire
from rtpng.ng.flags import flag_row, key_row, read
from rtpng.ng.message import Message, Value


def on_the_wire(*pairs: tuple[str, Value]) -> tuple[str, ...]:
    message = Message(pairs)
    return tuple(word.written for word in on_wire(message, read(message)).words)


@pytest.mark.parametrize(
    ("text", "row", "value"),
    [
        ("trust-address", "trust-address", ""),
        ("replace-origin", "replace", "origin"),
        ("replace=origin", "replace", "origin"),
        ("replace-SDP-version", "replace", "sdp-version"),
        ("rtcp-mux-demux", "rtcp-mux", "demux"),
        ("SDES-off", "SDES", "off"),
        ("ICE=force", "ICE", "force"),
        ("ICE=force_relay", "ICE", "force-relay"),
        ("RTP/SAVPF", "transport-protocol", "rtp/savpf"),
        ("endpoint-learning=off", "endpoint-learning", "off"),
        ("endpoint-learning-off", "endpoint-learning", "off"),
        ("codec-strip-PCMA", "codec", "strip"),
        ("transcode-PCMA", "codec", "transcode"),
        ("codec=[mask=[PCMA]]", "codec", "mask"),
        ("sdp-attr-add-audio-foo", "sdp-attr", "add"),
        ("direction=a direction=B", "direction", "a B"),
        ("TOS=184", "TOS", "184"),
        ("force-answer", "force-answer", ""),
    ],
)
def test_every_word_finds_its_row(text: str, row: str, value: str) -> None:
    (word,) = in_script(text).words
    assert word.row is not None
    assert (word.row.name, word.value, word.fault) == (row, value, "")


def test_words_are_written_as_in_a_script() -> None:
    assert on_the_wire(
        ("replace", ["origin", "session-connection"]),
        ("rtcp-mux", "demux,accept"),
        ("codec", Message((("strip", ["PCMA", "opus"]),))),
        ("direction", ["priv", "pub"]),
        ("transport-protocol", "RTP/AVP"),
        ("TOS", 184),
        ("flags", ["trust-address", "SDES-off"]),
        ("sdp-attr", Message((("audio", Message((("add", ["a b"]),))),))),
    ) == (
        "replace-origin",
        "replace-session-connection",
        "rtcp-mux-demux",
        "rtcp-mux-accept",
        "codec-strip-PCMA",
        "codec-strip-opus",
        "direction=priv direction=pub",
        "RTP/AVP",
        "TOS=184",
        "trust-address",
        "SDES-off",
        "sdp-attr=[audio=[add=[a b]]]",
    )


def test_what_proxies_always_send_is_not_a_word() -> None:
    pairs = [(name, "offer" if name == "command" else "192.0.2.1") for name in sorted(AUTOMATIC)]
    assert on_the_wire(*pairs, ("call ID", "x"), ("rtpp-flags", "via-branch=1 to-tag=x ICE=remove")) == ("ICE=remove",)


def test_raw_flags_within_raw_flags_are_not_read() -> None:
    assert on_the_wire(("rtpp-flags", "rtpp-flags=ICE=remove replace-origin")) == ("replace-origin",)


def test_a_word_counts_once() -> None:
    assert on_the_wire(("flags", ["inactive", "inactive", "replace-origin"]), ("replace", ["origin"])) == (
        "inactive",
        "replace-origin",
    )


def test_faults_and_strangers() -> None:
    said = in_script("TOS=high replace-orgin rtcp-mux-ofer zzz zzz=1")
    assert [word.fault for word in said.words[:3]] == [
        "not a number",
        f"'orgin' is not one of {', '.join(CHOICES['replace'])}",
        f"'ofer' is not one of {', '.join(CHOICES['rtcp-mux'])}",
    ]
    assert said.words[3:] == (Word("zzz", None), Word("zzz=1", None))


def test_found_by_name_and_value() -> None:
    said = in_script("rtcp-mux-offer rtcp-mux-demux inactive")
    assert said.find("rtcp-mux") == ("rtcp-mux-offer", "rtcp-mux-demux")
    assert said.find("rtcp-mux", "demux", "reject") == ("rtcp-mux-demux",)
    assert said.find("inactive") == ("inactive",)
    assert said.find("ICE") == ()


def test_the_words_of_the_proxy_are_none_of_ours() -> None:
    assert all(flag_row(row.name) is None and key_row(row.name) is None for row in PROXY_FLAGS)
    assert all(key_row(name) is not None for name in AUTOMATIC)


@given(st.text())
def test_any_text_is_words(text: str) -> None:
    assert isinstance(in_script(text).words, tuple)
