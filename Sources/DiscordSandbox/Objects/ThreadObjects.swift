import StrictJSON

/// A post as Discord's API shows a thread.
extension ForumThread {
    var object: JSONObject {
        // The starter message isn't counted.
        let count = Int64(max(0, self.messages.count - 1))
        return [
            "id": self.id.json, "type": 11, "guild_id": Fixture.guild.json,
            "parent_id": Fixture.forum.json, "owner_id": self.owner.json,
            "name": .string(self.name), "flags": 0, "rate_limit_per_user": 0,
            "last_message_id": self.messages.last?.id.json ?? self.id.json,
            "message_count": .integer(count), "total_message_sent": .integer(count),
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
}

/// A list of threads.
enum ThreadListObject {
    static func json(_ threads: [ForumThread], hasMore: Bool) -> JSONValue {
        [
            "threads": .array(threads.map(\.json)),
            "members": .array(
                threads.filter { $0.owner == Fixture.bot }.map(\.ownMemberJSON)),
            "has_more": .bool(hasMore),
        ]
    }
}
