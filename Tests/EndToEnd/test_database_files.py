"""The real broker's files are taken away, put back, or older than what was said."""

import contextlib
import os
import pathlib
import shutil
import sqlite3

import pytest

from lone_broker import bodies, opened, send
from stack import PATIENCE


@pytest.mark.parametrize("damage", ["deleted", "replaced", "emptied", "log deleted"])
def test_a_file_that_is_taken_away_is_noticed_within_5_seconds(broker, damage):
    broker.start()
    web = broker.reader()
    assert send(web, opened(web), "k1")["type"] == "sent"
    if damage == "deleted":
        broker.database.unlink()
    elif damage == "replaced":
        other = broker.folder / "other.db"
        shutil.copy(broker.database, other)
        other.replace(broker.database)
    elif damage == "emptied":
        os.truncate(broker.database, 0)
    else:
        pathlib.Path(f"{broker.database}-wal").unlink()
    broker.ends_with(74, str(broker.database), seconds=6)
    # It was told to come again, not left alone.
    goodbye = web.hear()
    assert (goodbye["type"], goodbye["code"], goodbye["reconnect"]) == (
        "goodbye", "storage_failed", True)
    if damage == "deleted":
        # Nothing new is made in the place of what was lost.
        log, process = broker.launch()
        assert process.wait(PATIENCE) == 65
        assert "is gone" in log.read_text() and not broker.database.exists()


def test_a_log_that_is_gone_after_a_kill_begins_another_epoch(broker):
    broker.start()
    web = broker.reader()
    epoch = web.welcome["epoch"]
    conversation = opened(web)
    sent = send(web, conversation, "k1")
    broker.kill()
    for name in ("-wal", "-shm"):
        pathlib.Path(f"{broker.database}{name}").unlink()
    broker.start()
    assert broker.reader().welcome["epoch"] != epoch
    assert "history_regressed" in broker.said()
    assert sent["type"] == "sent"


@pytest.mark.parametrize("with_log", [False, True])
def test_an_older_copy_of_the_files_is_noticed_after_a_kill(broker, with_log):
    broker.start()
    web = broker.reader()
    epoch = web.welcome["epoch"]
    conversation = opened(web)
    send(web, conversation, "k1")
    if not with_log:
        broker.process.terminate()
        assert broker.process.wait(PATIENCE) == 0
        # The log is brought into the file, which is the whole database then.
        with contextlib.closing(sqlite3.connect(broker.database)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copies = {broker.database: broker.database.read_bytes()}
        broker.start()
        web = broker.reader()
    else:
        files = [broker.database, pathlib.Path(f"{broker.database}-wal")]
        copies = {path: path.read_bytes() for path in files}
    assert web.welcome["epoch"] == epoch
    assert send(web, conversation, "k2")["type"] == "sent"
    broker.kill()
    for name in ("", "-wal", "-shm"):
        pathlib.Path(f"{broker.database}{name}").unlink(missing_ok=True)
    for path, content in copies.items():
        path.write_bytes(content)
        path.chmod(0o600)
    broker.start()
    web = broker.reader()
    assert web.welcome["epoch"] != epoch
    assert "history_regressed" in broker.said() and "1 of 2 events" in broker.said()
    assert bodies(web, conversation) == ["Hello"]


def test_a_page_that_knows_more_than_both_files_begins_another_epoch(broker):
    # As where the whole disk was put back: nothing but pages knows what was there.
    broker.start()
    web = broker.reader()
    epoch = web.welcome["epoch"]
    conversation = opened(web)
    send(web, conversation, "k1")
    broker.process.terminate()
    assert broker.process.wait(PATIENCE) == 0
    older = {path: path.read_bytes() for path in broker.database.parent.iterdir()}
    broker.start()
    sent = send(broker.reader(), conversation, "k2")
    broker.process.terminate()
    assert broker.process.wait(PATIENCE) == 0
    for path, content in older.items():
        path.write_bytes(content)
    broker.start()
    web, neighbour = broker.reader(), broker.reader()
    assert web.welcome["epoch"] == epoch
    web.say(
        type="subscribe", request=1, conversation=conversation,
        **{"from": {"epoch": epoch, "seq": sent["seq"], "id": sent["id"]}})
    for gateway in (web, neighbour):
        goodbye = gateway.hear()
        assert (goodbye["type"], goodbye["reconnect"]) == ("goodbye", True)
    assert broker.reader().welcome["epoch"] != epoch
    assert "history_regressed" in broker.said()


def test_a_killed_broker_leaves_nothing_in_the_way_and_a_running_one_does(broker):
    broker.start()
    log, second = broker.launch()
    assert second.wait(PATIENCE) == 75
    assert "A broker uses the" in log.read_text()
    web = broker.reader()
    conversation = opened(web)
    assert send(web, conversation, "k1")["type"] == "sent"
    for number in range(2, 5):
        broker.kill()
        assert broker.socket.exists()
        broker.start()
        assert send(broker.reader(), conversation, f"k{number}")["type"] == "sent"
    assert len(bodies(broker.reader(), conversation)) == 4


def test_a_restore_says_what_is_only_in_the_kept_file(broker):
    broker.start()
    web = broker.reader()
    epoch = web.welcome["epoch"]
    conversation = opened(web)
    send(web, conversation, "k1")
    copy = broker.folder / "copy.db"
    assert broker.tool("backup", str(copy))[0] == 0
    for number in range(2, 5):
        send(web, conversation, f"k{number}")
    send(web, opened(web), "k1")
    broker.process.terminate()
    assert broker.process.wait(PATIENCE) == 0
    status, said = broker.tool("restore", str(copy), "--yes")
    assert status == 0
    assert "4 events came in 2 conversations, 1 of which" in said
    broker.start()
    assert broker.reader().welcome["epoch"] != epoch
