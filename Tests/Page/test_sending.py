"""Messages on their way: what is shown of them, and what becomes of them."""

from playwright.sync_api import expect

from pages import box, bubbles, messages, own_state, write


def test_a_message_is_shown_sent_and_answered(page, stub):
    write(page, "Hello\nthere")
    expect(bubbles(page)).to_have_text(["Hello\nthere"])
    expect(own_state(page, "stored")).to_contain_text("Stored")
    expect(box(page)).to_have_value("")
    expect(box(page)).to_be_focused()
    stub.say("Good morning", {"id": "a", "name": "Anna Schmidt"})
    expect(bubbles(page)).to_have_text(["Hello\nthere", "Good morning"])
    expect(messages(page).last).to_contain_text("Anna Schmidt")
    expect(messages(page).first).to_contain_text("You")
    assert stub.only().events[0]["body"] == "Hello\nthere"


def test_a_bubble_appears_within_a_tenth_of_a_second(page, stub):
    stub.hold_welcome = True
    box(page).press_sequentially("quick")
    # What a conversation needs comes with the first character, long before a message is written.
    page.wait_for_load_state("networkidle")
    took = page.evaluate(
        """() => new Promise((resolve) => {
          const started = performance.now();
          new MutationObserver((_, observer) => {
            if (document.querySelector('article.own') === null) return;
            observer.disconnect();
            resolve(performance.now() - started);
          }).observe(document.body, {childList: true, subtree: true});
          document.querySelector('#send').click();
        })"""
    )
    assert took < 100
    expect(own_state(page, "sending")).to_contain_text("Sending…")


def test_the_states_of_the_last_own_message_are_told_in_words(page, stub):
    write(page, "one")
    expect(own_state(page, "stored")).to_contain_text("Stored")
    stub.receipt(delivered_upto=1)
    expect(own_state(page, "delivered")).to_contain_text("Delivered")
    stub.receipt(seen_upto=1)
    expect(own_state(page, "seen")).to_contain_text("Seen")
    write(page, "two")
    expect(page.locator(".foot")).to_have_count(1)
    stub.receipt(failed=[{"seq": 2, "reason": "too long"}])
    expect(own_state(page, "undeliverable")).to_contain_text("Couldn’t be delivered")


def test_a_refused_message_says_so_and_lets_the_next_go(page, stub):
    stub.refuse_send.append({"code": "field_invalid", "retry": False, "message": "no"})
    write(page, "bad")
    failed = own_state(page, "refused")
    expect(failed).to_contain_text("Not sent")
    write(page, "good")
    expect(own_state(page, "stored")).to_be_visible()
    assert [event["body"] for event in stub.only().events] == ["good"]
    page.reload()
    expect(failed).to_contain_text("Not sent")
    failed.get_by_role("button", name="Try again").click()
    expect(own_state(page, "stored")).to_have_count(2)
    assert len({send["key"] for send in stub.sends() if send["body"] == "bad"}) == 1


def test_a_refused_message_can_be_deleted(page, stub):
    stub.refuse_send.append({"code": "field_invalid", "retry": False, "message": "no"})
    write(page, "bad")
    own_state(page, "refused").get_by_role("button", name="Delete").click()
    expect(messages(page)).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="Hello! How can we help?")).to_be_visible()


def test_nothing_overtakes_a_message_that_is_to_be_tried_again(page, stub):
    later = {"code": "storage_full", "retry": True, "retry_after_ms": 700, "message": "later"}
    stub.refuse_send.extend([later, later])
    write(page, "one")
    write(page, "two")
    kept = page.get_by_text("Your messages are kept here; they can’t be stored just now.")
    expect(kept).to_be_visible()
    expect(own_state(page, "stored")).to_have_count(2)
    expect(kept).to_be_hidden()
    assert [send["body"] for send in stub.sends()] == ["one", "one", "one", "two"]


def test_a_text_that_is_too_long_is_kept_and_not_sent(page, stub):
    box(page).fill("x" * 4001)
    expect(page.get_by_text("1 character too long")).to_be_visible()
    box(page).press("Enter")
    expect(box(page)).to_have_value("x" * 4001)
    expect(messages(page)).to_have_count(0)
    box(page).fill("x" * 4000)
    expect(page.get_by_text("0 characters left")).to_be_visible()
    box(page).press("Enter")
    expect(own_state(page, "stored")).to_be_visible()


def test_what_would_break_the_wire_is_cleaned(page, stub):
    box(page).evaluate(
        "(box) => { box.value = 'nul\\u0000 half \\ud800 pair\\r\\n'; "
        "box.dispatchEvent(new Event('input')); }"
    )
    box(page).press("Enter")
    expect(own_state(page, "stored")).to_be_visible()
    assert stub.only().events[0]["body"] == "nul half \ufffd pair"


def test_blank_text_is_not_sent(page, stub):
    write(page, "  \n ")
    expect(messages(page)).to_have_count(0)
    assert stub.frames == []


def test_the_draft_survives_a_reload(page, stub):
    box(page).fill("half a thought")
    page.reload()
    expect(box(page)).to_have_value("half a thought")
    box(page).press("Enter")
    expect(own_state(page, "stored")).to_be_visible()
    page.reload()
    expect(box(page)).to_have_value("")
