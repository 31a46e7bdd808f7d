"""Area, distance and geofence of points written `latitude longitude altitude accuracy`, joined by `;`."""

import math
from itertools import pairwise

from desktop.forms.xpath.context import Context
from desktop.forms.xpath.functions.signature import Arguments, Function, strings
from desktop.forms.xpath.values import Value

_RADIUS = 6_378_100.0
Point = tuple[float, float]


def _points(values: list[str]) -> list[Point] | None:
    """Latitude and longitude in degrees, blanks left out; None where a part is no point."""
    found: list[Point] = []
    for part in (piece.strip() for value in values for piece in value.rstrip("; ").split(";")):
        words = part.split()
        if not words:
            continue
        try:
            latitude, longitude = float(words[0]), float(words[1])
        except (IndexError, ValueError):
            return None
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            return None
        found.append((latitude, longitude))
    return found


def _between(first: Point, second: Point) -> float:
    """Metres along a great circle, by the haversine formula."""
    a_lat, a_lon, b_lat, b_lon = (math.radians(value) for value in (*first, *second))
    half = math.sin((b_lat - a_lat) / 2) ** 2 + math.cos(a_lat) * math.cos(b_lat) * math.sin((b_lon - a_lon) / 2) ** 2
    return 2 * _RADIUS * math.asin(math.sqrt(half))


def _distance(context: Context, arguments: Arguments) -> Value:
    written = strings(context, arguments)
    points = _points(written)
    if not points or len(points) < 2:
        return 0.0 if points else math.nan
    return round(sum(_between(a, b) for a, b in pairwise(points)), 2)


def _area(context: Context, arguments: Arguments) -> Value:
    written = strings(context, arguments)
    if 1 < sum(bool(piece.strip()) for value in written for piece in value.split(";")) < 3:
        return 0.0  # two points, wherever they are, hold nothing between them
    points = _points(written)
    if points is None:
        return math.nan
    if len(points) < 3:
        return 0.0
    total = 0.0
    for (a_lat, a_lon), (b_lat, b_lon) in zip(points, [*points[1:], points[0]], strict=True):
        total += math.radians(b_lon - a_lon) * (2 + math.sin(math.radians(a_lat)) + math.sin(math.radians(b_lat)))
    return round(abs(total * _RADIUS * _RADIUS / 2), 2)


def _geofence(context: Context, arguments: Arguments) -> Value:
    """Whether the point lies inside the closed shape (ray casting)."""
    points, shape = _points(strings(context, arguments[:1])), _points(strings(context, arguments[1:]))
    if not points or not shape:
        return False
    (latitude, longitude), inside = points[0], False
    for (a_lat, a_lon), (b_lat, b_lon) in zip(shape, [*shape[1:], shape[0]], strict=True):
        if (a_lon > longitude) != (b_lon > longitude):
            crossing = (b_lat - a_lat) * (longitude - a_lon) / (b_lon - a_lon) + a_lat
            inside = inside != (latitude < crossing)
    return inside


FUNCTIONS = (
    Function("distance", 1, None, _distance),
    Function("area", 1, 1, _area),
    Function("geofence", 2, 2, _geofence),
)
