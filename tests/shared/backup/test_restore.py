"""Putting a backup back: all of it or nothing, and never over what somebody still needs."""

import json
from pathlib import Path
from typing import Any

import pytest
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text

from shared import migrate
from shared.backup import Place, Refusal, Unusable, create, drill, verify
from shared.backup.queues import purge, within_reach
from shared.topology import broker
from tests.journeys.town_doors import environment
from tests.shared.backup.fixtures import Elsewhere, backed_up, bangkom, contents, kill_in_the_middle
from tests.shared.bus.fixtures import Toys, until
from tests.shared.bus.toys import SERVICES
from tests.town import Town, service_named

STOPS = """
import signal, sys
from sqlalchemy import create_engine
from shared.backup import Place, restore
from shared.services import service_named

def watch(what, rows):
    if what == "budget.line":
        print("in the middle", flush=True)
        signal.pause()

place = Place(sys.argv[2])
engines = {"budget": create_engine(sys.argv[1])}
restore(place.manifest(), place, [service_named("budget")], engines, {}, replace=True, watch=watch)
"""


def test_every_row_comes_back_as_it_was_and_numbers_go_on(peopled: Town, place: Place, elsewhere: Elsewhere) -> None:
    done = elsewhere.restore(backed_up(peopled, place), place)
    before, after = contents(peopled.engines), contents(elsewhere.engines)
    assert after == before
    assert done.rows == sum(map(len, before.values()))
    for name in peopled.services:
        last = text("SELECT max(position) FROM outbox")
        with elsewhere.engines[name].begin() as db:
            highest = db.scalar(last) or 0
            db.execute(
                text(
                    "INSERT INTO outbox (event_id, type, key, items, data) VALUES (gen_random_uuid(), 't', 'k', 1, '')"
                )
            )
            assert (db.scalar(last) or 0) > highest
        with elsewhere.engines[name].connect() as db:
            assert migrate.at_head(db, peopled.services[name])


def test_what_was_said_is_said_again(peopled: Town, place: Place, elsewhere: Elsewhere) -> None:
    done = elsewhere.restore(backed_up(peopled, place), place)
    assert sum(done.replayed.values()) > 5
    for engine in elsewhere.engines.values():
        with engine.connect() as db:
            assert db.scalar(text("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL")) == 0


def test_one_service_alone_is_told_by_the_others_what_it_forgot(
    peopled: Town, place: Place, elsewhere: Elsewhere
) -> None:
    elsewhere.restore(backed_up(peopled, place), place)
    with elsewhere.engines["enrolment"].begin() as db:
        db.execute(text("UPDATE outbox SET sent_at = now()"))
        old = text(
            "INSERT INTO outbox (event_id, type, key, items, data, at, sent_at) VALUES"
            " (gen_random_uuid(), 't', 'old', 1, '', now() - interval '2 days', now())"
        )
        db.execute(old)
    elsewhere.restore(place.manifest(), place, "budget", replace=True)
    with elsewhere.engines["enrolment"].connect() as db:
        assert db.scalars(text("SELECT key FROM outbox WHERE sent_at IS NOT NULL")).all() == ["old"]


def test_rows_are_not_overwritten_unasked(peopled: Town, place: Place, elsewhere: Elsewhere) -> None:
    manifest = backed_up(peopled, place)
    elsewhere.restore(manifest, place)
    with elsewhere.engines["enrolment"].begin() as db:
        db.execute(text("DELETE FROM inbox"))
    kept = contents(elsewhere.engines)
    with pytest.raises(Refusal, match="already holds data"):
        elsewhere.restore(manifest, place)
    assert contents(elsewhere.engines) == kept


def test_restored_twice_it_is_the_same(peopled: Town, place: Place, elsewhere: Elsewhere) -> None:
    manifest = backed_up(peopled, place)
    elsewhere.restore(manifest, place)
    elsewhere.restore(manifest, place, replace=True)
    assert contents(elsewhere.engines) == contents(peopled.engines)


def test_a_database_in_use_is_left_alone(town: Town, place: Place, elsewhere: Elsewhere) -> None:
    manifest = backed_up(town, place)
    stranger = create_engine(elsewhere.engines["budget"].url, connect_args={"application_name": "bangkom work"})
    with stranger.connect(), pytest.raises(Refusal, match=r"in use .*bangkom work.* Stop"):
        elsewhere.restore(manifest, place)
    stranger.dispose()
    elsewhere.restore(manifest, place)


