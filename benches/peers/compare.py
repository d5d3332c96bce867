"""Starts the servers, compares 1,000 answers, then drives them in turn and prints what a query costs each.

Limits: one processor for the server, one for the client, loopback; CPU ticks are 10 ms.
"""

import argparse
import ipaddress
import os
import pathlib
import platform
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import policy
import wire
from database import Database, continents

SAMPLES = 1_000
MESSAGES = 200_000
SEED = 20_261_120
WARM_UP = 1
TICK = os.sysconf("SC_CLK_TCK")
# IANA's special-purpose registries: never a country to Meridian
SPECIAL = [ipaddress.ip_network(text) for text in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    "2620:4f:8000::/48", "5f00::/16",
)]


class Server:
    """One server at work on processor 0."""

    def __init__(self, name, command, port, root):
        self.name, self.port = name, port
        self.log = open(root / "log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(["taskset", "-c", "0", *command], stdout=self.log, stderr=self.log)

    def await_answer(self, subnet):
        for _ in range(300):
            try:
                wire.ask(self.port, subnet, timeout=0.1)
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        self.log.seek(0)
        sys.exit(f"{self.name} does not answer:\n{self.log.read()}")

    def cpu(self):
        """Seconds of user and system time so far."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        fields = stat.rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        return udp.getsockname()[1]


def random_subnet(dice, database):
    if dice.random() < 0.9:
        return ipaddress.ip_network((dice.randrange(1 << 24, 224 << 24) & ~0xFF, 24))
    return database.random_six(dice)


def rule(subnet, database):
    """The rule by which Meridian may differ from a look-up of one address; None where there is none."""
    if any(subnet.version == block.version and subnet.overlaps(block) for block in SPECIAL):
        return "special-purpose space is never a country"
    if len(database.countries(subnet)) > 1:
        return "a block of several countries: the largest share leads"
    return None


def agree(servers, database):
    """Prints every difference; fails on one that no rule explains."""
    dice, unexplained, explained, spread = random.Random(SEED), 0, 0, {}
    for _ in range(SAMPLES):
        subnet = random_subnet(dice, database)
        answers = {server.name: wire.ask(server.port, subnet) for server in servers}
        meant = {(rcode, addresses) for rcode, addresses, _ in answers.values()}
        for rcode, addresses, _ in answers.values():
            key = ", ".join(sorted(addresses)) or rcode
            spread[key] = spread.get(key, 0) + 1
        if len(meant) == 1 and all(rcode == "NOERROR" and addresses for rcode, addresses in meant):
            continue
        why = rule(subnet, database)
        explained, unexplained = explained + (why is not None), unexplained + (why is None)
        said = " ".join(f"{name}={','.join(sorted(a)) or rcode}" for name, (rcode, a, _) in answers.items())
        print(f"  {subnet}: {said}: {why or 'NO RULE EXPLAINS THIS'}")
    same = SAMPLES - explained - unexplained
    print(f"answers: {same} of {SAMPLES} the same, {explained} differ by rule, {unexplained} unexplained")
    print("         " + ", ".join(f"{count // len(servers)} x {key}" for key, count in sorted(spread.items())))
    if unexplained or len(spread) < len(policy.REGIONS):
        sys.exit("the servers do not do the same work: nothing was measured")


def write_queries(path, database):
    dice = random.Random(SEED + 1)
    with open(path, "wb") as file:
        for _ in range(MESSAGES):
            message = wire.query(random_subnet(dice, database))
            file.write(len(message).to_bytes(2, "big") + message)


def drive(server, queries, seconds):
    """µs of CPU per completed query, and what dnsperf says."""
    before = server.cpu()
    output = subprocess.run(
        ["taskset", "-c", "1", "dnsperf", "-s", "127.0.0.1", "-p", str(server.port), "-B", "-d", queries,
         "-l", str(seconds), "-c", "32", "-q", "1000"],
        check=True, capture_output=True, text=True).stdout
    used = server.cpu() - before

    def number(label):
        found = re.search(label + r":\s+(\d+)", output)
        return int(found.group(1)) if found else 0

    completed = number("Queries completed")
    if not completed:
        sys.exit(f"{server.name} completed nothing:\n{output}")
    rcodes = re.search(r"Response codes:\s+(.*)", output)
    return {"cost": used / completed * 1e6, "rate": completed / seconds, "lost": number("Queries lost"),
            "rcodes": rcodes.group(1) if rcodes else "none"}


def measure(servers, queries, rounds, seconds):
    results = {server.name: [] for server in servers}
    for server in servers:
        drive(server, queries, WARM_UP)
    for turn in range(rounds):
        for server in servers[turn % len(servers):] + servers[: turn % len(servers)]:
            result = drive(server, queries, seconds)
            results[server.name].append(result)
            print(f"  round {turn + 1} {server.name:9} {result['cost']:6.3f} µs/query {result['rate']:9.0f}/s "
                  f"lost {result['lost']} {result['rcodes']}")
    return results


def report(results):
    print(f"{'server':9} {'µs CPU/query':>12} {'min':>6} {'max':>6} {'lost':>6}")
    for name, rounds in results.items():
        costs = [result["cost"] for result in rounds]
        lost = sum(result["lost"] for result in rounds)
        print(f"{name:9} {statistics.median(costs):12.3f} {min(costs):6.3f} {max(costs):6.3f} {lost:6}")
    first, *others = results
    for other in others:
        ratios = [mine["cost"] / theirs["cost"] for mine, theirs in zip(results[first], results[other])]
        print(f"{first} / {other}: {statistics.median(ratios):.3f} "
              f"(rounds: {', '.join(f'{ratio:.3f}' for ratio in ratios)})")


def machine():
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    query = ["dpkg-query", "-W", "gdnsd", "knot", "dnsperf"]
    packages = subprocess.run(query, capture_output=True, text=True, check=False)
    print(time.strftime("%Y-%m-%d"), platform.release(), cpu.group(1) if cpu else platform.machine(),
          f"x {os.cpu_count()};", packages.stdout.replace("\t", " ").replace("\n", ", ").rstrip(", "))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=int, default=5)
    arguments.add_argument("--only", default=",".join(policy.SERVERS), help="names, separated by commas")
    options = arguments.parse_args()
    machine()
    flat = Database("geoip/geo-whois-asn-country.mmdb", continents("geoip/country_table.tsv"))
    servers = []
    with tempfile.TemporaryDirectory(prefix="peers-") as directory:
        root = pathlib.Path(directory)
        root.chmod(0o755)
        nested, queries = root / "country.mmdb", root / "queries"
        flat.write_nested(nested)
        write_queries(queries, flat)
        try:
            for name in options.only.split(","):
                port = free_port()
                (root / name).mkdir()
                command = policy.SERVERS[name](root / name, port, nested)
                servers.append(Server(name, command, port, root / name))
            for server in servers:
                server.await_answer(ipaddress.ip_network("192.0.2.0/24"))
            agree(servers, flat)
            report(measure(servers, str(queries), options.rounds, options.seconds))
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
