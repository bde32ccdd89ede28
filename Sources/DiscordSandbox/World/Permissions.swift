import StrictJSON

/// What somebody may do, as Discord's bit set.
struct Permissions: OptionSet, Hashable, Sendable {
    let rawValue: UInt64

    static let administrator = Permissions(rawValue: 1 << 3)
    static let manageChannels = Permissions(rawValue: 1 << 4)
    static let addReactions = Permissions(rawValue: 1 << 6)
    static let viewChannel = Permissions(rawValue: 1 << 10)
    static let sendMessages = Permissions(rawValue: 1 << 11)
    static let manageMessages = Permissions(rawValue: 1 << 13)
    static let embedLinks = Permissions(rawValue: 1 << 14)
    static let attachFiles = Permissions(rawValue: 1 << 15)
    static let readMessageHistory = Permissions(rawValue: 1 << 16)
    static let mentionEveryone = Permissions(rawValue: 1 << 17)
    static let manageThreads = Permissions(rawValue: 1 << 34)
    static let createPublicThreads = Permissions(rawValue: 1 << 35)
    static let sendMessagesInThreads = Permissions(rawValue: 1 << 38)

    /// All that the sandbox asks for, by Discord's names.
    static let named: [(name: String, permission: Permissions)] = [
        ("ADMINISTRATOR", .administrator), ("MANAGE_CHANNELS", .manageChannels),
        ("ADD_REACTIONS", .addReactions), ("VIEW_CHANNEL", .viewChannel),
        ("SEND_MESSAGES", .sendMessages), ("MANAGE_MESSAGES", .manageMessages),
        ("EMBED_LINKS", .embedLinks), ("ATTACH_FILES", .attachFiles),
        ("READ_MESSAGE_HISTORY", .readMessageHistory), ("MENTION_EVERYONE", .mentionEveryone),
        ("MANAGE_THREADS", .manageThreads), ("CREATE_PUBLIC_THREADS", .createPublicThreads),
        ("SEND_MESSAGES_IN_THREADS", .sendMessagesInThreads),
    ]

    /// View, send, history, embeds, files, threads, reactions: what @everyone has here.
    static let ordinary: Permissions = [
        .viewChannel, .sendMessages, .readMessageHistory, .embedLinks, .attachFiles,
        .addReactions, .createPublicThreads, .sendMessagesInThreads,
    ]

    /// Everything there is.
    static let all = Permissions(rawValue: .max)

    /// The set that a list of Discord's names spells; nil if a name is unknown.
    init?(names json: JSONValue?) {
        guard let json, json != .null else {
            self = []
            return
        }
        guard let names = json.array else { return nil }
        var set = Permissions()
        for name in names {
            guard let found = Self.named.first(where: { $0.name == name.string }) else {
                return nil
            }
            set.insert(found.permission)
        }
        self = set
    }

    /// The set that a number in a text spells, as Discord writes it.
    init?(text: String?) {
        guard let text, let value = UInt64(text) else { return nil }
        self.init(rawValue: value)
    }

    init(rawValue: UInt64) { self.rawValue = rawValue }

    /// As Discord writes it: 53 bits aren't enough, so a text.
    var json: JSONValue { .string(String(self.rawValue)) }
}

/// Who may do what where, by Discord's order: roles, then the channel's overwrites of @everyone, of
/// roles, of the member.
extension SandboxWorld {
    /// What somebody may do in a channel or thread; a thread has its parent's overwrites.
    func permissions(of user: User, in id: Snowflake) -> Permissions {
        if user.id == Fixture.owner { return .all }
        let thread = self.threads[id]
        var held = user.roles.reduce(self.roles[Fixture.guild]?.permissions ?? []) { held, role in
            held.union(self.roles[role]?.permissions ?? [])
        }
        if held.contains(.administrator) { return .all }
        let overwrites = self.channels[thread?.parent ?? id]?.overwrites ?? []
        let groups: [(PermissionOverwrite) -> Bool] = [
            { $0.id == Fixture.guild }, { !$0.isMember && user.roles.contains($0.id) },
            { $0.isMember && $0.id == user.id },
        ]
        for isMeant in groups {
            let meant = overwrites.filter(isMeant)
            for overwrite in meant { held.subtract(overwrite.deny) }
            for overwrite in meant { held.formUnion(overwrite.allow) }
        }
        // Without the first, nothing else counts; without leave to write, neither what goes with it.
        guard held.contains(.viewChannel) else { return [] }
        if !held.contains(thread == nil ? .sendMessages : .sendMessagesInThreads) {
            held.subtract([.embedLinks, .attachFiles, .mentionEveryone])
        }
        return held
    }

    /// Refuses what isn't permitted: 50001 where nothing may be seen, else 50013.
    func require(
        _ needed: Permissions = [], of user: User, in id: Snowflake
    ) throws(DiscordError) {
        let held = self.permissions(of: user, in: id)
        guard held.contains(.viewChannel) else { throw .missingAccess }
        guard held.contains(needed) else { throw .missingPermissions }
    }

    /// Whether the bot sees a channel or thread.
    func botSees(_ id: Snowflake) -> Bool {
        guard let bot = self.users[Fixture.bot] else { return false }
        return self.permissions(of: bot, in: id).contains(.viewChannel)
    }
}
