"""Whether recovered servers accept connections, asked from inside of the recovery network by the check Tcp.

Event: {"Action": "tcp", "Hosts": ["10.100.2.7"], "Port": 5432}
Answer: {"ok": true, "answers": {"10.100.2.7": null}}, with what went wrong instead of null
"""
import socket
from concurrent.futures import ThreadPoolExecutor

SECONDS = 5
AT_ONCE = 64


def miss(host, port):
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except OSError as e:
        return str(e)
    return None


def handler(event, context):
    if event.get("Action") != "tcp":
        raise ValueError('Action is "tcp"')
    hosts, port = event["Hosts"], int(event["Port"])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = dict(zip(hosts, pool.map(lambda host: miss(host, port), hosts)))
    return {"ok": bool(hosts) and not any(answers.values()), "answers": answers}
