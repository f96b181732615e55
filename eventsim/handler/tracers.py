"""With what does user code trace? With X-Ray's SDK as its environment has it, with a recorder of its own.

The SDK keeps one recorder for the process, and so does Powertools with the settings of its tracers. Kept for all, they
would mix the traces of environments that run at the same time, and the settings of functions that never met. What the
SDK puts around libraries (`patch_all`) stays there for the process; in an environment that has not asked for it, calls
pass. Whoever stands outside has the SDK as it is.
"""

import functools
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import Surroundings, current

_OF_MANAGERS = ("capture", "capture_async", "in_segment", "in_segment_async", "in_subsegment", "in_subsegment_async")
"""What decorates a function, maybe one of a library, for whoever calls it later."""
_OF_LIBRARIES = ("record_subsegment", "record_subsegment_async", "current_subsegment")
"""What the wrappers around libraries ask of the recorder, in environments that know nothing of it, too."""


class Tracing:
    """What one environment has of tracers.

    Attributes:
        recorder: its own, None before it asks for one.
        has_patched: whether it has had libraries wrapped.
        sdk_settings: the class in which the SDK keeps whether it is on, None before it is asked.
        sentry_scope: what Sentry's SDK keeps for all, its client among it, None before it is asked for.
        tracer_settings: those that Powertools keeps for all tracers, None before they are asked for.
    """

    __slots__ = ("has_patched", "recorder", "sdk_settings", "sentry_scope", "tracer_settings")

    def __init__(self) -> None:
        self.recorder: Any = None
        self.has_patched = False
        self.sdk_settings: Any = None
        self.sentry_scope: Any = None
        self.tracer_settings: dict[str, Any] | None = None

    def close(self) -> None:
        """Let go of its socket."""
        if self.recorder is not None:
            emitter, self.recorder = vars(self.recorder).get("_emitter"), None
            own_socket = getattr(emitter, "_socket", None)
            if own_socket is not None:
                own_socket.close()


def tracing_of(surroundings: Surroundings) -> Tracing:
    """Return what an environment has of tracers; made when first asked for."""
    if surroundings.tracing is None:
        surroundings.tracing = Tracing()
    return surroundings.tracing


def header_of_call(util: ModuleType) -> str:
    """Return the header that a wrapped SDK sends with a call to AWS, "" if nobody has wrapped it here.

    Args:
        util: the module `aws_xray_sdk.ext.util`.
    """
    surroundings = current()
    tracing = None if surroundings is None else surroundings.tracing
    if tracing is None or not tracing.has_patched or tracing.recorder is None:
        return ""
    headers: dict[str, str] = {}
    util.__dict__["inject_trace_header"](headers, tracing.recorder.current_subsegment())
    return headers.get("X-Amzn-Trace-Id", "")


