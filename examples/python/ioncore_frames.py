#!/usr/bin/python3
"""A member of an Ioncore system written in Python, from docs/wire-protocol.md alone: it calls and serves by frames, as containers do.

Needs pika and msgpack (Debian: python3-pika, python3-msgpack). One thread, so one thing at a time: nothing is read while a handler computes.

    python3 ioncore_frames.py amqp://127.0.0.1 demo hello hello '"you"'
"""

import json
import secrets
import sys
import time
from collections import deque

import msgpack
import pika

CONTENT_TYPE = "application/vnd.ioncore.v1+msgpack"
NONE, REQUEST, AGREE, REFUSE, RESULT, PROGRESS, FAILURE, CANCEL, CREDIT = range(9)
DEFAULTS = [NONE, "", ".", ".", None, None, 0, 1, None]  # of the positions of an envelope
NAMES = ["performative", "conversation", "receiver", "sender", "content", "op", "budget_ms", "attempt", "headers"]


class ServiceError(Exception):
    """An error as it crosses the wire; raise one in a handler to answer with it."""

    def __init__(self, code, message, details=None, status=None):
        super().__init__(f"{code}: {message}")
        self.content = {"code": code, "message": message}
        if details is not None:
            self.content["details"] = details
        if status is not None:
            self.content["status"] = status


class Message:
    """One envelope and the facts of its frame."""

    def __init__(self, positions, origin, own):
        given = positions + [None] * (9 - len(positions))  # what is left out has its default, as nil has
        self.__dict__.update((name, default if value is None else value) for name, value, default in zip(NAMES, given, DEFAULTS))
        self.origin = origin  # the container whose frame it came in
        self.headers = self.headers or {}
        self.sender, self.receiver = absolute(self.sender, origin), absolute(self.receiver, own)


def absolute(name, container):
    """A name that begins with a dot is relative to a container; the dot alone is the container itself."""
    return name if not name.startswith(".") else container if name == "." else container + name


