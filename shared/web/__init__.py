"""The HTTP side of a service: doors that translate and call a handler, one error shape, one app factory."""

from shared.web.door import Door

__all__ = ["Door"]
