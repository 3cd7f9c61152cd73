import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.errors import NgError
from rtpng.ng import values
from rtpng.ng.message import Message, Value
from sipcore.address import Family


@pytest.mark.parametrize(
    ("value", "number"),
    [(5, 5), (-5, -5), ("5", 5), ("-5", -5), ("+5", 5), (" 5 ", 5), ("0x10", 16), ("010", 8), ("0", 0), ("00", 0)],
)
def test_numbers_in_any_base(value: Value, number: int) -> None:
    assert values.number(value) == number


@pytest.mark.parametrize("value", ["", "x", "089", "1:5", "1.5", "0x", "9" * 30, "٣", [5], Message(), "- 5"])
def test_what_is_no_number(value: Value) -> None:
    with pytest.raises(ValueError, match="not a number"):
        values.number(value)


@given(st.integers(-(10**15), 10**15))
def test_decimal_text_is_its_number(number: int) -> None:
    assert values.number(str(number)) == number


@pytest.mark.parametrize(("value", "tos"), [(184, 184), ("184", 184), (0, 0), (255, 255), (256, None), (-7, -1)])
def test_tos(value: Value, tos: int | None) -> None:
    assert values.tos(value) == tos


@pytest.mark.parametrize(("value", "delay"), [(0, 0), ("5", 5), (-1, None), (10**18, 2**31)])
def test_delay(value: Value, delay: int | None) -> None:
    assert values.delay(value) == delay


@pytest.mark.parametrize(
    ("value", "items"),
    [("a", ("a",)), ("a, b,,", ("a", "b")), (["a", 1, "", ["x"], Message()], ("a", "1")), ([], ()), ("", ())],
)
def test_items(value: Value, items: tuple[str, ...]) -> None:
    assert values.items(value) == items


def test_words_are_normalised_and_names_are_not() -> None:
    assert values.words(["SDP version", "session_name"]) == {"sdp-version", "session-name"}
    assert values.pair(["Priv_1", "b", "c"]) == ("Priv_1", "b")
    assert values.exact_words(["load limit"]) == {"load limit"}


@pytest.mark.parametrize("value", [5, Message()])
def test_what_is_no_list(value: Value) -> None:
    with pytest.raises(ValueError, match="not a list"):
        values.items(value)


def test_text() -> None:
    assert values.text("x") == "x"
    assert values.text(5) == "5"
    assert values.text("") is None
    with pytest.raises(ValueError, match="not a string"):
        values.text(["x"])


def test_identifiers_are_bounded_in_bytes() -> None:
    assert values.identifier("\udcff" * 4096) == "\udcff" * 4096
    with pytest.raises(NgError, match="too long"):
        values.identifier("ü" * 2049)


@pytest.mark.parametrize("value", ["IP6", "ip6", "inet6", "IPv6"])
def test_families(value: str) -> None:
    assert values.family(value) is Family.IP6
    assert values.family(value.replace("6", "4")) is Family.IP4


def test_inet_alone_is_ip4() -> None:
    assert values.family("inet") is Family.IP4
    with pytest.raises(ValueError, match="not an address family"):
        values.family("IPX")


@pytest.mark.parametrize(
    "value",
    [["IP4", "192.0.2.1"], ["192.0.2.1"], "IP4 192.0.2.1", "IP4,192.0.2.1", "192.0.2.1"],
)
def test_received_from(value: Value) -> None:
    assert values.received_from(value) == "192.0.2.1"


@pytest.mark.parametrize("value", [[], ["IP4", "host.example"], ["a", "b", "c"], 5, Message(), "", ["IP4", 1]])
def test_bad_received_from(value: Value) -> None:
    with pytest.raises(ValueError):
        values.received_from(value)


@pytest.mark.parametrize(("value", "protocol"), [("rtp/avp", "RTP/AVP"), ("udptl", "UDPTL"), ("accept", "ACCEPT")])
def test_transport(value: str, protocol: str) -> None:
    assert values.transport(value) == protocol


@pytest.mark.parametrize(
    ("value", "policy"),
    [
        ("remove", "remove"),
        ("Force_Relay", "force-relay"),
        (["trickle", "force"], "force"),
        ("force,ice2", "force"),
        ("trickle", None),
    ],
)
def test_ice(value: Value, policy: str | None) -> None:
    assert values.ice(value) == policy


@pytest.mark.parametrize(
    ("value", "kind"), [("sip_request", "request"), ("request", "request"), ("SIP-Reply", "reply"), ("reply", "reply")]
)
def test_sip_message_type(value: str, kind: str) -> None:
    assert values.sip_message_type(value) == kind


def test_a_value_that_is_none_of_the_choices() -> None:
    with pytest.raises(ValueError, match="'on' is not one of delayed, immediate, off, heuristic"):
        values.endpoint_learning("on")
