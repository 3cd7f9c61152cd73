"""The screen of ``rtpng top``: the one module that knows textual."""

import time
from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Input, Static

from cli.ask import Daemon
from cli.top import text
from cli.top.poll import look, story
from cli.top.rows import Look, Order, Row, arranged, rows, summary
from rtpng.clock import Clock
from rtpng.ng.client import AsyncNgClient, NgReplyError, NgTimeout, Reply

EVERY = 1.0  # seconds
_CLOCK = Clock(time.perf_counter, time.time)  # the screen is where people see the time


class Top(App[None]):
    """All calls; Enter opens one."""

    TITLE = "rtpng top"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #header { height: 3; padding: 0 1; background: $panel; }
    #header.away { background: $error; color: $text; text-style: bold; }
    #wanted { display: none; height: 3; }
    #wanted.open { display: block; }
    DataTable { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort", "sort"),
        Binding("slash", "filter", "filter"),
        Binding("escape", "everything", "no filter"),
        Binding("q", "quit", "quit"),
    ]

    def __init__(self, daemon: Daemon, limit: int) -> None:
        super().__init__()
        self._daemon, self._limit = daemon, limit
        self._order, self._wanted = Order.RATE, ""
        self.latest: Look | None = None
        self._before: Look | None = None

    def compose(self) -> ComposeResult:
        yield Static(f"Asking {self._daemon.target} ...", id="header", markup=False)
        yield Input(placeholder="part of a Call-ID, or kernel, or userspace", id="wanted")
        yield DataTable(cursor_type="row", zebra_stripes=True)
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for head in text.HEADS:
            table.add_column(head, key=head)
        table.focus()
        self.set_interval(EVERY, self._look)
        self._look()

    @work(exclusive=False, group="look")
    async def _look(self) -> None:
        if any(worker.group == "look" and worker.is_running for worker in list(self.workers)[:-1]):
            return  # a slow daemon is not asked twice at a time
        try:
            async with self._daemon.asynchronous() as client:
                seen = await look(client, self._limit, _CLOCK)
                await self._tell_story(client)
        except (NgTimeout, NgReplyError, OSError):
            self._say(text.away(self._daemon.target), away=True)
            return
        self._before, self.latest = self.latest, seen
        self._draw()

    async def _tell_story(self, client: AsyncNgClient) -> None:
        """Of the call that is open, if one is."""
        if isinstance(opened := self.screen, OneCall):
            opened.story = await story(client, opened.call_id)

    def _draw(self) -> None:
        if self.latest is None:
            return
        self._say(text.header(summary(self.latest, self._before), self._order, self._wanted), away=False)
        self._fill(arranged(rows(self.latest, self._before), self._order, self._wanted))
        if isinstance(self.screen, OneCall):
            self.screen.show(self.latest)

    def _say(self, words: str, *, away: bool) -> None:
        header = self.screen_stack[0].query_one("#header", Static)
        header.update(words)
        header.set_class(away, "away")

    def _fill(self, wanted: list[Row]) -> None:
        """The row under the cursor stays there: its call moves with it."""
        table: DataTable[Text] = self.screen_stack[0].query_one(DataTable)
        chosen = _under_cursor(table)
        table.clear()
        for row in wanted:
            table.add_row(*map(Text, text.cells(row)), key=row.call_id)  # a string would be read as markup
        if chosen is not None and chosen in table.rows:
            table.move_cursor(row=table.get_row_index(chosen))

    def action_sort(self) -> None:
        self._order = self._order.following
        self._draw()

    def action_filter(self) -> None:
        field = self.query_one("#wanted", Input)
        field.add_class("open")
        field.focus()

    def action_everything(self) -> None:
        self.query_one("#wanted", Input).value = ""
        self._close_field()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._wanted = event.value
        self._draw()

    def on_input_submitted(self) -> None:
        self._close_field()

    def _close_field(self) -> None:
        self.query_one("#wanted", Input).remove_class("open")
        self.query_one(DataTable).focus()

    def on_data_table_row_selected(self, event: "DataTable.RowSelected") -> None:
        if event.row_key.value is not None and self.latest is not None:
            self.push_screen(OneCall(event.row_key.value, self.latest))
            self._look()


def _under_cursor(table: "DataTable[Text]") -> str | None:
    keys: Iterator[str | None] = (key.value for key in table.rows)
    ordered = list(keys)
    return ordered[table.cursor_row] if 0 <= table.cursor_row < len(ordered) else None


class OneCall(Screen[None]):
    """One call in detail, as long as it lasts."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "app.pop_screen", "back")]

    def __init__(self, call_id: str, look: Look) -> None:
        super().__init__()
        self.call_id, self._look = call_id, look
        self.story: Reply | None = None

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(text.detail(self.call_id, self._look), id="call", markup=False)
        yield Footer()

    def show(self, look: Look) -> None:
        self.query_one("#call", Static).update(text.detail(self.call_id, look, self.story))
