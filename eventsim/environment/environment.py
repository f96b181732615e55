"""Where does a handler run? In an execution environment: init, invocations one after another, shutdown.

Rules (documented, unless they say otherwise):

1. A cold start runs the init phase before the invocation begins; the invocation's time counts from its own begin.
2. An init that fails or lasts longer than 10 s is run again *inside* the invocation ("suppressed init"), in a new
   process. Its time is part of the invocation's, and the function's timeout ends it.
3. A timeout, an exit or want of memory resets the environment: the process is gone with all that it knew, `/tmp` stays,
   and the next invocation begins with a suppressed init. An exception, or a result that is no JSON, resets nothing.
4. Threads that outlive an invocation freeze with its answer and thaw with the next invocation.
5. Modelled duration is spent after the code and before its answer leaves. What would end at the deadline or later is a
   timeout *at* the deadline, whatever the code does meanwhile.

An environment is idle or busy; whether an idle one has expired is worked out when somebody looks.
"""

import contextlib
import json
import shutil
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, Literal

from eventsim.environment.init_phase import InitPhase
from eventsim.environment.invoke_phase import InvokePhase
from eventsim.environment.logs import log_stream_name
from eventsim.environment.premises import Ground, Premises
from eventsim.environment.retinue import APIS_FOR_EXTENSIONS, Reason, Reply, Retinue
from eventsim.environment.runtime_process import Equipment, Process
from eventsim.faults import Fault
from eventsim.function.duration import Constant, DurationModel, Measured, sampler, scaled_to_cpu_share
from eventsim.function.function import FunctionVersion
from eventsim.handler.output import stand_in_front
from eventsim.invocation import Invocation
from eventsim.limits import (
    DURATION_DEFAULT_US,
    ENVIRONMENT_AGE_MAX_S,
    ENVIRONMENT_IDLE_EXPIRY_S,
    INIT_DURATION_DEFAULT_US,
)
from eventsim.outcome import Attempt
from eventsim.wire.http import HttpRequest

InitializationType = Literal["on-demand", "provisioned-concurrency"]

_DEFAULT_DURATIONS = (Constant(DURATION_DEFAULT_US), Constant(INIT_DURATION_DEFAULT_US))
_AGE_MAX_US, _IDLE_EXPIRY_US = ENVIRONMENT_AGE_MAX_S * 1_000_000, ENVIRONMENT_IDLE_EXPIRY_S * 1_000_000


