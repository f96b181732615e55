"""Which durable executions are there? By ARN, by name, by callback; and on the disk, if anything lasts."""

from collections.abc import Iterator

from eventsim.durable.execution import Execution
from eventsim.durable.operation import Operation
from eventsim.durable.run import Run
from eventsim.errors import ApiError
from eventsim.source import Transit


class Book:
    """All executions that are known.

    Args:
        transit: keeps them for the next server, None if nothing outlives the run.
    """

    def __init__(self, transit: Transit | None) -> None:
        self._transit = transit
        self._runs: dict[str, Run] = {}
        self._by_name: dict[tuple[str, str], Run] = {}
        self._by_callback: dict[str, tuple[Run, str]] = {}

    def __iter__(self) -> Iterator[Run]:
        return iter(list(self._runs.values()))

    def left(self) -> Iterator[tuple[int, Execution]]:
        """Yield, once, what an earlier server left, under the numbers that it has on the disk.

        Raises:
            StorageError: it cannot be read.
        """
        if self._transit is not None:
            yield from self._transit.left(Execution)

    def add(self, run: Run) -> None:
        """Take an execution in, and keep it."""
        execution = run.execution
        start = execution.start
        self._runs[start.arn] = self._by_name[start.function, start.name] = run
        for operation in execution.operations.values():
            self.note_callback(run, operation)
        if self._transit is not None and not run.number:
            run.number = self._transit.new_number()
        self.keep(run)

    def get(self, arn: str) -> Run | None:
        """Return the execution with this ARN, None if there is none, or no more."""
        return self._runs.get(arn)

    def named(self, function: str, name: str) -> Run | None:
        """Return a function's execution of this name, None if there is none, or no more."""
        return self._by_name.get((function, name))

    def note_callback(self, run: Run, operation: Operation) -> None:
        """Remember which callback an operation waits for, if it does."""
        if operation.callback_id:
            self._by_callback[operation.callback_id] = (run, operation.id)

    def callback(self, callback_id: str) -> tuple[Run, Operation]:
        """Return who waits for a callback.

        Raises:
            ApiError: nobody does, or no more.
        """
        found = self._by_callback.get(callback_id)
        if found is None:
            message = "Callback does not exist"  # unconfirmed
            raise ApiError("ResourceNotFoundException", message, status=404, fields={"Type": "User"})
        run, name = found
        operation = run.execution.operations[name]
        if run.execution.is_over or not operation.is_awaited:
            message = (
                "The callback ID token has either expired or the callback associated with the token has already been "
                "closed."
            )
            raise ApiError("CallbackTimeoutException", message, fields={"Type": "User"})
        return run, operation

    def keep(self, run: Run) -> None:
        """Have an execution go on with the next server as it is now."""
        if self._transit is not None:
            self._transit.put(run.number, lambda: run.execution)

    def forget(self, run: Run) -> None:
        """Let an execution be unknown from now on, if it is not yet."""
        start = run.execution.start
        if self._runs.pop(start.arn, None) is None:
            return
        if self._by_name.get((start.function, start.name)) is run:
            del self._by_name[start.function, start.name]
        for operation in run.execution.operations.values():
            self._by_callback.pop(operation.callback_id, None)
        if self._transit is not None:
            self._transit.drop(run.number)
