"""A process that cannot open a network socket, whatever it or its libraries try."""

import socket
import sys


class NetworkRefused(RuntimeError):
    """Something in this process wanted a socket of a family other than AF_UNIX."""


def enforce() -> None:
    """Refuse every other socket family from now on; it cannot be taken back (sys.addaudithook).

    The image adds the same rule from outside (RestrictAddressFamilies=AF_UNIX); this one also
    holds on a desk, and names the culprit in a traceback.
    """
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.__new__" and arguments[1] not in (socket.AF_UNIX, -1):
        raise NetworkRefused(f"socket family {arguments[1]}: the appliance has no network")
