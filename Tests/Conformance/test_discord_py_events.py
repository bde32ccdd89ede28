"""discord.py takes the sandbox for Discord's Gateway: what it hears, and how it comes back."""

import asyncio

import discord
import pytest

from discord_bot import BOT, FORUM, ask, soon, with_bot


def test_it_hears_an_operator(sandbox):
    async def story(bot):
        post = (await bot.get_channel(FORUM).create_thread(name="Visitor", content="Hi")).thread
        path = f"/api/v10/channels/{post.id}"
        await asyncio.to_thread(ask, sandbox, "POST", f"{path}/typing")
        assert await soon(bot.typists.get()) == (post.id, "Anna")

        sent = await asyncio.to_thread(
            ask, sandbox, "POST", f"{path}/messages", {"content": "Good day!"}
        )
        heard = await soon(bot.heard.get())
        assert (str(heard.id), heard.content) == (sent["id"], "Good day!")
        assert (heard.channel.id, heard.author.display_name) == (post.id, "Anna")
        assert not heard.author.bot
        assert "Team" in {role.name for role in heard.author.roles}

    with_bot(sandbox, story)


def test_it_resumes_and_misses_nothing(sandbox):
    async def story(bot):
        post = (await bot.get_channel(FORUM).create_thread(name="Visitor", content="Hi")).thread
        path = f"/api/v10/channels/{post.id}/messages"

        def lose_the_connection():
            ask(sandbox, "POST", "/sandbox/gateway", {"action": "drop"})
            ask(sandbox, "POST", path, {"content": "While you were away"})

        await asyncio.to_thread(lose_the_connection)
        await soon(bot.resumes.get())
        assert (await soon(bot.heard.get())).content == "While you were away"
        await asyncio.to_thread(ask, sandbox, "POST", path, {"content": "And now"})
        assert (await soon(bot.heard.get())).content == "And now", "nothing comes twice"

        state = await asyncio.to_thread(ask, sandbox, "GET", "/sandbox/state")
        assert (state["identifies"], state["resumes"], state["resumes_refused"]) == (1, 1, 0)

    with_bot(sandbox, story)


def test_it_edits_deletes_and_reacts(sandbox):
    async def story(bot):
        post = (await bot.get_channel(FORUM).create_thread(name="Visitor", content="Hi")).thread
        written = await post.send("Helo")
        edited = await written.edit(content="Hello")
        assert edited.content == "Hello" and edited.edited_at is not None
        assert await soon(bot.changes.get()) == ("edit", written.id, "Hello")

        await written.add_reaction("✅")
        assert await soon(bot.changes.get()) == ("react", written.id, ("✅", "chatbox"))
        (reaction,) = (await post.fetch_message(written.id)).reactions
        assert (reaction.emoji, reaction.count, reaction.me) == ("✅", 1, True)
        assert [user.id async for user in reaction.users()] == [BOT]
        await written.remove_reaction("✅", bot.user)
        assert await soon(bot.changes.get()) == ("unreact", written.id, "✅")

        await written.delete()
        assert await soon(bot.changes.get()) == ("delete", written.id, post.id)
        with pytest.raises(discord.NotFound) as missing:
            await written.edit(content="too late")
        assert missing.value.code == 10008

    with_bot(sandbox, story)


def test_it_hears_what_an_operator_changes(sandbox):
    async def story(bot):
        post = (await bot.get_channel(FORUM).create_thread(name="Visitor", content="Hi")).thread
        path = f"/api/v10/channels/{post.id}/messages"
        sent = await asyncio.to_thread(ask, sandbox, "POST", path, {"content": "Good dya"})
        one = f"{path}/{sent['id']}"
        number = int(sent["id"])
        heard = await soon(bot.heard.get())
        with pytest.raises(discord.Forbidden) as refusal:
            await heard.edit(content="mine now")
        assert refusal.value.code == 50005
        with pytest.raises(discord.Forbidden) as refusal:
            await heard.delete()
        assert refusal.value.code == 50013

        await asyncio.to_thread(ask, sandbox, "PATCH", one, {"content": "Good day"})
        assert await soon(bot.changes.get()) == ("edit", number, "Good day")
        await asyncio.to_thread(ask, sandbox, "PUT", f"{one}/reactions/%F0%9F%91%8D/@me")
        assert await soon(bot.changes.get()) == ("react", number, ("👍", "Anna"))
        await asyncio.to_thread(ask, sandbox, "DELETE", one)
        assert await soon(bot.changes.get()) == ("delete", number, post.id)

        place = f"/api/v10/channels/{post.id}"
        await asyncio.to_thread(ask, sandbox, "PATCH", place, {"archived": True, "locked": True})
        kind, _, metadata = await soon(bot.changes.get())
        assert kind == "thread" and metadata["archived"] and metadata["locked"]
        await asyncio.to_thread(ask, sandbox, "DELETE", place)
        assert await soon(bot.changes.get()) == ("gone", post.id, FORUM)

    with_bot(sandbox, story)


def test_it_comes_back_from_every_close(sandbox):
    async def story(bot):
        post = (await bot.get_channel(FORUM).create_thread(name="Visitor", content="Hi")).thread
        path = f"/api/v10/channels/{post.id}/messages"
        for action in ({"action": "reconnect"}, {"action": "close", "code": 4000},
                       {"action": "invalidate", "resumable": True}):
            await asyncio.to_thread(ask, sandbox, "POST", "/sandbox/gateway", action)
            await soon(bot.resumes.get())
            await asyncio.to_thread(ask, sandbox, "POST", path, {"content": str(action)})
            assert (await soon(bot.heard.get())).content == str(action)
        state = await asyncio.to_thread(ask, sandbox, "GET", "/sandbox/state")
        assert (state["identifies"], state["resumes"]) == (1, 3)

    with_bot(sandbox, story)
