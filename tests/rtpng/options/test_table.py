"""Every row of the table is read, kept and told."""

import re
from dataclasses import fields

import pytest

from rtpng.config import Config
from rtpng.errors import ConfigError
from rtpng.log import SUBSYSTEMS
from rtpng.options.option import Kind, Option, Support
from rtpng.options.table import BY_NAME, BY_SHORT, OPTIONS
from tests.rtpng.options.rig import LISTENING, PLAIN, REFUSED, SPECIAL, named, parse, sample


class TestTable:
    def test_names_and_short_letters_are_unique(self) -> None:
        assert len(BY_NAME) == len(OPTIONS)
        assert len(BY_SHORT) == sum(option.short is not None for option in OPTIONS)

    @pytest.mark.parametrize("option", OPTIONS, ids=named)
    def test_row_is_complete(self, option: Option) -> None:
        assert option.help.endswith(".")
        assert bool(option.reason) == (option.support is not Support.SUPPORTED)
        assert option.unless is None or option.unless in BY_NAME
        assert option.sets is None or option.sets in {field.name for field in fields(Config)}
        assert option.default is False or option.kind is not Kind.BOOL
        assert isinstance(option.default, tuple) == (option.kind is Kind.LIST)

    @pytest.mark.parametrize("option", [option for option in OPTIONS if option.sets], ids=named)
    def test_defaults_of_options_and_config_agree(self, option: Option) -> None:
        default = {field.name: field.default for field in fields(Config)}[option.sets or ""]
        assert default == option.default

    def test_levels_of_our_subsystems_are_supported(self) -> None:
        rows = {o.name.removeprefix("log-level-"): o for o in OPTIONS if o.name.startswith("log-level-")}
        assert {name for name, row in rows.items() if row.support is Support.SUPPORTED} == set(SUBSYSTEMS)
        assert len(rows) == 13

    @pytest.mark.parametrize("option", PLAIN, ids=named)
    def test_row_parses_from_the_command_line(self, option: Option) -> None:
        text = sample(option)
        written = f"--{option.name}={text}" if option.takes_value else f"--{option.name}"
        self.check(option, parse(*LISTENING, written), text)

    @pytest.mark.parametrize("option", PLAIN, ids=named)
    def test_row_parses_from_the_file(self, option: Option) -> None:
        text = sample(option)
        listening = "interface = 10.0.0.1\nlisten-ng = 127.0.0.1:2223\n"
        self.check(option, parse(text=f"[rtpengine]\n{listening}{option.name} = {text}\n"), text)

    def check(self, option: Option, config: Config, text: str) -> None:
        notice = f"option {option.name} has no effect in rtpng: {option.reason}"
        assert (notice in {n.text for n in config.notices}) == (option.support is Support.ACCEPTED)
        if option.sets:
            value = getattr(config, option.sets)
            assert value != option.default
            assert str(value).lower() == text

    @pytest.mark.parametrize("option", REFUSED, ids=named)
    def test_refused_row_is_refused(self, option: Option) -> None:
        written = f"--{option.name}=x" if option.takes_value else f"--{option.name}"
        with pytest.raises(ConfigError, match=f"option {option.name} is refused: {re.escape(option.reason)}"):
            parse(*LISTENING, written)

    @pytest.mark.parametrize("option", [option for option in REFUSED if option.unless], ids=named)
    def test_refused_row_is_taken_with_its_excuse(self, option: Option) -> None:
        config = parse(*LISTENING, f"--{option.name}=secret@127.0.0.1:6379/1", f"--{option.unless}")
        (notice,) = config.notices
        assert notice.level == 4
        assert option.name in notice.text
        assert "secret" not in notice.text

    @pytest.mark.parametrize("option", [option for option in OPTIONS if option.kind is Kind.BOOL], ids=named)
    def test_a_switch_that_is_off_asks_for_nothing(self, option: Option) -> None:
        if option.name not in SPECIAL:
            assert parse(*LISTENING, text=f"[rtpengine]\n{option.name} = false\n") == parse(*LISTENING)


def test_scores_tell_of_conversation_or_of_sound() -> None:
    assert parse(*LISTENING).mos == ("CQ",)
    assert parse(*LISTENING, "--mos=lq").mos == ("LQ",)
    with pytest.raises(ConfigError, match="option mos must be one of LQ, CQ, not 'XQ'"):
        parse(*LISTENING, "--mos=XQ")
