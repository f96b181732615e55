"""Operations on applications and their environments, and on tags."""

from typing import Any

from eventsim import Request, Result
from eventsim_sources.configuration.api.call import page, told
from eventsim_sources.configuration.deployment import UNDER_WAY, UNDONE
from eventsim_sources.configuration.limits import TAGS_MAX
from eventsim_sources.configuration.store import (
    Application,
    Configurations,
    Environment,
    bad_request,
    conflict,
    not_found,
)


def create_application(configurations: Configurations, request: Request) -> Result:
    """Make an application."""
    given: Any = request.parameters
    made = Application(configurations.new_id(), str(given["Name"]), str(given.get("Description") or ""))
    configurations.applications[made.identifier] = made
    configurations.keep_tags(made.path, given.get("Tags"))
    return _application_told(made)


def get_application(configurations: Configurations, request: Request) -> Result:
    """Tell of an application."""
    return _application_told(configurations.application(str(request.parameters["ApplicationId"])))


def list_applications(configurations: Configurations, request: Request) -> Result:
    """List the applications."""
    return page(map(_application_told, configurations.applications.values()), request.parameters)


def update_application(configurations: Configurations, request: Request) -> Result:
    """Give an application another name or description."""
    application = configurations.application(str(request.parameters["ApplicationId"]))
    rename(application, request.parameters)
    return _application_told(application)


def delete_application(configurations: Configurations, request: Request) -> Result:
    """Forget an application; nothing may be left in it."""
    application = configurations.application(str(request.parameters["ApplicationId"]))
    if application.environments or application.profiles:
        raise bad_request("The application has environments or configuration profiles; delete them first.")
    del configurations.applications[application.identifier]
    configurations.forget_tags(application.path)
    return {}


def _application_told(application: Application) -> dict[str, Any]:
    return told(Id=application.identifier, Name=application.name, Description=application.description)


# --- environments ------------------------------------------------------------------------------------------


def create_environment(configurations: Configurations, request: Request) -> Result:
    """Make an environment."""
    given: Any = request.parameters
    application = configurations.application(str(given["ApplicationId"]))
    if any(each.name == given["Name"] for each in application.environments.values()):
        raise bad_request(f"There is an environment named {given['Name']} in the application.")
    made = Environment(
        configurations.new_id(),
        str(given["Name"]),
        str(given.get("Description") or ""),
        list(given.get("Monitors") or ()),
    )
    application.environments[made.identifier] = made
    configurations.keep_tags(application.path_of(made), given.get("Tags"))
    return _environment_told(configurations, application, made)


def get_environment(configurations: Configurations, request: Request) -> Result:
    """Tell of an environment."""
    return _environment_told(configurations, *environment_of(configurations, request))


def list_environments(configurations: Configurations, request: Request) -> Result:
    """List the environments of an application."""
    application = configurations.application(str(request.parameters["ApplicationId"]))
    found = [_environment_told(configurations, application, each) for each in application.environments.values()]
    return page(found, request.parameters)


def update_environment(configurations: Configurations, request: Request) -> Result:
    """Give an environment another name, description or other monitors."""
    given: Any = request.parameters
    application, environment = environment_of(configurations, request)
    rename(environment, given)
    if given.get("Monitors") is not None:
        environment.monitors = list(given["Monitors"])
    return _environment_told(configurations, application, environment)


def delete_environment(configurations: Configurations, request: Request) -> Result:
    """Forget an environment with its deployments; none may be under way."""
    application, environment = environment_of(configurations, request)
    if environment.under_way(configurations.world.clock.now_us) is not None:
        raise conflict("A deployment into the environment is under way; stop it first.")
    del application.environments[environment.identifier]
    configurations.forget_tags(application.path_of(environment))
    return {}


def environment_of(configurations: Configurations, request: Request) -> tuple[Application, Environment]:
    """Return the environment that a request names, with its application.

    Raises:
        ApiError: there is none.
    """
    given = request.parameters
    application = configurations.application(str(given["ApplicationId"]))
    return application, application.environment(str(given["EnvironmentId"]))


def _environment_told(
    configurations: Configurations, application: Application, environment: Environment
) -> dict[str, Any]:
    return told(
        ApplicationId=application.identifier,
        Id=environment.identifier,
        Name=environment.name,
        Description=environment.description,
        State=_state(environment, configurations.world.clock.now_us),
        Monitors=environment.monitors,
    )


def _state(environment: Environment, now_us: int) -> str:
    """Return an environment's state: that of its last deployment, as long as that matters."""
    if not environment.deployments:
        return "READY_FOR_DEPLOYMENT"
    state = environment.deployments[-1].state(now_us)
    if state in UNDER_WAY:
        return "DEPLOYING"
    return state if state in UNDONE else "READY_FOR_DEPLOYMENT"


def rename(thing: Any, given: Any) -> None:
    """Give something the name and the description that a request brings."""
    if given.get("Name") is not None:
        thing.name = str(given["Name"])
    if given.get("Description") is not None:
        thing.description = str(given["Description"])


# --- tags --------------------------------------------------------------------------------------------------


def tag_resource(configurations: Configurations, request: Request) -> Result:
    """Set tags; a repeated key overwrites."""
    given: Any = request.parameters["Tags"]
    tags = _tags(configurations, request)
    if len(tags | given) > TAGS_MAX:
        raise bad_request(f"A resource has at most {TAGS_MAX} tags.")
    tags.update(given)
    return {}


def untag_resource(configurations: Configurations, request: Request) -> Result:
    """Take tags away; an absent key is no error."""
    keys: Any = request.parameters["TagKeys"]
    for key in keys:
        _tags(configurations, request).pop(key, None)
    return {}


def list_tags_for_resource(configurations: Configurations, request: Request) -> Result:
    """Return the tags of something."""
    return {"Tags": dict(_tags(configurations, request))}


def _tags(configurations: Configurations, request: Request) -> dict[str, str]:
    arn = str(request.parameters["ResourceArn"])
    if arn not in configurations.tags:
        raise not_found("Resource", arn)
    return configurations.tags[arn]
