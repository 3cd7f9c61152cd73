"""Values that are dictionaries: what fits counts, what does not is named, and nothing makes a request fail."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.calls.request import AttributeEdits, CodecWishes, Edits, ExtensionWishes, Request
from rtpng.ng import dictionaries
from rtpng.ng.dictionaries import PartlyError
from rtpng.ng.flags import read
from rtpng.ng.message import Message, Value


def tree(value: Mapping[str, object]) -> Message:
    def node(inner: object) -> Value:
        if isinstance(inner, Mapping):
            return tree(inner)
        if isinstance(inner, list):
            return [node(item) for item in inner]
        return inner if isinstance(inner, int) else str(inner)

    return Message(tuple((name, node(inner)) for name, inner in value.items()))


def read_key(value: object) -> Request:
    return read(tree({"sdp-attr": value}))


def test_the_dictionary_says_the_same_as_the_flags() -> None:
    flags = ["sdp-attr-add-audio-x:1", "sdp-attr-remove-none-foo", "sdp-attr-substitute-video-a>b"]
    value = {"audio": {"add": ["x:1"]}, "none": {"remove": "foo"}, "video": {"substitute": [["a", "b", "c"]]}}
    assert read_key(value).sdp_attr == read(Message((("flags", list(flags)),))).sdp_attr
    assert read_key(value).unknown == ()


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("x", "wrong type used"),
        (["x"], "wrong type used"),
        (5, "wrong type used"),
        ({"audio": "x"}, "wrong content given"),
        ({"audio": ["x"]}, "wrong content given"),
        ({"bogus": {"add": ["x"]}}, "unsupported sdp section 'bogus'"),
        ({"AUDIO": {"add": ["x"]}}, "unsupported sdp section 'AUDIO'"),
        ({"audio": {"bogus": ["x"]}}, "unknown manipulation command 'bogus'"),
        ({"audio": {"substitute": ["x"]}}, "invalid token given 'x'"),
        ({"audio": {"substitute": [["x"]]}}, "invalid token given ['x']"),
        ({"audio": {"add": [""]}}, "invalid token given ''"),
        ({"audio": {"add": [["x"]]}}, "invalid token given ['x']"),
        ({"audio": {"add": ["x\r\nm=audio 1 RTP/AVP 0"]}}, r"invalid token given 'x\r\nm=audio 1 RTP/AVP 0'"),
    ],
)
def test_a_wrong_shape_is_named_and_never_makes_a_request_fail(value: object, complaint: str) -> None:
    request = read_key(value)
    assert [str(word) for word in request.unknown] == [f"value 'sdp-attr: {complaint}'"]
    assert all(edits == Edits() for _, edits in request.sdp_attr.sections)


def test_what_fits_counts_beside_what_does_not() -> None:
    request = read_key({"bogus": {"add": ["x"]}, "audio": {"add": ["y", ""]}})
    assert [(name, edits.add) for name, edits in request.sdp_attr.sections] == [("audio", ("y",))]


# --- codec and extmap ---


def asked(**words: object) -> Request:
    return read(tree(words))


def complaints(request: Request) -> list[str]:
    return [str(word) for word in request.unknown]


def test_lists_of_the_codec_dictionary_may_be_text_with_commas_and_add_up() -> None:
    value = {"strip": "PCMA,G722", "Strip": ["GSM"], "except": ["PCMU"], "accept": ["x"], "set": ["y"]}
    request = asked(codec=value, codecs={"ignore": ["GSM"]}, flags=["codec-strip-CN"])
    assert request.codec == CodecWishes(strip=("PCMA", "G722", "GSM", "CN"), excepted=("PCMU",), ignore=("GSM",))
    assert request.unknown == ()


def test_unknown_manipulations_are_named_and_the_others_count() -> None:
    request = asked(codec={"stripp": ["PCMU"], "strip": ["PCMA"]}, extmap={"except": ["a"], "mask": ["URN:B"]})
    assert request.codec.strip == ("PCMA",)
    assert request.extmap == ExtensionWishes(mask=frozenset({"urn:b"}))
    assert complaints(request) == [
        "value 'codec: unknown codec manipulation 'stripp''",
        "value 'extmap: unknown extmap manipulation 'except''",
    ]


@pytest.mark.parametrize("key", ["codec", "extmap"])
@pytest.mark.parametrize("value", ["x", 5, ["x"], {"strip": 5}])
def test_a_value_of_another_type_is_named(key: str, value: object) -> None:
    request = asked(**{key: value})
    assert request == Request()
    assert len(request.unknown) == 1


names = st.sampled_from(["strip", "offer", "audio", "none", "add", "remove", "substitute", "mask", "x"])
leaves: st.SearchStrategy[Value] = st.text(max_size=5) | st.integers()
inner: st.SearchStrategy[Value] = st.recursive(
    leaves,
    lambda deeper: (
        st.lists(deeper, max_size=3)
        | st.lists(st.tuples(names, deeper), max_size=3).map(lambda pairs: Message(tuple(pairs)))
    ),
    max_leaves=10,
)


@given(inner)
def test_any_value_reads_or_is_refused(value: Value) -> None:
    for reader in (dictionaries.codec, dictionaries.extmap, dictionaries.sdp_attr):
        try:
            found: object = reader(value)
        except PartlyError as partly:
            found = partly.found
        except ValueError:
            continue
        assert isinstance(found, CodecWishes | ExtensionWishes | AttributeEdits)


@given(st.text(max_size=12))
def test_no_flag_can_begin_a_line_of_the_sdp(rest: str) -> None:
    request = read(Message((("flags", [f"sdp-attr-add-audio-{rest}", f"sdp-attr-substitute-none-{rest}>{rest}"]),)))
    for _, edits in request.sdp_attr.sections:
        for text in (*edits.add, *edits.remove, *(text for pair in edits.substitute for text in pair)):
            assert "\n" not in text
            assert "\r" not in text