def test_an_altered_file_is_found_and_changes_nothing(peopled: Town, place: Place, elsewhere: Elsewhere) -> None:
    manifest = backed_up(peopled, place)
    elsewhere.restore(manifest, place)
    kept = contents(elsewhere.engines)
    assert place.folder is not None
    file = place.folder / manifest.name / "surveys" / "instrument.copy.gz"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    (wrong,) = verify(manifest, place)
    assert "surveys/instrument.copy.gz" in str(wrong)
    with pytest.raises(Unusable, match="is damaged or was changed"):
        elsewhere.restore(manifest, place, replace=True)
    assert contents(elsewhere.engines) == kept
    file.unlink()
    assert len(verify(manifest, place)) == 1
    with pytest.raises(Unusable):
        elsewhere.restore(manifest, place, replace=True)
    assert contents(elsewhere.engines) == kept


def test_a_shorter_file_whose_sum_was_changed_too_is_found(town: Town, place: Place) -> None:
    manifest = create({"budget": town.engines["budget"]}, place, {})
    assert place.folder is not None
    (place.folder / manifest.name / "budget" / "alembic_version.copy.gz").write_bytes(b"")
    assert "alembic_version" in str(verify(manifest, place)[0])


def test_without_its_manifest_it_is_not_restored(town: Town, place: Place) -> None:
    manifest = backed_up(town, place)
    assert place.folder is not None
    file = place.folder / manifest.name / "manifest.json"
    whole = file.read_bytes()
    file.unlink()
    for name in ("", manifest.name, "../elsewhere"):
        with pytest.raises(Refusal, match="There is no whole backup"):
            place.manifest(name)
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unusable, match="is damaged"):
        place.manifest(manifest.name)
    with pytest.raises(Refusal, match="There is no whole backup"):
        place.manifest()


@pytest.mark.parametrize("what", ["form", "product", "revision"])
def test_a_newer_product_s_backup_is_refused(town: Town, place: Place, elsewhere: Elsewhere, what: str) -> None:
    manifest = backed_up(town, place)
    assert place.folder is not None
    file = place.folder / manifest.name / "manifest.json"
    told = json.loads(file.read_bytes())
    if what == "form":
        told |= {"format": 2, "product": "9.0.0", "databases": "something else"}
    elif what == "product":
        told["product"] = "9.0.0"
    else:
        told["databases"]["budget"]["revisions"] = ["budget_0099", "shared_0001"]
    file.write_text(json.dumps(told))
    with pytest.raises(Refusal, match=r"newer than .*Install that version first"):
        elsewhere.restore(place.manifest(manifest.name), place)
    with elsewhere.engines["budget"].connect() as db:
        assert MigrationContext.configure(db).get_current_heads() == ()


def test_a_backup_of_an_earlier_release_comes_up_to_today_s_tables(
    server_url: str, place: Place, elsewhere: Elsewhere
) -> None:
    bridge = service_named("bridge")
    earlier = ("bridge_0002", "shared_0001")
    with migrate.scratch(server_url) as engine:
        with engine.begin() as db:
            migrate.upgrade_within(db, bridge, earlier)
            db.execute(text("INSERT INTO inbox (event_id) VALUES (gen_random_uuid())"))
        manifest = create({"bridge": engine}, place, {})
    assert set(manifest.databases["bridge"].revisions) == set(earlier)
    elsewhere.restore(manifest, place, "bridge")
    with elsewhere.engines["bridge"].connect() as db:
        assert migrate.at_head(db, bridge)
        assert db.scalar(text("SELECT count(*) FROM inbox")) == 1


def test_a_service_the_backup_does_not_hold_is_named(town: Town, place: Place, elsewhere: Elsewhere) -> None:
    manifest = create({"budget": town.engines["budget"]}, place, {})
    with pytest.raises(Refusal, match="does not hold enrolment; it holds budget"):
        elsewhere.restore(manifest, place, "enrolment")


def test_killed_in_the_middle_of_a_restore_nothing_has_changed(
    peopled: Town, place: Place, elsewhere: Elsewhere
) -> None:
    manifest = backed_up(peopled, place)
    elsewhere.restore(manifest, place)
    engine = elsewhere.engines["budget"]
    with engine.begin() as db:
        db.execute(text("DELETE FROM inbox"))
    kept = contents({"budget": engine})
    engine.dispose()
    kill_in_the_middle(STOPS, {}, engine.url.render_as_string(hide_password=False), place.address)
    until(lambda: alone(engine))
    assert contents({"budget": engine}) == kept
    elsewhere.restore(manifest, place, "budget", replace=True)
    assert contents({"budget": engine}) == contents({"budget": peopled.engines["budget"]})


