-- The vendor's books. Only TEXT, BIGINT and BLOB, so that another database holds the same; instants
-- are milliseconds since 1970, names of columns end in their unit. No column holds an address.

-- Whose books these are.
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
);

CREATE TABLE licences (
    licence         TEXT   NOT NULL PRIMARY KEY,
    product         TEXT   NOT NULL,
    -- Clause T3: NULL until it is recorded.
    accepted_at_ms  BIGINT,
    paid_at_ms      BIGINT,
    failed_attempts BIGINT NOT NULL,
    imported_at_ms  BIGINT NOT NULL
);

-- Every document of a licence's vendor sequence, and the vendor's revocation lists under the empty
-- licence with their version as sequence.
CREATE TABLE documents (
    digest      BLOB   NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    licence     TEXT   NOT NULL,
    sequence    BIGINT NOT NULL,
    document    BLOB   NOT NULL,
    added_at_ms BIGINT NOT NULL,
    UNIQUE (licence, sequence)
);

-- Activation codes by the licence document that they activate. In clear: a proof of a code can be
-- checked by its holder only.
CREATE TABLE codes (
    digest BLOB NOT NULL PRIMARY KEY,
    code   TEXT NOT NULL
);

-- The same request gets the same answer.
CREATE TABLE answers (
    request     BLOB NOT NULL PRIMARY KEY,
    licence     TEXT NOT NULL,
    daemon_key  BLOB NOT NULL,
    certificate BLOB NOT NULL
);
CREATE INDEX answers_of_a_daemon ON answers (licence, daemon_key);

-- The newest certificate of each daemon for each licence.
CREATE TABLE allotments (
    licence        TEXT   NOT NULL,
    daemon_key     BLOB   NOT NULL,
    number         BIGINT NOT NULL,
    serial         BIGINT NOT NULL,
    site           TEXT   NOT NULL,
    request        BLOB   NOT NULL,
    certificate    BLOB   NOT NULL,
    digest         BLOB   NOT NULL,
    answered_at_ms BIGINT NOT NULL,
    ends_at_ms     BIGINT,
    written_off    BIGINT NOT NULL,
    -- 1: a daemon showed the certificate to books that had lost it; until it is renewed its shares
    -- may overlap others'.
    adopted        BIGINT NOT NULL,
    PRIMARY KEY (licence, daemon_key)
);
CREATE INDEX allotments_of_a_daemon ON allotments (daemon_key);

CREATE TABLE shares (
    licence    TEXT   NOT NULL,
    daemon_key BLOB   NOT NULL,
    feature    TEXT   NOT NULL,
    units      BIGINT NOT NULL,
    PRIMARY KEY (licence, daemon_key, feature)
);

-- How far each daemon's ledger was countersigned.
CREATE TABLE daemons (
    daemon_key      BLOB   NOT NULL PRIMARY KEY,
    number          BIGINT NOT NULL,
    receipt_digest  BLOB   NOT NULL,
    checkpoint_size BIGINT NOT NULL,
    checkpoint_root BLOB   NOT NULL,
    answered_at_ms  BIGINT NOT NULL
);

-- Reports as they came and the receipts that they got: the same report gets the same receipt.
CREATE TABLE reports (
    digest     BLOB   NOT NULL PRIMARY KEY,
    daemon_key BLOB   NOT NULL,
    number     BIGINT NOT NULL,
    nonce      BLOB   NOT NULL,
    report     BLOB   NOT NULL,
    receipt    BLOB   NOT NULL,
    UNIQUE (daemon_key, nonce)
);
CREATE INDEX reports_of_a_daemon ON reports (daemon_key, number);

-- What speaks of tampering, once for each ledger state that showed it.
CREATE TABLE incidents (
    daemon_key      BLOB   NOT NULL,
    code            TEXT   NOT NULL,
    checkpoint_size BIGINT NOT NULL,
    checkpoint_root BLOB   NOT NULL,
    first_at_ms     BIGINT NOT NULL,
    last_at_ms      BIGINT NOT NULL,
    times           BIGINT NOT NULL,
    -- 1 once the daemon's other branch was told in a receipt.
    told            BIGINT NOT NULL,
    PRIMARY KEY (daemon_key, code, checkpoint_size, checkpoint_root)
);

CREATE TABLE announcements (
    number      BIGINT NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    text        TEXT   NOT NULL,
    due_day     BIGINT NOT NULL,
    -- Empty: for every client.
    licence     TEXT   NOT NULL,
    added_at_ms BIGINT NOT NULL
);
