"""Whole frames that came together are handed on together; what is not whole yet stays for py-amqp to wait for."""

import struct
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.line import Line

FRAMES = st.lists(st.tuples(st.integers(1, 8), st.integers(0, 9), st.binary(max_size=60)), max_size=8)


class Reading(Line):
    """A line that has read `came` and got no further."""

    def __init__(self, came: bytes) -> None:
        self.handed: list[Any] = []
        self.transport = SimpleNamespace(_read_buffer=came)
        inner = SimpleNamespace(transport=self.transport, on_inbound_frame=self.handed.append)
        self._connection = SimpleNamespace(connection=inner)


def sent(frame: tuple[int, int, bytes]) -> bytes:
    kind, channel, payload = frame
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


@given(FRAMES, st.data())
def test_what_is_whole_is_handed_on_in_order_and_the_rest_is_kept(
    frames: list[tuple[int, int, bytes]], data: st.DataObject
) -> None:
    came = b"".join(map(sent, frames))
    cut = data.draw(st.integers(0, len(came)))
    line = Reading(came[:cut])
    line._hand_on()
    whole = len(line.handed)
    assert line.handed == frames[:whole]
    assert b"".join(map(sent, frames[:whole])) + line.transport._read_buffer == came[:cut]
    assert whole == len(frames) or len(line.transport._read_buffer) < len(sent(frames[whole]))


def test_a_frame_without_its_end_is_left_for_py_amqp_to_refuse() -> None:
    came = sent((1, 1, b"good")) + sent((1, 1, b"bad"))[:-1] + b"\0" + sent((1, 1, b"after"))
    line = Reading(came)
    line._hand_on()
    assert line.handed == [(1, 1, b"good")]
    assert line.transport._read_buffer == came[len(sent((1, 1, b"good"))) :]
