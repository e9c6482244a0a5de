#!/usr/bin/python3
"""Serves the name `depth` to Ioncore containers with plain JSON: docs/wire-protocol.md, section 7. Needs pika, nothing of ours.

    python3 json_service.py amqp://127.0.0.1 demo
    ><> await rpc_send('depth', 'measure', { at: 'bow' }, { wire: 'json' })      at a container's prompt
"""

import json
import sys

import pika

SERVICE = "depth"


class ServiceError(Exception):
    """Reaches the caller as an error with this code."""

    def __init__(self, code, message, status=500, **details):
        super().__init__(message)
        self.content = {"code": code, "message": message, "status": status, "details": details}


def measure(content):
    depths = {"bow": 12.5, "stern": 14}
    try:
        return depths[content["at"]]
    except KeyError:
        raise ServiceError("NoSuchPlace", "there is no such place", 404, known=list(depths)) from None


OPERATIONS = {"measure": measure}
IDEMPOTENT = {"measure"}  # running it twice does no harm


def answer_to(op, body, redelivered):
    """The status and content to answer with. Whatever goes wrong is an answer too: nobody shall wait for a timeout."""
    try:
        if op not in OPERATIONS:
            raise ServiceError("NotFound", f"{SERVICE} has no operation {op!r}")
        if redelivered and op not in IDEMPOTENT:  # it went to somebody who was lost, and may have run
            raise ServiceError("Unavailable", "it may have run already", executed="unknown")
        return "OK", OPERATIONS[op](json.loads(body or b"null"))
    except ServiceError as error:
        return "ERROR", error.content
    except Exception as error:
        return "ERROR", {"code": "Internal", "message": repr(error)}


def on_request(channel, method, request, body):
    status, content = answer_to(request.type, body, method.redelivered)
    if request.reply_to:  # without it the message is one-way
        properties = pika.BasicProperties(
            content_type="application/json",
            correlation_id=request.correlation_id,
            headers={"status": status},
        )
        channel.basic_publish("", request.reply_to, json.dumps(content).encode(), properties)
    channel.basic_ack(method.delivery_tag)


if __name__ == "__main__":
    url, sysname = sys.argv[1:]
    channel = pika.BlockingConnection(pika.URLParameters(url)).channel()
    # As containers declare them, so that it does not matter who comes first. Instances share the queue, and the work.
    channel.exchange_declare(sysname, "topic", durable=True)
    channel.queue_declare(f"{sysname}.{SERVICE}", durable=True)
    channel.queue_bind(f"{sysname}.{SERVICE}", sysname, SERVICE)
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume(f"{sysname}.{SERVICE}", on_request)
    try:
        print("ready", flush=True)
        channel.start_consuming()
    except KeyboardInterrupt:
        pass
