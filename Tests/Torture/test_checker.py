"""The checker sees what it is there to see: each invariant breaks on a run that was doctored so."""

import subprocess
import sys

import pytest

import checker
from invariants import INVARIANTS
from operator_client import BOT
from paths import ROOT
from record import marker
from sample_run import SampleRun, snowflake

DOCTORED = []


def breaks(*names):
    """A doctored run, and which invariants have to break on it."""

    def register(doctor):
        DOCTORED.append(pytest.param(doctor, set(names), id=doctor.__name__))
        return doctor

    return register


@pytest.fixture
def run(tmp_path):
    return SampleRun(tmp_path)


def test_an_honest_run_breaks_nothing(run):
    assert checker.check(run.write()) == {}


@pytest.mark.parametrize("name", INVARIANTS)
def test_what_the_driver_saw_counts(run, name):
    run.line("driver", "judged", invariant=name, right=True, saw="all is well")
    run.line("driver", "judged", invariant=name, right=False, saw="nothing is well")
    assert checker.check(run.write()) == {name: ["nothing is well"]}


@pytest.mark.parametrize(("doctor", "names"), DOCTORED)
def test_a_doctored_run_breaks(run, doctor, names):
    doctor(run)
    assert set(checker.check(run.write())) == names


def test_the_program_names_what_is_broken(run):
    run.sql("DELETE FROM event WHERE seq = 3 AND conversation = 1")
    done = subprocess.run(
        [sys.executable, ROOT / "Tests" / "Torture" / "checker.py", run.write()],
        capture_output=True, text=True,
    )
    assert done.returncode == 1
    assert "I1   nothing acknowledged is lost: BROKEN" in done.stdout
    assert "conversation 1, k3 (seq 3) was acknowledged and isn't in the database" in done.stdout
    assert "I5   conversations are apart: holds" in done.stdout


# I1


@breaks("I1", "I3", "I6")
def an_acknowledged_event_is_gone(run):
    run.sql("DELETE FROM event WHERE conversation = 1 AND seq = 6")
    run.sql("UPDATE event SET deleted_by = NULL, body = 'x' WHERE conversation = 1 AND seq = 2")
    run.sql("UPDATE side SET handled = 7 WHERE conversation = 1 AND service = 2")


@breaks("I1")
def an_acknowledged_text_is_another(run):
    run.sql("UPDATE event SET body = 'v001n0000r0 else' WHERE conversation = 1 AND seq = 1")


@breaks("I1")
def an_acknowledged_event_has_another_id(run):
    run.lines("visitor-001", "ok")[0]["id"] = "0" * 32


@breaks("I1")
def a_deletion_was_acknowledged_and_the_text_is_there(run):
    text = marker("v", 1, 1)
    run.sql(f"UPDATE event SET body = '{text}' WHERE conversation = 1 AND seq = 2")


@breaks("I1", "I6")
def a_visitors_message_never_stood_in_discord(run):
    run.journal = [one for one in run.journal if one.get("id") != snowflake(101)]


@breaks("I1")
def an_edit_never_reached_discord(run):
    run.journal.remove(next(
        one for one in run.journal
        if one["kind"] == "message_change" and one["author"] == BOT))


@breaks("I1")
def a_deletion_never_reached_discord(run):
    run.journal.remove(next(one for one in run.journal if one["kind"] == "message_deletion"))


@breaks("I1")
def what_the_team_wrote_is_not_stored(run):
    run.journal.append({
        "kind": "message", "id": snowflake(150), "channel": snowflake(100),
        "author": "1000000000000000010", "content": marker("o", 1, 7)})


@breaks("I1")
def an_edit_of_the_team_is_not_stored(run):
    run.journal.append({
        "kind": "message_change", "id": snowflake(103), "channel": snowflake(100),
        "author": "1000000000000000010", "content": marker("o", 1, 0, 2)})


@breaks("I1")
def the_visitor_was_never_shown_the_end(run):
    run.drop("visitor-001", run.saw("visitor-001", 6))


# I2


@breaks("I2")
def a_message_was_posted_twice(run):
    run.journal.append({
        "kind": "message", "id": snowflake(120), "channel": snowflake(100), "author": BOT,
        "content": marker("v", 1, 1)})


@breaks("I2")
def a_message_is_stored_twice(run):
    run.sql(
        "INSERT INTO event SELECT conversation, 7, service,"
        " x'00000000000000010000000000000007', at, kind, key || 'x', revision, body, target,"
        " newest_edit, NULL FROM event WHERE conversation = 1 AND seq = 4")
    run.sql("UPDATE conversation SET head = 7 WHERE id = 1")
    event = {**run.saw("visitor-001", 4)["event"], "seq": 7, "id": run.id(1, 7), "body": ""}
    run.line("visitor-001", "saw", live=True, again=False, event=event)


@breaks("I2")
def a_visitor_was_shown_a_message_twice(run):
    event = {**run.saw("visitor-001", 4)["event"], "seq": 7, "id": "f" * 32}
    run.line("visitor-001", "saw", live=True, again=False, event=event)


