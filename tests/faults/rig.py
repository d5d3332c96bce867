"""Runs faults in turn, each against every server that it can be run against, and prints what was measured.

A fault is a module of `faults/` with `TITLE`, `AIMS` (figure: the words of its aim, and what tells whether it is met),
`SERVERS` (those that it can be run against) and `run(rig, name)`, which gives its figures. `SHORT = False` leaves it out
of the short form, as what needs a quiet machine or much time; the short form leaves the peers out too.
"""

import importlib
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "benches" / "peers")]

from servers import Server  # noqa: E402

ORDER = [
    "flood", "amplification", "reflection", "sources", "mutated", "wildcard", "drip", "idle", "unread", "descriptors",
    "panic", "clock", "database", "zones", "disk", "prober", "start", "reload", "takeover", "day",
]


class Rig:
    """What a fault is given: servers, how long it may take, and a directory of its own."""

    def __init__(self, root, is_short):
        self.root, self.is_short, self.started = root, is_short, []

    def start(self, name, **options):
        server = Server(name, pathlib.Path(tempfile.mkdtemp(dir=self.root)), 5300 + len(self.started), **options)
        self.started.append(server)
        return server

    def either(self, short, full):
        return short if self.is_short else full

    def stop_all(self):
        for server in self.started:
            server.stop()


def main(arguments):
    is_short = "short" in arguments
    chosen = [name for name in arguments if name != "short"] or ORDER
    for unknown in set(chosen) - set(ORDER):
        sys.exit(f"tests/faults: no fault {unknown!r}; there are {', '.join(ORDER)}")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    # Any address of these networks is one of this machine's: clients ask from where they like.
    for route in (["10.0.0.0/8"], ["2001:db8::/32"]):
        family = "-6" if ":" in route[0] else "-4"
        subprocess.run(["ip", family, "route", "add", "local", *route, "dev", "lo"], check=True)
    missed, rows = [], []
    with tempfile.TemporaryDirectory(prefix="meridian-faults-") as root:
        for name in chosen:
            fault = importlib.import_module(f"faults.{name}")
            if is_short and not getattr(fault, "SHORT", True) and len(chosen) > 1:
                continue
            rows += one(fault, name, pathlib.Path(root), is_short, missed)
    table(rows)
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return 1 if missed else 0


def one(fault, name, root, is_short, missed):
    began = time.monotonic()
    figures = {}
    for server in ["meridian"] if is_short else fault.SERVERS:
        rig = Rig(root, is_short)
        try:
            figures[server] = fault.run(rig, server)
        except Exception as error:  # whatever a peer does, the others are still asked
            if server == "meridian":
                missed.append(f"{name}: {type(error).__name__}: {error}")
            figures[server] = {"failed": f"{type(error).__name__}: {error}"[:60]}
        finally:
            rig.stop_all()
    rows = []
    keys = list(dict.fromkeys(key for found in figures.values() for key in found))
    for key in keys:
        words, holds = fault.AIMS.get(key, ("", None))
        value = figures.get("meridian", {}).get(key)
        timely = not (is_short and words.startswith("time: "))
        if holds and timely and value is not None and not holds(value):
            missed.append(f"{name}: {key}: {shown(value)}; the aim is {words}")
        if holds and value is None and "meridian" in fault.SERVERS and "failed" not in figures.get("meridian", {}):
            missed.append(f"{name}: {key} was not measured")
        rows.append((fault.TITLE, key, words, *(shown(figures.get(at, {}).get(key)) for at in NAMES)))
    print(f"{fault.TITLE}: {time.monotonic() - began:.0f} s", flush=True)
    return rows


def shown(value):
    match value:
        case None:
            return "–"
        case float():
            return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
        case int() if not isinstance(value, bool):
            return f"{value:,}"
        case _:
            return str(value)


def table(rows):
    head = ("fault", "figure", "aim", *NAMES)
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    last = None
    for row in [head, *rows]:
        cells = list(row)
        cells[0], last = ("" if cells[0] == last else cells[0]), cells[0]
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())


NAMES = ["meridian", "gdnsd", "knot"]

if __name__ == "__main__":
    os.environ.pop("MERIDIAN_SOCKET", None)
    sys.exit(main(sys.argv[1:]))
