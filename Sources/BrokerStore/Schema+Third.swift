extension Schema {
    // A conversation that was erased keeps its row, so that its uid names nothing new and seqs still
    // add up; everything else of it goes. While the erasure is under way there is one event, of kind
    // "erasure", and a side for each service that has yet to remove what it holds.
    //
    // A tombstone is a uid that no conversation may have, though none had it here: what a peer id of
    // an erased conversation would open, or what was erased after the copy that was restored.
    //
    // `life.is_overwritten` is 0 while what was erased may stand in unused parts of pages: SQLite's
    // secure_delete leaves there what it once moved to another page.
    //
    // The service without a box is the broker itself, who sends erasures.
    static let third = """
        ALTER TABLE conversation ADD COLUMN erasure TEXT
            CHECK (erasure IN ('under way', 'done'));
        ALTER TABLE conversation ADD COLUMN erased_at INTEGER;
        CREATE INDEX conversation_erased ON conversation(erasure, erased_at)
            WHERE erasure IS NOT NULL;

        CREATE TABLE tombstone(
            uid BLOB PRIMARY KEY CHECK (length(uid) = 16),
            at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE life ADD COLUMN is_overwritten INTEGER NOT NULL DEFAULT 1;

        INSERT INTO service(box, name) VALUES ('', 'chatbox');
        """
}