@breaks("I2")
def a_conversation_has_two_posts(run):
    card = next(one for one in run.journal if one["id"] == snowflake(100) and "embeds" in one)
    run.journal.append({"kind": "thread", "id": snowflake(160), "parent": "1", "name": "Visitor"})
    run.journal.append({**card, "id": snowflake(160), "channel": snowflake(160)})


# I3


@breaks("I3")
def a_visitor_was_shown_a_gap(run):
    # It was filled later, from a page of history.
    line = run.saw("visitor-001", 4)
    run.drop("visitor-001", line)
    run.line("visitor-001", "saw", live=False, again=False, event=line["event"])


@breaks("I3")
def messages_stand_in_another_order_in_discord(run):
    early, late = (one for one in run.journal if one.get("id") in (snowflake(201), snowflake(202))
                   and one["kind"] == "message")
    early["content"], late["content"] = late["content"], early["content"]


@breaks("I3")
def a_side_is_stored_in_another_order(run):
    run.sql("UPDATE conversation SET head = 8 WHERE id = 1")
    for seq, text in ((7, marker("o", 1, 2)), (8, marker("o", 1, 1))):
        key, identity = snowflake(100 + seq), run.id(1, seq)
        run.sql(
            f"INSERT INTO event VALUES (1, {seq}, 2, x'{identity}', 0, 'message', '{key}', 0,"
            f" '{text}', NULL, NULL, NULL)")
        run.journal.append({
            "kind": "message", "id": key, "channel": snowflake(100),
            "author": "1000000000000000010", "content": text})
        event = {**run.saw("visitor-001", 4)["event"], "seq": seq, "id": identity, "body": text}
        run.line("visitor-001", "saw", live=True, again=False, event=event)


@breaks("I3")
def another_event_was_shown_than_is_stored(run):
    run.saw("visitor-001", 2)["event"]["id"] = "e" * 32
    event = {**run.saw("visitor-001", 2)["event"], "id": run.id(1, 2), "body": ""}
    run.line("visitor-001", "saw", live=False, again=True, event=event)


# I4


@breaks("I4")
def something_was_never_answered(run):
    run.line("visitor-001", "invoke", kind="send", key="k9", body=marker("v", 1, 9))


@breaks("I4")
def something_was_refused(run):
    run.line("visitor-001", "invoke", kind="send", key="k9", body=marker("v", 1, 9))
    run.line("visitor-001", "fail", key="k9", code="idempotency_conflict")


@breaks("I4")
def it_never_came_to_rest(run):
    run.lines("driver", "end")[0].update(settled=False, missing="visitor 1 has 1 unanswered")


@breaks("I4")
def a_message_was_set_aside(run):
    run.sql("INSERT INTO failure VALUES (1, 2, 1, 'poison')")


# I5


@breaks("I5")
def a_visitor_was_shown_somebody_elses_message(run):
    run.saw("visitor-001", 4)["event"]["body"] = marker("o", 2, 0)


@breaks("I5")
def a_message_stands_in_somebody_elses_post(run):
    run.journal.append({
        "kind": "message", "id": snowflake(290), "channel": snowflake(100), "author": BOT,
        "content": marker("v", 2, 9)})


# I6


@breaks("I6")
def a_receipt_fell(run):
    run.line("visitor-001", "receipt", epoch=run.lines("visitor-001", "welcome")[0]["epoch"],
             delivered_upto=2, seen_upto=6, failed=[])


@breaks("I6")
def a_visitor_was_told_of_deliveries_that_were_none(run):
    run.sql("UPDATE side SET handled = 4, delivered = 4 WHERE conversation = 1 AND service = 2")


# I7 to I13


@breaks("I7")
def a_process_grew(run):
    run.line("driver", "sample", process="web", values={"rss_mb": 4000})


@breaks("I8")
def it_was_ready_too_late(run):
    run.line("driver", "judged", invariant="I8", right=False, saw="after 60 s")


@breaks("I9")
def it_lied_about_itself(run):
    run.line("driver", "judged", invariant="I9", right=False, saw="readyz said ready")


@breaks("I10")
def the_database_is_somebody_elses(run):
    run.sql("PRAGMA application_id = 1")


@breaks("I10")
def the_database_has_a_new_life(run):
    run.line(
        "visitor-002", "welcome", epoch="cd" * 16, head={"seq": 6}, recovered=True, resumed=None)


@breaks("I10")
def a_foreign_key_names_nothing(run):
    run.sql("PRAGMA foreign_keys = OFF")
    run.sql("INSERT INTO side VALUES (77, 2, NULL, 0, 0, 0)")


@breaks("I11")
def a_log_holds_a_text(run):
    (run.folder / "log" / "web.log").write_text(f"sent {marker('v', 1, 0)}\n")


@breaks("I11")
def a_log_holds_the_token(run):
    (run.folder / "log" / "discord.log").write_text("GET /users/@me Bot canary-token\n")


@breaks("I12")
def it_ended_wrongly(run):
    run.line("driver", "judged", invariant="I12", right=False, saw="ended with 1")


@breaks("I13")
def too_many_sessions_were_begun(run):
    run.journal += [{"kind": "identify", "at": 0}] * 9


@breaks("I13")
def the_token_was_taken_away(run):
    (run.folder / "sandbox-state.json").write_text('{"token_resets": 1}')
