"""Does nothing outlive a process that was killed? Its pipe is closed by the kernel, here by hand."""

import signal
import subprocess

from eventsim.live.last_will import LastWill


def spinning() -> "subprocess.Popen[bytes]":
    """Start a program that spins, in a process group of its own."""
    return subprocess.Popen(["/bin/sh", "-c", "while :; do :; done"], process_group=0)


def test_what_is_noted_ends_with_us() -> None:
    """All of it, and it spins; what was struck is let alone."""
    will = LastWill()
    programs = [spinning() for _ in range(4)]
    for program in programs:
        will.note(program.pid)
    for program in programs[1:3]:
        will.strike(program.pid)
    programs[3].send_signal(signal.SIGSTOP)

    try:
        will.close()

        assert [programs[index].wait(10) for index in (0, 3)] == [-signal.SIGKILL] * 2
        assert [programs[index].poll() for index in (1, 2)] == [None, None]
    finally:
        for program in programs:
            program.kill()
            program.wait()
