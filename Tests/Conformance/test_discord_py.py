"""discord.py takes the sandbox for Discord's API: what it asks, and what it is refused."""

import asyncio

import discord
import pytest

from discord_bot import BOT, FORUM, TEXT, ask, with_bot


def test_it_finds_guild_channel_and_application(sandbox):
    async def story(bot):
        (guild,) = bot.guilds
        assert guild.name == "Sandbox"
        assert bot.user.id == BOT
        forum = bot.get_channel(FORUM)
        assert isinstance(forum, discord.ForumChannel)
        assert forum.permissions_for(guild.me).create_public_threads
        assert forum.permissions_for(guild.me).send_messages_in_threads
        assert (await bot.application_info()).flags.gateway_message_content_limited
        assert {role.name for role in await guild.fetch_roles()} >= {"@everyone", "Team"}

    with_bot(sandbox, story)


def test_it_makes_a_post_and_talks_in_it(sandbox):
    async def story(bot):
        created = await bot.get_channel(FORUM).create_thread(
            name="Visitor 1", content="A new visitor", embed=discord.Embed(title="Card")
        )
        post = created.thread
        assert created.message.id == post.id, "the first message has the post's id"
        assert created.message.embeds[0].title == "Card"

        written = await post.send("Hello, `anyone` there? 👋", nonce=4711)
        reply = await written.reply("I meant it.", mention_author=False)
        assert reply.type is discord.MessageType.reply
        assert reply.reference.message_id == written.id

        history = [message async for message in post.history(limit=None, oldest_first=True)]
        assert [message.content for message in history] == [
            "A new visitor",
            "Hello, `anyone` there? 👋",
            "I meant it.",
        ]
        assert history[2].reference.resolved.id == written.id
        after = [message async for message in post.history(after=written)]
        assert [message.id for message in after] == [reply.id]
        assert (await post.fetch_message(written.id)).content == written.content

        async with post.typing():
            pass
        await post.edit(archived=True)
        archived = [thread async for thread in bot.get_channel(FORUM).archived_threads()]
        assert [thread.id for thread in archived] == [post.id]

    with_bot(sandbox, story)


def test_it_waits_when_it_is_told_to(sandbox):
    async def story(bot):
        post = (await bot.get_channel(FORUM).create_thread(name="Visitor", content="Hi")).thread
        fault = {
            "route": "POST /channels/{channel}/messages", "status": 429, "count": 2,
            "retry_after": 0.2, "caller": "bot",
        }
        await asyncio.to_thread(ask, sandbox, "POST", "/sandbox/faults", fault)
        # discord.py takes a 429 for Discord's only if it looks like one, and then tries again.
        await post.send("Patience")
        state = await asyncio.to_thread(ask, sandbox, "GET", "/sandbox/state")
        assert state["requests"]["POST /channels/{channel}/messages"] == 3
        assert state["faults"] == []

    with_bot(sandbox, story)


def test_it_knows_what_it_may_not(sandbox):
    async def story(bot):
        forum = bot.get_channel(FORUM)
        post = (await forum.create_thread(name="Visitor", content="Hi")).thread

        async def take(*names):
            body = {"who": "bot", "deny": names}
            await asyncio.to_thread(ask, sandbox, "PUT", "/sandbox/permissions", body)

        await take("SEND_MESSAGES_IN_THREADS", "READ_MESSAGE_HISTORY")
        with pytest.raises(discord.Forbidden) as refusal:
            await post.send("No")
        assert refusal.value.code == 50013
        assert [message async for message in post.history()] == []
        me = await bot.guilds[0].fetch_member(BOT)
        fresh = await bot.fetch_channel(FORUM)
        assert not fresh.permissions_for(me).send_messages_in_threads
        await take()
        await post.send("Yes")
        assert len([message async for message in post.history()]) == 2

    with_bot(sandbox, story)


def test_it_uses_threads_of_a_text_channel(sandbox):
    async def story(bot):
        channel = bot.get_channel(TEXT)
        assert isinstance(channel, discord.TextChannel)
        card = await channel.send(embed=discord.Embed(title="Card"))
        thread = await card.create_thread(name="Visitor")
        assert thread.id == card.id
        assert (await channel.fetch_message(card.id)).flags.has_thread
        with pytest.raises(discord.HTTPException) as twice:
            await card.create_thread(name="Visitor")
        assert twice.value.code == 160004
        await thread.send("Hello")
        history = [message async for message in thread.history(oldest_first=True)]
        assert [message.type for message in history] == [
            discord.MessageType.thread_starter_message, discord.MessageType.default,
        ]
        plain = await channel.create_thread(name="Other", type=discord.ChannelType.public_thread)
        await plain.send("Hi")
        await plain.edit(archived=True)
        assert [found.id async for found in channel.archived_threads()] == [plain.id]
        await plain.delete()
        assert {found.id for found in await bot.guilds[0].active_threads()} == {thread.id}

    with_bot(sandbox, story)


def test_a_refusal_reads_like_discords(sandbox):
    async def story(bot):
        post = (await bot.get_channel(FORUM).create_thread(name="Visitor", content="Hi")).thread
        with pytest.raises(discord.HTTPException, match="2000 or fewer in length") as refusal:
            await post.send("x" * 2001)
        assert (refusal.value.status, refusal.value.code) == (400, 50035)
        with pytest.raises(discord.NotFound) as missing:
            await post.fetch_message(1)
        assert missing.value.code == 10008

    with_bot(sandbox, story)
