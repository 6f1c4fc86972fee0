CREATE TABLE record (
    seq BIGINT NOT NULL,
    recorded_ns BIGINT NOT NULL,
    recorded TIMESTAMP_NS NOT NULL,
    portfolio VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    command VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    refusal VARCHAR
);

CREATE TABLE portfolio (
    seq BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    opened DATE NOT NULL,
    template VARCHAR NOT NULL,
    strategy VARCHAR NOT NULL
);

CREATE TABLE account (
    seq BIGINT NOT NULL,
    portfolio VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    tier VARCHAR NOT NULL,
    parent VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    opened DATE NOT NULL
);

CREATE TABLE account_change (
    seq BIGINT NOT NULL,
    n INTEGER NOT NULL,
    portfolio VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    what VARCHAR NOT NULL,
    value VARCHAR NOT NULL
);

CREATE TABLE setting_change (
    seq BIGINT NOT NULL,
    n INTEGER NOT NULL,
    portfolio VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    previous VARCHAR NOT NULL
);

CREATE TABLE alert_note (
    seq BIGINT NOT NULL,
    n INTEGER NOT NULL,
    portfolio VARCHAR NOT NULL,
    alert VARCHAR NOT NULL,
    until DATE
);

CREATE TABLE reversal (
    seq BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq BIGINT NOT NULL
);

CREATE TABLE entry (
    seq BIGINT NOT NULL,
    n INTEGER NOT NULL,
    portfolio VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    effective DATE NOT NULL,
    note VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    reverses BIGINT,
    lots BIGINT[] NOT NULL,
    symbol VARCHAR NOT NULL
);

CREATE TABLE posting (
    seq BIGINT NOT NULL,
    n INTEGER NOT NULL,
    portfolio VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    bucket VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    amount DECIMAL(18, 6) NOT NULL,
    effective DATE NOT NULL
);

CREATE TABLE base_change (
    seq BIGINT NOT NULL,
    n INTEGER NOT NULL,
    portfolio VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    amount DECIMAL(18, 6) NOT NULL,
    effective DATE NOT NULL
);

CREATE TABLE holding_change (
    seq BIGINT NOT NULL,
    n INTEGER NOT NULL,
    portfolio VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    instrument VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    quantity DECIMAL(18, 6) NOT NULL,
    amount DECIMAL(18, 6) NOT NULL,
    effective DATE NOT NULL,
    replaces VARCHAR NOT NULL,
    contract VARCHAR NOT NULL,
    place INTEGER NOT NULL
);

CREATE TABLE rate_change (
    seq BIGINT NOT NULL,
    n INTEGER NOT NULL,
    portfolio VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    against VARCHAR NOT NULL,
    effective DATE NOT NULL,
    nanos BIGINT NOT NULL
);
