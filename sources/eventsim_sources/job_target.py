"""Which operation begins the work that a target stands for? Clusters, job queues, builds and the like.

Rules, schedules and pipes name such a target by its ARN and describe the work beside it. Nobody simulates the work; but
the operation that begins it is called as any other, and a stub may answer it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from eventsim import load_json
from eventsim_sources import universal

Given = Mapping[str, Any]


class Job(Struct, frozen=True, kw_only=True):
    """A call that begins work."""

    service: str
    operation: str
    parameters: Mapping[str, Any]


def job_of(target: Given, text: str) -> Job | None:
    """Return what begins the work of a target, None if it is no such target.

    Args:
        target: the target in botocore's shape; what describes the work is looked for beside its `Arn`.
        text: what the target gets of the event.
    """
    service = (str(target["Arn"]).split(":") + [""] * 3)[2]
    make = _JOBS.get(service)
    return None if make is None else make(target, text)


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = load_json(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _present(values: Given) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _ecs(target: Given, text: str) -> Job:
    about = target.get("EcsParameters") or target.get("EcsTaskParameters") or {}
    given = universal.as_given("ecs", {name: value for name, value in about.items() if name != "TaskDefinitionArn"})
    count = given.pop("taskCount", None)
    own = _parsed(text)
    overrides = own if "containerOverrides" in own else given.pop("overrides", None)
    parameters = _present(
        {
            **given,
            "cluster": target["Arn"],
            "taskDefinition": about.get("TaskDefinitionArn", ""),
            "count": count,
            "overrides": overrides,
        }
    )
    return Job(service="ecs", operation="RunTask", parameters=parameters)


def _batch(target: Given, text: str) -> Job:
    about = target.get("BatchParameters") or target.get("BatchJobParameters") or {}
    given = universal.as_given("batch", about) | {"jobQueue": target["Arn"]}
    own = universal.as_given("batch", {name: _parsed(text).get(name) for name in ("Parameters", "ContainerOverrides")})
    return Job(service="batch", operation="SubmitJob", parameters=given | _present(own))


def _command(target: Given, text: str) -> Job:
    about = target.get("RunCommandParameters") or {}
    parameters = {
        "DocumentName": str(target["Arn"]).rpartition("/")[2],
        "Targets": about.get("RunCommandTargets") or [],
        "Parameters": _parsed(text),
    }
    return Job(service="ssm", operation="SendCommand", parameters=parameters)


def _sagemaker(target: Given, _: str) -> Job:
    about = target.get("SageMakerPipelineParameters") or {}
    named = {
        "PipelineName": str(target["Arn"]).rpartition("/")[2],
        "PipelineParameters": about.get("PipelineParameterList"),
    }
    return Job(service="sagemaker", operation="StartPipelineExecution", parameters=_present(named))


def _redshift(target: Given, _: str) -> Job:
    about = dict(target.get("RedshiftDataParameters") or {})
    secret, statements = about.pop("SecretManagerArn", None), about.pop("Sqls", None)
    kind, _, name = str(target["Arn"]).rpartition(":")[2].rpartition("/")
    key = "WorkgroupName" if kind == "workgroup" else "ClusterIdentifier"
    given = _present({**about, "SecretArn": secret, "Sqls": statements, key: name})
    return Job(
        service="redshift-data",
        operation="BatchExecuteStatement" if statements else "ExecuteStatement",
        parameters=given,
    )


def _codebuild(target: Given, text: str) -> Job:
    own = universal.as_given("codebuild", _parsed(text))
    overrides = {name: value for name, value in own.items() if name.endswith("Override")}
    parameters = {"projectName": str(target["Arn"]).rpartition("/")[2], **overrides}
    return Job(service="codebuild", operation="StartBuild", parameters=parameters)


def _codepipeline(target: Given, _: str) -> Job:
    name = str(target["Arn"]).rpartition(":")[2]
    return Job(service="codepipeline", operation="StartPipelineExecution", parameters={"name": name})


_JOBS: Mapping[str, Callable[[Given, str], Job]] = {
    "batch": _batch,
    "codebuild": _codebuild,
    "codepipeline": _codepipeline,
    "ecs": _ecs,
    "redshift": _redshift,
    "redshift-serverless": _redshift,
    "sagemaker": _sagemaker,
    "ssm": _command,
}
"""A service in ARNs of targets → what its work is begun by (documented; the members of the calls are unconfirmed)."""

SERVICES = tuple(_JOBS)
