"""A process that cannot open a network socket, whatever it or its libraries try."""

import errno
import socket

import pyseccomp


class SealFault(Exception):
    """The kernel cannot hold the rule; without it the appliance does not start."""


def enforce() -> None:
    """Let the kernel refuse (EACCES) every socket family but AF_UNIX, for good (seccomp(2)).

    io_uring goes too: it could open sockets past the rule. Children inherit it. Raises SealFault.
    """
    rule = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refuse = pyseccomp.ERRNO(errno.EACCES)
    try:
        rule.add_rule(refuse, "socket", pyseccomp.Arg(0, pyseccomp.NE, socket.AF_UNIX))
        rule.add_rule(refuse, "io_uring_setup")
        rule.load()
    except (OSError, ValueError) as fault:
        raise SealFault(
            f"network: the kernel takes no seccomp rule ({fault}); enable it"
        ) from fault
