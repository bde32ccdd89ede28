-- A database as migration 1 made it, with data: what a broker of the first version left.
PRAGMA foreign_keys = OFF;
PRAGMA application_id = 1128427384;
CREATE TABLE conversation(
    id INTEGER PRIMARY KEY,
    uid BLOB NOT NULL UNIQUE CHECK (length(uid) = 16),
    box TEXT NOT NULL,
    opened_by INTEGER NOT NULL REFERENCES service(id),
    opened_at INTEGER NOT NULL,
    head INTEGER NOT NULL DEFAULT 0,
    properties TEXT NOT NULL DEFAULT '{}'
) STRICT;
INSERT INTO "conversation" VALUES(1,X'9637A79083F7503A85CD7DFFC2B4D4DC','main',1,1790000000000,3,'{"name":"Ann"}');
INSERT INTO "conversation" VALUES(2,X'8F66C9E044545262BD3743FAA8B93CFC','main',1,1790000000000,0,'{}');
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
) STRICT;
INSERT INTO "event" VALUES(1,1,1,1,X'01010101010101010101010101010101',1790000000001,'message','k1',X'77D2D6D43FF96786B9C90E8DF78E5815',0,'{"id":"a","name":"Ann"}','Hello','plain',NULL,NULL);
INSERT INTO "event" VALUES(2,1,2,2,X'02020202020202020202020202020202',1790000000002,'message','1574300000000000002',X'8748507FED3A45CC8FA2D2434B7DCD60',0,'{"id":"a","name":"Ann"}','Hi, Ann','markdown',NULL,NULL);
INSERT INTO "event" VALUES(3,1,3,1,X'03030303030303030303030303030303',1790000000003,'message','k3',X'C6D53DC6B2F1A50EBE8E0F498FFB0172',0,'{"id":"a","name":"Ann"}','Are you open?','plain',NULL,NULL);
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
    at INTEGER NOT NULL,
    PRIMARY KEY (conversation, service, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO "failure" VALUES(1,2,1,'50035','Too long.',1790000000009);
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES('1 conversations and events');
CREATE TABLE life(
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch BLOB NOT NULL CHECK (length(epoch) = 16),
    digest_key BLOB NOT NULL CHECK (length(digest_key) = 32),
    made_at INTEGER NOT NULL
) STRICT;
INSERT INTO "life" VALUES(1,X'EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE',X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F',1790000000000);
CREATE TABLE service(
    id INTEGER PRIMARY KEY,
    box TEXT NOT NULL,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0,
    UNIQUE (box, name)
) STRICT;
INSERT INTO "service" VALUES(1,'main','web',0);
INSERT INTO "service" VALUES(2,'main','discord',7);
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
INSERT INTO "side" VALUES(1,1,X'30623666326338652D336630612D346331642D396635372D316232633364346535663630',NULL,0,2,2,1);
INSERT INTO "side" VALUES(1,2,X'31353734323030303030303030303030303030','1574300000000000002',1,3,1,0);
INSERT INTO "side" VALUES(2,1,X'7175696574',NULL,0,0,0,0);
INSERT INTO "side" VALUES(2,2,NULL,NULL,0,0,0,0);
CREATE TABLE stored_value(
    service INTEGER NOT NULL REFERENCES service(id),
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (service, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "stored_value" VALUES(2,'gateway-session','{"id":"s"}');
CREATE UNIQUE INDEX side_by_peer ON side(service, peer) WHERE peer IS NOT NULL;
CREATE INDEX side_with_backlog ON side(service, conversation) WHERE handled < wanted;
CREATE UNIQUE INDEX event_by_seq ON event(conversation, seq);
CREATE UNIQUE INDEX event_by_key ON event(conversation, service, key);
