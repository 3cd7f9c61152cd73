import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.calls.request import CodecWishes, Request, SdesWishes, UnknownWord
from rtpng.errors import NgError
from rtpng.ng.flags import read
from rtpng.ng.message import Message, Value
from sipcore.address import Family


def request(*pairs: tuple[str, Value]) -> Request:
    return read(Message(pairs), "192.0.2.9")


def raw(text: str) -> Request:
    return request(("rtpp-flags", text))


def test_an_empty_message_is_the_default_request() -> None:
    assert request() == Request(client="192.0.2.9")


def test_of_scalars_the_later_wins() -> None:
    assert request(("label", "a"), ("label", "b")).label == "b"
    assert request(("call-id", "a"), ("call ID", "b")).call_id == "b"


@pytest.mark.parametrize(
    ("sent", "known"), [("offer", "offer"), ("start forward", "start forwarding"), ("CLI", "cli"), ("Offer", "Offer")]
)
def test_commands_of_opensips_are_known_too(sent: str, known: str) -> None:
    assert request(("command", sent)).command == known


def test_empty_text_counts_as_not_sent() -> None:
    assert request(("from-tag", "a"), ("from tag", "")).from_tag == "a"
    assert request(("sdp", "")).sdp is None


def test_lists_add_up() -> None:
    both = request(("replace", ["origin"]), ("replace", "username, sdp version"), ("flags", ["replace-zero-address"]))
    assert both.replace == {"origin", "username", "sdp-version", "zero-address"}
    assert request(("flags", ["fatal"]), ("flags", "fast")).flags == {"fatal", "fast"}


@pytest.mark.parametrize("number", [5, 0])
@pytest.mark.parametrize("script", ["5", "1:5", "7"])
def test_kamailios_integer_outranks_the_scripts_text(number: int, script: str) -> None:
    integer, text = ("delete delay", number), ("delete-delay", script)
    assert request(integer, text).delete_delay == number
    assert request(text, integer).delete_delay == number


def test_a_value_of_the_wrong_type_is_ignored_and_named() -> None:
    found = request(("TOS", ["x"]), ("transport-protocol", "RTP/XYZ"), ("call-id", Message()), ("flags", 5))
    assert found == Request(client="192.0.2.9")
    assert [str(word) for word in found.unknown] == [
        "value 'TOS: not a number'",
        "value 'transport-protocol: 'RTP/XYZ' is not a transport protocol'",
        "value 'call-id: not a string'",
        "value 'flags: not a list'",
    ]


def test_unknown_words_change_nothing_and_are_named() -> None:
    found = request(("fooo", 1), ("flags", ["barr", "fatal"]))
    assert found.fatal
    assert found.unknown == (UnknownWord("dictionary key", "fooo"), UnknownWord("flag", "barr"))
    assert found.flags == {"barr", "fatal"}


def test_a_prefix_alone_is_no_flag() -> None:
    assert request(("flags", ["replace-"])).unknown == (UnknownWord("flag", "replace-"),)


def test_a_value_after_a_prefix_keeps_its_case() -> None:
    assert request(("flags", ["endpoint-learning-OFF"])).endpoint_learning == "off"
    assert request(("flags", ["SDES-no-AES_256_CM_HMAC_SHA1_80"])).unknown == ()


def test_an_identifier_that_is_too_long_is_refused() -> None:
    with pytest.raises(NgError, match="Identifier too long"):
        request(("call-id", "x" * 5000))


@pytest.mark.parametrize(
    ("value", "pair"),
    [(["a", "b"], ("a", "b")), ("a,b", ("a", "b")), (["a"], ("a",)), (["a", "b", "c"], ("a", "b"))],
)
def test_direction(value: Value, pair: tuple[str, ...]) -> None:
    assert request(("direction", value)).direction == pair


def test_the_later_direction_wins() -> None:
    assert request(("direction", ["a", "b"]), ("rtpp-flags", "direction=c direction=d")).direction == ("c", "d")
    assert raw("internal external").direction == ("internal", "external")


def test_webrtc_is_a_macro() -> None:
    found = request(("flags", ["webRTC"]))
    assert (found.transport_protocol, found.ice) == ("UDP/TLS/RTP/SAVPF", "force")
    assert found.rtcp_mux == {"offer", "require"}
    assert found.no_rtcp_attribute
    assert found.generate_mid


class TestRawFlags:
    def test_a_line_of_a_script(self) -> None:
        found = raw(
            "trust-address replace-origin replace=[username] ICE=remove rtcp-mux-demux direction=priv direction=pub "
            "TOS=0xb8 address-family=IP6 label=caller codec-strip-PCMA codec=[mask=[G729]] SDES-off no-rtcp-attribute"
        )
        assert found == Request(
            client="192.0.2.9",
            trust_address=True,
            replace=frozenset({"origin", "username"}),
            ice="remove",
            rtcp_mux=frozenset({"demux"}),
            direction=("priv", "pub"),
            tos=184,
            address_family=Family.IP6,
            label="caller",
            no_rtcp_attribute=True,
            codec=CodecWishes(strip=("PCMA",), mask=("G729",)),
            sdes=SdesWishes(off=True),
            flags=found.flags,
        )
        assert found.unknown == ()

    @pytest.mark.parametrize(
        ("word", "protocol"), [("AVPF", "RTP/AVPF"), ("rtp/savpf", "RTP/SAVPF"), ("DTLS", "UDP/TLS/RTP/SAVP")]
    )
    def test_transport_shorthands(self, word: str, protocol: str) -> None:
        assert raw(word).transport_protocol == protocol
        assert raw(word).unknown == ()

    def test_tags_imply_flags(self) -> None:
        found = raw("from-tag=a to-tag=b")
        assert (found.from_tag, found.to_tag, found.use_to_tag) == ("a", "b", True)
        assert found.flags == {"directional", "to-tag"}

    def test_wire_order_decides(self) -> None:
        avp, avpf = ("transport-protocol", "RTP/AVP"), ("rtpp_flags", "RTP/AVPF")
        assert request(avp, avpf).transport_protocol == "RTP/AVPF"
        assert request(avpf, avp).transport_protocol == "RTP/AVP"

    def test_unknown_words(self) -> None:
        assert raw("foo bar=1").unknown == (UnknownWord("flag", "foo"), UnknownWord("dictionary key", "bar"))

    def test_raw_flags_do_not_nest(self) -> None:
        found = raw("rtpp-flags=" * 5000)
        assert found.unknown == (UnknownWord("value", "rtpp-flags: within itself"),)


names = (
    st.sampled_from(["flags", "rtpp-flags", "direction", "TOS", "ICE", "received-from", "replace", "sdp"]) | st.text()
)


def message_of(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Message]:
    return st.lists(st.tuples(names, inner), max_size=6).map(lambda pairs: Message(tuple(pairs)))


leaves: st.SearchStrategy[Value] = st.one_of(st.text(), st.integers())
values = st.recursive(leaves, lambda inner: st.one_of(st.lists(inner, max_size=4), message_of(inner)), max_leaves=12)


@given(message_of(values))
def test_any_message_reads(message: Message) -> None:
    assert isinstance(read(message), Request)
