#!/usr/bin/env python3
"""Draws outlines.tsv: the land of each country, for the status page's map.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    pip install pycountry
    python3 geoip/draw_outlines.py package/countries-110m.json > geoip/outlines.tsv

A line is a country: its ISO 3166-1 alpha-2 code, a tab, its rings, each `longitude latitude` of the first point and
then the steps from point to point, in tenths of a degree. Borders are simplified once for both neighbours, so that no
gap opens between them.
"""
import json
import sys

import pycountry

TOLERANCE = 0.22          # degrees: what a line may lose
SMALLEST = 0.30           # square degrees: smaller islands of a country that has larger ones are left out
# Areas without an ISO code: addresses there are registered to the country named here. Kosovo has XK by custom.
WITHOUT_CODE = {"Kosovo": "XK", "N. Cyprus": "CY", "Somaliland": "SO"}
LEFT_OUT = {"AQ"}


def main():
    atlas = json.load(open(sys.argv[1], encoding="utf-8"))
    arcs = [simplified(arc) for arc in decoded(atlas)]
    countries = {}
    for shape in atlas["objects"]["countries"]["geometries"]:
        polygons = {"Polygon": [shape["arcs"]], "MultiPolygon": shape["arcs"]}[shape["type"]]
        for ring in (stitched(ring, arcs) for polygon in polygons for ring in polygon):
            for part in parted(ring):
                countries.setdefault(code(shape, part), []).append(part)
    print("# Natural Earth 1:110m countries, version 4.1.0 (public domain), through world-atlas 2.0.2; see NOTICE.")
    for name, rings in sorted(countries.items()):
        if name not in LEFT_OUT:
            print(f"{name}\t" + ";".join(steps(ring) for ring in kept(rings)))


def decoded(atlas):
    (sx, sy), (tx, ty) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    for arc in atlas["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        yield points


def simplified(points):
    """Ramer, Douglas and Peucker; the ends stay, since other borders meet there."""
    if len(points) < 3:
        return points
    first, last = points[0], points[-1]
    far, at = max((away(point, first, last), index) for index, point in enumerate(points[1:-1], 1))
    if far <= TOLERANCE:
        return [first, last]
    return simplified(points[: at + 1])[:-1] + simplified(points[at:])


def away(point, first, last):
    (px, py), (ax, ay), (bx, by) = point, first, last
    length = (bx - ax) ** 2 + (by - ay) ** 2
    part = 0 if length == 0 else max(0, min(1, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length))
    return ((px - ax - part * (bx - ax)) ** 2 + (py - ay - part * (by - ay)) ** 2) ** 0.5


def stitched(ring, arcs):
    points = []
    for index in ring:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points.extend(arc if not points else arc[1:])
    return points


def parted(ring):
    """A ring that crosses the line where dates change, as a part on each side of it."""
    turn, unwrapped = 0, [ring[0]]
    for (ax, _), (bx, by) in zip(ring, ring[1:]):
        turn += 360 if bx - ax < -180 else -360 if bx - ax > 180 else 0
        unwrapped.append((bx + turn, by))
    parts = []
    for shift in (-360, 0, 360):
        moved = [(x + shift, y) for x, y in unwrapped]
        part = within(within(moved, lambda x: x + 180, -180), lambda x: 180 - x, 180)
        if len(part) > 3:
            parts.append(part)
    return parts


def within(ring, inside, edge):
    """Sutherland and Hodgman: what of a ring lies on the inner side of a meridian."""
    cut = []
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[1:2]):
        if inside(ax) >= 0:
            cut.append((ax, ay))
        if (inside(ax) >= 0) != (inside(bx) >= 0):
            cut.append((edge, ay + (by - ay) * (edge - ax) / (bx - ax)))
    return cut + cut[:1] if cut and cut[0] != cut[-1] else cut


def kept(rings):
    rings = [ring for ring in rings if len(ring) > 3]
    large = [ring for ring in rings if area(ring) >= SMALLEST]
    return large or [max(rings, key=area)]


def area(ring):
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, ring[1:]))) / 2


def steps(ring):
    tenths = [(round(x * 10), round(y * 10)) for x, y in ring]
    numbers = list(tenths[0])
    for (ax, ay), (bx, by) in zip(tenths, tenths[1:-1]):
        if (ax, ay) != (bx, by):
            numbers += [bx - ax, by - ay]
    return " ".join(map(str, numbers))


def code(shape, ring):
    numeric = shape.get("id")
    if numeric is None:
        return WITHOUT_CODE[shape["properties"]["name"]]
    name = pycountry.countries.get(numeric=numeric).alpha_2
    west = max(x for x, _ in ring) < -40
    return "GF" if name == "FR" and west else name     # Natural Earth draws French Guiana as France


main()
