"""The four looks of the pictures: light and dark, at 100 % and at 200 %."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """One look, as settings of the device."""

    theme: str
    scale_percent: int

    @property
    def name(self) -> str:
        return f"{self.theme}-{self.scale_percent}"

    @property
    def words(self) -> str:
        return f"{self.theme}, {self.scale_percent} %"

    def settings(self) -> Mapping[str, object]:
        return {"theme": self.theme, "scale_percent": self.scale_percent}


LOOKS = tuple(Look(theme, scale) for scale in (100, 200) for theme in ("light", "dark"))
