extension Schema {
    // `service.possible_duplicates` counts the events that may stand on a far side twice, and
    // `side.doubted` is the newest of them in a conversation, by which a repetition isn't counted
    // again: a service handles a conversation's events in order.
    static let fourth = """
        ALTER TABLE service ADD COLUMN possible_duplicates INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE side ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0;
        """
}
