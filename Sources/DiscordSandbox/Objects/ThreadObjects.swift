import StrictJSON

/// A thread as Discord's API shows it.
extension ChannelThread {
    var object: JSONObject {
        [
            "id": self.id.json, "type": 11, "guild_id": Fixture.guild.json,
            "parent_id": self.parent.json, "owner_id": self.owner.json,
            "name": .string(self.name), "flags": 0, "rate_limit_per_user": 0,
            "last_message_id": (self.log.lastID ?? self.id).json,
            "message_count": .integer(self.log.keptCount),
            "total_message_sent": .integer(self.log.sentCount),
            "member_count": .integer(min(50, Int64(Set(self.messages.map(\.author)).count))),
            "applied_tags": self.appliedTags.json,
            "thread_metadata": [
                "archived": .bool(self.isArchived), "locked": .bool(self.isLocked),
                "auto_archive_duration": .integer(self.autoArchiveMinutes),
                "archive_timestamp": .string(Timestamp.text(self.archiveMilliseconds)),
                "create_timestamp": .string(Timestamp.text(self.id.milliseconds)),
            ],
        ]
    }

    var json: JSONValue { .object(self.object) }

    /// The owner as a member of the thread.
    var ownMemberJSON: JSONValue {
        [
            "id": self.id.json, "user_id": self.owner.json,
            "join_timestamp": .string(Timestamp.text(self.id.milliseconds)), "flags": 1,
        ]
    }

    /// What THREAD_DELETE tells: no more than where it was.
    var deletedJSON: JSONValue {
        [
            "id": self.id.json, "guild_id": Fixture.guild.json, "parent_id": self.parent.json,
            "type": 11,
        ]
    }
}

/// A list of threads.
enum ThreadListObject {
    static func json(_ threads: [ChannelThread], hasMore: Bool) -> JSONValue {
        [
            "threads": .array(threads.map(\.json)), "members": self.members(threads),
            "has_more": .bool(hasMore),
        ]
    }

    /// What THREAD_LIST_SYNC tells when the bot may see a channel again.
    static func sync(_ channel: Snowflake, _ threads: [ChannelThread]) -> JSONValue {
        [
            "guild_id": Fixture.guild.json, "channel_ids": [channel.json],
            "threads": .array(threads.map(\.json)), "members": self.members(threads),
        ]
    }

    /// The bot's own memberships.
    private static func members(_ threads: [ChannelThread]) -> JSONValue {
        .array(threads.filter { $0.owner == Fixture.bot }.map(\.ownMemberJSON))
    }
}
