"""A message is a CloudEvent that any CloudEvents library reads."""

from datetime import UTC, datetime

import pytest
from cloudevents.core.bindings.amqp import AMQPMessage, from_amqp, to_structured_event
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pika.spec import BasicProperties

from shared import envelope
from shared.codec import Unreadable, encode
from shared.ids import new_id
from tests.shared.bus.toys import Asked, Item

AT = datetime(2026, 3, 2, 8, 30, 0, 123456, tzinfo=UTC)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
EVENT = Asked(topic="satu", things=(Item(item_id=new_id()),))


def test_the_cloudevents_library_reads_what_is_written_by_hand() -> None:
    event_id = str(new_id())
    sent = envelope.headers(event_id, Asked.TYPE, "satu", AT, TRACE)
    event = from_amqp(AMQPMessage({"content-type": envelope.JSON}, dict(sent), encode(EVENT)), JSONFormat())
    assert (event.get_id(), event.get_type(), event.get_source()) == (event_id, Asked.TYPE, "urn:bangkom:toyask")
    assert (event.get_time(), event.get_subject()) == (AT, "satu")
    assert event.get_extension("traceparent") == TRACE
    assert event.get_data()["topic"] == "satu"  # type: ignore[index, call-overload]


@pytest.mark.parametrize("trace", [TRACE, None])
@pytest.mark.parametrize("key", ["satu", "", "anggaran é"])
def test_the_packed_properties_are_the_headers(trace: str | None, key: str) -> None:
    arguments = ("the-id", Asked.TYPE, key, AT, trace)
    properties = BasicProperties()
    properties.decode(envelope.packed(*arguments))
    assert properties.headers == envelope.headers(*arguments)
    assert (properties.content_type, properties.delivery_mode) == (envelope.JSON, 2)
    assert properties.message_id == "the-id"


def test_binary_mode_is_read_back_with_either_prefix() -> None:
    sent = envelope.headers("an-id", Asked.TYPE, "satu", AT, TRACE)
    for headers in (sent, {name.replace("_", ":"): value for name, value in sent.items()}):
        assert envelope.opened(envelope.JSON, headers, b"{}") == ("an-id", Asked.TYPE, TRACE, b"{}")


def test_structured_mode_is_read_too() -> None:
    attributes = {"id": "an-id", "type": Asked.TYPE, "source": "elsewhere", "time": AT, "traceparent": TRACE}
    message = to_structured_event(CloudEvent(attributes, {"topic": "satu", "things": []}))
    opened = envelope.opened(message.properties["content-type"], {}, message.application_data)
    assert opened == ("an-id", Asked.TYPE, TRACE, b'{"topic":"satu","things":[]}')


@pytest.mark.parametrize(
    ("content_type", "headers", "body"),
    [
        (None, {}, b""),
        (envelope.JSON, {"cloudEvents_id": "x"}, b"{}"),
        (envelope.JSON, {"cloudEvents_id": 7, "cloudEvents_type": "t"}, b"{}"),
        ("application/cloudevents+json", {}, b"not json"),
        ("application/cloudevents+json", {}, b'{"specversion": "1.0"}'),
        ("application/cloudevents+json", {}, b"[]"),
        ("application/cloudevents+json", {}, b"\xff\xfe"),
    ],
)
def test_what_is_no_cloudevent_is_unreadable(content_type: str | None, headers: dict[str, object], body: bytes) -> None:
    with pytest.raises(Unreadable):
        envelope.opened(content_type, headers, body)


def test_a_child_keeps_the_trace_and_gets_a_parent_of_its_own() -> None:
    made = envelope.child(TRACE)
    assert made
    assert made.split("-")[1] == TRACE.split("-")[1]
    assert made.split("-")[2] != TRACE.split("-")[2]
    assert envelope.child("nonsense") is None
    assert envelope.child(None) is None
