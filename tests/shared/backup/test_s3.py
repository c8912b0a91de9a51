"""The same in a bucket that speaks S3, here moto's server."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pytest
from moto.server import ThreadedMotoServer

from shared.backup import Place, Unusable, newest, verify
from tests.ports import free_port
from tests.shared.backup.fixtures import Elsewhere, backed_up, contents
from tests.town import Town


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a place in a new bucket."""
    port = free_port()
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    endpoint = f"http://127.0.0.1:{port}"
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket="town")
    yield "s3://town/backups"
    server.stop()


def test_a_backup_goes_to_a_bucket_and_comes_back(peopled: Town, bucket: str, elsewhere: Elsewhere) -> None:
    place = Place(bucket)
    assert newest(bucket) is None
    first = backed_up(peopled, place)
    second = backed_up(peopled, place)
    assert newest(bucket) == second.cut
    assert verify(second, place) == []
    assert place.keep(1, datetime.now(UTC)) == [first.name]
    assert place.names() == [second.name]
    elsewhere.restore(place.manifest(), place)
    assert contents(elsewhere.engines) == contents(peopled.engines)


def test_a_bucket_that_is_not_there_is_named(town: Town, bucket: str) -> None:
    with pytest.raises(Unusable, match="s3://nobody/has can't be used"):
        backed_up(town, Place("s3://nobody/has"))


def test_keys_of_the_bucket_may_lie_in_a_file(
    town: Town, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The store of the test before lives on in this process, so it is another corner of it.
    file, address = tmp_path / "aws", f"{bucket}/with-a-file"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    with pytest.raises(Unusable, match="credentials"):
        backed_up(town, Place(address))
    file.write_text("[default]\naws_access_key_id = key\naws_secret_access_key = secret\n")
    made = backed_up(town, Place(address))
    Place(address).take_note("drill.json", b"{}")
    assert (Place(address).names(), Place(address).note("drill.json")) == ([made.name], b"{}")
    assert Place(address).note("another") == b""
