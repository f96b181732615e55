"""Does every room stand where the list says? A file imports only what stands above it."""

import ast
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).parent.parent / "eventsim"

ORDER = """
errors spelling orphans json_text page_token session_token jackson limits place policy_text policy_operators
policy_conditions resource_policy
permissions/role permissions/document spool quantity marks chance outcome trace_header envelope adapters handles waiters
running loop clock trace segment segments target api invocation source polled subscription broker_event delivery
wire/http front_door web_socket registry
pattern
function/duration function/runtime function/extension function/function function/tenancy
function/program function/bounds function/spec faults
container/dockerfile container/context container/stage container/build container/image container/placed
handler/interpose handler/strand handler/hub handler/guard handler/zone handler/surroundings handler/adoption
handler/default_session handler/tracers handler/virtual_time handler/luck handler/paths handler/storage handler/files
handler/compiled_files handler/sqlite
handler/modules handler/loggers handler/variables
handler/output handler/tracebacks handler/choice handler/process handler/signals handler/programs handler/pipes
handler/network handler/locks handler/turns handler/forked handler/threads handler/children handler/event_loop
handler/other_loops handler/__init__
environment/context environment/logs environment/platform_log environment/error_object environment/marshaller
environment/runtime_module environment/bootstrap
environment/variables environment/foreign environment/retinue environment/runtime_process environment/stage
environment/premises environment/lambda_segments environment/loading environment/init_phase environment/invoke_phase
environment/environment
dispatch/concurrency dispatch/retry dispatch/fleet dispatch/stand_in dispatch/dispatch dispatch/destination
dispatch/waiting_event dispatch/payload
durable/operation durable/history durable/checks durable/execution durable/run durable/replay durable/told
durable/book durable/notices durable/callees durable/executions dispatch/event_queue
mapping/batch mapping/scaling mapping/progress mapping/tumbling mapping/failed_batch mapping/stand_in
mapping/event_count mapping/access mapping/lanes mapping/poller mapping/spec mapping/stream_post mapping/shard_work
mapping/shard_lane
mapping/shard_reader mapping/stream_poller mapping/feed
mapping/stream_spec mapping/unserved mapping/mapping
wire/form_post wire/sqs_query wire/models wire/exchange wire/text wire/xml wire/xml_values wire/document wire/cbor_items
wire/event_stream wire/uri wire/rest wire/json wire/query wire/rest_json wire/s3_ids wire/rest_xml wire/cbor
wire/amz_cbor wire/aws_chunked
wire/compression wire/services wire/access_key wire/route wire/pattern wire/fitness wire/validate wire/mistyped
wire/refusal wire/cors wire/answer
permissions/arn permissions/need
permissions/of_buckets permissions/of_objects permissions/of_secrets permissions/of_parameters
permissions/of_configurations permissions/of_logs permissions/of_metrics permissions/of_keys permissions/of_identities
permissions/of_user_pools permissions/of_mails permissions/of_models permissions/of_images permissions/of_stacks
permissions/of_tags
permissions/of_queues permissions/of_topics permissions/of_functions permissions/item_keys
permissions/of_items permissions/of_statements permissions/of_tables permissions/of_streams permissions/of_buses
permissions/of_schedules permissions/of_workflows permissions/of_sessions permissions/of_traces
permissions/of_connections permissions/of_apis permissions/uncalled permissions/needs permissions/managed
permissions/iam permissions/roles
permissions/resource_policies permissions/refusal permissions/used permissions/decision permissions/gate
permissions/admission permissions/execution_role
calls/over_http calls/router calls/parameters calls/service_names service_faults calls/import_watch calls/unseen_request
calls/answer_headers calls/whereabouts calls/sdk_answer calls/backends calls/sdk calls/http_client
calls/own_sockets calls/inert
calls/policy_checks calls/moto_door calls/code_door
calls/lambda_api
calls/log_fields calls/log_pattern calls/log_filters calls/embedded_metrics calls/log_defaults calls/log_book
calls/log_reading calls/log_groups calls/log_metrics calls/insights calls/log_delivery calls/log_service
calls/log_groups_api calls/log_events_api calls/log_exports_api calls/log_filters_api calls/log_settings_api
calls/log_queries_api calls/logs_api calls/saml calls/sts_api
calls/metric calls/emitted calls/metrics calls/gauges calls/metric_data calls/metric_pages calls/statistics
calls/metric_functions calls/metric_math calls/metric_settings_api
calls/metric_reading calls/metric_reading_api calls/alarm_rule calls/alarms calls/alarm_suppression
calls/alarm_messages calls/alarm_history
calls/alarm_states calls/alarm_checks calls/alarms_api calls/dashboards_api calls/cloudwatch_api calls/core_services
companion http_stub
extension/answers extension/cache extension/settings extension/secrets extension/configurations
extension/extensions
live/http1 live/hpack live/http2 live/upload live/dialogue live/answer live/multiplexer live/server
live/last_will
runtime_api/replies runtime_api/launch runtime_api/output runtime_api/posting runtime_api/slumber runtime_api/line
runtime_api/api runtime_api/calls runtime_api/daemon runtime_api/program runtime_api/programs
runtime_api/web_events runtime_api/web_adapter
extension_api/api extension_api/telemetry extension_api/program extension_api/visit
extension_api/retinue extension_api/retinues
workload/arrivals workload/lines workload/template workload/service_event workload/spec workload/reply workload/client
workload/action workload/workload
expectation/expectation expectation/sentence expectation/expectations
template
directory gatekeeper neighbourhood machinery assembly simulation httpx_transport asgi
scenario report
live/loop live/message live/lines live/rewriting live/notebook live/abridge live/diary live/ports live/queue_urls
live/object_urls live/front_door_urls live/stack_outputs live/zygote live/zygote_process live/worker
live/worker_process live/loopback live/remote_process live/pace live/worlds live/errand live/hosts live/admin
live/service live/instance
pytest_prelude pytest_suite pytest_plugin cli
permissions/__init__ function/__init__ container/__init__ environment/__init__ dispatch/__init__ durable/__init__
mapping/__init__ calls/__init__ wire/__init__ workload/__init__
expectation/__init__ extension/__init__ extension_api/__init__ live/__init__ runtime_api/__init__
__init__ __main__
""".split()  # noqa: SIM905 - a list to read


_FLAT = ("pattern", "template", "scenario", "report", "cli")
"""Packages that stand in the list as one room; the others are listed room by room, and a package in them is one."""


def _room(path: Path) -> str:
    relative = path.relative_to(HOUSE).with_suffix("")
    return relative.parts[0] if relative.parts[0] in _FLAT else "/".join(relative.parts[:2])


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and room of every run-time import of one of our own modules."""
    tree = ast.parse(path.read_text())
    for_types_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in for_types_only:
            parts = (node.module or "").split(".")
            if parts[0] == "eventsim" and len(parts) > 1:
                yield node.lineno, parts[1] if parts[1] in _FLAT else "/".join(parts[1:3])


def test_every_room_is_in_the_list() -> None:
    """A new file finds its place in the house before it lands."""
    rooms = {_room(path) for path in HOUSE.rglob("*.py")}

    assert rooms - set(ORDER) == set()


def test_a_file_imports_only_what_stands_above_it() -> None:
    """This is the whole dependency rule; it keeps the way of an event walking forward."""
    offences = [
        f"{path.relative_to(HOUSE)}:{line} imports {room}, which stands below it"
        for path in sorted(HOUSE.rglob("*.py"))
        for line, room in _imports(path)
        if room in ORDER and room != _room(path) and ORDER.index(room) > ORDER.index(_room(path))
    ]

    assert offences == []