class _Recorders:
    """The one recorder of the process, and whose it is at the moment."""

    def __init__(self, core: ModuleType) -> None:
        self._shared = core.__dict__["xray_recorder"]
        self._outside = Tracing()
        self._outside.has_patched = bool(core.__dict__["patcher"].__dict__["_PATCHED_MODULES"])

    def own(self, recorder: Any, name: str) -> Any:
        """Return the recorder of whose attribute with this name somebody wants to know."""
        surroundings = current()
        if surroundings is None or recorder is not self._shared or name in _OF_MANAGERS:
            return recorder
        if name in _OF_LIBRARIES and not self._has_asked():
            return recorder
        tracing = tracing_of(surroundings)
        if tracing.recorder is None:
            tracing.recorder = type(self._shared)()
        return tracing.recorder

    def get(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap what reads attributes, methods among them."""

        def __getattribute__(recorder: Any, name: str) -> Any:  # noqa: N807 - it stands for the method
            if name == "current_subsegment" and recorder is self._shared and not self._has_asked():
                return lambda: None  # the wrapper around botocore asks whose header it shall send
            return original(self.own(recorder, name), name)

        return __getattribute__

    def _tracing(self) -> Tracing | None:
        """Return what who runs now has of tracers, None for nothing yet."""
        surroundings = current()
        return self._outside if surroundings is None else surroundings.tracing

    def _has_asked(self) -> bool:
        """Tell whether who runs now has wrapped libraries, or has a recorder of its own."""
        tracing = self._tracing()
        return tracing is not None and (tracing.has_patched or tracing.recorder is not None)

    def put(self, original: Callable[..., None]) -> Callable[..., None]:
        """Wrap what sets attributes."""

        def __setattr__(recorder: Any, name: str, value: object) -> None:  # noqa: N807 - it stands for the method
            original(self.own(recorder, name), name, value)

        return __setattr__

    def record(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap what the wrappers around libraries call: they pass who tells what the call was about."""

        @functools.wraps(original)
        def record_subsegment(recorder: Any, wrapped: Any, instance: Any, args: Any, kwargs: Any, **about: Any) -> Any:
            if about["meta_processor"] is not None and not self._has_patched():
                return wrapped(*args, **kwargs)
            return original(recorder, wrapped, instance, args, kwargs, **about)

        return record_subsegment

    def patch(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap what wraps a library."""

        @functools.wraps(original)
        def patch_module(module: str, raise_errors: bool = True) -> Any:
            surroundings = current()
            (self._outside if surroundings is None else tracing_of(surroundings)).has_patched = True
            return original(module, raise_errors)

        return patch_module

    def _has_patched(self) -> bool:
        tracing = self._tracing()
        return tracing is not None and tracing.has_patched


@functools.cache
def recorder_swaps(core: ModuleType) -> tuple[Swap, ...]:
    """Return the table of wrappers, once `aws_xray_sdk.core` has been imported; it lasts as long as the process."""
    recorders, plain = _Recorders(core), core.__dict__["AWSXRayRecorder"]
    return (
        Swap(plain, "__getattribute__", recorders.get),
        Swap(plain, "__setattr__", recorders.put),
        Swap(plain, "record_subsegment", recorders.record),
        Swap(type(core.__dict__["xray_recorder"]), "record_subsegment_async", recorders.record),
        Swap(core.__dict__["patcher"], "_patch_module", recorders.patch),
    )


@functools.cache
def sdk_settings_swaps(sdk_config: ModuleType) -> tuple[Swap, ...]:
    """Return the table by which each environment decides whether the SDK is on, once it has been imported."""

    def own(settings: Any) -> Any:
        surroundings = current()
        if surroundings is None:
            return settings
        tracing = tracing_of(surroundings)
        if tracing.sdk_settings is None:
            tracing.sdk_settings = type(settings.__name__, (settings,), {"_SDKConfig__SDK_ENABLED": None})
        return tracing.sdk_settings

    def choose(original: Any) -> Any:
        return classmethod(lambda settings, *args: original.__func__(own(settings), *args))

    owner = sdk_config.__dict__["SDKConfig"]
    if current() is not None:  # only user code wants it: it shall do nothing to whoever stands outside
        owner._SDKConfig__SDK_ENABLED = False
    return Swap(owner, "sdk_enabled", choose), Swap(owner, "set_sdk_enabled", choose)


class _OwnSettings:
    """Stands where a class has settings for all that are made of it: each environment has its own."""

    def __init__(self, of_process: dict[str, Any], default: dict[str, Any]) -> None:
        self._of_process = of_process
        self._default = default

    def __get__(self, instance: object, owner: type) -> dict[str, Any]:
        surroundings = current()
        if surroundings is None:
            return self._of_process
        tracing = tracing_of(surroundings)
        if tracing.tracer_settings is None:
            tracing.tracer_settings = dict(self._default)
        return tracing.tracer_settings


def tracer_swaps(tracer: ModuleType) -> tuple[Swap, ...]:
    """Return the table by which Powertools' tracers of one environment have settings in common, and of no other."""
    owner = tracer.__dict__["Tracer"]
    return (Swap(owner, "_config", lambda original: _OwnSettings(original, owner._default_config)),)


def sentry_swaps(scope: ModuleType) -> tuple[Swap, ...]:
    """Return the table by which each environment has a client of Sentry's of its own, or none."""
    make: Callable[..., Any] = scope.__dict__["Scope"]

    def own(original: Any) -> Any:
        def get_global_scope(cls: Any) -> Any:
            surroundings = current()
            if surroundings is None:
                return original.__func__(cls)
            tracing = tracing_of(surroundings)
            if tracing.sentry_scope is None:
                tracing.sentry_scope = make(ty=scope.__dict__["ScopeType"].GLOBAL)
            return tracing.sentry_scope

        return classmethod(get_global_scope)

    def find(original: Any) -> Any:
        def get_client(cls: Any) -> Any:
            client, surroundings = original.__func__(cls), current()
            tracing = None if surroundings is None else surroundings.tracing
            if client.is_active() or tracing is None or tracing.sentry_scope is None:
                return client
            return tracing.sentry_scope.client

        return classmethod(get_client)

    return Swap(make, "get_global_scope", own), Swap(make, "get_client", find)


SWAPS: Mapping[str, Callable[[ModuleType], tuple[Swap, ...]]] = {
    "aws_lambda_powertools.tracing.tracer": tracer_swaps,
    "aws_xray_sdk.core": recorder_swaps,
    "aws_xray_sdk.sdk_config": sdk_settings_swaps,
    "sentry_sdk.scope": sentry_swaps,
}
"""Module → what is wrapped in it as soon as somebody imports it."""