class Host:
    """Opens the environments of a run, all on the same ground."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._premises: dict[tuple[str, str], Premises] = {}
        """By function and number: what an update has replaced is forgotten."""
        self._numbers: dict[str, int] = {}

    def open(self, version: FunctionVersion, initialization_type: InitializationType = "on-demand") -> "Environment":
        """Create an environment for one version; it is cold until `invoke` or `prepare`."""
        key = version.function, version.version
        premises = self._premises.get(key)
        if premises is None or premises.version is not version:
            premises = self._premises[key] = Premises(self._ground, version)
        number = self._numbers[version.function] = self._numbers.get(version.function, 0) + 1
        return Environment(premises, number, initialization_type)


class Environment:
    """One execution environment of one version of a function. It runs one invocation at a time.

    Attributes:
        version: what it runs; an update of the function makes a new version object, so compare by identity.
        number: counted from 1 for each function, in order of creation.
        subject: its subject in the trace.
        log_stream: the name of its log stream.
        born_us: when it was created.
        idle_since_us: when its last invocation (or its preparation) ended.
        expires_us: when it is given up if it stays idle: idle for too long, or too old.
        is_busy: whether an invocation or a preparation is going on, or extensions are not done with the last one.
        retinue: its extensions, None if it has none.
    """

    def __init__(
        self,
        premises: Premises,
        number: int,
        initialization_type: InitializationType,
    ) -> None:
        ground, version = premises.ground, premises.version
        chance, name = ground.chance, version.function
        self.ground = ground
        self.premises = premises
        self.version = version
        self.number = number
        self.initialization_type = initialization_type
        self.subject = ground.trace.subject("environment", f"{name}/{number}")
        self.log_stream = log_stream_name(
            version, ground.clock.date().strftime("%Y/%m/%d"), chance.hex_ids(32, "log stream", name, number)()
        )
        self.born_us = ground.loop.now_us
        self._dies_us = self.born_us + _AGE_MAX_US
        self.rest(self.born_us)
        self.process: Process | None = None
        self.retinue: Retinue | None = None
        self._freed: Callable[[], object] | None = None
        self.is_initialised = False
        """Whether the init phase is over, well or badly: it runs once."""
        self.log_subject = self.subject
        self.log_cause = 0
        self._luck = chance.stream("environment", name, number)
        self._tmp_path = ground.tmp_root / f"{name}-{number}"
        self.is_measured = isinstance(version.duration, Measured)
        self.duration_us = self._sampler(version.duration, "duration")
        self.init_duration_us = self._sampler(version.init_duration, "init duration")

    def prepare(self, done: Callable[[bool], None]) -> None:
        """Run the init phase ahead of any invocation (provisioned concurrency); `done(is_ready)` once it has ended."""
        self.is_busy = True

        def ended(_: int, is_ready: bool) -> None:
            self.rest(self.ground.loop.now_us)
            self.freeze()
            done(is_ready)

        InitPhase(self, self.subject, 0, ended).run()

    def invoke(self, invocation: Invocation, done: Callable[[Attempt], None], fault: Fault | None = None) -> None:
        """Run one attempt; `done(attempt)` is called exactly once, later, at the virtual instant at which it ends.

        By then the environment is idle again (`is_busy` is False) unless extensions are at work in it, and
        `attempt.outcome.resets` tells whether its memory is lost; it may be used again either way.
        """
        self.is_busy = True
        phase = InvokePhase(self, invocation, done, fault)
        if self.is_initialised:
            phase.begin(invocation.cause)
        else:
            InitPhase(self, invocation.subject, invocation.cause, phase.begin_after_init).run()

    @property
    def tmp_folder(self) -> str:
        """The folder that is its `/tmp`."""
        self._tmp_path.mkdir(parents=True, exist_ok=True)
        return str(self._tmp_path)

    def rest(self, now_us: int) -> None:
        """Be idle from now on."""
        self.is_busy = False
        self.idle_since_us = now_us
        idle_until_us = now_us + _IDLE_EXPIRY_US
        self.expires_us = idle_until_us if idle_until_us < self._dies_us else self._dies_us

    def when_idle(self, freed: Callable[[], object]) -> None:
        """Let one be told, once, when what goes on after an answer has come to its end."""
        self._freed = freed

    def close(self) -> None:
        """Shut down: stop whatever still runs in it and delete its `/tmp`."""
        self.send_off("spindown", lambda: shutil.rmtree(self._tmp_path, ignore_errors=True))

    # --- for the phases below --------------------------------------------------------------------------

    def start_process(self) -> Process:
        """Start the runtime's process, in place of one that is of no use any more; the handler is not loaded yet."""
        self.stop_process()
        stand_in_front()
        version, premises = self.version, self.premises
        environ = {
            **premises.variables,
            "AWS_LAMBDA_INITIALIZATION_TYPE": self.initialization_type,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            **version.environment,
        }
        equipment = Equipment(
            clock=self.ground.clock,
            luck=self._luck,
            environ=environ,
            tmp_path=self._tmp_path,
            machine_folders=self.ground.machine_folders,
            marshaller=premises.marshaller,
            paths=premises.paths,
            platform_log=premises.log,
            record=self.log,
            daemon=self.ground.segments.take_datagram,
            registry=_Registry(self),
        )
        self.process = self.ground.start_process(version, equipment)
        if version.extensions:
            surroundings = self.process.surroundings
            surroundings.extensions = self.ground.start_extensions(version, surroundings)
        if premises.extension_programs:
            self.attend()
        return self.process

    def attend(self) -> Retinue:
        """Return its extensions, those of its process among them; they begin to be looked after."""
        if self.retinue is None:
            self.retinue = self.ground.start_retinue(self)
            assert self.process is not None, "it has just begun"
            self.process.stream.heard = self._tell_of_text
        return self.retinue

    def _tell_of_text(self, text: str) -> None:
        """Tell subscribers of what user code logs; JSON as such where a function logs JSON (documented)."""
        record: Any = text
        if self.version.log_format == "JSON" and text.startswith("{"):
            with contextlib.suppress(ValueError):
                record = json.loads(text)
        self.tell("function", record)

    def tell(self, kind: str, record: Any, at_us: int | None = None) -> None:
        """Tell extensions that have subscribed to it."""
        if self.retinue is not None:
            self.retinue.tell(kind, record, at_us)

    def freeze(self) -> None:
        """Let nothing run until the next invocation."""
        if self.process is not None:
            self.ground.strands.freeze(self.process.surroundings)
        if self.retinue is not None:
            self.retinue.freeze()

    def send_off(self, reason: Reason, ended: Callable[[], object]) -> None:
        """Stop the process; extensions are told first, and may take their time. `ended` after that."""
        retinue, self.retinue = self.retinue, None
        self.stop_process()
        if retinue is None:
            ended()
        else:
            retinue.shut_down(reason, ended)

    def be_free(self) -> None:
        """Be idle after extensions were at work when whoever asked had the answer."""
        self.rest(self.ground.loop.now_us)
        freed, self._freed = self._freed, None
        if freed is not None:
            freed()

    def stop_process(self) -> None:
        """End the process with all threads in it; nothing that it still writes is seen."""
        process, self.process = self.process, None
        if process is not None:
            process.stream.is_closed = True
            self.ground.strands.kill_all(process.surroundings)
            process.close()
        retinue, self.retinue = self.retinue, None
        if retinue is not None:
            retinue.close()

    def log(self, text: str) -> None:
        """Record an event of its log."""
        ground = self.ground
        ground.record(ground.kinds.logged, self.log_subject, self.premises.place, self.log_cause, detail={"text": text})

    def _sampler(self, model: DurationModel, what: str) -> Callable[[], int]:
        if self.ground.takes_real_time and model in _DEFAULT_DURATIONS:
            return _nothing_more
        names = (what, self.version.function, self.version.version, self.number)
        return sampler(model, lambda: self.ground.chance.stream(*names))

    def stopwatch(self, model: DurationModel, sample: Callable[[], int]) -> Callable[[], int]:
        """Return what says, at the end of a stage that begins now, how much longer it shall take."""
        if not isinstance(model, Measured):
            return sample
        began_ns = perf_counter_ns()
        return lambda: scaled_to_cpu_share((perf_counter_ns() - began_ns) // 1000, self.version.memory_mb)


class _Registry:
    """Where whoever runs in an environment's process registers as an extension; few do."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def take(self, request: HttpRequest, reply: Reply) -> bool:
        return request.path.startswith(APIS_FOR_EXTENSIONS) and self._environment.attend().take(request, reply)

    def forget(self, reply: Reply) -> None:
        if self._environment.retinue is not None:
            self._environment.retinue.forget(reply)

    def is_ready(self) -> bool:
        return self._environment.retinue is None or self._environment.retinue.is_ready()

    def is_alone(self) -> bool:
        return self._environment.retinue is None or self._environment.retinue.is_alone()

    def look_around(self, answered: Callable[[], object]) -> bool:
        return self._environment.retinue is not None and self._environment.retinue.look_around(answered)


def _nothing_more() -> int:
    return 0
