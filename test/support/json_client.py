"""Calls operations as a stranger would: plain JSON over AMQP, with pika and nothing of ours.

Reads one JSON object from standard input: `url`, `exchange`, `key`, `reply` (`queue`: an exclusive queue that the broker
names; `direct`: RabbitMQ's direct reply-to) and `messages`, each with `body` (text) and perhaps `type`, `content_type`,
`correlation_id` and `headers`. Sends one after the other, waits for each answer, and prints the answers as JSON.
"""

import json
import sys

import pika

DIRECT = "amq.rabbitmq.reply-to"
WITHIN_S = 10


def main():
    task = json.load(sys.stdin)
    connection = pika.BlockingConnection(pika.URLParameters(task["url"]))
    try:
        channel = connection.channel()
        if task["reply"] == "direct":
            reply_to = DIRECT
        else:
            reply_to = channel.queue_declare("", exclusive=True).method.queue
        answers = []
        channel.basic_consume(reply_to, lambda *delivery: answers.append(delivery), auto_ack=True)
        json.dump([call(connection, channel, task, reply_to, message, answers) for message in task["messages"]], sys.stdout)
    finally:
        connection.close()


def call(connection, channel, task, reply_to, message, answers):
    properties = pika.BasicProperties(
        reply_to=reply_to,
        type=message.get("type"),
        content_type=message.get("content_type"),
        correlation_id=message.get("correlation_id"),
        headers=message.get("headers"),
    )
    answers.clear()
    channel.basic_publish(task["exchange"], task["key"], message["body"].encode(), properties)
    connection.call_later(WITHIN_S, lambda: answers.append(None))
    while not answers:
        connection.process_data_events(time_limit=None)
    if answers[0] is None:
        sys.exit(f"no answer to {message} within {WITHIN_S} s")
    _channel, _method, props, body = answers[0]
    return {
        "correlation_id": props.correlation_id,
        "content_type": props.content_type,
        "headers": props.headers,
        "content": json.loads(body),
    }


main()
