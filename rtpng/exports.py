"""Connects the daemon with the programs that it tells of itself, as far as the configuration names some."""

from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

from rtpng.config import Config
from rtpng.engine import Engine
from rtpng.ng.commands.context import Context
from rtpng.ng.responder import Responder

if TYPE_CHECKING:  # most daemons tell nobody
    from rtpng.export.graphite import Graphite
    from rtpng.export.homer import Homer


class Exports:
    """``tasks`` are to be run for as long as the daemon serves."""

    def __init__(self, config: Config, engine: Engine, context: Context, responder: Responder) -> None:
        self.homer = self._homer(config, engine, responder)
        self.graphite = self._graphite(config, engine, context)

    @property
    def tasks(self) -> Iterator[Callable[[], Coroutine[Any, Any, None]]]:
        if self.graphite is not None:
            yield self.graphite.run

    def close(self) -> None:
        if self.homer is not None:
            self.homer.close()

    def _homer(self, config: Config, engine: Engine, responder: Responder) -> "Homer | None":
        if config.homer is None:
            return None
        from rtpng.export.homer import Homer

        homer = Homer(config.homer, config, engine.clock)
        if not config.homer_disable_rtcp_stats:
            engine.reports.onlooker = homer.rtcp
        if config.homer_enable_ng:
            responder.onlooker = homer.ng
        return homer

    def _graphite(self, config: Config, engine: Engine, context: Context) -> "Graphite | None":
        if config.graphite is None:
            return None
        from rtpng.export.graphite import Graphite
        from rtpng.export.snapshot import snapshot

        def count() -> int:
            return len(engine.calls)

        graphite = Graphite(config.graphite, config, lambda: snapshot(context), count, engine.clock.wall)
        context.tally.watch = graphite.interval.request
        return graphite
