from rtpng.ng.tally import OTHERS, SHORT_NAMES, CommandTally, Tally


def test_counts_and_seconds_per_proxy_and_command() -> None:
    tally = Tally()
    tally.command("192.0.2.1", "offer", 0.25)
    tally.command("192.0.2.1", "offer", 0.5)
    tally.command("192.0.2.2", "start forward", 0.125)
    tally.error("192.0.2.2")
    assert tally.proxies["192.0.2.1"].commands == {"offer": CommandTally(2, 0.75)}
    assert tally.proxies["192.0.2.2"].commands == {"start forwarding": CommandTally(1, 0.125)}
    assert tally.proxies["192.0.2.2"].errors == 1


def test_strange_commands_take_no_memory() -> None:
    tally = Tally()
    tally.command("192.0.2.1", "x", 1.0)
    assert not tally.proxies


def test_forged_addresses_are_counted_together() -> None:
    tally = Tally(max_proxies=2)
    for host in ("a", "b", "c", "d", "a"):
        tally.error(host)
    assert {host: proxy.errors for host, proxy in tally.proxies.items()} == {"a": 2, "b": 1, OTHERS: 2}


def test_short_names_are_distinct() -> None:
    assert len({name.lower() for name in SHORT_NAMES.values()}) == len(SHORT_NAMES)
