"""discord.py, which knows nothing of us, with the sandbox in Discord's place."""

import asyncio
import json
import urllib.request

import discord
import discord.gateway
import discord.http
import pytest
import yarl

FORUM = 1000000000000000002
BOT = 1000000000000000003
TEXT = 1000000000000000007
# What each step may take on a busy machine, in seconds; all of them together are a few.
PATIENCE = 60


def ask(sandbox, method, path, body=None):
    """What a person does, or a test asks of the sandbox itself."""
    request = urllib.request.Request(
        f"{sandbox.origin}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": "Operator Anna"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
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


def with_bot(sandbox, story):
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

    place = yarl.URL(f"ws://127.0.0.1:{sandbox.port}/gateway")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discord.http.Route, "BASE", sandbox.api)
        patch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", place)
        asyncio.run(run())


async def soon(awaitable):
    return await asyncio.wait_for(awaitable, PATIENCE)
