"""What is an HTTP endpoint sent, and did it take that? Firehose's request and the rules of its answer; pure.

The developer guide, "HTTP endpoint delivery request and response specifications": an endpoint takes records by a 200
whose document repeats the request's id. Whatever else it answers is tried again, but for a 413.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from eventsim import ApiError, load_json
from eventsim_sources.delivery_stream import limits
from eventsim_sources.delivery_stream.record import Record

_TOO_LARGE: Final = 413
_ERROR_LENGTH_MAX: Final = 1_000


class Endpoint(Struct, frozen=True, kw_only=True):
    """An HTTP endpoint that gets records before any bucket does.

    Attributes:
        given: as the client said it.
        access_key: what shows the endpoint who sends, "" for nothing.
        secret_arn: the secret that holds the access key instead, "" for none.
        attributes: what goes with every request.
        is_packed: whether bodies are packed by gzip.
        retry_s: for how long a request is tried again.
        delimiter: what stands after every record.
    """

    given: Mapping[str, Any]
    url: str
    access_key: str = ""
    secret_arn: str = ""
    attributes: Mapping[str, str] = {}
    is_packed: bool = False
    retry_s: int = limits.ENDPOINT_RETRY_S
    delimiter: str = ""

    @property
    def role_arn(self) -> str:
        """As whom the secret is read, "" for nobody that is known."""
        own = (self.given.get("SecretsManagerConfiguration") or {}).get("RoleARN")
        return str(own or self.given.get("RoleARN") or "")


def read_endpoint(given: Mapping[str, Any], *, delimiter: str) -> Endpoint:
    """Read `HttpEndpointDestinationConfiguration`, as far as it is about the endpoint."""
    place, request = given["EndpointConfiguration"], given.get("RequestConfiguration") or {}
    retry_s = (given.get("RetryOptions") or {}).get("DurationInSeconds")
    secret = given.get("SecretsManagerConfiguration") or {}
    attributes = {each["AttributeName"]: each["AttributeValue"] for each in request.get("CommonAttributes") or ()}
    return Endpoint(
        given=given,
        url=place["Url"],
        access_key=str(place.get("AccessKey") or ""),
        secret_arn=str(secret.get("SecretARN") or "") if secret.get("Enabled") else "",
        attributes=attributes,
        is_packed=request.get("ContentEncoding") == "GZIP",
        retry_s=limits.ENDPOINT_RETRY_S if retry_s is None else retry_s,
        delimiter=delimiter,
    )


def key_of(secret: str) -> str:
    """Return the access key that a secret holds, in Firehose's form: `{"api_key": "…"}`.

    Raises:
        ApiError: it is not in that form.
    """
    try:
        document = load_json(secret)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not isinstance(document.get("api_key"), str):
        raise ApiError("SecretsManager.InvalidSecret", 'The secret is not of the form {"api_key": "…"}.')  # unconfirmed
    key: str = document["api_key"]
    return key


def headers(endpoint: Endpoint, stream_arn: str, request_id: str, access_key: str) -> dict[str, str]:
    """Return the headers of a request."""
    made = {
        "Content-Type": "application/json",
        "User-Agent": "Amazon Kinesis Data Firehose Agent/1.0",
        "X-Amz-Firehose-Protocol-Version": "1.0",
        "X-Amz-Firehose-Request-Id": request_id,
        "X-Amz-Firehose-Source-Arn": stream_arn,
    }
    if access_key:
        made["X-Amz-Firehose-Access-Key"] = access_key
    if endpoint.attributes:
        common = {"commonAttributes": dict(endpoint.attributes)}
        made["X-Amz-Firehose-Common-Attributes"] = json.dumps(common, separators=(",", ":"))
    if endpoint.is_packed:
        made["Content-Encoding"] = "gzip"
    return made


def body(endpoint: Endpoint, records: Sequence[Record], request_id: str, epoch_ms: int) -> str:
    """Return the document of a request."""
    end = endpoint.delimiter.encode()
    told = [{"data": base64.b64encode(record.data + end).decode()} for record in records]
    return json.dumps({"requestId": request_id, "timestamp": epoch_ms, "records": told}, separators=(",", ":"))


def check_answer(status: int, answer: bytes, request_id: str) -> None:
    """See that an endpoint took the records.

    Raises:
        ApiError: it did not; 4xx if it is not asked again.
    """
    if status != 200:
        text = answer.decode(errors="replace")[:_ERROR_LENGTH_MAX]
        raise ApiError(
            "HttpEndpoint.DestinationException",
            f"Received the following response from the endpoint destination. {text}",
            status=400 if status == _TOO_LARGE else max(status, 500),
        )
    try:
        document = load_json(answer)
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("requestId") != request_id:
        raise ApiError(
            "HttpEndpoint.InvalidResponseFromDestination",
            "The response received from the endpoint destination is invalid.",
            status=502,
        )
