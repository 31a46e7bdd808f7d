"""The functions of dates and times of ODK XForms. Dates are read and printed by `desktop.forms.xpath.dates`."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from desktop.forms.xpath.context import Context
from desktop.forms.xpath.dates import DateTimeValue, instant_of, looks_like_date, time_of_day
from desktop.forms.xpath.functions.signature import Arguments, Function, text
from desktop.forms.xpath.values import Value, epoch_milliseconds, from_days, to_string

_UNPADDED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(T.*)?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Formatter = Callable[[datetime], str]
_DATE_PARTS: Mapping[str, Formatter] = {
    "%Y": lambda moment: f"{moment.year:04}",
    "%y": lambda moment: f"{moment.year:04}"[2:],
    "%m": lambda moment: f"{moment.month:02}",
    "%n": lambda moment: str(moment.month),
    "%b": lambda moment: _MONTHS[moment.month - 1],
    "%d": lambda moment: f"{moment.day:02}",
    "%e": lambda moment: str(moment.day),
    "%a": lambda moment: _DAYS[moment.weekday()],
}
_TIME_PARTS: Mapping[str, Formatter] = {
    "%H": lambda moment: f"{moment.hour:02}",
    "%h": lambda moment: str(moment.hour),
    "%M": lambda moment: f"{moment.minute:02}",
    "%S": lambda moment: f"{moment.second:02}",
    "%3": lambda moment: f"{moment.microsecond // 1000:03}",
}
_CODE = re.compile("%[A-Za-z0-9]")


def moment_of(context: Context, value: Value) -> DateTimeValue:
    """A value as a date and time: a number counts days, text is read as ISO; NaN inside where it is neither."""
    if isinstance(value, DateTimeValue):
        return value
    zone = context.host.zone
    if isinstance(value, float):
        return from_days(value, zone)
    source = to_string(value)
    loose = _UNPADDED.fullmatch(source)
    if loose and not looks_like_date(source):
        year, month, day, rest = loose.groups()
        source = f"{year}-{month:0>2}-{day:0>2}{rest or ''}"
    return instant_of(source, zone)


def _date(context: Context, arguments: Arguments) -> Value:
    value = arguments[0](context)
    if isinstance(value, bool) or (not isinstance(value, float | DateTimeValue) and to_string(value) == ""):
        return ""
    return moment_of(context, value)


def _today(context: Context, arguments: Arguments) -> Value:  # noqa: ARG001  takes none
    zone = context.host.zone
    midnight = context.host.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return DateTimeValue(epoch_milliseconds(midnight), zone)


def _now(context: Context, arguments: Arguments) -> Value:  # noqa: ARG001  takes none
    return DateTimeValue(math.floor(epoch_milliseconds(context.host.now())), context.host.zone)


def _decimal_date_time(context: Context, arguments: Arguments) -> Value:
    return moment_of(context, arguments[0](context)).days


def _decimal_time(context: Context, arguments: Arguments) -> Value:
    return time_of_day(text(context, arguments), context.host.zone)


def _formatted(parts: Mapping[str, Formatter]) -> Callable[[Context, Arguments], Value]:
    def implement(context: Context, arguments: Arguments) -> Value:
        moment = moment_of(context, arguments[0](context)).local()
        if moment is None:
            return ""
        shown = moment
        return _CODE.sub(
            lambda code: parts[code.group()](shown) if code.group() in parts else code.group(),
            text(context, arguments, 1),
        )

    return implement


FUNCTIONS = (
    Function("date", 1, 1, _date),
    Function("date-time", 1, 1, _date),
    Function("today", 0, 0, _today, pure=False),
    Function("now", 0, 0, _now, pure=False),
    Function("decimal-date-time", 1, 1, _decimal_date_time),
    Function("decimal-time", 1, 1, _decimal_time),
    Function("format-date", 2, 2, _formatted({**_DATE_PARTS, **_TIME_PARTS})),
    Function("format-date-time", 2, 2, _formatted({**_DATE_PARTS, **_TIME_PARTS})),
)
