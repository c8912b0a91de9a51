"""What migrations do to rows that an older release left."""

import json

from sqlalchemy import text

from services.bridge.app import SERVICE
from shared import migrate
from shared.ids import new_id


def test_no_settings_of_a_site_stay_in_calls_of_the_first_release(server_url: str) -> None:
    old = {"plugin": "moodle", "settings": {"token": "rahasia"}, "rev": 1}
    rows = [(new_id(), old), (new_id(), {"rev": 2})]
    with migrate.scratch(server_url) as engine:
        with engine.begin() as connection:
            migrate.upgrade_within(connection, SERVICE, ["shared@head", "bridge_0004"])
            for effect_id, data in rows:
                made = text("INSERT INTO effect (effect_id, kind, target, data) VALUES (:id, 'place', 'kota', :data)")
                connection.execute(made, {"id": effect_id, "data": json.dumps(data)})
        migrate.upgrade(engine, SERVICE)
        with engine.connect() as connection:
            kept = {row.effect_id: row.data for row in connection.execute(text("SELECT effect_id, data FROM effect"))}
    assert kept == {rows[0][0]: {"rev": 1}, rows[1][0]: {"rev": 2}}