def portable(value):
    """Whole numbers that a double does not hold exactly travel as float 64; the rest is as it is."""
    if isinstance(value, dict):
        return {key: portable(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [portable(element) for element in value]
    return float(value) if isinstance(value, int) and abs(value) >= 2**53 else value


class Waited:
    """How long frames were under way although clocks disagree: the lowest difference seen of a sender lately counts as none."""

    def __init__(self, clock_ms):
        self.clock_ms, self.lowest = clock_ms, {}

    def ms(self, container, sent_at):
        now, difference = time.monotonic(), self.clock_ms() - sent_at
        began, current, before = self.lowest.get(container, (now, difference, difference))
        if now - began >= 10:  # the lowest of one to two spans of ten seconds
            began, current, before = now, difference, current if now - began < 20 else difference
        self.lowest[container] = (began, min(current, difference), before)
        return difference - min(current, before, difference)


class Member:
    """A container of one process, `<container>.1`."""

    def __init__(self, url, sysname, container, clock_ms=lambda: time.time() * 1000):
        self.sysname, self.container, self.clock_ms = sysname, container, clock_ms
        self.waited = Waited(clock_ms)
        self.token, self.count = secrets.token_urlsafe(8), 0  # who has not seen a call cannot answer it
        self.open = {}  # our conversations: what came in each, unread, and the only container that may answer, if it is known
        self.requests = deque()  # (message, the time it has, how to acknowledge its frame)
        self.readers = {}  # of our streams, by container and conversation: the parts they take, and when they were last heard of
        self.cancelled = {}  # (container, conversation): until when it is remembered
        self.services = {}
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self.connection.channel()
        self.confirming = self.connection.channel()
        self.confirming.confirm_delivery()
        self.channel.exchange_declare(sysname, "topic", durable=True)
        self.channel.exchange_declare(f"{sysname}~control", "fanout", durable=True)
        inbox = f"{sysname}~inbox.{container}~1"  # a new connection would be epoch 2
        self.channel.queue_declare(inbox, exclusive=True)
        self.channel.queue_bind(inbox, sysname, f"~{container}.#")
        self.channel.queue_bind(inbox, f"{sysname}~control", "")
        self.channel.basic_consume(inbox, self._on_own, auto_ack=True)
        self.channel.add_on_return_callback(self._on_return)

    @property
    def process(self):
        return f"{self.container}.1"

    # Calling

    def call(self, receiver, op, content=None, timeout_s=15, headers=None, on_progress=None):
        """The result of an operation. Raises ServiceError for what went wrong there, TimeoutError when nothing came in time."""
        headers = {**(headers or {}), **({"protocol": "request"} if on_progress else {})}
        conversation = self._request(receiver, op, content, timeout_s, headers)
        try:
            while True:
                answer = self._answer(conversation, receiver, timeout_s)
                if answer.performative == RESULT:
                    return answer.content
                if answer.performative == PROGRESS:
                    on_progress(answer.content)
        finally:
            del self.open[conversation]

    def stream(self, receiver, op, content=None, window=8, timeout_s=15):
        """The parts of a streaming operation. `timeout_s` is the longest wait for one; to stop early, close the generator."""
        conversation = self._request(receiver, op, content, timeout_s, {"protocol": "stream", "credit": window})
        participant, number, read, ended = receiver, 2, 0, False
        try:
            while True:
                answer = self._answer(conversation, receiver, timeout_s)
                if answer.performative == AGREE:
                    participant = answer.sender
                    continue
                number += 1
                if answer.headers.get("conv-seq") != number:
                    raise ConnectionError("parts of the stream were lost on the way")
                if answer.performative == RESULT:
                    ended = True
                    return
                yield answer.content
                read += 1
                if read * 2 >= window:
                    self._tell(CREDIT, conversation, participant, read)
                    read = 0
        except ServiceError:
            ended = True
            raise
        finally:
            del self.open[conversation]
            if not ended:
                self.cancel(conversation, participant)

    def cancel(self, conversation, receiver, why="its caller gave up", budget_s=15):
        """A service's instances all hear of it, a process alone."""
        error = {"code": "Cancelled", "message": why}
        everybody = self._container_of(receiver) is None
        self._tell(CANCEL, conversation, receiver, error, budget_s * 1000, everybody)

    def send(self, receiver, op, content=None):
        """One way. To a service: the broker has it when this returns; raises ServiceError when nobody has the name."""
        body = self._frame([NONE, None, receiver, self.process, content, op])
        to_service = self._container_of(receiver) is None
        properties = pika.BasicProperties(content_type=CONTENT_TYPE, delivery_mode=2 if to_service else 1)
        channel = self.confirming if to_service else self.channel
        try:
            channel.basic_publish(self.sysname, self._key(receiver), body, properties, mandatory=to_service)
        except pika.exceptions.UnroutableError:
            raise ServiceError("NoReceiver", f"nobody has the name {receiver!r}") from None

    def _request(self, receiver, op, content, timeout_s, headers):
        self.count += 1
        conversation = f"{self.token}#{self.count}"
        self.open[conversation] = (deque(), self._container_of(receiver))
        budget_ms = round(timeout_s * 1000)
        envelope = [REQUEST, conversation, receiver, self.process, content, op, budget_ms, 1, headers or None]
        self._publish(self._key(receiver), envelope, budget_ms, mandatory=True)
        return conversation

    def _answer(self, conversation, receiver, timeout_s):
        answers, ends_at = self.open[conversation][0], time.monotonic() + timeout_s
        while not answers:
            left_s = ends_at - time.monotonic()
            if left_s <= 0:
                raise TimeoutError(f"{receiver} did not answer within {timeout_s} s")
            self._pump(left_s)
        answer = answers.popleft()
        if answer.performative in (FAILURE, REFUSE):
            error = answer.content
            raise ServiceError(error["code"], error["message"], error.get("details"), error.get("status"))
        return answer

    # Serving

    def serve(self, service, operations):
        """Takes requests for a name from now on; {@link handle} handles them. A handler that is a generator answers in parts."""
        queue = f"{self.sysname}.{service}"
        self.services[service] = operations
        self.channel.queue_declare(queue, durable=True)
        self.channel.queue_bind(queue, self.sysname, service)
        self.channel.basic_qos(prefetch_count=1)
        self.channel.basic_consume(queue, self._on_shared)

    def handle(self, seconds=None):
        """Handles what comes, for so long or for ever."""
        ends_at = time.monotonic() + (float("inf") if seconds is None else seconds)
        while time.monotonic() < ends_at:
            self._pump(min(1, ends_at - time.monotonic()))
            while self.requests:
                self._handle(*self.requests.popleft())

    def _handle(self, message, ends_at, settle):
        key = (message.origin, message.conversation)
        if self.cancelled.pop(key, None) is None and time.monotonic() < ends_at:
            try:
                operations = self.services.get(message.receiver.removeprefix(f"{self.sysname}."), {})
                if message.op == "ping":
                    self._reply(message, RESULT, {"pong": "pong"})
                elif message.op not in operations:
                    raise ServiceError("NotFound", f"{message.receiver} has no operation {message.op!r}")
                elif message.redelivered and message.performative == REQUEST:
                    raise ServiceError("Unavailable", "it may have run already", {"executed": "unknown"})
                else:
                    self._run(operations[message.op], message, key)
            except ServiceError as error:
                self._reply(message, FAILURE, error.content)
            except Exception as error:
                self._reply(message, FAILURE, {"code": "Internal", "message": repr(error)})
        settle()

    def _run(self, handler, message, key):
        protocol = message.headers.get("protocol")
        if protocol in ("request", "stream"):
            self._reply(message, AGREE, None)
        result = handler(message.content, message)
        if protocol != "stream":
            self._reply(message, RESULT, result)
            return
        patience_s = message.budget_ms / 1000 * 2 or float("inf")
        reader = self.readers[key] = {"takes": message.headers.get("credit", 1), "heard_at": time.monotonic()}
        number = 2
        try:
            for part in result:
                self._pump(0)  # a cancel may have come
                while reader["takes"] <= 0 and key not in self.cancelled and time.monotonic() - reader["heard_at"] < patience_s:
                    self._pump(1)
                if reader["takes"] <= 0 or key in self.cancelled:
                    result.close()
                    return
                reader["takes"] -= 1
                number += 1
                self._reply(message, PROGRESS, part, {"conv-seq": number})
            self._reply(message, RESULT, None, {"conv-seq": number + 1})
        finally:
            del self.readers[key]

    def progress(self, message, content):
        """Tells a caller that asked for it how far its request has come."""
        self._reply(message, PROGRESS, content)

    def _reply(self, message, performative, content, headers=None):
        if message.performative == REQUEST:
            self._tell(performative, message.conversation, message.sender, content, headers=headers)

    # Frames

    def _tell(self, performative, conversation, receiver, content, budget_ms=None, everybody=False, headers=None):
        envelope = [performative, conversation, receiver, self.process, content, None, budget_ms, None, headers]
        exchange = f"{self.sysname}~control" if everybody else self.sysname
        self._publish("" if everybody else self._key(receiver), envelope, budget_ms, exchange)

    def _publish(self, routing_key, envelope, budget_ms, exchange=None, mandatory=False):
        properties = pika.BasicProperties(content_type=CONTENT_TYPE, expiration=str(budget_ms) if budget_ms else None)
        body = self._frame(envelope)
        self.channel.basic_publish(exchange or self.sysname, routing_key, body, properties, mandatory=mandatory)

    def _frame(self, envelope):
        while envelope[-1] is None:  # defaults at the end are left out
            envelope.pop()
        header = [self.container, self.sysname, round(self.clock_ms())]
        return msgpack.packb([1, header, portable(envelope)], datetime=True)

    def _container_of(self, receiver):
        """The container that a process id names; None for a shared name."""
        container, dot, number = receiver.rpartition(".")
        return container if dot and number.isdigit() else None

    def _key(self, receiver):
        container = self._container_of(receiver)
        return receiver if container is None else f"~{container}"

    def _pump(self, seconds):
        self.connection.process_data_events(time_limit=max(0, seconds))

    def _on_own(self, _channel, method, properties, body):
        self._read(method, properties, body, lambda: None)

    def _on_shared(self, channel, method, properties, body):
        self._read(method, properties, body, lambda: channel.basic_ack(method.delivery_tag))

    def _read(self, method, properties, body, acknowledge):
        try:
            if properties.content_type != CONTENT_TYPE:
                raise ValueError(f"content type {properties.content_type}")
            version, (container, sysname, sent_at, *_), *envelopes = msgpack.unpackb(body, timestamp=3)
            if version != 1 or sysname != self.sysname:
                raise ValueError(f"version {version}, system {sysname}")
            messages = [Message(positions, container, self.container) for positions in envelopes]
        except Exception as error:
            print(f"what came by {method.routing_key} cannot be read: {error}", file=sys.stderr)
            acknowledge()
            return
        unsettled = [len(messages)]

        def settle():
            unsettled[0] -= 1
            if unsettled[0] == 0:  # the frame only travels; its envelopes are what is settled
                acknowledge()

        waited_ms = self.waited.ms(container, sent_at)
        for message in messages:
            message.redelivered = method.redelivered
            self._take(message, waited_ms, settle)

    def _take(self, message, waited_ms, settle):
        left_s = (message.budget_ms - waited_ms) / 1000 if message.budget_ms else float("inf")
        key = (message.origin, message.conversation)
        if left_s <= 0:
            settle()
        elif message.performative in (NONE, REQUEST):
            message.left_s = left_s
            self.requests.append((message, time.monotonic() + left_s, settle))
        elif message.performative == CANCEL:
            now = time.monotonic()
            self.cancelled = {k: until for k, until in self.cancelled.items() if until > now}
            self.cancelled[key] = now + left_s
        elif message.performative == CREDIT:
            if key in self.readers:
                self.readers[key]["takes"] += message.content
                self.readers[key]["heard_at"] = time.monotonic()
        elif message.conversation in self.open:
            answers, asked = self.open[message.conversation]
            if asked in (None, message.origin):
                answers.append(message)

    def _on_return(self, _channel, method, _properties, body):
        """The broker gives back a mandatory frame that nobody is bound to."""
        for positions in msgpack.unpackb(body, timestamp=3)[2:]:
            returned = Message(positions, self.container, self.container)
            if returned.conversation in self.open:
                error = {"code": "NoReceiver", "message": f"nobody has the name {returned.receiver!r}"}
                returned.performative, returned.content = FAILURE, error
                self.open[returned.conversation][0].append(returned)


if __name__ == "__main__":
    url, sysname, service, op, content = sys.argv[1:]
    member = Member(url, sysname, f"python_{secrets.token_hex(4)}")
    print(json.dumps(member.call(service, op, json.loads(content)), default=str))
