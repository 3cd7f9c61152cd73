"""The SDP that goes out as a whole: session part, o= and s=; rtpengine 26's observed behaviour, point by point."""

import pytest

from sipcore.sdp.session import SessionDescription, serialize
from tests.rtpng.calls.documents import attributes, offered, origin
from tests.rtpng.harness import ALICE, BOB, RELAY, RELAY6, RelayUnderTest, audio, lines, port, sdp

# --- the whole document ---


def test_the_example_of_a_plain_offer() -> None:
    body = (
        "v=0\no=alice 77 5 IN IP4 198.51.100.1\ns=demo\nc=IN IP4 198.51.100.1\nt=0 0\nb=AS:64\na=sess:1\n"
        "m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15\na=ptime:20\n"
        "a=foo:bar\na=label:x\n"
    )
    out = RelayUnderTest().offer(body)
    p = port(out)
    assert serialize(out).split("\r\n") == [
        "v=0",
        "o=alice 77 5 IN IP4 198.51.100.1",
        "s=demo",
        "b=AS:64",
        "t=0 0",
        "a=sess:1",
        f"m=audio {p} RTP/AVP 0 8 101",
        f"c=IN IP4 {RELAY}",
        "a=label:x",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=foo:bar",
        "a=sendrecv",
        f"a=rtcp:{p + 1}",
        "a=ptime:20",
        "",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n"])
def test_lines_end_in_crlf_whatever_came_in(end: str, tail: str) -> None:
    body = sdp(audio()).strip().replace("\r\n", end) + tail
    reply = RelayUnderTest().command("offer", call_id="c", from_tag="a", sdp=body)
    assert reply["sdp"].endswith("\r\n")
    assert reply["sdp"].count("\r\n") == reply["sdp"].count("\n") == reply["sdp"].count("\r")


def test_the_session_part_has_one_order_and_no_connection() -> None:
    body = (
        "v=0\no=- 1 1 IN IP4 198.51.100.1\ns=x\nc=IN IP4 198.51.100.1\nt=1 2\na=tool:z\nb=TIAS:1\nb=AS:2\nb=X:3\n"
        "p=+1\ne=e@example.com\nu=http://example.com\ni=info\n"
    )
    out = RelayUnderTest().offer(body + "\n".join(audio()) + "\n")
    assert lines(out)[2:] == [
        "s=x",
        "i=info",
        "u=http://example.com",
        "e=e@example.com",
        "p=+1",
        "b=AS:2",
        "b=TIAS:1",
        "t=1 2",
        "a=tool:z",
    ]


def test_an_empty_session_name_stays_empty() -> None:
    out = RelayUnderTest().offer(sdp(audio()).replace("s=-", "s="))
    assert "s=" in lines(out)


def test_media_bandwidths_come_after_the_connection_in_their_order() -> None:
    out = offered(audio(4000, "0", "b=TIAS:5", "b=CT:4", "b=RS:3", "b=RR:2", "b=AS:1", "b=FOO:9"))
    assert lines(out.media[0])[1:7] == [f"c=IN IP4 {RELAY}", "b=AS:1", "b=RR:2", "b=RS:3", "b=CT:4", "b=TIAS:5"]


def test_the_bundle_group_is_dropped_and_mid_stays() -> None:
    out = offered(audio(4000, "0", "a=mid:a"), session=("a=group:BUNDLE a", "a=foo"))
    assert lines(out)[-1] == "a=foo"
    assert "mid:a" in attributes(out)


def test_session_level_defaults_come_out_at_media_level_only() -> None:
    out = offered(audio(), session=("a=sendonly", "a=extmap:1 urn:a"))
    assert lines(out)[-1] == "t=0 0"
    assert {"sendonly", "extmap:1 urn:a"} <= set(attributes(out))


# --- o= and s= ---


def test_the_origin_is_taken_over_unchanged() -> None:
    assert origin(offered(audio())) == f"- 1 1 IN IP4 {ALICE}"


def test_replace_origin_changes_the_address_only() -> None:
    assert origin(offered(audio(), replace=["origin"])) == f"- 1 1 IN IP4 {RELAY}"


def test_replace_origin_changes_the_family_with_the_address() -> None:
    assert origin(offered(audio(), replace=["origin"], address_family="IP6")) == f"- 1 1 IN IP6 {RELAY6}"


@pytest.mark.parametrize("word", ["session-connection", "nonsense"])
def test_other_words_of_replace_change_nothing(word: str) -> None:
    assert lines(offered(audio(), replace=[word])) == lines(offered(audio()))


def reoffered(first: str, second: str, *words: str) -> list[SessionDescription]:
    relay = RelayUnderTest()
    return [relay.offer(body, replace=list(words)) for body in (first, second, second)]


def edited(user: str = "-", session_id: str = "1", version: str = "1", name: str = "-") -> str:
    return sdp(audio()).replace(
        f"o=- 1 1 IN IP4 {ALICE}\r\ns=-", f"o={user} {session_id} {version} IN IP4 {ALICE}\r\ns={name}"
    )


def test_replace_username_keeps_the_first_user_name() -> None:
    documents = reoffered(edited("one"), edited("two", version="2"), "username")
    assert [origin(d).split()[0] for d in documents] == ["one", "one", "one"]


def test_replace_session_name_keeps_the_first_name() -> None:
    documents = reoffered(edited(name="one"), edited(name="two"), "session-name")
    assert [d.name for d in documents] == ["one", "one", "one"]


def test_without_replace_user_version_and_name_are_the_partys_own() -> None:
    documents = reoffered(edited("one", version="7", name="x"), edited("two", version="4", name="y"))
    assert [(origin(d).split()[0], origin(d).split()[2], d.name) for d in documents] == [
        ("one", "7", "x"),
        ("two", "4", "y"),
        ("two", "4", "y"),
    ]


def test_replace_sdp_version_counts_up_exactly_when_the_sdp_differs() -> None:
    relay = RelayUnderTest()
    bodies = [edited(version="7"), edited(version="9"), sdp(audio(4000, "8")), sdp(audio(4000, "8"))]
    versions = [origin(relay.offer(body, replace=["sdp-version"])).split()[2] for body in bodies]
    assert versions == ["7", "7", "8", "8"]


def test_changes_are_counted_from_the_first_request_that_asks_for_it() -> None:
    relay = RelayUnderTest()
    bodies = [sdp(audio(4000, formats)) for formats in ("0", "8", "9", "9", "9")]
    words: list[list[str]] = [[], ["sdp-version"], ["sdp-version"], [], ["sdp-version"]]
    versions = [origin(relay.offer(body, replace=word)).split()[2] for body, word in zip(bodies, words, strict=True)]
    assert versions == ["1", "1", "2", "1", "2"]


def test_replace_sdp_version_sees_a_changed_name() -> None:
    documents = reoffered(edited(name="one"), edited(name="two"), "sdp-version")
    assert [origin(d).split()[2] for d in documents] == ["1", "2", "2"]


def test_replace_force_increment_counts_up_each_time() -> None:
    documents = reoffered(edited(version="7"), edited(version="3"), "force-increment-sdp-ver")
    assert [origin(d).split()[2] for d in documents] == ["7", "8", "9"]


def test_replace_origin_full_keeps_the_whole_first_origin() -> None:
    documents = reoffered(edited("one", "11", "5"), edited("two", "12", "6"), "origin-full")
    assert {origin(d) for d in documents} == {f"one 11 5 IN IP4 {RELAY}"}


def test_replace_origin_full_keeps_the_family_with_the_address() -> None:
    relay = RelayUnderTest()
    first = relay.offer(edited("one"), replace=["origin-full"])
    relay.answer(sdp(audio(5000), host=BOB))
    again = relay.offer(edited("one"), to_tag="bob", replace=["origin-full"], address_family="IP6")
    assert lines(again.media[0])[1] == f"c=IN IP6 {RELAY6}"
    assert origin(again) == origin(first).replace("1 1 IN", "1 2 IN")


@pytest.mark.parametrize("version", ["x", "9" * 30, "²"])
def test_a_version_that_is_no_counter_stays(version: str) -> None:
    documents = reoffered(edited(version=version), edited(version=version), "force-increment-sdp-ver")
    assert {origin(d).split()[2] for d in documents} == {version}


def test_the_versions_of_the_two_sides_are_counted_apart() -> None:
    relay = RelayUnderTest()
    relay.offer(edited(version="7"), replace=["sdp-version"])
    answer = relay.answer(edited(version="3"), replace=["sdp-version"])
    again = relay.offer(sdp(audio(4000, "8")), to_tag="bob", replace=["sdp-version"])
    assert (origin(answer).split()[2], origin(again).split()[2]) == ("3", "8")
