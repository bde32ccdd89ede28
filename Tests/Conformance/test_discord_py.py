"""discord.py, which knows nothing of us, takes the sandbox for Discord."""

import asyncio
import json
import urllib.request

import discord
import discord.gateway
import discord.http
import pytest
import yarl

from processes import Sandbox

FORUM = 1000000000000000002
BOT = 1000000000000000003
TEXT = 1000000000000000007
# What each step may take; all of them together are a few seconds.
PATIENCE = 20


@pytest.fixture
def sandbox(monkeypatch):
    with Sandbox() as sandbox:
        monkeypatch.setattr(discord.http.Route, "BASE", sandbox.api)
        monkeypatch.setattr(
            discord.gateway.DiscordWebSocket,
            "DEFAULT_GATEWAY",
            yarl.URL(f"ws://127.0.0.1:{sandbox.port}/gateway"),
        )
        yield sandbox


def ask(sandbox, method, path, body=None):
    """What a person does, or a test asks of the sandbox itself."""
    request = urllib.request.Request(
        f"{sandbox.origin}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": "Operator Anna"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


class Bot(discord.Client):
    """Keeps what the gateway told it, for a test to wait for."""

    def __init__(self):
        intents = discord.Intents(
            guilds=True, guild_messages=True, guild_reactions=True, guild_typing=True,
            message_content=True,
        )
        # How long discord.py waits for guilds that aren't announced; the sandbox has no more.
        super().__init__(intents=intents, guild_ready_timeout=1)
        self.heard = asyncio.Queue()
        self.typists = asyncio.Queue()
        self.resumes = asyncio.Queue()
        # What became of messages and threads: the event's name and what is told with it.
        self.changes = asyncio.Queue()

    async def on_message(self, message):
        if message.author.id != BOT:
            await self.heard.put(message)

    async def on_typing(self, channel, user, when):
        await self.typists.put((channel.id, user.display_name))

    async def on_raw_message_edit(self, payload):
        await self.changes.put(("edit", payload.message_id, payload.message.content))

    async def on_raw_message_delete(self, payload):
        await self.changes.put(("delete", payload.message_id, payload.channel_id))

    async def on_raw_reaction_add(self, payload):
        name = payload.member.display_name if payload.member else None
        await self.changes.put(("react", payload.message_id, (str(payload.emoji), name)))

    async def on_raw_reaction_remove(self, payload):
        await self.changes.put(("unreact", payload.message_id, str(payload.emoji)))

    async def on_raw_thread_update(self, payload):
        await self.changes.put(("thread", payload.thread_id, payload.data["thread_metadata"]))

    async def on_raw_thread_delete(self, payload):
        await self.changes.put(("gone", payload.thread_id, payload.parent_id))

    async def on_resumed(self):
        await self.resumes.put(True)


def with_bot(story):
    """Runs `story` with a bot that is logged in; the bot is closed whatever happens."""

    async def run():
        async with Bot() as bot:
            await bot.login("any")
            connection = asyncio.ensure_future(bot.connect())
            try:
                ready = asyncio.ensure_future(bot.wait_until_ready())
                await asyncio.wait(
                    {connection, ready}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED
                )
                assert ready.done(), "no READY"
                await asyncio.wait_for(story(bot), 2 * PATIENCE)
            finally:
                await bot.close()
                await asyncio.wait({connection}, timeout=PATIENCE)

    asyncio.run(run())


async def soon(awaitable):
    return await asyncio.wait_for(awaitable, PATIENCE)


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

    with_bot(story)


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

    with_bot(story)


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

    with_bot(story)


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

    with_bot(story)


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

    with_bot(story)


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

    with_bot(story)


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

    with_bot(story)


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

    with_bot(story)


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

    with_bot(story)


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

    with_bot(story)


def test_a_refusal_reads_like_discords(sandbox):
    async def story(bot):
        post = (await bot.get_channel(FORUM).create_thread(name="Visitor", content="Hi")).thread
        with pytest.raises(discord.HTTPException, match="2000 or fewer in length") as refusal:
            await post.send("x" * 2001)
        assert (refusal.value.status, refusal.value.code) == (400, 50035)
        with pytest.raises(discord.NotFound) as missing:
            await post.fetch_message(1)
        assert missing.value.code == 10008

    with_bot(story)
