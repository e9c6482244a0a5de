"""Drives examples/python/ioncore_frames.py for a test: reads one JSON command a line, prints one JSON answer a line.

Arguments: URL, sysname, container, and how many seconds the clock is wrong. Bytes and moments are `{"$bytes": …}` and `{"$date": …}`.
With the command `serve` it serves the name `python` from then on and reads no more.
"""

import base64
import datetime
import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../examples/python"))

import ioncore_frames as frames  # noqa: E402


def out(value):
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return {"$date": value.isoformat()}
    raise TypeError(repr(value))


def read(mapping):
    if set(mapping) == {"$bytes"}:
        return base64.b64decode(mapping["$bytes"])
    if set(mapping) == {"$date"}:
        return datetime.datetime.fromisoformat(mapping["$date"].replace("Z", "+00:00"))
    return mapping


def tell(value):
    print(json.dumps(value, default=out), flush=True)


def call(member, command):
    reports = []
    kept = {key: command[key] for key in ("timeout_s", "headers") if key in command}
    if command.get("progress"):
        kept["on_progress"] = reports.append
    result = member.call(command["receiver"], command["op"], command.get("content"), **kept)
    return {"result": result, "reports": reports}


def stream(member, command):
    parts, take = [], command.get("take")
    reader = member.stream(command["receiver"], command["op"], command.get("content"), command.get("window", 8))
    for part in reader:
        parts.append(part)
        if len(parts) == take:
            break
    reader.close()
    return {"parts": parts}


def give_up(member, command):
    """Begins a call, and gives it up after a while."""
    conversation = member._request(command["receiver"], command["op"], command.get("content"), 30, None)
    ends_at = time.monotonic() + command["after_s"]
    while time.monotonic() < ends_at:
        member._pump(ends_at - time.monotonic())
    member.cancel(conversation, command["receiver"], "enough")
    return {}


def send(member, command):
    member.send(command["receiver"], command["op"], command.get("content"))
    return {}


def serve(member):
    stopped = []

    def fail(_content, _message):
        raise frames.ServiceError("OutOfStock", "no more pumps", {"left": 0}, 409)

    def count(upto, _message):
        try:
            for number in range(upto):
                yield number
        finally:
            stopped.append(number)

    def slowly(seconds, message):
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            time.sleep(0.05)
            member.progress(message, round(ends_at - time.monotonic(), 2))
        return "done"

    def note(content, _message):
        tell({"noted": content})

    member.serve(
        "python",
        {
            "echo": lambda content, _message: content,
            "fail": fail,
            "crash": lambda _content, _message: 1 / 0,
            "count": count,
            "stopped": lambda _content, _message: stopped,
            "slowly": slowly,
            "sleep": lambda seconds, _message: time.sleep(seconds),
            "left": lambda _content, message: message.left_s,
            "note": note,
        },
    )
    tell({"serving": True})
    member.handle()


def main():
    url, sysname, container, wrong_by_s = sys.argv[1:]
    member = frames.Member(url, sysname, container, lambda: (time.time() + float(wrong_by_s)) * 1000)
    commands = {"call": call, "stream": stream, "give_up": give_up, "send": send}
    for line in sys.stdin:
        command = json.loads(line, object_hook=read)
        if command["do"] == "serve":
            serve(member)
        try:
            tell(commands[command["do"]](member, command))
        except frames.ServiceError as error:
            tell({"error": error.content})
        except TimeoutError as error:
            tell({"timeout": str(error)})


main()
