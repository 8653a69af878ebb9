"""What the tests of uploads into an object store share: announcing, sending as one is told, looking into the bucket."""

import io
import urllib.error
import urllib.request

from PIL import Image as Picture

BUCKET, REGION, KEY, SECRET = "quay", "eu-west-1", "AKIATEST", "not-a-secret"


def announce(person, dataset, data, **fields):
    body = {"filename": "a.png", "size": len(data), "dataset": str(dataset.id), **fields}
    answer = person.api.post("/api/v1/uploads", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def put(said, data, **headers):
    """Send as the answer says, with whatever bytes and headers."""
    put_to(said["put"], data, **headers)


def put_to(told, data, **headers):
    # urllib would call it a form, which the server would then read.
    plain = {"Content-Type": "application/octet-stream"}
    every = {**plain, **told["headers"], "Content-Length": str(len(data)), **headers}
    request = urllib.request.Request(told["url"], data, every, method="PUT")
    urllib.request.urlopen(request, timeout=10).close()


def keys(bucket):
    return [item.key for item in bucket.objects.all()]


def unfinished(bucket):
    """The uploads in parts that the store keeps for somebody to go on with."""
    return [upload.object_key for upload in bucket.multipart_uploads.all()]


def large_picture(shade: int = 10, side: int = 2000) -> bytes:
    """A picture of three bytes a pixel, 12 MB by itself."""
    out = io.BytesIO()
    Picture.new("RGB", (side, side), (shade, 90, 60)).save(out, "BMP")
    return out.getvalue()
