-- rosterkit's database, schema version 1.
--
-- Every JID is bare and prepared; the account's own JID is the key in all tables, so that several domains share a
-- database.  Values and references are checked when the file is loaded; constraints that say the same would be paid
-- for with each change.  An INTEGER PRIMARY KEY keeps the order in which things came, which is the order of the roster.

PRAGMA application_id = 0x726b6974;                     -- "rkit": nobody else's database is taken for ours
PRAGMA user_version = 1;

CREATE TABLE accounts (
    id           INTEGER PRIMARY KEY,
    jid          TEXT NOT NULL UNIQUE,
    version      TEXT NOT NULL                          -- names the present state of the account's items
);

CREATE TABLE credentials (                              -- SCRAM keys; no password is ever stored
    account      TEXT NOT NULL,
    mechanism    TEXT NOT NULL,                         -- 'SCRAM-SHA-1', 'SCRAM-SHA-256'
    salt         BLOB NOT NULL,
    iterations   INTEGER NOT NULL,
    stored_key   BLOB NOT NULL,
    server_key   BLOB NOT NULL,
    PRIMARY KEY (account, mechanism)
) WITHOUT ROWID;

CREATE TABLE items (                                    -- the visible entries
    id           INTEGER PRIMARY KEY,
    account      TEXT NOT NULL,
    jid          TEXT NOT NULL,
    name         TEXT,                                  -- NULL where absent, which differs from ''
    groups       TEXT NOT NULL,                         -- a JSON list of strings, in the order given
    subscription TEXT NOT NULL,                         -- none, to, from, both
    ask          INTEGER NOT NULL,                      -- 1 while a request to the contact is open, else 0
    approved     INTEGER NOT NULL,                      -- 1 for a pre-approval, else 0
    UNIQUE (account, jid)
);

CREATE TABLE requests (                                 -- kept subscription requests
    id           INTEGER PRIMARY KEY,
    account      TEXT NOT NULL,
    contact      TEXT NOT NULL,                         -- who asks
    body         BLOB NOT NULL,                         -- the XML of the request's children
    stanza_id    TEXT,                                  -- the request's own id, NULL where it had none
    lang         TEXT,                                  -- its xml:lang, NULL where it had none
    UNIQUE (account, contact)
);

CREATE TABLE history (                                  -- the newest changes of each roster
    account      TEXT NOT NULL,
    number       INTEGER NOT NULL,                      -- counts upwards within the account
    version      TEXT NOT NULL,                         -- the version after the change
    contact      TEXT NOT NULL,                         -- whose entry changed; '' in the first line of a new roster
    PRIMARY KEY (account, number)
) WITHOUT ROWID;
