-- Releases and other announcements with their dates, the clients' answers, and moves to another host.

-- Of a release: its version and product; empty: not stated.
ALTER TABLE announcements ADD COLUMN version TEXT NOT NULL DEFAULT '';
ALTER TABLE announcements ADD COLUMN product TEXT NOT NULL DEFAULT '';
-- The day on which it comes about; 0: not stated.
ALTER TABLE announcements ADD COLUMN effective_day BIGINT NOT NULL DEFAULT 0;

-- Clause K14: the last answer of each daemon's administrator.
CREATE TABLE announcement_answers (
    number         BIGINT NOT NULL,
    daemon_key     BLOB   NOT NULL,
    verdict        BIGINT NOT NULL,
    day            BIGINT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    PRIMARY KEY (number, daemon_key)
);

-- Clause A8: activations that moved a licence to another host.
CREATE TABLE rehosts (
    licence    TEXT   NOT NULL,
    request    BLOB   NOT NULL,
    -- Who serves now, and whose place it took: the same, where a daemon was activated anew on another host.
    daemon_key BLOB   NOT NULL,
    replaced   BLOB   NOT NULL,
    at_ms      BIGINT NOT NULL,
    -- 1: beyond what the contract year includes.
    billed     BIGINT NOT NULL,
    PRIMARY KEY (licence, request)
);
