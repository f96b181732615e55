"""Who ends the programs of a process that is killed? A shell beside it, which has been told of them.

It reads from a pipe which process groups there are. The pipe ends with the process that writes it, however that ends,
and then all groups are killed that are still noted: also those that spin, that are stopped, or whose first process has
gone. It is deaf to what a terminal sends to everybody, and outlives the process by no more than that.
"""

import contextlib
import os
import subprocess

_EXECUTE = """
trap '' HUP INT QUIT TERM
groups=' '
while read -r change group; do
  if [ "$change" = note ]; then groups="$groups$group "; else groups="${groups%% $group *} ${groups#* $group }"; fi
done
for group in $groups; do kill -s KILL -- "-$group"; done 2> /dev/null
"""
_END_S = 10.0
"""How long the shell may take to be gone."""


class LastWill:
    """What shall end with this process."""

    def __init__(self) -> None:
        ours, self._pipe = os.pipe()
        try:
            self._executor = subprocess.Popen(  # noqa: S603 - our own words
                ["/bin/sh", "-c", _EXECUTE],
                stdin=ours,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        finally:
            os.close(ours)

    def note(self, group: int) -> None:
        """Have a process group killed at our end."""
        self._tell("note", group)

    def strike(self, group: int) -> None:
        """Take one back: it has ended, and its number may become somebody else's."""
        self._tell("strike", group)

    def close(self) -> None:
        """Kill the groups that are noted, as our end would."""
        os.close(self._pipe)
        self._executor.wait(_END_S)

    def _tell(self, change: str, group: int) -> None:
        with contextlib.suppress(BrokenPipeError):  # somebody has killed the shell
            os.write(self._pipe, f"{change} {group}\n".encode())
