"""What the driven day found: a line for each thing that was to be seen, with its figure, and whether it held."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """One thing that was to be seen."""

    what: str
    figure: str
    held: bool


@dataclass
class Outcome:
    """The table of the day. It is whole when nothing in it is off."""

    lines: list[Line] = field(default_factory=list)

    def note(self, what: str, figure: object, *, held: bool) -> None:
        """Write one line."""
        self.lines.append(Line(what, str(figure), held))

    @property
    def whole(self) -> bool:
        """Whether every line held, and there is at least one."""
        return bool(self.lines) and all(line.held for line in self.lines)

    def table(self) -> str:
        """The lines one below the other, figures aligned."""
        width = max((len(line.what) for line in self.lines), default=0)
        return "\n".join(f"{'ok ' if line.held else 'OFF'}  {line.what:<{width}}  {line.figure}" for line in self.lines)
