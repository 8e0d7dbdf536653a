-- From schema version 1 to 2: the JIDs that accounts have blocked (XEP-0191).

PRAGMA user_version = 2;

CREATE TABLE blocked (
    id           INTEGER PRIMARY KEY,                   -- the order in which they were blocked
    account      TEXT NOT NULL,
    jid          TEXT NOT NULL,                         -- prepared, of any form: a user, a resource, a whole domain
    UNIQUE (account, jid)
);
