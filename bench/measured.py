"""Runs a command and writes what it took: `python -S -E measured.py RESULT COMMAND…`, RESULT being a file.

In a process of its own because a child begins with its parent's largest memory as its own; this one has some
9 MiB. RESULT holds CPU and wall time in seconds, the peak in KiB and the exit status.
"""

import os
import sys
import time


def main() -> None:
    result, *words = sys.argv[1:]
    started = time.monotonic()
    _, status, used = os.wait4(os.posix_spawnp(words[0], words, os.environ), 0)
    wall_s = time.monotonic() - started
    with open(result, "w") as file:
        file.write(
            f"{used.ru_utime + used.ru_stime} {wall_s} {used.ru_maxrss} {os.waitstatus_to_exitcode(status)}"
        )


main()
