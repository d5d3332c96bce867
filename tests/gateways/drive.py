"""Drives faults of real gateways against a running director, and prints what its clients saw.

    drive.py [--short] [--list] [SCENARIO…]

The short form probes faster and runs what needs no minutes.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from faults import FULL, SHORT
from parts import REGIONS, Front, Late, Region, Server


class Rig:
    """The whole stage: three regions, and one server a row."""

    def __init__(self, meridian, place):
        self.meridian, self.place, self.rows, self.failures, self.servers = meridian, place, [], [], []
        self.regions = {name: Region(name, place) for name in REGIONS}
        self.front, self.goes_on = Front(), True

    def begin(self):
        for region in self.regions.values():
            region.await_start()

    def start(self, regions):
        """Starts gateways again, unless this was the last row."""
        for region in regions if self.goes_on else []:
            region.start()
        for region in regions if self.goes_on else []:
            region.await_start()

    def serve(self, text):
        place = self.place / f"row-{len(self.rows)}-{time.monotonic_ns()}"
        place.mkdir()
        self.servers.append(Server(place, self.meridian, text))
        return self.servers[-1]

    def done(self, row, holds, why=""):
        self.rows.append(row)
        print(row.line(), flush=True)
        if not holds:
            self.failures.append(f"{row.name}: {why or row.aim}; saw {row.seen}, {row.transitions} transition(s), alarms {row.alarms}")

    def end(self):
        for part in [*self.servers, *self.regions.values()]:
            part.end()


HEAD = """| fault | aim | moved s | half s | out s | back s | transitions | weight@time |
|---|---|---|---|---|---|---|---|"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("scenario", nargs="*")
    told = parser.parse_args()
    table = SHORT if told.short else FULL
    if told.list:
        print("\n".join(table))
        return 0
    place = Path(tempfile.mkdtemp(prefix="meridian-gateways-"))
    rig = Rig(os.environ["MERIDIAN"], place)
    try:
        rig.begin()
        print(HEAD, flush=True)
        names = told.scenario or list(table)
        for name in names:
            rig.goes_on = name != names[-1]
            try:
                table[name](rig)
            except Late as late:
                rig.failures.append(f"{name}: {late}")
    finally:
        rig.end()
    for failure in rig.failures:
        print(f"NOT AS AIMED: {failure}", file=sys.stderr)
    if not rig.failures:
        shutil.rmtree(place)
    else:
        print(f"logs: {place}", file=sys.stderr)
    return 1 if rig.failures else 0


sys.exit(main())
