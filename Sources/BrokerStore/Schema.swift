package import GRDB

/// The database's shape: a list of migrations that is appended to and never edited.
package enum Schema {
    /// Marks a file as ours: "CBox" as a number, in SQLite's `application_id`.
    package static let applicationID: Int32 = 0x4342_6F78

    /// Every migration, oldest first.
    package static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 conversations and events") { db in
            try db.execute(sql: Self.first)
        }
        migrator.registerMigration("2 edits, receipts and dead letters") { db in
            try db.execute(sql: Self.second)
        }
        migrator.registerMigration("3 erasures") { db in
            try db.execute(sql: Self.third)
        }
        migrator.registerMigration("4 possible duplicates") { db in
            try db.execute(sql: Self.fourth)
        }
        return migrator
    }

    // A side is one service's view of one conversation: its peer id (compared as bytes, hence a
    // blob), mark, cursor and receipts. `wanted` is the seq of the newest event of another
    // service, so that the partial index lists exactly the conversations with something to deliver.
    //
    // Events lie in a rowid table with two unique indices: measured, that inserts nearly three times
    // as fast as one clustered by (conversation, seq) when many conversations grow side by side.
    private static let first = """
        PRAGMA application_id = \(Schema.applicationID);

        CREATE TABLE life(
            id INTEGER PRIMARY KEY CHECK (id = 1),
            epoch BLOB NOT NULL CHECK (length(epoch) = 16),
            digest_key BLOB NOT NULL CHECK (length(digest_key) = 32),
            made_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE service(
            id INTEGER PRIMARY KEY,
            box TEXT NOT NULL,
            name TEXT NOT NULL,
            generation INTEGER NOT NULL DEFAULT 0,
            UNIQUE (box, name)
        ) STRICT;

        CREATE TABLE conversation(
            id INTEGER PRIMARY KEY,
            uid BLOB NOT NULL UNIQUE CHECK (length(uid) = 16),
            box TEXT NOT NULL,
            opened_by INTEGER NOT NULL REFERENCES service(id),
            opened_at INTEGER NOT NULL,
            head INTEGER NOT NULL DEFAULT 0,
            properties TEXT NOT NULL DEFAULT '{}'
        ) STRICT;

        CREATE TABLE side(
            conversation INTEGER NOT NULL REFERENCES conversation(id),
            service INTEGER NOT NULL REFERENCES service(id),
            peer BLOB,
            mark TEXT,
            handled INTEGER NOT NULL DEFAULT 0,
            wanted INTEGER NOT NULL DEFAULT 0,
            delivered INTEGER NOT NULL DEFAULT 0,
            seen INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (conversation, service)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX side_by_peer ON side(service, peer) WHERE peer IS NOT NULL;
        CREATE INDEX side_with_backlog ON side(service, conversation) WHERE handled < wanted;

        CREATE TABLE credential(
            id INTEGER PRIMARY KEY,
            conversation INTEGER NOT NULL REFERENCES conversation(id),
            service INTEGER NOT NULL REFERENCES service(id),
            digest TEXT NOT NULL,
            made_at INTEGER NOT NULL,
            used_at INTEGER NOT NULL,
            expires_at INTEGER,
            revoked_at INTEGER,
            UNIQUE (conversation, service, digest)
        ) STRICT;

        CREATE TABLE event(
            id INTEGER PRIMARY KEY,
            conversation INTEGER NOT NULL REFERENCES conversation(id),
            seq INTEGER NOT NULL,
            service INTEGER NOT NULL REFERENCES service(id),
            uid BLOB NOT NULL CHECK (length(uid) = 16),
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            digest BLOB NOT NULL,
            revision INTEGER NOT NULL DEFAULT 0,
            author TEXT NOT NULL,
            body TEXT NOT NULL,
            format TEXT NOT NULL,
            reply_to BLOB,
            sent_at INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX event_by_seq ON event(conversation, seq);
        CREATE UNIQUE INDEX event_by_key ON event(conversation, service, key);

        CREATE TABLE external_id(
            conversation INTEGER NOT NULL REFERENCES conversation(id),
            service INTEGER NOT NULL REFERENCES service(id),
            seq INTEGER NOT NULL,
            part INTEGER NOT NULL,
            id TEXT NOT NULL,
            PRIMARY KEY (conversation, service, seq, part)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE failure(
            conversation INTEGER NOT NULL REFERENCES conversation(id),
            service INTEGER NOT NULL REFERENCES service(id),
            seq INTEGER NOT NULL,
            code TEXT NOT NULL,
            reason TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (conversation, service, seq)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE stored_value(
            service INTEGER NOT NULL REFERENCES service(id),
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (service, key)
        ) STRICT, WITHOUT ROWID;
        """
}
