extension Schema {
    // An event's body stays as it was committed. A message points to its newest edit, so that pages
    // give its present state while deliveries give each event as it was; a deletion empties the
    // message, its edits and its requeues, and names itself in them. `only_for` is the one service
    // that a requeue goes to.
    //
    // `side.version` is the number of the newest change of that side's receipt, out of one counter a
    // box. A failure's number is counted over all boxes.
    //
    // `service.losses` counts the consumers in a row that were lost without an acknowledgement, and
    // `suspect` those that were lost with one event alone under way.
    static let second = """
        CREATE TABLE box(
            name TEXT PRIMARY KEY,
            receipt_version INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE service ADD COLUMN peer_kind TEXT
            CHECK (peer_kind IN ('uuid', 'integer', 'string'));
        ALTER TABLE service ADD COLUMN losses INTEGER NOT NULL DEFAULT 0;

        ALTER TABLE conversation ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;

        ALTER TABLE side ADD COLUMN blocks INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE side ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
        UPDATE side SET version = numbered.number FROM (
            SELECT side.conversation, side.service,
                row_number() OVER (PARTITION BY service.box
                    ORDER BY side.conversation, side.service) AS number
            FROM side JOIN service ON service.id = side.service
            WHERE delivered > 0 OR seen > 0 OR EXISTS (
                SELECT 1 FROM failure WHERE failure.conversation = side.conversation
                    AND failure.service = side.service)
        ) AS numbered
        WHERE side.conversation = numbered.conversation AND side.service = numbered.service;
        CREATE INDEX side_by_version ON side(service, version) WHERE version > 0;
        INSERT INTO box(name, receipt_version)
        SELECT service.box, coalesce(max(side.version), 0)
        FROM service LEFT JOIN side ON side.service = service.id GROUP BY service.box;

        ALTER TABLE event ADD COLUMN target INTEGER;
        ALTER TABLE event ADD COLUMN newest_edit INTEGER;
        ALTER TABLE event ADD COLUMN deleted_by INTEGER;
        ALTER TABLE event ADD COLUMN only_for INTEGER REFERENCES service(id);
        CREATE INDEX event_by_target ON event(conversation, target) WHERE target IS NOT NULL;

        CREATE TABLE reserved_key(
            conversation INTEGER NOT NULL REFERENCES conversation(id),
            service INTEGER NOT NULL REFERENCES service(id),
            key TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (conversation, service, key)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX external_id_by_id ON external_id(conversation, service, id);

        ALTER TABLE life ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
        UPDATE life SET failures = (SELECT count(*) FROM failure);
        ALTER TABLE failure ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE failure ADD COLUMN state TEXT NOT NULL DEFAULT 'aside'
            CHECK (state IN ('aside', 'requeued', 'dropped'));
        UPDATE failure SET number = numbered.number FROM (
            SELECT conversation, service, seq,
                row_number() OVER (ORDER BY at, conversation, service, seq) AS number FROM failure
        ) AS numbered
        WHERE failure.conversation = numbered.conversation
            AND failure.service = numbered.service AND failure.seq = numbered.seq;
        CREATE UNIQUE INDEX failure_by_number ON failure(number);
        CREATE INDEX failure_aside ON failure(service, number) WHERE state = 'aside';

        CREATE TABLE suspect(
            service INTEGER NOT NULL REFERENCES service(id),
            conversation INTEGER NOT NULL REFERENCES conversation(id),
            seq INTEGER NOT NULL,
            losses INTEGER NOT NULL,
            PRIMARY KEY (service, conversation)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE picture(
            id INTEGER PRIMARY KEY,
            box TEXT NOT NULL REFERENCES box(name),
            reference TEXT NOT NULL,
            media_type TEXT NOT NULL,
            bytes BLOB NOT NULL,
            at INTEGER NOT NULL,
            UNIQUE (box, reference)
        ) STRICT;
        """
}
