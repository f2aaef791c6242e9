#!/usr/bin/env python3
"""The bus from Python, with the standard library alone.

    python3 word-count.py respond              answers requests to words.count: how many words a text has
    python3 word-count.py ask "how many are we"

JRCTL_SOCKET says where the daemon is: a worker's environment has it, `jrctl status --json` tells it too. Within a task,
JRCTL_ATTEMPT_KEY is there as well, and by it the other side knows which Jr asks.
"""
import http.client
import json
import os
import socket
import sys


class Daemon(http.client.HTTPConnection):
    """HTTP over the daemon's unix socket."""

    def __init__(self):
        super().__init__("localhost")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(os.environ["JRCTL_SOCKET"])


def headers():
    key = os.environ.get("JRCTL_ATTEMPT_KEY")
    own = {"content-type": "application/json", "x-jrctl-actor": "word-count.py"}
    return {**own, "authorization": f"Bearer {key}"} if key else own


def post(path, body):
    connection = Daemon()
    connection.request("POST", path, json.dumps(body), headers())
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    if response.status >= 400:
        raise RuntimeError(answer["error"]["message"])
    return answer


def events(path):
    """Server-sent events: (name, data) until the daemon ends the stream."""
    connection = Daemon()
    connection.request("GET", path, headers=headers())
    response = connection.getresponse()
    if response.status >= 400:
        raise RuntimeError(json.loads(response.read())["error"]["message"])
    name = "message"
    for line in response:
        text = line.decode().rstrip("\n")
        if text.startswith("event: "):
            name = text[len("event: "):]
        elif text.startswith("data: "):
            yield name, json.loads(text[len("data: "):])


def respond():
    for name, request in events("/v1/bus/subscribe?topic=words.count&respond=true"):
        if name == "ready":
            print("ready", flush=True)
        if name == "request":
            text = request["data"]
            reply = {"data": len(text.split())} if isinstance(text, str) else {"error": "a text is wanted"}
            try:
                post("/v1/bus/reply", {"request_id": request["request_id"], **reply})
            except RuntimeError as refused:  # Who asked has left, or waits no longer: the next one is served all the same.
                print(refused, file=sys.stderr, flush=True)


def ask(text):
    answer = post("/v1/bus/request", {"topic": "words.count", "data": text, "timeout_ms": 5000})
    print(answer["data"] if answer["ok"] else f"error: {answer['error']}")


if __name__ == "__main__":
    try:
        if sys.argv[1:] == ["respond"]:
            respond()
        elif len(sys.argv) == 3 and sys.argv[1] == "ask":
            ask(sys.argv[2])
        else:
            sys.exit("usage: word-count.py respond | ask TEXT")
    except RuntimeError as refused:
        sys.exit(str(refused))