def alone(engine: Engine) -> bool:
    """Whether the server has noticed that the killed process is gone."""
    with engine.connect() as db:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return not db.scalar(text(asked))


def test_without_the_broker_nothing_is_restored(
    peopled: Town, place: Place, tmp_path: Path, elsewhere: Elsewhere
) -> None:
    backed_up(peopled, place)
    urls = {f"BANGKOM_{name.upper()}_DATABASE_URL": address(one) for name, one in elsewhere.engines.items()}
    environ = {**urls, "BANGKOM_BACKUP": place.address, "BANGKOM_HOME": str(tmp_path / "home")}
    no_address = bangkom(environ, "backup", "restore", "--english")
    assert (no_address.returncode, "AMQP_URL: is missing" in no_address.stderr) == (1, True)
    gone = bangkom(
        {**environ, "AMQP_URL": "amqp://bangkom:hard-to-guess@127.0.0.1:1"}, "backup", "restore", "--english"
    )
    assert gone.returncode == 1
    assert "The broker can't be reached" in gone.stderr
    assert "Traceback" not in gone.stderr
    with elsewhere.engines["enrolment"].connect() as db:
        assert MigrationContext.configure(db).get_current_heads() == ()
    for engine in elsewhere.engines.values():
        engine.dispose()
    done = bangkom(environ, "backup", "restore", "--no-broker", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["rows"] == place.manifest().rows
    assert contents(elsewhere.engines) == contents(peopled.engines)


def address(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_messages_of_the_time_after_the_backup_leave_the_queues(rabbit: Toys) -> None:
    within_reach(rabbit.url)
    assert purge(rabbit.url, SERVICES, rabbit.names) == 0, "queues that do not exist are empty"
    rabbit.declare()
    queue, wait = rabbit.names.queue(SERVICES[0].name), rabbit.names.wait(rabbit.names.steps[-1])
    dead = rabbit.names.dead_queue(SERVICES[0].name)
    with broker(rabbit.url) as connection:
        channel = connection.channel()
        for name in (queue, queue, dead):
            channel.basic_publish(
                channel.prepare_message(b"x", content_encoding="binary"), exchange="", routing_key=name
            )
        assert waits(connection, queue, 2)
        assert purge(rabbit.url, SERVICES, rabbit.names) == 2
        assert waits(connection, queue, 0)
        assert waits(connection, dead, 1)
        assert waits(connection, wait, 0)


def waits(connection: Any, queue: str, count: int) -> bool:
    """Whether so many messages come to lie in the queue."""

    def there() -> bool:
        channel = connection.channel()
        found = int(channel.queue_declare(queue=queue, passive=True).message_count)
        channel.close()
        return found == count

    until(there)
    return True


def test_a_drill_restores_audits_and_leaves_no_database(peopled: Town, place: Place, server_url: str) -> None:
    manifest = backed_up(peopled, place)
    before = databases(peopled)
    found = drill(manifest, place, list(peopled.services.values()), server_url)
    assert (found.ok, found.rows) == (True, manifest.rows)
    assert found.checked > 10
    assert found.seconds["all"] > found.seconds["rows"] > 0
    until(lambda: databases(peopled) - {name for name in databases(peopled) if "scratch" not in name} <= before)


def databases(town: Town) -> set[str]:
    with town.engines["budget"].connect() as db:
        return set(db.scalars(text("SELECT datname FROM pg_database")))


def test_a_drill_tells_what_is_broken_in_a_backup(peopled: Town, place: Place, server_url: str) -> None:
    with peopled.engines["budget"].begin() as db:
        db.execute(text("UPDATE line SET reserved = reserved + 1 WHERE available > 0"))
    manifest = backed_up(peopled, place)
    environ = {**environment(peopled), "DATABASE_URL": server_url, "BANGKOM_BACKUP": place.address}
    ran = bangkom(environ, "backup", "drill", manifest.name, "--json")
    assert ran.returncode == 1
    assert {row["rule"] for row in json.loads(ran.stdout)["broken"]} == {"budget.line_off_ledger"}
    assert bangkom(environ, "backup", "verify", "--restore", "--english").stdout.endswith("sound, restored\n")
