-- A database as migration 3 made it, with data: what a broker of the third version left.
PRAGMA foreign_keys = OFF;
PRAGMA application_id = 1128427384;
CREATE TABLE box(
    name TEXT PRIMARY KEY,
    receipt_version INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO "box" VALUES('main',2);
CREATE TABLE conversation(
    id INTEGER PRIMARY KEY,
    uid BLOB NOT NULL UNIQUE CHECK (length(uid) = 16),
    box TEXT NOT NULL,
    opened_by INTEGER NOT NULL REFERENCES service(id),
    opened_at INTEGER NOT NULL,
    head INTEGER NOT NULL DEFAULT 0,
    properties TEXT NOT NULL DEFAULT '{}'
, closed INTEGER NOT NULL DEFAULT 0, erasure TEXT
    CHECK (erasure IN ('under way', 'done')), erased_at INTEGER) STRICT;
INSERT INTO "conversation" VALUES(1,X'9637A79083F7503A85CD7DFFC2B4D4DC','main',1,1790000000000,5,'{"name":"Ann"}',0,NULL,NULL);
INSERT INTO "conversation" VALUES(2,X'8F66C9E044545262BD3743FAA8B93CFC','main',1,0,1,'{}',0,'under way',1790000000010);
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
INSERT INTO "credential" VALUES(1,1,1,'47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',1790000000000,1790000000000,NULL,NULL);
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
, target INTEGER, newest_edit INTEGER, deleted_by INTEGER, only_for INTEGER REFERENCES service(id)) STRICT;
INSERT INTO "event" VALUES(1,1,1,1,X'01010101010101010101010101010101',1790000000001,'message','k1',X'77D2D6D43FF96786B9C90E8DF78E5815',0,'{"id":"a","name":"Ann"}','Hello','plain',NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "event" VALUES(2,1,2,2,X'02020202020202020202020202020202',1790000000002,'message','1574300000000000002',X'',0,'{"id":"a","name":"Ann"}','','markdown',NULL,NULL,NULL,NULL,5,NULL);
INSERT INTO "event" VALUES(3,1,3,1,X'03030303030303030303030303030303',1790000000003,'message','k3',X'C6D53DC6B2F1A50EBE8E0F498FFB0172',0,'{"id":"a","name":"Ann"}','Are you open?','plain',NULL,NULL,NULL,4,NULL,NULL);
INSERT INTO "event" VALUES(4,1,4,1,X'04040404040404040404040404040404',1790000000004,'edit','k4',X'',1,'{"id":"a","name":"Ann"}','Are you open today?','plain',NULL,NULL,3,NULL,NULL,NULL);
INSERT INTO "event" VALUES(5,1,5,2,X'05050505050505050505050505050505',1790000000005,'deletion','1574300000000000002:d',X'',0,'{"id":"o","name":"Sam"}','','plain',NULL,NULL,2,NULL,NULL,NULL);
INSERT INTO "event" VALUES(6,2,1,3,X'1CD5164C49332552FBB102CC7AF3C4FA',1790000000010,'erasure','erasure',X'',0,'{"id":"chatbox","name":"ChatBox"}','','plain',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE external_id(
    conversation INTEGER NOT NULL REFERENCES conversation(id),
    service INTEGER NOT NULL REFERENCES service(id),
    seq INTEGER NOT NULL,
    part INTEGER NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (conversation, service, seq, part)
) STRICT, WITHOUT ROWID;
INSERT INTO "external_id" VALUES(1,2,1,0,'1574300000000000001');
CREATE TABLE failure(
    conversation INTEGER NOT NULL REFERENCES conversation(id),
    service INTEGER NOT NULL REFERENCES service(id),
    seq INTEGER NOT NULL,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL, number INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'aside'
    CHECK (state IN ('aside', 'requeued', 'dropped')),
    PRIMARY KEY (conversation, service, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "failure" VALUES(1,2,1,'50035','Too long.',1790000000009,1,'aside');
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES('1 conversations and events');
INSERT INTO "grdb_migrations" VALUES('2 edits, receipts and dead letters');
INSERT INTO "grdb_migrations" VALUES('3 erasures');
CREATE TABLE life(
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch BLOB NOT NULL CHECK (length(epoch) = 16),
    digest_key BLOB NOT NULL CHECK (length(digest_key) = 32),
    made_at INTEGER NOT NULL
, failures INTEGER NOT NULL DEFAULT 0, is_overwritten INTEGER NOT NULL DEFAULT 1) STRICT;
INSERT INTO "life" VALUES(1,X'EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F',1790000000000,1,1);
CREATE TABLE picture(
    id INTEGER PRIMARY KEY,
    box TEXT NOT NULL REFERENCES box(name),
    reference TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BLOB NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (box, reference)
) STRICT;
INSERT INTO "picture" VALUES(1,'main','p1','image/png',X'89504E47',1790000000006);
CREATE TABLE reserved_key(
    conversation INTEGER NOT NULL REFERENCES conversation(id),
    service INTEGER NOT NULL REFERENCES service(id),
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (conversation, service, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "reserved_key" VALUES(1,2,'1574300000000000099',1790000000006);
CREATE TABLE service(
    id INTEGER PRIMARY KEY,
    box TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0, peer_kind TEXT
    CHECK (peer_kind IN ('uuid', 'integer', 'string')), losses INTEGER NOT NULL DEFAULT 0,
    UNIQUE (box, name)
) STRICT;
INSERT INTO "service" VALUES(1,'main','web',0,'uuid',0);
INSERT INTO "service" VALUES(2,'main','discord',7,NULL,0);
INSERT INTO "service" VALUES(3,'','chatbox',0,NULL,0);
CREATE TABLE side(
    conversation INTEGER NOT NULL REFERENCES conversation(id),
    service INTEGER NOT NULL REFERENCES service(id),
    peer BLOB,
    mark TEXT,
    handled INTEGER NOT NULL DEFAULT 0,
    wanted INTEGER NOT NULL DEFAULT 0,
    delivered INTEGER NOT NULL DEFAULT 0,
    seen INTEGER NOT NULL DEFAULT 0, blocks INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation, service)
) STRICT, WITHOUT ROWID;
INSERT INTO "side" VALUES(1,1,X'30623666326338652D336630612D346331642D396635372D316232633364346535663630',NULL,0,5,2,1,0,1);
INSERT INTO "side" VALUES(1,2,X'31353734323030303030303030303030303030','1574300000000000002',1,4,1,0,0,2);
INSERT INTO "side" VALUES(2,2,NULL,NULL,0,1,0,0,0,0);
CREATE TABLE stored_value(
    service INTEGER NOT NULL REFERENCES service(id),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (service, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "stored_value" VALUES(2,'gateway-session','{"id":"s"}');
CREATE TABLE suspect(
    service INTEGER NOT NULL REFERENCES service(id),
    conversation INTEGER NOT NULL REFERENCES conversation(id),
    seq INTEGER NOT NULL,
    losses INTEGER NOT NULL,
    PRIMARY KEY (service, conversation)
) STRICT, WITHOUT ROWID;
INSERT INTO "suspect" VALUES(2,1,3,2);
CREATE TABLE tombstone(
    uid BLOB PRIMARY KEY CHECK (length(uid) = 16),
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX side_by_peer ON side(service, peer) WHERE peer IS NOT NULL;
CREATE INDEX side_with_backlog ON side(service, conversation) WHERE handled < wanted;
CREATE UNIQUE INDEX event_by_seq ON event(conversation, seq);
CREATE UNIQUE INDEX event_by_key ON event(conversation, service, key);
CREATE INDEX side_by_version ON side(service, version) WHERE version > 0;
CREATE INDEX event_by_target ON event(conversation, target) WHERE target IS NOT NULL;
CREATE INDEX external_id_by_id ON external_id(conversation, service, id);
CREATE UNIQUE INDEX failure_by_number ON failure(number);
CREATE INDEX failure_aside ON failure(service, number) WHERE state = 'aside';
CREATE INDEX conversation_erased ON conversation(erasure, erased_at)
    WHERE erasure IS NOT NULL;
