"""A wildcard bind: the answer comes from the address that was asked, in both families."""

import random
import socket
import subprocess

from asking import NONE, query

TITLE = "reply source on a wildcard bind"
SERVERS = ["meridian"]
AIMS = {"of 100 from elsewhere": NONE}


def run(rig, name):
    port = 5399
    old, new = 'listen = ["127.0.0.1:5300"]', f'listen = ["127.0.0.1:5300", "0.0.0.0:{port}", "[::]:{port}"]'
    rig.start(name, edit=lambda text: text.replace(old, new))
    addresses = [f"2001:db8::{number:x}/128" for number in range(1, 100, 2)]
    try:
        for address in addresses:  # IPv6 answers from addresses that the machine has, not from any route's
            subprocess.run(["ip", "-6", "address", "replace", address, "dev", "lo", "nodad"], check=True)
        return {"of 100 from elsewhere": sum(from_elsewhere(number, port) for number in range(100))}
    finally:
        for address in addresses:  # where only IPv6 is there beside loopback, dnsperf takes 127.0.0.1 for IPv6
            subprocess.run(["ip", "-6", "address", "del", address, "dev", "lo"], check=False)


def from_elsewhere(number, port):
    six = number % 2 == 1
    host = f"2001:db8::{number:x}" if six else f"10.{number}.{random.randrange(256)}.7"
    with socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        client.sendto(query("h1.example.com"), (host, port))
        return client.recvfrom(4096)[1][0] != host
