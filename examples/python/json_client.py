#!/usr/bin/python3
"""Calls an operation of an Ioncore service with plain JSON: docs/wire-protocol.md, section 7. Needs pika, nothing of ours.

    python3 json_client.py amqp://127.0.0.1 demo hello hello '"you"'
"""

import json
import sys
import uuid

import pika


class ServiceError(Exception):
    """What the service answered instead of a result: `code` for programs, `details` with the particulars."""

    def __init__(self, code, message, details=None):
        super().__init__(f"{code}: {message}")
        self.code, self.details = code, details or {}


class JsonClient:
    def __init__(self, url, sysname):
        self.sysname, self.outcomes = sysname, {}  # of the calls that wait, by correlation id
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self.connection.channel()
        # Containers answer only in queues that the broker named itself, so that nobody can be made to fill another's.
        self.inbox = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.basic_consume(self.inbox, self._on_answer, auto_ack=True)
        self.channel.add_on_return_callback(self._on_return)

    def call(self, service, op, content=None, timeout_s=15):
        """The result. Raises ServiceError for what the service says, and TimeoutError when it says nothing."""
        call_id = str(uuid.uuid4())
        properties = pika.BasicProperties(
            content_type="application/json",
            type=op,
            reply_to=self.inbox,
            correlation_id=call_id,
            expiration=str(round(timeout_s * 1000)),  # nobody begins it after that
        )
        self.outcomes[call_id] = None
        self.channel.basic_publish(self.sysname, service, json.dumps(content).encode(), properties, mandatory=True)
        late = TimeoutError(f"{service}.{op} did not answer within {timeout_s} s")
        timer = self.connection.call_later(timeout_s, lambda: self._settle(call_id, late))
        while self.outcomes[call_id] is None:
            self.connection.process_data_events(time_limit=None)
        self.connection.remove_timeout(timer)
        outcome = self.outcomes.pop(call_id)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome["result"]

    def _settle(self, call_id, outcome):
        if call_id in self.outcomes:  # else nobody waits any more
            self.outcomes[call_id] = outcome

    def _on_answer(self, _channel, _method, properties, body):
        content = json.loads(body)
        if (properties.headers or {}).get("status") == "ERROR":
            error = ServiceError(content["code"], content["message"], content.get("details"))
            self._settle(properties.correlation_id, error)
        else:
            self._settle(properties.correlation_id, {"result": content})

    def _on_return(self, _channel, method, properties, _body):
        """The broker gives back a mandatory message that nobody is bound to."""
        error = ServiceError("NoReceiver", f"nobody has the name {method.routing_key!r}")
        self._settle(properties.correlation_id, error)


if __name__ == "__main__":
    url, sysname, service, op, content = sys.argv[1:]
    print(json.dumps(JsonClient(url, sysname).call(service, op, json.loads(content))))
