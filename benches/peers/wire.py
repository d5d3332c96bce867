"""DNS messages: one question with a client subnet out, addresses and scope back."""

import ipaddress
import socket
import struct

ORIGIN = b"\x07example\x03com\x00"
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


def query(subnet, identifier=0, label="api"):
    """LABEL.example.com A, with OPT 1232 and the subnet (RFC 7871)."""
    family = 1 if subnet.version == 4 else 2
    octets = subnet.network_address.packed[: (subnet.prefixlen + 7) // 8]
    ecs = struct.pack("!HBB", family, subnet.prefixlen, 0) + octets
    option = struct.pack("!HH", 8, len(ecs)) + ecs
    opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, len(option)) + option
    name = bytes([len(label)]) + label.encode() + ORIGIN
    return struct.pack("!HHHHHH", identifier, 0, 1, 0, 0, 1) + name + struct.pack("!HH", 1, 1) + opt


def skip_name(message, at):
    while message[at]:
        if message[at] >= 0xC0:
            return at + 2
        at += message[at] + 1
    return at + 1


def read(message):
    """(rcode, addresses, scope) of an answer; scope None without ECS."""
    counts = struct.unpack("!HHHH", message[4:12])
    at = 12
    for _ in range(counts[0]):
        at = skip_name(message, at) + 4
    addresses, scope = set(), None
    for _ in range(sum(counts[1:])):
        at = skip_name(message, at)
        rtype, _, _, length = struct.unpack("!HHIH", message[at: at + 10])
        data = message[at + 10: at + 10 + length]
        at += 10 + length
        if rtype == 1:
            addresses.add(str(ipaddress.ip_address(data)))
        while rtype == 41 and len(data) >= 4:
            code, size = struct.unpack("!HH", data[:4])
            if code == 8:
                scope = data[7]
            data = data[4 + size:]
    return RCODES.get(message[3] & 15, "OTHER"), frozenset(addresses), scope


def ask(port, subnet, timeout=2.0):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(timeout)
        client.connect(("127.0.0.1", port))
        client.send(query(subnet, 4711))
        return read(client.recv(4096))
