"""The publish limit: AMQP frames made once and written to a bare socket, confirms counted, at most 1000 on the way."""

import socket
import struct
import time
from urllib.parse import unquote, urlsplit

WINDOW = 1000
_END = b"\xce"


def publish(url: str, exchange: str, routing_key: str, body: bytes, count: int) -> float:
    """Seconds from the first message written until the last is confirmed."""
    raw = _Socket(url)
    try:
        message = raw.frames_of(exchange, routing_key, body)
        chunk = 50
        began = time.perf_counter()
        sent = confirmed = 0
        while confirmed < count:
            while sent < count and sent - confirmed <= WINDOW - chunk:
                more = min(chunk, count - sent)
                raw.socket.sendall(message * more)
                sent += more
            confirmed = max(confirmed, raw.confirmed(confirmed))
        return time.perf_counter() - began
    finally:
        raw.socket.close()


class _Socket:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 5672), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self._loose: set[int] = set()
        self._low = 0
        self.socket.sendall(b"AMQP\x00\x00\x09\x01")
        self._method(10, 10)
        login = f"\0{unquote(parts.username or 'guest')}\0{unquote(parts.password or 'guest')}".encode()
        start_ok = b"\x00\x00\x00\x00" + _short("PLAIN") + struct.pack(">I", len(login)) + login + _short("en_US")
        self._send(0, 10, 11, start_ok)
        self._method(10, 30)
        self._send(0, 10, 31, struct.pack(">HIH", 16, 131072, 0))
        self._send(0, 10, 40, _short(unquote(parts.path[1:]) or "/") + b"\x00\x00")
        self._method(10, 41)
        self._send(1, 20, 10, b"\x00")
        self._method(20, 11)
        self._send(1, 85, 10, b"\x00")
        self._method(85, 11)

    def frames_of(self, exchange: str, routing_key: str, body: bytes) -> bytes:
        publish = struct.pack(">HHH", 60, 40, 0) + _short(exchange) + _short(routing_key) + b"\x00"
        properties = struct.pack(">H", 1 << 15 | 1 << 12) + _short("application/json") + b"\x02"
        header = struct.pack(">HHQ", 60, 0, len(body)) + properties
        return _frame(1, 1, publish) + _frame(2, 1, header) + _frame(3, 1, body)

    def confirmed(self, so_far: int) -> int:
        """Read what is there; how many are confirmed. Acks come out of order, so loose tags are kept."""
        self._buffer += self.socket.recv(65536)
        at = 0
        while len(self._buffer) - at >= 8:
            kind, _, size = struct.unpack_from(">BHI", self._buffer, at)
            if len(self._buffer) - at < size + 8:
                break
            if kind == 1:
                number, method = struct.unpack_from(">HH", self._buffer, at + 7)
                if (number, method) != (60, 80):
                    raise RuntimeError(f"the broker said {number}.{method}")
                tag, multiple = struct.unpack_from(">QB", self._buffer, at + 11)
                if multiple:
                    self._low = max(self._low, tag)
                else:
                    self._loose.add(tag)
            at += size + 8
        self._buffer = self._buffer[at:]
        self._loose = {tag for tag in self._loose if tag > self._low}
        while self._low + 1 in self._loose:
            self._low += 1
            self._loose.discard(self._low)
        return max(so_far, self._low)

    def _send(self, channel: int, number: int, method: int, arguments: bytes) -> None:
        self.socket.sendall(_frame(1, channel, struct.pack(">HH", number, method) + arguments))

    def _method(self, number: int, method: int) -> None:
        head = self._exactly(7)
        kind, _, size = struct.unpack(">BHI", head)
        payload = self._exactly(size + 1)
        if kind != 1 or struct.unpack_from(">HH", payload) != (number, method):
            raise RuntimeError("the broker did not answer as expected")

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise RuntimeError("the broker closed the connection")
            data += more
        return data


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + _END


def _short(value: str) -> bytes:
    return bytes((len(value),)) + value.encode()
