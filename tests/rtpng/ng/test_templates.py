"""Templates of flags, rtpengine 26's observed behaviour."""

import pytest

from rtpng.calls.request import Request
from rtpng.ng.flags import read
from rtpng.ng.message import Message, Value

TEMPLATES = {
    "default": "replace-origin label=fromdefault",
    "offer": "codec-strip-PCMA label=fromoffer",
    "start forwarding": "label=fromforwarding",
    "foo": "codec-strip-G722 label=fromfoo",
    "nest": "codec-strip-G729 template=foo",
    "circle": "template=circle generate-mid",
}


def asked(*pairs: tuple[str, Value], command: str = "offer") -> Request:
    return read(Message((*pairs, ("command", command))), templates=TEMPLATES)


def test_default_and_the_commands_own_apply_by_themselves() -> None:
    request = asked()
    assert request.replace == {"origin"}
    assert request.codec.strip == ("PCMA",)
    assert request.label == "fromoffer"
    assert asked(command="answer").label == "fromdefault"
    assert asked(command="start forward").label == "fromforwarding"


@pytest.mark.parametrize("pair", [("template", "foo"), ("Template", "foo"), ("rtpp-flags", "template=foo")])
def test_others_apply_by_name_after_those(pair: tuple[str, str]) -> None:
    request = asked(pair)
    assert request.codec.strip == ("PCMA", "G722")
    assert request.label == "fromfoo"
    assert request.unknown == ()


def test_the_requests_own_words_win_wherever_they_stand() -> None:
    assert asked(("label", "own")).label == "own"
    assert asked(("label", "own"), ("template", "foo")).label == "own"
    assert asked(("template", "foo"), ("label", "own")).label == "own"


def test_templates_may_name_templates() -> None:
    assert asked(("template", "nest")).codec.strip == ("PCMA", "G729", "G722")


def test_a_circle_ends() -> None:
    request = asked(("template", "circle"))
    assert [str(word) for word in request.unknown] == ["value 'template: a circle'"]
    assert request.generate_mid


def test_a_name_that_is_not_there_is_named_and_changes_nothing() -> None:
    request = asked(("template", "bogus"))
    assert [str(word) for word in request.unknown] == ["value 'template: 'bogus' is not in the configuration file'"]
    assert request == asked()
