"""The largest answer to the smallest question: what a forged source would be sent for each octet spent."""

from asking import query, udp

TITLE = "amplification"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "worst octets out/in": ("≤ 21.9", lambda worst: worst <= 21.9),
    "largest answer": ("≤ 1,232", lambda largest: largest <= 1232),
}
NAMES = ["example.com", "big.example.com", "h1.example.com", "api.example.com", "missing.example.com", "ns1.example.com"]
TYPES = [1, 2, 6, 16, 28, 43, 46, 48, 255, 65280]


def run(rig, name):
    server = rig.start(name)
    worst, largest = 0.0, 0
    for asked in NAMES:
        for rtype in TYPES:
            for edns in [None, 512, 1232, 4096, 65535]:
                message = query(asked, rtype, edns=edns)
                answer = udp(server.port, message)
                worst, largest = max(worst, len(answer) / len(message)), max(largest, len(answer))
    return {"worst octets out/in": worst, "largest answer": largest}
