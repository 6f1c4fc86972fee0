-- Security records stay in the journal: every user with access to the book may read this file.
CREATE OR REPLACE TEMP MACRO whole(x) AS
    CASE WHEN regexp_full_match(x, '-?[0-9]{1,19}') THEN x::DECIMAL(38, 0)
         ELSE error('not a whole number: ' || coalesce(x, 'nothing')) END;
CREATE OR REPLACE TEMP MACRO units(x) AS (whole(x) * 0.000001)::DECIMAL(18, 6);

INSERT INTO record
SELECT r.seq, r.recorded, make_timestamp_ns(r.recorded), r.portfolio, r.actor, r.command,
       coalesce(r.content.note, ''), coalesce(r.part[1], 1), coalesce(r.part[2], 1),
       list_aggregate(
           list_transform(list_filter(r.refusals, lambda x: NOT x.ok), lambda x: x.message),
           'string_agg', '; ')
FROM body
WHERE r.denied IS NULL AND r.command NOT IN (SELECT name FROM temp.security_command);

CREATE OR REPLACE TEMP TABLE event AS
SELECT r.seq AS seq, unnest(range(len(r.events)))::INTEGER AS n, unnest(r.events) AS e
FROM body;

INSERT INTO portfolio
SELECT seq, e.portfolio, e.currency, e.opened, e.policy.template, e.policy.strategy
FROM event WHERE e.type = 'portfolio_opened';

INSERT INTO account
SELECT seq, e.portfolio, e.code, e.tier, coalesce(e.parent, ''), coalesce(e.name, ''), e.opened
FROM event WHERE e.type = 'account_opened';

INSERT INTO account_change
SELECT seq, n, e.portfolio, e.account, unnest(['name', 'notes']), unnest([e.name, e.notes])
FROM event WHERE e.type = 'account_edited';

INSERT INTO account_change
SELECT seq, n, e.portfolio, e.account, 'status', e.status
FROM event WHERE e.type = 'status';

INSERT INTO setting_change
SELECT seq, n, e.portfolio, coalesce(e.account, ''), e.path, e.value, e.previous
FROM event WHERE e.type = 'setting';

INSERT INTO alert_note
SELECT seq, n, e.portfolio, e.alert, (e.note::JSON ->> '$.until')::DATE
FROM event WHERE e.type = 'alert_noted';

INSERT INTO reversal
SELECT seq, e.first_seq, e.last_seq
FROM event WHERE e.type = 'records_reversed';

INSERT INTO entry
SELECT seq, n, e.portfolio, e.kind, e.effective, coalesce(e.note, ''), coalesce(e.key, ''),
       e.reverses, coalesce(e.lots, []), coalesce(e.symbol, '')
FROM event WHERE e.type = 'entry';

INSERT INTO posting
SELECT seq, n, portfolio, p.account, p.bucket, p.currency, units(p.micros), effective
FROM (
    SELECT seq, n, e.portfolio AS portfolio, e.effective AS effective, unnest(e.postings) AS p
    FROM event WHERE e.type = 'entry'
);

INSERT INTO base_change
SELECT seq, n, portfolio, b.account, b.currency, units(b.micros), effective
FROM (
    SELECT seq, n, e.portfolio AS portfolio, e.effective AS effective, unnest(e.base) AS b
    FROM event WHERE e.type = 'entry'
);

INSERT INTO holding_change
SELECT seq, n, portfolio, h.account, h.instrument, h.currency,
       units(h.quantity_micros), units(h.value_micros), effective, coalesce(h.replaces, ''),
       coalesce(h.contract, ''), place
FROM (
    SELECT seq, n, e.portfolio AS portfolio, e.effective AS effective, unnest(e.holdings) AS h,
           unnest(range(len(e.holdings)))::INTEGER AS place
    FROM event WHERE e.type = 'entry'
);

INSERT INTO rate_change
SELECT seq, n, e.portfolio, e.currency, e.against, e.effective,
       coalesce(whole(coalesce(e.nanos, '0')), 0)::BIGINT
FROM event WHERE e.type = 'rate';

DROP TABLE temp.security_command;
DROP TABLE temp.event;
DROP TABLE temp.body;
