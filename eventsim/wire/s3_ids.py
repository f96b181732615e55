"""What does S3 call a request? By two ids, the second as long as a page: support asks for both."""

import base64
import hashlib


def s3_request_id(request_id: str) -> str:
    """Return a request's id in S3's form: sixteen capital letters and digits."""
    return request_id.replace("-", "")[:16].upper()


def s3_host_id(request_id: str) -> str:
    """Return the id of the host that answered, as long as S3's; it follows from the request's id."""
    return base64.b64encode(hashlib.sha512(request_id.encode()).digest()[:56]).decode()
