"""Starts the servers, compares 1,000 answers, then drives them in turn and prints what a query costs each."""

import argparse
import os
import pathlib
import platform
import random
import re
import socket
import subprocess
import tempfile
import time

import core
import large
import measure
import policy
import wire
from agree import SEED, agree, random_subnet
from database import Database, continents
from server import Server

MESSAGES = 100_000
ROWS = measure.ROWS | {"core": core.core, "large": large.large}


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        return udp.getsockname()[1]


def echo(root, port, _):
    """What a query costs the kernel alone."""
    program = root / "echo"
    subprocess.run(["cc", "-O2", "-o", program, "benches/peers/echo.c"], check=True)
    return [str(program), str(port)]


def write_queries(path, database, name):
    """Whole messages with random subnets, in the framing of TCP; `name` gives the labels in front of example.com."""
    dice = random.Random(SEED + 1)
    with open(path, "wb") as file:
        for _ in range(MESSAGES):
            message = wire.query(random_subnet(dice, database), label=name(dice))
            file.write(len(message).to_bytes(2, "big") + message)


def prepare(database):
    """The files that every run needs, kept below target/: (database of the peers, query files)."""
    kept = pathlib.Path("target/peers").absolute()
    kept.mkdir(parents=True, exist_ok=True)
    files = {"nested": database.write_nested,
             "steered": lambda path: write_queries(path, database, lambda _: "api"),
             "missing": lambda path: write_queries(path, database, lambda dice: f"{dice.getrandbits(48):012x}")}
    for name, write in files.items():
        if not (kept / name).exists():
            write(kept / "unfinished")
            (kept / "unfinished").rename(kept / name)
    return kept / "nested", {name: str(kept / name) for name in ("steered", "missing")}


def machine():
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    query = ["dpkg-query", "-W", "gdnsd", "knot", "dnsperf"]
    packages = subprocess.run(query, capture_output=True, text=True, check=False)
    print(time.strftime("%Y-%m-%d %H:%M"), platform.release(), cpu.group(1) if cpu else platform.machine(),
          f"x {os.cpu_count()}, load {os.getloadavg()[0]:.1f};",
          packages.stdout.replace("\t", " ").replace("\n", ", ").rstrip(", "))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--only", default=",".join([*policy.SERVERS, "echo"]), help="servers, separated by commas")
    parser.add_argument("--rows", default=",".join(row for row in ROWS if row != "core"),
                        help=f"rows, separated by commas: {', '.join(ROWS)}; all but core, which compiles the benches first")
    return parser.parse_args()


def main():
    options = arguments()
    machine()
    flat = Database("geoip/geo-whois-asn-country.mmdb", continents("geoip/country_table.tsv"))
    servers = []
    with tempfile.TemporaryDirectory(prefix="peers-") as directory:
        root = pathlib.Path(directory)
        root.chmod(0o755)
        nested, files = prepare(flat)
        try:
            for name in options.only.split(","):
                port = free_port()
                (root / name).mkdir()
                command = (policy.SERVERS | {"echo": echo})[name](root / name, port, nested)
                servers.append(Server(name, command, port, root / name))
            for server in servers:
                server.await_answer(measure.SUBNET)
            agree([server for server in servers if server.name != "echo"], flat)
            for name in options.rows.split(","):
                ROWS[name](servers, files, options)
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
