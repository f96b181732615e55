"""Does an object's address lead back to where the client found us?"""

from typing import Any

import pytest

from eventsim.live.object_urls import at_host

AWS = "https://my.photos.s3.eu-west-1.amazonaws.com/a%2Fb.jpg"


@pytest.mark.parametrize(
    ("location", "host", "moved"),
    [
        (AWS, "localhost:4566", "http://localhost:4566/my.photos/a%2Fb.jpg"),
        (AWS, "my.photos.s3.localhost:4566", "http://my.photos.s3.localhost:4566/a%2Fb.jpg"),
        (AWS, "my.photos.internal", "http://my.photos.internal/my.photos/a%2Fb.jpg"),
        (AWS, "my.photos.s3.eu-west-1.amazonaws.com", AWS),
        (AWS, "", AWS),
        ("/photos", "localhost:4566", "/photos"),
    ],
    ids=["one machine", "the bucket's own host", "a host of another", "AWS's own host", "no host", "a bucket"],
)
def test_objects_are_at_the_host_of_the_request(location: str, host: str, moved: str) -> None:
    """What `CompleteMultipartUpload` returns can be fetched, as it can on AWS."""
    result: dict[str, Any] = {"Bucket": "my.photos", "Location": location}

    assert at_host(result, host) == {"Bucket": "my.photos", "Location": moved}
    assert at_host({"ETag": "1"}, host) == {"ETag": "1"}
