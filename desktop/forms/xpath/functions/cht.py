"""Functions of the Community Health Toolkit that its many public forms use; no part of ODK XForms."""

import calendar
import math
from datetime import datetime, timedelta

from desktop.forms.xpath.context import Context
from desktop.forms.xpath.dates import DateTimeValue
from desktop.forms.xpath.functions.moments import moment_of
from desktop.forms.xpath.functions.signature import Arguments, Function, number
from desktop.forms.xpath.values import Value, epoch_milliseconds


def _difference_in_months(context: Context, arguments: Arguments) -> Value:
    """Whole months from the first date to the second; empty where one is no date."""
    first, second = (moment_of(context, argument(context)).local() for argument in arguments)
    if first is None or second is None:
        return ""
    months = (second.year - first.year) * 12 + second.month - first.month
    return float(months - 1 if second.day < first.day else months)


def _add_date(context: Context, arguments: Arguments) -> Value:
    """A date plus years, months, days, hours, minutes; months that are too short take their last day."""
    moment = moment_of(context, arguments[0](context)).local()
    steps = [number(context, arguments, index) for index in range(1, len(arguments))]
    years, months, days, hours, minutes = [
        0 if math.isnan(step) or math.isinf(step) else int(step) for step in steps
    ] + [0] * (5 - len(steps))
    if moment is None:
        return DateTimeValue(math.nan, context.host.zone)
    try:
        moved = _plus_months(moment, years * 12 + months) + timedelta(days=days, hours=hours, minutes=minutes)
    except OverflowError:  # beyond the years that a date may have
        return DateTimeValue(math.nan, context.host.zone)
    return DateTimeValue(epoch_milliseconds(moved), context.host.zone)


def _plus_months(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    year = min(max(year, 1), 9999)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


FUNCTIONS = (
    Function("difference-in-months", 2, 2, _difference_in_months),
    Function("cht:difference-in-months", 2, 2, _difference_in_months),
    Function("add-date", 1, 6, _add_date),
    Function("cht:add-date", 1, 6, _add_date),
)
